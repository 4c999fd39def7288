# Linli: every task has one name. `make help` lists them.

HOST ?= 127.0.0.1
PORT ?= 8000
DATA ?= data

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
BIN := .venv/bin
PY := $(BIN)/python
# pip has nothing to ask and no newer self to advertise; uv, when there is one, only makes the same install faster.
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1
# A bare machine has the C locale; source files and messages are UTF-8.
export PYTHONUTF8 := 1

.PHONY: help run test test-spark install install-test format lint types floors messages css requirements licences real bench shots clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | while IFS=$$'\t' read -r name text; do printf '  make %-14s %s\n' "$$name" "$$text"; done

# --- run -----------------------------------------------------------------------------------------

run: install ## set up, then serve on http://127.0.0.1:8000 with a demo neighbourhood (PORT=, HOST=, DATA=)
	@mkdir -p "$(DATA)"
	@export LINLI_DATA="$(DATA)" LINLI_DEMO="$${LINLI_DEMO:-on}" \
		LINLI_STAFF_SECOND_FACTOR="$${LINLI_STAFF_SECOND_FACTOR:-optional}" \
		LINLI_PUBLIC_URL="$${LINLI_PUBLIC_URL:-http://$(HOST):$(PORT)}"; \
	exec $(BIN)/linli serve --host "$(HOST)" --port "$(PORT)"

install: .venv/installed-core ## make .venv with exactly the pinned packages (hash-checked)

install-test: .venv/installed-test ## the same, with what the tests need

.venv/bin/python:
	@tools/new_environment.sh "$(PYTHON)"

.venv/installed-core: .venv/bin/python requirements/build.txt requirements/core.txt requirements/insight.txt requirements/measure.txt pyproject.toml
	@tools/install.sh build core insight measure
	@touch $@

.venv/installed-test: .venv/bin/python $(wildcard requirements/*.txt) pyproject.toml
	@tools/install.sh build core postgres insight measure documents test
	@touch .venv/installed-core $@

# --- check ---------------------------------------------------------------------------------------

test: install-test ## everything CI runs: format, lint, types, floors, messages, css, tests on SQLite and PostgreSQL, browser
	@tools/system_packages.sh
	@exec $(PY) tools/run_tests.py

test-spark: .venv-spark/installed ## the same indicators on Spark as on DuckDB, in an environment of its own (needs Java 17; some 900 MB)
	@command -v java >/dev/null || { echo "Spark needs Java 17: apt install openjdk-17-jre-headless"; exit 1; }
	@.venv-spark/bin/python -m pytest -q -p no:cacheprovider tests/insight/measure/test_engines.py

.venv-spark/installed: requirements/scale.txt requirements/measure.txt requirements/test.txt
	@$(PYTHON) -m venv .venv-spark
	@echo "Installing Spark and what its test needs …"
	@.venv-spark/bin/python -m pip install -qq --no-warn-script-location --require-hashes \
		$(foreach name,build core postgres insight measure documents test,-r requirements/$(name).txt)
	@.venv-spark/bin/python -m pip install -qq --no-build-isolation --require-hashes -r requirements/scale.txt
	@touch $@

format: install-test ## put the source into its one format
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix --select I .

lint: install-test ## find mistakes
	@$(BIN)/ruff check .

types: install-test ## check types
	@$(BIN)/mypy

floors: install-test ## check that imports only go down
	@$(BIN)/lint-imports

# --- made files ----------------------------------------------------------------------------------

messages: install-test ## collect and compile translations
	@$(PY) tools/messages.py extract
	@$(PY) tools/messages.py compile

css: install-test ## build the style sheet from its parts
	@$(PY) tools/build_css.py

requirements: install-test ## resolve pyproject.toml again and export hashed pins and licences (ARGS=--upgrade for newer releases)
	@$(PY) tools/requirements.py $(ARGS)
	@$(PY) tools/licences.py

licences: install-test ## list licences of everything shipped or used; fails on one that must not be
	@$(PY) tools/licences.py

real: install-test ## import the real messages and 311 records through the product's own doors
	@$(PY) tools/real.py

bench: install-test ## measure speed at street scale, SQLite and PostgreSQL
	@$(PY) bench/run.py

shots: install-test ## take the screenshots that README shows
	@$(PY) tools/shots.py

clean: ## remove the environment and caches (never the data)
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist ./*.egg-info tests/shots
