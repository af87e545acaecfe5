"""Every rule is tested by promtool, and the tests can fail: a rule that is broken is told by its name."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from agents.tester.objectives import Held
from tests.unit.monitor.material import equipment, held, laid

HELD = {
    "defaults": held(latency_s=10),
    "stated": held(availability=0.995, latency_s=0.25, requests_per_s=3.5, quantile=0.99),
    "nothing may fail": held(availability=1.0, latency_s=0.005),
    "much may fail": held(availability=0.05, latency_s=400, requests_per_s=0.01),
}
Rule = dict[str, Any]


def promtool(folder: Path, *files: Path) -> subprocess.CompletedProcess[str]:
    command = ["promtool", "test", "rules", *map(str, files or sorted((folder / "tests").glob("*.yml")))]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


def rules(folder: Path) -> Iterator[Rule]:
    for file in sorted((folder / "rules").glob("*.yml")):
        for group in yaml.safe_load(file.read_text())["groups"]:
            yield from group["rules"]


def change(folder: Path, how: Callable[[Rule], Rule]) -> None:
    """Every rule replaced by another one."""
    for file in sorted((folder / "rules").glob("*.yml")):
        data = yaml.safe_load(file.read_text())
        for group in data["groups"]:
            group["rules"] = [how(rule) for rule in group["rules"]]
        file.write_text(yaml.safe_dump(data, sort_keys=False))


def never(rule: Rule) -> Rule:
    return rule | {"expr": f"({rule['expr']}) and on () vector(0) == 1"} if "alert" in rule else rule


def always(rule: Rule) -> Rule:
    if "alert" not in rule:
        return rule
    return rule | {"expr": 'label_replace(vector(1), "slot", "x", "", "")', "for": "0s"}


def late(rule: Rule) -> Rule:
    return rule | {"for": "2d"} if "alert" in rule else rule


def wrong(rule: Rule) -> Rule:
    return rule if "alert" in rule else rule | {"expr": f"({rule['expr']}) * 1.5 + 0.5"}


@pytest.mark.slow
@pytest.mark.parametrize(("which", "device"), [*((which, "cpu") for which in HELD), ("stated", "gpu")])
def test_all_rules_do_what_their_tests_say(
    which: str, device: str, tmp_path: Path, programs: Callable[..., None]
) -> None:
    programs("promtool")
    folder = laid(equipment(HELD[which], device).texts, tmp_path)
    done = promtool(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    config = subprocess.run(
        ["promtool", "check", "config", str(folder / "prometheus.yml")], capture_output=True, text=True
    )
    assert config.returncode == 0, config.stdout + config.stderr


@pytest.mark.slow
@pytest.mark.parametrize("how", [never, always, late])
def test_an_alert_that_is_broken_is_told(
    how: Callable[[Rule], Rule], tmp_path: Path, programs: Callable[..., None]
) -> None:
    programs("promtool")
    folder = laid(equipment(HELD["stated"]).texts, tmp_path)
    change(folder, how)
    done = promtool(folder)
    told = set(re.findall(r"alertname: (\w+), time", done.stdout + done.stderr))
    assert told == {rule["alert"] for rule in rules(folder) if "alert" in rule}


@pytest.mark.slow
def test_a_measure_that_is_wrong_is_told(tmp_path: Path, programs: Callable[..., None]) -> None:
    programs("promtool")
    folder = laid(equipment(HELD["stated"]).texts, tmp_path)
    names = {rule["record"] for rule in rules(folder) if "record" in rule}
    change(folder, wrong)
    done = promtool(folder, folder / "tests/minutes.yml")
    assert set(re.findall(r"abs\(([\w:]+)", done.stdout + done.stderr)) == names


@pytest.mark.parametrize("which", HELD)
@pytest.mark.parametrize("device", ["cpu", "gpu"])
def test_every_alert_is_tried_on_both_sides_of_its_threshold(which: str, device: str, tmp_path: Path) -> None:
    folder = laid(equipment(HELD[which], device).texts, tmp_path)
    tests = [test for file in (folder / "tests").glob("*.yml") for test in yaml.safe_load(file.read_text())["tests"]]
    checks = [check for test in tests for check in test.get("alert_rule_test", [])]
    fires = {check["alertname"] for check in checks if check.get("exp_alerts")}
    silent = {check["alertname"] for check in checks if not check.get("exp_alerts")}
    alerts = {rule["alert"] for rule in rules(folder) if "alert" in rule}
    assert fires == silent == alerts == set(equipment(HELD[which], device).alerts)


@pytest.mark.parametrize("availability", [1.0, 0.9999, 0.99, 0.9, 0.5, 0.05, 1e-9])
def test_an_error_budget_can_always_be_burnt(availability: float) -> None:
    """However little is asked for: an alert that could never come would be none."""
    of: Held = held(availability=availability)
    assert 0 < of.budget <= of.burn_slow <= of.burn_fast <= 1
