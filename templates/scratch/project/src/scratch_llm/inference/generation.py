"""Answers to a list of prompts."""

from collections.abc import Callable, Sequence

from scratch_llm.inference.backend import Backend, EagerBackend
from scratch_llm.inference.batcher import ContinuousBatcher, Update
from scratch_llm.inference.request import Completion, SamplingParams
from scratch_llm.models import Decoder
from scratch_llm.tokenizers import Tokenizer

_MOST_ROWS = 16


def generate(
    model: Decoder | Backend,
    tokenizer: Tokenizer,
    prompts: Sequence[Sequence[int]],
    params: SamplingParams | Sequence[SamplingParams],
    *,
    on_text: Callable[[int, str], None] | None = None,
) -> list[Completion]:
    """Continue prompts, several at a time.

    Args:
        model: A decoder, or a backend of `load_backend`.
        tokenizer: The model's tokenizer.
        prompts: Token ids of each prompt; an empty one stands for the beginning of a text.
        params: How to choose tokens: for all prompts, or one per prompt.
        on_text: Called with a prompt's index and a piece of its answer, as soon as the piece is certain.

    Returns:
        One completion per prompt, in their order. Its token_ids include those of a stop string, but not the end token.

    Raises:
        RequestError: A prompt and its answer do not fit into the model's context.
    """
    every = [params] * len(prompts) if isinstance(params, SamplingParams) else list(params)
    if not prompts:
        return []
    if not isinstance(model, Decoder):
        return _answer(model, tokenizer, prompts, every, on_text)
    longest = max(len(prompt) + wish.max_new_tokens for prompt, wish in zip(prompts, every, strict=True))
    length = min(longest + 1, model.config.context_length)
    was_training = model.training
    model.eval()
    try:
        backend = EagerBackend(model, min(len(prompts), _MOST_ROWS), length)
        return _answer(backend, tokenizer, prompts, every, on_text)
    finally:
        model.train(was_training)


def _answer(
    backend: Backend,
    tokenizer: Tokenizer,
    prompts: Sequence[Sequence[int]],
    every: Sequence[SamplingParams],
    on_text: Callable[[int, str], None] | None,
) -> list[Completion]:
    batcher = ContinuousBatcher(backend, tokenizer, n_slot=backend.n_row, length=backend.context_length)
    for index, (prompt, params) in enumerate(zip(prompts, every, strict=True)):
        batcher.add(str(index), prompt, params)
    updates: list[list[Update]] = [[] for _ in prompts]
    while batcher.n_active or batcher.n_waiting:
        for update in batcher.step():
            index = int(update.request_id)
            updates[index].append(update)
            if on_text is not None and update.text:
                on_text(index, update.text)
    return [_completion(prompt, steps) for prompt, steps in zip(prompts, updates, strict=True)]


def _completion(prompt: Sequence[int], steps: Sequence[Update]) -> Completion:
    reason = steps[-1].finish_reason
    assert reason is not None  # noqa: S101  # the batcher gives every request a last update
    return Completion(
        text="".join(step.text for step in steps),
        token_ids=[token for step in steps for token in step.token_ids],
        finish_reason=reason,
        n_prompt_tokens=max(1, len(prompt)),
    )
