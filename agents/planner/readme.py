"""The README's last section: what was verified and what is unmet, between two marks that the template carries."""

from __future__ import annotations

import re

from framework.artifacts.build import BuildLog
from framework.artifacts.markdown import bullets, table, text
from framework.artifacts.requirements_body import slot_name
from framework.artifacts.tech import Unmet
from framework.messages import Lang, say

_SECTION = re.compile(r"(<!-- verified:begin -->\n).*?(<!-- verified:end -->)", re.DOTALL)


def finished(readmes: dict[str, str], log: BuildLog) -> dict[str, str]:
    """The READMEs with their sections filled; only those that change."""
    filled = {name: _with_section(before, log, _lang(name, log)) for name, before in readmes.items()}
    return {name: after for name, after in filled.items() if after != readmes[name]}


def _with_section(readme: str, log: BuildLog, lang: Lang) -> str:
    content = _section(log) if lang == log.language else say(lang, "build.readme_elsewhere") + "\n"
    return _SECTION.sub(lambda found: found[1] + content + found[2], readme)


def _lang(name: str, log: BuildLog) -> Lang:
    """README.zh.md is Chinese, README.en.md English, README.md in the project's language."""
    suffix = name.removeprefix("README").removesuffix(".md").strip(".")
    return "zh" if suffix == "zh" else "en" if suffix == "en" else log.language


def _section(log: BuildLog) -> str:
    lang = log.language
    rows = [
        (text(row.title), text(row.verified.proved if row.verified else ""), f"`{' '.join(row.verified.command)}`")
        for row in log.rows
        if row.verified and row.state == "verified"
    ]
    parts = [
        f"## {say(lang, 'build.readme_title')}",
        say(lang, "build.readme_intro"),
        table([say(lang, f"build.readme_{column}") for column in ("part", "outcome", "command")], rows),
    ]
    if log.unmet:
        wishes = bullets(_wish(one, lang) for one in log.unmet)
        parts += [f"### {say(lang, 'build.readme_unmet')}", f"<!-- unmet:begin -->\n\n{wishes}\n\n<!-- unmet:end -->"]
    return "\n\n".join(parts) + "\n"


def _wish(unmet: Unmet, lang: Lang) -> str:
    """Which wish, why it is not met, and the nearest that can be had."""
    nearest = say(lang, "build.readme_nearest", nearest="; ".join(unmet.nearest)) if unmet.nearest else ""
    said = f"{slot_name(unmet.slot, lang)}: {unmet.wish}"
    return f"**{text(said)}** — {_prose(unmet.why)} {_prose(nearest)}".rstrip()


def _prose(sentence: str) -> str:
    """A sentence of ours, in which backticks are meant, as far as it cannot be anything but text."""
    return " ".join(sentence.split()).replace("<", "&lt;").replace("[", "\\[").replace("|", "\\|")
