"""Datasets of the Hugging Face Hub: streamed once, cut to the wanted size, and kept with their provenance.

<data.folder>/raw/<name>/documents.jsonl     the records, readable as a local dataset too
<data.folder>/raw/<name>/provenance.json     whence, which revision, when, under which licence, how many, sha256
"""

import contextlib
import datetime
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from filelock import FileLock
from tqdm import tqdm

from scratch_llm.data.columns import Row, RowError, to_record
from scratch_llm.data.faults import Faults
from scratch_llm.data.local import read_local
from scratch_llm.data.records import Kind, Record
from scratch_llm.utils.errors import DataError, MissingError, install_command
from scratch_llm.utils.files import sha256, whole_folder, write_json

_SHORTLY = 5.0  # seconds that the network has for its first answer
_OTHERWISE = (
    "use your own file (data.dataset_name=local data.path=FILE) "
    "or synthetic data (data.dataset_name=synthetic_stories, synthetic_instructions or synthetic_preferences)"
)


@dataclass(frozen=True)
class HubDataset:
    """Where a dataset lies: the hub's id (or the folder of a copy), and the part of it that is read."""

    path: str
    kind: Kind
    licence: str
    split: str = "train"
    subset: str | None = None
    text_column: str = "text"


def download(
    dataset: HubDataset, folder: Path, n_documents: int, faults: Faults, *, offline: bool = False
) -> Iterator[Record]:
    """Read the dataset's first records from `folder`, after fetching them where they are not there yet.

    Raises:
        MissingError: They are not there, and the network has not got them or must not be asked.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_name(f".{folder.name}.lock")):  # a second process waits, and finds what it would fetch
        if not _holds(folder, n_documents):
            if offline:
                raise _not_here(dataset, folder, n_documents)
            _fetch(dataset, folder, n_documents)
        if sha256(folder / "documents.jsonl") != provenance(folder)["sha256"]:
            raise DataError(f"{folder} is damaged: documents.jsonl has changed since its download", "delete the folder")
    return islice(read_local(folder / "documents.jsonl", dataset.kind, faults=faults), n_documents)


def first_rows(path: str, subset: str | None, split: str, n_row: int) -> Iterator[Row]:
    """Stream the first rows of any dataset of the hub; nothing is kept.

    Raises:
        MissingError: The network has not got it; that is asked for a few seconds only.
    """
    dataset = HubDataset(path, "text", "", split=split, subset=subset)
    yield from islice(_rows(dataset, _revision(dataset, _SHORTLY)), n_row)


def _not_here(dataset: HubDataset, folder: Path, n_documents: int) -> MissingError:
    return MissingError(
        f"{n_documents:,} records of {dataset.path} are not in {folder}, and data.offline forbids to fetch them",
        f"bring the folder from a machine with a network, or {_OTHERWISE}",
    )


def provenance(folder: Path) -> dict[str, Any]:
    """Say where a downloaded dataset came from; empty where none is there."""
    path = folder / "provenance.json"
    if not path.exists():
        return {}
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DataError(f"{path} is damaged: {error}", f"delete {folder}") from error
    if not isinstance(facts, dict) or not {"n_asked", "n_records", "sha256"} <= facts.keys():
        raise DataError(f"{path} is damaged: it does not say what was downloaded", f"delete {folder}")
    return facts


def _holds(folder: Path, n_documents: int) -> bool:
    known = provenance(folder)
    complete = known.get("n_records", 0) < known.get("n_asked", 0)  # the dataset had no more than that
    return bool(known) and (complete or known["n_asked"] >= n_documents)


def raw_folder(data_folder: Path, name: str) -> Path:
    """Say where the download of a dataset lies."""
    return data_folder / "raw" / name


def _fetch(dataset: HubDataset, folder: Path, n_documents: int) -> None:
    faults = Faults()
    revision = _revision(dataset)
    records = islice(_records(_rows(dataset, revision), dataset, faults), n_documents)
    with whole_folder(folder, "provenance.json") as draft:
        path = draft / "documents.jsonl"
        n_records = _write(path, tqdm(records, total=n_documents, unit=" records", disable=None))
        if not n_records:
            raise DataError(f"{dataset.path} holds no {dataset.kind} record ({faults.examples[:1]})", _OTHERWISE)
        facts = {
            **asdict(dataset),
            "revision": revision or "a local copy",
            "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            "n_asked": n_documents,
            "n_records": n_records,
            "n_left_out": faults.count,
            "sha256": sha256(path),
        }
        write_json(draft / "provenance.json", facts)
    faults.warn()


def _revision(dataset: HubDataset, patience: float | None = None) -> str | None:
    """Ask which commit the dataset is at, so that what is read can be named; a local copy has none."""
    if Path(dataset.path).is_dir():
        return None
    with _network(dataset):
        import huggingface_hub

        return huggingface_hub.HfApi().dataset_info(dataset.path, timeout=patience).sha


def _rows(dataset: HubDataset, revision: str | None) -> Iterator[Row]:
    with _network(dataset):
        import datasets

        yield from datasets.load_dataset(
            dataset.path, dataset.subset, split=dataset.split, revision=revision, streaming=True
        )


def _records(rows: Iterator[Row], dataset: HubDataset, faults: Faults) -> Iterator[Record]:
    for i, row in enumerate(rows):
        try:
            yield to_record(row, dataset.kind, dataset.text_column)
        except RowError as error:
            faults.add(f"{dataset.path}, row {i}", str(error))


def _write(path: Path, records: Iterable[Record]) -> int:
    n_records = 0
    with path.open("w", encoding="utf-8", errors="replace") as file:
        for record in records:
            file.write(json.dumps(asdict(record), ensure_ascii=False) + "\n")
            n_records += 1
    return n_records


def _client_errors() -> tuple[type[Exception], ...]:
    """The errors of the HTTP client in use: which one it is depends on the version of huggingface_hub."""
    return tuple(sys.modules[name].HTTPError for name in ("httpx", "httpx2") if name in sys.modules)


@contextlib.contextmanager
def _network(dataset: HubDataset) -> Iterator[None]:
    """Turn the many errors of a network that is not there into one."""
    try:
        from datasets.exceptions import DatasetsError
    except ModuleNotFoundError as error:
        raise MissingError(
            "downloads need the package datasets", f"{install_command('data')}, or {_OTHERWISE}"
        ) from error
    try:
        yield
    except (OSError, RuntimeError, ValueError, DatasetsError, *_client_errors()) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise MissingError(
            f"{dataset.path} could not be downloaded: {reason}", f"check the network, or {_OTHERWISE}"
        ) from error
