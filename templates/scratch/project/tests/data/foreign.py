"""Files as people have them: in many encodings and formats, with columns of many names."""

import csv
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from scratch_llm.config import dump_config
from scratch_llm.data.mini import Order, Rules, make_mini

from tests.data.material import config

SUBJECTS = ("早餐", "房间", "价格", "位置", "空调", "电视", "服务员", "老板")
VERDICTS = ("很好", "太差了", "非常干净", "有点旧", "让人失望", "特别舒服")


def reviews(n: int) -> list[str]:
    """Distinct short texts in Chinese, no two of which are nearly the same."""
    return [
        f"第{i}次来这里的时候，{SUBJECTS[i % 8]}{VERDICTS[i % 6]}，{SUBJECTS[i * 3 % 8]}{VERDICTS[i * 5 % 6]}，"
        f"下次{i * 7919}再说"
        for i in range(n)
    ]


def stories(n: int) -> list[str]:
    """Distinct short texts in English, no two of which are nearly the same."""
    return [
        f"Fox {i} found {i * 31} lamps and gave {i * 17} of them to bear {i * 7} on day {i * 13}." for i in range(n)
    ]


def write_csv(path: Path, header: list[str], rows: Iterable[list[str]], encoding: str = "utf-8") -> Path:
    """Write a table."""
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def write_lines(path: Path, rows: Iterable[Any]) -> Path:
    """Write objects, or lines as they are."""
    lines = (row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def drawn(folder: Path, *files: Path, task: str = "pretrain", **options: Any) -> dict[str, Any]:
    """The facts of a mini dataset made of files in a folder."""
    run = config(folder / "unused.jsonl", task=task, data__folder=str(folder / "data"), tokenizer__kind="char")
    (folder / "mini.yaml").write_text(dump_config(run))
    rules = {"shares": {"train": 0.8, "validation": 0.1, "test": 0.1}} | options.pop("rules", {})
    out = options.pop("out", folder / "mini")
    return make_mini(Order(folder / "mini.yaml", files=files, rules=Rules(**rules), out=out, **options))


def rows_of(folder: Path, name: str) -> list[dict[str, Any]]:
    """The rows of one part."""
    return [json.loads(line) for line in (folder / "mini" / f"{name}.jsonl").read_text("utf-8").splitlines()]
