"""Continuous batching: requests come and go while others are being answered."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import torch

from scratch_llm.inference.backend import Backend
from scratch_llm.inference.request import FinishReason, SamplingParams
from scratch_llm.inference.sampling import Sampler, choose
from scratch_llm.inference.text_stream import TextStream
from scratch_llm.tokenizers import BOS, END, EOS, Tokenizer
from scratch_llm.utils.errors import RequestError


@dataclass(frozen=True)
class Update:
    """What one step added to one answer."""

    request_id: str
    text: str
    token_ids: list[int]
    finish_reason: FinishReason | None


@dataclass
class _Sequence:
    request_id: str
    prompt: Sequence[int]
    params: SamplingParams
    sampler: Sampler
    stream: TextStream
    slot: int = -1
    n_read: int = 0  # prompt tokens that the cache holds
    answer: list[int] = field(default_factory=list)

    @property
    def unread(self) -> int:
        return len(self.prompt) - self.n_read


class ContinuousBatcher:
    """Answers many requests at once; each step gives every answer that is under way one more token.

    Requests get a slot in the order in which they came. Long prompts are read in pieces of at most `prefill_chunk`
    tokens a step, so that they do not stop the others. An answer does not depend on what else is in the batch. Not
    thread-safe.
    """

    def __init__(
        self, backend: Backend, tokenizer: Tokenizer, *, n_slot: int, length: int, prefill_chunk: int = 256
    ) -> None:
        self._backend = backend
        self._tokenizer = tokenizer
        self._length = min(length, backend.context_length)
        self._prefill_chunk = prefill_chunk
        self._vocab_size = min(tokenizer.vocab_size, backend.vocab_size)  # beyond it lies padding, which is no token
        self._free = list(range(min(n_slot, backend.n_row)))
        self._waiting: deque[_Sequence] = deque()
        self._active: list[_Sequence] = []

    @property
    def n_active(self) -> int:
        """Requests that hold a slot."""
        return len(self._active)

    @property
    def n_waiting(self) -> int:
        """Requests that wait for a slot."""
        return len(self._waiting)

    def add(self, request_id: str, prompt: Sequence[int], params: SamplingParams) -> None:
        """Queue a request.

        Args:
            request_id: Names it in the updates; must not be in use.
            prompt: Token ids; an empty prompt stands for the beginning of a text.
            params: How to choose the tokens.

        Raises:
            RequestError: The prompt and the answer do not fit, or the prompt holds ids that are no tokens.
        """
        prompt = list(prompt) or [BOS]
        self._check(request_id, prompt, params)
        stream = TextStream(self._tokenizer, params.stop)
        self._waiting.append(_Sequence(request_id, prompt, params, Sampler(params, prompt), stream))

    def cancel(self, request_id: str) -> bool:
        """Forget a request and free its slot at once; no update of it follows. False if it is not there."""
        for sequence in self._active:
            if sequence.request_id == request_id:
                self._release(sequence)
                return True
        for sequence in self._waiting:
            if sequence.request_id == request_id:
                self._waiting.remove(sequence)
                return True
        return False

    def step(self) -> list[Update]:
        """Read a piece of the prompts that are not read yet, and add one token to each answer under way."""
        self._admit()
        answering = [sequence for sequence in self._active if not sequence.unread]
        updates = self._read_prompts()
        if answering:
            answering.sort(key=lambda sequence: sequence.slot)
            updates += self._advance(answering, [sequence.answer[-1:] for sequence in answering])
        return updates

    def _admit(self) -> None:
        while self._free and self._waiting:
            sequence = self._waiting.popleft()
            sequence.slot = min(self._free)  # neighbouring slots are read without copying
            self._free.remove(sequence.slot)
            self._backend.reset(sequence.slot)
            self._active.append(sequence)

    def _read_prompts(self) -> list[Update]:
        """Read pieces of the oldest unread prompts; the chunk bounds the padded batch, so that a step stays short."""
        reading: list[_Sequence] = []
        longest = 0
        for sequence in (sequence for sequence in self._active if sequence.unread):
            piece = max(longest, min(sequence.unread, self._prefill_chunk))
            if piece * (len(reading) + 1) > self._prefill_chunk:
                break
            reading.append(sequence)
            longest = piece
        if not reading:
            return []
        pieces = [sequence.prompt[sequence.n_read : sequence.n_read + longest] for sequence in reading]
        for sequence, tokens in zip(reading, pieces, strict=True):
            sequence.n_read += len(tokens)
        return self._advance(reading, pieces)

    def _advance(self, sequences: Sequence[_Sequence], pieces: Sequence[Sequence[int]]) -> list[Update]:
        """Feed each sequence its piece; those whose prompt is read get their next token."""
        n_new = [len(piece) for piece in pieces]
        longest = max(n_new)
        tokens = torch.tensor([[*piece, *[0] * (longest - len(piece))] for piece in pieces])
        logits = self._backend.last_logits(tokens, [sequence.slot for sequence in sequences], n_new)
        ready = [index for index, sequence in enumerate(sequences) if not sequence.unread]
        if not ready:
            return []
        if len(ready) < len(sequences):
            logits, sequences = logits[ready], [sequences[index] for index in ready]
        chosen = choose(logits[:, : self._vocab_size], [sequence.sampler for sequence in sequences])
        return [self._append(sequence, token) for sequence, token in zip(sequences, chosen, strict=True)]

    def _append(self, sequence: _Sequence, token: int) -> Update:
        if token in (EOS, END) and not sequence.params.ignore_eos:
            return self._finish(sequence, "", [], "stop")
        sequence.answer.append(token)
        sequence.sampler.note(token)
        text = sequence.stream.push([token])
        if sequence.stream.stopped:
            return self._finish(sequence, text, [token], "stop")
        if len(sequence.answer) == sequence.params.max_new_tokens:
            return self._finish(sequence, text, [token], "length")
        return Update(sequence.request_id, text, [token], None)

    def _finish(self, sequence: _Sequence, text: str, token_ids: list[int], reason: FinishReason) -> Update:
        self._release(sequence)
        return Update(sequence.request_id, text + sequence.stream.finish(), token_ids, reason)

    def _release(self, sequence: _Sequence) -> None:
        self._active.remove(sequence)
        self._free.append(sequence.slot)

    def _check(self, request_id: str, prompt: Sequence[int], params: SamplingParams) -> None:
        total = len(prompt) + params.max_new_tokens
        if total > self._length:
            raise RequestError(
                f"a prompt of {len(prompt)} tokens and max_new_tokens={params.max_new_tokens} make {total}, "
                f"more than the context of {self._length}",
                f"shorten the prompt or ask for at most {max(0, self._length - len(prompt))} new tokens",
            )
        if wrong := [token for token in prompt if not 0 <= token < self._vocab_size]:
            raise RequestError(
                f"prompt token {wrong[0]} is not in 0..{self._vocab_size - 1}", "use this model's tokenizer"
            )
        if any(request_id == other.request_id for other in [*self._active, *self._waiting]):
            raise RequestError(f"request id '{request_id}' is in use", "give every request its own id")
