"""Downloads, served here from a local copy that the same code reads; and what happens without a network."""

import json
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from scratch_llm.config import DataConfig
from scratch_llm.data.downloads import HubDataset, download, provenance
from scratch_llm.data.faults import Faults
from scratch_llm.data.records import ChatRecord, Kind, PreferenceRecord, Record, TextRecord
from scratch_llm.data.registry import SOURCES
from scratch_llm.tokenizers import Message
from scratch_llm.utils.errors import DataError, MissingError

pytestmark = pytest.mark.slow

ASKED = (Message("user", "Hi?"),)
TURNS = [{"role": "user", "content": "Hi?"}, {"role": "assistant", "content": "Yes."}]
OTHER = [TURNS[0], {"role": "assistant", "content": "No."}]


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty copy of a dataset; the library keeps its own cache in a folder of this test."""
    import datasets

    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    (tmp_path / "hub").mkdir()
    return tmp_path / "hub"


def serve(folder: Path, rows: list[dict[str, Any]], split: str = "train") -> HubDataset:
    (folder / f"{split}.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return HubDataset(str(folder), "text", "CC0")


def fetch(dataset: HubDataset, folder: Path, n: int) -> list[Record]:
    return list(download(dataset, folder, n, Faults()))


@pytest.mark.parametrize(
    ("kind", "row", "record"),
    [
        ("text", {"text": "A story.", "id": 3}, TextRecord("A story.")),
        (
            "chat",
            {"instruction": "Hi?", "input": "", "output": "Yes.", "text": "all of it"},
            ChatRecord((*ASKED, Message("assistant", "Yes."))),
        ),
        (
            "chat",
            {"prompt": "Hi?", "prompt_id": "7", "messages": TURNS},
            ChatRecord((*ASKED, Message("assistant", "Yes."))),
        ),
        (
            "preference",
            {"prompt": "Hi?", "chosen": TURNS, "rejected": OTHER, "score_chosen": 8.0},
            PreferenceRecord(ASKED, "Yes.", "No."),
        ),
    ],
    ids=["tiny_stories", "alpaca", "ultrachat", "ultrafeedback"],
)
def test_the_columns_of_the_known_datasets_become_records(
    hub: Path, tmp_path: Path, kind: Kind, row: dict[str, Any], record: Record
) -> None:
    path = serve(hub, [row]).path
    assert fetch(HubDataset(path, kind, "CC0"), tmp_path / "raw", 5) == [record]
    assert fetch(HubDataset(path, kind, "CC0"), tmp_path / "raw", 5) == [record]  # now from what was kept


def test_only_what_is_asked_for_is_kept_with_its_provenance(hub: Path, tmp_path: Path) -> None:
    dataset = serve(hub, [{"text": f"story {i}"} for i in range(20)])
    assert fetch(dataset, tmp_path / "raw", 5) == [TextRecord(f"story {i}") for i in range(5)]
    facts = provenance(tmp_path / "raw")
    assert (facts["n_records"], facts["n_asked"], facts["licence"]) == (5, 5, "CC0")
    assert facts["path"] == dataset.path
    assert len(facts["sha256"]) == 64
    assert facts["date"].endswith("+00:00")


def test_more_is_fetched_when_more_is_asked_for(hub: Path, tmp_path: Path) -> None:
    dataset = serve(hub, [{"text": f"story {i}"} for i in range(20)])
    fetch(dataset, tmp_path / "raw", 5)
    assert len(fetch(dataset, tmp_path / "raw", 3)) == 3
    assert provenance(tmp_path / "raw")["n_asked"] == 5
    assert len(fetch(dataset, tmp_path / "raw", 50)) == 20
    assert provenance(tmp_path / "raw")["n_records"] == 20


def test_what_is_kept_needs_no_source_any_more(hub: Path, tmp_path: Path) -> None:
    dataset = serve(hub, [{"text": f"story {i}"} for i in range(4)])
    fetch(dataset, tmp_path / "raw", 9)
    (hub / "train.jsonl").unlink()
    assert len(fetch(dataset, tmp_path / "raw", 100)) == 4  # the dataset had no more


def test_of_several_at_once_one_fetches_and_the_others_wait_for_it(hub: Path, tmp_path: Path) -> None:
    dataset = serve(hub, [{"text": f"story {i}"} for i in range(20)])
    start = threading.Barrier(4)

    def fetch_with_the_others() -> list[Record]:
        start.wait()
        return fetch(dataset, tmp_path / "raw", 20)

    with ThreadPoolExecutor(4) as pool:
        found = [pool.submit(fetch_with_the_others) for _ in range(4)]
    assert all(future.result() == [TextRecord(f"story {i}") for i in range(20)] for future in found)


def test_rows_that_are_no_records_are_left_out_and_counted(hub: Path, tmp_path: Path) -> None:
    dataset = serve(hub, [{"text": "good"}, {"text": ""}, {"text": None}])
    assert fetch(dataset, tmp_path / "raw", 9) == [TextRecord("good")]
    assert provenance(tmp_path / "raw")["n_left_out"] == 2


def test_other_columns_than_expected_are_refused_and_nothing_is_kept(hub: Path, tmp_path: Path) -> None:
    dataset = serve(hub, [{"body": "text"}])
    with pytest.raises(DataError, match="column 'text' is missing; there are body"):
        fetch(dataset, tmp_path / "raw", 5)
    assert not (tmp_path / "raw").exists()


def test_a_copy_without_the_split_is_refused(hub: Path, tmp_path: Path) -> None:
    path = serve(hub, [{"text": "story"}]).path
    with pytest.raises(MissingError, match="split"):
        fetch(HubDataset(path, "text", "CC0", split="train_sft"), tmp_path / "raw", 5)
    assert not [path for path in tmp_path.glob("*raw*") if path.is_dir()]


@pytest.mark.parametrize("damage", ["documents.jsonl", "provenance.json"])
def test_a_damaged_download_is_refused(hub: Path, tmp_path: Path, damage: str) -> None:
    dataset = serve(hub, [{"text": "story"}])
    fetch(dataset, tmp_path / "raw", 1)
    path = tmp_path / "raw" / damage
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(DataError, match="damaged"):
        fetch(dataset, tmp_path / "raw", 1)


def test_a_foreign_provenance_is_refused(tmp_path: Path) -> None:
    (tmp_path / "provenance.json").write_text('["not", "ours"]')
    with pytest.raises(DataError, match="does not say what was downloaded"):
        provenance(tmp_path)


@pytest.mark.parametrize("network", [{"HF_HUB_OFFLINE": "1"}, {"HF_ENDPOINT": "http://127.0.0.1:9"}], ids=str)
def test_without_a_network_the_error_says_what_to_do_instead(network: dict[str, str], tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from scratch_llm.config import DataConfig\n"
        "from scratch_llm.data.sources import load_records\n"
        "from scratch_llm.utils.entry import run\n"
        "data = DataConfig(dataset_name='tiny_stories', folder=Path(sys.argv[1]), n_documents=3)\n"
        "run(lambda: print(list(load_records(data, 'pretrain'))))"
    )
    environment = {**os.environ, **network, "HF_HOME": str(tmp_path / "hf")}
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "data")], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "error: roneneldan/TinyStories could not be downloaded" in done.stderr
    assert "data.dataset_name=local data.path=FILE" in done.stderr
    assert "synthetic_stories" in done.stderr
    assert not (tmp_path / "data").exists() or not list((tmp_path / "data").rglob("*.jsonl"))


def test_offline_nothing_is_fetched_and_what_is_kept_is_read(hub: Path, tmp_path: Path) -> None:
    dataset = serve(hub, [{"text": f"story {i}"} for i in range(5)])
    folder = tmp_path / "raw" / "stories"
    with pytest.raises(MissingError, match=r"data\.offline") as refused:
        download(dataset, folder, 3, Faults(), offline=True)
    assert str(folder) in str(refused.value)
    assert "data.dataset_name=local" in str(refused.value)
    assert not folder.exists()
    kept = fetch(dataset, folder, 3)
    assert list(download(dataset, folder, 3, Faults(), offline=True)) == kept
    with pytest.raises(MissingError, match="4 records"):
        download(dataset, folder, 4, Faults(), offline=True)


@pytest.mark.parametrize("name", [name for name, source in SOURCES.items() if source.origin.startswith("https")])
def test_every_dataset_of_the_network_can_be_forbidden_by_config(name: str, tmp_path: Path) -> None:
    config = DataConfig(dataset_name=name, folder=tmp_path, offline=True)
    with pytest.raises(MissingError, match=r"data\.offline"):
        SOURCES[name].read(config, SOURCES[name].kinds[0], Faults())


def test_a_kept_download_is_read_through_its_name(hub: Path, tmp_path: Path) -> None:
    dataset = serve(hub, [{"text": "story"}] * 3)
    fetch(dataset, tmp_path / "data" / "raw" / "tiny_stories", 3)
    config = DataConfig(dataset_name="tiny_stories", folder=tmp_path / "data", n_documents=2)
    assert list(SOURCES["tiny_stories"].read(config, "text", Faults())) == [TextRecord("story")] * 2
