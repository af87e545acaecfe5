"""The Grafana dashboard as data: every panel, its queries, and the limit that it is held to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from agents.tester.objectives import Held
from framework.messages import Lang, say

_SOURCE = {"type": "prometheus", "uid": "prometheus"}
_WIDTH, _HEIGHT, _COLUMNS = 8, 7, 3
_LIMIT = "limit"
_OF_SERVERS = "and on (job, instance) llm_build_info"
_ROUTES = 'route=~"/generate|/v1/(chat/)?completions"'


@dataclass(frozen=True)
class Query:
    """A line of a panel."""

    label: str
    expr: str


@dataclass(frozen=True)
class Panel:
    """One picture."""

    key: str
    unit: str
    queries: tuple[Query, ...]
    kind: str = "timeseries"


def dashboard(title: str, name: str, held: Held, lang: Lang) -> dict[str, object]:
    """What Grafana is provisioned with."""
    return {
        "uid": f"llm-{name.replace('_', '-')}"[:40],
        "title": title,
        "tags": ["llm"],
        "timezone": "browser",
        "schemaVersion": 38,
        "version": 1,
        "refresh": "15s",
        "time": {"from": "now-1h", "to": "now"},
        "annotations": {"list": [_alerts(lang)]},
        "panels": [_as_panel(panel, number, lang) for number, panel in enumerate(panels(held))],
    }


def panels(held: Held) -> Iterator[Panel]:
    """What is shown, in the order in which somebody who was woken up looks at it."""
    yield from _FIRST
    yield _latency(held)
    yield _throughput(held)
    yield from _THEN


_FIRST = (
    Panel("up", "none", (Query("up", "count(llm_build_info)"),), "stat"),
    Panel("firing", "none", (Query("alerts", 'count(ALERTS{alertstate="firing"}) or vector(0)'),), "stat"),
    Panel("kept", "none", (Query("{{slot}}", "1 - max by (slot) (llm:requirement:broken)"),), "stat"),
    Panel(
        "availability",
        "percentunit",
        (
            Query("answered", "1 - llm:errors:ratio_rate5m"),
            Query(_LIMIT, "llm:objective:availability_ratio"),
        ),
    ),
    Panel(
        "burn",
        "percentunit",
        (
            *(Query(span, f"llm:errors:ratio_rate{span}") for span in ("5m", "30m", "1h", "6h")),
            Query("fast", "llm:objective:burn_fast_ratio"),
            Query("slow", "llm:objective:burn_slow_ratio"),
        ),
    ),
    Panel("statuses", "reqps", (Query("{{status}}", f"sum by (status) (rate(llm_requests_total{{{_ROUTES}}}[5m]))"),)),
)
_THEN = (
    Panel(
        "tokens_in_time",
        "s",
        (
            Query("first token, p95", "llm:first_token_seconds:p95_5m"),
            Query("each further token, p95", "llm:token_seconds:p95_5m"),
        ),
    ),
    Panel(
        "tokens",
        "none",
        (Query("written", "llm:generated_tokens:rate5m"), Query("read", "llm:prompt_tokens:rate5m")),
    ),
    Panel(
        "queue",
        "none",
        (
            Query("waiting", "sum(llm_queue_depth)"),
            Query("in work", "sum(llm_active_requests)"),
            Query(_LIMIT, "llm:objective:queue_places / 2"),
        ),
    ),
    Panel("memory", "bytes", (Query("held", "llm:memory_bytes"), Query(_LIMIT, "llm:objective:memory_bytes"))),
    Panel("cpu", "none", (Query("cores", f"rate(process_cpu_seconds_total[5m]) {_OF_SERVERS}"),)),
    Panel("outcomes", "reqps", (Query("{{outcome}}", "sum by (outcome) (rate(llm_finished_total[5m]))"),)),
    Panel("answers", "none", (Query("1h", "llm:answer_tokens:mean1h"), Query("1d", "llm:answer_tokens:mean1d"))),
)


def _latency(held: Held) -> Panel:
    name = f"p{100 * held.quantile:g}"
    return Panel(
        "latency",
        "s",
        (
            Query(name, "llm:latency_seconds:quantile5m"),
            Query(f"{name}, 1h", "llm:latency_seconds:quantile1h"),
            Query(_LIMIT, "llm:objective:latency_seconds"),
        ),
    )


def _throughput(held: Held) -> Panel:
    asked = (Query(_LIMIT, "llm:objective:requests_per_second"),) if held.requests_per_s is not None else ()
    return Panel(
        "answered", "reqps", (Query("asked", "llm:requests:rate5m"), Query("answered", "llm:answers:rate5m"), *asked)
    )


def _as_panel(panel: Panel, number: int, lang: Lang) -> dict[str, object]:
    row, column = divmod(number, _COLUMNS)
    return {
        "id": number + 1,
        "type": panel.kind,
        "title": say(lang, f"monitor.panel_{panel.key}"),
        "description": say(lang, f"monitor.about_{panel.key}"),
        "datasource": _SOURCE,
        "gridPos": {"x": column * _WIDTH, "y": row * _HEIGHT, "w": _WIDTH, "h": _HEIGHT},
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "options": {"legend": {"displayMode": "list", "placement": "bottom"}} if panel.kind == "timeseries" else {},
        "targets": [
            {"refId": chr(ord("A") + place), "datasource": _SOURCE, "expr": query.expr, "legendFormat": query.label}
            for place, query in enumerate(panel.queries)
        ],
    }


def _alerts(lang: Lang) -> dict[str, object]:
    return {
        "name": say(lang, "monitor.panel_firing"),
        "datasource": _SOURCE,
        "enable": True,
        "expr": 'ALERTS{alertstate="firing"}',
        "titleFormat": "{{alertname}}",
        "iconColor": "red",
    }
