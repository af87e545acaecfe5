"""This project's models for lm-evaluation-harness (extra `eval`), which knows hundreds of published tasks.

from lm_eval import simple_evaluate

simple_evaluate(model=lm_eval_model(load_pretrained("outputs/...")), tasks=["lambada_openai"], limit=100)
"""

import importlib
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from scratch_llm.checkpoint import Pretrained
from scratch_llm.evaluation.likelihood import Request, continuation, score
from scratch_llm.inference import SamplingParams, generate
from scratch_llm.tokenizers import BOS
from scratch_llm.utils.errors import MissingError, install_command

_MOST_STOPS = 8  # of one request for generation; the answer is cut at the others afterwards
_DEFAULT_NEW_TOKENS = 256


class Instance(Protocol):
    """A request of lm-evaluation-harness, as far as it is read here."""

    @property
    def args(self) -> tuple[Any, ...]:
        """What is asked; its parts depend on the kind of the request."""
        ...


class LMEvalRequests:
    """Answers the three kinds of requests.

    Prompts are plain text: no chat template is applied, and the harness refuses `apply_chat_template` by itself.
    """

    def __init__(self, pretrained: Pretrained, batch_size: int = 16) -> None:
        super().__init__()
        self._model, self._tokenizer = pretrained.model, pretrained.tokenizer
        self._batch_size = batch_size

    def loglikelihood(self, requests: Sequence[Instance], disable_tqdm: bool = False) -> list[tuple[float, bool]]:
        """For (context, continuation): its log-likelihood, and whether greedy decoding would give it."""
        asked = [continuation(self._tokenizer, *request.args) for request in requests]
        scored = score(self._model, asked, batch_size=self._batch_size)
        return [(likelihood.logprob, likelihood.is_greedy) for likelihood in scored]

    def loglikelihood_rolling(self, requests: Sequence[Instance], disable_tqdm: bool = False) -> list[float]:
        """For (text,): its log-likelihood from the first token on, in the harness's own windows without overlap."""
        asked = [Request([BOS, *self._tokenizer.encode(request.args[0])], 1) for request in requests]
        scored = score(self._model, asked, overlap=0, batch_size=self._batch_size)
        return [likelihood.logprob for likelihood in scored]

    def generate_until(self, requests: Sequence[Instance], disable_tqdm: bool = False) -> list[str]:
        """For (context, settings): the answer up to the first of the settings' `until` texts."""
        wishes = [self._params(settings) for _, settings in (request.args for request in requests)]
        prompts = [self._prompt(request.args[0], wish) for request, wish in zip(requests, wishes, strict=True)]
        answers = generate(self._model, self._tokenizer, prompts, wishes)
        return [_cut(answer.text, _until(request.args[1])) for answer, request in zip(answers, requests, strict=True)]

    def _params(self, settings: Mapping[str, Any]) -> SamplingParams:
        wished = int(settings.get("max_gen_toks", _DEFAULT_NEW_TOKENS))
        return SamplingParams(
            max_new_tokens=max(1, min(wished, self._model.config.context_length // 2)),
            temperature=float(settings.get("temperature", 0.0)) if settings.get("do_sample") else 0.0,
            top_p=float(settings.get("top_p", 1.0)),
            stop=tuple(_until(settings)[:_MOST_STOPS]),
            seed=0,
        )

    def _prompt(self, context: str, params: SamplingParams) -> list[int]:
        room = self._model.config.context_length - params.max_new_tokens - 1
        return [BOS, *self._tokenizer.encode(context)[-room:]]


def lm_eval_model(pretrained: Pretrained, batch_size: int = 16) -> Any:
    """Make the `LM` that lm-evaluation-harness takes as `model`."""
    try:
        base = importlib.import_module("lm_eval.api.model").LM
    except ImportError as error:
        raise MissingError("lm-evaluation-harness is not installed", install_command("eval")) from error
    return type("LMEvalModel", (LMEvalRequests, base), {})(pretrained, batch_size)


def _until(settings: Mapping[str, Any]) -> list[str]:
    until = settings.get("until") or []
    return [text for text in ([until] if isinstance(until, str) else until) if text]


def _cut(text: str, until: Sequence[str]) -> str:
    return min((text.partition(stop)[0] for stop in until), key=len, default=text)
