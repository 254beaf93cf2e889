# `make demo` and `make test` need Python 3.11 or 3.12, pip and a C compiler; they make .venv themselves.

VENV := .venv
PYTHON ?= $(shell for p in python3 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))' 2>/dev/null && echo $$p && break; done)
BIN := $(VENV)/bin

# A stamp carries the checksum of the pins it stands for, so a changed pin makes a new stamp and an install.
checksum = $(firstword $(shell cat $(1) | cksum))
HOST := requirements/runtime.txt requirements/openmmlab.txt
INSTALLED := $(VENV)/.host-$(call checksum,$(HOST) setup.py pyproject.toml)
INSTALLED_DEV := $(VENV)/.dev-$(call checksum,$(HOST) setup.py pyproject.toml requirements/dev.txt)

# One process for each core; one that has run out of tests takes some of another's.
PARALLEL := -n auto --dist worksteal

.PHONY: help demo test test-slow test-zoo zoo check fix clean
help:  ## list the targets
	@awk -F ":.*## " '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(INSTALLED)  ## train, evaluate and show HRNet on generated scenes (work_dirs/demo); TASK=pose for one task
	$(BIN)/python -m demo $(TASK)

test: $(INSTALLED_DEV)  ## the test suite
	$(BIN)/python -m pytest $(PARALLEL)

test-slow: $(INSTALLED_DEV)  ## the tests marked slow (CI runs both)
	$(BIN)/python -m pytest -m slow $(PARALLEL)

test-zoo: $(INSTALLED_DEV)  ## a step of every config at its own width; leaves benchmarks/zoo_steps.md
	$(BIN)/python -m pytest -m zoo tests/zoo

zoo: $(INSTALLED)  ## write docs/model_zoo.md, the metafiles and model-index.yml
	$(BIN)/python docs/write_model_zoo.py

check: $(INSTALLED_DEV)  ## ruff, the rooms' dependencies and pyright
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports --no-logo
	$(BIN)/pyright

fix: $(INSTALLED_DEV)  ## let ruff repair what it can
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

clean:  ## remove the environment and everything that runs have written
	rm -rf $(VENV) work_dirs data/toy build dist *.egg-info hrnet_mm/.mim
	rm -rf .pytest_cache .ruff_cache .import_linter_cache .hypothesis

$(INSTALLED):
	@test -n "$(PYTHON)" || { echo "No Python 3.11 or 3.12 found; set PYTHON=/path/to/python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -r requirements/runtime.txt
	$(BIN)/python -m pip install --no-deps --no-build-isolation -r requirements/openmmlab.txt
	$(BIN)/python -m pip install --no-deps --no-build-isolation -e .
	@rm -f $(VENV)/.host-* && touch $@

$(INSTALLED_DEV): $(INSTALLED)
	$(BIN)/python -m pip install -r requirements/dev.txt
	@rm -f $(VENV)/.dev-* && touch $@
