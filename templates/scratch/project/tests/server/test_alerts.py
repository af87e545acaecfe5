"""The alerts that are shipped: Prometheus can read them, and they watch what the server really tells."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from scratch_llm.inference.server.metrics import Metrics

from tests.server.running import Running

ALERTS = Path(__file__).parents[2] / "monitoring" / "alerts.yaml"
FUNCTIONS = {"absent", "and", "by", "histogram_quantile", "le", "on", "rate", "sum"}
LABELS = {"instance", "job"}  # Prometheus adds them to whatever it reads


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


@pytest.fixture(scope="module")
def told() -> dict[str, set[str]]:
    """Every sample that the server gives, with the names of its labels."""
    metrics = Metrics()
    metrics.describe("a model", "eager")
    metrics.expect("/generate", [200])
    families = text_string_to_metric_families(metrics.render().decode())
    samples = [sample for family in families for sample in family.samples]
    return {sample.name: set(sample.labels) for sample in samples}


@pytest.mark.fast
def test_each_rule_is_whole_and_has_a_name_of_its_own() -> None:
    names = [rule["alert"] for rule in rules()]
    assert len(set(names)) == len(names) >= 5
    for rule in rules():
        assert rule.keys() == {"alert", "expr", "for", "labels", "annotations"}
        assert re.fullmatch(r"\d+[sm]", rule["for"])
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert rule["annotations"]["summary"].endswith(".")
        assert all(rule["expr"].count(one) == rule["expr"].count(other) for one, other in ("()", "[]", "{}"))


@pytest.mark.fast
@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_a_rule_asks_for_what_the_server_tells(rule: dict[str, Any], told: dict[str, set[str]]) -> None:
    bare = re.sub(r'"[^"]*"|\[\w+\]|\b[\d.]+(?:e\+?\d+)?', "", rule["expr"])
    chosen = set(re.findall(r"(\w+)=", bare))
    words = set(re.findall(r"[A-Za-z_]\w*", bare)) - chosen - FUNCTIONS - LABELS
    assert words, "a rule without a measure"
    assert words <= told.keys()
    assert chosen <= set().union(*(told[word] for word in words))


def test_routes_that_are_watched_are_those_that_generate(running: Running) -> None:
    paths = running.http.get("/openapi.json").json()["paths"]
    generating = {path for path, methods in paths.items() if "post" in methods}
    patterns = {pattern for rule in rules() for pattern in re.findall(r'route=~"([^"]+)"', rule["expr"])}
    for pattern in patterns:
        assert {path for path in paths if re.fullmatch(pattern, path)} >= generating
        assert not re.fullmatch(pattern, "/health")
        assert all(running.metric("llm_request_seconds_count", route=path) >= 0 for path in generating)
