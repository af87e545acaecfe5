"""The README's section on the measured service, between two marks; at first it is put behind what was verified."""

from __future__ import annotations

import re
from collections.abc import Mapping

from framework.artifacts.deployment import Deployment
from framework.artifacts.deployment_body import measured_tables
from framework.gates.running import BEGIN, END
from framework.messages import Lang, say

_BEGIN, _END = "<!-- sla:begin -->", "<!-- sla:end -->"
_SECTION = re.compile(rf"{_BEGIN}\n.*?{_END}", re.DOTALL)
_WALKED = re.compile(rf"{BEGIN}\n.*?{END}", re.DOTALL)
_BEFORE = "<!-- verified:end -->\n"


def with_figures(readmes: Mapping[str, str], deployment: Deployment) -> dict[str, str]:
    """The READMEs with their sections filled; only those that change."""
    filled = {name: _filled(text, deployment, _lang(name, deployment)) for name, text in readmes.items()}
    return {name: text for name, text in filled.items() if text != readmes[name]}


def with_failure(readmes: Mapping[str, str], deployment: Deployment, report: str) -> dict[str, str]:
    """The READMEs that tell of a service: it is gone, and what they say of it holds no more. Others claim nothing."""
    told = {name: _withdrawn(text, deployment, report, _lang(name, deployment)) for name, text in readmes.items()}
    return {name: text for name, text in told.items() if text != readmes[name]}


def _withdrawn(readme: str, deployment: Deployment, report: str, lang: Lang) -> str:
    trouble = deployment.trouble
    what = say(lang, f"deploy.short_{trouble.trouble}") if trouble else "-"
    failed = say(lang, "monitor.readme_failed", at=deployment.at, what=what, report=report)
    measured = f"{_BEGIN}\n## {say(lang, 'deploy.readme_title')}\n\n{failed}\n{_END}"
    walked = f"{BEGIN}\n## {say(lang, 'monitor.readme_title')}\n\n{say(lang, 'monitor.readme_unknown')}\n{END}"
    return _WALKED.sub(lambda _: walked, _SECTION.sub(lambda _: measured, readme, count=1), count=1)


def _filled(readme: str, deployment: Deployment, lang: Lang) -> str:
    content = _content(deployment) if lang == deployment.language else say(lang, "deploy.readme_elsewhere")
    section = f"{_BEGIN}\n{content}\n{_END}"
    if _SECTION.search(readme):
        return _SECTION.sub(lambda _: section, readme, count=1)
    head, found, rest = readme.partition(_BEFORE)
    return f"{head}{found}\n{section}\n{rest}" if found else f"{readme.rstrip()}\n\n{section}\n"


def _lang(name: str, deployment: Deployment) -> Lang:
    """README.zh.md is Chinese, README.en.md English, README.md in the project's language."""
    suffix = name.removeprefix("README").removesuffix(".md").strip(".")
    return "zh" if suffix == "zh" else "en" if suffix == "en" else deployment.language


def _content(deployment: Deployment) -> str:
    lang = deployment.language
    return "\n\n".join([f"## {say(lang, 'deploy.readme_title')}", *measured_tables(deployment)])
