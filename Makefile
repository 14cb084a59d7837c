# Every recipe works on a machine with Python 3.11 or later and make; the rest is fetched by the lock files.
PYTHON ?= python3
BIN := .venv/bin
UV_OWN := var/uv/bin/uv
UV := $(or $(shell command -v uv 2>/dev/null),$(UV_OWN))
SYNCED := .venv/synced

.DEFAULT_GOAL := help
.PHONY: help run test check lint layout rules imports types format bench assets clean

help: ## list these recipes
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

run: $(SYNCED) ## prepare everything and serve on http://127.0.0.1:8000
	@$(BIN)/greenhood run $(ARGS)

test: $(SYNCED) ## all tests; browser tests where a Chromium is found
	@$(BIN)/greenhood assets
	@$(BIN)/python -m pytest $(ARGS)

check: lint test ## what must be green before a commit lands: format, lint, types, imports, tests

lint: layout rules imports types ## layout, lint rules, direction of imports and types, without tests

layout: $(SYNCED)
	@$(BIN)/ruff format --check --quiet || { echo "make format would change these" >&2; exit 1; }

rules: $(SYNCED)
	@$(BIN)/ruff check

imports: $(SYNCED)
	@$(BIN)/lint-imports

types: $(SYNCED)
	@$(BIN)/mypy

format: $(SYNCED) ## format, and repair what lint can repair
	@$(BIN)/ruff check --fix --exit-zero --quiet
	@$(BIN)/ruff format

bench: $(SYNCED) ## measured speed, each figure beside its floor
	@$(BIN)/greenhood assets
	@$(BIN)/python -m bench $(ARGS)

assets: $(SYNCED) ## front-end files by package-lock.json
	@$(BIN)/greenhood assets

clean: ## remove the environment and caches; var/ with its data stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache var/uv

$(SYNCED): pyproject.toml uv.lock | $(UV)
	@$(UV) sync --locked
	@touch $@

# A machine without uv gets one of its own.
$(UV_OWN):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed, this is " + sys.version.split()[0])'
	@$(PYTHON) -m venv var/uv || { echo "On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@var/uv/bin/python -m pip install --quiet --disable-pip-version-check 'uv>=0.7,<1'
