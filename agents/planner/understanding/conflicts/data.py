"""How much the user's own data comes to, and what cannot be learnt from so little."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from agents.planner.understanding.conflicts.facts import Facts
from agents.planner.understanding.conflicts.options import option, percent_bound, size
from agents.planner.understanding.model import Conflict
from agents.planner.understanding.quantities import find_quantities
from framework.knowledge.datasets import find_dataset
from framework.messages import Lang, say

_BOOK = re.compile(r"book|novel|thes[ie]s|小说|本书|书|专著|教材")
_LONG = re.compile(
    r"document|report|contract|paper|manual|patent|ruling|filing|policy|policies|pdf|文档|报告|合同|论文|手册|专利|判决|律师函"
)
_MOST_TOKENS = {"book": 300_000, "long": 30_000, "short": 2_000}  # of one text, at the very most
_FEWEST_TOKENS = 20  # of one text, at the very least: a short message
_TOKENS_PER_GB = 2.5e8
_TOKENS_PER_HOUR = 10_000  # of speech, written down
_STARVED = 0.1  # tokens per parameter: a two-hundredth of what a model trained from nothing should read
_SMALLEST = 1e8  # parameters: tiny models are trained on tiny data for fun
_FEW_ROWS, _HIGH = 100, 95.0  # so few examples prove no such figure, let alone teach it
_ENOUGH_ROWS, _LIKELY = 1000, 85


@dataclass(frozen=True)
class Amount:
    """The least and the most tokens that the description can mean; rows where texts are counted."""

    least: float
    most: float
    rows: float | None = None
    in_tokens: bool = False


def amount_of(description: str) -> Amount | None:
    """ "300B tokens of legal text", "5 GB of logs", "200 support tickets"; None where no amount is said."""
    if find_dataset(description) or (description.isascii() and " " not in description):
        return None  # a public dataset; the figure of WikiText-103 counts something else
    numbers, quantities = find_quantities(description.lower())
    for quantity in quantities:
        if quantity.dimension == "tokens" and quantity.value >= 1e5:
            return Amount(quantity.value, quantity.value, in_tokens=True)
        if quantity.dimension == "memory":
            return Amount(quantity.value * _TOKENS_PER_GB / 2, quantity.value * _TOKENS_PER_GB * 2)
        if quantity.dimension == "time":
            hours = quantity.value / 3600
            return Amount(hours * _TOKENS_PER_HOUR / 3, hours * _TOKENS_PER_HOUR * 3)
    rows = next((number.value for number in numbers if number.value and number.value >= 3), None)
    if rows is None:
        return None
    kind = "book" if _BOOK.search(description) else "long" if _LONG.search(description.lower()) else "short"
    return Amount(rows * _FEWEST_TOKENS, rows * _MOST_TOKENS[kind], rows)


def amount_in(facts: Facts) -> Amount | None:
    """All that is said of the data; None as soon as one part has no amount."""
    found = [amount_of(text) for text in facts.texts("dataset")]
    known = [amount for amount in found if amount]
    if not known or len(known) < len(found):
        return None
    rows = [amount.rows for amount in known if amount.rows]
    return Amount(
        sum(amount.least for amount in known),
        sum(amount.most for amount in known),
        sum(rows) if len(rows) == len(known) else None,
        all(amount.in_tokens for amount in known),
    )


def data_conflicts(facts: Facts, lang: Lang) -> Iterator[Conflict]:
    """Too little to train from nothing on, and too little for the figure that is wished."""
    amount = amount_in(facts)
    if amount:
        yield from _starved(facts, amount, lang)
        yield from _too_few(facts, amount, lang)


def _starved(facts: Facts, amount: Amount, lang: Lang) -> Iterator[Conflict]:
    params = facts.params
    if not facts.from_scratch or params is None or params < _SMALLEST or amount.most >= _STARVED * params:
        return
    base = "Qwen2.5-1.5B" if params < 5e9 else "Qwen2.5-7B"
    possible = max(1e6, amount.most)
    sets = {"task": "lora_finetune", "method": "qlora", "base_model": base, "params": None}
    options = [  # the first one is the default: it keeps the wish and the data
        option(lang, "option_smaller_data", {"params": int(possible)}, size=size(possible)),
        option(lang, "option_existing", {**sets}, model=base),
        option(lang, "option_public_data", {"dataset": None}, tokens=size(20 * params)),
    ]
    fields = {"size": size(params), "need": size(20 * params), "have": size(amount.most)}
    yield Conflict(slots=["dataset", "params"], why=say(lang, "contradiction.starved", **fields), options=options)


def _too_few(facts: Facts, amount: Amount, lang: Lang) -> Iterator[Conflict]:
    for text in facts.texts("success_metric"):
        bound = percent_bound(text)
        if bound is None or amount.rows is None or amount.rows >= _FEW_ROWS or bound[1] < _HIGH:
            continue
        metric, wished = bound
        options = [
            option(lang, "option_more_data", {"dataset": f"{_ENOUGH_ROWS} examples"}, rows=_ENOUGH_ROWS),
            option(lang, "option_metric", {"success_metric": f"{metric} >= {_LIKELY}%"}, metric=metric, points=_LIKELY),
        ]
        fields = {"rows": f"{amount.rows:g}", "metric": metric, "wished": f"{wished:g}"}
        why = say(lang, "contradiction.too_few", **fields)
        yield Conflict(slots=["dataset", "success_metric"], why=why, options=options)
