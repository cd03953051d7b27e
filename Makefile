# Everything runs in .venv, which the first command makes by itself: Python 3.11 or newer and make are all it takes.
# After that nothing needs a network. Nothing is written outside this folder.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.9
export UV_CACHE_DIR := $(CURDIR)/.cache/uv
export PIP_CACHE_DIR := $(CURDIR)/.cache/pip
export XDG_CACHE_HOME := $(CURDIR)/.cache
export HYPOTHESIS_STORAGE_DIRECTORY := $(CURDIR)/.cache/hypothesis
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help demo test quick trials bench lint docs clean
help:
	@echo "make demo    a simulated day, watched; prints where the report lies"
	@echo "make test    all tests"
	@echo "make quick   the tests that take under a minute"
	@echo "make lint    style, types, import walls"
	@echo "make trials  long property runs from a fresh seed (SEED=n repeats one)"
	@echo "make bench   speed and memory beside peers (needs the bench extra, which it installs)"
	@echo "make docs    the command reference from the commands themselves"

$(VENV)/ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; name one with: make PYTHON=/path/to/python3.11"; exit 1; }
	@if $(PYTHON) -c 'import ensurepip' 2>/dev/null; then $(PYTHON) -m venv --clear $(VENV); \
	elif $(PYTHON) -m pip --version >/dev/null 2>&1; then $(PYTHON) -m venv --clear --without-pip $(VENV); \
	else echo "This Python has neither ensurepip nor pip (on Debian: apt-get install python3-venv)"; exit 1; fi
	@if [ -x $(BIN)/pip ]; then $(BIN)/pip install --quiet uv==$(UV_VERSION); \
	else $(PYTHON) -m pip --python $(BIN)/python install --quiet uv==$(UV_VERSION); fi
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps -e .
	@touch $@

demo: $(VENV)/ready
	$(BIN)/python -m scenarios.day out/day --seed 1
	$(BIN)/beaconline watch out/day/positions.csv --zones out/day/zones.geojson --mode simulated --out out/demo --replace
	@echo "open out/demo/report.html in a browser; what was staged stands in out/day/truth.json"

test: $(VENV)/ready
	$(BIN)/pytest -n 2 --dist loadfile -m "not trial"

quick: $(VENV)/ready
	$(BIN)/pytest -n 2 --dist loadfile -m "not slow and not trial" -q

SEED ?= $(shell date +%s)
trials: $(VENV)/ready
	@echo "seed $(SEED)"
	HYPOTHESIS_PROFILE=deep $(BIN)/pytest -n 2 -m "trial or hypothesis" --hypothesis-seed=$(SEED) $(TRIALS_ARGS)

lint: $(VENV)/ready
	$(BIN)/ruff check src tests bench scenarios scripts
	$(BIN)/ruff format --check src tests bench scenarios scripts
	$(BIN)/mypy
	$(BIN)/lint-imports

$(VENV)/ready-bench: $(VENV)/ready requirements-bench.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-bench.lock
	@touch $@

bench: $(VENV)/ready-bench
	$(BIN)/python -m bench

docs: $(VENV)/ready
	$(BIN)/python scripts/make_cli_reference.py

clean:
	rm -rf $(VENV) .cache out
