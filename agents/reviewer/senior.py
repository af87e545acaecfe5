"""A model looks at the code as a senior engineer would. It may warn, with evidence that code has checked; no more."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from agents.reviewer.remarks import MODEL, Remark, Remarks, finding, unfounded
from agents.reviewer.subject import Subject
from framework.artifacts.base import RECORDING, RULE, Decided, Strict
from framework.artifacts.review import CheckRun, ReviewFinding
from framework.engines.base import Ask, Engine, Fenced
from framework.messages import Lang

_KIND = "reviewer.senior_look"
_CODE, _LONGEST = 24_000, 10_000  # characters of all files and of one
_REQUEST = 2_000
# Words of what goes wrong without a sound.
_WEIGHTY = re.compile(
    r"\b(loss|mask|backward|optimizer|schedul\w*|split|attention|cache|grad\w*|seed|labels?|checkpoint|batch|shift\w*"
    r"|softmax|eval|train|device|dtype|accumul\w*|clip\w*|ignore_index|norm|rotary|position\w*)\b"
)


class Code(Strict):
    """The context of the question. The user's words and the files are shown as data."""

    language: Lang
    wishes: Fenced
    code: Fenced


def senior_look(
    engine: Engine, subject: Subject, request: str, changed: Collection[str]
) -> tuple[list[CheckRun], list[ReviewFinding]]:
    """What a model warns of. Nothing, not even that anybody looked, where a rule had to answer in its place."""
    files = list(_shown(subject, changed))
    answer = engine.decide(_ask(subject, request, files))
    if not _is_by_a_model(engine):
        return [], []
    kept = [finding(subject, one) for one in answer.findings if not unfounded(subject, one)]
    found = list({(one.file, one.line, one.evidence): one for one in kept}.values())
    return [CheckRun(name=MODEL, looked_at=len(files), findings=len(found))], found


def _ask(subject: Subject, request: str, files: list[str]) -> Ask[Code, Remarks]:
    return Ask(
        kind=_KIND,
        context=Code(
            language=subject.lang,
            wishes="\n".join(_wishes(subject, request)),
            code="\n\n".join(_numbered(file, subject.tree.texts[file]) for file in files),
        ),
        output=Remarks,
        rule=lambda _: Remarks(findings=[]),
        faults=lambda _, answer: _faults(subject, answer.findings),
    )


def _faults(subject: Subject, remarks: list[Remark]) -> list[str]:
    """An answer that is mostly made up is none; of any other the few remarks without ground are left out."""
    faults = [why for one in remarks if (why := unfounded(subject, one))]
    return faults if 2 * len(faults) > len(remarks) else []


def _is_by_a_model(engine: Engine) -> bool:
    last = next((one for one in reversed(engine.decided) if one.kind == _KIND), Decided(kind=_KIND, by=RULE))
    return last.by != RULE and not (last.by == RECORDING and last.why.partition(":")[0] == RULE)


def _wishes(subject: Subject, request: str) -> Iterator[str]:
    """The user's words, what was made of them, and what is told already as not met."""
    yield request[:_REQUEST]
    for task in subject.tasks.tasks if subject.tasks else ():
        yield f"- {task.title} ({', '.join(task.serves)})"
    for unmet in subject.log.unmet_wishes() if subject.log else ():
        yield f"- not met, as the user knows: {unmet}"


def _numbered(file: str, text: str) -> str:
    lines = text.rstrip("\n").split("\n")
    return "\n".join([f"=== {file}", *(f"{number}| {line}" for number, line in enumerate(lines, 1))])


def _shown(subject: Subject, changed: Collection[str]) -> Iterator[str]:
    """As many files as can be read at once: first what somebody has written, then what has most to get wrong."""
    texts = {file: subject.tree.texts[file] for file in subject.trees if "/probes/" not in file}
    weights = {file: len(set(_WEIGHTY.findall(text))) / (1 + len(text)) ** 0.5 for file, text in texts.items()}
    room = _CODE
    for file in sorted(weights, key=lambda file: (not _is_new(subject, file, changed), -weights[file], file)):
        size = len(texts[file])
        if 0 < size <= min(room, _LONGEST):
            room -= size
            yield file


def _is_new(subject: Subject, file: str, changed: Collection[str]) -> bool:
    """Whether it is no file of the template's: changed by somebody, or written for a wish."""
    return file in changed or file.startswith(f"{subject.source}extra/")
