"""What a report says about several runs."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from scratch_llm.evaluation.report.chart import line_chart
from scratch_llm.evaluation.report.page import Chart, Heading, Part, Quote, Table
from scratch_llm.evaluation.report.runs import Run

_CURVES: Final = {
    "loss": "training loss",
    "val_loss": "validation loss",
    "lr": "learning rate",
    "grad_norm": "gradient norm",
    "reward_margin": "reward margin",
    "tokens_per_second": "tokens per second",
}


def compare(runs: Sequence[Run], title: str = "Comparison of runs") -> list[Part]:
    """Put the parts of a report together; parts without any content are left out."""
    return [
        Heading(title, 1),
        *_section("Results", [_results(runs)]),
        *_section("Scores", _scores(runs)),
        *_section("What differs in the configs", _differences(runs)),
        *_section("Curves", _curves(runs)),
        *_section("Samples", _samples(runs)),
    ]


def _section(title: str, parts: Sequence[Part]) -> list[Part]:
    return [Heading(title), *parts] if parts else []


def _results(runs: Sequence[Run]) -> Table:
    head = ("run", "task", "steps", "tokens", "last loss", "last validation loss", "best", "tokens/s")
    return Table(head, [_result(run) for run in runs])


def _result(run: Run) -> tuple[str, ...]:
    steps = max((line["step"] for line in run.metrics), default=0)
    figures = (
        (run.last("tokens"), "{:,.0f}"),
        (run.last("loss"), "{:.4f}"),
        (run.last("val_loss"), "{:.4f}"),
        (run.best("val_loss"), "{:.4f}"),
        (run.last("tokens_per_second"), "{:,.0f}"),
    )
    shown = ("-" if value is None else form.format(value) for value, form in figures)
    return (run.name, str(run.config.get("task", "-")), str(steps), *shown)


def _scores(runs: Sequence[Run]) -> list[Part]:
    """One row per task and metric, one column per run."""
    found = {(run.name, *_score_name(score)): score for run in runs for score in run.scores}
    names = list(dict.fromkeys((task, metric) for _, task, metric in found))
    rows = [(*name, *(_score(found.get((run.name, *name))) for run in runs)) for name in names]
    return [Table(("task", "metric", *(run.name for run in runs)), rows)] if rows else []


def _score_name(score: Mapping[str, Any]) -> tuple[str, str]:
    return score["task"], score["metric"]


def _score(score: Mapping[str, Any] | None) -> str:
    return "-" if score is None else f"{score['value']:.4g} [{score['low']:.4g}, {score['high']:.4g}]"


def _differences(runs: Sequence[Run]) -> list[Part]:
    """Every key whose value is not the same in all runs."""
    keys = list(dict.fromkeys(key for run in runs for key in run.config))
    rows = [(key, *(str(run.config.get(key, "-")) for run in runs)) for key in keys]
    differing = [row for row in rows if len(set(row[1:])) > 1]
    return [Table(("key", *(run.name for run in runs)), differing)] if differing else []


def _curves(runs: Sequence[Run]) -> list[Part]:
    charts: list[Part] = []
    for metric, title in _CURVES.items():
        curves = {run.name: curve for run in runs if len(curve := run.finite_curve(metric)) > 1}
        if curves:
            charts.append(Chart(title, line_chart(title, curves)))
    return charts


def _samples(runs: Sequence[Run]) -> list[Part]:
    """What each run wrote at its last validation."""
    parts: list[Part] = []
    for run in runs:
        last = max((sample["step"] for sample in run.samples), default=0)
        for sample in run.samples:
            if sample["step"] == last:
                parts += [Heading(f"{run.name}, step {last}: {sample['prompt']}", 3), Quote(sample["text"])]
    return parts
