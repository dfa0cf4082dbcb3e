# Needs make and Python 3.11 or newer; everything else is set up in .venv, hash-checked, by the first target that wants it.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test lint format fuzz soak bench lock clean unsound

# The first interpreter that really runs, is new enough, and can make virtual environments. Overrule: make PYTHON=...
PYTHON ?= $(shell for python in python3.13 python3.12 python3.11 python3 python; do \
	"$$python" -c $(NEW_ENOUGH) 2>/dev/null && { echo "$$python"; break; }; done)
NEW_ENOUGH := 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))'
PIP_INSTALL := -m pip install -qq --disable-pip-version-check --no-input
WORKERS ?= 2

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' Makefile

run: .venv/.installed  ## the shipped policy: examples decided, then the service, until Ctrl-C
	@.venv/bin/python -m support_policy demo
	@exec .venv/bin/python -m support_policy serve --demo

test: lint  ## everything that must hold before a commit: lint and all tests
	@.venv/bin/python -m pytest -q -n $(WORKERS)

lint: .venv/.installed  ## style, types and import contracts
	@.venv/bin/ruff check --quiet
	@.venv/bin/ruff format --check --quiet || { echo "run: make format" >&2; exit 1; }
	@.venv/bin/python -m mypy --no-error-summary
	@.venv/bin/lint-imports --no-logo

format: .venv/.installed  ## rewrite the code in the house style
	@.venv/bin/ruff check --quiet --fix-only
	@.venv/bin/ruff format

fuzz: .venv/.installed  ## the property tests, searching long
	@.venv/bin/python -m pytest -q -n $(WORKERS) -m "fuzz or hypothesis" --hypothesis-profile=fuzz

soak: .venv/.installed  ## 200 kills of the service under load, on SQLite and on PostgreSQL with four workers
	@SOAK_ROUNDS=200 .venv/bin/python -m pytest -q -s tests/soak

bench: .venv-bench/.installed  ## timings against the peers, as ratios
	@.venv-bench/bin/python -m pytest bench -q -s

UPGRADE ?=
COMPILE = .venv-lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --custom-compile-command "make lock" $(UPGRADE) pyproject.toml --extra all
lock: .venv-lock/.made  ## pin the dependencies of pyproject.toml; newest: make lock UPGRADE=--upgrade
	@$(COMPILE) --group dev --output-file requirements.lock
	@$(COMPILE) --group build --group bench --constraint requirements.lock --output-file requirements-bench.lock
	@$(COMPILE) --group build --constraint requirements.lock --output-file deploy/requirements.lock

clean:  ## forget every environment and cache
	rm -rf .venv .venv-bench .venv-lock .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache .benchmarks
	rm -rf build dist
	find engine tests -name __pycache__ -prune -exec rm -rf {} +

# An environment is made anew, never patched, when its lock changed, its making was cut short (no stamp), its
# interpreter is gone, or it was moved (the stamp holds its place): what works here then works in a fresh clone.
sound = $(shell [ "$$(cat $(1)/.locked 2>/dev/null)" = "$(CURDIR)" ] && $(1)/bin/python -c "" 2>/dev/null && echo yes)
ifneq ($(call sound,.venv),yes)
.venv/.locked: unsound
endif
ifneq ($(call sound,.venv-bench),yes)
.venv-bench/.locked: unsound
endif

define make_environment
	@rm -f "$@"
	@"$(PYTHON)" -c $(NEW_ENOUGH) 2>/dev/null || { \
		echo "Python 3.11 or newer, with its venv module, is needed; none found. Name one: make PYTHON=/path/to/python3" >&2; \
		exit 1; }
	@echo "setting up $(@D) with $(PYTHON) (once; a minute or so)" >&2
	@"$(PYTHON)" -m venv --clear $(@D)
endef

.venv/.locked: requirements.lock
.venv-bench/.locked: requirements-bench.lock
.venv/.locked .venv-bench/.locked:
	$(make_environment)
	@$(@D)/bin/python $(PIP_INSTALL) --require-hashes --no-deps -r $(filter %.lock,$^)
	@printf '%s' "$(CURDIR)" > $@

.venv/.installed: .venv/.locked pyproject.toml
.venv-bench/.installed: .venv-bench/.locked pyproject.toml
.venv/.installed .venv-bench/.installed:
	@$(@D)/bin/python $(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

.venv-lock/.made:
	$(make_environment)
	@$(@D)/bin/python $(PIP_INSTALL) uv
	@touch $@
