"""Defects to be planted into the clean project, as data: what is changed, which checks must say so, and where."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Texts = Mapping[str, str]
Edits = dict[str, str | None]
SRC = "src/scratch_llm"


@dataclass(frozen=True)
class Defect:
    """One planted defect. `at` stands in the line that the finding must name; without it any line will do."""

    name: str
    edit: Callable[[Texts], Edits]
    found_by: tuple[str, ...]
    file: str
    at: str = ""
    words: str = field(default="", kw_only=True)


def replaced(path: str, old: str, new: str) -> Callable[[Texts], Edits]:
    """The first `old` of a file becomes `new`."""

    def edit(texts: Texts) -> Edits:
        assert old in texts[path], f"{path} has no {old!r} any more"
        return {path: texts[path].replace(old, new, 1)}

    return edit


def inserted(path: str, before: str, new: str) -> Callable[[Texts], Edits]:
    """A line before the first one that begins so."""
    return replaced(path, before, f"{new}\n{before}")


def appended(path: str, new: str) -> Callable[[Texts], Edits]:
    """Text at the end of a file, or a new file."""
    return lambda texts: {path: texts.get(path, "") + new}


def removed(*paths: str) -> Callable[[Texts], Edits]:
    """Files that are gone."""

    def edit(texts: Texts) -> Edits:
        assert set(paths) <= set(texts)
        return dict.fromkeys(paths)

    return edit


def both(*edits: Callable[[Texts], Edits]) -> Callable[[Texts], Edits]:
    """Edits of different files together."""
    return lambda texts: {path: text for edit in edits for path, text in edit(texts).items()}


def without_feature(word: str) -> Callable[[Texts], Edits]:
    """Every file of the package and of the tests that a feature lives in is gone, and nobody imports it any more."""

    def edit(texts: Texts) -> Edits:
        edits: Edits = {}
        for path, text in texts.items():
            if not path.endswith(".py") or not path.startswith(("src/", "tests/", "scripts/")):
                continue
            if re.search(word, path.rpartition("/")[2]):
                edits[path] = None
            elif re.search(word, text, re.IGNORECASE):
                edits[path] = re.sub(word, "gone", text, flags=re.IGNORECASE)
        assert None in edits.values()
        return edits

    return edit


CLAIMS = [
    Defect("a claimed optimizer removed", without_feature("muon"), ("claims",), "README.md", "Muon"),
    Defect("a claimed optimizer removed, in Chinese", without_feature("muon"), ("claims",), "README.zh.md", "Muon"),
    Defect("a claimed quantization removed", without_feature("gptq"), ("claims",), "README.md", "GPTQ"),
    Defect("a claimed export removed", without_feature("onnx"), ("claims",), "README.md", "ONNX"),
    Defect("a claimed attention removed", without_feature("latent_?attention"), ("claims",), "README.md", "MLA"),
    Defect("RLHF that is not there", inserted("README.md", "- **Data**", "- **Alignment**: RLHF with PPO and a reward model."), ("claims",), "README.md", "RLHF"),
    Defect("DeepSpeed that is not there", replaced("README.md", "DDP and FSDP2; resume", "DDP, FSDP2 and DeepSpeed ZeRO-3; resume"), ("claims",), "README.md", "resume"),
    Defect("decoding that is not there", replaced("README.md", "continuous batching; int8", "continuous batching, speculative decoding; int8"), ("claims",), "README.md", "speculative"),
    Defect("a claim in the introduction", replaced("README.md", "It runs on a laptop", "It supports tensor parallelism. It runs on a laptop"), ("claims",), "README.md", "tensor parallelism"),
    Defect("a library nobody uses", inserted("README.md", "- **Evaluation**", "- **Tracking**: every run is sent to CometML."), ("claims",), "README.md", "CometML"),
    Defect("a Chinese claim", inserted("README.zh.md", "- **评估**", "- **对齐**:基于强化学习的对齐。"), ("claims",), "README.zh.md", "强化学习"),
    Defect("a claim on the site's first page", appended("docs/en/index.md", "\nServed with vLLM.\n"), ("claims",), "docs/en/index.md", "vLLM"),
]

COMMANDS = [
    Defect("a wrong flag", replaced("README.md", "scripts/generate.py --checkpoint outputs/debug --prompt", "scripts/generate.py --model outputs/debug --prompt"), ("readme",), "README.md", "--model"),
    Defect("a wrong flag of main.py", replaced("README.md", "main.py --resume outputs/debug", "main.py --resume-from outputs/debug"), ("readme",), "README.md", "--resume-from"),
    Defect("a wrong flag in an inline command", replaced("AGENTS.md", "--fast_dev_run`", "--dry_run`"), ("readme",), "AGENTS.md", "--dry_run"),
    Defect("a flag in passing", replaced("docs/en/training.md", "\n", "\nAdd `--gradient-checkpoint` for less memory.\n"), ("readme",), "docs/en/training.md", "--gradient-checkpoint"),
    Defect("a flag that is required left out", replaced("docs/en/inference.md", " --method gptq --output outputs/debug_gptq", " --method gptq"), ("readme",), "docs/en/inference.md", "--method gptq"),
    Defect("a wrong choice", replaced("docs/en/inference.md", "--backend int8 --prompt", "--backend int4 --prompt"), ("readme",), "docs/en/inference.md", "int4"),
    Defect("a wrong choice through a name", replaced("docs/en/tokenizers.md", "--kind sentencepiece", "--kind unigram"), ("readme",), "docs/en/tokenizers.md", "unigram"),
    Defect("a word for a number", replaced("docs/en/tokenizers.md", "--vocab-size 2048", "--vocab-size 2k"), ("readme",), "docs/en/tokenizers.md", "2k"),
    Defect("a wrong subcommand", replaced("docs/en/evaluation.md", "human_evaluation.py verdict", "human_evaluation.py judge"), ("readme",), "docs/en/evaluation.md", "judge"),
    Defect("a wrong script", replaced("README.md", "python scripts/evaluate.py", "python scripts/eval.py"), ("readme",), "README.md", "eval.py"),
    Defect("a script that is gone", removed("scripts/report.py"), ("readme",), "docs/en/evaluation.md", "report.py"),
    Defect("a wrong module", replaced("benchmarks/README.md", "-m benchmarks.profile", "-m benchmarks.profiler"), ("readme",), "benchmarks/README.md", "profiler"),
    Defect("a missing config path", replaced("README.md", "--config configs/sft/debug_sft_on_tiny_story.yaml", "--config configs/sft/debug_sft.yaml"), ("readme",), "README.md", "configs/sft/debug_sft.yaml"),
    Defect("a config that is gone", removed("configs/pretrain/1b_model_pretrain.yaml"), ("readme",), "README.md", "torchrun"),
    Defect("a wrong override", replaced("README.md", "optimizer.params.lr=5e-5", "optimizer.lr=5e-5"), ("readme",), "README.md", "optimizer.lr"),
    Defect("an override of another place", replaced("docs/en/serving.md", "n_slot=8", "batch_size=8"), ("readme",), "docs/en/serving.md", "batch_size=8"),
    Defect("an override with a wrong value", replaced("docs/en/quickstart.md", "model.n_layer=6", "model.attention=linear"), ("readme",), "docs/en/quickstart.md", "linear"),
    Defect("an override beyond its range", replaced("docs/en/serving.md", "port=8080", "port=808080"), ("readme",), "docs/en/serving.md", "808080"),
    Defect("a wrong make target", replaced("README.md", "`make bench`", "`make benchmark`"), ("readme",), "README.md", "make benchmark"),
    Defect("a make target that is gone", replaced("Makefile", "\nfast: $(READY)", "\nquick: $(READY)"), ("readme",), "CONTRIBUTING.md", "make fast"),
    Defect("a wrong variable of make", replaced("docs/en/quickstart.md", "make setup TORCH_INDEX=", "make setup TORCH_URL="), ("readme",), "docs/en/quickstart.md", "TORCH_URL"),
    Defect("a wrong extra", replaced("docs/en/quickstart.md", 'uv pip install -e ".[dev]"', 'uv pip install -e ".[all]"'), ("readme",), "docs/en/quickstart.md", "[all]"),
    Defect("a missing Dockerfile", inserted("README.md", "tensorboard --logdir outputs", "docker build -t llm ."), ("readme",), "README.md", "docker build"),
    Defect("a program that is not installed", inserted("README.md", "tensorboard --logdir outputs", "scratch-llm train --config configs/pretrain/debug.yaml"), ("readme",), "README.md", "scratch-llm train"),
    Defect("a test that is not there", replaced("AGENTS.md", "-m pytest tests/models -k", "-m pytest tests/model -k"), ("readme",), "AGENTS.md", "tests/model "),
]

MENTIONS = [
    Defect("a file that moved", replaced("AGENTS.md", "`src/scratch_llm/training/state.py`", "`src/scratch_llm/training/snapshot.py`"), ("readme",), "AGENTS.md", "snapshot.py"),
    Defect("one of several files", replaced("AGENTS.md", "{request,sampling}.py", "{request,sampler}.py"), ("readme",), "AGENTS.md", "sampler}"),
    Defect("a folder of a table", replaced("README.md", "| `benchmarks/` |", "| `plugins/` |"), ("readme",), "README.md", "plugins"),
    Defect("a bare file name", replaced("AGENTS.md", "`refusals.py`", "`rejections.py`"), ("readme",), "AGENTS.md", "rejections.py"),
    Defect("a config key that is none", replaced("docs/en/data.md", "`data.isolate_documents`", "`data.isolate_docs`"), ("readme",), "docs/en/data.md", "isolate_docs"),
    Defect("a wrong value in passing", replaced("docs/zh/data.md", "`data.", "`training.precision=fp8` `data."), ("readme",), "docs/zh/data.md", "fp8"),
    Defect("a wrong route", replaced("docs/en/serving.md", "`POST /v1/completions`", "`POST /v1/complete`"), ("readme",), "docs/en/serving.md", "/v1/complete`"),
    Defect("a wrong method", replaced("docs/zh/serving.md", "`GET /metrics`", "`POST /metrics`"), ("readme",), "docs/zh/serving.md", "POST /metrics"),
    Defect("a wrong route of curl", replaced("docs/en/quickstart.md", "8000/generate", "8000/complete"), ("readme",), "docs/en/quickstart.md", "8000/complete"),
    Defect("an environment variable nobody reads", replaced("docs/en/production.md", "export LLM_API_KEY=", "export LLM_SERVER_KEY="), ("readme",), "docs/en/production.md", "LLM_SERVER_KEY"),
    Defect("a class that is not there", replaced("AGENTS.md", "`RowSampler`", "`RowShuffler`"), ("readme",), "AGENTS.md", "RowShuffler"),
    Defect("a member that is not there", replaced("AGENTS.md", "`Sampler.draw`", "`Sampler.pick_one`"), ("readme",), "AGENTS.md", "pick_one"),
    Defect("an import of a missing name", replaced("docs/en/inference.md", "import ContinuousBatcher, load_backend", "import DynamicBatcher, load_backend"), ("readme",), "docs/en/inference.md", "DynamicBatcher"),
    Defect("an import of a missing module", replaced("docs/en/evaluation.md", "scratch_llm.evaluation.lm_eval_model", "scratch_llm.evaluation.lm_harness"), ("readme",), "docs/en/evaluation.md", "lm_harness"),
    Defect("a wrong argument of a model", replaced("docs/en/inference.md", "SamplingParams(max_new_tokens=60", "SamplingParams(max_tokens=60"), ("readme",), "docs/en/inference.md", "max_tokens=60"),
    Defect("Python that does not parse", replaced("docs/en/tokenizers.md", "assert len(chat.ids) ==", "assert len(chat.ids ="), ("readme",), "docs/en/tokenizers.md", "chat.ids ="),
    Defect("YAML that does not parse", replaced("docs/en/data.md", "  dataset_name: local\n", "  dataset_name: [local\n"), ("readme",), "docs/en/data.md"),
]

LINKS = [
    Defect("a dead link", replaced("README.md", "(docs/en/production.md)", "(docs/en/costs.md)"), ("links",), "README.md", "costs.md"),
    Defect("a dead link in the Chinese README", replaced("README.zh.md", "(docs/zh/production.md)", "(docs/production.md)"), ("links",), "README.zh.md", "docs/production.md"),
    Defect("a dead anchor", replaced("AGENTS.md", "#which-document-belongs-to-which-code", "#documents-and-code"), ("links",), "AGENTS.md", "#documents-and-code"),
    Defect("a heading renamed", replaced("CONTRIBUTING.md", "## Which document belongs to which code", "## Documents of code"), ("links",), "AGENTS.md", "#which-document"),
    Defect("an image that is not there", inserted("README.md", "## More", "![losses](docs/losses.png)\n"), ("links",), "README.md", "losses.png"),
    Defect("an HTML image that is not there", inserted("README.md", "## More", '<img src="assets/logo.svg">\n'), ("links",), "README.md", "logo.svg"),
    Defect("a dead link by reference", appended("CONTRIBUTING.md", "\nSee [the code of conduct][coc].\n\n[coc]: CODE_OF_CONDUCT.md\n"), ("links",), "CONTRIBUTING.md", "[coc]:"),
    Defect("a removed Chinese page", removed("docs/zh/training.md"), ("links",), "docs/en/training.md"),
    Defect("a removed English page", removed("docs/en/serving.md"), ("links",), "docs/zh/serving.md"),
    Defect("a dead entry of the navigation", replaced("mkdocs.yml", "  - Serving: serving.md", "  - Serving: serve.md"), ("links",), "mkdocs.yml", "serve.md"),
    Defect("a page that no entry leads to", both(appended("docs/en/costs.md", "# Costs\n"), appended("docs/zh/costs.md", "# 费用\n")), ("links",), "docs/en/costs.md"),
]

_AWS = "AKIA" + "Z7QKX2M4N8PLW3RT"
_HF = "hf_" + "QwErTyUiOpAsDfGhJkLzXcVbNm12345678"
_OPENAI = "sk-proj-" + "a8Kd92LsPq0ZxMv73nBtYwEu5RcHjG1f"
_GITHUB = "ghp_" + "k2J9sLq8Xw3Zr7Tn5Vb1Yc4Md6Pf0Gh8Ua2E"
_JWT = "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiI0MiIsIm5hbWUiOiJhIn0." + "dBjftJeZ4CVPmB92K27uhbUJU1p1rwW1gFWFOEjXk"
SECRET_TEXTS = [_AWS, _HF, _OPENAI, _GITHUB, _JWT, "Tr0ub4dor&3xQ9"]
SECRETS = [
    Defect("a key in a script", appended("scripts/serve.py", f'\nAPI_KEY = "{_OPENAI}"\n'), ("secrets",), "scripts/serve.py", "API_KEY"),
    Defect("a token in a config", appended("configs/serve/default.yaml", f"\n# hub: {_HF}\n"), ("secrets",), "configs/serve/default.yaml", "hub"),
    Defect("a key in a workflow", appended(".github/workflows/test.yml", f"\n# AWS_ACCESS_KEY_ID: {_AWS}\n"), ("secrets",), ".github/workflows/test.yml", "AWS_ACCESS"),
    Defect("a token in a document", appended("docs/en/production.md", f"\n    git clone https://{_GITHUB}@example.org/x\n"), ("secrets",), "docs/en/production.md", "git clone"),
    Defect("a password in an address", appended("dvc.yaml", "\n# postgres://llm:s3cr3tPass@db.internal:5432/runs\n"), ("secrets",), "dvc.yaml", "postgres"),
    Defect("a password that is assigned", appended(f"{SRC}/utils/environment.py", '\nDB_PASSWORD = "Tr0ub4dor&3xQ9"\n'), ("secrets",), f"{SRC}/utils/environment.py", "DB_PASSWORD"),
    Defect("a private key", appended("tests/server/key.pem", "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n"), ("secrets",), "tests/server/key.pem", "BEGIN"),
    Defect("a session token", appended("examples/07_sampling.py", f'\nTOKEN = "{_JWT}"\n'), ("secrets",), "examples/07_sampling.py", "TOKEN"),
    Defect("a file of secrets", appended(".env", "LLM_API_KEY=hello\n"), ("secrets",), ".env"),
]

HOUSE = [
    Defect("a missing licence", removed("LICENSE"), ("house_files",), "LICENSE"),
    Defect("a licence that does not agree", replaced("pyproject.toml", 'license = "MIT"', 'license = "Apache-2.0"'), ("house_files",), "pyproject.toml", "license"),
    Defect("another licence's text", lambda texts: {"LICENSE": "Apache License\nVersion 2.0, January 2004\n"}, ("house_files",), "pyproject.toml", "license"),
    Defect("another Python", replaced("pyproject.toml", 'requires-python = ">=3.11"', 'requires-python = ">=3.12"'), ("house_files",), "pyproject.toml", "target-version"),
    Defect("a missing licence that is linked", removed("LICENSE"), ("links",), "README.md", "LICENSE"),
    Defect("another Python in a document", appended("CONTRIBUTING.md", "\nYou need Python 3.9 or newer.\n"), ("house_files",), "CONTRIBUTING.md", "3.9"),
    Defect("another Python of ruff", replaced("pyproject.toml", 'target-version = "py311"', 'target-version = "py310"'), ("house_files",), "pyproject.toml", "py310"),
    Defect("another Python in a workflow", replaced(".github/workflows/build.yml", 'python-version: "3.1', 'python-version: "3.10" # 3.1'), ("house_files",), ".github/workflows/build.yml", "3.10"),
    Defect("outputs that git would keep", replaced(".gitignore", "/outputs/\n", ""), ("house_files",), ".gitignore"),
    Defect("weights among the code", appended("model.safetensors", "weights"), ("house_files",), "model.safetensors"),
    Defect("a workflow without tests", replaced(".github/workflows/test.yml", ".venv/bin/python -m pytest -n auto", "echo -n auto"), ("house_files",), ".github/workflows/build.yml"),
    Defect("a workflow with a wrong target", replaced(".github/workflows/test.yml", "- run: make lint", "- run: make check-style"), ("house_files",), ".github/workflows/test.yml", "check-style"),
    Defect("a broken workflow", replaced(".github/workflows/build.yml", "jobs:", "jobs: ["), ("house_files",), ".github/workflows/build.yml"),
    Defect("a recipe without its script", removed("docs/config_tables.py"), ("house_files",), "Makefile", "config_tables"),
    Defect("a target that needs none", replaced("Makefile", "test: $(READY) lint", "test: $(READY) style"), ("house_files",), "Makefile", "style"),
    Defect("a version without its changes", replaced(f"{SRC}/__init__.py", '__version__ = "0.1.0"', '__version__ = "0.2.0"'), ("house_files",), "CHANGELOG.md"),
    Defect("a stage with a wrong flag", replaced("dvc.yaml", "--report data/pipeline", "--summary data/pipeline"), ("house_files",), "dvc.yaml", "data:"),
    Defect("a stage with a wrong key", replaced("dvc.yaml", "training.max_steps=", "training.n_steps="), ("house_files",), "dvc.yaml", "pretrain:"),
    Defect("an entry point to nothing", replaced("pyproject.toml", "[tool.hatch.version]", '[project.scripts]\nserve = "scratch_llm.inference.server:main"\n\n[tool.hatch.version]'), ("house_files",), "pyproject.toml", "server:main"),
    Defect("no changelog", removed("CHANGELOG.md"), ("house_files",), "CHANGELOG.md"),
]

DOCUMENT_DEFECTS = [*CLAIMS, *COMMANDS, *MENTIONS, *LINKS, *SECRETS, *HOUSE]
