"""`scripts/prepare_data.py` prepares what training uses, looks at it, and writes its card."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from scratch_llm.config import dump_config
from scratch_llm.data.describe import check_contamination, write_card

from tests.data.material import config, opened, sentences, write_texts

SCRIPT = Path(__file__).parents[2] / "scripts" / "prepare_data.py"


@pytest.mark.slow
def test_the_script_prepares_reports_and_says_what_is_wrong(tmp_path: Path) -> None:
    path = write_texts(tmp_path / "texts.jsonl", sentences(50))
    (tmp_path / "run.yaml").write_text(dump_config(config(path)))

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(SCRIPT), "--config", str(tmp_path / "run.yaml"), *words]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    done = run("--report", str(tmp_path / "report.json"), "tokenizer.kind=char")
    report = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    assert report == json.loads((tmp_path / "report.json").read_text())
    assert Path(report["card"]).read_text().startswith("# Data card: local")
    refused = run("data.streaming=true")
    assert refused.returncode == 2
    assert "set data.streaming=false" in refused.stderr


def test_documents_of_an_evaluation_set_are_found_in_the_training_data(tmp_path: Path) -> None:
    ending = "with so many words behind it that it cannot be there by chance"
    texts = [f"{text} {ending} {i}" for i, text in enumerate(sentences(40))]
    run = config(write_texts(tmp_path / "texts.jsonl", texts), data__deduplicate=False)
    data = opened(run, length=200)
    folder = Path(data.report()["folder"])
    benchmark = write_texts(tmp_path / "benchmark.jsonl", [*texts, "something that nobody has ever written anywhere"])
    found = check_contamination(run, folder, benchmark)
    assert set(found) == {"val", "benchmark.jsonl"}
    assert found["benchmark.jsonl"]["documents"] == 41
    assert 36 <= found["benchmark.jsonl"]["contaminated"] <= 40
    card = write_card(run, folder, data.report(), found).read_text()
    assert "Contamination of benchmark.jsonl" in card
