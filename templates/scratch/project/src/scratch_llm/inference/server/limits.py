"""How many tokens a request may have."""

from dataclasses import dataclass
from typing import Self

from scratch_llm.config.serve import ServeConfig
from scratch_llm.inference.server.refusals import InvalidRequest


@dataclass(frozen=True)
class Limits:
    """The bounds that hold for every request of one server."""

    length: int
    max_prompt_tokens: int
    max_new_tokens: int
    default_new_tokens: int

    @classmethod
    def of(cls, config: ServeConfig, length: int) -> Self:
        """Work out the limits for slots of `length` tokens."""
        return cls(
            length=length,
            max_prompt_tokens=min(config.max_prompt_tokens or length - 1, length - 1),
            max_new_tokens=min(config.max_new_tokens, length - 1),
            default_new_tokens=config.default_new_tokens,
        )

    def check(self, wanted: int | None) -> None:
        """Refuse a wish that no prompt could make fit."""
        if wanted is not None and wanted > self.max_new_tokens:
            message = f"{wanted} new tokens are more than the {self.max_new_tokens} that are allowed"
            raise InvalidRequest(message, f"ask for at most {self.max_new_tokens}", "max_tokens")

    def fit(self, n_prompt: int, wanted: int | None) -> int:
        """Give the number of new tokens, or refuse what does not fit; only the default is ever shortened."""
        if n_prompt > self.max_prompt_tokens:
            message = f"the prompt has {n_prompt} tokens, more than the {self.max_prompt_tokens} that are allowed"
            raise InvalidRequest(message, "shorten it", "prompt")
        self.check(wanted)
        room = min(self.max_new_tokens, self.length - n_prompt)
        if wanted is not None and wanted > room:
            message = f"{wanted} new tokens are more than the {room} that fit after a prompt of {n_prompt}"
            raise InvalidRequest(message, f"ask for at most {room}", "max_tokens")
        return min(self.default_new_tokens, room) if wanted is None else wanted
