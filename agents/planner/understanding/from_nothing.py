"""Where the text says outright that the model is to be trained from nothing, whatever else stands beside it."""

from __future__ import annotations

import re

from agents.planner.understanding.lexicon import Term
from agents.planner.understanding.reading import ELSEWHERE, Reading
from agents.planner.understanding.scope import Mode

_UNLESS = ELSEWHERE & ~Mode.COMPARED  # a mere question states nothing
_OWN = re.compile(
    r"\btrain\w* (?:my own |our own |an? |my |our |small |tiny |mini |little )*gpt\b(?!-?\s?[34])"
    r"|\btrain\w* (?:\w+ ){0,3}?(?:llm|lm|language model|transformer) of (?:my|our) (?:very )?own\b"
    r"|\btrain\w* (?:my|our) (?:very )?own (?:\w+ ){0,2}?(?:llm|lm|language model|transformer)\b"
    r"|训练?一?个(?:我们|属于|自己的|小|迷你)*(?:gpt(?!-?\s?[34])|自己的(?:大|小)?语言模型)"
)
# A model that is there already, or a thing that is no model: what it is made from says nothing of the training.
_GIVEN = re.compile(
    r"\b(?:we|they|i|he|she|was|were|been|has|had|have|already|team|partner|lab|company|vendor)(?:'d|'ve)? (?:once |already )?"
    r"(?:pre-?)?(?:trained|built|made)\b[^,;.\n]{0,24}?\bfrom (?:scratch|nothing|zero|the ground up)"
    r"|\bpre-?training (?:is|was|has been) (?:already )?(?:done|finished|over|complete)|\bpre-?training (?:checkpoints?|weights)"
    r"|(?:从零|从头|从0)(?:开始)?(?:预?训练?)?(?:好|过|完|出来)了?的|预训练(?:好|过|完|出来)了?的?|预训练权重"
    r"|\b(?:pipeline|project|repo(?:sitory)?|code ?base|code|scripts?|service|api|infrastructure|loop|company)"
    r"(?: built| written| made)? from (?:scratch|nothing|zero|the ground up)"
    r"|从(?:零|头|0)(?:开始)?(?:搭建?|写|实现|开发|建)(?:一[个套]|整[个套])?\w{0,4}?(?:项目|平台|服务|代码|流水线|工程|数据集)"
    r"|(?:用|基于|拿|在|以|加载|下载|部署|量化|已有|现成|开源|公开)[^,;。!?\n]{0,4}?预训练的?(?:中文|英文|语言|大|小|基础)*(?:模型|bert|底座|基座)"
)
_NOT_YET = re.compile(r"(?:之?后|了?再|以后)")  # "预训练完再部署" tells the order of things to come


def from_nothing(reading: Reading) -> Term | None:
    """The first words that wish for it; none where an existing model is to learn on."""
    if reading.said("continue", _UNLESS):
        return None
    given = reading.spans_of(find_given)
    words = [*_scratch(reading), *reading.said("pretrain_cue", _UNLESS)]
    meant = [term for term in words if not given.covers(term.start)]
    return min(meant, key=lambda term: term.start) if meant else None


def own_model(reading: Reading) -> Term | None:
    """ "Train a GPT of our own": from nothing too, unless a model to start from is named."""
    found = (match for match in _OWN.finditer(reading.plain) if reading.is_meant(match.start(), _UNLESS))
    return next((Term("own_model", "own", match.start(), match.end()) for match in found), None)


def says_scratch(reading: Reading) -> bool:
    """Whether a beginning from nothing is spoken of, a reproduction too, though a base may be named beside it."""
    given = reading.spans_of(find_given)
    return any(not given.covers(term.start) for term in reading.said("from_scratch"))


def _scratch(reading: Reading) -> list[Term]:
    return [term for term in reading.said("from_scratch", _UNLESS) if term.value == "scratch"]


def find_given(reading: Reading) -> list[Term]:
    """What is said of something else than the training that is wished for."""
    return [
        Term("given", "given", match.start(), match.end())
        for match in _GIVEN.finditer(reading.plain)
        if match[0].endswith("的") or not _NOT_YET.match(reading.plain, match.end())
    ]
