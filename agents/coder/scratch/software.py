"""The account of libraries, formats, methods and parts by name: what the template has, and what it has not."""

from __future__ import annotations

from collections.abc import Iterator

from agents.coder.scratch.case import Made, Outcome, texts_of
from agents.coder.scratch.shape import Kind, parameters_of
from agents.coder.scratch.sources import Supply
from agents.coder.scratch.wants import Feature
from framework.artifacts.requirements import Item
from framework.artifacts.tech_figures import gb

# What the template has, with the files below the package or, after a slash, below the project.
_HAS: dict[str, tuple[str, list[str]]] = {
    "PyTorch": ("pytorch", ["models/decoder.py", "/pyproject.toml"]),
    "FSDP": ("fsdp", ["training/parallel.py"]),
    "FlashAttention": ("flash", ["models/attention.py"]),
    "FastAPI": ("fastapi", ["inference/server/app.py"]),
    "TensorBoard": ("tensorboard", ["training/callbacks.py"]),
    "DVC": ("dvc", ["/dvc.yaml"]),
    "OmegaConf": ("omegaconf", ["config/load.py"]),
    "OpenAI API": ("openai", ["inference/server/openai_routes.py"]),
    "LangChain": ("openai", ["inference/server/openai_routes.py"]),
    "safetensors": ("safetensors", ["checkpoint/store.py", "utils/weights.py"]),
    "Linux": ("system", ["/Makefile"]),
    "macOS": ("system", ["/Makefile"]),
    "Windows": ("windows", ["/docs/en/quickstart.md", "/docs/zh/quickstart.md"]),
}
# What it has not, by what stands in for it.
_GROUPS: dict[str, str] = {
    "distributed": "DeepSpeed Accelerate Megatron-LM ColossalAI NeMo Ray",
    "trainer": "Lightning LLaMA-Factory Axolotl Unsloth ms-swift XTuner torchtune TRL PEFT OpenRLHF verl "
    "LitGPT nanoGPT Keras",
    "framework": "JAX TensorFlow MindSpore MindFormers PaddlePaddle PaddleNLP MLX",
    "server": "vLLM SGLang TGI TensorRT-LLM LMDeploy Triton BentoML TorchServe Flask Ollama llama.cpp GGUF",
    "tracking": "MLflow Weights&Biases",
    "page": "Gradio Streamlit",
    "retrieval": "LlamaIndex FAISS Milvus Qdrant Elasticsearch pgvector SentenceTransformers rag",
    "container": "Docker Kubernetes Slurm",
    "runtime": "TensorRT coreml OpenVINO TorchScript TFLite ExecuTorch WebGPU WASM Android iOS RaspberryPi",
    "adapter": "lora qlora dora prompttuning",
    "preferences": "rlhf ppo grpo orpo kto simpo",
}
_GROUP_OF = {name.lower(): group for group, names in _GROUPS.items() for name in names.split()}
_METHODS: dict[str, tuple[str, list[str]]] = {
    "full": ("full", ["/configs/pretrain/full.yaml"]),
    "sft": ("sft", ["/configs/sft/full.yaml", "training/tasks.py"]),
    "dpo": ("dpo", ["/configs/dpo/full.yaml", "training/tasks.py"]),
    "quantization": ("quantization", ["inference/quantization.py", "inference/gptq.py", "/scripts/quantize.py"]),
}
_PARTS: dict[Feature, list[str]] = {
    "moe": ["models/moe.py", "/configs/pretrain/full.yaml"],
    "mla": ["models/latent_attention.py", "/configs/pretrain/full.yaml"],
    "gqa": ["models/attention.py", "/configs/pretrain/full.yaml"],
    "mha": ["models/attention.py", "/configs/pretrain/full.yaml"],
}
_TOKENIZERS: dict[Kind, str] = {
    "char": "tokenizers/char.py",
    "bpe": "tokenizers/library.py",
    "wordpiece": "tokenizers/library.py",
    "sentencepiece": "tokenizers/sentencepiece_bpe.py",
}


def _files(made: Made, files: list[str]) -> list[str]:
    return [file[1:] if file.startswith("/") else f"{made.package}/{file}" for file in files]


def _software(made: Made, supplies: list[Supply], item: Item) -> Iterator[Outcome]:
    for text in texts_of(item):
        yield _one(made, item.slot, text)


def _one(made: Made, slot: str, text: str) -> Outcome:
    if text in _HAS:
        key, files = _HAS[text]
        return made.covered(slot, text, f"has_{key}", _files(made, files))
    if text == "SentencePiece":
        return _tokenizer(made, slot, "sentencepiece", text)
    if text == "Transformers":
        return _export(made, slot, text)
    if text == "ONNX":
        return _onnx(made, slot, text)
    if text.upper().startswith("CUDA"):
        return made.unmet(slot, text, "cuda")
    group = _GROUP_OF.get(text.lower().replace(" ", ""), "other")
    if group == "server" and not is_exportable(made):
        group = "server_alone"
    return made.unmet(slot, text, f"no_{group}")


def is_exportable(made: Made) -> bool:
    """Whether the template writes the model in Llama's format."""
    model, tokenizer = made.context.model, made.context.tokenizer
    plain = model.attention != "mla" and model.feed_forward == "swiglu"
    return plain and tokenizer.kind in ("bpe", "wordpiece")


def _export(made: Made, slot: str, text: str) -> Outcome:
    if is_exportable(made):
        return made.covered(slot, text, "export", _files(made, ["models/huggingface.py", "/scripts/export.py"]))
    return made.unmet(slot, text, "export")


def _onnx(made: Made, slot: str, text: str) -> Outcome:
    if made.context.model.feed_forward == "moe":
        return made.unmet(slot, text, "onnx")
    return made.covered(slot, text, "onnx", _files(made, ["inference/onnx_export.py", "/scripts/export.py"]))


def _methods(made: Made, supplies: list[Supply], item: Item) -> Iterator[Outcome]:
    for text in texts_of(item):
        name = text.lower()
        if name in _METHODS:
            key, files = _METHODS[name]
            yield made.covered("method", text, f"method_{key}", _files(made, files))
        elif name == "moe":
            yield _part(made, "method", "moe", text)
        else:
            yield made.unmet("method", text, f"no_{_GROUP_OF.get(name.replace(' ', ''), 'method')}")


def inside(made: Made) -> Iterator[Outcome]:
    """What only the words of the request name: parts of the model, the tokenizer."""
    features = made.case.features
    slotted = {text.lower() for slot in ("method", "stack") for text in made.case.wanted.texts(slot)}
    for feature in sorted(features & set(_PARTS)):
        if feature not in slotted:
            yield _part(made, "goal", feature, feature.upper() if feature != "moe" else "MoE")
    for kind in _TOKENIZERS:
        if kind in features and kind not in slotted:
            yield _tokenizer(made, "goal", kind, kind)


def _part(made: Made, slot: str, feature: Feature, text: str) -> Outcome:
    model = made.context.model
    if feature == "moe" and (lacking := _memory_lacking(made)):
        return made.unmet(slot, text, "experts_memory", lacking=gb(lacking), machine=made.case.machine.name)
    if feature in (model.attention, model.feed_forward):
        fields = {
            "experts": model.n_experts,
            "extra": gb(_extra_gb(made)),
            "kv_heads": model.n_kv_head,
            "heads": model.n_head,
        }
        return made.covered(slot, text, f"part_{feature}", _files(made, _PARTS[feature]), **fields)
    return made.unmet(slot, text, "second_part", have=model.attention)


def _extra_gb(made: Made) -> float:
    """What the experts that a token does not visit take on each card: weights, gradients and AdamW's averages."""
    vocab, model = made.context.tokenizer.vocab_size, made.context.model
    idle = parameters_of(model, vocab) - parameters_of(model, vocab, active=True)
    return 16 * idle / 1e9 / (made.case.machine.count if made.case.training.sharded else 1)


def _memory_lacking(made: Made) -> float:
    """How many GB the card is short of with all experts; 0 where they fit, or tech.md says already that they do not."""
    figures, card = made.case.choice.figures, made.case.machine.memory_gb
    if figures.train_vram_gb is None or not figures.fits:
        return 0.0
    return max(0.0, figures.train_vram_gb + _extra_gb(made) - card)


def _tokenizer(made: Made, slot: str, kind: Kind, text: str) -> Outcome:
    have = made.context.tokenizer
    if have.kind == kind:
        files = _files(made, [_TOKENIZERS[kind], "/configs/pretrain/full.yaml"])
        return made.covered(slot, text, "tokenizer", files, kind=kind, vocab=have.vocab_size)
    return made.unmet(slot, text, "second_part", have=have.kind)


RULES = {"stack": _software, "compatibility": _software, "method": _methods}
