"""What goes into the model and what comes out of it: as the text describes it, or as labels and texts that it names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from agents.planner.understanding.lexicon import Term
from agents.planner.understanding.reading import Mention, Reading

_STOP = r"(?!\b(?:and then|which|that|so that|because|but|using|with a|for my|for our|running|on a|on my|within|under)\b)"
_PHRASE = rf"(?:{_STOP}[^,;.!?\n>()])"
_HAN = r"[^,;.!?\n>()。]"
_PASSES = rf"(?:变成|转成|转为|转换成|转换为|改写成|改写为|改成|翻译成|翻译为|译成|整理成|总结成|概括成|写成|生成|压缩成|分成|归为|分类成|提炼成)"
# What a text says of input and output, most telling first. Each names its groups `input` and `output`.
_PATTERNS = [
    re.compile(pattern, re.MULTILINE)
    for pattern in (
        rf"\b(?:turns?|turning|converts?|converting|transforms?|rewrites?|translates?|summari[sz]es?|condenses?|maps?|parses?|boil)"
        rf"\s+(?P<input>{_PHRASE}{{2,50}}?)\s+(?:in)?to\s+(?P<output>{_PHRASE}{{2,50}})",
        rf"\b(?:extract|extracts|extracting|pull|pulls|pulling)\s+(?P<output>{_PHRASE}{{2,50}}?)\s+(?:out of|from)\s+(?P<input>{_PHRASE}{{2,50}})",
        rf"\b(?:takes?|given|reads?|gets?|receives?|accepts?)\s+(?P<input>{_PHRASE}{{2,50}}?),?\s+(?:and\s+|it\s+|should\s+|must\s+)*"
        rf"(?:returns?|produces?|predicts?|outputs?|gives?(?: back)?|generates?|spits? out|writes?|answers? with|emits?|suggests?)"
        rf"\s+(?P<output>{_PHRASE}{{2,50}})",
        rf"(?:^|[:;.,])\s*(?P<input>{_PHRASE}{{2,40}}?) in, (?P<output>{_PHRASE}{{2,40}}?) out\b",
        rf"\b(?:text |data )?(?:input|in)\s*(?::|=|\bis\b|\bare\b|是)\s*(?P<input>{_PHRASE}{{2,60}})",
        rf"\b(?:output|out)\s*(?::|=|\b(?:is|are|should be|must be|has to be|will be|as)\b|是)\s*(?P<output>{_PHRASE}{{2,60}})",
        r"(?:^|[\s:,])(?P<input>[a-z][a-z0-9 \-]{2,30}?)\s?-?>\s?(?P<output>[a-z][a-z0-9 \-]{2,30})(?=[,.;\n]|$)",
        rf"\bsummari[sz]er (?:for|of) (?P<input>{_PHRASE}{{2,40}}?)(?=[:,.;]|$)",
        rf"(?:把|将)(?P<input>{_HAN}{{2,24}}?)(?:自动)?{_PASSES}(?P<output>{_HAN}{{1,24}})",
        rf"(?:从|由)(?P<input>{_HAN}{{2,20}}?)(?:里|中|里面)?(?:自动)?(?:抽取|提取|抽出|识别出|找出|挖掘|抽)(?P<output>{_HAN}{{2,24}})",
        rf"(?:根据|给定|按照|基于(?!\s?[a-z]))(?P<input>{_HAN}{{2,20}}?)(?:自动)?来?(?:生成|写出?|输出|预测|推荐|给出)(?P<output>{_HAN}{{2,24}})",
        rf"(?<!/)输入(?!法|框|层|长度|到|输出|/|】|的(?!是)|,)(?:的是|是|为|一[段条句个篇]|:)?\s*(?P<input>{_HAN}{{2,30}}?)(?=$|[,;。\n]|输出|就?能?返回)",
        rf"(?:输出|返回)(?:的是|是|为|一[段条句个篇]|成|:)?\s*(?P<output>(?!的|到|接口|长度|速度|时间|在|】|\]|[:]){_HAN}{{2,30}})",
        rf"(?P<input>{_HAN}{{2,16}}?)[作做当为]?为?输入[,\s]",
    )
]
_EMPTY = re.compile(
    r"^(?:it|them|this|that|the|an?|an|production|line|place|account|\d+(?:\.\d+)?.{0,4}|p\d\d.*|jupyter|general|shape|touch|time|.*\b(?:gpu|vllm|cpu|ms)\b.*)$"
)
_LEAD = re.compile(r"(?:on |the |an? |my |our |some |one |any |their |your |raw |whole |一个|一段|一份|我们的|的)+")
_TAIL = re.compile(r"\s*(?:的|了|吧|即可|就行|就好|please|格式的?)$")

_REACH = 60
_LABEL = r"(?:[a-z][a-z\-]{0,20}(?: [a-z\-]{1,12})?|[\u4e00-\u9fff]{1,8})"
_SLASHED = re.compile(rf"(?<![\w/.~\\])({_LABEL}(?: ?/ ?{_LABEL}){{1,9}})(?![/\w])")
_LISTED = re.compile(r"[(:]\s*([\u4e00-\u9fff\w]{1,8}(?:[、,/] ?[\u4e00-\u9fff\w]{1,8}){1,9})(?=[)\s。.;,]|$)", re.MULTILINE)
_SORTED_INTO = re.compile(rf"\binto ({_LABEL}(?:, (?:and |or )?{_LABEL}){{2,9}})")
_COUNTED = re.compile(r"(?<![\w.])\d{1,3} (?:intents|classes|categories|labels|topics|departments|queues|tags)\b|[\d一二三四五六七八九十两]+ ?个?(?:类别|类|标签|意图|等级|级别)(?!似|型)")
_GAP_BEHIND = re.compile(r"(?: (?:model|filter|detection|classifier|analysis|recognition|helper|tool))?(?: (?:for|of|on|in|from|incoming|our|my|the|all))*(?: [a-z\-]+){0,3} ?")
_GENERATOR_GAP = re.compile(r"(?: (?:new|the|our|my|an?|some|short|nice|good|funny))*(?: [a-z\-]+){0,2} ?|[出成]?[\u4e00-\u9fff]{0,6}")
_VAGUE = frozenset("sample example record row line item entry pair instance case data dataset corpus archive file label text word spam 标注 数据 样本 语料 记录 资料 例子 案例".split())


def read_flow(reading: Reading) -> Iterator[Mention]:
    """The mentions of `input` and `output`: the first of each, by the most telling way."""
    ways: tuple[Callable[[Reading], Iterator[Mention]], ...] = (_described, _labels, _labelled_texts, _written_texts)
    taken: dict[str, Mention] = {}
    for way in ways:
        for mention in way(reading):
            taken.setdefault(mention.slot, mention)
        if len(taken) == 2:
            break
    yield from taken.values()


def _described(reading: Reading) -> Iterator[Mention]:
    for pattern in _PATTERNS:
        for match in reading.finditer(pattern):
            for slot, text in match.groupdict().items():
                if text and (mention := _trimmed(reading, slot, *match.span(slot))):
                    yield mention


def _trimmed(reading: Reading, slot: str, start: int, end: int) -> Mention | None:
    """The phrase without articles before it and particles behind."""
    lead = _LEAD.match(reading.plain, start, end)
    start = lead.end() if lead and lead.end() < end else start
    text = _TAIL.sub("", reading.source.quote(start, end).strip(" \"'“”-:："))
    if len(text) < 2 or _EMPTY.match(text.lower()):
        return None
    return Mention(slot, text, start, end)


def _labels(reading: Reading) -> Iterator[Mention]:
    """toxic / spam / fine · (高、中、低) · 14 intents, where labels are spoken of."""
    for pattern in (_SORTED_INTO, _SLASHED, _LISTED, _COUNTED):
        for match in reading.finditer(pattern):
            start, end = match.span(match.lastindex or 0)
            if reading.near("classification_cue", start, end, _REACH) and not _names_software(reading, start, end):
                yield Mention("output", reading.source.quote(start, end), start, end)


def _names_software(reading: Reading, start: int, end: int) -> bool:
    """TRL/Accelerate and pdf/word are lists of something else."""
    return any(reading.spans(kind).touches(start, end) for kind in ("stack", "format", "method", "language", "own_word"))


def _labelled_texts(reading: Reading) -> Iterator[Mention]:
    """What the labels are put on: "spam filter for sms", 识别诈骗短信, 给工单打标签."""
    if not reading.said("strong_classification") and not reading.said("classification_cue"):
        return
    for cue in reading.said("classification_cue")[:30]:
        for text in (_text_behind(reading, cue), _text_before(reading, cue)):
            if text:
                start = _phrase_start(reading, text)
                yield Mention("input", reading.source.quote(start, text.end), start, text.end)


def _text_behind(reading: Reading, cue: Term) -> Term | None:
    for kind in ("texts", "data_noun", "zh_data_noun"):
        noun = next(reading.terms_from(kind, cue.end, _REACH), None)
        if noun and _is_text(reading, noun):
            gap = reading.plain[cue.end : noun.start]
            if _GAP_BEHIND.fullmatch(gap) or (len(gap) <= 6 and not gap.isascii()):
                return noun
    return None


def _text_before(reading: Reading, cue: Term) -> Term | None:
    """新闻分类 · 合同风险分类 · review sentiment · 给工单自动打标签."""
    for kind in ("texts", "zh_data_noun", "data_noun"):
        noun = next(reading.terms_until(kind, cue.start, 5), None)
        if noun and _is_text(reading, noun) and not re.search(r"[,;.。!?]", reading.plain[noun.end : cue.start]):
            return noun
    return None


def _is_text(reading: Reading, noun: Term) -> bool:
    word = reading.plain[noun.start : noun.end]
    return word not in _VAGUE and word.removesuffix("s") not in _VAGUE and reading.is_meant(noun.start)


def _phrase_start(reading: Reading, noun: Term) -> int:
    """With the one or two words that say which: "hotel booking mails"."""
    before = re.search(r"(?:(?<=\s)(?!(?:for|of|on|in|the|our|my|all|from|label|classify|detect|flag|sort|tag|and|or|model|filter|to)\b)[a-z\-]{3,} ){1,2}$", reading.plain[max(0, noun.start - 24) : noun.start])
    return noun.start - len(before[0]) if before else noun.start


def _written_texts(reading: Reading) -> Iterator[Mention]:
    """What is written: "writes rejection letters", 写七言绝句, a poem generator."""
    for cue in reading.said("writes")[:30]:
        for kind in ("genre", "texts", "zh_data_noun"):
            noun = next(reading.terms_from(kind, cue.end, 30), None)
            if noun and _is_text(reading, noun) and _GENERATOR_GAP.fullmatch(reading.plain[cue.end : noun.start]):
                while (more := next(reading.terms_from(kind, noun.end, 0), None)) and more.end > noun.end:
                    noun = more  # 七言绝句
                start = cue.end + (len(reading.plain[cue.end : noun.start]) - len(reading.plain[cue.end : noun.start].lstrip()))
                yield Mention("output", reading.source.quote(start, noun.end), start, noun.end)
    for noun in reading.said("genre")[:30]:
        if reading.plain.startswith((" generator", "生成器"), noun.end):
            yield Mention("output", reading.source.quote(noun.start, noun.end), noun.start, noun.end)
