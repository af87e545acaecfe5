"""What the model learns from: public datasets by name, and one's own data as the user describes it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agents.planner.understanding.reading import Mention, Reading
from agents.planner.understanding.slots.amounts import AWAY, end_of_phrase, own_amounts
from agents.planner.understanding.slots.gpus import find_gpus
from agents.planner.understanding.slots.model_names import find_models

_HEAD = 200_000  # characters of the original that are searched for names in capitals
_CALLED = re.compile(r"(?<![\w-])((?:[A-Z]{2,}|[A-Z][a-z]+[A-Z0-9])[\w\-]*)\s?(?:dataset|data set|corpus|数据集)\b")
_OWN_GAP = re.compile(r" (?:[a-z0-9&'/+.\-]+ ){0,4}")
_NOT_DATA = re.compile(
    r"\d|\b(?:and|or|in|on|at|to|for|with|is|are|that|which|gpu|team|boss|users|customers|company)\b"
)
_FED_BY = re.compile(
    r"(?:\b(?:on|from|using|use|with|of|have|over|in|is|are|got|collected|across|knows?|about|data|dataset)(?: (?:all|all of|the|some))?[:=]?|:)\s*$"
)
_DESCRIBED = re.compile(
    r"\b(?:have|got|with|from|using|use|on|of)\s+(?:[a-z]+ ){0,4}?"
    r"(?P<what>(?:labelled|labeled|annotated|historical|archived|existing|solved|closed) (?:[a-z\-]+ ){0,3}?)(?=[a-z])"
)
_CHINESE_OWN = re.compile(
    r"(?:自己的?|自有的?|我们的?|公司的?|公司内部的?|内部的?|私有的?|现有的?|历史)[^,;。!?\n做想要训练建搞]{0,12}?"
    r"(?:数据集?|语料|聊天记录|对话记录|客服记录|记录|日志|工单|文档|资料|笔记|知识库|手册|语录|文章|邮件|合同|病历|题库|代码库?|notes|logs|docs|wiki)"
)
_FORBIDDEN_NEXT = re.compile(r"不能|不得|不可|不许|不出|别")
_TRAINS = r"(?:train(?:ed|ing)?|fine-?tun\w+|pre-?train\w*|taught|learn(?:s|ed|ing)?|built|based|model|lm|gpt|network)"
_LEARNER = r"(?: (?:(?:an?|the|it|them|one|this|my|llm|model|gpt|small|tiny|lm|language|like|nanogpt|nano|style)|[()])+\)?){0,5}"
_LEARNS_ON = re.compile(
    rf"\b{_TRAINS}{_LEARNER} (?:on|from) "
    r"(?P<what>(?:(?!(?:and|for|with|on|in|to|using|by|at|overnight|but|so)\b)[a-z0-9'&.+/\-]+ ?){1,5})"
)
_NO_TEXT = re.compile(
    r"\b(?:gpus?|cpu|cards?|laptop|machine|cloud|colab|server|cluster|node|scratch|rtx|nvidia|mac|macbook|\d*x?\d0[5-9]0s?|[avhltm]\d+s?"
    r"|it|that|this|them|top|nothing|pre-?trained|pytorch|hardware|my own|zero|budget|raspberry|phone|tpu|aws|premises?|prem|edge)\b|^[\d.]+|\d+b\b"
)
_LABEL = re.compile(
    r"(?:^|[\n;。.,【(]) {0,4}(?:the )?(?:training )?(?:data(?:set)?s?|corpus|语料|数据集?|训练数据|数据来源) ?[】)]?"
    r" ?(?:[:=]| is | are |是|为|用的?是?|就用) ?(?P<what>[^\n;。!?]{2,70})"
)
_SAYS_WHERE = re.compile(r"不|在|存|都在|(?:no|not|in|on|at|must|should|stays?) ")


def read_datasets(reading: Reading) -> Iterator[Mention]:
    """The mentions of `dataset`. Data by its amount says most; else by whose it is, what is learnt, or its label."""
    named = [*_public(reading), *_called(reading)]
    yield from named
    for ways in ((own_amounts,), (_possessed, _described, _chinese_own), (_learnt_on,), (_labelled,)):
        own = [mention for way in ways for mention in way(reading)]
        if own:
            break
    yield from (
        mention for mention in own if not any(n.start < mention.end and mention.start < n.end for n in named[:50])
    )


def _public(reading: Reading) -> Iterator[Mention]:
    """A dataset by its name; a name that is a benchmark as well counts where it is trained on."""
    benchmarks = reading.spans("benchmark")
    models = reading.spans_of(find_models)
    for term in reading.said("public_dataset"):
        if reading.plain[term.end : term.end + 1] == "-" and models.touches(term.end, term.end + 2):
            continue  # part of a model's name: ms-marco-MiniLM
        if not benchmarks.covers(term.start) or reading.near("train_word", term.start, term.end, 20):
            yield Mention("dataset", term.value, term.start, term.end)


def _called(reading: Reading) -> Iterator[Mention]:
    """ "the ASAP dataset": a name in capitals that is said to be one."""
    known = reading.spans("public_dataset")
    for match in _CALLED.finditer(reading.source.original[:_HEAD]):
        at = reading.source.plain_at(match.start(1))
        if at < len(reading.plain) and not known.covers(at) and reading.is_meant(at, AWAY):
            yield Mention("dataset", match[1], at, at + len(match[1]))


def _possessed(reading: Reading) -> Iterator[Mention]:
    """ "on my customer support tickets"."""
    for own in reading.said("own_word", AWAY):
        noun = next(reading.terms_from("data_noun", own.end, 40), None)
        if noun is None or not _FED_BY.search(reading.plain, max(0, own.start - 22), own.start):
            continue
        gap = reading.plain[own.end : noun.start]
        if _OWN_GAP.fullmatch(gap) and not _NOT_DATA.search(gap):
            yield _quoted(reading, own.start, end_of_phrase(reading, noun))


def _described(reading: Reading) -> Iterator[Mention]:
    """ "two years of labelled mails"."""
    for match in _DESCRIBED.finditer(reading.plain):
        noun = next(reading.terms_from("data_noun", match.end(), 0), None)
        if noun and reading.is_meant(match.start(), AWAY):
            yield _quoted(reading, match.start("what"), end_of_phrase(reading, noun))


def _chinese_own(reading: Reading) -> Iterator[Mention]:
    """用我们的客服聊天记录; but 公司数据不能出内网 says where the data must stay."""
    for match in reading.finditer(_CHINESE_OWN):
        private = reading.near("privacy", match.start(), match.end(), 6)
        if not private and not _FORBIDDEN_NEXT.match(reading.plain, match.end()):
            yield _quoted(reading, *match.span())


def _learnt_on(reading: Reading) -> Iterator[Mention]:
    """ "a language model trained on shakespeare"."""
    for match in _LEARNS_ON.finditer(reading.plain):
        what = match["what"].rstrip(" .,")
        start, end = match.start("what"), match.start("what") + len(what)
        is_machine = _NO_TEXT.search(what) or reading.spans_of(find_gpus).touches(start, end)
        if reading.is_meant(match.start(), AWAY) and not is_machine:
            yield _quoted(reading, start, end)


def _labelled(reading: Reading) -> Iterator[Mention]:
    """ "Data: the minutes of our council", 数据:..."""
    formats = reading.spans("format")
    for match in _LABEL.finditer(reading.plain):
        start = match.start("what")
        end = min(match.end("what"), max(reading.clause(start).end, start + 2))
        what = reading.plain[start:end].strip()
        only_format = len(what) <= 8 and formats.touches(start, end)
        if len(what) > 3 and not only_format and reading.is_meant(start, AWAY) and not _SAYS_WHERE.match(what):
            yield _quoted(reading, start, end)


def _quoted(reading: Reading, start: int, end: int) -> Mention:
    return Mention("dataset", reading.source.quote(start, end), start, end)
