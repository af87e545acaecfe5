"""A model and its tokenizer in a folder come back as they were."""

import os
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from scratch_llm.checkpoint import CheckpointStore, load_pretrained, save_model
from scratch_llm.config import ModelConfig, TrainConfig, load_config
from scratch_llm.models import Decoder
from scratch_llm.tokenizers import train_tokenizer
from scratch_llm.utils.errors import CheckpointError

pytestmark = pytest.mark.fast
TOKENIZER = train_tokenizer("char", ["a small text"], 300)


def save(folder: Path, *, tie: bool = True, config: TrainConfig | None = None) -> Decoder:
    torch.manual_seed(1)
    shape = ModelConfig(vocab_size=64, context_length=8, n_layer=1, d_model=16, n_head=2, tie_embeddings=tie)
    decoder = Decoder(shape)
    save_model(folder, decoder, TOKENIZER, config)
    return decoder.eval()


@pytest.mark.parametrize("tie", [True, False])
def test_a_saved_model_comes_back(tmp_path: Path, tie: bool) -> None:
    decoder = save(tmp_path, tie=tie, config=TrainConfig(seed=3))
    loaded = load_pretrained(tmp_path)
    tokens = torch.tensor([[1, 9, 10]])
    assert torch.equal(loaded.model(tokens).logits, decoder(tokens).logits)
    assert loaded.model.config == decoder.config
    assert not loaded.model.training
    assert loaded.tokenizer.fingerprint == TOKENIZER.fingerprint
    assert (loaded.model.head.weight is loaded.model.embed.weight) == tie
    assert ("head.weight" in load_file(tmp_path / "model.safetensors")) != tie
    assert load_config(tmp_path / "config.yaml").seed == 3


def _write(draft: Path) -> None:
    save(draft)


@pytest.mark.parametrize(("umask", "file", "folder"), [(0o022, 0o644, 0o755), (0o077, 0o600, 0o700)])
def test_who_may_read_a_model_is_what_the_umask_says(tmp_path: Path, umask: int, file: int, folder: int) -> None:
    before = os.umask(umask)
    try:
        CheckpointStore(tmp_path / "checkpoints", keep=1).save(1, _write)
    finally:
        os.umask(before)
    paths = list((tmp_path / "checkpoints").rglob("*"))
    assert {path.stat().st_mode & 0o777 for path in paths if path.is_file()} == {file}
    assert {path.stat().st_mode & 0o777 for path in paths if path.is_dir()} == {folder}


@pytest.mark.parametrize("content", [b"", b"\xff" * 100, None])
def test_unreadable_weights_are_told(tmp_path: Path, content: bytes | None) -> None:
    save(tmp_path)
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-8] if content is None else content)
    with pytest.raises(CheckpointError, match=r"model\.safetensors is missing or damaged"):
        load_pretrained(tmp_path)


def test_weights_of_another_model_are_refused(tmp_path: Path) -> None:
    save(tmp_path)
    text = (tmp_path / "model.yaml").read_text()
    (tmp_path / "model.yaml").write_text(text.replace("n_layer: 1", "n_layer: 2"))
    with pytest.raises(CheckpointError, match=r"does not fit model.yaml .* blocks\.1"):
        load_pretrained(tmp_path)
    (tmp_path / "model.yaml").write_text(text.replace("n_layer", "layers"))
    with pytest.raises(CheckpointError, match=r"model\.yaml is missing or damaged"):
        load_pretrained(tmp_path)


def test_weights_that_changed_since_they_were_saved_are_refused(tmp_path: Path) -> None:
    def write(draft: Path) -> None:
        save(draft)
        (draft / "state.pt").write_bytes(b"state")

    step = CheckpointStore(tmp_path, keep=1).save(1, write)
    (step / "state.pt").unlink()  # only resuming needs it
    load_pretrained(step)
    weights = step / "model.safetensors"
    content = weights.read_bytes()
    weights.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(CheckpointError, match=r"is damaged \(model\.safetensors\)"):
        load_pretrained(step)
    (step / "manifest.json").write_text("{}")
    with pytest.raises(CheckpointError, match="is damaged"):
        load_pretrained(step)
