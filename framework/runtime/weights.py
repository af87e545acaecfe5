"""Weights on disk: which folder is meant, whether its files are whole, and a copy of them for an image."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, TypeAdapter

from framework.artifacts.files import outside_failures, read_text
from framework.errors import UsageError
from framework.messages import Lang, say

_SAFETENSORS: Final = "model.safetensors"
FORMATS: Final = (_SAFETENSORS, "model.onnx", "model.int8.onnx")
KEPT: Final = ".gitkeep"
_BESIDE: Final = ("tokenizer",)  # without which no weights can be used
_MANIFEST: Final = "manifest.json"
_ONLY_TO_RESUME: Final = "state.pt"
# What serving reads of a model's folder; whatever else lies or is linked there is the user's own.
_SERVED: Final = (
    *("*.safetensors", "*.onnx", "*.onnx_data", "*.onnx.data", "model.yaml", "config.yaml", "config.json"),
    *("generation_config.json", "manifest.json", "tokenizer*.json", "special_tokens_map.json", "added_tokens.json"),
    *("vocab.json", "vocab.txt", "merges.txt", "tokenizer.model", "chat_template.jinja"),
    *("tokenizer/*.json", "tokenizer/*.model", "tokenizer/*.txt"),
)
_STEP = re.compile(r"^step_\d+$")
_HASH = re.compile(r"^[0-9a-f]{64}$")
_LONGEST_HEADER: Final = 100_000_000  # bytes; safetensors allows no more


class _Tensor(BaseModel):
    data_offsets: tuple[int, int]


_HEADER = TypeAdapter(dict[str, _Tensor])


@dataclass(frozen=True)
class Weights:
    """A folder that can be served."""

    folder: Path
    file: Path
    hashes: dict[str, str]  # of all files that serving needs, by their paths in the folder
    bytes: int
    verified: bool  # whether a manifest says the same of them

    @property
    def sha256(self) -> str:
        """The hash of the weights themselves."""
        return self.hashes[self.file.name]


def look_at(root: Path, text: str, lang: Lang) -> Weights:
    """The weights that a path means: a model's folder, a file in it, or a run; refused where they are not whole."""
    folder = _resolved(root, text, lang)
    file = next(path for name in FORMATS if (path := folder / name).is_file())
    missing = [name for name in _BESIDE if not (folder / name).exists()]
    if missing:
        raise _refused(lang, "weights_beside", path=folder, missing=", ".join(missing))
    with outside_failures(folder):
        if file.name == _SAFETENSORS and not _is_whole(file):
            raise _refused(lang, "weights_format", path=file)
        stated = _manifest(folder)
        hashes = dict(_hashes(folder, stated))
        if damaged := [name for name, wanted in stated.items() if hashes.get(name) != wanted]:
            raise _refused(lang, "weights_hash", path=folder, files=", ".join(damaged))
        return Weights(folder, file, hashes, file.stat().st_size, bool(stated))


def stage(weights: Weights | None, target: Path) -> None:
    """Make the folder hold these weights and nothing else; without weights, nothing."""
    with outside_failures(target):
        wanted = set(weights.hashes) if weights else set[str]()
        for path in sorted(target.rglob("*"), reverse=True):
            if path.is_file() and path.relative_to(target).as_posix() not in wanted and path.name != KEPT:
                path.unlink()
            elif path.is_dir() and not any(path.iterdir()):
                path.rmdir()
        if weights:
            for name in weights.hashes:
                _put(weights.folder / name, target / name)


def digest(path: Path) -> str:
    """The hash of a file, however large."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _put(path: Path, target: Path) -> None:
    """A hard link where that can be: weights are large. A link to another file is replaced as a whole."""
    if target.exists() and target.samefile(path):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.tmp")
    temporary.unlink(missing_ok=True)
    try:
        os.link(path.resolve(), temporary)  # what a link leads to, not the link
    except OSError:  # another disk, or one without links
        shutil.copyfile(path, temporary)
    temporary.replace(target)


def _resolved(root: Path, text: str, lang: Lang) -> Path:
    try:
        named = root.absolute() / Path(text.strip()).expanduser()
        given = named.parent if named.is_file() else named
        candidates = [given, *_of_run(given)]
        found = next((path for path in candidates if any((path / name).is_file() for name in FORMATS)), None)
    except (OSError, RuntimeError, ValueError) as error:  # a name too long, a NUL in it, no such user
        raise _refused(lang, "weights_nothing", path=text, formats=", ".join(FORMATS)) from error
    if found is None or not text.strip():
        raise _refused(lang, "weights_nothing", path=text, formats=", ".join(FORMATS))
    return found


def _of_run(folder: Path) -> Iterator[Path]:
    """A run's checkpoints: the best one, then the last ones."""
    runs = sorted(path.parent for path in folder.glob("*/checkpoints") if path.is_dir())
    for place in (folder / "checkpoints", folder, *(run / "checkpoints" for run in reversed(runs))):
        steps = sorted((path for path in place.glob("step_*") if _STEP.match(path.name)), key=lambda path: path.name)
        if steps:
            index = _object(place / "index.json")
            named = [str(index[key]) for key in ("best", "last") if index.get(key)]
            yield from (place / name for name in named if _STEP.match(name))
            yield from reversed(steps)


def _manifest(folder: Path) -> dict[str, str]:
    """What a run wrote of its checkpoint; an exported model has a file of that name which says other things."""
    said = _object(folder / _MANIFEST)
    hashes = {str(name): str(value) for name, value in said.items() if name != _ONLY_TO_RESUME}
    return hashes if all(_HASH.match(value) for value in hashes.values()) else {}


def _hashes(folder: Path, stated: Collection[str]) -> Iterator[tuple[str, str]]:
    """Of the files that a manifest names, and of those that are served."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        if name in stated or any(fnmatchcase(name, served) for served in _SERVED):
            yield name, digest(path)


def _is_whole(file: Path) -> bool:
    """Whether the tensors that the header names fill the file to its end."""
    size = file.stat().st_size
    with file.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        if not 2 <= length <= min(_LONGEST_HEADER, size - 8):
            return False
        text = stream.read(length)
    try:
        tensors = _HEADER.validate_python({k: v for k, v in json.loads(text).items() if k != "__metadata__"})
    except (ValueError, AttributeError, RecursionError):  # no JSON, no mapping, no tensors
        return False
    return 8 + length + max((one.data_offsets[1] for one in tensors.values()), default=-1) == size


def _object(path: Path) -> dict[str, Any]:
    """A JSON object; what is none says nothing."""
    try:
        found = json.loads(read_text(path)) if path.is_file() else {}
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _refused(lang: Lang, key: str, **fields: object) -> UsageError:
    return UsageError(say(lang, f"image.{key}", **fields), hint=say(lang, "image.weights_hint"))
