"""tech.md for people: the recommendation first, then everything that it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from framework.artifacts.markdown import bullets, table, text
from framework.artifacts.requirements_body import slot_name
from framework.artifacts.tech_detail import details
from framework.artifacts.tech_figures import gb, hours, money, params
from framework.messages import Lang, say

if TYPE_CHECKING:
    from framework.artifacts.tech import Advice, Candidate, DataChoice, Tech, Unmet


def render(tech: Tech) -> str:
    """The whole report."""
    lang = tech.language
    parts = [
        f"# {text(tech.project.title)}",
        *_summary(tech),
        _section(lang, "why", bullets(text(reason.text) for reason in tech.reasons)),
        _section(lang, "advice", bullets(_advice(advice, lang) for advice in tech.advice)),
        _section(lang, "candidates", _comparison(tech)),
        _section(lang, "unmet", "\n\n".join(_unmet(unmet, lang) for unmet in tech.unmet)),
        _section(lang, "details", "\n\n".join(details(candidate, lang) for candidate in tech.candidates)),
        _section(lang, "data", _data(tech)),
        _section(lang, "methods", _methods(tech)),
        _section(lang, "elsewhere", _elsewhere(tech)),
        _section(lang, "refused", _refused(tech)),
        _section(lang, "assumptions", bullets(text(line) for line in tech.assumptions)),
    ]
    return "\n\n".join(part for part in parts if part)


def headline(tech: Tech) -> str:
    """The recommendation in one line, as plain text."""
    best = tech.choice
    if best is None:
        return ""
    figures = best.figures
    parts = [
        _say(tech.language, "headline", name=best.name, method=_say(tech.language, f"method_{best.method}")),
        hours(tech.language, figures.wall_hours) if figures.wall_hours else "",
        money(figures.cost_usd) if figures.cost_usd else "",
        tech.machines[0].name if tech.machines else "",
    ]
    return ", ".join(part for part in parts if part)


def unmet_wishes(unmet: Sequence[Unmet], lang: Lang) -> list[str]:
    """Each wish that is not fulfilled, with the reason, as plain text."""
    return [_say(lang, "unmet_wish", slot=slot_name(one.slot, lang), wish=one.wish, why=one.why) for one in unmet]


def _section(lang: Lang, key: str, content: str) -> str:
    return f"## {_say(lang, f'section_{key}')}\n\n{content}" if content else ""


def _say(lang: Lang, key: str, **fields: object) -> str:
    return say(lang, f"technology.{key}", **fields)


def _summary(tech: Tech) -> Iterable[str]:
    lang, best = tech.language, tech.choice
    if best is None or not tech.machines:
        return
    yield _say(
        lang,
        f"intro_{tech.feasibility}",
        name=text(best.name),
        objective=_say(lang, f"objective_{best.objective}"),
        method=_say(lang, f"method_{best.method}"),
        params=params(best.params),
        machine=text(tech.machines[0].name),
    )
    kind = "_serving" if best.method == "as_is" else ""
    data = best.data
    learned = _say(
        lang, f"data_line{kind}", full=", ".join(map(_described, data.trained_on)), mini=_described(data.mini)
    )
    yield f"{_costs(best, lang)} {learned}"


def _costs(best: Candidate, lang: Lang) -> str:
    figures = best.figures
    level = _say(lang, f"level_{best.quality}")
    if best.method == "as_is" and figures.infer_vram_gb is not None:
        return _say(lang, "cost_line_serving", infer=gb(figures.infer_vram_gb), level=level)
    if figures.train_vram_gb is None:
        return _say(lang, "cost_line_unknown", why=text(figures.unknown_because))
    return _say(
        lang,
        "cost_line",
        hours=hours(lang, figures.wall_hours),
        cost=text(money(figures.cost_usd)),
        train=gb(figures.train_vram_gb),
        infer=gb(figures.infer_vram_gb),
        level=level,
    )


def _described(choice: DataChoice) -> str:
    rows = f" ({choice.rows:,})" if choice.rows else ""
    return f"{text(choice.name)}{rows}"


def _advice(advice: Advice, lang: Lang) -> str:
    return _say(lang, "advice_line", severity=_say(lang, f"severity_{advice.severity}"), text=text(advice.text))


def _comparison(tech: Tech) -> str:
    lang = tech.language
    names = ("rank", "candidate", "method", "params", "train", "infer", "hours", "cost", "quality", "verdict")
    rows = [
        [
            str(candidate.rank),
            text(candidate.name),
            _say(lang, f"method_{candidate.method}"),
            params(candidate.params),
            gb(candidate.figures.train_vram_gb),
            gb(candidate.figures.infer_vram_gb),
            hours(lang, candidate.figures.wall_hours),
            text(money(candidate.figures.cost_usd)),
            _say(lang, f"level_{candidate.quality}"),
            _verdict(candidate, tech),
        ]
        for candidate in tech.candidates
    ]
    return table([_say(lang, f"column_{name}") for name in names], rows)


def _verdict(candidate: Candidate, tech: Tech) -> str:
    lang = tech.language
    if candidate.name == tech.recommended:
        return _say(lang, "verdict_recommended")
    stop = next((conflict for conflict in candidate.conflicts if conflict.severity == "stop"), None)
    return _say(lang, "verdict_impossible", why=text(stop.text)) if stop else _say(lang, "verdict_possible")


def _unmet(unmet: Unmet, lang: Lang) -> str:
    head = _say(lang, "unmet_line", slot=slot_name(unmet.slot, lang), wish=text(unmet.wish), why=text(unmet.why))
    return f"{head}\n\n{_say(lang, 'column_nearest')}:\n\n{bullets(text(line) for line in unmet.nearest)}"


def _data(tech: Tech) -> str:
    """Every dataset once, with what each is used for."""
    lang = tech.language
    rows: dict[tuple[str, ...], list[str]] = {}
    for candidate in tech.candidates:
        uses = [("mini", candidate.data.mini), ("full", candidate.data.full)]
        uses += [(choice.role, choice) for choice in candidate.data.extra]
        for use, choice in uses:
            row = _data_row(choice, use, lang)
            rows.setdefault(tuple(row[:4]), row)
    names = ("data", "use", "rows", "tokens", "license", "good", "bad")
    return table([_say(lang, f"column_{name}") for name in names], rows.values())


def _data_row(choice: DataChoice, use: str, lang: Lang) -> list[str]:
    place = choice.repo or choice.source
    split = ", ".join(part for part in (choice.config or "", choice.split) if part)
    return [
        f"{text(choice.name)}" + (f" ({text(place)})" if place else ""),
        f"{_say(lang, f'use_{use}')}: {text(split)}",
        f"{choice.rows:,}" if choice.rows is not None else _say(lang, "unknown"),
        params(choice.tokens) if choice.tokens else _say(lang, "unknown"),
        f"{text(choice.license)} ({_say(lang, f'permission_{choice.commercial}')})",
        text(choice.strengths),
        text(choice.weaknesses),
    ]


def _methods(tech: Tech) -> str:
    lang = tech.language
    rows = [[text(row.method), text(row.strengths), text(row.weaknesses), text(row.here)] for row in tech.methods]
    return table([_say(lang, f"column_{name}") for name in ("way", "good", "bad", "here")], rows) if rows else ""


def _elsewhere(tech: Tech) -> str:
    lang = tech.language
    rows = [
        [
            text(candidate.name),
            text(other.machine),
            gb(other.figures.train_vram_gb),
            hours(lang, other.figures.wall_hours),
            text(money(other.figures.cost_usd)),
            _say(lang, "verdict_possible") if other.figures.fits else "-",
        ]
        for candidate in tech.candidates
        for other in candidate.elsewhere
    ]
    names = ("candidate", "machine", "train", "hours", "cost", "verdict")
    return table([_say(lang, f"column_{name}") for name in names], rows) if rows else ""


def _refused(tech: Tech) -> str:
    lang = tech.language
    rows = [[text(one.name), gb(one.train_vram_gb), text(one.why)] for one in tech.refused]
    return table([_say(lang, f"column_{name}") for name in ("candidate", "train", "why")], rows) if rows else ""
