"""What the checks of documents, of house files and of secrets understand, case by case."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from agents.reviewer.checks import claims, house_files, links, readme, secrets
from agents.reviewer.reading.commands import split
from agents.reviewer.reading.documents import Document, slug
from agents.reviewer.reading.offer import Offer
from agents.reviewer.subject import Subject, reviewed
from framework.artifacts.review import ReviewFinding
from framework.artifacts.venv_spec import COPIES, REQUIREMENTS
from framework.messages import LANGUAGES, Lang
from framework.runtime.codetree import CodeTree
from tests.unit.reviewer.conftest import Plant
from tests.unit.reviewer.planted import SECRETS


def _subject(**files: str) -> Subject:
    """A small project in memory."""
    return Subject(CodeTree(Path("/nowhere"), {name: text.encode() for name, text in files.items()}), "pkg", None, "en")


def _told(check: Callable[[Subject], Iterator[ReviewFinding]], subject: Subject) -> list[tuple[str, int | None]]:
    return [(finding.file, finding.line) for finding in check(subject)]


def _readme(text: str, plant: Plant) -> list[str]:
    subject = plant({"NOTES.md": text})
    return [finding.evidence for finding in readme.check(subject) if finding.file == "NOTES.md"]


@pytest.mark.parametrize(
    "command",
    [
        "python main.py --config configs/pretrain/debug.yaml model.n_layer=2 optimizer.params.lr=1e-3",
        "python main.py --config=configs/pretrain/debug.yaml --epochs 2",
        ".venv/bin/python main.py --config configs/pretrain/<name>.yaml",
        "OMP_NUM_THREADS=1 python -u main.py --resume outputs/debug && make lint",
        "torchrun --standalone --nproc_per_node 4 main.py --config configs/pretrain/debug.yaml",
        "python scripts/evaluate.py --check outputs/debug --out outputs/x",
        "python scripts/generate.py --checkpoint RUN --prompt 'a # b' --top-k 5  # five",
        "python scripts/serve.py --help",
        "make -n setup TORCH_INDEX=/wheels PYTHON=python3",
        "uv run pytest tests/models/test_moe.py::test_x -q -m 'not slow'",
        "python -m pytest -k cache tests",
        "python -m venv .venv; python -m pip install -e '.[serve,data]'",
        "cp configs/pretrain/debug.yaml configs/dpo/mine.yaml && python main.py --config configs/dpo/mine.yaml",
        "curl -X POST http://localhost:8000/v1/chat/completions -d @request.json",
        "curl http://0.0.0.0:9000/v1/models/scratch-llm",
        "git clone https://example.org/x.git && cd x",
    ],
)
def test_a_right_command_is_left_alone(command: str, plant: Plant) -> None:
    assert _readme(f"```bash\n{command}\n```\n", plant) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("```sh\npython -W ignore main.py --config configs/none.yaml\n```", "configs/none.yaml"),
        ("```bash\npython main.py --conf=configs/pretrain/debug.yaml --epochs two\n```", "two"),
        ("```bash\npython scripts/quantize.py --checkpoint a --method int8 --output b --group 33\n```", "33"),
        ("```bash\npython scripts/pipeline.py quickly\n```", "quickly"),
        ("```bash\npython main.py --config configs/pretrain/debug.yaml model.moe.n_experts=4\n```", "n_experts"),
        ("```bash\npython main.py --config configs/pretrain/debug.yaml training.compile=yes\n```", "yes"),
        ("```bash\npython scripts/evaluate.py --checkpoint a confidence=95\n```", "95"),
        ("```\n$ make pipelines\n```", "pipelines"),
        ("Type `python scripts/serv.py --checkpoint RUN`.", "scripts/serv.py"),
        ("```bash\npython -m pytest tests/nothing/test_x.py\n```", "tests/nothing/test_x.py"),
        ("```bash\npython -m deepspeed_launcher main.py\n```", "deepspeed_launcher"),
        ("```bash\nuv pip install 'scratch-llm[gpu]'\n```", "gpu"),
        ("```bash\nbash scripts/install.sh\n```", "scripts/install.sh"),
        ("```bash\ncurl -X DELETE http://localhost:8000/generate\n```", "DELETE /generate"),
        ("`GET /v2/models` lists them.", "/v2/models"),
        ("Set `SCRATCH_CACHE_DIR` first.", "SCRATCH_CACHE_DIR"),
        ("See `training/trainer.py`.", "training/trainer.py"),
        ("See `scratch_llm.models.decoder.Encoder`.", "Encoder"),
        ("`TrainConfig.optimiser` holds it.", "optimiser"),
        ("`make_everything()` does it.", "make_everything"),
        ("```python\nfrom scratch_llm import Decoder, Encoder\n```", "Encoder"),
        ("```python\nimport scratch_llm.serving\n```", "serving"),
        ("```yaml\nmodel: {n_layer: 2}\noptimiser: {lr: 1}\n```", "optimiser"),
    ],
)
def test_a_wrong_word_is_named(text: str, words: str, plant: Plant) -> None:
    assert any(words in evidence for evidence in _readme(text, plant))


def test_a_finding_names_the_line_of_its_command(plant: Plant) -> None:
    text = "# Title\n\n- first\n\n  ```bash\n  make lint\n  make nothing\n  ```\n"
    assert _told(readme.check, plant({"docs/en/index.md": text, "docs/zh/index.md": text})) == [
        ("docs/en/index.md", 7),
        ("docs/zh/index.md", 7),
    ]


def test_flags_that_a_loop_over_fields_makes_are_known(clean: Subject) -> None:
    line = Offer(clean).lines.of("scripts/generate.py")
    assert line is not None
    assert {"--top-k", "--max-new-tokens", "--stop"} <= line.flags.keys()
    assert line.flag("--top-q") is None


def test_what_a_shell_would_do_with_a_line() -> None:
    [first, second] = split("README.md", 3, 'A=1 .venv/bin/python x.py "a; b" | tee log # why')
    assert (first.program, first.settings, first.words[1:]) == ("python", {"A": "1"}, ["x.py", "a; b"])
    assert second.words == ["tee", "log"]
    assert list(split("README.md", 1, "it's no command")) == []


def test_anchors_are_those_of_headings_only() -> None:
    page = Document("a.md", "# One `two` (3)\n## Same\n## Same\n```\n# no heading\n```\n<a name='own'></a>\n")
    assert page.anchors == {"one-two-3", "same", "same-1", "own"}
    assert slug("数据 与 Training!") == "数据-与-training"


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("- Tuned with **LoRA**.", True),
        ("- There is no LoRA here.", False),
        ("- 没有 LoRA。", False),
        ("- Compared with vLLM: slower.", False),
        ("- Fast. Not slow: PagedAttention.", True),
        ("- Uses `flash_attn_3`.", True),
    ],
)
def test_a_claim_is_what_is_not_denied(said: str, found: bool, plant: Plant) -> None:
    subject = plant({"README.de.md": f"# X\n\n## Features\n\n{said}\n"})
    assert bool([one for one in claims.check(subject) if one.file == "README.de.md"]) is found


def test_a_secret_is_never_shown_whole(plant: Plant) -> None:
    text = "\n".join(f"{name} = {secret!r}" for name, secret in SECRETS.items())
    found = list(secrets.check(plant({"docs/keys.md": text})))
    assert sorted(one.line or 0 for one in found) == list(range(1, len(SECRETS) + 1))
    assert not [one for one in found for secret in SECRETS.values() if secret[:6] in one.evidence + one.remedy]


@pytest.mark.parametrize(
    "text",
    [
        "sha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'",
        'token = "the_beginning_of_a_line"',
        "api_key: ${LLM_API_KEY}",
        'password = os.environ["LLM_PASSWORD_2"]',
        "OPENAI_API_KEY=your-key-1234-here",
        'client = OpenAI(api_key="unused")',
        "http://user:password@example.org is how it is written",
        "token_ids = [1, 2, 3]",
        'secret_name = "projects/llm-1/secrets/key2"',
    ],
)
def test_what_opens_no_door_is_no_secret(text: str, plant: Plant) -> None:
    assert _told(secrets.check, plant({"docs/notes.txt": text})) == []


def test_house_files_of_an_empty_project_are_all_missing() -> None:
    missing = {file for file, _ in _told(house_files.check, _subject(**{"src/pkg/__init__.py": ""}))}
    assert {"pyproject.toml", "README.md", "LICENSE", ".gitignore", "CHANGELOG.md", "Makefile"} <= missing


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_field_that_pyproject_lacks_is_named(lang: Lang, plant: Plant, clean_tree: CodeTree) -> None:
    text = clean_tree.texts["pyproject.toml"]
    bare = re.sub(r"^(?:license|requires-python) = .*\n", "", text, flags=re.MULTILINE)
    found = [one for one in house_files.check(plant({"pyproject.toml": bare}, lang)) if one.file == "pyproject.toml"]
    assert {
        name for name in ("license", "requires-python", "readme") if any(f"`{name}`" in f.evidence for f in found)
    } == {
        "license",
        "requires-python",
    }


def test_links_of_a_site_with_tags_are_read() -> None:
    site = "docs_dir: docs\nslug: !!python/object/apply:pymdownx.slugs.slugify {}\nnav:\n  - A: [{B: b.md}, c.md]\n"
    subject = _subject(**{"mkdocs.yml": site, "docs/b.md": "# B", "docs/d.md": "# D"})
    assert _told(links.check, subject) == [("mkdocs.yml", 4), ("docs/d.md", 1)]


@pytest.mark.parametrize(
    ("expression", "named"),
    [
        ('sum by (le, route) (rate(llm_seconds_bucket{route="wrong_one"}[5m] offset 1h)) > bool 1e-3', []),
        (
            "up == 0 or absent(llm_seconds_count) unless on (job, place) process_open_fds / on(x) group_left(y) up",
            [],
        ),
        ("job:own:rate5m > 2 and sum(llm_seconds) by (place)", []),
        ("llm_second_sum / llm_seconds_count", ["llm_second_sum"]),
        ("job:others:rate5m > count(llm_minutes)", ["job:others:rate5m", "llm_minutes"]),
    ],
)
def test_rules_ask_for_what_is_exported(expression: str, named: list[str]) -> None:
    rules = f"groups:\n  - rules:\n      - record: job:own:rate5m\n        expr: >-\n          {expression}\n"
    code = 'SECONDS = Histogram("llm_seconds", "Time.")\n'
    subject = _subject(**{"monitoring/rules.yaml": rules, "src/pkg/measures.py": code})
    found = [one for one in house_files.check(subject) if one.file == "monitoring/rules.yaml"]
    assert [one.evidence.split("`")[1] for one in found] == named
    assert {one.line for one in found} <= {5}


@pytest.mark.parametrize(
    "text",
    [
        "Read https://example.org/docs/x.md, <https://example.org/a/b.py> and [there](https://example.org/a/b.py).",
        "Yours are in ~/own/x.py, /etc/own/x.yaml, <folder>/x.md, $RUN/x.yaml, and in outputs/debug/x.yaml.",
        "Write to me@example.org/x.md; and/or.",
        "见docs/zh/training.md。还有 configs/pretrain/debug.yaml、main.py。",
    ],
)
def test_plain_words_that_are_no_paths_of_the_project_are_left_alone(text: str, plant: Plant) -> None:
    assert _readme(text, plant) == []


def test_what_a_later_stage_writes_changes_no_finding(clean: Subject, plant: Plant) -> None:
    opened = {name: f"<!-- foundry spec: {name} -->\n# Rules\n\nNeeds Python 3.99.\n" for name in COPIES}
    later = {COPIES[name]: text for name, text in opened.items()} | dict.fromkeys(REQUIREMENTS.values(), "torch==2\n")
    later |= {"deploy/docker/README.md": "Run `python nowhere.py`.", "deploy/monitoring/check.py": "import nowhere\n"}
    assert reviewed(plant({**later}).tree).digest == reviewed(clean.tree).digest == clean.tree.digest
    own = plant({"CLAUDE.md": "# Mine\n\nNeeds Python 3.99.\n"})
    assert [one.file for one in house_files.check(replace(own, tree=reviewed(own.tree)))] == ["CLAUDE.md"]


def test_what_was_wished_for_and_is_unmet_claims_nothing(plant: Plant) -> None:
    wishes = "Licence: GPL-3.0, Python 3.8, DeepSpeed, Kubernetes, `no/such/file.py`"
    subject = plant({"README.md": f"\n<!-- unmet:begin -->\n\n- **{wishes}** — not here\n\n<!-- unmet:end -->\n"})
    for check in (claims, house_files, readme, links):
        assert list(check.check(subject)) == []
