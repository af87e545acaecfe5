"""Rules that cannot hold together: the same deed allowed and forbidden, or two numbers for one limit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from agents.planner.conventions.limits import limits
from framework.artifacts.base import Strict

Kind = Literal["opposite", "limit"]

# Words for one thing, in both languages; the first names it. A rule is about what it names.
_DEEDS: dict[str, str] = {
    "overwrite": r"overwr(?:ite|ites|iting|itten|ote)|replac(?:e|ed|es|ing)|覆盖|覆写",
    "delete": r"delet(?:e|ed|es|ing)|remov(?:e|ed|es|ing)|删除|移除",
    "commit": r"commit(?:s|ted|ting)?(?! message)|check(?:ed)? in|提交|入库",
    "weaken": r"weaken(?:s|ed|ing)?|loosen(?:s|ed|ing)?|relax(?:es|ed|ing)?|skip(?:s|ped|ping)?|削弱|放宽|跳过",
    "catch": r"catch(?:es|ing)?(?! (?:only|specific|named|particular)\b)|caught|swallow(?:s|ed|ing)?|捕获|吞掉",
    "load": r"load(?:s|ed|ing)?|加载|载入",
    "report": r"report(?:s|ed|ing)?|publish(?:es|ed|ing)?|invent(?:s|ed|ing)?|mak(?:e|ing) up|报告|汇报|编造|捏造"
    r"|(?:estimat|guess)\w*(?=.*(?:not (?:been )?measured|unmeasured))|(?:not (?:been )?|un)measured.*(?:estimat|guess)\w*"
    r"|(?:估计|估算|猜)(?=.*[没未](?:有|经)?测)|[没未](?:有|经)?测.*(?:估计|估算|猜)",
    "pin": r"pin(?:s|ned|ning)?|unpinned|锁定版本|固定版本|锁定|固定",
    "add": r"add(?:s|ed|ing)?|introduc(?:e|ed|es|ing)|install(?:s|ed|ing)?|新增|增加|添加|引入|安装",
    "change": r"chang(?:e|ed|es|ing)|edit(?:s|ed|ing)?|modif(?:y|ied|ies|ying)|touch(?:es|ed|ing)?|修改|改动|更改|编辑",
    "import": r"import(?:s|ed|ing)?|导入|引用",
    "use": r"us(?:e|ed|es|ing)|reach(?:es|ed)?|access(?:es|ed)?|使用|访问|连接|联网|上网",
    "download": r"download(?:s|ed|ing)?|fetch(?:es|ed|ing)?|下载",
    "run": r"run(?:s|ning)?|execut(?:e|ed|es|ing)|运行|执行",
    "type": r"(?:un)?typed|annotat(?:e|ed|es|ing)|(?:type|no|without) annotations?|type hints?|类型标注|类型注解|类型提示",
    "leave": r"leav(?:e|es|ing)|留下|保留",
}
_THINGS: dict[str, str] = {
    "data": r"data(?:sets?)?|数据集?",
    "checkpoint": r"checkpoints?|检查点|断点",
    "edit": r"somebody's edits|edits|(?:别人|他人)的修改",
    "secret": r"secrets?|passwords?|api keys?|credentials?|密钥|密码|机密|凭据",
    "weight": r"weights?|权重",
    "output": r"outputs?|输出",
    "test": r"tests?|测试",
    "lint": r"lint(?: rules?)?|linter|代码检查",
    "exception": r"exceptions?|errors?|异常|错误",
    "placeholder": r"placeholders?|占位符?",
    "figure": r"figures?|numbers?|results?|指标|数字|结果",
    "dependency": r"dependenc(?:y|ies)|packages?|librar(?:y|ies)|依赖|软件包|第三方库",
    "config": r"configs?|config files?|配置文件|配置",
    "network": r"network|internet|online|联网|网络|互联网|上网",
    "function": r"functions?|code|代码|函数",
    "log": r"logs?|日志",
    "seed": r"seeds?|种子",
}
_NEGATIVE = re.compile(
    r"\b(?:never|not|no|don't|mustn't|can't|cannot|nobody|none|unpinned|untyped|avoid|forbidden|prohibited)\b"
    r"|\b(?:without|skip|omit|drop|leave out)(?: the| any)?(?: type)? (?:annotations?|hints?)\b"
    r"|严禁|禁止|不得|不要|不可以?|不能|不准|不许|不必|不用|绝不|切勿|请勿|勿|别|省略|免去|无需"
    r"|不(?:再)?(?=写|加|做|带|留|提交|覆盖|删|捕获|加载|报|锁|固定|新增|引入|安装|修改|改|导入|使用|访问|联网|下载|运行|跳过)",
    re.IGNORECASE,
)
_PERMITS = re.compile(
    r"\b(?:may|can|allowed|permitted|fine|okay?)\b(?!\s*(?:not|never)\b)|(?<!不)(?:允许|可以|准许)", re.IGNORECASE
)
_STAYS = re.compile(r"\bstay(?:s)? as (?:they are|it is|is)\b|\bunchanged\b|保持不变|保持原样|原样保留", re.IGNORECASE)
# What is said of the thing, or of when: "figures that were not measured". It does not turn the deed round.
_ASIDE = re.compile(
    r"\b(?:that|which|when|whenever|where|if|while|because)\s+(?:\w+\s+){0,3}?"
    r"(?:was|were|is|are|has|have|had|do|does|did|could|can)?\s*(?:not|never|no|nobody|nothing|cannot|can't|don't)\b",
    re.IGNORECASE,
)
_DONE = re.compile(r"\b(?:has|have) been\b", re.IGNORECASE)  # a state to be reached neither allows nor forbids a deed
# A file is a thing of its own: `configs/serve/` is not about configs as such.
_PLACE = re.compile(r"`[^`]*`|(?<!\w)[\w.*-]*/[\w./*-]*", re.ASCII)
# A comma, "but" or "and never" begins another statement with a polarity of its own.
_CLAUSE = re.compile(
    r"[;；:：]|。|\.\s|\bso(?: that)?\b(?! as\b)|\b(?:in order to|because)\b|以便|以免|因为|，(?:让|使|这样)"
    r"|，(?:但|而且?|并且?)|\bbut\b|(?:,|，)\s*(?:(?:and|but)\s+)?(?=(?:never|do not|may|can|must)\b|不|禁止)"
    rf"|,\s*(?=(?:{'|'.join(_DEEDS.values())})\b)",
    re.IGNORECASE,
)


class Contradiction(Strict):
    """Which of the existing rules an added one contradicts, and how. `stricter` is the one that satisfies both."""

    kind: Kind
    existing: str
    about: str
    stricter: Literal["existing", "added"]


@dataclass(frozen=True)
class Claim:
    """What one clause says: of which things which deeds are allowed or demanded, or are forbidden."""

    deeds: frozenset[str]
    things: frozenset[str]
    forbids: bool


def contradictions(added: str, existing: Sequence[str]) -> list[Contradiction]:
    """Every existing rule that the added one contradicts."""
    return [found for rule in existing if rule != added and (found := _between(added, rule))]


def _between(added: str, existing: str) -> Contradiction | None:
    for new in limits(added):
        for old in limits(existing):
            if new.contradicts(old):
                stricter: Literal["existing", "added"] = "added" if new.within(old) else "existing"
                return Contradiction(kind="limit", existing=existing, about=new.unit, stricter=stricter)
    for mine in _claims(added):
        for theirs in _claims(existing):
            shared = mine.deeds & theirs.deeds
            if mine.forbids != theirs.forbids and shared and _is_same_thing(mine, theirs):
                return Contradiction(
                    kind="opposite",
                    existing=existing,
                    about=", ".join(sorted({*shared, *(mine.things & theirs.things)})),
                    stricter="added" if mine.forbids else "existing",
                )
    return None


def _is_same_thing(mine: Claim, theirs: Claim) -> bool:
    """Of rules that name no thing, those that speak of the very same deeds, more than one, are about the same.

    Typing is deed and thing in one.
    """
    if "type" in mine.deeds & theirs.deeds:
        return True
    if not mine.things and not theirs.things:
        return mine.deeds == theirs.deeds and len(mine.deeds) > 1
    return bool(mine.things & theirs.things)


def _claims(rule: str) -> list[Claim]:
    found = []
    for clause in _CLAUSE.split(_PLACE.sub(" ", rule)):
        deeds, things = _named(clause, _DEEDS), _named(clause, _THINGS)
        if things and _STAYS.search(clause):
            found.append(Claim(frozenset({"change"}), things, forbids=True))
        elif deeds and not _DONE.search(clause):
            forbids = bool(_NEGATIVE.search(_ASIDE.sub(" ", clause))) and not _PERMITS.search(clause)
            found.append(Claim(deeds, things, forbids))
    return found


def _named(clause: str, words: dict[str, str]) -> frozenset[str]:
    return frozenset(name for name, pattern in words.items() if _word(pattern).search(clause))


def _word(words: str) -> re.Pattern[str]:
    """Chinese has no word boundaries; Latin words must not be found inside of others."""
    return re.compile(rf"(?<![A-Za-z])(?:{words})(?![A-Za-z])", re.IGNORECASE)
