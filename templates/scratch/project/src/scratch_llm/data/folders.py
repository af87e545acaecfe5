"""Which files of a folder are a dataset, and which of them train: validation and test files are never trained on.

A folder is split already where its files, or the folders in it, are named `train` and `validation` or `test`.
"""

import json
import re
from pathlib import Path
from typing import Any, Final, Literal

from scratch_llm.data.formats import FORMATS, format_of, is_named_like_data, packing_of
from scratch_llm.utils.errors import ConfigError, DataError

__all__ = ["Split", "drawn_facts", "files_of", "no_data_in", "split_files", "unread_in"]

Split = Literal["train", "validation", "test"]
FACTS: Final = "facts.json"  # what lies beside the parts of a mini dataset
_LARGEST_FACTS: Final = 1 << 22
_NAMED: Final = 8  # files that are no data, by name
_NO_DATA: Final = f"not read: data is in files named {', '.join(FORMATS)}"
_LEADS_OUT: Final = "it is a link that leads out of the folder, and was skipped"
_SPLIT: Final = re.compile(r"(train|validation|valid|val|dev|test)([-_.]\d.*)?", re.IGNORECASE)
_SPLIT_OF: Final[dict[str, Split]] = {"train": "train", "test": "test"}


def files_of(path: Path) -> list[Path]:
    """List the readable files of a dataset in a fixed order; of one that is split, what validates comes first.

    Raises:
        DataError: There is nothing to train on: no file, or only such as validate or test.
    """
    if path.is_file():
        format_of(path)  # refuses what is none
        return [path]
    if not path.is_dir():
        raise ConfigError(f"there is no file or folder {path}", "set data.path to your dataset")
    if given := split_files(path):
        return [*given.get("validation", []), *given["train"]]
    visible = _readable(path)
    if not visible:
        advice = "; links that lead out of the folder are not followed" if unread_in(path) else ""
        raise DataError(f"there is no dataset in {path}", f"put files there: {', '.join(FORMATS)}{advice}")
    return visible


def split_files(path: Path) -> dict[Split, list[Path]]:
    """Find the files of a folder that is split already: `train` and another part must be there; else give nothing.

    Raises:
        DataError: What trains is missing.
    """
    if not path.is_dir():
        return {}
    files = _readable(path)
    base = _base(path, files)
    found: dict[Split, list[Path]] = {}
    for file in files:
        inside = file.relative_to(base)
        named = _SPLIT.fullmatch(inside.name.partition(".")[0] if len(inside.parts) == 1 else inside.parts[0])
        if named:
            found.setdefault(_SPLIT_OF.get(named[1].lower(), "validation"), []).append(file)
    _check_drawn(path, files)
    if found and "train" not in found:
        names = ", ".join(sorted({file.relative_to(base).parts[0] for part in found.values() for file in part})[:3])
        raise DataError(
            f"{path} holds {names} and no file for training (train.jsonl, say): what validates or tests is not "
            "trained on",
            f"put the file for training beside it; if {names} is to be trained on, give it another name",
        )
    return found if len(found) > 1 else {}


def unread_in(path: Path) -> list[tuple[str, str]]:
    """List what lies in the folder of a dataset and is not read, each with the reason: nothing is left out silently."""
    if not path.is_dir():
        return []
    linked = [(file.name, _LEADS_OUT) for file in _visible(path) if not _stays_in(file, path)]
    packed = [
        (file.name, f"it is packed by {packing}, which is not read: unpack it, or pack it by gzip")
        for file in sorted(path.rglob("*"))
        if (packing := packing_of(file)) and file.is_file() and not _is_hidden(file, path)
    ]
    return linked + packed


def no_data_in(path: Path) -> list[tuple[str, str]]:
    """Name in one line the files of a folder that hold no data, such as notes and pictures; of many only the first."""
    if not path.is_dir() or drawn_facts(path):  # what lies beside a mini dataset describes it
        return []
    found = [
        file.relative_to(path).as_posix()
        for file in sorted(path.rglob("*"))
        if file.is_file() and not is_named_like_data(file) and not packing_of(file) and not _is_hidden(file, path)
    ]
    if not found:
        return []
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    return [(", ".join(found[:_NAMED]) + more, _NO_DATA)]


def drawn_facts(folder: Path) -> dict[str, Any]:
    """Read what is known of a mini dataset; nothing where the folder is none."""
    file = folder / FACTS
    if not file.is_file() or file.stat().st_size > _LARGEST_FACTS:
        return {}
    try:
        facts = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        return {}
    return facts if isinstance(facts, dict) and {"splits", "rules", "config"} <= facts.keys() else {}


def _check_drawn(path: Path, files: list[Path]) -> None:
    """Refuse a mini dataset of which a part is gone, and a folder that holds one beside other things."""
    for folder in sorted({file.parent for file in files if file.name == FACTS}):
        facts = drawn_facts(folder)
        if facts and folder != path:
            raise DataError(
                f"{path} holds {folder}, a mini dataset that was drawn from other data and is no data of its own",
                f"name {folder}, or the folder that holds your own data and nothing else",
            )
        gone = [folder / f"{part}.jsonl" for part in ("train", "validation") if part in facts.get("splits", ())]
        for part in (file for file in gone if file not in files):
            raise DataError(
                f"{part} is missing: it belongs to the mini dataset that {folder / FACTS} describes",
                f"draw it again: {_draw_command(facts)}",
            )


def _draw_command(facts: dict[str, Any]) -> str:
    words = {"own": f" --from PATH-OF/{facts.get('source')}", "hub": f" --hub {facts.get('source')}"}
    return f"python scripts/mini_data.py --config {facts['config']}{words.get(str(facts.get('kind')), '')}"


def _base(path: Path, files: list[Path]) -> Path:
    """Go down to where the files part; many datasets keep everything in a folder `data`."""
    base = path
    while len(tops := {file.relative_to(base).parts[0] for file in files}) == 1:
        (top,) = tops
        if not (base / top).is_dir() or _SPLIT.fullmatch(top):
            break
        base /= top
    return base


def _readable(path: Path) -> list[Path]:
    return [file for file in _visible(path) if _stays_in(file, path)]


def _visible(folder: Path) -> list[Path]:
    found = sorted(file for file in folder.rglob("*") if is_named_like_data(file) and file.is_file())
    return [file for file in found if not _is_hidden(file, folder)]


def _is_hidden(file: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in file.relative_to(folder).parts)


def _stays_in(file: Path, folder: Path) -> bool:
    return not file.is_symlink() or file.resolve().is_relative_to(folder.resolve())
