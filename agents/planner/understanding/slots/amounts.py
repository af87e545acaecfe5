"""One's own data by its amount: 300 support tickets, 3000 条法律咨询, 2B tokens of Swahili web text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agents.planner.understanding.lexicon import Term
from agents.planner.understanding.numbers import Number
from agents.planner.understanding.quantities import Quantity
from agents.planner.understanding.reading import ELSEWHERE, Mention, Reading
from agents.planner.understanding.scope import Mode
from agents.planner.understanding.slots.gpus import find_gpus
from agents.planner.understanding.slots.model_names import find_models

AWAY = ELSEWHERE & ~Mode.PAST  # data may well come from the past

_WORD = r"[a-z0-9&'+\-/]+(?:\.[a-z0-9]+)*"
_END_OF_PHRASE = (
    "and|or|for|with|on|in|as|by|at|which|that|is|are|was|were|to|must|should|per|a day"
    "|exported|stored|saved|labelled|labeled"
)
_TAIL = re.compile(rf" (?:of|from|about)(?: (?!(?:{_END_OF_PHRASE})\b){_WORD}){{1,5}}")
_NOUN_PHRASE = re.compile(rf"(?: ?[条份个篇对多来] ?)?[ \-]?(?:{_WORD}[ \-]+){{0,5}}(?:[a-z]+/)?")
# What ends a noun phrase between the number and the noun: "12 departments. About 30k ..." counts departments.
_BREAK = re.compile(
    r"\d|\b(?:and|or|in|on|at|to|for|with|is|are|was|be|by|that|which|must|should|per|a|an|the|into|as|then|max|but"
    r"|within|under"
    r"|gpu|card|gb)\b"
)
_QUOTED = re.compile(r"'[^']{1,40}'(?![a-z])|\"[^\"]{1,40}\"")
_MODEL_BEHIND = re.compile(r"[ -](?:language |writing )?(?:model|lm|llm|gpt|transformer|network|bot|classifier)\b")
_TOKENS_LONG = re.compile(r"-tokens?\b")
_OF_THEM = re.compile(r" of (?:them|those|these)\b")
_RANK_BEFORE = re.compile(r"(?:\b(?:top|every|each|per|within)|[每第])[\s\-]*$")
_NAME_BEFORE = re.compile(r"[a-z]-$")  # ICD-10
_SIZE_OF_DATA = re.compile(
    r"(?:数据量|样本量|样本数|数据规模|语料规模|训练集大小|(?:dataset|data|corpus|training set|sample) size)"
    r"(?:大概|大约|约|有|是|为|共|:|=| is| of| about| around|\s)*$"
)
_FEWEST_FED = 20
_FED = re.compile(
    r"(?:\b(?:train|fine-?tun|learn|teach|taught|feed|fed)\w*\b(?:[^,.;]|\.(?=\d)){0,24}\b(?:on|with|from|using)"
    r"|\bdata(?:set)?(?: is| are|:)|\bcollected)"
    r" (?:about |around |roughly |some |our |my |the |these |those |over |only |just )*$"
)
_THINGS = re.compile(r" (?:[a-z'\-]+ ){0,3}?[a-z\-]{3,}[a-rt-z]s(?![a-z])")
_NO_DATA = re.compile(
    r"\b(?:gpus?|cpus?|cards?|nodes?|machines?|servers?|cores?|epochs?|steps?|hours?|days?|weeks?|months?|years?"
    r"|minutes?|users?|people"
    r"|employees|customers|clients|students|tokens?|parameters?|params|layers?|labels|classes|categories|topics"
    r"|languages|dollars|euros|bucks"
    r"|requests?|gigs|and|or|for|to|in|at|with|is|are|by|of|tpus?|[avhlt]\d+s?|patients|agents|branches|stores"
    r"|departments)\b"
)
_FEW = 10  # fewer things than this are data only where they are said to be had
_HAD = re.compile(r"(?:have|got|only|with|from|on|of)\s+(?:only |just |about )?$")

_COUNTED_TEXT = frozenset(
    {"条", "对", "份", "篇", "字", "句", "段", "首", "样本"}
)  # measures that alone show that texts are counted
_CHARACTERS = frozenset({"字", "个字"})
_FEWEST_CHARACTERS = 10_000  # below, it is the length of an answer
_AFTER_MEASURE = re.compile(
    r"(?:左右|上下)?的?(?:(?!上做|来做|用来|用于|[做丢喂给拿让训跑学]|以内|就|可以|能|够)[^,;。!?\n()]){0,16}[a-z]*"
)
_OUTPUT_BEFORE = re.compile(r"(?:输出|生成|回答|返回|不超过|控制在)[^,;。]{0,6}$")
_BARE_LEAD = frozenset({"数据", "数据集", "样本", "语料"})  # 数据 3000 条: the word adds nothing
_NOUN_REACH = 24
_PAIRS = re.compile(r" ?(?:条 ?)?[a-z\u4e00-\u9fff][a-z\u4e00-\u9fff \-/]{0,18}(?:对|pairs?)(?![于比齐话应象外标联])")

_VOLUME_OF = re.compile(
    r"\s?(?:的 ?)?(?=[\u4e00-\u9fff])(?!显存|内存|卡|的|左右|显卡|硬盘|以内|以下|以上|每|统一)[\u4e00-\u9fff]{2,12}"
    r"| (?:of|from) (?:our |the |my )?(?:[a-z0-9.'+&\-]+ ?){1,5}|\s?(?:的|左右的)[^,;。!?\n]{2,16}"
)
_TEXTUAL = re.compile(r"数据|语料|文本|日志|书|籍|文档|文章|小说|新闻|文献|代码|记录|裁判|文书|诗")
_VOLUME_LABEL = re.compile(r"(?:语料|数据集?|文本|corpus|data)(?:有|约|大概|大约|共|是|:| )*$")
_MACHINE_MEMORY = re.compile(r"\b(?:v?ram|memory|disk|gpu|space|storage|unified|swap|free|each)\b|显存|内存|卡")
_FEWEST_TOKENS = 1e5
_MANY_TOKENS = 1e7  # so many tokens are data whatever stands behind them


def own_amounts(reading: Reading) -> Iterator[Mention]:
    """The mentions of `dataset` that say how much there is."""
    models = reading.spans_of(find_models)
    for number in reading.numbers:
        in_name = _NAME_BEFORE.search(reading.plain, max(0, number.start - 3), number.start)
        if number.is_article or in_name or models.covers(number.start) or not reading.is_meant(number.start, AWAY):
            continue
        span = _english(reading, number) or _chinese(reading, number) or _sized(reading, number)
        if span and not _is_rate(reading, number):
            yield Mention("dataset", reading.source.quote(*span), *span)
    for quantity in reading.quantities:
        if quantity.dimension in ("memory", "tokens") and (span := _volume(reading, quantity)):
            yield Mention("dataset", reading.source.quote(*span), *span)


def _is_rate(reading: Reading, number: Number) -> bool:
    """2000 mails every day; the top 10 documents."""
    plain = reading.plain
    daily = any(abs(term.start - number.start) < 45 for term in reading.in_clause("rate_word", number.start))
    return daily or _RANK_BEFORE.search(plain, max(0, number.start - 10), number.start) is not None


def _english(reading: Reading, number: Number) -> tuple[int, int] | None:
    plain = reading.plain
    if _OF_THEM.match(plain, number.end):  # "complaints in Dutch, 15k of them"
        before = next(reading.terms_until("data_noun", number.start, 30), None)
        return (before.start, number.end + len(" of them")) if before and (number.value or 0) >= _FEW else None
    noun = next(reading.terms_from("data_noun", number.end, 48), None)
    if _TOKENS_LONG.match(plain, number.end) or _is_brief(reading, number):
        return None  # "32k-token contracts", "100 ms answers"
    if noun is None or not _belong_together(plain, number, noun):
        return _fed(reading, number)
    if _MODEL_BEHIND.match(plain, noun.end) or _is_too_few(plain, number):
        return None  # "a 5M story model"
    return number.start, end_of_phrase(reading, noun)


def _belong_together(plain: str, number: Number, noun: Term) -> bool:
    """Whether only adjectives stand between the number and the noun."""
    gap = _QUOTED.sub("x", plain[number.end : noun.start])
    return bool(gap) and _NOUN_PHRASE.fullmatch(gap) is not None and not _BREAK.search(gap)


def _is_too_few(plain: str, number: Number) -> bool:
    """Two mails are none; five are some where they are said to be had."""
    if number.value is None or number.value >= _FEW:
        return False
    return number.value < 3 or not _HAD.search(plain, max(0, number.start - 20), number.start)


def _sized(reading: Reading, number: Number) -> tuple[int, int] | None:
    """数据量 8k, "dataset size: 12,000": the amount alone."""
    cue = _SIZE_OF_DATA.search(reading.plain, max(0, number.start - 28), number.start)
    if cue is None or (number.value or 0) < _FEW or reading.has_unit(number):
        return None
    return cue.start(), number.end


def _fed(reading: Reading, number: Number) -> tuple[int, int] | None:
    """ "fine-tune on 650 exit interviews": what a model is fed with is data, whatever it is called."""
    plain = reading.plain
    if (number.value or 0) < _FEWEST_FED or not _FED.search(plain, max(0, number.start - 40), number.start):
        return None
    things = _THINGS.match(plain, number.end)
    if things is None or _NO_DATA.search(things[0]) or reading.has_unit(number):
        return None
    return number.start, things.end()


def _is_brief(reading: Reading, number: Number) -> bool:
    return any(q.dimension == "time" and q.value < 60 for q in reading.quantities_in(number.start, number.end))


def end_of_phrase(reading: Reading, noun: Term) -> int:
    """Behind the last of several nouns ("chat logs"), and what "of" or "from" adds."""
    end = noun.end
    while (following := next(reading.terms_from("data_noun", end, 1), None)) and following.end > end:
        end = following.end
    tail = _TAIL.match(reading.plain, end)
    return tail.end() if tail else end


def _chinese(reading: Reading, number: Number) -> tuple[int, int] | None:
    """3000 条法律咨询 · 聊天记录有 40 万条 · 500 份 word 合同 · 15万query-法条对."""
    if number.value is not None and number.value < _FEW:
        return None
    plain = reading.plain
    measure = next(reading.terms_from("zh_measure", number.end, 3), None)
    if measure is None or plain[number.end : measure.start].strip(" 多来余几个"):
        return _unmeasured(reading, number)
    if _is_length(plain, number, measure):
        return None
    nouns = _nouns_before(reading, number)
    unit = plain[measure.start : measure.end]
    if not (nouns or unit in _COUNTED_TEXT or _speaks_of_data(reading, number)):
        return None
    rest = _AFTER_MEASURE.match(plain, measure.end, reading.clause(number.start).end)
    return min([*nouns, number.start]), rest.end() if rest else measure.end


def _unmeasured(reading: Reading, number: Number) -> tuple[int, int] | None:
    """15万query-法条对 · 平行句对 25 万."""
    if (pairs := _PAIRS.match(reading.plain, number.end)) and "模型" not in pairs[0]:
        return number.start, pairs.end()
    noun = next(reading.terms_until("zh_data_noun", number.start, 4), None)
    if noun is None or (number.value or 0) < 100 or reading.has_unit(number) or number.letter in ("b", "m"):
        return None
    joined = re.fullmatch(r"(?:大概|大约|[有约共是: ])*", reading.plain[noun.end : number.start])
    bare = not reading.plain[number.end : number.end + 1].isalnum()
    return (noun.start, number.end) if joined and bare else None


def _is_length(plain: str, number: Number, measure: Term) -> bool:
    """100 字以内的摘要: how long an answer may be."""
    if plain.startswith(("以内", "以下"), measure.end):
        return True
    if plain[measure.start : measure.end] in _CHARACTERS and (number.value or 0) < _FEWEST_CHARACTERS:
        return True
    return _OUTPUT_BEFORE.search(plain, max(0, number.start - 10), number.start) is not None


def _nouns_before(reading: Reading, number: Number) -> list[int]:
    """Where the words for data begin that lead up to the number in its clause."""
    starts = []
    for kind in ("zh_data_noun", "data_noun", "format"):
        for term in reading.in_clause(kind, number.start):
            lead = reading.plain[term.start : number.start].rstrip("有是约 大概共:")
            if term.end <= number.start and number.start - term.start <= _NOUN_REACH and lead not in _BARE_LEAD:
                starts.append(term.start)
    return starts


def _speaks_of_data(reading: Reading, number: Number) -> bool:
    return any(reading.in_clause(kind, number.start) for kind in ("zh_data_noun", "data_noun"))


def _volume(reading: Reading, quantity: Quantity) -> tuple[int, int] | None:
    """So many GB or tokens of something."""
    tokens = quantity.dimension == "tokens"
    if not reading.is_meant(quantity.start, AWAY) or (tokens and quantity.value < _FEWEST_TOKENS):
        return None
    of = _VOLUME_OF.match(reading.plain, quantity.end)
    if of is None and (label := _VOLUME_LABEL.search(reading.plain, max(0, quantity.start - 8), quantity.start)):
        return label.start(), quantity.end  # 语料 12GB
    if of is None:
        return (quantity.start, quantity.end) if tokens and quantity.value >= _MANY_TOKENS else None
    says_so = tokens or of[0].lstrip().startswith(("of", "from", "的")) or _TEXTUAL.search(of[0])
    if not says_so or _MACHINE_MEMORY.search(of[0]) or reading.spans_of(find_gpus).touches(of.start(), of.end()):
        return None
    return quantity.start, quantity.end + len(of[0].rstrip())
