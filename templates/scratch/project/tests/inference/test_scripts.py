"""The commands for generation, as one types them."""

import runpy
import sys
from pathlib import Path

import pytest
import torch

from scratch_llm.checkpoint import Pretrained, save_model
from scratch_llm.config import DataConfig, LoopConfig, TrainConfig
from scratch_llm.inference import EagerBackend, SamplingParams, generate, load_backend
from scratch_llm.tokenizers import END, EOS

SCRIPTS = Path(__file__).parents[2] / "scripts"


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Run a script in this process; gives its exit code, its output and its errors."""

    def run(name: str, *arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", [name, *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            runpy.run_path(str(SCRIPTS / name), run_name="__main__")
        shown = capsys.readouterr()
        return int(end.value.code or 0), shown.out, shown.err

    return run


def test_a_prompt_is_continued(command, folder: Path) -> None:
    seeded = ("--prompt", "The cat", "--echo", "--seed", 1, "--max-new-tokens", 5)
    code, shown, _ = command("generate.py", "--checkpoint", folder, *seeded)
    assert code == 0
    assert shown.startswith("The cat")
    assert "[5 tokens, length]" in shown or "stop]" in shown
    assert command("generate.py", "--checkpoint", folder, *seeded)[1] == shown


def test_a_chat_is_answered_within_the_context(command, folder: Path) -> None:
    chat = ("--system", "Be kind.", "--chat", "Hello", "--temperature", 0, "--stop", "a", "--stop", "b")
    code, shown, _ = command("generate.py", "--checkpoint", folder, *chat)
    assert code == 0
    assert not set("ab") & set(shown.rpartition("\n[")[0])


def test_a_wrong_sampling_value_is_explained(command, folder: Path) -> None:
    code, _, errors = command("generate.py", "--checkpoint", folder, "--prompt", "x", "--temperature", -1)
    assert code == 2
    assert "--temperature '-1': must be greater than or equal to 0" in errors
    assert "keys" not in errors


def test_an_empty_stop_text_is_refused(command, folder: Path) -> None:
    code, shown, errors = command("generate.py", "--checkpoint", folder, "--prompt", "x", "--stop", "")
    assert (code, shown) == (2, "")
    assert "--stop '': must have at least 1 character" in errors


def test_people_are_asked_about_a_model_whose_context_is_short(command, folder: Path, tmp_path: Path) -> None:
    models = ("--checkpoint", f"a={folder}", "--checkpoint", f"b={folder}")
    options = ("--raters", "ann,bo", "--limit", 1, "--output", tmp_path)
    assert command("human_evaluation.py", "sheets", *models, *options)[0] == 0
    assert (tmp_path / "bo.csv").is_file()
    code, _, errors = command("human_evaluation.py", "sheets", *models, *options, "--temperature", -1)
    assert code == 2
    assert "--temperature '-1.0'" in errors


def test_quantizing_and_generating_with_the_result(command, trained: Pretrained, tmp_path: Path) -> None:
    (tmp_path / "texts.txt").write_text("The cat sat on the mat.\n" * 20, encoding="utf-8")
    options = ("--checkpoint", trained.folder, "--output", tmp_path / "small", "--texts", tmp_path / "texts.txt")
    assert command("quantize.py", *options, "--method", "gptq")[0] == 0
    code, shown, _ = command("generate.py", "--checkpoint", tmp_path / "small", "--backend", "gptq", "--prompt", "The")
    assert code == 0
    assert "tokens," in shown


def test_calibration_needs_data(command, trained: Pretrained, tmp_path: Path) -> None:
    options = ("--checkpoint", trained.folder, "--output", tmp_path / "small", "--method", "gptq")
    code, _, errors = command("quantize.py", *options)
    assert code == 2
    assert "--texts" in errors
    assert command("quantize.py", *options, "--texts", tmp_path / "nothing.txt")[0] == 2


def test_the_data_of_a_run_calibrates_it(command, trained: Pretrained, tmp_path: Path) -> None:
    run = tmp_path / "run"
    data = DataConfig(n_documents=60, folder=tmp_path / "data")
    config = TrainConfig(model=trained.model.config, data=data, training=LoopConfig(batch_size=4))
    save_model(run, trained.model, trained.tokenizer, config)
    options = ("--checkpoint", run, "--output", tmp_path / "small", "--method", "gptq", "--batches", 2)
    assert command("quantize.py", *options)[0] == 0
    small = load_backend(tmp_path / "small", "gptq")[0]
    prompt = torch.tensor([trained.tokenizer.encode("Once there was a", bos=True)])
    found, expected = (
        backend.last_logits(prompt, [0], [prompt.shape[1]]) for backend in (small, EagerBackend(trained.model, 1, 32))
    )
    assert (found - expected).square().mean().sqrt() < 0.3 * expected.std()


def test_transformers_continues_a_prompt_with_the_same_tokens(command, trained: Pretrained, tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    target = tmp_path / "hf"
    assert command("export.py", "--checkpoint", trained.folder, "--format", "hf", "--output", target)[0] == 0
    theirs, llama = AutoTokenizer.from_pretrained(target), AutoModelForCausalLM.from_pretrained(target)
    prompt = theirs("Once there was a", return_tensors="pt")
    ids = prompt["input_ids"][0].tolist()
    [ours] = generate(trained.model, trained.tokenizer, [ids], SamplingParams(max_new_tokens=40, temperature=0))
    answer = llama.generate(**prompt, max_new_tokens=40, do_sample=False)[0, len(ids) :].tolist()
    assert ids == trained.tokenizer.encode("Once there was a", bos=True)
    assert len(ours.token_ids) > 5
    assert [token for token in answer if token not in (EOS, END)] == ours.token_ids
    assert llama.generation_config.eos_token_id == [EOS, END]
