"""A project with a mini dataset: as it lies on disk, and the report that says so."""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path
from typing import Any

from framework.artifacts.base import sha256
from framework.artifacts.codec import encode
from framework.artifacts.files import ProjectFiles, read_text, write_text
from framework.artifacts.mini_dataset import FOLDER, Drawn, Exploration, MiniDataset, MiniFacts, Overlap
from framework.artifacts.project_rules import Enforced, Rules
from framework.artifacts.receipts import CommandReceipt
from framework.artifacts.requirements import Project
from framework.artifacts.venv_spec import MiniData, MiniRules
from framework.messages import Lang
from tests.unit.gates.test_venv_spec_gate import make as make_venv_spec

RULES = MiniRules(
    most_rows=100, tokens=1000, seed=1, shares={"train": 0.8, "validation": 0.1, "test": 0.1}, least_per_class=2
)
PLOTS = [f"reports/plots/mini_{name}.png" for name in ("a", "b", "c", "d", "e")]


def texts(first: int, count: int) -> list[str]:
    """Texts that have hardly a piece of five words in common."""
    return [
        f"fox {i} found {i * 31} lamps and gave {i * 17} of them to bear {i * 7}" for i in range(first, first + count)
    ]


def picture(width: int = 300, height: int = 200, shades: int = 64) -> bytes:
    """A PNG in grey, with so many shades."""
    rows = b"".join(b"\0" + bytes((x + y) % shades for x in range(width)) for y in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    packed = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def notebook(*outputs: dict[str, Any], count: int | None = 1) -> str:
    """An executed notebook of one cell."""
    cell = {"cell_type": "code", "execution_count": count, "outputs": list(outputs), "source": []}
    return json.dumps({"cells": [{"cell_type": "markdown", "source": []}, cell]})


def receipt(rc: int = 0) -> CommandReceipt:
    return CommandReceipt(command=["python"], rc=rc, output_hash="x", proved="5 plots", tail="", seconds=1, at="now")


def facts(parts: dict[str, str], **changes: Any) -> MiniFacts:
    """The facts of parts that are given as the texts of their files."""
    splits = {
        name: {
            "file": f"{name}.jsonl",
            "rows": text.count("\n"),
            "tokens": 10 * text.count("\n"),
            "characters": len(text),
            "bytes": len(text.encode()),
            "sha256": sha256(text),
        }
        for name, text in parts.items()
    }
    fields: dict[str, Any] = {
        "format": 1,
        "config": "configs/pretrain/mini.yaml",
        "overrides": ["data.path=data/mini"],
        "task": "pretrain",
        "kind": "own",
        "source": "my_data.csv",
        "licence": "ours",
        "digest": "0" * 64,
        "files": [{"name": "my_data.csv", "encoding": "GBK", "rows": 50, "broken": 1}],
        "columns": {"chosen": "text=body", "clear": True, "options": [], "found": ["body", "id"]},
        "rules": RULES.model_dump(),
        "read": {"rows": 50, "broken": 1, "exact_duplicates": 0, "near_duplicates": 0},
        "broken": [{"place": "my_data.csv:7", "why": "2 cells | where the header has 3"}],
        "tokenizer": {"kind": "bpe", "vocab_size": 300},
        "splits": splits,
        "lengths": {"min": 1, "median": 2, "mean": 2.5, "p90": 4, "max": 5, "histogram": []},
        "classes": {"<good>": {"train": 30, "validation": 3, "test": 2}},
        "languages": {"en": 50},
        "personal": [{"kind": "mail", "texts": 1, "count": 2, "examples": ["a***@***.***"]}],
        "samples": [{"split": "train", "text": "# no heading <script>alert(1)</script>\n| x"}],
        "notices": [{"about": "few", "fields": {"rows": 50}}],
    }
    return MiniFacts.model_validate(fields | changes)


def jsonl(rows: list[str]) -> str:
    return "".join(json.dumps({"text": row}) + "\n" for row in rows)


def make(root: Path, lang: Lang = "en", parts: dict[str, str] | None = None, **changes: Any) -> ProjectFiles:
    """A project in which all is well; `parts` are other files, `changes` other facts."""
    found = parts or {
        "train": jsonl(texts(0, 40)),
        "validation": jsonl(texts(40, 5)),
        "test": jsonl(texts(45, 5)),
    }
    mini = MiniData(source="s", license="MIT", split="train", classes=False, rules=RULES)
    files = make_venv_spec(root, lang, mini=mini)
    for name, text in found.items():
        write_text(root / FOLDER / f"{name}.jsonl", text)
    for plot in PLOTS:
        (root / plot).parent.mkdir(parents=True, exist_ok=True)
        (root / plot).write_bytes(picture())
    write_text(root / "reports/explore_mini_data.ipynb", notebook())
    report(files, facts(found, **changes), lang)
    return files


def report(files: ProjectFiles, found: MiniFacts, lang: Lang = "en", exit_code: int = 0) -> MiniDataset:
    """mini_dataset.md, put in place."""
    rows = sum(part.rows for part in found.splits.values())
    told = Exploration(
        notebook="scripts/explore_mini_data.ipynb",
        executed="reports/explore_mini_data.ipynb",
        plots=PLOTS,
        receipt=receipt(exit_code),
    )
    mini = MiniDataset(
        project=Project(name="demo", title="Demo", language=lang),
        wanted="TinyStories",
        drawn=Drawn(
            facts=found,
            data_digest="",
            overlap=Overlap(rows=rows, exact=0, near=0),
            receipt=receipt(),
            exploration=told,
        ),
    )
    write_text(files.report(MiniDataset.FILE), encode(mini, ""))
    return mini


def write_rules(files: ProjectFiles, lang: Lang = "en", *, downloads: bool = True) -> None:
    """rules.md, which forbids nothing but what is said here."""
    rules = Rules(
        project=Project(name="demo", title="Demo", language=lang),
        choice="inherit",
        file="CLAUDE.inherited.md",
        sha256="0" * 64,
        source_sha256="0" * 64,
        rules=[],
        enforced=Enforced(downloads=downloads),
    )
    write_text(files.report(Rules.FILE), encode(rules, ""))


def body_of(files: ProjectFiles) -> str:
    """The report as people read it."""
    return read_text(files.report(MiniDataset.FILE)).split("\n---\n", 1)[1]
