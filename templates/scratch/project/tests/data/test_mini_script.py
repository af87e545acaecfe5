"""`scripts/mini_data.py` makes what training and the notebook use, and says what is wrong in one line."""

import json
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from scratch_llm.config import dump_config

from tests.data.foreign import drawn, reviews, stories, write_csv, write_lines
from tests.data.material import config

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "scripts" / "explore_mini_data.ipynb"
PLOTS = {f"mini_{name}.png" for name in ("lengths", "parts", "classes", "words", "left_out")}


def script(name: str, *words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "scripts" / name), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)


def cells() -> list[str]:
    """The code of the notebook."""
    found = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in found if cell["cell_type"] == "code"]


def execute(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the notebook's code in a project that lies in the folder; a warning is an error."""
    monkeypatch.setenv("MPLBACKEND", "agg")
    (folder / "pyproject.toml").touch()
    monkeypatch.chdir(folder)
    names: dict[str, object] = {}
    for number, code in enumerate(cells()):
        exec(compile(code, f"cell {number}", "exec"), names)


@pytest.mark.slow
def test_the_script_makes_it_and_training_takes_it(tmp_path: Path) -> None:
    source = write_csv(tmp_path / "a.csv", ["标签", "评论"], [["好", text] for text in reviews(80)], "gb18030")
    small = {"context_length": 32, "n_layer": 1, "d_model": 32, "n_head": 2}
    run = config(source, tokenizer__kind="char", output_folder=str(tmp_path / "out"), model=small)
    (tmp_path / "mini.yaml").write_text(dump_config(run))
    words = ["--config", "mini.yaml", "--report", "facts.json", "--shares", "train=0.8,validation=0.1,test=0.1"]
    made = script("mini_data.py", *words, "--from", str(source), "--licence", "ours", folder=tmp_path)
    assert made.returncode == 0, made.stderr
    facts = json.loads((tmp_path / "facts.json").read_text("utf-8"))
    assert (facts["licence"], facts["files"][0]["encoding"]) == ("ours", "GBK")
    assert "a.csv (own): 80 rows could be read, 0 could not" in made.stdout
    assert "train: 64 rows" in made.stdout and "note: all rows are of one class" in made.stdout
    last = made.stdout.splitlines()[-1].split("scripts/train.py ")[1].split()
    trained = script("train.py", *last, folder=tmp_path)
    assert trained.returncode == 0, trained.stderr
    assert "64 documents to train on and 8 to validate on" in trained.stdout + trained.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--from", "nowhere.txt"], "no file or folder nowhere.txt"),
        (["--from", "a.jsonl", "--columns", "body"], "columns 'body' do not make a text record"),
        (["--from", "a.jsonl", "--shares", "train=0.9"], "must be above 0 and add up to 1"),
        (["--from", "a.jsonl", "--shares", "train=much"], "could not convert"),
    ],
)
def test_what_is_wrong_is_said_and_what_to_do(tmp_path: Path, words: list[str], says: str) -> None:
    write_lines(tmp_path / "a.jsonl", [{"text": text} for text in stories(30)])
    (tmp_path / "mini.yaml").write_text(dump_config(config(tmp_path / "a.jsonl")))
    done = script("mini_data.py", "--config", "mini.yaml", *words, folder=tmp_path)
    assert done.returncode == 2
    assert says in done.stderr and "\n  -> " in done.stderr and "Traceback" not in done.stderr


@pytest.mark.slow
def test_a_hub_that_cannot_be_reached_is_replaced_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    words = ("data.dataset_name=synthetic_stories", "data.n_documents=50")
    facts = drawn(tmp_path, overrides=words, hub=("nobody/nothing-at-all", "", "train"))
    assert facts["kind"] == "synthetic"
    [told] = [notice for notice in facts["notices"] if notice["about"] == "hub"]
    assert told["fields"]["source"] == "nobody/nothing-at-all"


@pytest.mark.slow
def test_a_dataset_of_the_hub_is_streamed(tmp_path: Path) -> None:
    copy = tmp_path / "copy"  # as it lies on the hub; a folder is read in the same way
    copy.mkdir()
    write_lines(
        copy / "train.jsonl", [{"question": f"What is {i}?", "answer": text} for i, text in enumerate(stories(60))]
    )
    facts = drawn(tmp_path, hub=(str(copy), "", "train"), task="sft", rules={"most_rows": 10})
    assert (facts["kind"], facts["read"]["rows"]) == ("hub", 50)
    assert sum(part["rows"] for part in facts["splits"].values()) == 10


@pytest.mark.fast
def test_the_notebook_is_stored_without_outputs() -> None:
    found = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    code = [cell for cell in found if cell["cell_type"] == "code"]
    assert code
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)


@pytest.mark.slow
def test_the_notebook_draws_chinese_data_without_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [["好评$" if i % 3 else "差评", text] for i, text in enumerate(reviews(60))]
    drawn(tmp_path, write_csv(tmp_path / "a.csv", ["标签", "评论"], rows), out=tmp_path / "data" / "mini")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        execute(tmp_path, monkeypatch)
    made = {path.name: path.read_bytes() for path in (tmp_path / "reports" / "plots").iterdir()}
    assert made.keys() == PLOTS
    assert all(data.startswith(b"\x89PNG") and len(data) > 3000 for data in made.values())


@pytest.mark.slow
def test_without_data_the_notebook_says_how_to_make_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SystemExit, match=r"There is no mini dataset yet\. Make it: python scripts/mini_data\.py"):
        execute(tmp_path, monkeypatch)
    assert not (tmp_path / "reports").exists()
