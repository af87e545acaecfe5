"""The exported model computes what the model does, for one row and many, through prefill and steps."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from scratch_llm.checkpoint import Pretrained
from scratch_llm.config import ModelConfig
from scratch_llm.inference import EagerBackend, SamplingParams, generate, load_backend
from scratch_llm.inference.onnx_backend import OnnxBackend
from scratch_llm.inference.onnx_export import TOLERANCE, export_onnx
from scratch_llm.models import Decoder
from scratch_llm.tokenizers import Tokenizer
from scratch_llm.utils.errors import CheckpointError, ConfigError

pytestmark = pytest.mark.slow

SCRIPT = Path(__file__).parents[2] / "scripts" / "export.py"
GREEDY = SamplingParams(max_new_tokens=50, temperature=0, ignore_eos=True)
PROMPTS = [[20, 30, 40], [50], list(range(20, 60))]


@pytest.fixture(scope="module")
def export(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """The folder that the command writes, and what the command says."""
    target = tmp_path_factory.mktemp("exported") / "onnx"
    command = [sys.executable, SCRIPT, "--checkpoint", folder, "--format", "onnx", "--output", target]
    return target, subprocess.run(command, capture_output=True, text=True)


@pytest.fixture(scope="module")
def exported(export: tuple[Path, subprocess.CompletedProcess[str]]) -> Path:
    return export[0]


def test_the_command_tells_the_errors_and_nothing_of_its_own_workings(
    export: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    _, said = export
    assert (said.returncode, said.stderr) == (0, "")
    assert [Path(line.partition(":")[0]).name for line in said.stdout.splitlines()] == list(TOLERANCE)


def test_greedy_answers_are_those_of_the_model(exported: Path, model: Decoder, tokenizer: Tokenizer) -> None:
    backend, own_tokenizer = load_backend(exported, "onnx", n_row=3)
    assert generate(backend, own_tokenizer, PROMPTS, GREEDY) == generate(model, tokenizer, PROMPTS, GREEDY)
    # Once more, in rows that others have used and with buffers that have grown.
    assert generate(backend, own_tokenizer, PROMPTS[:1], GREEDY) == generate(model, tokenizer, PROMPTS[:1], GREEDY)


def test_rows_may_be_continued_in_any_order(exported: Path, model: Decoder) -> None:
    onnx, eager = OnnxBackend(exported, 4, 40), EagerBackend(model, 4, 40)
    tokens = torch.randint(8, 250, (3, 5), generator=torch.Generator().manual_seed(0))
    for rows, n_new in (([3, 0, 2], [5, 4, 1]), ([2, 3], [2, 5]), ([0, 2, 3], [1, 1, 5]), ([1], [3])):
        expected = eager.last_logits(tokens[: len(rows)], rows, n_new)
        assert torch.allclose(onnx.last_logits(tokens[: len(rows)], rows, n_new), expected, atol=1e-3, rtol=1e-3)
    assert list(onnx.lengths) == list(eager.lengths)


def test_the_manifest_states_tolerance_and_error(exported: Path) -> None:
    files = json.loads((exported / "manifest.json").read_text())["files"]
    assert set(files) == set(TOLERANCE)
    assert all(0 <= entry["error"] <= entry["tolerance"] for entry in files.values())


def test_int8_answers_and_is_smaller(exported: Path) -> None:
    backend, tokenizer = load_backend(exported, "onnx-int8", length=60)
    [answer] = generate(backend, tokenizer, PROMPTS[:1], GREEDY)
    assert len(answer.token_ids) == 50
    assert (exported / "model.int8.onnx").stat().st_size < 0.6 * (exported / "model.onnx").stat().st_size


def test_a_model_folder_is_no_exported_model(folder: Path) -> None:
    with pytest.raises(CheckpointError, match="no exported model") as refused:
        load_backend(folder, "onnx")
    assert "scripts/export.py" in refused.value.hint


def test_latent_attention_is_exported_too(tokenizer: Tokenizer, tmp_path: Path) -> None:
    torch.manual_seed(0)
    shape = {"vocab_size": 320, "d_model": 32, "n_head": 2, "n_layer": 1, "context_length": 32, "init_std": 0.2}
    model = Decoder(ModelConfig(attention="mla", **shape)).eval()
    errors = export_onnx(Pretrained(model, tokenizer, tmp_path), tmp_path / "onnx")
    assert errors["model.onnx"] < TOLERANCE["model.onnx"]


def test_a_mixture_of_experts_is_refused(tokenizer: Tokenizer, tmp_path: Path) -> None:
    shape = {"vocab_size": 320, "d_model": 32, "n_head": 2, "n_layer": 1, "context_length": 32}
    model = Decoder(ModelConfig(feed_forward="moe", d_ff=32, **shape)).eval()
    with pytest.raises(ConfigError, match="mixture of experts"):
        export_onnx(Pretrained(model, tokenizer, tmp_path), tmp_path / "onnx")
    assert not (tmp_path / "onnx").exists()
