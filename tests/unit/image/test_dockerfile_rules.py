"""The rules for Dockerfiles: what foundry makes keeps them all, and each of them is broken by one change."""

from __future__ import annotations

import pytest

from agents.ops.imaging.files import Values
from agents.planner.family import FAMILY
from framework.artifacts.records import Device
from framework.gates.dockerfile import RULES, faults, instructions
from framework.messages import LANGUAGES, catalogue
from framework.rendering.deploy import DeployTemplates


def rendered(device: Device = "cpu", base: str = "python:3.11-slim-bookworm") -> str:
    values = Values(device=device, base=base, user=10001, slug="tale")
    return DeployTemplates(FAMILY, "scratch_llm", "docker").fill("Dockerfile", values)


def broken(text: str) -> list[str]:
    return [fault.rule for fault in faults(text)]


@pytest.mark.parametrize("device", ["cpu", "gpu"])
@pytest.mark.parametrize("base", ["python:3.11-slim-bookworm", "mirror.example:5000/python@sha256:" + "0" * 64])
def test_what_foundry_makes_keeps_every_rule(device: Device, base: str) -> None:
    assert broken(rendered(device, base)) == []


@pytest.mark.parametrize(
    ("rule", "old", "new"),
    [
        ("stages", "", "ARG BASE=a:1\nFROM ${BASE}\n"),
        ("base", "ARG BASE=python:3.11-slim-bookworm", "ARG BASE=python"),
        ("base", "ARG BASE=python:3.11-slim-bookworm", "ARG BASE=mirror.example:5000/python"),
        ("base", "ARG BASE=python:3.11-slim-bookworm", "ARG BASE=python:latest"),
        ("base", "FROM ${BASE} AS code", "FROM debian:12 AS code"),
        ("user", "USER 10001:10001", "USER root"),
        ("user", "USER 10001:10001", "USER 0"),
        ("user", "USER 10001:10001", ""),
        ("health", "HEALTHCHECK", "# HEALTHCHECK"),
        ("exec_form", 'ENTRYPOINT ["python", "docker/entry.py"]', "ENTRYPOINT python docker/entry.py"),
        ("add", "COPY src src", "ADD https://example.com/x src"),
        ("secrets", "ARG VERSION=0", "ARG VERSION=0\nARG INDEX_PASSWORD"),
        ("secrets", "ARG VERSION=0", "ARG VERSION=0\nENV API_TOKEN=x"),
        ("wheels", "COPY src src", "COPY deploy/docker/wheels /wheels"),
        ("wheels", "COPY src src", "COPY . ."),
        ("hashes", "--require-hashes ", ""),
        ("tools", "USER 10001", "RUN apt-get update && apt-get install -y gcc\nUSER 10001"),
        ("order", "COPY --from=torch /venv /venv", "COPY --from=code /app /app\nCOPY --from=torch /venv /venv"),
        ("labels", "org.opencontainers.image.version", "version"),
    ],
)
def test_each_rule_is_broken_by_one_change(rule: str, old: str, new: str) -> None:
    text = rendered().replace(old, new) if old else new
    assert text != rendered()
    assert rule in broken(text)


def test_every_rule_has_a_sentence_and_a_test() -> None:
    for lang in LANGUAGES:
        assert {f"rule_{rule}" for rule in RULES} <= catalogue(lang, "image").keys()


def test_the_place_of_a_fault_is_told() -> None:
    text = "ARG BASE=a:1\nFROM ${BASE} AS x\n# a comment\nRUN one \\\n  # amid it\n  two\nFROM ${BASE}\nUSER root\n"
    [fault] = [one for one in faults(text) if one.rule == "user"]
    assert (fault.line, fault.text) == (8, "USER root")
    assert instructions(text)[2].rest == "one two"
