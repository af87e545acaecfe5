"""What people read: the report, the error report, the issue, the README."""

from __future__ import annotations

import shlex
from typing import get_args

import pytest
import yaml

from agents.ops.deploying.failing import Incident
from agents.ops.deploying.readme import with_failure, with_figures
from framework.artifacts.codec import decode, encode
from framework.artifacts.deployment import Attempt, Deployment, Repair, SlaRow, Trouble
from framework.artifacts.laid_file import LaidFile
from framework.errors import InvalidDocument
from framework.messages import LANGUAGES, Lang, known
from tests.unit.deploy.reports import COMPOSE, deployment, failed

BROKEN = SlaRow(slot="sla.latency_ms", wanted="1 ms", measured="2 ms", clients=1, kept=False)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_trouble_has_its_words(lang: Lang) -> None:
    for trouble in get_args(Trouble):
        assert all(known(lang, f"deploy.{part}_{trouble}") for part in ("short", "trouble", "next"))
    assert all(known(lang, f"deploy.tried_{repair}") for repair in get_args(Repair))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_report_can_be_read_back_and_says_what_counts(lang: Lang) -> None:
    report = deployment(
        lang,
        sla=[BROKEN],
        attempts=[Attempt(trouble="port_taken", sign="taken", repair="next_port", value="8001")],
        files=[LaidFile(path=COMPOSE, sha256="a", made="b", diff="-x\n+y")],
    )
    text = encode(report, "")
    assert decode(Deployment, text, "x").model == report
    for part in ("http://127.0.0.1:8000", "8001", "    +y", "2 ms", "Fairy \\| tales", "4096 MiB"):
        assert part in text


def test_the_calls_can_be_typed_as_they_stand() -> None:
    body = encode(deployment(), "")
    [call] = [line for line in body.splitlines() if "/v1/completions" in line and line.startswith("curl")]
    assert shlex.split(call)[-1] == '{"model": "demo", "prompt": "...", "max_tokens": 32}'


def test_a_hand_cannot_make_it_better() -> None:
    with pytest.raises(InvalidDocument, match="cannot be adopted"):
        deployment().adopted_over(deployment())


def test_figures_make_another_report_and_times_do_not() -> None:
    assert deployment(at="later", started_s=9).content_hash() == deployment().content_hash()
    assert deployment(sla=[BROKEN]).content_hash() != deployment().content_hash()


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("trouble", get_args(Trouble))
def test_a_failure_is_told_with_diagnosis_log_and_next_step(lang: Lang, trouble: Trouble) -> None:
    incident = Incident(failed(lang, trouble=trouble), "first\nlast ``` line", number=3, issue_number=12)
    report, issue, log = incident.texts.values()
    assert next(iter(incident.texts)) == "reports/docker_error_report_3.md"
    assert incident.issue == f"reports/issues/0012-deploy-{trouble.replace('_', '-')}.md"
    assert log == "first\nlast ``` line\n"
    assert "    last ``` line" in report  # indented: whatever a log holds, it stays a log
    assert "foundry resume PROJECT --from" in report
    head = yaml.safe_load(issue.split("---")[1])
    assert (head["trouble"], head["state"], head["report"]) == (trouble, "open", incident.report)


VERIFIED = "# Demo\n\n<!-- verified:begin -->\nseen\n<!-- verified:end -->\n\nMore.\n"


@pytest.mark.parametrize("readme", [VERIFIED, "# Demo\n\nMore.\n"])
def test_the_readme_gets_one_section_that_is_renewed(readme: str) -> None:
    first = with_figures({"README.md": readme}, deployment())["README.md"]
    again = with_figures({"README.md": first}, deployment(sla=[BROKEN]))["README.md"]
    assert all(line in again for line in readme.splitlines())
    assert again.count("<!-- sla:begin -->") == again.count("<!-- sla:end -->") == 1
    assert "2 ms" in again
    assert "2 ms" not in first
    assert with_figures({"README.md": again}, deployment(sla=[BROKEN])) == {}


def test_a_readme_in_another_language_points_to_the_report() -> None:
    filled = with_figures({"README.md": VERIFIED, "README.zh.md": VERIFIED}, deployment())
    assert "| 4 | 100 |" in filled["README.md"]
    assert "| 4 | 100 |" not in filled["README.zh.md"]
    assert "deploy_report.md" in filled["README.zh.md"]


WALKED = "<!-- running:begin -->\n11 of 12 met\n<!-- running:end -->\n"
REPORT = "reports/docker_error_report_1.md"


@pytest.mark.parametrize("name", ["README.md", "README.zh.md"])
def test_after_a_failure_no_readme_tells_of_a_service_that_runs(name: str) -> None:
    kept = SlaRow(slot="sla.latency_ms", wanted="900 ms", measured="2 ms", clients=1, kept=True)
    told = with_figures({name: VERIFIED + WALKED}, deployment(sla=[kept]))[name]
    gone = with_failure({name: told}, failed(), REPORT)[name]
    assert REPORT in gone
    assert not any(claim in gone for claim in ("2 ms", "11 of 12", "| 4 | 100 |"))
    assert ("The last deployment failed" in gone) is (name == "README.md")
    assert all(line in gone for line in VERIFIED.splitlines())
    assert "docker_error" not in with_figures({name: gone}, deployment(sla=[kept]))[name]


def test_a_readme_that_claims_nothing_stays_as_it_is() -> None:
    assert with_failure({"README.md": VERIFIED}, failed(), REPORT) == {}
