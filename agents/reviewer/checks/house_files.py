"""What every project has agrees with itself: licence, Python, version, CI, commands, what git leaves out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

from agents.reviewer.checks.commands import CommandCheck
from agents.reviewer.checks.leftovers import conflicts
from agents.reviewer.checks.measures import measures
from agents.reviewer.checks.pythons import disagree, pythons
from agents.reviewer.reading.commands import Command, split
from agents.reviewer.reading.documents import without_wishes
from agents.reviewer.reading.offer import Offer
from agents.reviewer.subject import Subject
from framework.artifacts.review import ReviewFinding

NAME = "house_files"
_WANTED = ("pyproject.toml", "README.md", "LICENSE", ".gitignore", "CHANGELOG.md", "CONTRIBUTING.md", "Makefile")
_LEFT_OUT = {"outputs": "outputs/x", "data": "data/x", ".venv": ".venv/x"}
# What a licence's text says, and no other's.
_LICENCES = {
    "MIT": r"Permission is hereby granted, free of charge",
    "Apache-2.0": r"Apache License\s+Version 2\.0",
    "BSD-3-Clause": r"Redistribution and use in source.*Neither the name",
    "BSD-2-Clause": r"Redistribution and use in source(?!.*Neither the name)",
    "GPL-3.0": r"GNU GENERAL PUBLIC LICENSE\s+Version 3",
    "AGPL-3.0": r"GNU AFFERO GENERAL PUBLIC LICENSE",
    "MPL-2.0": r"Mozilla Public License,? (?:Version|v\.) 2\.0",
    "ISC": r"Permission to use, copy, modify, and/or distribute",
    "Unlicense": r"This is free and unencumbered software",
    "proprietary": r"All rights reserved(?!.*Redistribution)",
}
_TESTS = re.compile(r"\bpytest\b|\bmake (?:test|check|fast|ci)\b|\btox\b|\bnox\b")


def things(subject: Subject) -> list[str]:
    """The files that are held against each other."""
    workflows = [name for name in subject.tree.files if name.startswith(".github/workflows/")]
    return [*(name for name in (*_WANTED, "dvc.yaml") if name in subject.tree.files), *sorted(workflows)]


def check(subject: Subject) -> Iterator[ReviewFinding]:
    """What is missing, and what does not agree."""
    for name in _WANTED:
        if not subject.tree.files.get(name, b"").strip():
            yield subject.finding(NAME, "doc_no_house_file", name, None, name=name)
    offer = Offer(subject)
    yield from _pyproject(subject, offer)
    yield from _licence(subject, offer)
    yield from _ignored(subject)
    yield from pythons(subject, NAME)
    yield from _version(subject, offer)
    yield from _workflows(subject, offer)
    yield from _recipes(subject, offer)
    yield from _stages(subject, offer)
    yield from _examples(subject)
    yield from measures(subject, NAME)
    yield from conflicts(subject, NAME)


def _pyproject(subject: Subject, offer: Offer) -> Iterator[ReviewFinding]:
    if "pyproject.toml" not in subject.tree.files:
        return
    for key in ("name", "requires-python", "license", "readme"):
        if not offer.project.get(key):
            yield subject.finding(NAME, "doc_no_field", "pyproject.toml", None, name=key)
    readme = offer.project.get("readme")
    if isinstance(readme, str) and readme not in subject.tree.files:
        yield disagree(subject, NAME, "pyproject.toml", "readme", "readme", readme, "-")
    for entry in offer.project.get("scripts", {}).values():
        module, _, name = str(entry).partition(":")
        if name.partition(".")[0] not in (offer.names.exports(module) or set()):
            line = subject.line_of("pyproject.toml", str(entry))
            yield subject.finding(NAME, "doc_no_name", "pyproject.toml", line, name=name, module=module)


def _licence(subject: Subject, offer: Offer) -> Iterator[ReviewFinding]:
    text = " ".join(subject.tree.texts.get("LICENSE", "").split())
    said = offer.project.get("license", "")
    said = str(said.get("text", "")) if isinstance(said, dict) else str(said)
    found = [name for name, words in _LICENCES.items() if re.search(words, text, re.IGNORECASE | re.DOTALL)]
    agrees = not text or not said or not found or any(_same(name, said) for name in found)
    known = any(_same(name, said) for name in _LICENCES)
    if not agrees or (text and said and known and not found):
        yield disagree(
            subject, NAME, "pyproject.toml", "license", "license", said, f"LICENSE: {found[0] if found else '?'}"
        )
    for name in sorted(subject.tree.texts):
        if re.fullmatch(r"README[\w.-]*\.md", name):
            text = without_wishes(subject.tree.texts[name])
            for badge in re.findall(r"(?i)licen[cs]e[-/: ]+(MIT|Apache-2\.0|BSD-3-Clause|GPL-3\.0)\b", text):
                if said and not _same(badge, said):
                    yield disagree(subject, NAME, name, badge, "license", badge, f"pyproject.toml: {said}")


def _same(name: str, said: str) -> bool:
    plain = re.sub(r"^LicenseRef-", "", said).lower()
    return plain.startswith(name.lower())


def _ignored(subject: Subject) -> Iterator[ReviewFinding]:
    lines = [line.strip() for line in subject.tree.texts.get(".gitignore", "").splitlines()]
    patterns = {line.strip("/").removesuffix("/*").removesuffix("/**") for line in lines}
    for name in _LEFT_OUT:
        if patterns and name not in patterns and f"{name}*" not in patterns:
            yield subject.finding(NAME, "doc_not_ignored", ".gitignore", None, name=f"{name}/")
    for file in sorted(subject.tree.files):
        if file.startswith((".venv/", "outputs/", "__pycache__/")) or file.endswith(
            (".pyc", ".safetensors", ".pt", ".ckpt")
        ):
            yield subject.finding(NAME, "doc_made_file", file, None, name=file)


def _version(subject: Subject, offer: Offer) -> Iterator[ReviewFinding]:
    init = f"{subject.source}__init__.py"
    found = re.search(
        r"^__version__\s*(?::\s*\w+\s*)?=\s*[\"']([^\"']+)", subject.tree.texts.get(init, ""), re.MULTILINE
    )
    said = offer.project.get("version")
    if not found and not said:
        yield subject.finding(NAME, "doc_no_version", init, 1)
        return
    version = found[1] if found else str(said)
    if found and said and said != version:
        yield disagree(subject, NAME, "pyproject.toml", "version", "version", str(said), version)
    changes = subject.tree.texts.get("CHANGELOG.md", "")
    if changes and not re.search(rf"^##+ \[?v?{re.escape(version)}\b", changes, re.MULTILINE):
        yield disagree(subject, NAME, "CHANGELOG.md", "## ", "version", "-", version)


def _read(subject: Subject, name: str) -> Any:
    try:
        return yaml.safe_load(subject.tree.texts[name])
    except yaml.YAMLError:
        return None


def _workflows(subject: Subject, offer: Offer) -> Iterator[ReviewFinding]:
    names = [one for one in sorted(subject.tree.texts) if re.fullmatch(r"\.github/workflows/[^/]+\.ya?ml", one)]
    tests = False
    for name in names:
        read = _read(subject, name)
        if not isinstance(read, dict) or not isinstance(read.get("jobs"), dict):
            yield subject.finding(NAME, "doc_no_workflow", name, 1)
            continue
        jobs = [job for job in read["jobs"].values() if isinstance(job, dict)]
        for step in (step for job in jobs for step in job.get("steps") or [] if isinstance(step, dict)):
            script = re.sub(r"\$\{\{.*?\}\}", "$X", str(step.get("run", "")))
            tests = tests or bool(_TESTS.search(script))
            yield from _script(subject, offer, name, script)
        for job in jobs:
            local = str(job.get("uses", ""))
            if local.startswith("./") and local.removeprefix("./") not in subject.tree.files:
                line = subject.line_of(name, local)
                yield subject.finding(NAME, "doc_no_file", name, line, name=local, command=f"uses: {local}")
    if not tests:
        yield subject.finding(NAME, "doc_no_ci", names[0] if names else ".github/workflows", None)


def _script(subject: Subject, offer: Offer, file: str, script: str) -> Iterator[ReviewFinding]:
    check = CommandCheck(offer, NAME)
    for text in script.replace("\\\n", " ").splitlines():
        for command in split(file, subject.line_of(file, text.strip()[:40]) or 1, text.strip()):
            if command.program in ("make", "pytest") or command.program.startswith("python"):
                yield from check.look(command)


def _recipes(subject: Subject, offer: Offer) -> Iterator[ReviewFinding]:
    """What the Makefile runs, and what its targets need."""
    text = subject.tree.texts.get("Makefile", "")
    check = CommandCheck(offer, NAME)
    for number, line in enumerate(text.splitlines(), 1):
        recipe = line.strip().lstrip("@-+") if line.startswith("\t") else ""
        for found in re.finditer(r"\$\(BIN\)/(python[^;&|]*)|(?:^|\s)((?:python3?|pytest) [^;&|]*)", recipe):
            words = [
                one
                for one in re.sub(r"\$\$?\w+|\"\$\$\w+\"", "<x>", found[1] or found[2]).split()
                if one != "2>/dev/null"
            ]
            if "-c" not in words[:2]:
                yield from check.look(Command("Makefile", number, {}, [word.strip("\"'") for word in words]))
        needs = re.match(r"^[A-Za-z][\w -]*:(?!=)\s*([^#=]*)", line)
        for name in needs[1].split() if needs else []:
            if re.fullmatch(r"[a-z][\w-]*", name) and name not in offer.targets and name not in subject.tree.files:
                yield subject.finding(
                    NAME, "doc_no_target", "Makefile", number, name=name, known=", ".join(sorted(offer.targets))
                )


def _stages(subject: Subject, offer: Offer) -> Iterator[ReviewFinding]:
    """The commands of a pipeline of DVC, with its parameters filled in, and what its stages need."""
    read = _read(subject, "dvc.yaml") if "dvc.yaml" in subject.tree.texts else None
    stages = read.get("stages", {}) if isinstance(read, dict) else {}
    made = {str(out) for stage in stages.values() for out in (stage.get("do") or stage).get("outs", [])}
    for name, stage in stages.items():
        body = stage.get("do") or stage
        line = subject.line_of("dvc.yaml", f"{name}:") or 1
        command = re.sub(r"\$\{[^}]*\}", "<x>", str(body.get("cmd", "")))
        for one in split("dvc.yaml", line, command):
            yield from CommandCheck(offer, NAME).look(one)
        for need in (re.sub(r"\$\{[^}]*\}", "<x>", str(one)) for one in body.get("deps", [])):
            if not offer.paths.at_top(need) and not offer.paths.is_made(need) and need not in made:
                yield subject.finding(NAME, "doc_no_file", "dvc.yaml", line, name=need, command=command)


def _examples(subject: Subject) -> Iterator[ReviewFinding]:
    """Numbered examples and the outputs that they promise."""
    examples = {name[9:-3] for name in subject.tree.files if re.fullmatch(r"examples/\d+\w*\.py", name)}
    outputs = {name[18:-4] for name in subject.tree.files if re.fullmatch(r"examples/expected/\w+\.txt", name)}
    for name in sorted(examples - outputs):
        yield subject.finding(NAME, "doc_no_output", f"examples/{name}.py", 1, name=f"examples/expected/{name}.txt")
    for name in sorted(outputs - examples):
        yield subject.finding(NAME, "doc_no_example", f"examples/expected/{name}.txt", 1, name=f"examples/{name}.py")
