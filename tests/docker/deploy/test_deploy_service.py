"""The stage deploy on a real engine: a service that works is closed, bounded, asked, compared, measured and told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from framework.artifacts.files import read_text, write_text
from framework.runtime.service_mark import running_service
from tests.docker.standin.project import COMPOSE, Make, inspected

pytestmark = pytest.mark.slow


def test_a_service_that_works_is_measured_and_told(make: Make) -> None:
    stage = make()
    stage.want({"sla.latency_ms": 5000, "sla.throughput": {"value": 1, "unit": "req/s"}, "sla.availability": 90})
    deployment = stage.deploy(stage.subject("well"))
    assert stage.judged().findings == []
    assert [one.state for one in deployment.smoke] == ["passed"] * 10
    assert deployment.answers and deployment.answers.equal == deployment.answers.prompts == 12
    assert [level.clients for level in deployment.levels] == [1, 4]
    assert all(level.memory_mb > 1 and level.tokens_per_s > 8 and level.errors == {} for level in deployment.levels)
    assert [row.kept for row in deployment.sla] == [True, True, True]
    assert f"| {deployment.sla[0].measured} |" in read_text(stage.root / "README.md")
    assert read_text(stage.root / "README.md").count("<!-- sla:begin -->") == 1


def test_the_container_is_closed_and_bounded(make: Make) -> None:
    stage = make()
    deployment = stage.deploy(stage.subject("well"))
    [container] = stage.running()
    found = inspected(container)
    host = found["HostConfig"]
    assert host["ReadonlyRootfs"] and host["CapDrop"] == ["ALL"] and not host["Privileged"]
    assert host["SecurityOpt"] == ["no-new-privileges:true"]
    assert (host["Memory"], host["MemorySwap"], host["PidsLimit"]) == (64 << 20, 64 << 20, 256)
    assert host["RestartPolicy"]["Name"] == "unless-stopped"
    assert host["PortBindings"] == {"8000/tcp": [{"HostIp": "127.0.0.1", "HostPort": str(deployment.service.port)}]}
    assert not any("docker.sock" in mount["Source"] for mount in found["Mounts"])
    assert found["Config"]["User"] == "10001:10001"


def test_a_key_is_asked_for_and_shown_to_nobody(make: Make) -> None:
    stage = make()
    write_text(stage.root / "outputs/api.key", "open-sesame\n")
    deployment = stage.deploy(stage.subject("well", run={"key_file": "outputs/api.key"}))
    assert stage.judged().findings == []
    assert {one.name: one.seen for one in deployment.smoke}["key"] == "401 without the key"
    [container] = stage.running()
    told = json.dumps(inspected(container)) + deployment.model_dump_json() + read_text(stage.root / COMPOSE)
    assert "open-sesame" not in told


@pytest.mark.parametrize(("mode", "where"), [("other_model", "answers"), ("refuses", "levels 4")])
def test_the_gate_refuses_a_service_that_does_not_do_what_the_model_does(make: Make, mode: str, where: str) -> None:
    stage = make()
    stage.deploy(stage.subject(mode))
    verdict = stage.judged()
    assert not verdict.passed
    assert where in [finding.where for finding in verdict.findings]


def test_a_promise_that_is_not_kept_fails_the_stage_and_the_service_stays_to_be_looked_at(make: Make) -> None:
    stage = make()
    stage.want({"sla.latency_ms": 0.001})
    stage.deploy(stage.subject("well"))
    assert [finding.where for finding in stage.judged().findings] == ["sla.latency_ms"]
    assert stage.running()


def test_a_compose_file_of_the_user_stays_and_is_used(make: Make) -> None:
    stage = make()
    port = stage.deploy(stage.subject("well")).service.port
    theirs = read_text(stage.root / COMPOSE).replace("pids_limit: 256", "pids_limit: 99")
    write_text(stage.root / COMPOSE, theirs.replace(f"${{PORT:-{port}}}", str(port + 77)))
    deployment = stage.deploy(stage.subject("well"))
    assert deployment.service.port == port + 77
    [container] = stage.running()
    assert inspected(container)["HostConfig"]["PidsLimit"] == 99
    assert [file.path for file in deployment.files if file.diff] == [COMPOSE]
    assert stage.judged().passed


def test_a_compose_file_that_opens_the_machine_is_told_and_refused(make: Make, tmp_path: Path) -> None:
    stage = make()
    port = stage.deploy(stage.subject("well")).service.port
    whole = yaml.safe_load(read_text(stage.root / COMPOSE))
    api = whole["services"]["api"]
    (tmp_path / "docker.sock").touch()
    api |= {"user": "0:0", "read_only": False, "volumes": [f"{tmp_path}/docker.sock:/docker.sock", "/etc:/of/machine"]}
    api["ports"] += [f"127.0.0.2:{port + 50}:8000"]
    del api["cap_drop"], api["security_opt"]
    write_text(stage.root / COMPOSE, yaml.safe_dump(whole))
    deployment = stage.deploy(stage.subject("well"))
    assert deployment.attempts == []
    found = {finding.where: finding.severity for finding in stage.judged().findings}
    assert {where for where, severity in found.items() if severity == "error"} == {"service socket", "service binding"}
    assert {where for where, severity in found.items() if severity == "warning"} == {
        f"service {kind}" for kind in ("mount", "capabilities", "privileges", "writable", "root")
    }
    assert any("/of/machine" in remark for remark in deployment.remarks)


def test_a_service_that_is_gone_is_seen(make: Make) -> None:
    stage = make()
    deployment = stage.deploy(stage.subject("well"))
    assert running_service(stage.files) == deployment.service.image_id
    stage.stop()
    assert running_service(stage.files) == ""
