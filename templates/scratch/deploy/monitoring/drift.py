"""The live figures beside the requirements: what scripts/spec_drift.py does.

The requirements are the rows of spec.json. What has drifted is written to reports/spec_drift.md and stays there until
it is kept again.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from live_metrics import between, fetch, read
from webhook import answering, place

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SPEC = HERE / "spec.json"
REPORT = ROOT / "reports" / "spec_drift.md"
REQUIREMENTS = ROOT / "reports" / "requirements.md"
NOTES = "\n## Notes\n"
KEPT, DRIFTED, NOTHING, SILENT = 0, 1, 3, 4
_LARGEST_ANSWER = 1 << 20
_ROUNDING = 1e-9
_UNREAD = (OSError, HTTPException, ValueError, RecursionError)

Spec = dict[str, Any]
Measure = Callable[[], dict[str, float | None]]


@dataclass(frozen=True)
class Row:
    """One requirement beside the live figure."""

    slot: str
    wanted: str
    stated: bool
    state: str  # kept, drifted, no_data
    measured: float | None  # a share, seconds, or answers a second
    since: str  # when the drift was seen first; empty where there is none


def main() -> int:
    """The exit code."""
    arguments = _arguments()
    spec: Spec = json.loads(arguments.spec.read_text(encoding="utf-8"))
    measure: Measure
    if arguments.prometheus:
        measure = lambda: _of_prometheus(arguments.prometheus, spec)  # noqa: E731
    else:
        measure = lambda: _of_metrics(arguments.metrics, arguments.window, spec)  # noqa: E731
    source = arguments.prometheus or arguments.metrics

    def look() -> list[Row]:
        rows = _rows(spec, measure(), _earlier(arguments.report), _now())
        _record(arguments.report, spec, source, rows)
        return rows

    if arguments.listen:
        _serve(arguments.listen, look)
    try:
        rows = look()
    except _UNREAD as error:
        print(f"{source} cannot be read: {error}. Is it running, and is that its address?", file=sys.stderr)
        return SILENT
    print(markdown(spec, rows))
    return verdict(rows)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Hold the running service against its requirements.")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--prometheus", type=_address, help="address of a Prometheus that scrapes the service")
    source.add_argument("--metrics", type=_address, help="the service's own /metrics, read twice")
    parser.add_argument("--window", type=float, default=60, help="seconds between the two readings of --metrics")
    parser.add_argument("--listen", type=place, help="HOST:PORT to wait on for Alertmanager's calls")
    parser.add_argument("--spec", type=Path, default=SPEC)
    parser.add_argument("--report", type=Path, default=REPORT, help="where drifts are written down")
    return parser.parse_args()


def _address(text: str) -> str:
    if urlsplit(text).scheme not in ("http", "https"):
        raise argparse.ArgumentTypeError(f"{text!r} must begin with http:// or https://")
    return text.rstrip("/")


def _of_prometheus(address: str, spec: Spec) -> dict[str, float | None]:
    return {row["slot"]: _asked(address, row["query"]) for row in spec["rows"]}


def _asked(address: str, query: str) -> float | None:
    with fetch(f"{address}/api/v1/query?{urlencode({'query': query})}", timeout=10) as answer:
        said = json.loads(answer.read(_LARGEST_ANSWER))
    try:
        found = said["data"]["result"]
        return float(found[0]["value"][1]) if found else None
    except (KeyError, IndexError, TypeError) as error:
        raise ValueError("that is no answer of a Prometheus") from error


def _of_metrics(address: str, window: float, spec: Spec) -> dict[str, float | None]:
    before = read(address)
    time.sleep(window)
    figures = between(before, read(address))
    errors = figures.error_share
    found = {
        "availability": None if errors is None else 1 - errors,
        "throughput": figures.answers / figures.seconds if figures.waiting else None,
    }
    return {
        row["slot"]: figures.latency(row["quantile"]) if row["kind"] == "latency" else found[row["kind"]]
        for row in spec["rows"]
    }


def _rows(spec: Spec, measured: dict[str, float | None], earlier: dict[str, Row], now: str) -> list[Row]:
    found = {row["slot"]: _possible(row["kind"], measured[row["slot"]]) for row in spec["rows"]}
    return [_row(row, found[row["slot"]], earlier.get(row["slot"]), now) for row in spec["rows"]]


def _possible(kind: str, value: float | None) -> float | None:
    """What cannot be is not known: a share lies between 0 and 1, and no time or rate is negative or without end."""
    most = 1 + _ROUNDING if kind == "availability" else math.inf
    return value if value is not None and -_ROUNDING <= value <= most and math.isfinite(value) else None


def _row(wanted: dict[str, Any], value: float | None, before: Row | None, now: str) -> Row:
    """Without a figure a drift that is known stays one: silence is no proof that it is over."""
    if value is None:
        state = "drifted" if before and before.state == "drifted" else "no_data"
    else:
        broken = value > wanted["threshold"] if wanted["kind"] == "latency" else value < wanted["threshold"]
        state = "drifted" if broken else "kept"
    since = "" if state != "drifted" else before.since if before and before.since else now
    return Row(wanted["slot"], wanted["wanted"], wanted["stated"], state, value, since)


def verdict(rows: list[Row]) -> int:
    """The exit code."""
    states = {row.state for row in rows}
    return DRIFTED if "drifted" in states else KEPT if "kept" in states else NOTHING


def markdown(spec: Spec, rows: list[Row]) -> str:
    """The same for people."""
    lines = [f"# Spec drift: {spec['project']}", "", "| requirement | wanted | measured | state | since |"]
    lines += ["| --- | --- | --- | --- | --- |"]
    for row in rows:
        origin = "" if row.stated else " (default)"
        lines.append(f"| {row.slot} | {row.wanted}{origin} | {_shown(row)} | {row.state} | {row.since or '-'} |")
    if changed(spec):
        lines += ["", "reports/requirements.md has changed since these rows were made: run `foundry resume`."]
    return "\n".join(lines)


def _shown(row: Row) -> str:
    if row.measured is None:
        return "-"
    if row.slot == "sla.availability":
        return f"{100 * row.measured:.4g} %"
    return f"{1000 * row.measured:.4g} ms" if row.slot == "sla.latency_ms" else f"{row.measured:.4g} req/s"


def changed(spec: Spec) -> bool:
    """Whether the requirements are other ones than those that the rows were made from."""
    if not REQUIREMENTS.is_file():
        return False
    front = REQUIREMENTS.read_text(encoding="utf-8").split("\n---\n")[0]
    return bool(hashlib.sha256(front.encode()).hexdigest() != spec["requirements_sha256"])


def _earlier(report: Path) -> dict[str, Row]:
    """What the last look has written down."""
    if not report.is_file():
        return {}
    front = report.read_text(encoding="utf-8").split("\n---\n")[0]
    found = [Row(**json.loads(line[4:])) for line in front.splitlines() if line.startswith("  - {")]
    return {row.slot: row for row in found}


def _record(report: Path, spec: Spec, source: str, rows: list[Row]) -> None:
    """Write the report, once there has been a drift; what a person noted in it stays."""
    if not report.is_file() and verdict(rows) != DRIFTED:
        return
    notes = report.read_text(encoding="utf-8").partition(NOTES)[2] if report.is_file() else ""
    head = {"schema_version": 1, "project": spec["project"], "checked_at": _now(), "source": source}
    front = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in head.items()]
    front += ["rows:", *(f"  - {json.dumps(asdict(row), ensure_ascii=False)}" for row in rows)]
    text = "\n".join(["---", *front, "---", "", markdown(spec, rows)]) + f"\n{NOTES}{notes}"
    report.parent.mkdir(parents=True, exist_ok=True)
    temporary = report.with_name(f".{report.name}.tmp")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(report)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _serve(address: tuple[str, int], look: Callable[[], list[Row]]) -> None:
    """Look whenever Alertmanager calls: what it says is not believed, only taken as a reason to look."""
    one_at_a_time = threading.Lock()  # each look writes the report

    def answer() -> tuple[int, object]:
        try:
            with one_at_a_time:
                return 200, {"rows": [asdict(row) for row in look()]}
        except _UNREAD as error:
            return 503, {"error": str(error)}  # Alertmanager tries again

    with answering(address, answer) as server:
        print(f"listening on {server.server_name}:{server.server_port}", file=sys.stderr, flush=True)
        server.serve_forever()


if __name__ == "__main__":
    sys.exit(main())
