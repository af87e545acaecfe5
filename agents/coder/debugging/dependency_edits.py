"""Requirements of the project put in or bounded, in pyproject.toml and in requirements files that people keep."""

from __future__ import annotations

import re
from collections.abc import Mapping

# Where the distribution has another name than what is imported from it.
_DISTRIBUTIONS = {
    "yaml": "pyyaml",
    "sklearn": "scikit-learn",
    "skimage": "scikit-image",
    "cv2": "opencv-python-headless",
    "PIL": "pillow",
    "bs4": "beautifulsoup4",
    "dateutil": "python-dateutil",
    "dotenv": "python-dotenv",
    "google.protobuf": "protobuf",
    "jwt": "pyjwt",
    "rouge_score": "rouge-score",
    "flash_attn": "flash-attn",
    "attr": "attrs",
    "docx": "python-docx",
    "tensorboardX": "tensorboardx",
    "prometheus_client": "prometheus-client",
    "lm_eval": "lm-eval",
    "hydra": "hydra-core",
    "pkg_resources": "setuptools",
}
_ARRAY = re.compile(r"(?ms)^(?P<head>dependencies\s*=\s*\[)(?P<body>.*?)(?P<tail>^\s*\]|\])")
_PINNED = re.compile(r"--hash=|^# .*foundry", re.MULTILINE)
_NAME = re.compile(r"^[\s\"']*(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)")


def distribution_of(module: str) -> str:
    """The name under which a top-level module is installed."""
    return _DISTRIBUTIONS.get(module, module.replace("_", "-"))


def with_requirement(texts: Mapping[str, str], distribution: str, versions: str = "") -> dict[str, str]:
    """The files that name requirements, with this one in them; nothing where all have it already."""
    changed: dict[str, str] = {}
    if "pyproject.toml" in texts and (new := _in_pyproject(texts["pyproject.toml"], distribution, versions)):
        changed["pyproject.toml"] = new
    for file, text in texts.items():
        if re.fullmatch(r"requirements[\w.-]*\.(?:txt|in)", file) and not _PINNED.search(text):
            changed |= {file: new} if (new := _in_lines(text, distribution, versions)) else {}
    return changed


def _same(name: str, line: str) -> bool:
    found = _NAME.match(line)
    return bool(found) and re.sub(r"[-_.]+", "-", found["name"] if found else "").lower() == name.lower()


def _in_lines(text: str, distribution: str, versions: str) -> str | None:
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if _same(distribution, line):
            if not versions or line.strip() == f"{distribution}{versions}":
                return None
            lines[number] = f"{distribution}{versions}"
            return "\n".join(lines) + "\n"
    return "\n".join([*lines, f"{distribution}{versions}"]) + "\n"


def _in_pyproject(text: str, distribution: str, versions: str) -> str | None:
    """Within the array `dependencies`; its layout is kept."""
    array = _ARRAY.search(text)
    if array is None:
        return None
    entry = f'"{distribution}{versions}"'
    items = list(re.findall(r'"[^"\n]*"|\'[^\'\n]*\'', array["body"]))
    there = next((item for item in items if _same(distribution, item)), None)
    if there is not None:
        return text.replace(there, entry, 1) if versions and there != entry else None
    start, end = array.span("body")
    if "\n" in array["body"]:
        body = array["body"].rstrip()
        comma = "" if not items or body.endswith(",") else ","
        return text[:start] + f"{body}{comma}\n    {entry},\n" + text[end:]
    return text[:start] + array["body"].rstrip().rstrip(",") + (", " if items else "") + entry + text[end:]
