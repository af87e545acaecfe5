"""What goes into the model and what comes out of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agents.planner.understanding.reading import Mention, Reading

_NP = r"(?:(?!\b(?:and then|which|that|so that|because|but|using|with a|for my|for our|running|on a|on my|within|under)\b)[^,;.!?\n>()，。；！？])"
_ZH = r"[^,;.!?\n>()，。；！？]"
# Each pattern names its groups `input` and `output`; the first that matches at a place is taken.
_PATTERNS = [
    re.compile(
        rf"\b(?:turn|turns|turning|convert|converts|converting|transform|transforms|rewrite|rewrites|translate|translates|summari[sz]es?|condense|map|maps|parse|parses|boil)\s+(?P<input>{_NP}{{2,50}}?)\s+(?:in)?to\s+(?P<output>{_NP}{{2,50}})"
    ),
    re.compile(rf"\b(?:extract|extracts|extracting|pull|pulls|pulling)\s+(?P<output>{_NP}{{2,50}}?)\s+(?:out of|from)\s+(?P<input>{_NP}{{2,50}})"),
    re.compile(rf"\b(?:takes?|given|reads?|gets?|receives?|accepts?)\s+(?P<input>{_NP}{{2,50}}?),?\s+(?:and\s+|it\s+|should\s+|must\s+)*(?:returns?|produces?|predicts?|outputs?|gives?(?: back)?|generates?|spits? out|writes?|answers? with|emits?|suggests?)\s+(?P<output>{_NP}{{2,50}})"),
    re.compile(rf"\b(?:text |data )?(?:input|in)\s*(?::|=|\bis\b|\bare\b|是)\s*(?P<input>{_NP}{{2,60}})"),
    re.compile(rf"\b(?:output|out)\s*(?::|=|\bis\b|\bare\b|\bshould be\b|\bmust be\b|\bhas to be\b|\bwill be\b|\bas\b|是)\s*(?P<output>{_NP}{{2,60}})"),
    re.compile(rf"(?:^|[\s:,])(?P<input>[a-z][a-z0-9 \-]{{2,30}}?)\s?-?>\s?(?P<output>[a-z][a-z0-9 \-]{{2,30}})(?=[,.;\n]|$)"),
    re.compile(rf"(?:把|将)(?P<input>{_ZH}{{2,24}}?)(?:自动)?(?:变成|转成|转为|转换成|转换为|改写成|改写为|改成|翻译成|翻译为|译成|整理成|总结成|概括成|写成|生成|压缩成|分成|归为|分类成|提炼成)(?P<output>{_ZH}{{1,24}})"),
    re.compile(rf"(?:从|由)(?P<input>{_ZH}{{2,20}}?)(?:里|中|里面)?(?:自动)?(?:抽取|提取|抽出|识别出|找出|挖掘|抽)(?P<output>{_ZH}{{2,24}})"),
    re.compile(rf"(?:根据|给定|按照|基于(?!\s?[a-z]))(?P<input>{_ZH}{{2,20}}?)(?:自动)?(?:来)?(?:生成|写出?|输出|预测|推荐|给出)(?P<output>{_ZH}{{2,24}})"),
    re.compile(rf"(?<!/)输入(?!法|框|层|长度|到|输出|/|】|的(?!是)|,)(?:的是|是|为|一[段条句个篇]|:)?\s*(?P<input>{_ZH}{{2,30}}?)(?=$|[,，;；。\n]|输出|(?:就)?能?返回|,)"),
    re.compile(rf"(?:输出|返回)(?:的是|是|为|一[段条句个篇]|成|:)?\s*(?P<output>(?!的|到|接口|长度|速度|时间|在|】|\]|[:]){_ZH}{{2,30}})"),
    re.compile(rf"(?P<input>{_ZH}{{2,16}}?)(?:作为|做|当|为)?输入(?:,|，|\s)"),
]
_EMPTY = re.compile(r"^(?:it|them|this|that|the|a|an|production|line|place|account|\d+(?:\.\d+)?.{0,4}|p\d\d.*|jupyter|general|shape|touch|time|.*\b(?:gpu|vllm|cpu|ms)\b.*)$")
_TRIM = re.compile(r"^(?:on |the |a |an |my |our |some |one |any |their |your |raw |的|一个|一段|一份|我们的)+|\s*(?:的|了|吧|即可|就行|就好|please|pls|格式的?)$")


def read_flow(reading: Reading) -> Iterator[Mention]:
    """The mentions of `input` and `output`: the first of each."""
    taken: dict[str, Mention] = {}
    for pattern in _PATTERNS:
        for match in reading.finditer(pattern):
            for slot, text in match.groupdict().items():
                if text and slot not in taken and (mention := _mention(reading, slot, match)):
                    taken[slot] = mention
            if len(taken) == 2:
                break
    yield from taken.values()


def _mention(reading: Reading, slot: str, match: re.Match[str]) -> Mention | None:
    start, end = match.span(slot)
    shown = reading.plain[start:end]
    lead = _TRIM.match(shown)
    start += lead.end() if lead and lead.start() == 0 and lead.end() < len(shown) else 0
    text = reading.source.quote(start, end).strip(" \"'“”-:：")
    tail = _TRIM.search(text)
    if tail and tail.end() == len(text) and tail.start() > 0:
        text = text[: tail.start()]
    if len(text) < 2 or _EMPTY.match(text.lower()):
        return None
    return Mention(slot, text, start, end)
