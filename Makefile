# Everything a developer does, from a machine that has only Python 3.11 and make.
# `make` alone lists the targets. Each installs what it needs into .venv first.

PYTHON ?= python3
PYTEST_WORKERS ?= 2
ARGS ?=
TASKS ?= 1000000
ROUNDS ?= 200

VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip -qq --disable-pip-version-check install --require-hashes
DEVSTACK := $(PY) -m taskhub.devstack
OPENAPI := docs/api/openapi.yaml
CHECKS := check-format check-lint check-types check-imports check-migrations check-openapi

# A stamp carries the checksum of its lock files: another lock file, another stamp, a new install.
RUNTIME_LOCKS := requirements/runtime.txt requirements/embedded.txt
DEV_LOCKS := requirements/dev.txt
FUZZ_LOCKS := requirements/fuzz.txt
checksum = $(firstword $(shell cat $(1) | cksum))
RUNTIME := $(VENV)/.runtime-$(call checksum,$(RUNTIME_LOCKS))
DEV := $(VENV)/.dev-$(call checksum,$(RUNTIME_LOCKS) $(DEV_LOCKS))
FUZZ := $(VENV)/.fuzz-$(call checksum,$(FUZZ_LOCKS))

.DEFAULT_GOAL := help
.PHONY: help run test test-processes test-thorough test-ui test-migrations test-plans test-fuzz bench check $(CHECKS) format lock openapi clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "Variables: PYTHON, PYTEST_WORKERS, ARGS (more arguments for pytest or uv),"
	@echo "TASKS and ROUNDS (of make bench);"
	@echo "make run also reads TASKHUB_PORT, TASKHUB_DATA, TASKHUB_ADMIN_PASSWORD."

run: $(RUNTIME) ## start TaskHub with its own PostgreSQL and Valkey; Ctrl-C stops it
	@$(DEVSTACK) run

test: $(DEV) ## run the suite on throw-away servers (ARGS="-k name tests/core")
	@$(DEVSTACK) exec -- $(PY) -m pytest -n $(PYTEST_WORKERS) $(ARGS)

test-processes: $(DEV) ## run the tests that start processes and servers, as a person would
	@$(DEVSTACK) exec -- $(PY) -m pytest -n $(PYTEST_WORKERS) -m processes $(ARGS)

test-thorough: $(DEV) ## run the tests that try every combination, great sizes or many examples
	@$(DEVSTACK) exec -- $(PY) -m pytest -n $(PYTEST_WORKERS) -m "thorough or hypothesis" \
	  --hypothesis-profile thorough $(ARGS)

test-ui: $(DEV) ## run the browser tests (they need a Chromium)
	@$(PY) -m pytest tests/ui -o addopts="--strict-markers --strict-config -ra" $(ARGS)

test-migrations: $(DEV) ## run all migrations forwards, backwards and forwards again
	@$(DEVSTACK) exec -- $(PY) -m pytest tests/migrations -o addopts="--strict-markers --strict-config -ra" $(ARGS)

test-plans: $(DEV) ## check the plans of the named queries on 200,000 made-up tasks (some minutes)
	@$(DEVSTACK) exec -- $(PY) -m pytest tests/plans -o addopts="--strict-markers --strict-config -ra" $(ARGS)

test-fuzz: $(DEV) $(FUZZ) ## fuzz the PRD parser by coverage, bounded (Python 3.11 to 3.13 on Linux)
	@$(DEVSTACK) exec -- $(PY) -m pytest tests/fuzz -o addopts="--strict-markers --strict-config -ra" $(ARGS)

bench: $(DEV) ## time the named queries beside an unpartitioned twin; writes benchmarks/reports/
	@$(DEVSTACK) exec -- $(PY) -m benchmarks.queries --tasks $(TASKS) --rounds $(ROUNDS)

check: $(CHECKS) ## format, lint, types, imports, missing migrations, OpenAPI drift (-j2 is faster)
	@echo "All checks passed."

check-format: $(DEV)
	@$(PY) -m ruff format --check --quiet --output-format concise .

check-lint: $(DEV)
	@$(PY) -m ruff check --quiet --output-format concise .

check-types: $(DEV)
	@SECRET_KEY=types-need-none $(PY) -m mypy --no-error-summary

check-imports: $(DEV)
	@report=$$($(VENV)/bin/lint-imports) || { echo "$$report"; exit 1; }

# On throw-away servers, because Django compares the migrations with a database's history.
check-migrations check-openapi openapi: export DJANGO_SETTINGS_MODULE = taskhub.settings.test

check-migrations: $(DEV)
	@$(DEVSTACK) exec -- $(PY) manage.py makemigrations --check --dry-run

check-openapi: $(DEV)
	@now=$$(mktemp) && trap 'rm -f "$$now"' EXIT && \
	$(DEVSTACK) exec -- $(PY) manage.py spectacular --validate --fail-on-warn --file "$$now" && \
	if ! diff -u $(OPENAPI) "$$now"; then \
	  echo "$(OPENAPI) is out of date: run make openapi and commit it." >&2; exit 1; \
	fi

openapi: $(DEV) ## write docs/api/openapi.yaml from the code
	@mkdir -p $(dir $(OPENAPI))
	@$(DEVSTACK) exec -- $(PY) manage.py spectacular --validate --fail-on-warn --file $(OPENAPI)

format: $(DEV) ## format the code and apply safe fixes
	@$(PY) -m ruff format .
	@$(PY) -m ruff check --fix .

LOCK := cd requirements && ../$(PY) -m uv pip compile --quiet --generate-hashes --no-emit-index-url \
	--python-version 3.11 --custom-compile-command "make lock"

lock: $(DEV) ## compile requirements/*.in into hashed lock files (ARGS=--upgrade for newer ones)
	@echo "Compiling the lock files …"
	@$(LOCK) $(ARGS) runtime.in -o runtime.txt
	@$(LOCK) $(ARGS) -c runtime.txt embedded.in -o embedded.txt
	@$(LOCK) $(ARGS) -c runtime.txt -c embedded.txt dev.in -o dev.txt
	@$(LOCK) $(ARGS) fuzz.in -o fuzz.txt

clean: ## remove the virtual environment and caches; never the data folder
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage
	@find apps taskhub tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(RUNTIME): $(RUNTIME_LOCKS)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "TaskHub needs Python 3.11 or newer; \"$(PYTHON)\" is not. Set PYTHON=python3.11." >&2; \
	  exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "This Python cannot make virtual environments: apt install python3-venv." >&2; exit 1; }
	@$(PY) -m pip --version >/dev/null 2>&1 || { \
	  echo "Creating $(VENV) …"; $(PYTHON) -m venv --clear $(VENV); }
	@echo "Installing what TaskHub runs on …"
	@$(PIP) $(foreach lock,$(RUNTIME_LOCKS),-r $(lock))
	@rm -f $(VENV)/.runtime-* && touch $@

$(DEV): $(DEV_LOCKS) $(RUNTIME)
	@echo "Installing test and lint tools …"
	@$(PIP) $(foreach lock,$(DEV_LOCKS),-r $(lock))
	@rm -f $(VENV)/.dev-* && touch $@

$(FUZZ): $(FUZZ_LOCKS) $(DEV)
	@echo "Installing the fuzzer …"
	@$(PIP) -r $(FUZZ_LOCKS)
	@rm -f $(VENV)/.fuzz-* && touch $@
