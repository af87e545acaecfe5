"""The account of what only the words of the request name, by number or by name; its slot is `goal`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agents.coder.scratch.case import Made, Outcome
from agents.coder.scratch.runs import optimizer_of, scheduler_of
from agents.coder.scratch.settings import Name
from agents.coder.scratch.wants import Feature

_FULL, _MINI = "configs/pretrain/full.yaml", "configs/pretrain/mini.yaml"
_FILES: dict[Name, list[str]] = {"kv_heads": ["models/attention.py"], "patience": ["training/callbacks.py"]}
# What the template is anyway, by its name, with its place below the package.
_ALWAYS: dict[Feature, tuple[str, str]] = {
    "adamw": ("AdamW", "training/optimizers.py"),
    "rmsnorm": ("RMSNorm", "models/norm.py"),
    "rope": ("RoPE", "models/rotary.py"),
    "swiglu": ("SwiGLU", "models/feed_forward.py"),
    "tying": ("weight tying", "models/decoder.py"),
}
# What it is not, by what stands in its place.
_ABSENT: dict[str, dict[str, str]] = {
    "activation": {"GELU": r"\bgelu\b", "GeGLU": r"\bgeglu\b", "ReLU": r"\brelu\b"},
    "norm": {"LayerNorm": r"\blayer[ -]?norm\w*|层归一化"},
    "positions": {
        "ALiBi": r"\balibi\b(?! (?:for|story))",
        "learned positions": r"\blearn(?:ed|able) position\w*|可学习的?位置",
        "sinusoidal positions": r"\bsinusoidal\b|正弦位置",
    },
    "decoding": {
        "beam search": r"\bbeam[ -]search|束搜索",
        "contrastive search": r"\bcontrastive search",
        "speculative decoding": r"\bspeculative decoding|投机(?:解码|采样)",
    },
    "optimizer": {
        "Adam": r"\badam (?:optimi[sz]er)|\boptimi[sz]er:? adam\b",
        "SGD": r"\bsgd\b",
        "Lion": r"\blion optimi[sz]er|\boptimi[sz]er:? lion\b",
        "Adafactor": r"\badafactor\b",
        "Shampoo": r"\bshampoo optimi[sz]er",
    },
    "schedule": {
        "linear decay": r"\blinear (?:lr |learning[- ]rate )?(?:decay|schedule)|线性衰减",
        "inverse square root": r"\binverse[- ](?:square[- ]root|sqrt)",
        "one cycle": r"\bone[- ]?cycle (?:lr|schedule|policy)",
    },
    "training": {
        "label smoothing": r"\blabel smoothing|标签平滑",
        "EMA": r"\bema\b|\bexponential moving average",
        "tokenizer dropout": r"\b(?:bpe|tokeni[sz]er)[ -]dropout|\bdropout (?:in|of) the tokeni[sz]er",
        "multi-token prediction": r"\bmulti-token prediction|\bmtp\b",
        "masked language modelling": r"\bmasked language model\w*|\bmlm\b",
    },
    "architecture": {
        "sliding-window attention": r"\bsliding[- ]window|滑动窗口",
        "Mamba": r"\bmamba\b",
        "RWKV": r"\brwkv\b",
        "RNN": r"\b(?:rnn|lstm|gru)s?\b",
        "encoder-decoder": r"\bencoder[- ]decoder\b",
    },
}
# What it has, but nobody plans a run with it: the line that does it.
_BY_HAND: dict[str, tuple[str, str]] = {
    "untied embeddings": (r"\bunt(?:ied|ying)\b|不共享(?:词嵌入|权重)", "model.tie_embeddings=false"),
    "bf16": (r"\bb(?:f|float)16\b", "training.precision=bf16"),
    "fp16": (r"\bfp16\b|\bfloat16\b", "training.precision=fp16"),
    "fp32": (r"\bfp32\b|\bfloat32\b", "training.precision=fp32"),
    "torch.compile": (r"\btorch[. ]compile\b", "training.compile=true"),
    "gradient clipping": (r"\bgrad(?:ient)?[ -]clip\w*|梯度裁剪", "training.grad_clip=1.0"),
    "gradient accumulation": (r"\bgrad(?:ient)? accumulation|梯度累[积加]", "training.accumulate=4"),
}


def numbers(made: Made) -> Iterator[Outcome]:
    """Each stated setting: where it stands, or why it cannot."""
    for name, stated in made.case.settings.items():
        files = [_FULL, *(f"{made.package}/{file}" for file in _FILES.get(name, []))]
        run = made.context.stages[0].full_run
        fields = {"accumulate": run.accumulate, "micro": run.batch_size, "number": f"{stated.value:.9g}"}
        yield made.covered("goal", stated.words, f"set_{name}", files, **fields)
    for refused in made.case.refused:
        yield made.unmet("goal", refused.stated.words, f"set_{refused.key}", **refused.fields)


def parts(made: Made) -> Iterator[Outcome]:
    """What has a name and no number: how it learns, and what the model is made of."""
    for name, (wish, file) in _ALWAYS.items():
        if name in made.case.features:
            yield made.covered("goal", wish, f"always_{name}", [f"{made.package}/{file}"])
    if "muon" in made.case.features:
        files = [_FULL, _MINI, f"{made.package}/training/muon.py"]
        yield made.covered("goal", "Muon", "muon", files, optimizer=optimizer_of(made.case))
    for schedule in sorted(made.case.features & {"cosine", "wsd", "constant"}):
        yield _schedule(made, schedule)
    if "early_stop" in made.case.features and "patience" not in made.case.settings:
        patience = made.context.stages[0].full_run.early_stop
        yield made.covered("goal", "early stopping", "set_patience", [_FULL], number=patience)


def _schedule(made: Made, wish: str) -> Outcome:
    have = scheduler_of(made.case)
    if have != wish:
        return made.unmet("goal", wish, "second_part", have=have)
    return made.covered("goal", wish, "schedule", [_FULL, _MINI, f"{made.package}/training/schedule.py"], have=have)


def absent(made: Made) -> Iterator[Outcome]:
    """What is known by name, and no part of the template or of what foundry writes."""
    for group, wishes in _ABSENT.items():
        for wish, words in wishes.items():
            if made.case.names(words):
                yield made.unmet("goal", wish, f"absent_{group}")
    for wish, (words, line) in _BY_HAND.items():
        if made.case.names(words):
            yield made.unmet("goal", wish, "by_hand", line=line)


def is_absent(text: str) -> bool:
    """Whether this is the name of something absent and nothing else."""
    words = [words for wishes in _ABSENT.values() for words in wishes.values()]
    return any(re.fullmatch(one, text.strip(), re.IGNORECASE) for one in words)
