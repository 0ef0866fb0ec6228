# Acquit. `make` sets up what is needed and lists the goals. Only python3, make and git are needed beforehand.

SHELL := /bin/bash
.DEFAULT_GOAL := all
VENV := .venv
PY := $(VENV)/bin/python
UV := $(VENV)/bin/uv
READY := $(VENV)/.ready
APT := $(VENV)/.apt

export UV_PROJECT_ENVIRONMENT := $(VENV)
export PYTHONUTF8 := 1
# Every service is a process of its own: without cached bytecode each start would compile some hundred modules.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: all help setup lint format typecheck test test-fast demo up down bench load contracts compose-files clean

all: setup help ## What `make` alone does: set everything up, then list the goals

help: ## List the goals
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk 'BEGIN {FS = ":.*## "}; {printf "  \033[36m%-14s\033[0m %s\n", $$1, $$2}'

setup: $(READY) $(APT) ## Make the virtual environment and install what the local servers need

$(UV):
	@test -x $(PY) && $(PY) -m pip --version >/dev/null 2>&1 || deploy/local/make-venv $(VENV)
	@$(PY) -m pip install --quiet --disable-pip-version-check 'uv>=0.5'

$(READY): pyproject.toml uv.lock | $(UV)
	@$(UV) sync --quiet --frozen --inexact --compile-bytecode
	@touch $@

$(APT): | $(READY)
	@$(PY) -m deploy.local.install
	@touch $@

lint: $(READY) ## Check style and formatting
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .

format: $(READY) ## Format the code
	@$(VENV)/bin/ruff check --fix-only --quiet .
	@$(VENV)/bin/ruff format --quiet .

typecheck: $(READY) ## Check types (mypy, strict)
	@$(VENV)/bin/mypy shared services deploy loadtests tests docs/examples

test: setup ## Everything: lint, types, and all tests on real servers
	@$(MAKE) --no-print-directory lint typecheck
	@$(PY) -m pytest

ONE_HALF := tests/unit/edge tests/unit/identity tests/contract
FAST := -m pytest -q -p no:logging -p no:xdist --hypothesis-profile=fast -m 'not wide'

test-fast: $(READY) ## Unit, contract and architecture tests only, without those that search wide
	@$(PY) $(FAST) $(ONE_HALF) & one=$$!; \
	$(PY) $(FAST) tests/unit tests/architecture $(addprefix --ignore=,$(ONE_HALF)); other=$$?; \
	wait $$one && exit $$other

demo: setup ## From nothing to paid claims, told as a short story; writes .local/demo/
	@$(PY) -m deploy.demo

up: setup ## Start everything and stay: URLs, sample users, mails (Ctrl-C or `make down` stops it)
	@$(PY) -m deploy.local up

down: $(READY) ## Stop what `make up` started
	@$(PY) -m deploy.local down

bench: setup ## Measure ratios to the raw floors; writes .local/bench.json
	@$(PY) -m loadtests.bench

load: setup ## Run the locust journeys, bounded, against `make up`
	@$(PY) -m loadtests.run

contracts: $(READY) ## Rewrite schemas, golden messages, AsyncAPI and OpenAPI snapshots, traceability
	@$(PY) -m deploy.wording
	@$(PY) -m deploy.contracts
	@$(PY) -m tests.support.published
	@$(PY) -m tests.support.traceability

compose-files: $(READY) ## Write the secrets and definitions that compose.yaml mounts
	@$(PY) -m deploy.compose

clean: ## Remove local data and caches (not the virtual environment)
	@rm -rf .local .mypy_cache .ruff_cache .pytest_cache .hypothesis
