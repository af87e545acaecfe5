"""The tutorial files compute what the package computes, and run by themselves."""

import itertools
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from scratch_llm.config import (
    ModelConfig,
    OptimizerConfig,
    OptimizerParams,
    SchedulerConfig,
)
from scratch_llm.data.batch import Batch
from scratch_llm.models import Decoder
from scratch_llm.training.optimizers import Optimizers
from scratch_llm.training.schedule import lr_factor
from scratch_llm.training.tasks import LanguageModeling

from tutorials import generate as tutorial_generate
from tutorials import train as tutorial

FOLDER = Path(tutorial.__file__).parent
CONFIG = tutorial.Config(context_length=32, n_layer=2, d_model=32, d_ff=64, batch_size=4, steps=12, warmup_steps=3)


def shape(config: tutorial.Config) -> ModelConfig:
    return ModelConfig(
        vocab_size=config.vocab_size,
        context_length=config.context_length,
        n_layer=config.n_layer,
        d_model=config.d_model,
        n_head=config.n_head,
        n_kv_head=config.n_kv_head,
        d_ff=config.d_ff,
    )


def package_losses(tokens: torch.Tensor, config: tutorial.Config) -> list[float]:
    """Train the package's model with its own loss, optimizer and schedule on the tutorial's batches."""
    torch.manual_seed(config.seed)
    model = Decoder(shape(config)).train()
    params = OptimizerParams(lr=config.lr, weight_decay=config.weight_decay, betas=config.betas, eps=config.eps)
    optimizers = Optimizers(model, OptimizerConfig(params=params))
    schedule = SchedulerConfig(warmup_steps=config.warmup_steps, min_lr_ratio=config.min_lr_ratio)
    data = tutorial.batches(tokens, config, torch.Generator().manual_seed(config.seed))
    scaler = torch.amp.GradScaler("cpu", enabled=False)
    losses = []
    for step in range(config.steps):
        optimizers.set_lr(lr_factor(step, config.steps, schedule))
        summed, count = LanguageModeling().loss(model, Batch(*next(data)))
        (summed / count).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), config.grad_clip)
        optimizers.step(scaler, torch.zeros(()))
        optimizers.zero_grad()
        losses.append(float(summed.detach() / count))
    return losses


def test_every_step_has_the_loss_of_the_package() -> None:
    tokens = torch.randint(64, (600,), generator=torch.Generator().manual_seed(1))
    losses = [loss for _, loss in tutorial.train(tokens, CONFIG)]
    assert losses == pytest.approx(package_losses(tokens, CONFIG), abs=1e-5)
    assert losses[-1] < losses[0]


@pytest.mark.fast
def test_the_same_seed_gives_the_weights_of_the_package() -> None:
    torch.manual_seed(5)
    ours = tutorial.Decoder(CONFIG).state_dict()
    torch.manual_seed(5)
    theirs = Decoder(shape(CONFIG)).state_dict()
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(weight, theirs[name]) for name, weight in ours.items())


@pytest.mark.fast
def test_the_learning_rate_is_that_of_the_package() -> None:
    schedule = SchedulerConfig(warmup_steps=CONFIG.warmup_steps, min_lr_ratio=CONFIG.min_lr_ratio)
    for step in range(CONFIG.steps):
        expected = CONFIG.lr * lr_factor(step, CONFIG.steps, schedule)
        assert tutorial.learning_rate(step, CONFIG) == pytest.approx(expected)


@pytest.fixture(scope="module")
def weights() -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    config = tutorial.Config(**{**CONFIG.__dict__, "init_std": 0.3, "vocab_size": 320})
    return tutorial.Decoder(config).state_dict()


@pytest.fixture(scope="module")
def cached(weights: dict[str, torch.Tensor]) -> tutorial_generate.CachedDecoder:
    return tutorial_generate.CachedDecoder({**CONFIG.__dict__, "vocab_size": 320}, weights)


@pytest.mark.fast
def test_the_cache_gives_the_logits_of_the_whole_text(cached, weights) -> None:
    model = tutorial.Decoder(tutorial.Config(**{**CONFIG.__dict__, "vocab_size": 320}))
    model.load_state_dict(weights)
    tokens = torch.randint(320, (1, 20))
    with torch.no_grad():
        whole = model(tokens)[0]
    cache = cached.new_cache()
    ids = tokens[0].tolist()
    for start, end in ((0, 7), (7, 8), (8, 9), (9, 15), (15, 20)):
        torch.testing.assert_close(cached.next_logits(ids[start:end], cache), whole[end - 1], atol=1e-4, rtol=1e-4)


def test_greedy_text_is_that_of_the_package(cached, weights) -> None:
    model = Decoder(shape(CONFIG).model_copy(update={"vocab_size": 320}))
    model.eval().load_state_dict(weights)
    prompt, ids = [20, 30, 40], [20, 30, 40]
    with torch.no_grad():
        for _ in range(20):
            ids.append(int(model(torch.tensor([ids])).logits[0, -1].argmax()))
    found = tutorial_generate.generate(cached, prompt, 20, tutorial_generate.Sampling(), torch.Generator())
    assert list(found) == ids[3:]


@pytest.mark.fast
@pytest.mark.parametrize(
    ("top_k", "top_p", "allowed"), [(1, 1.0, {2}), (2, 1.0, {2, 0}), (0, 0.0, {2}), (0, 0.6, {2, 0})]
)
def test_top_k_and_top_p_keep_only_the_likeliest(top_k: int, top_p: float, allowed: set[int]) -> None:
    logits = torch.tensor([0.3, 0.1, 0.5, 0.1]).log()
    how = tutorial_generate.Sampling(temperature=1.0, top_k=top_k, top_p=top_p)
    generator = torch.Generator().manual_seed(0)
    assert {tutorial_generate.choose(logits, how, generator) for _ in range(100)} == allowed


@pytest.mark.slow
def test_both_files_run_by_themselves(tmp_path: Path) -> None:
    saved = tmp_path / "model.pt"
    trained = run("train.py", "--steps", "4", "--out", str(saved))
    assert "validation loss" in trained
    written = run("generate.py", "--model", str(saved), "--prompt", "the baker ", "--tokens", "10")
    assert written.startswith("the baker ")
    assert len(written.rstrip("\n")) >= len("the baker ")


@pytest.mark.fast
@pytest.mark.parametrize("name", ["train.py", "generate.py"])
def test_nothing_of_the_package_is_imported(name: str) -> None:
    import ast

    tree = ast.parse((FOLDER / name).read_text(encoding="utf-8"))
    names = itertools.chain.from_iterable(
        [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
    )
    outside = {found.partition(".")[0] for found in names} - sys.stdlib_module_names
    assert outside <= {"torch", "numpy", "tokenizers"}


def run(name: str, *arguments: str) -> str:
    finished = subprocess.run(
        [sys.executable, str(FOLDER / name), *arguments], capture_output=True, text=True, check=True, timeout=120
    )
    return finished.stdout
