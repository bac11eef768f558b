# Two commands are enough: `make run` and `make test`. Each installs what it needs.
PYTHON ?= python3
# On Linux without a GPU: make run PIP_OPTIONS="--extra-index-url https://download.pytorch.org/whl/cpu"
PIP_OPTIONS ?=
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check $(PIP_OPTIONS) -c constraints.txt

.PHONY: run test test-all lab build check lint bench clean

run: .venv/course.done  ## run every notebook, print the evidence
	$(BIN)/mlsd run --all

lab: .venv/course.done  ## open JupyterLab on your own copies
	$(BIN)/mlsd lab

build: .venv/course.done  ## make notebooks/*.ipynb and solutions/*.ipynb from their sources
	$(BIN)/mlsd build

check: .venv/course.done  ## whether every section is whole; executes nothing
	$(BIN)/mlsd build --check

test: .venv/test.done  ## all tests; nbval over the notebooks
	$(BIN)/python tests/run.py

test-all: .venv/test.done  ## the same, and every notebook and solution at full size
	$(BIN)/python tests/run.py --all

lint: .venv/test.done
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

bench: .venv/bench.done  ## hand-written code beside its peers
	$(BIN)/python benchmarks/run.py

clean:  ## remove what can be made again; your work/ stays
	rm -rf .venv runs dist .pytest_cache .ruff_cache .hypothesis

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || \
	  { echo "Python 3.11, 3.12 or 3.13 is needed; name one: make PYTHON=python3.11 …"; exit 2; }
	$(PYTHON) -m venv .venv

.venv/course.done: .venv/bin/python pyproject.toml constraints.txt
	@echo "Installing the course into .venv (the first time takes a few minutes) …"
	$(PIP) -e ".[course]"
	@touch $@

.venv/test.done: .venv/bin/python pyproject.toml constraints.txt
	@echo "Installing the course and its tests into .venv (the first time takes a few minutes) …"
	$(PIP) -e ".[course,test]"
	@touch .venv/course.done $@

.venv/bench.done: .venv/test.done
	$(PIP) -e ".[course,test,bench]"
	@touch $@
