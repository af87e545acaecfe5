import json
import math
import shutil
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from scratch_llm.evaluation.report import compare, read_run, write_page
from scratch_llm.evaluation.report.chart import line_chart, ticks
from scratch_llm.evaluation.report.page import Chart
from scratch_llm.utils.errors import ConfigError, DataError

pytestmark = pytest.mark.fast


@pytest.fixture
def runs(tmp_path: Path) -> list[Path]:
    folders = []
    for name, lr in (("small", 1e-3), ("large", 1e-2)):
        folder = tmp_path / name / "2026-01-31_12-00-00"
        evaluation = folder / "checkpoints" / "step_000002" / "evaluation" / "evaluation.json"
        evaluation.parent.mkdir(parents=True)
        config = {"task": "pretrain", "seed": 0, "optimizer": {"params": {"lr": lr}}}
        (folder / "config.yaml").write_text(yaml.safe_dump(config))
        lines = [{"step": step, "loss": lr * 100 / step, "tokens": step * 64} for step in (1, 2)]
        lines.append({"step": 2, "val_loss": lr * 7})
        (folder / "metrics.jsonl").write_text("\n".join(map(json.dumps, lines)) + '\n{"step": 3, "lo')
        sample = {"step": 2, "prompt": "Once", "text": "<script>alert(1)</script> | *x*"}
        (folder / "samples.jsonl").write_text(json.dumps(sample) + "\n")
        score = {"task": "texts", "metric": "perplexity", "value": lr, "low": 0.0, "high": 1.0}
        evaluation.write_text(json.dumps({"scores": [score]}))
        folders.append(folder)
    return folders


@pytest.mark.parametrize("suffix", ["md", "html"])
def test_a_report_tells_results_differences_scores_and_samples(runs: list[Path], tmp_path: Path, suffix: str) -> None:
    page = tmp_path / f"report.{suffix}"
    write_page(page, compare([read_run(folder) for folder in runs]))
    text = page.read_text(encoding="utf-8")
    for expected in ("small/2026-01-31_12-00-00", "optimizer.params.lr", "0.0700", "perplexity", "step 2: Once"):
        assert expected in text
    assert "seed" not in text  # the same in both
    assert "<script>" not in text
    assert "svg" in text


def test_curves_are_drawn_where_their_values_are() -> None:
    picture = ET.fromstring(line_chart("loss & more", {"a": [(0, 1.0), (10, 3.0)], "b<": [(5, 2.0)]}))
    lines = [line.attrib["points"].split() for line in picture.iter("{http://www.w3.org/2000/svg}polyline")]
    (x0, y0), (x1, y1) = (map(float, point.split(",")) for point in lines[0])
    assert x0 < x1
    assert y0 > y1  # a larger value stands higher
    assert len(lines[1]) == 1


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_ticks_enclose_the_range_in_few_even_steps(a: float, b: float) -> None:
    low, high = min(a, b), max(a, b)
    found = ticks(low, high)
    slack = 1e-9 * max(1.0, abs(low), abs(high))
    assert found[0] <= low + slack
    assert found[-1] >= high - slack
    assert 2 <= len(found) <= 8


def test_a_report_of_another_suffix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"report\.pdf"):
        write_page(tmp_path / "report.pdf", [])


def test_an_experiment_stands_for_its_newest_run(runs: list[Path]) -> None:
    shutil.copytree(runs[0], runs[0].with_name("2026-02-01_12-00-00"))
    assert read_run(runs[0].parent).name == "small/2026-02-01_12-00-00"
    assert read_run(runs[0]).name == "small/2026-01-31_12-00-00"


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is no run"):
        read_run(tmp_path)


def test_a_run_that_diverged_is_reported_without_the_chart_that_it_has_no_points_for(runs: list[Path]) -> None:
    lines = [{"step": step, "loss": math.nan, "val_loss": loss} for step, loss in ((1, math.nan), (2, 2.5), (3, 2.0))]
    (runs[0] / "metrics.jsonl").write_text("\n".join(map(json.dumps, lines)))
    run = read_run(runs[0])
    assert run.best("val_loss") == 2.0
    assert [part.title for part in compare([run]) if isinstance(part, Chart)] == ["validation loss"]


@pytest.mark.parametrize("character", ["\u2028", "\u2029", "\x85"])
def test_a_sample_may_hold_any_line_break(runs: list[Path], character: str) -> None:
    sample = {"step": 2, "prompt": "Once", "text": f"a{character}b"}
    (runs[0] / "samples.jsonl").write_text((json.dumps(sample, ensure_ascii=False) + "\n") * 2, encoding="utf-8")
    assert [dict(line) for line in read_run(runs[0]).samples] == [sample, sample]


def test_samples_that_cannot_be_read_are_told(runs: list[Path]) -> None:
    (runs[0] / "samples.jsonl").write_text("{\n{}\n")
    with pytest.raises(DataError, match="is no run that can be read"):
        read_run(runs[0])
