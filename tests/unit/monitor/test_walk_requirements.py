"""What is said of the running service is true of the weights that answer there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from agents.planner.walk_requirements import walk
from framework.artifacts.base import sha256
from framework.artifacts.deployment import SlaRow
from framework.artifacts.files import ProjectFiles, write_text
from framework.artifacts.image import Image, ImageWeights
from framework.artifacts.receipts import CommandReceipt
from framework.artifacts.requirements import Item, Requirements
from framework.artifacts.running import Fulfilment, Served, Walked
from framework.artifacts.slots import Value
from framework.messages import LANGUAGES, Lang
from framework.runtime.served_weights import served_weights
from tests.unit.monitor.desk import deployment, traced
from tests.unit.monitor.material import wishes

MODEL = {"context_length": 512, "n_layer": 5, "d_model": 256}
FULL: dict[str, Any] = {
    "task": "pretrain",
    "model": MODEL,
    "data": {"dataset_name": "tiny_stories", "language": "en", "n_documents": 984629},
    "training": {"batch_size": 64, "max_steps": 1528},
}
TINY = {"context_length": 128, "n_layer": 4, "d_model": 128}
MINI: dict[str, Any] = {
    "task": "pretrain",
    "model": TINY,
    "data": {"dataset_name": "synthetic_stories", "n_documents": 2000},
    "training": {"max_steps": 100},
}
DEBUGGED = {**MINI, "data": {"dataset_name": "local", "path": "data/mini", "language": "en", "n_documents": 1000}}
SLOTS = ("params", "domain", "dataset", "language_of_data", "context_len", "goal", "output", "sla.latency_ms", "python")
FAST = SlaRow(slot="sla.latency_ms", wanted="p95 within 3000 ms", measured="p95 728 ms", clients=4, kept=True)


def weights(parameters: int) -> bytes:
    """A file that is whole and claims no more than it holds."""
    shapes = {"blocks.0.weight": [parameters // 2], "embedding.weight": [parameters - parameters // 2]}
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, shape in shapes.items():
        header[name] = {"dtype": "U8", "shape": shape, "data_offsets": [end, end + shape[0]]}
        end += shape[0]
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + bytes(end)


def project(root: Path) -> ProjectFiles:
    for name, config in (("full", FULL), ("mini", MINI)):
        write_text(root / f"configs/pretrain/{name}.yaml", yaml.safe_dump(config))
    return ProjectFiles(root)


def served(
    root: Path, config: dict[str, Any] | None, parameters: int, trained_by: str = "user", lang: Lang = "en"
) -> Served:
    """What is told of a checkpoint with that config and so many parameters."""
    files, folder = project(root), root / "outputs/run"
    write_text(folder / "tokenizer/about.json", "{}")
    (folder / "model.safetensors").write_bytes(weights(parameters))
    if config is not None:
        defaults = {"seed": 0, "model": {"dropout": 0.0, **config["model"]}, "data": {"seed": 0, **config["data"]}}
        write_text(folder / "config.yaml", yaml.safe_dump({**config, **defaults}))
    told = served_weights(files, image(lang, sha256(weights(parameters)), trained_by))
    assert told is not None
    return told


def image(lang: Lang, content: str, trained_by: str) -> Image:
    loads = CommandReceipt(command=["x"], rc=0, output_hash="", proved="exit 0", seconds=1, at="now")
    of = {"path": "outputs/run", "sha256": content, "bytes": 1, "how": "copied", "trained_by": trained_by}
    made = ImageWeights.model_validate({**of, "verified": True, "loads": loads})
    return Image(project=wishes().project.model_copy(update={"language": lang}), device="cpu", weights=made)


def wanted(lang: Lang = "en") -> Requirements:
    values: dict[str, Value] = {"params": 5_000_000, "sla.latency_ms": 3000, "context_len": 512}
    items = [Item(slot=slot, value=values.get(slot, "x"), provenance="stated", score=1) for slot in SLOTS]
    made = wishes()
    return made.model_copy(update={"items": items, "project": made.project.model_copy(update={"language": lang})})


def walked(of: Served | None, *, kept: bool | None = True, lang: Lang = "en") -> dict[str, Walked]:
    requirements = wanted(lang)
    service = deployment(requirements, 8000, [FAST.model_copy(update={"kept": kept})])
    return {row.slot: row for row in walk(requirements, traced(requirements), service, of)}


def states(of: Served | None, *, kept: bool | None = True) -> dict[str, Fulfilment]:
    return {slot: row.state for slot, row in walked(of, kept=kept).items()}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("trained_by", ["debug", "user"])
def test_nothing_of_the_model_is_met_by_the_small_one(tmp_path: Path, trained_by: str, lang: Lang) -> None:
    """Whoever names the path: an earlier small run of the user's is one as well."""
    small = served(tmp_path, DEBUGGED, 9_514, trained_by, lang)
    rows = walked(small, lang=lang)
    assert [slot for slot, row in rows.items() if row.state == "met"] == ["python"]
    assert {row.state for slot, row in rows.items() if slot in SLOTS[:7]} == {"configured"}
    assert rows["sla.latency_ms"].state == "small"
    assert "9,514" in rows["params"].evidence
    assert "data/mini" in rows["domain"].evidence
    assert "p95 728 ms" in rows["sla.latency_ms"].evidence


def test_the_weights_of_the_full_run_meet_it_with_what_was_counted(tmp_path: Path) -> None:
    rows = walked(served(tmp_path, FULL, 5_004_032))
    assert {row.state for row in rows.values()} == {"met"}
    assert "5,004,032 parameters were counted" in rows["params"].evidence
    assert "tiny_stories" in rows["dataset"].evidence
    assert "outputs/run" in rows["params"].evidence


def test_a_model_of_another_size_is_not_the_promised_one(tmp_path: Path) -> None:
    found = states(served(tmp_path, {**FULL, "model": {**MODEL, "n_layer": 1}}, 1_000_000))
    assert (found["params"], found["dataset"], found["sla.latency_ms"]) == ("unmet", "configured", "configured")


def test_what_has_learned_from_something_else_is_not_about_it(tmp_path: Path) -> None:
    found = states(served(tmp_path, {**FULL, "data": {"dataset_name": "local", "path": "poems"}}, 5_004_032))
    assert (found["params"], found["sla.latency_ms"], found["context_len"]) == ("met", "met", "met")
    assert (found["dataset"], found["domain"], found["goal"]) == ("configured",) * 3


def test_a_run_that_was_cut_short_has_not_learned_it(tmp_path: Path) -> None:
    found = states(served(tmp_path, {**FULL, "training": {"max_steps": 10}}, 5_004_032))
    assert (found["params"], found["domain"]) == ("met", "configured")


def test_weights_that_tell_nothing_of_themselves_are_only_counted(tmp_path: Path) -> None:
    found = states(served(tmp_path, None, 5_004_032))
    assert (found["params"], found["sla.latency_ms"]) == ("met", "met")
    assert (found["domain"], found["context_len"]) == ("configured", "configured")


def test_weights_that_are_gone_or_others_prove_nothing(tmp_path: Path) -> None:
    served(tmp_path, FULL, 5_004_032)
    other = served_weights(ProjectFiles(tmp_path), image("en", "0" * 64, "user"))
    assert other == Served(path="outputs/run", small=False)
    assert set(states(other).values()) == {"configured", "met"}
    assert states(other)["params"] == states(None)["params"] == states(None)["sla.latency_ms"] == "configured"


def test_even_the_small_model_is_too_slow(tmp_path: Path) -> None:
    small = served(tmp_path, DEBUGGED, 9_514)
    assert states(small, kept=False)["sla.latency_ms"] == "unmet"
    assert states(small, kept=None)["sla.latency_ms"] == "unverified"
