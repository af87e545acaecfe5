"""The files that watch a service: rules with its thresholds, their tests, the dashboard, and what drift is held to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import yaml

from agents.planner.family import FAMILY
from agents.tester.dashboard import dashboard
from agents.tester.objectives import Held
from agents.tester.rule_tests import THROUGHPUT, rule_tests
from framework import resources
from framework.artifacts.base import Strict
from framework.artifacts.deployment import FOLDER
from framework.artifacts.running import Objective
from framework.messages import Lang
from framework.rendering.deploy import DeployTemplates

MONITORING = "deploy/monitoring"
_FROM = "templates/scratch/deploy"
_AS_IT_IS = (
    *(
        "alertmanager.yml",
        "rules/recording.yml",
        "rules/alerts.yml",
        "check.py",
        "drift.py",
        "webhook.py",
        "live_metrics.py",
    ),
    *("drill/prometheus.yml", "drill/rules.yml", "drill/alertmanager.yml"),
    *("grafana/provisioning/datasources/prometheus.yml", "grafana/provisioning/dashboards/dashboards.yml"),
)
COMPOSE = "docker-compose.monitoring.yml"
_SCRIPT = "spec_drift.py"
_MEMORY = {
    "cpu": "max by (job, instance) (process_resident_memory_bytes and on (job, instance) llm_build_info)",
    "gpu": "max by (job, instance) (llm_device_memory_bytes)",
}
_OBJECTIVES = """\
# What is demanded, as constants that rules, dashboard and drift check read. From reports/requirements.md; where that
# says nothing, it is the service's default: spec.json tells which. `llm:requirement:broken` is 1 where the last hour
# has not kept a requirement; without requests nothing is kept or broken.
"""
_TESTS = """\
# Tests of every rule with this project's thresholds: each alert a little beyond its own, and a little before it.
# promtool test rules deploy/monitoring/tests/*.yml
"""


class Watchers(Strict):
    """What Prometheus' own file and the compose file are filled with."""

    compose_project: str
    image: str
    owner: str
    scrape_seconds: int
    prometheus: str
    alertmanager: str
    grafana: str


@dataclass(frozen=True)
class Equipment:
    """What the files are made from."""

    title: str
    name: str
    lang: Lang
    device: str
    held: Held
    objectives: list[Objective]
    requirements_sha256: str
    watchers: Watchers

    @property
    def texts(self) -> dict[str, str]:
        """Every file by its path in the project."""
        names = [*_AS_IT_IS, *([f"rules/{THROUGHPUT}"] if self.held.requests_per_s is not None else [])]
        files = {name: resources.read_text(f"{_FROM}/monitoring/{name}") for name in names} | self._made()
        texts = {f"{MONITORING}/{name}": text for name, text in files.items()}
        texts[f"scripts/{_SCRIPT}"] = resources.read_text(f"{_FROM}/{_SCRIPT}")
        texts[f"{FOLDER}/{COMPOSE}"] = self._templates.fill(COMPOSE, self.watchers)
        return texts

    @property
    def alerts(self) -> list[str]:
        """The names of the alerts that watch it."""
        without = set() if self.held.requests_per_s is not None else {"ThroughputLow"}
        return sorted(alerts().keys() - without)

    @property
    def _templates(self) -> DeployTemplates:
        return DeployTemplates(FAMILY, "scratch_llm", "monitoring")

    def _made(self) -> dict[str, str]:
        tests = rule_tests(self.held, self.objectives, alerts())
        return {
            "prometheus.yml": self._templates.fill("prometheus.yml", self.watchers),
            "README.md": self._templates.fill(f"README.{self.lang}.md", self.watchers),
            "rules/objectives.yml": _OBJECTIVES + _yaml(self._rules()),
            "grafana/dashboards/serving.json": _json(dashboard(self.title, self.name, self.held, self.lang)),
            "spec.json": _json(self._spec()),
            **{f"tests/{name}": _TESTS + _yaml(test) for name, test in tests.items()},
        }

    def _rules(self) -> dict[str, object]:
        constants = [{"record": name, "expr": f"vector({value!r})"} for name, value in self.held.constants.items()]
        broken = [
            {"record": "llm:requirement:broken", "labels": {"slot": one.slot}, "expr": one.broken}
            for one in self.objectives
        ]
        memory = {"record": "llm:memory_bytes", "expr": _MEMORY[self.device]}
        groups = {"llm-objectives": constants, "llm-held": [memory], "llm-requirements": broken}
        return {"groups": [{"name": name, "rules": rules} for name, rules in groups.items()]}

    def _spec(self) -> dict[str, object]:
        rows = [one.model_dump(exclude={"broken"}) for one in self.objectives]
        return {"project": self.name, "requirements_sha256": self.requirements_sha256, "rows": rows}


def alerts() -> dict[str, Mapping[str, object]]:
    """The alert rules by name."""
    found: dict[str, Mapping[str, object]] = {}
    for file in ("alerts.yml", THROUGHPUT):
        data = resources.parse_yaml(resources.read_text(f"{_FROM}/monitoring/rules/{file}"))
        found |= {rule["alert"]: rule for group in data["groups"] for rule in group["rules"]}  # type: ignore[index]
    return found


def _json(data: object) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def _yaml(data: object) -> str:
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=10_000)
