"""What a request asks of the model's inside, for which requirements.md has no slot."""

from __future__ import annotations

import re
from typing import Literal

from framework.artifacts.requirements import Requirements

Feature = Literal[
    "moe",
    "mla",
    "gqa",
    "mha",
    "muon",
    "char",
    "wordpiece",
    "sentencepiece",
    "bpe",
    "chat",
    "preferences",
    "adamw",
    "cosine",
    "wsd",
    "constant",
    "early_stop",
    "tying",
    "rope",
    "rmsnorm",
    "swiglu",
]

_WORDS: dict[Feature, str] = {
    "moe": r"\bmoe\b|mixture[- ]of[- ]experts|混合专家",
    "mla": r"\bmla\b|latent attention|潜在注意力",
    "gqa": r"\bgqa\b|grouped[- ]query|分组查询",
    "mha": r"\bmha\b|multi[- ]head attention|(?<!潜在)多头注意力",
    "muon": r"\bmuon\b",
    "char": r"\bchar(?:acter)?[- ](?:level|based|tokeni[sz]er)|按字切|字符级|字级",
    "wordpiece": r"\bword[- ]?piece\b",
    "sentencepiece": r"\bsentence[- ]?piece\b",
    "bpe": r"\bbpe\b|byte[- ]pair",
    "adamw": r"\badamw\b",
    "cosine": r"\bcosine\b(?![- ](?:similarit|distance|sim\b))|余弦(?:退火|衰减|调度)",
    "wsd": r"\bwsd\b|warm-?up[- ]stable[- ]decay",
    "constant": r"\bconstant (?:lr|learning[- ]rate|schedule)|(?:恒定|固定)(?:的)?学习率",
    "early_stop": r"\bearly[- ]stop|早停|提前停止",
    "tying": r"\bweight[- ]tying|\btied? (?:the )?(?:embedding|weight)|(?<!不)共享(?:词嵌入|嵌入|权重)|权重绑定",
    "rope": r"\brope\b(?= |,|\.|;|$)(?! (?:ladder|walk|bridge|trick|jump))|\brotary\b|旋转位置",
    "rmsnorm": r"\brms[ -]?norm\b",
    "swiglu": r"\bswiglu\b",
    "chat": r"\bchat(?:s|bot|bots|ting)?\b|\bassistant\b|\binstructions?\b|\binstruct\b|\bconversation|\bdialog|"
    r"q\s?&\s?a|\bsft\b|聊天|对话|问答|助手|指令",
    "preferences": r"\b(?:dpo|rlhf|ppo|grpo|orpo|kto|simpo)\b|\bpreferences?\b|human feedback|偏好|人类反馈",
}
_DENIED = re.compile(
    r"(?:\b(?:no|not|non|without|never|avoid|instead of|rather than|don'?t (?:want|need|use))\b(?: an?| the| any)?"
    r"|不要|不用|不需要|别用|无需|不是)\W*$"
)
_SPEAKING = ("goal", "problem", "domain", "input", "output", "dataset", "method", "stack")


def speech_of(wanted: Requirements, request: str = "") -> str:
    """All that the user says about the model, in the user's own words."""
    texts = [text for slot in _SPEAKING for text in wanted.texts(slot)]
    return "\n".join([request, *texts, *(item.quote or "" for item in wanted.items)])


def features_in(speech: str) -> frozenset[Feature]:
    """The features that it names and does not deny."""
    return frozenset(feature for feature, words in _WORDS.items() if is_named(words, speech))


def is_named(words: str, speech: str) -> bool:
    """Whether the words stand there without a "no" before them."""
    plain = speech.lower()
    return any(not _DENIED.search(plain[: match.start()][-30:]) for match in re.finditer(words, plain))
