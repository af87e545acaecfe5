"""The files and folders that a sentence says must stay as they are."""

from __future__ import annotations

import re

NEVER = (
    r"\b(?:never|must not|may not|mustn't|cannot|can not|can't|do not|don't|shall not|should not|no one may|without)\b"
)
NEVER_ZH = r"(?:严禁|禁止|不得|不要|不可以|不可|不能|不准|不许|绝不|切勿|请勿|勿|别)"
_WRITE = r"(?:touch|change|edit|modify|write(?: to| into| in)?|overwrite|delete|remove|alter|rename)"
_WRITE_ZH = r"(?:修改|改动|更改|触碰|写入|编辑|删除|覆盖|重命名|碰|动|改)"
_PATH = re.compile(
    r"[`'\"“”‘’「『](?P<quoted>[^`'\"“”‘’」』\s]+)[`'\"“”‘’」』]|(?P<bare>(?:[\w.*-]+/)+[\w.*-]*|[\w*-]+\.(?:py|md|ya?ml|toml|txt|json|lock|cfg|ini|sh)\b|\*\.\w+)",
    re.ASCII,
)
_FOLDER = re.compile(
    r"\b(?:folder|directory) (?P<a>[\w.-]+)(?![\w./*-])|(?<![\w./*-])(?P<b>[\w.-]+) (?:folder|directory)\b", re.I
)
_FOLDER_ZH = re.compile(r"(?<![A-Za-z0-9_./*-])(?P<a>[A-Za-z0-9_.-]+)[`'\"”’」』]?\s*(?:目录|文件夹)")
_NOT_FOLDERS = {"the", "a", "this", "that", "own", "its", "any", "project", "output", "same"}

_FORBID_WRITE = re.compile(rf"{NEVER}.*?\b{_WRITE}\b(?P<what>.+)|{NEVER_ZH}.*?{_WRITE_ZH}(?P<zh>.+)", re.I)
_PASSIVE = re.compile(
    rf"(?P<what>.+?)\s+(?:must|may|shall|should) (?:not|never) be (?:touched|changed|edited|modified|overwritten|deleted|removed|altered)"
    rf"|(?P<ro>.+?)\s+(?:is|are) (?:read-only|off limits|frozen)|(?P<zh>.+?){NEVER_ZH}(?:被)?{_WRITE_ZH}",
    re.I,
)
_LEAVE = re.compile(
    r"\bleave\s+(?P<what>.+?)\s+(?:alone|untouched|unchanged|as (?:it is|they are))\b"
    r"|\b(?:hands off|stay away from)\s+(?P<off>.+)",
    re.I,
)
# The folders and files at the top of a project, which are named without a slash too.
_FOLDERS = (
    "benchmarks configs data deploy docs examples monitoring notebooks outputs scripts src tests tutorials".split()
)
_FILES = (
    "AGENTS.md CHANGELOG.md CONTRIBUTING.md LICENSE Makefile README.md dvc.yaml main.py mkdocs.yml params.yaml".split()
)
_FILES.append("pyproject.toml")
_CHINESE = {"测试": "tests", "文档": "docs", "配置": "configs", "脚本": "scripts", "数据": "data"}
_TOP = rf"(?:{'|'.join((*_FOLDERS, *_CHINESE))})"
_TOPS = re.compile(
    rf"\s*(?:(?:anything|any files?|files) (?:in|under|inside|below|of) )?(?:the |my |our |any )*"
    rf"{_TOP}(?:\s*(?:,|，|、|\band\b|\bor\b|\bnor\b|和|与|及|或)\s*(?:the |my |our )?{_TOP})*"
    r"\s*(?:folders?|director(?:y|ies)|at all|ever|please|目录|文件夹|(?:里|下|中)?面?的?(?:任何)?(?:文件|代码|内容|东西)?)?\s*[.!。！]?\s*",
    re.I,
)
_ONLY_TOP = rf"[`'\"“‘「『]?(?:\./)?(?P<{{}}>{'|'.join(_FOLDERS)})(?:/?\*{{{{0,2}}}}|/)[`'\"”’」』]?(?![\w./*-])"
_WRITTEN = r"(?:touch|chang|edit|modif|alter|writ)\w*"
_ONLY = re.compile(
    rf"\bonly\s+(?:ever\s+)?{_WRITTEN}\s+(?:(?:the\s+)?(?:files?|code|things|what is)\s+)?(?:(?:under|in|inside|below|within)\s+)?(?:the\s+)?{_ONLY_TOP.format('a')}"
    rf"|\b{_WRITTEN}\s+(?:files?\s+|code\s+)?only\s+(?:(?:the\s+)?files?\s+)?(?:(?:under|in|inside|below|within)\s+)?(?:the\s+)?{_ONLY_TOP.format('b')}"
    rf"|\bonly\s+(?:the\s+)?(?:files?\s+(?:under|in|inside|below|within)\s+)?(?:the\s+)?{_ONLY_TOP.format('c')}(?:\s+(?:folder|directory))?\s+(?:may|can|should|must)\s+be\s+{_WRITTEN}"
    rf"|{NEVER}.*?\b{_WRITTEN}\s.*?\b(?:outside(?: of)?|except(?: for| in)?|other than)\s+(?:the\s+)?{_ONLY_TOP.format('d')}"
    rf"|\b(?:restrict|limit|confine|keep)\w*\b.*\b(?:edits?|changes?|modifications?)\s+(?:to|in|within|inside)\s+(?:the\s+)?{_ONLY_TOP.format('e')}"
    rf"|(?:只|仅)(?:能|可以|可|准|许|允许)?(?:修改|改动|更改|编辑|改|动|碰)\s*{_ONLY_TOP.format('f')}"
    rf"|(?:除了?|在)\s*{_ONLY_TOP.format('g')}\s*(?:目录|文件夹)?\s*(?:之外|以外|外)",
    re.I,
)


_TAIL = re.compile(
    r"\s*(?:folder|directory|please|(?:目录|文件夹)?(?:之?下|里|中|内)?面?的?(?:文件|代码|内容)?)?\s*[.!。！]?\s*", re.I
)


def forbidden_paths(sentence: str) -> list[str]:
    """The files and folders that a sentence says must not be changed."""
    kept = _ONLY.search(sentence)
    if kept and (kept["g"] or _TAIL.fullmatch(sentence[kept.end() :])):
        return _others(next(filter(None, kept.groups())).lower()) if _forbids_others(kept, sentence) else []
    if re.search(r"\boutside\b|之外|以外", sentence, re.I):
        return []  # what is named there is what may be changed
    said = [match for pattern in (_PASSIVE, _FORBID_WRITE, _LEAVE) for match in pattern.finditer(sentence)]
    parts = [text for match in said for text in match.groupdict().values() if text]
    what = re.split(r"\b(?:unless|except|but)\b|除非|除了", " ".join(parts), maxsplit=1)[0]
    named = [one["quoted"] or one["bare"] for one in _PATH.finditer(what)]
    folders = [one[1] or one[2] for one in _FOLDER.finditer(what)] + [one[1] for one in _FOLDER_ZH.finditer(what)]
    inside = [f"{name}/**" for name in folders if name.lower() not in _NOT_FOLDERS and "/" not in name]
    tops = [f"{name}/**" for part in parts for name in _tops(part)]
    globs = [f"{path}**" if path.endswith("/") else path for path in named if _is_path(path)]
    return list(dict.fromkeys((*globs, *inside, *tops)))


def _tops(what: str) -> list[str]:
    """The folders of what names nothing else: 别碰 tests, "don't touch the docs"."""
    if not _TOPS.fullmatch(what):
        return []
    return [_CHINESE.get(name, name.lower()) for name in re.findall(_TOP, what, re.I)]


def _forbids_others(kept: re.Match[str], sentence: str) -> bool:
    """Chinese names what is left out first, and then says what must not be done: 除 src 外不要改动."""
    if kept["g"]:
        return bool(re.search(rf"{NEVER_ZH}.*{_WRITE_ZH}", sentence))
    return not re.match(r".*\b(?:not|don't)\s+$", sentence[: kept.start()], re.I) or bool(kept["d"])


def _others(kept: str) -> list[str]:
    """All that lies at the top of a project but this folder, and what runs leave behind."""
    return [*(f"{name}/**" for name in _FOLDERS if name not in (kept, "data", "outputs")), *_FILES]


def _is_path(text: str) -> bool:
    return not text.startswith(("/", "-", "..")) and "://" not in text and any(mark in text for mark in "./*")
