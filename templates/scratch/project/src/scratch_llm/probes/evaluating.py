"""Probes of evaluation: its mode, its mean, and the samples."""

from itertools import islice
from typing import Any

import torch

from scratch_llm.inference import SamplingParams, generate
from scratch_llm.probes import expected
from scratch_llm.probes.bench import (
    QUIET,
    Bench,
    disturb,
    expected_loss,
    n_item,
    twin,
    weights_of,
)
from scratch_llm.probes.finding import Checks, at_least, at_most, none_of, same


def eval_mode(bench: Bench) -> Checks:
    """Evaluation switches dropout off, and afterwards the model is as it was, and in training."""
    trainer = bench.stepper({"model.dropout": 0.3})
    before, rows = weights_of(trainer), bench.rows
    model = twin(trainer)
    with torch.no_grad():
        first, second = (model(rows.tokens, document_ids=rows.document_ids)[0] for _ in range(2))
        model.train()
        third, fourth = (model(rows.tokens, document_ids=rows.document_ids)[0] for _ in range(2))
    yield at_most(float((first - second).abs().max()), 0.0, "noise in evaluation", "dropout is not switched off")
    yield at_least(float((third - fourth).abs().max()), 1e-6, "noise in training", "model.dropout has no effect")
    listener = Listener(trainer.decoder)
    trainer.validate()
    modes = listener.modes
    yield at_least(len(modes), 1, "passes of validation", "validation does not use the model")
    yield none_of([mode for mode in modes if mode[0]], "passes in training mode", "validation runs with dropout")
    yield none_of([mode for mode in modes if mode[1]], "passes that keep gradients", "validation keeps gradients")
    idle = [name for name, module in trainer.decoder.named_modules() if not module.training]
    yield none_of(idle, "parts left in evaluation", "training goes on without dropout after a validation")
    yield at_most(expected.distance(weights_of(trainer), before), 0.0, "change of the weights", "validation trains")
    left = [name for name, weight in trainer.decoder.named_parameters() if weight.grad is not None]
    yield none_of(left, "gradients left behind", "validation adds to the next step's gradient")


class Listener:
    """Notes in which mode a model is whenever it computes."""

    def __init__(self, model: torch.nn.Module) -> None:
        self.modes: list[tuple[bool, bool]] = []  # training, with gradients
        self._handle = model.register_forward_pre_hook(self._note)

    def _note(self, model: torch.nn.Module, _: Any) -> None:
        self.modes.append((any(module.training for module in model.modules()), torch.is_grad_enabled()))


def validation(bench: Bench) -> Checks:
    """The validation loss is the mean over the targets of the validation batches."""
    trainer = disturb(bench.stepper())  # fresh weights have nearly the same loss on all batches
    batches = list(islice(trainer.data.val_batches(), trainer.config.training.eval_batches))
    with torch.no_grad():
        summed = sum(float(expected_loss(trainer, batch)) for batch in batches)
    wanted = summed / sum(n_item(batch) for batch in batches)
    trainer.validate()
    reason = f"it is {trainer.val_loss:.4f} and should be {wanted:.4f}"
    yield at_most(abs(trainer.val_loss - wanted) / wanted, 1e-4, "difference", reason)


def generation(bench: Bench) -> Checks:
    """A greedy continuation takes the likeliest token each time, and the model stays in the mode that it was in."""
    trainer = disturb(bench.stepper(QUIET))
    size, prompts = trainer.tokenizer.vocab_size, [bench.rows.tokens[0, :n].tolist() for n in (5, 9)]
    wish = SamplingParams(max_new_tokens=8, temperature=0.0, ignore_eos=True)
    answers = generate(trainer.decoder, trainer.tokenizer, prompts, wish)
    idle = [name for name, module in trainer.decoder.named_modules() if not module.training]
    yield none_of(idle, "parts left in evaluation", "training goes on without dropout after a sample")
    model = trainer.decoder.eval()
    for prompt, answer in zip(prompts, answers, strict=True):
        yield same(len(answer.token_ids), 8, "tokens of a sample", "generation stops early, or too late")
        with torch.no_grad():
            logits = model(torch.tensor([[*prompt, *answer.token_ids]]))[0][0, len(prompt) - 1 : -1, :size]
        chosen = logits.gather(1, torch.tensor(answer.token_ids)[:, None])[:, 0]
        loss = float((logits.amax(1) - chosen).max() / logits.std())
        yield at_most(loss, 1e-3, "distance to the best logit", "generation does not choose the likeliest token")
        text = trainer.tokenizer.decode(answer.token_ids)
        yield same(answer.text == text, True, "the text is that of the ids:", "a sample is decoded wrongly")
