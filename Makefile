# On a fresh machine `make run` and `make test` are all there is to type. Needed: make and Python >= 3.11.

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PYTHON ?= $(shell for python in python3.13 python3.12 python3.11 python3 python; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$python" && break; done)

# The sentence is data. `value` and `:=` keep make from expanding what is in it, and the recipe reads it from the
# environment, so that no shell ever parses it: $(shell ...), `...` and $200 arrive as they were typed.
REQ ?= I want a small model that writes bedtime stories for my kids, we only have one 24 GB card
override REQ := $(value REQ)
export REQ
BUGS ?=
override BUGS := $(value BUGS)
export BUGS

.PHONY: help run test fast templates combinations bugbench llmbench lint format eval bench drawing listing wheel clean
.DEFAULT_GOAL := help

help: ## this list
	@echo "foundry turns a sentence into a verified PyTorch LLM project."
	@sed -n 's/^\([a-z]*\):.*## /\1|/p' $(firstword $(MAKEFILE_LIST)) | awk -F'|' '{ printf "  make %-9s %s\n", $$1, $$2 }'

run: $(READY) ## from a sentence to a project that has trained its first epoch; your own with REQ="..."
	@printf '==> foundry new "%s"\n' "$$REQ"
	@if [ -t 0 ] && [ -t 1 ]; then \
		$(BIN)/foundry new -- "$$REQ" || [ $$? -eq 3 ]; \
	else \
		echo "==> There is no terminal to ask on: adding --yes --no-docker, so every question takes its default."; \
		$(BIN)/foundry new --yes --no-docker -- "$$REQ"; \
	fi

test: lint ## everything that must hold, of foundry and of its templates, on every core
	@echo "==> Running all tests (the slow ones build a wheel and kill processes)"
	@$(BIN)/python -m pytest -n auto --dist worksteal
	@$(MAKE) --no-print-directory templates

fast: $(READY) ## the tests without the slow ones
	@echo "==> Running the quick tests"
	@$(BIN)/python -m pytest -n auto -m "not slow"

templates: ## each template where it lies: its own set-up, lint, types and tests
	@for project in templates/*/project; do \
		echo "==> Checking $$project"; \
		$(MAKE) --no-print-directory -C "$$project" lint test || exit 1; \
	done

combinations: $(READY) ## render every valid combination of a template's choices (make test renders a pairwise cover)
	@echo "==> Rendering every combination"
	@FOUNDRY_COMBINATIONS=all $(BIN)/python -m pytest -n auto -q -k becomes_a_whole_project \
		-o tmp_path_retention_policy=failed tests/templates/test_combinations.py

bugbench: $(READY) ## plant bugs in a project and count what is found and mended; others with BUGS=DIR
	@echo "==> Planting bugs"
	@$(BIN)/python -m tests.bugbench $${BUGS:+--bugs "$$BUGS"}

llmbench: $(READY) ## what scripted models get past the checks, and what they add
	@echo "==> Playing scripted models over HTTP"
	@$(BIN)/python -m benchmarks.llm

lint: $(READY) ## ruff and strict mypy
	@echo "==> Checking style (ruff) and types (mypy)"
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy -p framework -p agents -p benchmarks

format: $(READY) ## rewrite the code in the one style
	@echo "==> Formatting"
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

eval: $(READY) ## how well sentences are understood, against labelled ones
	@echo "==> Scoring the reading of benchmarks/understanding/sentences.yaml"
	@$(BIN)/python -m benchmarks.understanding.score

bench: $(READY) ## CPU time of the commands, as ratios to a bare Python
	@echo "==> Measuring CPU time, all contenders in turn"
	@$(BIN)/python -m benchmarks.startup

drawing: $(READY) ## put the current graph into docs/workflow.md
	@echo "==> Drawing the graph into docs/workflow.md"
	@{ echo '```mermaid' && $(BIN)/foundry graph && echo '```'; } > $(VENV)/graph.md
	@sed -e '/<!-- graph:begin -->/,/<!-- graph:end -->/{//!d;}' -e '/<!-- graph:begin -->/r $(VENV)/graph.md' \
		docs/workflow.md > $(VENV)/workflow.md && cp $(VENV)/workflow.md docs/workflow.md

listing: ## write down the files of each template, which is what is rendered and packaged
	@for family in templates/*/; do \
		git -C "$$family/project" ls-files --cached --others --exclude-standard | LC_ALL=C sort > "$$family/files.txt"; \
	done

wheel: $(READY) ## build the wheel into dist/
	@echo "==> Building the wheel"
	@$(BIN)/python -m build --wheel

clean: ## remove what make made; projects in generated/ stay
	@echo "==> Removing $(VENV), dist and caches (generated/ is yours and stays)"
	@rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find . -name __pycache__ -type d -not -path './generated/*' -prune -exec rm -rf {} +

# uv where it is there, because it is ten times faster. It does not know pip's configuration, so pip has the last word.
$(READY): pyproject.toml
	@echo "==> Setting up $(VENV) (the first time, and when pyproject.toml has changed)"
	@if [ -z "$(PYTHON)" ]; then \
		echo "foundry needs Python >= 3.11 and none was found. Install one, or say: make PYTHON=/path/to/python" >&2; exit 1; fi
	@if uv --version >/dev/null 2>&1 && $(MAKE) --no-print-directory -s setup-uv; then :; \
	else $(MAKE) --no-print-directory -s setup-pip; fi
	@touch $@

.PHONY: setup-uv setup-pip
setup-uv:
	@$(BIN)/python --version >/dev/null 2>&1 || uv venv --quiet --clear --python "$(PYTHON)" $(VENV)
	@echo "==> Installing with uv"
	@uv pip install --quiet --compile-bytecode --python $(BIN)/python --editable '.[dev]'

setup-pip:
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || "$(PYTHON)" -m venv --clear $(VENV) || { \
		echo "Python has no venv module here. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@echo "==> Installing with pip (a minute or two)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
