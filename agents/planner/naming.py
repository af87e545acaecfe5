"""The project's name: `[a-z][a-z0-9_]{1,39}`, from the text or proposed, never one that would shadow a module."""

from __future__ import annotations

import keyword
import re
import sys
import unicodedata
from collections.abc import Sequence

from agents.planner.thing import Thing, is_format, naming_rules, thing_of
from framework.artifacts.requirements import Item

LONGEST = 40
_DEPENDENCIES = frozenset(
    """torch torchvision torchaudio transformers datasets tokenizers numpy scipy pandas sklearn accelerate peft trl deepspeed
    vllm safetensors sentencepiece huggingface_hub lightning tensorflow keras jax mlx onnx onnxruntime fastapi uvicorn
    pydantic omegaconf hydra yaml pyyaml rich typer docker pytest langgraph langchain langchain_openai openai jinja2 requests
    httpx tqdm matplotlib tensorboard wandb prometheus_client bitsandbytes flash_attn triton einops evaluate gradio streamlit
    faiss src tests test data config configs scripts docs models model utils build dist outputs reports specs examples
    tutorials main setup app framework agents templates generated foundry site_packages pip uv hatchling ruff mypy notebooks
    checkpoints logs training inference cli package project""".split()
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def slug(text: str) -> str:
    """The text as a name, or nothing if too little of it is left: "Bedtime Buddy" -> bedtime_buddy, 小雅 -> ""."""
    plain = unicodedata.normalize("NFKD", _CAMEL.sub("_", text)).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    name = re.sub(r"^[0-9_]+", "", name)[:LONGEST].rstrip("_")
    return name if len(name) > 1 else ""


def is_taken_word(name: str) -> bool:
    """Whether a package of that name would shadow Python itself or something that the project imports."""
    return (
        keyword.iskeyword(name)
        or keyword.issoftkeyword(name)
        or name in sys.stdlib_module_names
        or name in _DEPENDENCIES
    )


def propose(items: Sequence[Item]) -> str:
    """A name from what is known: as the text names it, else after the thing that is made, its field and its base."""
    known: dict[str, object] = {}
    for item in items:
        known.setdefault(item.slot, item.value)
    named = known.get("project_name")
    if isinstance(named, str):
        return free_of_modules(named)
    thing = thing_of(items)
    noun = thing.product or naming_rules()["tasks"].get(thing.task, "model")
    words = _subject(thing, noun)
    if not words:
        topic = _public(_first(known.get("dataset"))) or _family(thing.base) or _language(known.get("language_of_data"))
        words = [topic, noun]
    name = _joined(words)
    return free_of_modules(naming_rules()["alone"].get(name, name) or "language_model")


def _subject(thing: Thing, noun: str) -> list[str]:
    """bedtime_stories · discharge_letters · invoices_to_json · hotel_reviews_sentiment · medical_qa."""
    made, taken = slug(thing.made), slug(thing.taken)
    if thing.genre:
        return [made if made.isascii() and len(made) > len(thing.genre) else thing.genre]
    if made and is_format(thing.made):
        return [taken or thing.field, "to", made] if taken or thing.field else [noun]
    if made:
        return [made] if "_" in made or not taken else [made, "from", taken]
    field = naming_rules()["fields"].get(thing.field, thing.field)
    if thing.task == "classification" and ("_" in taken or not field):
        return [taken, noun] if taken else []
    if field and _says(noun, thing.field):
        return [noun if thing.task == "classification" else field]
    return [field, noun] if field else []


def _says(noun: str, field: str) -> bool:
    """A spam filter says spam filtering, a fraud detector fraud detection."""
    return any(word[:4] == part[:4] for word in noun.split("_") for part in slug(field).split("_") if len(word) > 3)


def _joined(words: Sequence[str]) -> str:
    """The words as one name that ends with a whole word, nothing said twice."""
    parts: list[str] = []
    for word in words:
        said = {part.rstrip("s") for part in parts}
        for part in slug(word).split("_"):
            if part and part.rstrip("s") not in said and len("_".join([*parts, part])) <= LONGEST:
                parts.append(part)
    return "_".join(parts)


def free_of_modules(name: str) -> str:
    """The name, with a word added where it would shadow a module."""
    name = name[:LONGEST].rstrip("_")
    return f"{name[: LONGEST - 6].rstrip('_')}_model" if is_taken_word(name) or len(name) < 2 else name


def _first(value: object) -> str:
    if isinstance(value, list):
        return str(value[0])
    return str(value) if value else ""


def _language(codes: object) -> str:
    """swahili of sw; bilingual of two."""
    several = codes if isinstance(codes, list) else [codes] if codes else []
    if len(several) > 1:
        return "bilingual" if len(several) == 2 else "multilingual"
    return str(naming_rules()["languages"].get(several[0], "")) if several else ""


def _public(dataset: str) -> str:
    """A dataset's own name; a description of somebody's data makes no name."""
    return dataset if re.fullmatch(r"[A-Za-z][A-Za-z0-9\-]{2,15}", dataset) else ""


def _family(base_model: str) -> str:
    """qwen of Qwen2.5-7B-Instruct; nothing of a path."""
    match = re.match(r"[A-Za-z]+", base_model)
    return match[0] if match and "/" not in base_model and "\\" not in base_model else ""
