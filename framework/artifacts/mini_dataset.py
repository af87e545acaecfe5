"""mini_dataset.md: the small dataset that the project proves itself on; what it is made of and what it holds."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, StringConstraints

from framework.artifacts.base import Proof, Strict
from framework.artifacts.receipts import VOLATILE_OF_RECEIPT, CommandReceipt
from framework.artifacts.report import AskingReport
from framework.artifacts.venv_spec import MiniRules

Part = Literal["train", "validation", "test"]
Origin = Literal["own", "hub", "synthetic"]
# The facts are made of people's data: whatever they hold is bounded before it is believed.
Short = Annotated[str, StringConstraints(max_length=300)]
Long = Annotated[str, StringConstraints(max_length=2000)]
Override = Annotated[str, StringConstraints(pattern=r"^[a-z_]+(\.[a-z_]+)*=[^\x00-\x1f]*$", max_length=300)]

FOLDER = "data/mini"
FACTS = f"{FOLDER}/facts.json"


class PartFacts(Strict):
    """One part of the dataset, which is one file."""

    file: str = Field(pattern=r"^(train|validation|test)\.jsonl$")
    rows: int = Field(ge=0)
    tokens: int = Field(ge=0)
    characters: int = Field(ge=0)
    bytes: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class Bin(Strict):
    """A column of the histogram; both ends belong to it."""

    first: int
    last: int
    rows: int


class Spread(Strict):
    """How long the rows are, in tokens."""

    min: int
    median: int
    mean: float
    p90: int
    max: int
    histogram: list[Bin] = Field(max_length=100)


class Reading(Strict):
    """What became of the rows of the source."""

    rows: int
    broken: int
    exact_duplicates: int
    near_duplicates: int


class BrokenRow(Strict):
    """A row that could not be read."""

    place: Short
    why: Short


class SourceFile(Strict):
    """A file of the user's own data."""

    name: Short
    encoding: Short
    rows: int
    broken: int


class ColumnOption(Strict):
    """A way to read the columns, with the beginning of the first record that it gives."""

    columns: Long
    sample: Short


class ColumnFacts(Strict):
    """How the columns were read, and whether that is beyond doubt."""

    chosen: Long
    clear: bool
    options: list[ColumnOption] = Field(max_length=10)
    found: list[Long] = Field(max_length=100)


class PersonalData(Strict):
    """Personal data of one kind: how often, and examples that show hardly anything."""

    kind: Literal["mail", "phone", "resident_id", "card", "ip"]
    texts: int
    count: int
    examples: list[Short] = Field(max_length=5)


class Sample(Strict):
    """The beginning of a row."""

    split: Part
    text: Long


class Notice(Strict):
    """Something that a person should know of it."""

    # fmt: off
    about: Literal[
        "hub", "no_downloads", "own_missing", "unreadable", "beginning", "pieces", "long", "few", "one_class", "rare"
    ]
    # fmt: on
    fields: dict[str, Any] = Field(default_factory=dict, max_length=5)


class TokenizerFacts(Strict):
    """What the tokens were counted with."""

    kind: Short
    vocab_size: int


class MiniFacts(Strict):
    """facts.json, as the project's script has written it. foundry counts again what can be counted."""

    format: Literal[1]
    config: str = Field(pattern=r"^configs/[a-z0-9_]+/[a-z0-9_]+\.yaml$")
    overrides: list[Override] = Field(max_length=50)
    task: Short
    kind: Origin
    source: Short
    licence: Short
    digest: str = Field(pattern=r"^[0-9a-f]{64}$")
    files: list[SourceFile] = Field(max_length=50)
    columns: ColumnFacts
    rules: MiniRules
    read: Reading
    broken: list[BrokenRow] = Field(max_length=50)
    tokenizer: TokenizerFacts
    splits: dict[Part, PartFacts]
    lengths: Spread
    classes: dict[Short, dict[Part, int]] = Field(max_length=500)
    languages: dict[Short, int] = Field(max_length=20)
    personal: list[PersonalData] = Field(max_length=10)
    samples: list[Sample] = Field(max_length=20)
    notices: list[Notice] = Field(max_length=20)


class Overlap(Strict):
    """What foundry found when it compared the parts itself."""

    rows: int = Field(description="rows that were compared")
    exact: int = Field(description="rows of one part that are also in another")
    near: int = Field(description="rows that are nearly the same as one of another part")


class Exploration(Strict):
    """The notebook that shows it, as it was executed."""

    notebook: str = Field(pattern=r"^scripts/[a-z_]+\.ipynb$")
    executed: str = Field(pattern=r"^reports/[a-z_]+\.ipynb$")
    plots: list[Annotated[str, StringConstraints(pattern=r"^reports/plots/[a-z_]+\.png$")]] = Field(max_length=20)
    receipt: CommandReceipt


class Drawn(Strict):
    """What was drawn, and what foundry saw of it with its own eyes."""

    facts: MiniFacts
    data_digest: str = Field(description="of the user's own data, as foundry takes it; else empty")
    overlap: Overlap
    receipt: CommandReceipt = Field(description="of the command that made it")
    exploration: Exploration


class MiniDataset(AskingReport, Proof):
    """The mini dataset; nothing is drawn while it is open in which environment."""

    FILE: ClassVar[str] = "mini_dataset.md"
    VOLATILE: ClassVar[Any] = {
        "drawn": {"receipt": VOLATILE_OF_RECEIPT, "exploration": {"receipt": VOLATILE_OF_RECEIPT}},
    }

    wanted: str = Field(description="the source that venv.md names")
    drawn: Drawn | None = None

    @property
    def config(self) -> str:
        """The config that it is for; empty while nothing is drawn."""
        return self.drawn.facts.config if self.drawn else ""

    @property
    def overrides(self) -> list[str]:
        """The words that make `scripts/train.py --config <config>` train on it."""
        return self.drawn.facts.overrides if self.drawn else []

    def body(self) -> str:
        from framework.artifacts.mini_dataset_body import render

        return render(self)

    def headline(self) -> str:
        from framework.artifacts.mini_dataset_body import headline

        return headline(self)
