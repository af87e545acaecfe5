"""The numbers that a request states for the model or its training: "8 layers", "学习率 5e-4"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Name = Literal[
    "vocab",
    "layers",
    "width",
    "heads",
    "kv_heads",
    "d_ff",
    "dropout",
    "lr",
    "batch",
    "warmup",
    "epochs",
    "steps",
    "seed",
    "save_every",
    "eval_every",
    "patience",
    "weight_decay",
]


@dataclass(frozen=True)
class Setting:
    """What the number is called before it ("dropout 0.1") and after it ("3 epochs"), and which ones are sensible."""

    before: str
    after: str
    least: float
    most: float
    whole: bool = True
    is_counted: bool = False  # the number usually comes first, as in "8 layers, 4 heads"

    def allows(self, value: float) -> bool:
        """Whether a configuration may say so."""
        return self.least <= value <= self.most and (not self.whole or value == int(value))


@dataclass(frozen=True)
class Stated:
    """A setting with its number, in the user's words."""

    name: Name
    value: float
    words: str


_STEPS = r"(?=\s*[\d,]+k?\s*(?:optimi[sz]er |training )?steps?\b)"
SETTINGS: dict[Name, Setting] = {
    "vocab": Setting(
        r"\bvocab(?:ulary)?(?:[ _-]size)?|(?:词表|词汇表)(?:大小)?|词汇量", r"(?:word |token )?vocab|词表", 300, 500_000
    ),
    "layers": Setting(r"\b(?:n_|num_)?layers?|层数", r"(?:\w+ )?layers?\b|层(?![次级面楼])", 1, 200, is_counted=True),
    "width": Setting(
        r"\bwidth|\bhidden[ _-](?:size|dim\w*)|\bd_model|\bn_embd|\bembedding[ _](?:size|dim\w*)"
        r"|(?:隐藏|隐层|隐藏层|模型|嵌入)(?:维度|维数|大小)|宽度",
        r"wide\b|hidden\b|dimension(?:s|al)\b|维(?:隐藏|模型|宽)",
        16,
        16_384,
    ),
    "heads": Setting(
        r"(?<!kv[ _-])(?<!value )\b(?:n_|num_)?heads?\b|(?:注意力)?头数|注意力头",
        r"(?:attention |query )?heads?\b|(?:注意力)?头(?![条部像发])",
        1,
        256,
        is_counted=True,
    ),
    "kv_heads": Setting(
        r"\b(?:n_)?kv[ _-]heads?", r"(?:kv|key[- ]value)[- ]heads?\b|(?:kv|键值)头", 1, 256, is_counted=True
    ),
    "d_ff": Setting(
        r"\bd_ff|\b(?:ffn?|mlp|feed[- ]forward)[ _](?:size|dim\w*|width)|\bintermediate[ _]size"
        r"|前馈(?:层)?(?:维度|宽度)",
        "",
        16,
        65_536,
    ),
    "dropout": Setting(r"\bdropout(?: rate)?|丢弃率", r"dropout\b", 0, 0.9, whole=False),
    "lr": Setting(r"\blearning[ _-]rate|\blr\b|学习率", "", 1e-7, 0.1, whole=False),
    "batch": Setting(r"\bbatch(?:es)?(?:[ _-]size)?|批次?(?:处理)?(?:大小|量)|批次", "", 1, 65_536),
    "warmup": Setting(
        r"\bwarm[- ]?up(?: steps)?|预热(?:步数)?",
        r"(?:steps? (?:of )?)?(?:linear )?warm[- ]?up\b|步(?:的)?预热",
        0,
        100_000,
    ),
    "epochs": Setting(
        r"\bepochs?|(?:训练)?轮数",
        r"(?:full |training )?epochs?\b|轮(?!次?对话|次?问答|聊)",
        0.01,
        1000,
        whole=False,
        is_counted=True,
    ),
    "steps": Setting(
        rf"\bmax(?:imum)?[ _]steps|\btrain(?:ed|ing)? for{_STEPS}|训练步数|训练(?=\s*\d+\s*步)",
        r"(?:training|optimi[sz]er|total) steps\b",
        1,
        10_000_000,
    ),
    "seed": Setting(r"\bseed|种子", "", 0, 2**31 - 1),
    "save_every": Setting(
        rf"\b(?:checkpoint\w*|sav(?:e|ing)(?: \w+){{0,2}}) every{_STEPS}|\bsave_every",
        r"步(?:就)?(?:保存|存)",
        1,
        1_000_000,
    ),
    "eval_every": Setting(
        rf"\b(?:evaluat|validat)\w* every{_STEPS}|\beval_every", r"步(?:就)?(?:验证|评估)", 1, 1_000_000
    ),
    "patience": Setting(r"\bpatience|耐心(?:值)?", "", 1, 1000),
    "weight_decay": Setting(r"\bweight[ _-]decay|权重衰减", "", 0, 1, whole=False),
}
_NUMBER = (
    r"(?>(?P<number>(?<![0-9A-Za-z_.])-?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?(?:e[+-]?\d+)?)"
    r"\s?(?P<unit>k\b|m\b|[%万千])?)"
)
_LINK = r"(?:\s+(?:of|is|to|at|for|over)\b|\s*(?:[=:\uff1a]|设为|设成|[为是用]))?\s*"
_COUNT = r"[\s-]*个?"
_TOKENS = r"(?!\s*(?:tokens|词元))"
_UNITS = {"k": 1000.0, "m": 1e6, "%": 0.01, "万": 1e4, "千": 1e3}


def stated_in(speech: str) -> list[Stated]:
    """The settings of a text, in the order of the table; one that has several numbers comes several times."""
    return [stated for name, setting in SETTINGS.items() for stated in _find(name, setting, speech)]


def _find(name: Name, setting: Setting, speech: str) -> list[Stated]:
    """In the first manner of speaking that is found; the same number twice is one."""
    matches = (list(pattern.finditer(speech)) for pattern in _patterns(name, setting))
    found = [_stated(name, match) for match in next(filter(None, matches), [])]
    return list({stated.value: stated for stated in reversed(found)}.values())[::-1]


def _stated(name: Name, match: re.Match[str]) -> Stated:
    value = float(match["number"].replace(",", "")) * _UNITS.get((match["unit"] or "").lower(), 1.0)
    return Stated(name, float(f"{value:.9g}"), " ".join(match[0].split()))


def _patterns(name: Name, setting: Setting) -> list[re.Pattern[str]]:
    """With a sign of equality first, then in the usual order of the two."""
    tail = _TOKENS if name == "batch" else ""  # a batch in tokens is another number
    number = re.compile(rf"(?:{setting.before}){_LINK}{_assigned(_NUMBER)}{tail}", re.IGNORECASE)
    equal = re.compile(rf"(?:{setting.before})\s*[=:\uff1a]\s*{_assigned(_NUMBER)}{tail}", re.IGNORECASE)
    if not setting.after:
        return [equal, number]
    counted = re.compile(rf"{_NUMBER}{_COUNT}(?:{setting.after})", re.IGNORECASE)
    return [equal, counted, number] if setting.is_counted else [equal, number, counted]


def _assigned(number: str) -> str:
    """After a word of Chinese the number needs no blank before it."""
    return number.replace(r"(?<![0-9A-Za-z_.])", "")
