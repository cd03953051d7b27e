# One word each. Everything stays inside this folder; after the first `make` the network is not needed.
#   make demo     a simulated day, watched; prints where the report lies
#   make test     all tests          make quick   the fast ones, under a minute
#   make lint     style, types, import walls, house rules
#   make bench    speed against known peers, results kept in bench/results
#   make trials   long random runs    make lock   renew the lock files    make clean

SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
BENCH_READY := $(VENV)/.bench-ready
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3.14 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
LOCK_FLAGS := --quiet --generate-hashes --universal --python-version 3.11 --no-emit-index-url
SEED ?= 1

# No home folder is needed: what tools keep, they keep here.
export UV_CACHE_DIR := $(CURDIR)/.cache/uv
export PIP_CACHE_DIR := $(CURDIR)/.cache/pip
export XDG_CACHE_HOME := $(CURDIR)/.cache
export XDG_CONFIG_HOME := $(CURDIR)/.cache/config
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export UV_NO_CONFIG := 1
# The virtual environment is on the same disk as uv's cache only by chance: copy where linking fails, without a warning.
export UV_LINK_MODE := copy

.PHONY: help setup demo test quick lint bench trials lock clean
help:
	@sed -n 's/^#  *\(make .*\)/\1/p' Makefile

setup: $(READY)

# venv without pip needs a pip outside it; where both are missing there is nothing to start from.
$(VENV)/.pip: requirements-uv.lock
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed (python3.11 ... python3.14 or python3)" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) >/dev/null 2>&1 || $(PYTHON) -m venv --without-pip --clear $(VENV)
	@if $(BIN)/python -m pip --version >/dev/null 2>&1; then \
		$(BIN)/python -m pip install --quiet --require-hashes --no-deps -r requirements-uv.lock; \
	elif $(PYTHON) -m pip --version >/dev/null 2>&1; then \
		$(PYTHON) -m pip --python $(BIN)/python install --quiet --require-hashes --no-deps -r requirements-uv.lock; \
	else \
		echo "pip is missing: install the package python3-venv or python3-pip, then run make again" >&2; exit 1; \
	fi
	@touch $@

$(READY): $(VENV)/.pip requirements.lock pyproject.toml
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

$(BENCH_READY): $(READY) requirements-bench.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-bench.lock
	@touch $@

demo: $(READY)
	@mkdir -p out
	@$(BIN)/python -m scenarios.day out/day.csv --seed $(SEED) --zones out/day_zones.geojson --truth out/day_truth.json
	@$(BIN)/beaconline watch out/day.csv --zones out/day_zones.geojson --mode simulated --out out/demo --replace
	@echo "The report: file://$(CURDIR)/out/demo/report.html"

test: $(READY)
	@$(BIN)/python -m pytest -q -n 2 -m "not trial"

quick: $(READY)
	@$(BIN)/python -m pytest -q -n 2 -m "not slow and not trial"

lint: $(READY)
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python -m pytest -q tests/house

bench: $(BENCH_READY)
	@$(BIN)/python -m bench

# Random tests with many examples and a seed of the day; SEED=... repeats a run.
trials: $(READY)
	@HYPOTHESIS_PROFILE=deep $(BIN)/python -m pytest -q -n 2 --hypothesis-seed=$(SEED)

lock: $(VENV)/.pip
	@$(BIN)/uv pip compile $(LOCK_FLAGS) --extra dev --extra ports pyproject.toml -o requirements.lock >/dev/null
	@$(BIN)/uv pip compile $(LOCK_FLAGS) --extra dev --extra ports --extra bench -c requirements.lock \
		pyproject.toml -o requirements-bench.lock >/dev/null

clean:
	rm -rf $(VENV) .cache out .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find src tests scenarios bench scripts -name __pycache__ -type d -exec rm -rf {} +
