"""What is known of a run's data after looking at it: counts, duplicates, contamination, a card for others."""

from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from scratch_llm.config import TrainConfig
from scratch_llm.data.cards import data_card
from scratch_llm.data.contamination import find_contamination
from scratch_llm.data.local import read_local
from scratch_llm.data.prepare import split_texts
from scratch_llm.data.records import KIND_OF_TASK, text_of
from scratch_llm.utils.files import write_text

CARD = "README.md"
_N_SAMPLE = 3


def check_contamination(config: TrainConfig, folder: Path, against: Path | None = None) -> dict[str, Any]:
    """Look for evaluation documents in the training split: the validation split's, and those of a file of one's own."""
    sets = {"val": list(split_texts(config, folder, "val"))}
    if against is not None:
        records = read_local(against, KIND_OF_TASK[config.task], text_column=config.data.text_column)
        sets[against.name] = [text_of(record) for record in records]
    return {
        name: find_contamination(split_texts(config, folder, "train"), texts).summary() for name, texts in sets.items()
    }


def write_card(config: TrainConfig, folder: Path, report: Mapping[str, Any], contamination: Mapping[str, Any]) -> Path:
    """Write the data card beside the shards."""
    figures = {
        "task": config.task,
        "records": report["records"],
        **{f"{split}: {name}": value for split in ("train", "val") for name, value in report[split].items()},
    }
    checks: dict[str, Mapping[str, Any]] = {
        "deduplication": {"applied": config.data.deduplicate, "left out": report["duplicates"]},
        **{f"contamination of {name}": summary for name, summary in contamination.items()},
    }
    samples = list(islice(split_texts(config, folder, "train"), _N_SAMPLE))
    path = folder / CARD
    write_text(path, data_card(report["provenance"], figures=figures, checks=checks, samples=samples))
    return path
