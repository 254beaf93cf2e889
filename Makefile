# `make demo` and `make test` need one of Python 3.11 to 3.14; they make .venv themselves.

VENV := .venv
# The newest that starts and can make an environment (Debian's needs the package python3-venv for that),
# 3.14 last, as it is the least tested.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3.14 python3; do \
	$$p -c 'import ensurepip, sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null && echo $$p && break; done)
BIN := $(VENV)/bin

# A stamp carries the checksum of the pins it stands for, so a changed pin makes a new stamp and an install.
checksum = $(firstword $(shell cat $(1) | cksum))
HOST := requirements/runtime.txt requirements/openmmlab.txt setup.py pyproject.toml
INSTALLED := $(VENV)/.host-$(call checksum,$(HOST))
INSTALLED_DEV := $(VENV)/.dev-$(call checksum,$(HOST) requirements/dev.txt)

# One process for each core; one that has run out of tests takes some of another's.
PARALLEL := -n auto --dist worksteal

.PHONY: help environment demo test test-slow test-zoo test-gpu test-pythons zoo check fix clean
help:  ## list the targets
	@awk -F ":.*## " '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(INSTALLED)  ## train, evaluate and show HRNet on generated scenes (work_dirs/demo); TASK=pose for one task
	$(BIN)/python -m demo $(TASK) $(if $(SEED),--seed $(SEED))

environment: $(INSTALLED_DEV)  ## make .venv alone, with all that the other targets need

test: $(INSTALLED_DEV)  ## the test suite
	$(BIN)/python -m pytest $(PARALLEL)

test-slow: $(INSTALLED_DEV)  ## the tests marked slow (CI runs both)
	$(BIN)/python -m pytest -m slow $(PARALLEL)

test-zoo: $(INSTALLED_DEV)  ## a step of every config, all of the toolboxes ported; leaves benchmarks/{zoo_steps,ported_configs}.md
	$(BIN)/python -m pytest -m zoo tests/zoo

test-gpu: $(INSTALLED_DEV)  ## the tests that need a CUDA device; without one they are skipped
	$(BIN)/python -m pytest -m gpu

test-pythons:  ## the test suite on each of Python 3.11 to 3.14 that is here; leaves benchmarks/pythons.md
	$(or $(PYTHON),python3) benchmarks/pythons.py

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
	rm -rf $(VENV) .venv-3.* work_dirs data/toy build dist *.egg-info hrnet_mm/.mim
	rm -rf .pytest_cache .ruff_cache .import_linter_cache .hypothesis

# Both say what they do in a line a step; what failed is done by the next call.
define install
@test -n "$(PYTHON)" || { echo "No Python 3.11 to 3.14 with venv found; set PYTHON=/path/to/python3.13"; exit 1; }
@$(PYTHON) requirements/install.py $(VENV)
endef

$(INSTALLED):
	$(install)
	@rm -f $(VENV)/.host-* && touch $@

$(INSTALLED_DEV):
	$(install) --dev
	@rm -f $(VENV)/.host-* $(VENV)/.dev-* && touch $(INSTALLED) $@
