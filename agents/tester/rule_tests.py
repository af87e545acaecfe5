"""Tests of Prometheus' rules with the project's own thresholds: every alert a little beyond it and a little before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from agents.tester.objectives import Held
from framework.artifacts.running import Objective

RULES = ("objectives.yml", "recording.yml", "alerts.yml")
THROUGHPUT = "throughput.yml"
# promtool takes groups in any order, if not told: a measure that comes after its alert is one step too old.
_ORDER = (
    *("llm-objectives", "llm-held", "llm-requests", "llm-errors", "llm-time", "llm-text", "llm-requirements"),
    *("llm-availability", "llm-load", "llm-drift", "llm-throughput"),
)
_LLM = '{job="llm", instance="a"}'
_REQUESTS = 60  # a minute
_BEYOND, _BEFORE = 1.1, 0.9
_STEP = 10  # minutes between two samples, where a day has to pass
_DAY = 24 * 60 // _STEP  # in such steps


@dataclass(frozen=True)
class Expected:
    """An alert, whether it is there, and the labels that tell it from others."""

    alert: str
    at: str
    fires: bool
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """One situation: what the service shows, and which alerts come of it."""

    name: str
    series: Mapping[str, str]
    expected: list[Expected]


Rules = Mapping[str, Mapping[str, object]]


def rule_tests(held: Held, objectives: list[Objective], alerts: Rules) -> dict[str, dict[str, object]]:
    """What `promtool test rules` reads. `alerts` are the rules by name, as they stand in the rule files."""
    cases = [_as_test(case, "1m", alerts) for case in _cases(held, objectives)]
    days = [_as_test(case, f"{_STEP}m", alerts) for case in _answers()]
    return {
        "minutes.yml": _file("1m", [_measures(held, objectives), *cases], held),
        "days.yml": _file(f"{_STEP}m", days, held),
    }


def _file(interval: str, tests: list[dict[str, object]], held: Held) -> dict[str, object]:
    files = [*RULES, *([THROUGHPUT] if held.requests_per_s is not None else [])]
    return {
        "rule_files": [f"../rules/{file}" for file in files],
        "evaluation_interval": interval,
        "group_eval_order": list(_ORDER if THROUGHPUT in files else _ORDER[:-1]),
        "tests": tests,
    }


def _as_test(case: Case, interval: str, alerts: Rules) -> dict[str, object]:
    return {
        "name": case.name,
        "interval": interval,
        "input_series": [{"series": name, "values": values} for name, values in case.series.items()],
        "alert_rule_test": [_as_check(one, alerts[one.alert]) for one in case.expected],
    }


def _as_check(expected: Expected, rule: Mapping[str, object]) -> dict[str, object]:
    check: dict[str, object] = {"alertname": expected.alert, "eval_time": expected.at}
    if expected.fires:
        labels = {**_mapping(rule["labels"]), **expected.labels}
        check["exp_alerts"] = [{"exp_labels": labels, "exp_annotations": _mapping(rule["annotations"])}]
    return check


def _mapping(value: object) -> dict[str, str]:
    return {str(key): str(text) for key, text in value.items()} if isinstance(value, dict) else {}


def _cases(held: Held, objectives: list[Objective]) -> Iterator[Case]:
    yield _gone()
    yield from _errors("AvailabilityLow", "20m", 1 - held.availability, 30)
    yield from _errors("ErrorBudgetBurnsFast", "70m", held.burn_fast, 75)
    yield from _errors("ErrorBudgetBurnsSlowly", "390m", held.burn_slow, 400)
    yield from _latency(held)
    yield from _gauges(held)
    yield from _refused()
    for objective in objectives:
        yield from _drift(objective, held)
    if held.requests_per_s is not None:
        yield from _throughput(held.requests_per_s)


def _gone() -> Case:
    series = {f"llm_build_info{_LLM}": "1x10 _x10 1x10"}
    seen = [("10m", False), ("19m", True), ("25m", False)]
    return Case("the server is gone and comes back", series, [Expected("ServerGone", at, yes) for at, yes in seen])


def _requests(status: str) -> str:
    return f'llm_requests_total{{job="llm", instance="a", route="/generate", status="{status}"}}'


def _failing(share: float, minutes: int) -> dict[str, str]:
    """Requests of which a share fails."""
    bad = _REQUESTS * share
    return {_requests("200"): f"0+{_REQUESTS - bad:g}x{minutes}", _requests("503"): f"0+{bad:.9g}x{minutes}"}


def _errors(alert: str, at: str, share: float, minutes: int) -> Iterator[Case]:
    expected = [Expected(alert, at, True, {"job": "llm"})]
    yield Case(f"{alert}: too many requests fail", _failing(_more(share), minutes), expected)
    yield Case(f"{alert}: a few fail", _failing(_BEFORE * share, minutes), [Expected(alert, at, False)])


def _more(share: float) -> float:
    """A larger share, where there is one; where nothing may fail, very little."""
    return min(1.0, max(_BEYOND * share, 1e-5))


def _bucket(le: str) -> str:
    return f'llm_request_seconds_bucket{{job="llm", instance="a", route="/generate", le="{le}"}}'


def _answering(seconds: float, minutes: int) -> dict[str, str]:
    """All requests take about so long: the histogram has a bucket of its own for them."""
    bounds = (0.99 * seconds, 1.01 * seconds)
    counts = ("0x", f"0+{_REQUESTS}x", f"0+{_REQUESTS}x")
    names = [f"{bounds[0]:.9g}", f"{bounds[1]:.9g}", "+Inf"]
    return {_bucket(name): f"{count}{minutes}" for name, count in zip(names, counts, strict=True)}


def _latency(held: Held) -> Iterator[Case]:
    for seconds, fires in ((_BEYOND * held.latency_s, True), (_BEFORE * held.latency_s, False)):
        expected = [Expected("AnswersSlow", "20m", fires, {"job": "llm"})]
        yield Case(f"answers take {seconds:g} s", _answering(seconds, 30), expected)


def _gauges(held: Held) -> Iterator[Case]:
    places, most = held.queue_places, held.memory_bytes
    labels = {"job": "llm", "instance": "a"}
    for waiting, fires in ((places // 2 + 1, True), (places // 2, False)):
        series = {f"llm_queue_depth{_LLM}": f"{waiting}x20"}
        yield Case(f"{waiting} requests wait", series, [Expected("QueueLong", "15m", fires, labels)])
    for held_bytes, fires in ((_BEYOND * most, True), (_BEFORE * most, False)):
        names = ("llm_device_memory_bytes", "process_resident_memory_bytes")
        series = {f"{name}{_LLM}": f"{held_bytes:.0f}x20" for name in names} | {f"llm_build_info{_LLM}": "1x20"}
        yield Case(f"{held_bytes:.0f} bytes are held", series, [Expected("MemoryHigh", "15m", fires, labels)])


def _refused() -> Iterator[Case]:
    for amount, fires in ((1, True), (0, False)):
        expected = [Expected("RequestsRefused", "20m", fires, {"job": "llm"} if fires else {})]
        yield Case(f"{amount} requests a minute are refused", {_requests("429"): f"0+{amount}x30"}, expected)


def _drift(objective: Objective, held: Held) -> Iterator[Case]:
    for factor, fires in ((_BEYOND, True), (_BEFORE, False)):
        expected = [Expected("SpecDrift", "90m", fires, {"slot": objective.slot})]
        name = f"{objective.slot} is {'broken' if fires else 'kept'} for an hour"
        yield Case(name, _showing(objective, held, factor), expected)


def _showing(objective: Objective, held: Held, factor: float) -> dict[str, str]:
    """The service as it is with so much of what it may be."""
    if objective.kind == "availability":
        may_fail = 1 - held.availability
        return _failing(_more(may_fail) if factor > 1 else factor * may_fail, 95)
    if objective.kind == "latency":
        return _answering(factor * objective.threshold, 95)
    return _serving(objective.threshold / factor, 95)


def _serving(rate: float, minutes: int) -> dict[str, str]:
    """So many answers a second, while others wait."""
    return {_requests("200"): f"0+{60 * rate:.9g}x{minutes}", f"llm_queue_depth{_LLM}": f"5x{minutes}"}


def _throughput(asked: float) -> Iterator[Case]:
    for rate, fires in ((_BEFORE * asked, True), (_BEYOND * asked, False)):
        yield Case(f"{rate:g} answers a second", _serving(rate, 30), [Expected("ThroughputLow", "20m", fires)])


def _answers() -> Iterator[Case]:
    usual, steps = 20, 2 * 60 // _STEP
    for tokens, fires in ((4 * usual, True), (usual, False), (usual // 4, True)):
        before, after = usual * _REQUESTS, tokens * _REQUESTS
        series = {
            f"llm_generated_tokens_total{_LLM}": f"0+{before}x{_DAY - 1} {before * _DAY}+{after}x{steps}",
            'llm_finished_total{job="llm", instance="a", outcome="stop"}': f"0+{_REQUESTS}x{_DAY + steps}",
        }
        expected = [Expected("AnswersDrift", f"{(_DAY + steps - 1) * _STEP}m", fires, {"job": "llm"})]
        yield Case(f"answers have {tokens} tokens after a day of {usual}", series, expected)


def _measures(held: Held, objectives: list[Objective]) -> dict[str, object]:
    """A service of which everything is known: the value of every recorded measure."""
    fails = 0.5 * (1 - held.availability)
    series = _failing(fails, 400) | _answering(0.5 * held.latency_s, 400) | _text_and_memory()
    per_s = _REQUESTS / 60
    values: dict[str, float] = {
        **{f'llm:errors:ratio_rate{span}{{job="llm"}}': fails for span in ("5m", "30m", "1h", "6h")},
        'llm:requests:rate5m{job="llm"}': per_s,
        'llm:answers:rate5m{job="llm"}': per_s * (1 - fails),
        'llm:answers:rate1h{job="llm"}': per_s * (1 - fails),
        'llm:refusals:rate5m{job="llm"}': 0.5,
        'llm:first_token_seconds:p95_5m{job="llm"}': 0.19,
        'llm:token_seconds:p95_5m{job="llm"}': 0.019,
        'llm:generated_tokens:rate5m{job="llm"}': 20,
        'llm:prompt_tokens:rate5m{job="llm"}': 10,
        'llm:answer_tokens:mean1h{job="llm"}': 20,
        'llm:answer_tokens:mean1d{job="llm"}': 20,
        'llm:memory_bytes{instance="a", job="llm"}': 1000,
        **{f'llm:requirement:broken{{job="llm", slot="{one.slot}"}}': 0 for one in objectives},
        **held.constants,
    }
    checks = [_as_sample(name, value) for name, value in values.items()]
    for span in ("5m", "1h"):
        seconds = 0.5 * held.latency_s * (0.99 + 0.02 * held.quantile)
        checks.append(_as_sample(f'llm:latency_seconds:quantile{span}{{job="llm"}}', seconds))
    return {
        "name": "every measure has the value that it should have",
        "interval": "1m",
        "input_series": [{"series": name, "values": text} for name, text in series.items()],
        "promql_expr_test": checks,
    }


def _text_and_memory() -> dict[str, str]:
    of = {
        "llm_time_to_first_token_seconds_bucket": "0.2",
        "llm_time_per_token_seconds_bucket": "0.02",
    }
    times = {
        f'{name}{{job="llm", instance="a", le="{le}"}}': f"0+{_REQUESTS}x400"
        for name, bound in of.items()
        for le in (bound, "+Inf")
    }
    return times | {
        _requests("429").replace("/generate", "/v1/models"): "0+30x400",
        f"llm_generated_tokens_total{_LLM}": "0+1200x400",
        f"llm_prompt_tokens_total{_LLM}": "0+600x400",
        'llm_finished_total{job="llm", instance="a", outcome="stop"}': "0+60x400",
        f"llm_queue_depth{_LLM}": "0x400",
        f"llm_build_info{_LLM}": "1x400",
        f"llm_device_memory_bytes{_LLM}": "1000x400",
        f"process_resident_memory_bytes{_LLM}": "1000x400",
    }


def _as_sample(series: str, value: float) -> dict[str, object]:
    """Within a millionth: interpolation and rates are not exact."""
    labels = series[series.find("{") :] if "{" in series else "{}"
    return {
        "expr": f"abs({series} - {value!r}) <= bool {max(1e-9, 1e-6 * abs(value))!r}",
        "eval_time": "390m",
        "exp_samples": [{"labels": labels, "value": 1}],
    }
