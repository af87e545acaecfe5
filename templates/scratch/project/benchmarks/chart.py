"""The results as one picture."""

from pathlib import Path

from benchmarks.measure import Result


def draw(results: list[Result], path: Path) -> None:
    """One panel per comparison, one bar per contender, every round as a dot."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, panels = pyplot.subplots(len(results), 1, figsize=(8, 2.4 * len(results)), squeeze=False)
    for result, panel in zip(results, panels[:, 0], strict=True):
        names = list(result.best)[::-1]
        panel.barh(
            names,
            [result.best[name] for name in names],
            color=["#bbb" if "ours" not in n else "#4477aa" for n in names],
        )
        for name in names:
            rounds = result.rounds.get(name, [])
            panel.plot(rounds, [name] * len(rounds), "k.", markersize=3)
        panel.set_title(f"{result.name}: {result.unit}", loc="left", fontsize=10)
    figure.tight_layout()
    figure.savefig(path, dpi=120)
    pyplot.close(figure)
