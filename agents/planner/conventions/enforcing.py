"""What a program can obey, read from plain sentences in English and Chinese and from a document's `enforced` block."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import Field

from framework.artifacts.base import Strict
from framework.artifacts.project_rules import Enforced
from framework.knowledge.specs import SpecDocument

_NUMBERS = "one two three four five six seven eight nine ten".split()
_DIGITS = {"一": 1, "两": 2, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10}
_NUMBER = rf"(?P<n>\d+|{'|'.join(_NUMBERS)}|[{''.join(_DIGITS)}]|once|twice)"
_NEVER = (
    r"\b(?:never|must not|may not|mustn't|cannot|can not|can't|do not|don't|shall not|should not|no one may|without)\b"
)
_NEVER_ZH = r"(?:严禁|禁止|不得|不要|不可以|不可|不能|不准|不许|绝不|切勿|请勿|勿|别)"
_MAY = r"\b(?:may|can|is allowed|are allowed|allowed to|permitted)\b|允许|可以|准许"
_WRITE = r"(?:touch|change|edit|modify|write(?: to| into| in)?|overwrite|delete|remove|alter|rename)"
_WRITE_ZH = r"(?:修改|改动|更改|触碰|写入|编辑|删除|覆盖|重命名|碰|动|改)"
_PATH = re.compile(
    r"[`'\"“”‘’「『](?P<quoted>[^`'\"“”‘’」』\s]+)[`'\"“”‘’」』]|(?P<bare>(?:[\w.*-]+/)+[\w.*-]*|[\w*-]+\.(?:py|md|ya?ml|toml|txt|json|lock|cfg|ini|sh)\b|\*\.\w+)",
    re.ASCII,
)
_FOLDER = re.compile(
    r"\b(?:folder|directory) (?P<a>[\w.-]+)(?![\w./*-])|(?<![\w./*-])(?P<b>[\w.-]+) (?:folder|directory)\b", re.I
)
_FOLDER_ZH = re.compile(r"(?P<a>[A-Za-z0-9_.-]+)\s*(?:目录|文件夹)")
_NOT_FOLDERS = {"the", "a", "this", "that", "own", "its", "any", "project", "output", "same"}

_FORBID_WRITE = re.compile(rf"{_NEVER}.*?\b{_WRITE}\b(?P<what>.+)|{_NEVER_ZH}.*?{_WRITE_ZH}(?P<zh>.+)", re.I)
_PASSIVE = re.compile(
    rf"(?P<what>.+?)\s+(?:must|may|shall|should) (?:not|never) be (?:touched|changed|edited|modified|overwritten|deleted|removed|altered)"
    rf"|(?P<ro>.+?)\s+(?:is|are) (?:read-only|off limits|frozen)|(?P<zh>.+?){_NEVER_ZH}(?:被)?{_WRITE_ZH}",
    re.I,
)
_LEAVE = re.compile(
    r"\bleave\s+(?P<what>.+?)\s+(?:alone|untouched|unchanged|as (?:it is|they are))\b"
    r"|\b(?:hands off|stay away from)\s+(?P<off>.+)",
    re.I,
)
_NET = r"(?:network|internet|web|online|outside world|networking)"
_NO_NETWORK = re.compile(
    rf"{_NEVER}.*\b{_NET}\b|\bno {_NET}\b|\b(?:stay|run|work|strictly|fully|always) offline\b|\boffline only\b"
    rf"|{_NEVER_ZH}.{{0,8}}(?:联网|网络|上网|互联网|外网)|(?:必须|始终|全程|只能)?离线(?:运行|工作|训练)|断网",
    re.I,
)
_NETWORK = re.compile(rf"(?:{_MAY}).*(?:\b{_NET}\b|联网|网络|上网)|\b{_NET}\b.*\b(?:is|are) allowed", re.I)
_NO_DOWNLOADS = re.compile(
    rf"{_NEVER}\s+(?:ever\s+)?(?:download|fetch)\b(?:\s+(?:anything|any\s+data|data|datasets?|files?|from the internet))|\bno downloads?\b"
    rf"|{_NEVER_ZH}.{{0,4}}下载(?:任何|数据|文件)?",
    re.I,
)
_ATTEMPT = r"(?:attempts?|tries|try|retries|repairs?|fix(?:es)?|times)"
_ATTEMPTS = [
    re.compile(
        rf"(?:at most|no more than|not more than|up to|maximum(?: of)?|max\.?|limit(?:ed)? (?:of|to))\s+{_NUMBER}\s+(?:\w+\s+){{0,2}}?{_ATTEMPT}\b",
        re.I,
    ),
    re.compile(
        rf"(?:try|tried|retry|retried|attempt|repaire?d?)\b.{{0,30}}(?:at most|no more than|up to|only)\s+{_NUMBER}(?:\s+times)?",
        re.I,
    ),
    re.compile(rf"\b(?:stop|give up) after\s+{_NUMBER}\s+(?:\w+\s+){{0,2}}?{_ATTEMPT}\b", re.I),
    re.compile(
        rf"{_NEVER}\s+(?:\w+\s+){{0,3}}?(?:try|retry|attempt|repair|fix)\b.{{0,30}}?\bmore (?:often )?than"
        rf"\s+(?P<n>once|twice|(?:\d+|{'|'.join(_NUMBERS)})(?=\s+(?:times|attempts)\b))",
        re.I,
    ),
    re.compile(rf"\bmax(?:imum)?[_ ]attempts\s*(?:is|of|=|:)?\s*{_NUMBER}", re.I),
    re.compile(
        rf"(?:最多|至多|不超过|不得超过|不能超过|上限(?:为|是)?|最大)\s*(?:只能|只|可以|可)?(?:自动)?(?:尝试|重试|修复|修改|试)?\s*{_NUMBER}\s*次"
    ),
    re.compile(
        rf"(?:尝试|重试|修复)(?:次数)?.{{0,6}}(?:最多|至多|不超过|不得超过|不能超过|上限(?:为|是)?)\s*{_NUMBER}\s*次?"
    ),
]
_NO_NEW = re.compile(
    rf"(?:{_NEVER}.*\b(?:add|introduce|install|bring in)\b|\bno\b).*\b(?:new |extra |additional |further )?(?:dependenc(?:y|ies)|packages?|librar(?:y|ies))\b"
    rf"|{_NEVER_ZH}.{{0,6}}(?:新增|增加|添加|引入|安装|加入).{{0,8}}(?:依赖|软件包|第三方库|库|包)",
    re.I,
)
_CONFIRM = re.compile(
    r"\b(?:ask|confirm|approval|approved?|confirmed)\b.*\b(?:every|each|any|all)\b.*\b(?:repairs?|fix(?:es)?|changes?|edits?)\b"
    r"|\b(?:every|each|any|all)\b.*\b(?:repairs?|fix(?:es)?|changes?)\b.*\b(?:confirm|confirmed|approved?|approval|asked)\b"
    r"|(?:每次|每个|每一次|任何|所有).{0,4}(?:修复|修改|改动).{0,10}(?:确认|批准|同意|询问|审批|问我|先问)|(?:修复|修改)前.{0,8}(?:确认|批准|同意|询问|问我|先问)",
    re.I,
)


class _Block(Strict):
    enforced: Enforced = Field(default_factory=Enforced)


def enforced_block(document: SpecDocument) -> Enforced:
    """What the document's yaml blocks enforce; a document without any enforces nothing by them."""
    return document.parse(_Block).enforced if "```yaml" in document.text else Enforced()


def obeyed(sentence: str) -> dict[str, Any]:
    """The keys of `Enforced` that a sentence sets, with their values."""
    found: dict[str, Any] = {}
    if paths := forbidden_paths(sentence):
        found["forbidden_paths"] = paths
    if _NO_NETWORK.search(sentence):
        found |= {"network": False, "downloads": False}
    elif _NO_DOWNLOADS.search(sentence):
        found["downloads"] = False
    elif _NETWORK.search(sentence):
        found |= {"network": True, "downloads": True}
    if (count := attempts(sentence)) is not None:
        found["max_attempts"] = count
    if _NO_NEW.search(sentence):
        found["no_new_dependencies"] = True
    if _CONFIRM.search(sentence) and not _denied(_CONFIRM, sentence):
        found["confirm_every_repair"] = True
    return found


def attempts(sentence: str) -> int | None:
    """The most attempts that a sentence allows."""
    for pattern in _ATTEMPTS:
        if (match := pattern.search(sentence)) and 1 <= (count := number(match["n"])) <= 100:
            return count
    return None


def number(word: str) -> int:
    """A number in digits, as an English or as a Chinese word; 0 where it is none."""
    lower = word.lower()
    if lower.isdecimal():
        return int(lower)
    if lower in ("once", "twice"):
        return 1 + (lower == "twice")
    return _DIGITS.get(word) or (_NUMBERS.index(lower) + 1 if lower in _NUMBERS else 0)


def forbidden_paths(sentence: str) -> list[str]:
    """The files and folders that a sentence says must not be changed."""
    said = [match for pattern in (_PASSIVE, _FORBID_WRITE, _LEAVE) for match in pattern.finditer(sentence)]
    what = " ".join(filter(None, (text for match in said for text in match.groupdict().values())))
    what = re.split(r"\b(?:unless|except|but)\b|除非|除了", what, maxsplit=1)[0]
    named = [one["quoted"] or one["bare"] for one in _PATH.finditer(what)]
    folders = [one[1] or one[2] for one in _FOLDER.finditer(what)] + [one[1] for one in _FOLDER_ZH.finditer(what)]
    inside = [f"{name}/**" for name in folders if name.lower() not in _NOT_FOLDERS and "/" not in name]
    globs = [f"{path}**" if path.endswith("/") else path for path in named if _is_path(path)]
    return list(dict.fromkeys((*globs, *inside)))


def combined(parts: Iterable[Mapping[str, Any]]) -> Enforced:
    """All of it together: paths add up, of anything else the last word counts."""
    values: dict[str, Any] = {}
    for part in parts:
        paths = [*values.get("forbidden_paths", []), *part.get("forbidden_paths", [])]
        values = {**values, **part, "forbidden_paths": list(dict.fromkeys(paths))}
    return Enforced.model_validate(values)


def _is_path(text: str) -> bool:
    return not text.startswith(("/", "-", "..")) and "://" not in text and any(mark in text for mark in "./*")


def _denied(pattern: re.Pattern[str], sentence: str) -> bool:
    match = pattern.search(sentence)
    return bool(match and re.search(rf"{_NEVER}|\bno need\b|无需|不需要|不必|不用", sentence[: match.end()], re.I))
