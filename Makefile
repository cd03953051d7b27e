# Everything runs in .venv, which the first command makes by itself: Python 3.11 or newer and make are all it takes.
# After that nothing needs a network. Nothing is written outside this folder, and no home folder is needed.

SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for p in python3 python3.11 python3.12 python3.13 python3.14; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
LOCK := $(BIN)/uv pip compile --quiet --generate-hashes --universal --python-version 3.11 --no-emit-index-url
SEED ?= $(shell date +%s)
PROFILE ?= deep

export UV_CACHE_DIR := $(CURDIR)/.cache/uv
export PIP_CACHE_DIR := $(CURDIR)/.cache/pip
export XDG_CACHE_HOME := $(CURDIR)/.cache
export XDG_CONFIG_HOME := $(CURDIR)/.cache/config
export HYPOTHESIS_STORAGE_DIRECTORY := $(CURDIR)/.cache/hypothesis
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# A network that opens TLS has its own authority, and the machine's store knows it.
export UV_SYSTEM_CERTS := 1
# numba keeps compiled code beside the sources, so Python must be free to write there.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help setup demo test quick trials lint bench docs lock clean
help:
	@echo "make demo    a simulated day, watched; prints where the report lies"
	@echo "make test    all tests"
	@echo "make quick   the tests that take under a minute"
	@echo "make lint    style, types, import walls, rules of the house"
	@echo "make trials  long property runs from a fresh seed (SEED=n repeats one)"
	@echo "make bench   speed and memory beside peers (needs the bench extra, which it installs)"
	@echo "make docs    the command reference from the commands themselves"
	@echo "make lock    renew the lock files from pyproject.toml (needs the network)"

setup: $(VENV)/ready

# A Python without ensurepip can still make a virtual environment; then a pip from outside has to fill it.
$(VENV)/uv: requirements-uv.lock
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; name one with: make PYTHON=/path/to/python" >&2; exit 1; }
	@if $(PYTHON) -c 'import ensurepip' 2>/dev/null; then $(PYTHON) -m venv --clear $(VENV); \
	elif $(PYTHON) -m pip --version >/dev/null 2>&1; then $(PYTHON) -m venv --clear --without-pip $(VENV); \
	else echo "This Python has neither ensurepip nor pip (on Debian: apt-get install python3-venv)" >&2; exit 1; fi
	@if [ -x $(BIN)/pip ]; then $(BIN)/pip install --quiet --require-hashes -r requirements-uv.lock; \
	else $(PYTHON) -m pip --python $(BIN)/python install --quiet --require-hashes -r requirements-uv.lock; fi
	@touch $@

$(VENV)/ready: $(VENV)/uv requirements.lock pyproject.toml
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/ready-bench: $(VENV)/ready requirements-bench.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-bench.lock
	@touch $@

demo: $(VENV)/ready
	@$(BIN)/python -m scenarios.day out/day/positions.csv --seed 1
	@$(BIN)/beaconline watch out/day/positions.csv --zones out/day/positions_zones.geojson \
		--lists out/day/positions_list.csv --mode simulated --out out/demo --replace
	@echo "open file://$(CURDIR)/out/demo/report.html (what was staged: out/day/positions_truth.json)"

test: $(VENV)/ready
	@$(BIN)/pytest -n 2 --dist loadfile -m "not trial" -q

quick: $(VENV)/ready
	@$(BIN)/pytest -n 2 --dist loadfile -m "not slow and not trial" -q

trials: $(VENV)/ready
	@echo "seed $(SEED)"
	@HYPOTHESIS_PROFILE=$(PROFILE) $(BIN)/pytest -n 2 -m "trial or hypothesis" --hypothesis-seed=$(SEED) $(TRIALS_ARGS)

lint: $(VENV)/ready
	@$(BIN)/ruff check --quiet src tests bench scenarios scripts
	@$(BIN)/ruff format --quiet --check src tests bench scenarios scripts
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/pytest -q tests/house

bench: $(VENV)/ready-bench
	@$(BIN)/python -m bench

docs: $(VENV)/ready
	@$(BIN)/python scripts/make_cli_reference.py
	@PYTHONPATH=. $(BIN)/python scripts/make_pictures.py

lock: $(VENV)/uv
	@sed -n 's/^\(uv==[^ ]*\).*/\1/p' requirements-uv.lock | $(LOCK) - -o requirements-uv.lock >/dev/null
	@$(LOCK) --extra dev --extra ports pyproject.toml -o requirements.lock >/dev/null
	@$(LOCK) --extra dev --extra ports --extra bench -c requirements.lock pyproject.toml -o requirements-bench.lock >/dev/null

clean:
	rm -rf $(VENV) .cache out .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find src tests scenarios bench scripts -name __pycache__ -type d -prune -exec rm -rf {} +
