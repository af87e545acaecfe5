"""No key of anybody's is in the project. A finding shows the first four characters of it and no more."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator

from agents.reviewer.subject import Subject
from framework.artifacts.review import ReviewFinding

NAME = "secrets"
# What a text with one of them never lacks, which is quick to see; then the pattern, whose one group is the secret.
_KINDS = {
    "private key": ("PRIVATE KEY", r"(-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----)"),
    "AWS": ("AKIA ASIA AGPA AIDA AROA", r"\b((?:AKIA|ASIA|AGPA|AIDA|AROA)[A-Z0-9]{16})\b"),
    "Google": ("AIza", r"\b(AIza[\w-]{35})(?![\w-])"),
    "OAuth": ("GOCSPX- ya29.", r"\b(GOCSPX-[\w-]{28}|ya29\.[\w-]{20,})"),
    "OpenAI": ("sk-", r"\b(sk-(?!ant-)(?:proj-|svcacct-|admin-|or-v1-)?[A-Za-z0-9_-]{20,})"),
    "Anthropic": ("sk-ant-", r"\b(sk-ant-[\w-]{20,})"),
    "Hugging Face": ("hf_ api_org_", r"\b(hf_[A-Za-z0-9]{30,}|api_org_[A-Za-z0-9]{30,})\b"),
    "GitHub": ("ghp_ gho_ ghu_ ghs_ ghr_ github_pat_", r"\b(gh[pousr]_[A-Za-z0-9]{30,}|github_pat_\w{40,})\b"),
    "GitLab": ("gl", r"\b(gl(?:pat|dt|rt|cbt|ptt|ft)-[\w-]{20,})"),
    "Slack": ("xox xapp-", r"\b(xox[abeoprs]-[A-Za-z0-9-]{10,}|xapp-\d-[\w-]{20,})"),
    "Slack webhook": ("hooks.slack.com", r"(hooks\.slack\.com/services/T\w+/B\w+/\w{16,})"),
    "Stripe": ("k_live_ k_test_", r"\b([rs]k_(?:live|test)_[A-Za-z0-9]{16,})\b"),
    "SendGrid": ("SG.", r"\b(SG\.[\w-]{16,}\.[\w-]{16,})"),
    "npm": ("npm_", r"\b(npm_[A-Za-z0-9]{36})\b"),
    "PyPI": ("pypi-", r"\b(pypi-[\w-]{50,})"),
    "W&B": ("", r"(?i:wandb|weights.{0,3}biases)[\w .\"'=:-]{0,20}[\"'= ]([0-9a-f]{40})\b"),
    "JWT": (".eyJ", r"\b(eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,})"),
    "address": ("://", r"\b[a-z][a-z0-9+.-]*://[^\s:/@\"'<>${}()]+:([^\s:/@\"'<>${}()*]{3,})@[\w.-]+"),
    "bearer": ("", r"(?i:authorization)[\"']?\s*[:=]\s*[\"']?(?i:bearer|basic)\s+([\w.+/=-]{20,})"),
}
_PATTERNS = {kind: (signs.split(), re.compile(pattern)) for kind, (signs, pattern) in _KINDS.items()}
_ASSIGNING = re.compile(r"(?i)passw|passphrase|secret|token|key|credential")
_ASSIGNED = re.compile(
    r"(?i)\b[\w.-]*(?:password|passwd|passphrase|secret|token|api_?key|apikey|access_?key|private_?key|credential)s?\b"
    r"[\"']?\s*(?::\s*str\s*)?(?:=|:)\s*(?:[\"']([^\"'\s]{8,})[\"']|([^\s\"'#,;(){}\[\]<>$]{16,})\s*(?:#.*)?$)"
)
_HARMLESS = re.compile(
    r"(?i)example|placeholder|change.?me|dummy|your.|xxx|\*\*\*|\.\.\.|redacted|^(?:none|null|true|false|unused|pass(?:word|wd)?|pwd|secret|token|key)$"
)
_COMMON = re.compile(r"^[a-z]+(?:[ _./-][a-z]+)*$|^[A-Z]+(?:_[A-Z]+)*$|^\$|^%|^\{|^<|^/|^[\w./-]+/[\w./-]+$")


def things(subject: Subject) -> list[str]:
    """The files that are text."""
    return list(subject.tree.texts)


def check(subject: Subject) -> Iterator[ReviewFinding]:
    """Every line that holds what looks like a key."""
    for file, text in sorted(subject.tree.texts.items()):
        for start, kind, secret in _secrets(text):
            line = text.count("\n", 0, start) + 1
            yield subject.finding(NAME, "doc_secret", file, line, kind=kind, shown=secret[:4], length=len(secret))
    for file in sorted(subject.tree.files):
        name = file.rpartition("/")[2]
        if re.fullmatch(
            r"\.env(?:\.(?!example|sample|template)\w+)?|id_(?:rsa|dsa|ecdsa|ed25519)|\.netrc|\.pypirc|.*\.(?:p12|pfx|keystore)",
            name,
        ):
            yield subject.finding(NAME, "doc_secret_file", file, None, name=name)


def _secrets(text: str) -> Iterator[tuple[int, str, str]]:
    seen: set[int] = set()
    for kind, (signs, pattern) in _PATTERNS.items():
        for found in pattern.finditer(text) if not signs or any(sign in text for sign in signs) else ():
            line = text.count("\n", 0, found.start(1))
            if line not in seen and not _HARMLESS.search(found[1]):
                seen.add(line)
                yield found.start(1), kind, found[1]
    start = 0
    for number, line_text in enumerate(text.splitlines(keepends=True)):
        candidates = ("=" in line_text or ":" in line_text) and _ASSIGNING.search(line_text)
        for found in _ASSIGNED.finditer(line_text.rstrip("\n")) if candidates else ():
            value = found[1] or found[2]
            if number not in seen and _is_random(value, quoted=bool(found[1])):
                seen.add(number)
                yield start + found.start(), "assignment", value
        start += len(line_text)


def _is_random(value: str, *, quoted: bool) -> bool:
    """Whether nobody would write that but to open a door: mixed characters in no order, and no word or path."""
    if _HARMLESS.search(value) or _COMMON.match(value):
        return False
    kinds = sum(bool(re.search(one, value)) for one in (r"[a-z]", r"[A-Z]", r"\d", r"[^\w]"))
    return kinds >= 2 and bool(re.search(r"\d|[^\w.\-/]", value)) and entropy(value) >= (2.8 if quoted else 3.3)


def entropy(text: str) -> float:
    """Bits per character."""
    counts = Counter(text).values()
    return -sum(count / len(text) * math.log2(count / len(text)) for count in counts)
