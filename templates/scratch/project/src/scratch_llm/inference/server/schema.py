"""Requests and answers of `/generate`, and what all requests share."""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from scratch_llm.inference.request import SamplingParams

StopText = Annotated[str, Field(min_length=1, max_length=256)]


def _whole(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


# In JSON 8.0 is the same number as 8, and some clients write it so.
One = Annotated[int, Field(ge=1, le=1), BeforeValidator(_whole)]
Zero = Annotated[int, Field(ge=0, le=0), BeforeValidator(_whole)]
Count = Annotated[int, Field(ge=1), BeforeValidator(_whole)]
TopK = Annotated[int, Field(ge=0, lt=2**31), BeforeValidator(_whole)]
Seed = Annotated[int, Field(ge=0, lt=2**53), BeforeValidator(_whole)]  # the integers that every JSON reader keeps exact


class Body(BaseModel):
    """A JSON body: unknown fields and values of another type are refused, never guessed."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Usage(BaseModel):
    """Tokens that were read and written."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class SamplingBody(Body):
    """A request for text: the fields named as in `SamplingParams` reach the sampler, here and in what inherits."""

    top_k: TopK = Field(0, description="choose among the k most likely tokens; 0: among all")
    repetition_penalty: float = Field(1.0, ge=0.01, le=10, description="above 1: fewer repetitions")
    seed: Seed | None = Field(None, description="same seed, same answer")

    @property
    def sampling(self) -> SamplingParams:
        """The same wishes without their length."""
        wishes = self.model_dump(include=set(SamplingParams.model_fields) - {"max_new_tokens"}, exclude_none=True)
        if isinstance(wishes.get("stop"), str):  # OpenAI's clients send a single text without a list
            wishes["stop"] = (wishes["stop"],)
        return SamplingParams(**wishes)


class GenerateRequest(SamplingBody):
    """Continue a text; the fields are those of `SamplingParams`."""

    prompt: str = Field(description="text to continue")
    max_new_tokens: Count | None = Field(None, description="longest answer in tokens")
    temperature: float = Field(1.0, ge=0, le=10, description="0 is greedy")
    top_p: float = Field(1.0, ge=0, le=1, description="choose among the likeliest tokens of this total probability")
    stop: list[StopText] = Field([], max_length=8, description="texts that end the answer; they are not part of it")
    ignore_eos: bool = Field(False, description="go on after the end token (for measurements)")
    stream: bool = Field(False, description="send pieces as server-sent events")


class GenerateAnswer(BaseModel):
    """A complete answer."""

    id: str
    text: str
    finish_reason: Literal["stop", "length"]
    usage: Usage


class GeneratePiece(BaseModel):
    """One event of a stream; the last one has a finish_reason and the usage."""

    id: str
    text: str
    finish_reason: Literal["stop", "length"] | None
    usage: Usage | None = None
