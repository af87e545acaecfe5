"""How a tokenizer lies on disk: one file with its content, and one that names its kind and proves it whole."""

import json
from pathlib import Path
from typing import NamedTuple

from scratch_llm.utils.errors import DataError
from scratch_llm.utils.files import sha256, whole_folder, write_json

ABOUT = "about.json"


class Stored(NamedTuple):
    """What a tokenizer's folder holds."""

    kind: str
    content: bytes


def write_stored(folder: Path, stored: Stored, name: str) -> None:
    """Write the content under `name`, beside a file that says how to read it."""
    with whole_folder(folder, ABOUT) as draft:
        (draft / name).write_bytes(stored.content)
        write_json(draft / ABOUT, {"kind": stored.kind, "file": name, "sha256": sha256(draft / name)})


def read_stored(folder: Path) -> Stored:
    """Read back what `write_stored` wrote; a damaged or foreign folder is refused."""
    retrain = "train one: python scripts/train_tokenizer.py --help"
    try:
        about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        path = folder / Path(about["file"]).name
        if sha256(path) != about["sha256"]:
            raise DataError(
                f"the tokenizer in {folder} is damaged: {path.name} has changed since it was saved", retrain
            )
        return Stored(about["kind"], path.read_bytes())
    except OSError as error:
        raise DataError(f"{folder} holds no tokenizer: {error.strerror} ({error.filename})", retrain) from error
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"the tokenizer in {folder} is damaged: {ABOUT} cannot be read", retrain) from error
