"""The dashboard by Grafana's rules, and by ours: no query about a measure that nobody has."""

from __future__ import annotations

import json
import re
from itertools import combinations
from typing import Any

import pytest
import yaml

from agents.tester.dashboard import dashboard
from framework import resources
from tests.unit.monitor.material import equipment, held

_MEASURE = re.compile(r"\b(?:llm|process)[a-z_:0-9]+")
_BY_SCRAPING = {"process_resident_memory_bytes", "process_cpu_seconds_total"}
_METRICS = "templates/scratch/project/src/scratch_llm/inference/server/metrics.py"


def board(requests_per_s: float | None = None) -> dict[str, Any]:
    texts = equipment(held(requests_per_s=requests_per_s)).texts
    found: dict[str, Any] = json.loads(texts["deploy/monitoring/grafana/dashboards/serving.json"])
    return found


def served() -> set[str]:
    """What the server says, as Prometheus names it."""
    source = resources.read_text(_METRICS)
    names = set()
    for kind, name in re.findall(r"(Counter|Histogram|Gauge|Info)\(\s*\"(\w+)\"", source):
        names |= {"Counter": {f"{name}_total"}, "Histogram": {f"{name}_bucket"}, "Info": {f"{name}_info"}}.get(
            kind, {name}
        )
    return names


def test_its_parts_are_where_grafana_wants_them() -> None:
    made = board()
    sources = yaml.safe_load(
        equipment(held()).texts["deploy/monitoring/grafana/provisioning/datasources/prometheus.yml"]
    )["datasources"]
    assert [source["uid"] for source in sources] == ["prometheus"]
    assert len({panel["id"] for panel in made["panels"]}) == len(made["panels"])
    for panel in made["panels"]:
        assert panel["title"] and panel["description"] and panel["targets"]
        assert {target["datasource"]["uid"] for target in panel["targets"]} == {"prometheus"}
        assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"])


def test_no_panel_lies_over_another() -> None:
    places = [panel["gridPos"] for panel in board(2.0)["panels"]]
    assert all(place["x"] + place["w"] <= 24 for place in places)
    for a, b in combinations(places, 2):
        apart_x = a["x"] + a["w"] <= b["x"] or b["x"] + b["w"] <= a["x"]
        assert apart_x or a["y"] + a["h"] <= b["y"] or b["y"] + b["h"] <= a["y"]


@pytest.mark.parametrize("rate", [None, 2.0])
def test_every_measure_is_served_or_recorded(rate: float | None) -> None:
    texts = equipment(held(requests_per_s=rate)).texts
    rules = [
        rule
        for name, text in texts.items()
        if name.startswith("deploy/monitoring/rules/")
        for group in yaml.safe_load(text)["groups"]
        for rule in group["rules"]
    ]
    known = served() | _BY_SCRAPING | {rule["record"] for rule in rules if "record" in rule}
    asked = [target["expr"] for panel in board(rate)["panels"] for target in panel["targets"]]
    drills = resources.read_text("templates/scratch/deploy/monitoring/drill/rules.yml")
    asked += [rule["expr"] for rule in rules] + [drills.partition("expr:")[2].partition("\n")[0]]
    used = {name for text in asked for name in _MEASURE.findall(text)}
    assert used - known == set()


def test_a_throughput_that_nobody_asked_for_is_no_limit() -> None:
    assert "requests_per_second" not in json.dumps(board())
    assert "requests_per_second" in json.dumps(board(2.0))


def test_it_speaks_the_projects_language() -> None:
    assert dashboard("童话", "tales", held(), "zh") != dashboard("童话", "tales", held(), "en")
