"""The project's name: `[a-z][a-z0-9_]{1,39}`, from the text or proposed, never one that would shadow a module."""

from __future__ import annotations

import keyword
import re
import sys
import unicodedata
from collections.abc import Sequence

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
# What a task is called in a name when no better word is known.
_NOUNS = {
    "pretrain": "lm",
    "sft": "assistant",
    "dpo": "aligned",
    "lora_finetune": "lora",
    "classification": "classifier",
    "embedding": "embedder",
    "serving_only": "service",
    "unknown": "language_model",
}


def slug(text: str) -> str:
    """The text as a name, or nothing if too little of it is left: "Bedtime Buddy" -> bedtime_buddy, 小雅 -> ""."""
    plain = unicodedata.normalize("NFKD", _CAMEL.sub("_", text)).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    name = re.sub(r"^[0-9_]+", "", name)[:LONGEST].rstrip("_")
    return name if len(name) > 1 else ""


def is_taken_word(name: str) -> bool:
    """Whether a package of that name would shadow Python itself or something that the project imports."""
    return keyword.iskeyword(name) or keyword.issoftkeyword(name) or name in sys.stdlib_module_names or name in _DEPENDENCIES


def propose(items: Sequence[Item]) -> str:
    """A name from what is known: as the text names it, else field, genre or language, task and family."""
    known: dict[str, object] = {}
    for item in items:
        known.setdefault(item.slot, item.value)
    named = known.get("project_name")
    if isinstance(named, str):
        return free_of_modules(named)
    parts = [_first(known.get("domain")), _noun(known, items), _family(_first(known.get("base_model")))]
    if not parts[0]:
        parts[0] = _first(known.get("language_of_data")) or _public(_first(known.get("dataset")))
    words = [slug(part)[:16].strip("_") for part in parts if part]
    return free_of_modules("_".join(dict.fromkeys(word for word in words if word)) or "language_model")


def propose_name(text: str) -> str:
    """The name of the project that the text asks for."""
    from agents.planner.understanding import understand

    return understand(text).name


def free_of_modules(name: str) -> str:
    """The name, with a word added where it would shadow a module."""
    name = name[:LONGEST].rstrip("_")
    return f"{name[: LONGEST - 6].rstrip('_')}_model" if is_taken_word(name) or len(name) < 2 else name


def _first(value: object) -> str:
    if isinstance(value, list):
        return str(value[0])
    return str(value) if value else ""


def _public(dataset: str) -> str:
    """A dataset's own name; a description of somebody's data makes no name."""
    return dataset if re.fullmatch(r"[A-Za-z][A-Za-z0-9\-]{2,15}", dataset) else ""


def _family(base_model: str) -> str:
    """qwen of Qwen2.5-7B-Instruct; nothing of a path."""
    match = re.match(r"[A-Za-z]+", base_model)
    return match[0] if match and "/" not in base_model and "\\" not in base_model else ""


def _noun(known: dict[str, object], items: Sequence[Item]) -> str:
    """What the thing is: qa, chat, summary ... as the goal says it, else by the task."""
    goals = " ".join(str(item.value).lower() for item in items if item.slot == "goal")
    task = str(known.get("task"))
    for noun, words in _PRODUCTS.items():
        if task not in ("classification", "embedding") and any(word in goals for word in words):
            return noun
    return _NOUNS.get(task, "model")


_PRODUCTS = {
    "qa": ("问答", "答疑", "q&a", "question answering", "answers questions"),
    "bedtime_stories": ("bedtime stor", "睡前故事"),
    "stories": ("story", "stories", "故事", "童话", "fairy tale", "小说"),
    "poems": ("poem", "poetry", "haiku", "诗"),
    "recipes": ("recipe", "菜谱"),
    "lyrics": ("lyrics", "歌词"),
    "summaries": ("summar", "摘要", "总结", "概括"),
    "translator": ("translat", "翻译"),
    "tutor": ("tutor", "辅导"),
    "chat": ("chatbot", "chat bot", "聊天", "机器人", "对话"),
    "assistant": ("assistant", "助手", "copilot"),
    "writer": ("周报", "报告", "文案", "rewrite", "改写"),
    "extractor": ("extract", "抽取", "提取"),
}
