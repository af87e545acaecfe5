"""What one asks of a model, and what one gets."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

FinishReason = Literal["stop", "length"]


class SamplingParams(BaseModel):
    """How the next token is chosen. Temperature 0, or a top_p of 0, is greedy."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_new_tokens: int = Field(128, ge=1, description="longest answer in tokens")
    temperature: float = Field(1.0, ge=0, le=10, description="0 is greedy")
    top_k: int = Field(0, ge=0, lt=2**31, description="choose among the k most likely tokens; 0: among all")
    top_p: float = Field(1.0, ge=0, le=1, description="choose among the likeliest tokens of this total probability")
    repetition_penalty: float = Field(
        1.0, ge=0.01, le=10, description="above 1: tokens already there become less likely"
    )
    stop: tuple[Annotated[str, Field(min_length=1)], ...] = Field(
        (), max_length=8, description="texts that end the answer; they are not part of it"
    )
    seed: int | None = Field(None, ge=0, lt=2**63, description="same seed, same answer, whatever else is in the batch")
    ignore_eos: bool = Field(False, description="go on after the end token (for measurements)")


class Completion(BaseModel):
    """One finished answer."""

    model_config = ConfigDict(frozen=True)

    text: str
    token_ids: list[int]
    finish_reason: FinishReason
    n_prompt_tokens: int
