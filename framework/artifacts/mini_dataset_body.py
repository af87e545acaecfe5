"""mini_dataset.md for people: where it is from, what it holds, what was left out, and what it looks like."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from framework.artifacts.markdown import bullets, table, text
from framework.messages import say

if TYPE_CHECKING:
    from framework.artifacts.mini_dataset import Drawn, MiniDataset

_SHOWN = 20


def render(mini: MiniDataset) -> str:
    """The whole report."""
    title = f"# {_say(mini, 'title', title=text(mini.project.title))}"
    return "\n\n".join([title, headline(mini), *(_sections(mini, mini.drawn) if mini.drawn else [])])


def headline(mini: MiniDataset) -> str:
    """Its result in one line."""
    if mini.drawn is None:
        return _say(mini, "headline_open")
    facts = mini.drawn.facts
    rows = sum(part.rows for part in facts.splits.values())
    tokens = sum(part.tokens for part in facts.splits.values())
    return _say(mini, f"headline_{facts.kind}", source=text(facts.source), rows=f"{rows:,}", tokens=f"{tokens:,}")


def _sections(mini: MiniDataset, drawn: Drawn) -> list[str]:
    parts = [
        bullets(_origin(mini, drawn)),
        _section(mini, "parts", _parts(mini, drawn), bullets(_figures(mini, drawn))),
        _section(mini, "classes", _classes(mini, drawn)),
        _section(mini, "left_out", bullets(_left_out(mini, drawn)), _broken(mini, drawn)),
        _section(mini, "personal", _personal(mini, drawn)),
        _section(mini, "notices", bullets(_notices(mini, drawn))),
        _section(mini, "plots", _plots(mini, drawn)),
        _section(mini, "samples", bullets(_samples(mini, drawn))),
        _section(mini, "use", _say(mini, "use"), f"```bash\n{_command(mini)}\n```"),
    ]
    return [part for part in parts if part]


def _say(mini: MiniDataset, key: str, **fields: object) -> str:
    return say(mini.language, f"mini_data.{key}", **fields)


def _section(mini: MiniDataset, key: str, *content: str) -> str:
    filled = "\n\n".join(part for part in content if part)
    return f"## {_say(mini, f'section_{key}')}\n\n{filled}" if filled else ""


def _head(mini: MiniDataset, *keys: str) -> list[str]:
    return [_say(mini, f"head_{key}") for key in keys]


def _origin(mini: MiniDataset, drawn: Drawn) -> Iterator[str]:
    facts, rules = drawn.facts, drawn.facts.rules
    yield _say(mini, "licence", licence=text(facts.licence))
    yield _say(mini, "digest", digest=drawn.data_digest or facts.digest)
    for file in facts.files[:_SHOWN]:
        yield _say(mini, "file", name=text(file.name), encoding=text(file.encoding), rows=f"{file.rows:,}")
    if facts.columns.chosen:
        key = "columns" if facts.columns.clear else "columns_guessed"
        yield _say(mini, key, columns=text(facts.columns.chosen))
    shares = ", ".join(f"{_say(mini, f'part_{name}')} {share:.0%}" for name, share in rules.shares.items())
    limits = {"rows": f"{rules.most_rows:,}", "tokens": f"{rules.tokens:,}", "seed": rules.seed, "shares": shares}
    yield _say(mini, "rules", **limits)
    yield _say(mini, "checked", rows=drawn.overlap.rows, exact=drawn.overlap.exact, near=drawn.overlap.near)


def _parts(mini: MiniDataset, drawn: Drawn) -> str:
    rows = (
        [
            _say(mini, f"part_{name}"),
            f"`data/mini/{part.file}`",
            f"{part.rows:,}",
            f"{part.tokens:,}",
            f"{part.characters:,}",
            f"`{part.sha256[:16]}`",
        ]
        for name, part in drawn.facts.splits.items()
    )
    return table(_head(mini, "part", "file", "rows", "tokens", "characters", "sha256"), rows)


def _figures(mini: MiniDataset, drawn: Drawn) -> Iterator[str]:
    facts, lengths = drawn.facts, drawn.facts.lengths
    yield _say(
        mini, "lengths", least=lengths.min, median=lengths.median, mean=lengths.mean, p90=lengths.p90, most=lengths.max
    )
    yield _say(mini, "tokenizer", kind=text(facts.tokenizer.kind), size=f"{facts.tokenizer.vocab_size:,}")
    spoken = ", ".join(f"{text(name)} {count:,}" for name, count in facts.languages.items())
    yield _say(mini, "languages", languages=spoken)


def _classes(mini: MiniDataset, drawn: Drawn) -> str:
    names = list(drawn.facts.splits)
    heads = [*_head(mini, "class"), *(_say(mini, f"part_{name}") for name in names)]
    shown = list(drawn.facts.classes.items())[:_SHOWN]
    rows = [[text(name), *(f"{counts.get(part, 0):,}" for part in names)] for name, counts in shown]
    return table(heads, rows) if rows else ""


def _left_out(mini: MiniDataset, drawn: Drawn) -> Iterator[str]:
    read = drawn.facts.read
    yield _say(mini, "read", rows=f"{read.rows:,}", broken=f"{read.broken:,}")
    yield _say(mini, "duplicates", exact=f"{read.exact_duplicates:,}", near=f"{read.near_duplicates:,}")


def _broken(mini: MiniDataset, drawn: Drawn) -> str:
    rows = [[text(row.place), text(row.why)] for row in drawn.facts.broken[:_SHOWN]]
    return table(_head(mini, "place", "why"), rows) if rows else ""


def _personal(mini: MiniDataset, drawn: Drawn) -> str:
    if not drawn.facts.personal:
        return _say(mini, "personal_none")
    rows: Iterable[list[str]] = (
        [_say(mini, f"personal_{one.kind}"), f"{one.texts:,}", f"{one.count:,}", text(", ".join(one.examples))]
        for one in drawn.facts.personal
    )
    return f"{_say(mini, 'personal')}\n\n{table(_head(mini, 'kind', 'rows', 'count', 'examples'), rows)}"


def _notices(mini: MiniDataset, drawn: Drawn) -> Iterator[str]:
    for notice in drawn.facts.notices:
        fields = {name: text(value)[:400] for name, value in notice.fields.items()}
        yield _say(mini, f"notice_{notice.about}", **_filled(notice.about, fields))


def _filled(about: str, fields: dict[str, str]) -> dict[str, str]:
    """Every field that the sentence has: what a script leaves out is a dash."""
    return {name: fields.get(name, "-") for name in ("source", "why", "rows", "count", "least")} | fields


def _plots(mini: MiniDataset, drawn: Drawn) -> str:
    told = _say(mini, "plots", notebook=drawn.exploration.notebook, executed=drawn.exploration.executed)
    shown = "\n\n".join(f"![{_plot(mini, file)}]({file.removeprefix('reports/')})" for file in drawn.exploration.plots)
    return f"{told}\n\n{shown}"


def _plot(mini: MiniDataset, file: str) -> str:
    return text(file.rpartition("/")[2].removesuffix(".png").removeprefix("mini_"))


def _samples(mini: MiniDataset, drawn: Drawn) -> Iterator[str]:
    for sample in drawn.facts.samples:
        yield f"{_say(mini, f'part_{sample.split}')}: {text(sample.text)}"


def _command(mini: MiniDataset) -> str:
    return " ".join(["python", "scripts/train.py", "--epochs", "1", "--config", mini.config, *mini.overrides])
