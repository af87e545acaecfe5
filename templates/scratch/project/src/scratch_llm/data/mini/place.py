"""Where a mini dataset may lie: only what an earlier draw has written there is ever taken away."""

import json
import shutil
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, Final

from scratch_llm.data.folders import FACTS
from scratch_llm.utils.errors import ConfigError
from scratch_llm.utils.files import check_replaceable, sha256

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
        if out.resolve().is_relative_to(source.resolve()):
            raise ConfigError(
                f"{source} is the folder that {out} belongs to: what is drawn would be drawn from itself",
                "name the files of your own, or a folder that holds them and nothing else",
            )
    check_replaceable(out, FACTS)
    drawn = _drawn(out)
    check_only(out, drawn)
    return drawn


def keep_edited(out: Path) -> Path | None:
    """Copy what a person has changed since it was drawn to a folder of its own; None where nobody has.

    Nothing is lost by drawing again, and what is drawn again is by the rules and by nothing else.
    """
    drawn = _splits(out)
    changed = [
        path for name in sorted(_PARTS & drawn.keys()) if (path := out / name).is_file() and sha256(path) != drawn[name]
    ]
    if not changed:
        return None
    number = 1
    while (kept := out.with_name(f"{out.name}-edited-{number}")).exists():
        number += 1
    kept.mkdir()
    for path in changed:
        shutil.copy2(path, kept / path.name)
    return kept


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
    return frozenset(_PARTS & _splits(out).keys()) | {FACTS}


def _splits(out: Path) -> dict[str, Any]:
    """The files of the earlier draw with their hashes, as its facts say; nothing where there was none."""
    if not (out / FACTS).is_file():
        return {}
    try:
        splits = json.loads((out / FACTS).read_text(encoding="utf-8"))["splits"]
        return {str(part["file"]): part.get("sha256") for part in splits.values()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ConfigError(
            f"{out / FACTS} does not say what an earlier draw has written", f"move {out} to another place"
        ) from error
