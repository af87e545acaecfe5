"""What became of all cases with one model, as a row of a table."""

from __future__ import annotations

from dataclasses import dataclass, field

from benchmarks.llm.cases import Overheard, Verdict
from framework.artifacts.base import RULE
from framework.engines.llm.spending import Spent

HEAD = (
    "| model | work | cases | right | asked | answered | falsely passed | wrong guesses | falsely blocked "
    "| calls | tokens | USD | seconds |\n"
    "|" + "---|" * 13
)


@dataclass
class Row:
    """The counts of one model at one kind of work."""

    model: str
    work: str
    cases: int = 0
    asked: int = 0  # questions put to the model
    answered: int = 0  # questions whose answer by the model stands
    right: int = 0
    wanted: int = 0
    calls: int = 0
    tokens: int = 0
    usd: float | None = 0.0
    seconds: float = 0.0
    passed: list[str] = field(default_factory=list)
    guessed: list[str] = field(default_factory=list)
    blocked: list[str] = field(default_factory=list)

    def add(self, name: str, verdict: Verdict, engine: Overheard, spent: Spent, seconds: float) -> None:
        """One more run of a case."""
        self.asked += sum(one.by != RULE or bool(one.why) for one in engine.decided)
        self.answered += sum(one.by != RULE for one in engine.decided)
        self.right += verdict.right
        self.wanted += verdict.wanted
        self.calls += spent.calls
        self.tokens += spent.tokens
        self.usd = None if self.usd is None or spent.unpriced else self.usd + spent.usd
        self.seconds += seconds
        self.passed += [f"{self.model}, {name}: {what}" for what in verdict.passed]
        self.guessed += [f"{self.model}, {name}: {what}" for what in verdict.guessed]
        self.blocked += [f"{self.model}, {name}: {what}" for what in verdict.blocked]

    def __str__(self) -> str:
        usd = "unknown" if self.usd is None else f"{self.usd:.4f}"
        right = f"{self.right}/{self.wanted}" if self.wanted else "-"
        counts = [self.cases, right, self.asked, self.answered, *map(len, (self.passed, self.guessed, self.blocked))]
        cells = [self.model, self.work, *counts, self.calls, self.tokens, usd, f"{self.seconds:.1f}"]
        return f"| {' | '.join(map(str, cells))} |"
