"""What a program can obey, read from plain sentences in English and Chinese and from a document's `enforced` block."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from textwrap import wrap
from typing import Any

from pydantic import Field

from agents.planner.conventions.limits import NUMBER, NUMBERS, number, per_each
from agents.planner.conventions.paths import NEVER, NEVER_ZH, forbidden_paths
from framework.artifacts.base import Strict
from framework.artifacts.project_rules import Enforced
from framework.knowledge.specs import SpecDocument

_LONGEST = 240  # characters: no sentence that a program obeys is longer
_MAY = r"\b(?:may|can|is allowed|are allowed|allowed to|permitted)\b|允许|可以|准许"
_NET = r"(?:network|internet|web|online|outside world|networking)"
_NO_NETWORK = re.compile(
    rf"{NEVER}.*\b{_NET}\b|\bno {_NET}\b|\b(?:stay|run|work|strictly|fully|always) offline\b|\boffline only\b"
    rf"|{NEVER_ZH}.{{0,8}}(?:联网|网络|上网|互联网|外网)|(?:必须|始终|全程|只能)?离线(?:运行|工作|训练)|断网",
    re.I,
)
_NETWORK = re.compile(rf"(?:{_MAY}).*(?:\b{_NET}\b|联网|网络|上网)|\b{_NET}\b.*\b(?:is|are) allowed", re.I)
_NO_DOWNLOADS = re.compile(
    rf"{NEVER}\s+(?:ever\s+)?(?:download|fetch)\b(?:\s+(?:anything|any\s+data|data|datasets?|files?|from the internet))|\bno downloads?\b"
    rf"|{NEVER_ZH}.{{0,4}}下载(?:任何|数据|文件)?",
    re.I,
)
_ATTEMPT = r"(?:attempts?|tries|try|retries|repairs?|fix(?:es)?|times)"
_ATTEMPTS = [
    re.compile(
        rf"(?:at most|no more than|not more than|up to|maximum(?: of)?|max\.?|limit(?:ed)? (?:of|to))\s+{NUMBER}\s+(?:\w+\s+){{0,2}}?{_ATTEMPT}\b",
        re.I,
    ),
    re.compile(
        rf"(?:try|tried|retry|retried|attempt|repaire?d?)\b.{{0,30}}(?:at most|no more than|up to|only)\s+{NUMBER}(?:\s+times)?",
        re.I,
    ),
    re.compile(rf"\b(?:stop|give up) after\s+{NUMBER}\s+(?:\w+\s+){{0,2}}?{_ATTEMPT}\b", re.I),
    re.compile(
        rf"{NEVER}\s+(?:\w+\s+){{0,3}}?(?:try|retry|attempt|repair|fix)\b.{{0,30}}?\bmore (?:often )?than"
        rf"\s+(?P<n>once|twice|(?:\d+|{'|'.join(NUMBERS)})(?=\s+(?:times|attempts)\b))",
        re.I,
    ),
    re.compile(rf"\bmax(?:imum)?[_ ]attempts\s*(?:is|of|=|:)?\s*{NUMBER}", re.I),
    re.compile(
        rf"(?:最多|至多|不超过|不得超过|不能超过|上限(?:为|是)?|最大)\s*(?:只能|只|可以|可)?(?:自动)?(?:尝试|重试|修复|修改|试)?\s*{NUMBER}\s*次"
    ),
    re.compile(
        rf"(?:尝试|重试|修复)(?:次数)?.{{0,6}}(?:最多|至多|不超过|不得超过|不能超过|上限(?:为|是)?)\s*{NUMBER}\s*次?"
    ),
]
_NO_NEW = re.compile(
    rf"(?:{NEVER}.*\b(?:add|introduce|install|bring in)\b|\bno\b).*\b(?:new |extra |additional |further )?(?:dependenc(?:y|ies)|packages?|librar(?:y|ies))\b"
    rf"|{NEVER_ZH}.{{0,6}}(?:新增|增加|添加|引入|安装|加入).{{0,8}}(?:依赖|软件包|第三方库|库|包)",
    re.I,
)
_CONFIRM = re.compile(
    r"\b(?:ask|confirm|approval|approved?|confirmed)\b.*\b(?:every|each|any|all)\b.*\b(?:repairs?|fix(?:es)?|changes?|edits?)\b"
    r"|\b(?:every|each|any|all)\b.*\b(?:repairs?|fix(?:es)?|changes?)\b.*\b(?:confirm|confirmed|approved?|approval|asked)\b"
    r"|(?:每次|每个|每一次|任何|所有).{0,4}(?:修复|修改|改动).{0,10}(?:确认|批准|同意|询问|审批|问我|先问)|(?:修复|修改)前.{0,8}(?:确认|批准|同意|询问|问我|先问)",
    re.I,
)

_MEND = r"(?:repair|fix|change|edit|patch)(?:s|es|ed|ing)?"
_CONSENT = r"(?:confirm|approv|agree|consent|permission|sign(?:ed)? off|say so|said so|ok(?:ay)?|go-ahead|yes)"
_ONLY_CONFIRMED = re.compile(
    rf"\b{_MEND}\b.*\b(?:only|not (?:\w+ )?(?:before|until|unless))\b.*\b{_CONSENT}"
    rf"|\bonly\b.*\b{_MEND}\b.*\b(?:after|when|once|if|with)\b.*\b{_CONSENT}"
    rf"|\b(?:ask(?: me| us| somebody| a person)?(?: for \w+)?(?: first)?|(?:confirm|check) with \w+) before (?:\w+ ){{0,3}}?{_MEND}\b|\bbefore\b.*\b{_MEND}\b.*\b(?:ask|confirm with|check with) (?:me|us)\b"
    rf"|{NEVER}.*\b{_MEND}\b.*\b(?:without|before|until|unless)\b.*\b(?:{_CONSENT}|ask)"
    r"|(?:确认|批准|同意|许可|允许|问过我?|点头)(?:之?后|过?了?)?(?:才|再|方)可?(?:能|可以|可|准)?(?:进行|做|动手)?(?:自动)?(?:修复|修改|改动|修|改)"
    r"|(?:未经|没有|没经|不经).{0,6}(?:确认|批准|同意|许可|允许).{0,4}(?:不得|不能|不要|不准|不许|不可|禁止|别).{0,4}(?:修|改)"
    r"|(?:修复|修改|改动)(?:都|均|必须|需要|须|要|得|一律){1,3}.{0,4}(?:我|人).{0,3}(?:确认|批准|同意)|先问(?:过)?我.{0,3}(?:再|才).{0,3}(?:修|改)"
    r"|(?:修复|修改|改动).{0,6}(?:等我|经我|由我|让我|我).{0,3}(?:确认|批准|同意)",
    re.I,
)


class _Block(Strict):
    enforced: Enforced = Field(default_factory=Enforced)


def enforced_block(document: SpecDocument) -> Enforced:
    """What the document's yaml blocks enforce; a document without any enforces nothing by them."""
    return document.parse(_Block).enforced if "```yaml" in document.text else Enforced()


def obeyed(sentence: str) -> dict[str, Any]:
    """The keys of `Enforced` that a sentence sets, with their values."""
    if len(sentence) > _LONGEST or "  " in sentence:
        return _obeyed_in_parts(sentence)
    found: dict[str, Any] = {}
    if paths := forbidden_paths(sentence):
        found["forbidden_paths"] = paths
    if _NO_NETWORK.search(sentence):
        found |= {"network": False, "downloads": False}
    elif _NO_DOWNLOADS.search(sentence):
        found["downloads"] = False
    elif _NETWORK.search(sentence):
        found |= {"network": True, "downloads": True}
    if (count := attempts(sentence)) is not None and not per_each(sentence):  # what is enforced counts in all
        found["max_attempts"] = count
    if _NO_NEW.search(sentence):
        found["no_new_dependencies"] = True
    if _is_confirmed(sentence):
        found["confirm_every_repair"] = True
    return found


def _obeyed_in_parts(sentence: str) -> dict[str, Any]:
    """A long one piece by piece: the patterns take time that grows faster than the text."""
    found: dict[str, Any] = {}
    for part in wrap(" ".join(sentence.split()), _LONGEST):
        said = obeyed(part)
        paths = [*found.get("forbidden_paths", []), *said.get("forbidden_paths", [])]
        found |= said | ({"forbidden_paths": list(dict.fromkeys(paths))} if paths else {})
    return found


def attempts(sentence: str) -> int | None:
    """The most attempts that a sentence allows."""
    for pattern in _ATTEMPTS:
        if (match := pattern.search(sentence)) and 1 <= (count := number(match["n"])) <= 100:
            return count
    return None


def combined(parts: Iterable[Mapping[str, Any]]) -> Enforced:
    """All of it together: paths add up, of anything else the last word counts."""
    values: dict[str, Any] = {}
    for part in parts:
        paths = [*values.get("forbidden_paths", []), *part.get("forbidden_paths", [])]
        values = {**values, **part, "forbidden_paths": list(dict.fromkeys(paths))}
    return Enforced.model_validate(values)


def _is_confirmed(sentence: str) -> bool:
    """Whether a person wants to be asked; whoever forbids to go on without that wants it too."""
    if re.search(r"\bno need\b|\b(?:don't|do not) need\b|无需|不需要|不必|不用", sentence, re.I):
        return False
    if _ONLY_CONFIRMED.search(sentence):
        return True
    match = _CONFIRM.search(sentence)
    return bool(match and not re.search(NEVER, sentence[: match.end()], re.I))
