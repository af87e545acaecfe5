"""Curves as SVG, drawn by hand: a report then needs no plotting library and no second file."""

import html
import math
from collections.abc import Mapping, Sequence
from typing import Final

from scratch_llm.evaluation.report.runs import Point

_COLORS: Final = (
    "#0072b2",
    "#d55e00",
    "#009e73",
    "#cc79a7",
    "#e69f00",
    "#56b4e9",
)  # told apart by the colour-blind too
_WIDTH, _HEIGHT = 640, 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 16, 34, 40


def line_chart(title: str, curves: Mapping[str, Sequence[Point]], x_label: str = "step") -> str:
    """Draw curves of one metric, whose points are finite."""
    points = [point for curve in curves.values() for point in curve]
    x_ticks, y_ticks = (ticks(min(axis), max(axis)) for axis in zip(*points, strict=True))
    frame = Frame(x_ticks[0], x_ticks[-1], y_ticks[0], y_ticks[-1])
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT + 20 * len(curves)}" '
        f'width="{_WIDTH}" font-family="sans-serif" font-size="12" role="img" aria-label="{html.escape(title)}">',
        f'<text x="{_WIDTH / 2}" y="18" text-anchor="middle" font-size="14">{html.escape(title)}</text>',
        *(_x_tick(frame, x) for x in x_ticks),
        *(_y_tick(frame, y) for y in y_ticks),
        f'<text x="{_WIDTH / 2}" y="{_HEIGHT - 6}" text-anchor="middle">{html.escape(x_label)}</text>',
        *(_curve(frame, number, name, curve) for number, (name, curve) in enumerate(curves.items())),
        "</svg>",
    ]
    return "\n".join(parts)


def ticks(low: float, high: float, n: int = 5) -> list[float]:
    """Round numbers that enclose a range, in steps of 1, 2 or 5 times a power of ten."""
    size = max(abs(low), abs(high))
    span = high - low if high - low > 1e-9 * size + 1e-30 else size + 1e-30
    magnitude = 10.0 ** math.floor(math.log10(span / n))
    step = next(magnitude * factor for factor in (1, 2, 5, 10) if magnitude * factor * n >= span)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [round(i * step, 12) for i in range(first, max(last, first + 1) + 1)]


class Frame:
    """Where values lie in the picture."""

    def __init__(self, x_low: float, x_high: float, y_low: float, y_high: float) -> None:
        self._x_low, self._x_span = x_low, x_high - x_low
        self._y_low, self._y_span = y_low, y_high - y_low

    def x(self, value: float) -> float:
        """Pixels from the left."""
        return round(_LEFT + (value - self._x_low) / self._x_span * (_WIDTH - _LEFT - _RIGHT), 1)

    def y(self, value: float) -> float:
        """Pixels from the top."""
        return round(_HEIGHT - _BOTTOM - (value - self._y_low) / self._y_span * (_HEIGHT - _TOP - _BOTTOM), 1)


def _x_tick(frame: Frame, value: float) -> str:
    return f'<text x="{frame.x(value)}" y="{_HEIGHT - _BOTTOM + 16}" text-anchor="middle">{value:g}</text>'


def _y_tick(frame: Frame, value: float) -> str:
    y = frame.y(value)
    return (
        f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y}" y2="{y}" stroke="#ddd"/>'
        f'<text x="{_LEFT - 6}" y="{y + 4}" text-anchor="end">{value:g}</text>'
    )


def _curve(frame: Frame, number: int, name: str, curve: Sequence[Point]) -> str:
    color = _COLORS[number % len(_COLORS)]
    dash = ' stroke-dasharray="6 3"' if number >= len(_COLORS) else ""
    line = " ".join(f"{frame.x(x)},{frame.y(y)}" for x, y in curve)
    y = _HEIGHT + 20 * number + 10
    return (
        f'<polyline points="{line}" fill="none" stroke="{color}" stroke-width="1.8"{dash}/>'
        f'<line x1="{_LEFT}" x2="{_LEFT + 24}" y1="{y - 4}" y2="{y - 4}" stroke="{color}" stroke-width="3"{dash}/>'
        f'<text x="{_LEFT + 32}" y="{y}">{html.escape(name)}</text>'
    )
