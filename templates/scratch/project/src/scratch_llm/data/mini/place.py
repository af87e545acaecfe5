"""Where a mini dataset may lie: only what an earlier draw has written there is ever taken away."""

import json
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Final

from scratch_llm.utils.errors import ConfigError
from scratch_llm.utils.files import check_replaceable

FACTS: Final = "facts.json"
_PARTS: Final = frozenset({"train.jsonl", "validation.jsonl", "test.jsonl"})


def check_place(out: Path, sources: Sequence[Path]) -> frozenset[str]:
    """Refuse a folder in which something of a person could be lost; else name the files of the earlier draw in it.

    Raises:
        ConfigError: A link is in the way, a source lies in the folder, or files that no draw has written.
    """
    for folder in _own_folders(out):
        if folder.is_symlink():
            raise ConfigError(
                f"{folder} is a link, and what it leads to would be replaced", "put a plain folder there, or take --out"
            )
    for source in sources:
        if source.resolve().is_relative_to(out.resolve()):
            raise ConfigError(f"{source} lies in {out}, which is replaced", "move your data to another folder")
    check_replaceable(out, FACTS)
    drawn = _drawn(out)
    check_only(out, drawn)
    return drawn


def check_only(folder: Path, names: Collection[str]) -> None:
    """Refuse a folder that holds anything but plain files of these names."""
    found = sorted(folder.iterdir()) if folder.is_dir() else []
    foreign = [path.name for path in found if path.name not in names or path.is_symlink() or not path.is_file()]
    if foreign:
        raise ConfigError(
            f"{folder} holds {', '.join(foreign[:5])}, which no draw has written, and the folder would be replaced",
            "move that to another folder",
        )


def _own_folders(out: Path) -> list[Path]:
    """The folder and those it lies in, as far as they belong to the project that the script runs in."""
    here = Path.cwd()
    above = [parent for parent in out.parents if (here / parent).is_relative_to(here) and here / parent != here]
    return [out, *above]


def _drawn(out: Path) -> frozenset[str]:
    """The files that the facts of the earlier draw name."""
    if not (out / FACTS).is_file():
        return frozenset()
    try:
        splits = json.loads((out / FACTS).read_text(encoding="utf-8"))["splits"]
        named = {part["file"] for part in splits.values()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ConfigError(
            f"{out / FACTS} does not say what an earlier draw has written", f"move {out} to another place"
        ) from error
    return frozenset(_PARTS & named) | {FACTS}
