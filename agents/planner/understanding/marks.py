"""Facts that no slot holds and that decide whether the wishes agree."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from agents.planner.understanding.from_nothing import says_scratch
from agents.planner.understanding.lexicon import Term
from agents.planner.understanding.model import Mark
from agents.planner.understanding.reading import Reading
from agents.planner.understanding.slots.gpus import find_gpus
from agents.planner.understanding.slots.model_names import model_rules

_CALLS = re.compile(
    r"\b(?:calls?|calling|uses?|using|via|through|api|query|hit|talk to|rely on|fine-?tune|ask|send|sent|label\w*"
    r"|annotat\w*"
    r"|judged?|judge by|scored?|scores|graded?|grades|distill?(?:ed|ing)?)\b|接口|[用调走]|请求|打分|标注|评判|蒸馏"
)
_TODAY = re.compile(
    r"\b(?:currently|today|right now|so far|until now|at the moment|nowadays)\b|现在|目前|一直在?|眼下|如今"
)
_OWNS = re.compile(
    r"\b(?:have|has|got|own|our|my|there is|there's|there are|sitting|lab|office|already|we run|available|access to)\b"
    r"|有|自己|我们的|实验室|手头|学校|公司的|家里|闲置"
)
_LAPTOP = re.compile(r"\b(?:laptop|notebook|mobile gpu|max-q)\b|笔记本|移动版")

_FREE = frozenset({"colab", "kaggle", "azure", "modal"})  # free of charge, or a brand of other things
_SAID: dict[Mark, re.Pattern[str]] = {
    "single_box": re.compile(
        r"\b(?:a single|single|one|only one|just one) (?:\w+ )?(?:box|server|machine|node|workstation|host|vm|pc)\b"
        r"|[一单]台(?:机器|服务器|主机|电脑|工作站)|单机|单节点|单台"
    ),
    "cuda": re.compile(r"(?<![a-z])cuda(?![a-z])(?! (?:core|alternative))"),
    "unquantized": re.compile(
        r"\b(?:fp16|bf16|fp32|(?:full|half|16-bit) precision|unquanti[sz]ed|(?:no|without|not) quanti[sz]\w+)\b"
        r"|不(?:做|要|用)?量化|半精度|全精度|原精度"
    ),
    "first_token": re.compile(r"first[- ]token|\bttft\b|首 ?(?:token|字|个 ?token|词)"),
    "params_at_most": re.compile(
        r"(?:under|below|at most|up to|max(?:imum)?|no more than|less than|<=?|不超过|最多|小于"
        r"|低于)\s?(?:about )?\d{1,4}(?:\.\d{1,3})? ?[bm]\b"
        r"|(?<!\d)\d{1,4}(?:\.\d{1,3})? ?[bm] ?(?:or (?:less|smaller)|max|以[内下])"
    ),
}
_TRAINS = re.compile(r"\btrain|fine-?tun|machine|server|cluster|site|box|lab|facility|训练|微调|环境|机房|机器|服务器")
_USED = re.compile(
    r"\b(?:inference|users?|players?|phone|app|runtime|at run time|deploy\w*|serv(?:e|ed|ing)|runs? offline"
    r"|works? offline)\b|推理|部署|运行|也能|使用|用户|上线"
)


def _is_site(reading: Reading, term: Term) -> bool:
    """Whether it is the place of the training that has no network, and not the use of what comes out."""
    clause = reading.clause(term.start)
    around = reading.plain[max(clause.start, term.start - 40) : min(clause.end, term.end + 40)]
    return _TRAINS.search(around) is not None and _USED.search(around) is None


def find_marks(reading: Reading) -> list[Mark]:
    """The marks of the text, each once."""
    return sorted(set(_marks(reading)))


def _marks(reading: Reading) -> Iterator[Mark]:
    if says_scratch(reading):
        yield "from_scratch"
    if reading.said("continue"):
        yield "continued"
    if reading.said("rented"):
        yield "cloud"
    if any(reading.plain[t.start : t.end] not in _FREE for t in reading.said("rented")):
        yield "rented"
    yield from (mark for mark, pattern in _SAID.items() if any(True for _ in reading.finditer(pattern)))
    if any(_is_site(reading, term) for term in reading.terms.get("offline", [])):
        yield "offline_site"
    if _LAPTOP.search(reading.plain):
        yield "laptop"
    if any(_owns(reading, gpu.start) for gpu in reading.once(find_gpus)[:50] if reading.is_meant(gpu.start)):
        yield "owned"
    if any(_is_called(reading, match) for match in reading.finditer(hosted_models())):
        yield "hosted_api"


@cache
def hosted_models() -> re.Pattern[str]:
    """What models that are only to be had over the network are called."""
    return re.compile(rf"(?<![a-z0-9])(?:{model_rules().hosted})(?![a-z])")


def _is_called(reading: Reading, match: re.Match[str]) -> bool:
    """Whether the hosted model is to be used, and not just spoken of."""
    if reading.spans("compatible_with").covers(match.start()):
        return False  # to talk like the OpenAI API is not to call it
    clause = reading.clause(match.start())
    if _TODAY.search(reading.plain, max(clause.start, match.start() - 30), min(clause.end, match.end() + 30)):
        return False  # what is done today is what is to be replaced
    return _CALLS.search(reading.plain, max(0, match.start() - 24), match.end() + 12) is not None


def _owns(reading: Reading, position: int) -> bool:
    """Whether the machine is there already, so that its hours cost no rent."""
    clause = reading.clause(position)
    return _OWNS.search(reading.plain, max(clause.start, position - 60), min(clause.end, position + 40)) is not None
