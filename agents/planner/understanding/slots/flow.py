"""What goes into the model and what comes out of it: as the text describes it, or as labels and texts that it names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from agents.planner.understanding.lexicon import Term
from agents.planner.understanding.reading import Mention, Reading
from agents.planner.understanding.slots.flow_patterns import PATTERNS

_PRONOUN = re.compile(r"^(?:it|them|they|these|those|this|that|each|all of (?:it|them)|它们?|他们|这些|那些|其)$")
_EMPTY = re.compile(
    r"^(?:the|an?|i|we|you|us|me|one|some|any(?:thing)?|every(?:thing)?|something.*|whatever.*|production|lines?|place|account|details?|mind|hand|use|general|shape|touch"
    r"|time|scale|things?|stuff|\d+(?:\.\d+)?\s?[a-z%]{0,4}|jupyter|[^\w\u4e00-\u9fff]+|.*(?:问答|对话|聊天)|什么|东西|结果|一下|出来|我们?|你们?|大家|用户)$"
)
# A phrase about the machine, the method or the model itself is no input and no output.
_MACHINERY = re.compile(
    r"(?<![a-z])(?:gpus?|cpus?|vllm|gguf|onnx|ms|lora|int[48]|4-?bit|docker|api|safetensors|adapters?|llms?|gpt|weights?|scratch|zero|baseline|checkpoints?|deepseek|qwen|llama|mistral|bert|tokens?"
    r"|epochs?|accuracy|f1|loss|latency|p\d\d|language models?|base models?|the models?|dollars?|usd|rmb)(?![a-z])|模型|显卡|显存|零开始|头开始|准确率|延迟|接口|量化|微调|训练|部署"
)
_LEAD = re.compile(
    r"(?:(?:on|the|an?|my|our|some|one|any|their|your|raw|whole|incoming|all|each|every|me|us) |一[个段份条句篇封张首]|我们的|用户的(?=.{2})|我的|的|这些|那些|每[条份篇封个])+"
)
_TAIL = re.compile(
    r"\s*(?:的(?:小|大)?(?:模型|助手|机器人|工具|系统)|的|了|吧|呢|即可|就行|就好|please|格式的?|里|中)$"
)

_ANOTHER = re.compile(r"\b(?:new|more|similar|fresh|other) ones\b|\bmore of (?:them|those|these)\b")
_NOT_WRITING = frozenset("转手填抄听缩默")  # 转写 transcribes, 手写 is by hand
_COUNTED_GAP = re.compile(r"(?: (?:old|labell?ed|annotated|real|past|tagged|marked))* |\s?[条封份篇个句通]")
_REACH = 60
_FAR = 120
_LANGUAGES = frozenset("中英日韩德法俄西泰越葡藏蒙维")
_LABEL = r"(?:[a-z][a-z\-]{0,20}(?: [a-z\-]{1,12})?|[\u4e00-\u9fff]{1,8})"
_SLASHED = re.compile(rf"(?<![\w/.~\\])({_LABEL}(?: ?/ ?{_LABEL}){{1,9}})(?![/\w])")
_LISTED = re.compile(
    r"[(:]\s*([\u4e00-\u9fff\w]{1,8}(?:[、,/] ?[\u4e00-\u9fff\w]{1,8}){1,9})(?=[)\s。.;,]|$)", re.MULTILINE
)
_SORTED_INTO = re.compile(rf"\binto ({_LABEL}(?:, (?:and |or )?{_LABEL}){{2,9}})")
_COUNTED = re.compile(
    r"(?<![\w.])\d{1,3} (?:intents|classes|categories|labels|topics|departments|queues|tags)\b|(?<![\d一二三四五六七八九十两])[\d一二三四五六七八九十两]{1,4} ?个?(?:类别|类|标签|意图|等级|级别)(?!似|型)"
)
_GAP_BEHIND = re.compile(
    r"(?: (?:model|filter|detection|classifier|analysis|recognition|helper|tool))?(?: (?:for|of|on|in|from|incoming|our|my|the|all))*(?: [a-z\-]+){0,3} ?"
)
_GENERATOR_GAP = re.compile(
    r"(?: (?:new|the|our|my|an?|some|short|nice|good|funny))*(?: [a-z\-]+){0,2} ?|[出成]?[\u4e00-\u9fff]{0,6}"
)
_VAGUE = frozenset(
    "sample example record row line item entry pair instance case data dataset corpus archive file label text word spam 文本 标注 数据 样本 语料 记录 资料 例子 案例".split()
)


def read_flow(reading: Reading) -> Iterator[Mention]:
    """The mentions of `input` and `output`: the first of each, by the most telling way."""
    ways: tuple[Callable[[Reading], Iterator[Mention]], ...] = (
        _described,
        _labels,
        _labelled_texts,
        _counted_texts,
        _written_texts,
    )
    taken: dict[str, Mention] = {}
    for way in ways:
        for mention in way(reading):
            taken.setdefault(mention.slot, mention)
        if len(taken) == 2:
            break
    yield from taken.values()


def _described(reading: Reading) -> Iterator[Mention]:
    for pattern in PATTERNS:
        for match in reading.finditer(pattern):
            found = {
                slot: _trimmed(reading, slot, *match.span(slot)) for slot, text in match.groupdict().items() if text
            }
            if not any(_MACHINERY.search(str(mention.value).lower()) for mention in found.values() if mention):
                yield from filter(None, found.values())


def _trimmed(reading: Reading, slot: str, start: int, end: int) -> Mention | None:
    """The phrase without articles before it and particles behind; what a pronoun stands for."""
    start += len(reading.plain[start:end]) - len(reading.plain[start:end].lstrip())
    lead = _LEAD.match(reading.plain, start, end)
    start = lead.end() if lead and lead.end() < end else start
    quote = reading.source.quote(start, end)
    if quote in _LANGUAGES:
        return Mention(slot, f"{quote}文", start, end)
    text = _TAIL.sub("", quote.strip(" \"'“”-:：,，、"))
    if _PRONOUN.match(text.lower()):
        return _antecedent(reading, slot, start)
    if len(text) < 2 or _says_which_language(reading, start, end) or _EMPTY.match(text.lower()):
        return None
    return Mention(slot, text, start, end)


def _says_which_language(reading: Reading, start: int, end: int) -> bool:
    """ "hate speech in Swahili": the language of the input is not the input."""
    named = next(reading.terms_from("language", start, 0), None)
    return (
        named is not None and end - named.end <= len(" language") and reading.plain[max(0, start - 4) : start] == " in "
    )


def _antecedent(reading: Reading, slot: str, start: int) -> Mention | None:
    """ "The discharge notes can't leave. They should become summaries": the notes."""
    for kind in ("texts", "data_noun", "zh_data_noun"):
        noun = next((noun for noun in reading.terms_until(kind, start, _FAR) if _is_text(reading, noun)), None)
        if noun:
            begin = _phrase_start(reading, noun)
            return Mention(slot, reading.source.quote(begin, noun.end), begin, noun.end)
    return None


def _labels(reading: Reading) -> Iterator[Mention]:
    """toxic / spam / fine · (高、中、低) · 14 intents, where labels are spoken of."""
    for pattern in (_SORTED_INTO, _SLASHED, _LISTED, _COUNTED):
        for match in reading.finditer(pattern):
            start, end = match.span(match.lastindex or 0)
            if reading.near("classification_cue", start, end, _REACH) and not _names_software(reading, start, end):
                yield Mention("output", reading.source.quote(start, end), start, end)


def _names_software(reading: Reading, start: int, end: int) -> bool:
    """TRL/Accelerate and pdf/word are lists of something else."""
    return any(
        reading.spans(kind).touches(start, end) for kind in ("stack", "format", "method", "language", "own_word")
    )


def _labelled_texts(reading: Reading) -> Iterator[Mention]:
    """What the labels are put on: "spam filter for sms", 识别诈骗短信, 给工单打标签."""
    if not reading.said("strong_classification") and not reading.said("classification_cue"):
        return
    for cue in reading.said("classification_cue")[:30]:
        for text in (_text_behind(reading, cue), _text_before(reading, cue)):
            if text:
                start = _phrase_start(reading, text)
                yield Mention("input", reading.source.quote(start, text.end), start, text.end)


def _counted_texts(reading: Reading) -> Iterator[Mention]:
    """What there are many of, labelled, is what gets the labels: 60 thousand old posts, 两万条评论."""
    if not reading.said("strong_classification"):
        return
    for number in reading.numbers[:60]:
        noun = next(reading.terms_from("texts", number.end, 16), None)
        if noun and _is_text(reading, noun) and _COUNTED_GAP.fullmatch(reading.plain, number.end, noun.start):
            yield Mention("input", reading.source.quote(noun.start, noun.end), noun.start, noun.end)


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
    before = re.search(
        r"(?:(?<=\s)(?!(?:for|of|on|in|the|our|my|all|from|label|classify|detect|flag|sort|tag|and|or|model|filter|to)\b)[a-z\-]{3,} ){1,2}$",
        reading.plain[max(0, noun.start - 24) : noun.start],
    )
    return noun.start - len(before[0]) if before else noun.start


def _written_texts(reading: Reading) -> Iterator[Mention]:
    """What is written: "writes rejection letters", 写七言绝句, a poem generator."""
    for cue in reading.said("writes")[:30]:
        if reading.plain.startswith("作", cue.end):
            continue  # 写作助手: an assistant for writing
        if reading.plain[max(0, cue.start - 1) : cue.start] in _NOT_WRITING:
            continue
        for kind in ("genre", "texts", "zh_data_noun"):
            noun = next(reading.terms_from(kind, cue.end, 30), None)
            if noun and _is_text(reading, noun) and _GENERATOR_GAP.fullmatch(reading.plain[cue.end : noun.start]):
                end = noun.end
                while (more := next(reading.terms_from(kind, end, 0), None)) and more.end > end:
                    end = more.end  # 七言绝句
                if written := _trimmed(reading, "output", cue.end, end):
                    yield written
    for another in reading.finditer(_ANOTHER):
        writes = any(True for _ in reading.terms_until("writes", another.start(), 2))
        if writes and (text := _antecedent(reading, "output", another.start())):
            yield text
    for genre in reading.said("genre")[:30]:
        if reading.plain.startswith((" generator", "生成器"), genre.end):
            yield Mention("output", reading.source.quote(genre.start, genre.end), genre.start, genre.end)
