"""The file at the project's root that says which rules hold: a note that CLAUDE.md does, or all of them anew."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import groupby

from agents.planner.conventions.documents import Stated, listed_rules, without_rules
from framework.artifacts.project_rules import SOURCE, Enforced
from framework.messages import Lang, say

LOCAL_MARKER = "<!-- foundry: these rules replace CLAUDE.md -->"


def inherited_text(digest: str, lang: Lang) -> str:
    """CLAUDE.inherited.md: which version of CLAUDE.md it stands for."""
    return f"# {say(lang, 'rules.inherited_title')}\n\n{say(lang, 'rules.inherited', file=SOURCE, digest=digest)}\n"


def local_text(source: str, dropped: Sequence[str], added: Sequence[Stated], enforced: Enforced, lang: Lang) -> str:
    """CLAUDE.local.md: every rule that holds, the project's own and the added ones, and what the program enforces."""
    head = f"{LOCAL_MARKER}\n# {say(lang, 'rules.local_title')}\n\n> {say(lang, 'rules.local_replaces', file=SOURCE)}\n"
    return "\n".join(
        [head, without_rules(_body(source), list(dropped)), *_sections(added, lang), _enforced(enforced, lang)]
    )


def _body(source: str) -> str:
    """The document below its marker and title, without the section whose block is written anew."""
    lines = source.replace("\r\n", "\n").split("\n")
    starts = [place for place, line in enumerate(lines) if line.startswith("## ")]
    if not starts:
        return "\n".join(line for line in lines if not line.startswith(("<!-- foundry", "# ", "> ")))
    sections = ["\n".join(lines[start:end]) for start, end in zip(starts, [*starts[1:], None], strict=True)]
    return "\n".join(section for section in sections if "```yaml" not in section or listed_rules(section))


def _sections(added: Sequence[Stated], lang: Lang) -> Iterator[str]:
    for section, rules in groupby(added, key=lambda rule: rule.section):
        title = section or say(lang, "rules.added_section")
        yield "\n".join([f"## {title}", *(f"- {rule.text}" for rule in rules), ""])


def _enforced(enforced: Enforced, lang: Lang) -> str:
    """The block that a program reads. JSON is YAML too, and nothing that a person wrote can break out of it."""
    lines = [f"## {say(lang, 'rules.enforced_section')}", say(lang, "rules.enforced_note"), "", "```yaml", "enforced:"]
    values = [f"  {key}: {_json(value)}" for key, value in enforced.model_dump().items()]
    return "\n".join([*lines, *values, "```", ""])


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False).replace("`", "\\u0060")
