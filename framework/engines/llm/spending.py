"""What was spent, line by line on disk before a reply is even read, and what may still be spent."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import Field, ValidationError

from framework.artifacts.base import Strict
from framework.artifacts.files import append_line, read_text
from framework.artifacts.ledger import now
from framework.engines.llm.settings import LlmSettings, Price
from framework.errors import BudgetSpent, UsageError
from framework.resources import parse_yaml

_DATED = re.compile(r"-\d{4}-\d{2}-\d{2}$")
_MILLION = 1_000_000


class Line(Strict):
    """One call, whatever came of it."""

    at: str
    kind: str
    model: str
    prompt_tokens: int = Field(ge=0)
    completion_tokens: int = Field(ge=0)
    estimated: bool = Field(description="whether the tokens are our estimate: the endpoint told none")
    usd: float | None = Field(description="nothing where no price is known")
    seconds: float = Field(ge=0)
    outcome: str

    @property
    def tokens(self) -> int:
        """Both ways together."""
        return self.prompt_tokens + self.completion_tokens


class PriceList(Strict):
    """The prices of one endpoint, with where and when they were read."""

    host: str
    read: str
    sources: list[str] = Field(min_length=1)
    models: dict[str, Price]


class _PriceLists(Strict):
    lists: list[PriceList]


@cache
def price_lists() -> list[PriceList]:
    """The prices that come with foundry."""
    text = (Path(__file__).parent / "prices.yaml").read_text(encoding="utf-8")
    return _PriceLists.model_validate({"lists": parse_yaml(text)}).lists


def price_of(settings: LlmSettings, model: str) -> Price | None:
    """What a model costs at the endpoint: as the user says, else as the tables say; unknown elsewhere, also at home."""
    names = (model, _DATED.sub("", model))
    known = [settings.prices] + [each.models for each in price_lists() if each.host == settings.host]
    return next((table[name] for table in known for name in names if name in table), None)


def cost(price: Price | None, prompt: int, completion: int) -> float | None:
    """USD, or nothing where the price is not known."""
    if price is None:
        return None
    return round((prompt * price.input + completion * price.output) / _MILLION, 8)


@dataclass(frozen=True)
class Spent:
    """What all calls together have cost."""

    calls: int = 0
    tokens: int = 0
    minutes: float = 0.0
    usd: float = 0.0
    unpriced: frozenset[str] = frozenset()  # models of calls whose price was not known


class Journal:
    """The calls of a project, appended to and never rewritten."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, line: Line) -> None:
        """Make the line last."""
        append_line(self._path, line.model_dump_json())

    def lines(self) -> list[Line]:
        """Every call so far; what a crash has torn is no line."""
        texts = read_text(self._path).splitlines() if self._path.is_file() else []
        return [line for text in texts if (line := _parsed(text)) is not None]

    def spent(self) -> Spent:
        """What was spent so far, as the disk says."""
        lines = self.lines()
        return Spent(
            calls=len(lines),
            tokens=sum(line.tokens for line in lines),
            minutes=sum(line.seconds for line in lines) / 60,
            usd=sum(line.usd or 0.0 for line in lines),
            unpriced=frozenset(line.model for line in lines if line.usd is None and line.tokens),
        )


def _parsed(text: str) -> Line | None:
    try:
        return Line.model_validate_json(text)
    except ValidationError:
        return None


def line(
    kind: str, model: str, outcome: str, seconds: float, tokens: tuple[int, int, bool], price: Price | None
) -> Line:
    """A journal's line; the tokens of prompt and completion come with whether they are an estimate."""
    prompt, completion, estimated = tokens
    return Line(
        at=now(),
        kind=kind,
        model=model,
        prompt_tokens=prompt,
        completion_tokens=completion,
        estimated=estimated,
        usd=cost(price, prompt, completion),
        seconds=round(seconds, 3),
        outcome=outcome,
    )


def check_budget(settings: LlmSettings, journal: Journal, model: str, prompt_tokens: int) -> None:
    """Refuse a call that could go beyond what the user allows: its prompt with the longest answer must still fit."""
    if settings.budget_usd is None and settings.budget_tokens is None and settings.budget_minutes is None:
        return
    spent = journal.spent()
    tokens = prompt_tokens + settings.max_reply_tokens
    if settings.budget_tokens is not None and spent.tokens + tokens > settings.budget_tokens:
        raise _spent("--budget-tokens", f"{settings.budget_tokens} tokens", f"{spent.tokens}", f"{tokens}")
    if settings.budget_minutes is not None and spent.minutes >= settings.budget_minutes:
        raise _spent("--budget-minutes", f"{settings.budget_minutes:g} minutes", f"{spent.minutes:.1f}", "more time")
    if settings.budget_usd is not None:
        _check_money(settings, spent, model, prompt_tokens, settings.budget_usd)


def _check_money(settings: LlmSettings, spent: Spent, model: str, prompt_tokens: int, budget: float) -> None:
    unknown = model if price_of(settings, model) is None else next(iter(sorted(spent.unpriced)), "")
    if unknown:
        raise UsageError(
            f"--budget-usd cannot be kept: what {unknown} costs at {settings.host} is not known.",
            hint=f'Use --budget-tokens, or name the price in foundry.toml: [llm.prices."{unknown}"] with '
            "input = USD and output = USD for a million tokens.",
        )
    most = cost(price_of(settings, model), prompt_tokens, settings.max_reply_tokens) or 0.0
    if spent.usd + most > budget:
        raise _spent("--budget-usd", f"{budget:g} USD", f"{spent.usd:.4f}", f"{most:.4f}")


def _spent(option: str, budget: str, spent: str, next_one: str) -> BudgetSpent:
    return BudgetSpent(
        f"the budget of {budget} allows no further question: {spent} is spent, the next one could take {next_one}.",
        hint=f"Resume with a larger {option}, with a smaller `--set llm.max_reply_tokens=`, or with --engine expert. "
        "What was answered costs nothing again.",
    )
