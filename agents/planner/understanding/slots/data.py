"""What the model learns from: datasets by name, one's own data, its format and language."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agents.planner.understanding.lexicon import Term
from agents.planner.understanding.numbers import Number
from agents.planner.understanding.quantities import Quantity
from agents.planner.understanding.reading import Mention, Reading
from agents.planner.understanding.scope import Mode

_NAMED, _OWN = 3, 2  # strengths: a public name, one's own data
_AWAY = Mode.DENIED | Mode.OTHERS | Mode.LATER | Mode.COMPARED | Mode.ASKED  # data may well come from the past
_ADJECTIVES = re.compile(r"[ \-]?(?:[a-z0-9&'/+.\-]+[ \-]){0,5}?")
_STOP = re.compile(r"\b(?:and|or|in|on|at|to|for|with|is|are|was|be|by|that|which|must|should|per|a|an|the|into|as|then|max|but|within|under|gpu|card|gb)\b")
_TAIL = re.compile(r"(?: (?:of|from|about|in|between)(?: (?!(?:and|for|with|on|which|that|is|are|was|to|must|should|per|a day)\b)[a-z0-9&'.+\-]+){1,6}?(?=[ ,.;:!?()\n]|$))")
_CHINESE = {"中": "zh", "英": "en", "日": "ja", "韩": "ko", "德": "de", "法": "fr", "西": "es", "俄": "ru", "泰": "th", "越": "vi", "葡": "pt", "汉": "zh"}
_LEARNS_ON = re.compile(
    r"(?:train(?:ed|ing)?|fine-?tun\w+|finetun\w+|pre-?train\w*|taught|learn(?:s|ed|ing)?|built|based)(?: (?:a|an|the|it|them|one|this|my|llm|model|gpt|small|tiny|lm|language)){0,4} (?:on|from|with) (?P<what>(?:(?!and\b|for\b|with\b|on\b|in\b|to\b|using\b|by\b|at\b|overnight\b|but\b|so\b)[a-z0-9'&.+/\-]+ ?){1,5})"
)
_NO_DATA = re.compile(r"\b(?:gpus?|cpu|cards?|laptop|machine|cloud|colab|server|cluster|node|scratch|rtx|nvidia|mac|macbook|\d*x?[0-9]0[5-9]0s?|[avhltm]\d+|it|that|this|them|top|pytorch|hardware|my own|zero|budget|raspberry|phone|tpu|aws|premises?|prem|edge|\d+ gpus?)\b")
_LABEL = re.compile(r"(?:^|[\n;。.,【(])\s*(?:the )?(?:training |train(?:ing)? )?(?:data(?:set)?s?|corpus|语料|数据集?|训练数据|数据来源)\s*[】)]?\s*(?:[:=]| is | are |是|为|用的?是?|就用|用)\s*(?P<what>[^\n;。!?]{2,70})")
_POLISH = re.compile(r"\bPolish\b")


def read_data(reading: Reading) -> Iterator[Mention]:
    """The mentions of `dataset`, `data_format` and `language_of_data`."""
    named = list(_public(reading))
    yield from named
    own = list(_amounts(reading))
    if not own:
        own = list(_possessed(reading)) or list(_learnt_on(reading)) or list(_labelled(reading))
    yield from _without_overlap(own, named)
    yield from _formats(reading)
    yield from _languages(reading)


def _public(reading: Reading) -> Iterator[Mention]:
    """A dataset by its name; a name that is a benchmark as well counts where it is trained on."""
    for term in reading.said("public_dataset"):
        measured = [t for t in reading.terms.get("benchmark", []) if t.start == term.start]
        if not measured or reading.near("train_word", term.start, term.end, 20):
            yield Mention("dataset", term.value, term.start, term.end, _OWN)


def _without_overlap(own: list[Mention], named: list[Mention]) -> Iterator[Mention]:
    for mention in own:
        if not any(other.start < mention.end and mention.start < other.end for other in named):
            yield mention


def _amounts(reading: Reading) -> Iterator[Mention]:
    """300 support tickets · 3000 条法律咨询 · 2B tokens of Swahili web text · 1.4 GB of .txt."""
    for number in reading.numbers:
        if number.is_article or not reading.is_meant(number.start, _AWAY) or _is_rate(reading, number):
            continue
        span = _english_amount(reading, number) or _chinese_amount(reading, number)
        if span:
            yield Mention("dataset", reading.source.quote(*span), *span, _OWN)
    for quantity in reading.quantities:
        if quantity.dimension in ("memory", "tokens") and (span := _volume(reading, quantity)):
            yield Mention("dataset", reading.source.quote(*span), *span, _OWN)


def _is_rate(reading: Reading, number: Number) -> bool:
    clause = reading.clause(number.start)
    for term in reading.in_clause("rate_word", number.start):
        if abs(term.start - number.start) < 45 and clause.start <= term.start:
            return True
    before = reading.plain[max(0, number.start - 10) : number.start]
    return bool(re.search(r"(?:top|every|each|per|每|第|p|within|top-)\s*$", before))


def _english_amount(reading: Reading, number: Number) -> tuple[int, int] | None:
    if number.value is not None and number.value < 3:
        return None
    plain = reading.plain
    for noun in reading.terms_from("data_noun", number.end, 48):
        gap = plain[number.end : noun.start]
        if not _is_noun_phrase(gap) or _STOP.search(gap):
            return None
        if noun.start == number.end and plain[noun.start].isascii():
            return None
        end = _extended(reading, noun)
        if number.value is not None and number.value < 10 and not re.search(r"(?:have|got|only|with|from|on|of)\s+(?:only |just |about )?$", plain[max(0, number.start - 20) : number.start]):
            return None
        return number.start, end
    return None


def _is_noun_phrase(gap: str) -> bool:
    return re.fullmatch(r"(?: ?(?:条|份|个|篇|对|多|来) ?)?[ \-]?(?:[a-z0-9&'/+.\-]+[ \-]+){0,5}[ ]?", gap) is not None


def _extended(reading: Reading, noun: Term) -> int:
    """To the end of the phrase: the last of several nouns, and what "of" or "from" adds."""
    end = noun.end
    while following := next((t for t in reading.terms_from("data_noun", end, 1)), None):
        if following.end <= end:
            break
        end = following.end
    tail = _TAIL.match(reading.plain, end)
    return tail.end() if tail else end


def _chinese_amount(reading: Reading, number: Number) -> tuple[int, int] | None:
    """3000 条法律咨询 · 聊天记录有 40 万条 · 500 份 word 合同."""
    plain = reading.plain
    measure = next((t for t in reading.terms_from("zh_measure", number.end, 3) if not plain[number.end : t.start].strip(" 多来余几个")), None)
    if measure is None:
        return None
    if number.value is not None and number.value < 10:
        return None
    clause = reading.clause(number.start)
    nouns = [t for t in (*reading.in_clause("zh_data_noun", number.start), *reading.in_clause("data_noun", number.start), *reading.in_clause("format", number.start)) if t.end <= number.start and number.start - t.start <= 24]
    start = min([t.start for t in nouns] + [number.start])
    rest = re.match(r"(?:左右|上下)?(?:的)?[^,，;。!?\n()]{0,16}", plain[measure.end : clause.end])
    end = measure.end + (rest.end() if rest else 0)
    has_noun = nouns or any(reading.in_clause("zh_data_noun", number.start)) or any(reading.in_clause("data_noun", number.start))
    if not has_noun and measure.value == "measure" and plain[measure.start : measure.end] not in ("条", "对", "份", "篇", "万条", "字", "样本"):
        return None
    return start, end


def _volume(reading: Reading, quantity: Quantity) -> tuple[int, int] | None:
    """So many GB or tokens of something."""
    if not reading.is_meant(quantity.start, _AWAY) or (quantity.dimension == "tokens" and quantity.value < 1e5):
        return None
    plain = reading.plain
    of = re.compile(r" (?:of|from) (?:our |the |my )?(?:[a-z0-9.'+&\-]+ ?){1,5}|(?:的|左右的)[^,;。!?\n]{2,16}|\s?(?:数据|语料|文本)").match(plain, quantity.end)
    if of is None or re.search(r"\b(?:v?ram|memory|disk|gpu)\b|显存|内存|卡", of[0]):
        return None
    noun = next((t for t in reading.terms_from("data_noun", quantity.end, 40)), None)
    fits = quantity.dimension == "tokens" or noun or re.search(r"数据|语料|文本|日志|书|古籍|文档|\.txt|text|code", of[0])
    return (quantity.start, quantity.start + len(plain[quantity.start : of.end()].rstrip())) if fits else None


def _possessed(reading: Reading) -> Iterator[Mention]:
    """ "on my customer support tickets", 用我们的客服聊天记录."""
    for own in reading.said("own_word", _AWAY):
        for noun in reading.terms_from("data_noun", own.end, 40):
            gap = reading.plain[own.end : noun.start]
            if not re.fullmatch(r" (?:[a-z0-9&'/+.\-]+ ){0,4}", gap) or _STOP.search(gap) or re.search(r"\b(?:gpu|team|boss|users|customers|company) ", gap):
                break
            if re.search(r"\b(?:on|from|using|use|with|of|have|over|in|is|are|got|collected|data:?|dataset:?|across|knows?|about)(?: (?:all|all of|the|some|=))?\s*$", reading.plain[max(0, own.start - 22) : own.start]) or re.search(r"data:|:\s*$", reading.plain[max(0, own.start - 8) : own.start]):
                end = _extended(reading, noun)
                yield Mention("dataset", reading.source.quote(own.start, end), own.start, end, _OWN)
            break
    pattern = re.compile(r"(?:自己的?|自有的?|我们的?|公司的?|公司内部的?|内部的?|私有的?|现有的?|历史)(?P<what>[^,;。!?\n]{0,12}?(?:数据集?|语料|聊天记录|对话记录|客服记录|记录|日志|工单|文档|资料|笔记|知识库|手册|语录|文章|邮件|合同|病历|题库|代码库?|notes|logs|docs|wiki))")
    for match in reading.finditer(pattern):
        if not re.search(r"不能|不得|不可|不许|不出|别", reading.plain[match.end() : match.end() + 4]) and not reading.near("privacy", match.start(), match.end(), 6):
            yield Mention("dataset", reading.source.quote(*match.span()), *match.span(), _OWN)


def _learnt_on(reading: Reading) -> Iterator[Mention]:
    """ "a language model trained on shakespeare"."""
    for match in _LEARNS_ON.finditer(reading.plain):
        start, end = match.span("what")
        what = match["what"].rstrip(" .,")
        if _NO_DATA.search(what) or not reading.is_meant(match.start(), _AWAY) or re.fullmatch(r"[\d.]+.*|.*\d+b", what):
            continue
        if any(m.start < end and start < m.end for m in reading.terms.get("public_dataset", [])):
            continue
        yield Mention("dataset", reading.source.quote(start, start + len(what)), start, start + len(what), _OWN)


def _labelled(reading: Reading) -> Iterator[Mention]:
    """ "Data: the minutes of our council", 数据：..."""
    for match in _LABEL.finditer(reading.plain):
        start, end = match.span("what")
        clause = reading.clause(start)
        end = min(end, max(clause.end, start + 2))
        what = reading.plain[start:end].strip()
        only_format = any(t.end - t.start >= len(what) - 2 for t in reading.in_clause("format", start))
        if len(what) > 3 and not only_format and reading.is_meant(start, _AWAY) and not re.match(r"(?:不|在|存|都在|no |not |in |on |at |must |should |stays? )", what):
            yield Mention("dataset", reading.source.quote(start, start + len(reading.plain[start:end].rstrip())), start, end, _OWN)


def _formats(reading: Reading) -> Iterator[Mention]:
    outputs = [(term.start, term.end) for term in reading.terms.get("format_output", [])]
    for term in reading.said("format", _AWAY):
        if any(start <= term.start < end for start, end in outputs) or _is_output(reading, term):
            continue
        yield Mention("data_format", term.value, term.start, term.end)


def _is_output(reading: Reading, term: Term) -> bool:
    before = reading.plain[max(0, term.start - 30) : term.start]
    return re.search(r"(?:输出|返回|转成|变成|生成|导出|output|outputs|return|returns|out|export|into|->|>|produces?|emits?|response|respond in|answers? in)[^,，.。;；\n]{0,14}$", before) is not None


def _languages(reading: Reading) -> Iterator[Mention]:
    for term in reading.said("language", _AWAY | Mode.PAST):
        people = any(0 <= t.start - term.end <= 1 for t in reading.terms_from("not_language", term.end, 1))
        verb = term.value == "pl" and not _POLISH.search(reading.source.quote(term.start, term.end)) and reading.plain[term.start : term.end] == "polish"
        in_name = reading.plain[max(0, term.start - 1) : term.start] in ("-", "/") or reading.plain[term.end : term.end + 1] == "-"
        if not people and not verb and not (in_name and term.start and reading.plain[term.start - 2 : term.start - 1].isalnum()):
            yield Mention("language_of_data", term.value, term.start, term.end)
    for term in reading.said("script_list", _AWAY | Mode.PAST):
        for character in reading.plain[term.start : term.end]:
            if character in _CHINESE:
                yield Mention("language_of_data", _CHINESE[character], term.start, term.end)
