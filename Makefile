# Two commands do everything on a fresh machine: `make demo` and `make test`.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
DEMO_HOME ?= .demo
PORT ?= 8000
# Compiled modules that are kept make every command start twice as fast, in the tests too.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test check setup setup-system setup-cluster lock format lint types imports dependencies docs translations messages guards \
        bench score screenshots clean

WORDS := src/huimin_platform/locale/zh_Hans/LC_MESSAGES/django

setup: .venv/ready $(WORDS).mo

# A newer release brings new sentences, often without new packages.
$(WORDS).mo: $(WORDS).po | .venv/ready
	$(BIN)/python -m huimin_platform.locale.compile

# The stamp is newer than the locks when the environment holds just what they say.
.venv/ready: pyproject.toml requirements/run.txt requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Huimin needs Python 3.11 or newer; set PYTHON=/path/to/python3.11"; exit 3; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --require-hashes -r requirements/uv.txt
	$(BIN)/uv pip sync --quiet --require-hashes requirements/dev.txt
	$(BIN)/uv pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

demo: setup
	$(BIN)/python -m huimin_platform.command.demo --home $(DEMO_HOME) --port $(PORT)

test: setup
	$(BIN)/python -m pytest -n auto --dist worksteal

check: setup format-check lint types imports dependencies translations docs test

format: setup
	$(BIN)/ruff format src tests bench
	$(BIN)/ruff check --fix src tests bench

.PHONY: format-check
format-check: setup
	$(BIN)/ruff format --check src tests bench

lint: setup
	$(BIN)/ruff check src tests bench

types: setup
	$(BIN)/basedpyright --level error

imports: setup
	$(BIN)/lint-imports

dependencies: setup
	$(BIN)/deptry src

# The reference pages must say what the code says.
docs: setup
	$(BIN)/python -m pytest -q tests/architecture/test_documents.py

translations: setup
	$(BIN)/python -m huimin_platform.locale.compile --check

# Collects new strings into the catalogue (needs gettext: make setup-system).
messages: setup
	$(BIN)/python -m huimin_platform.locale.collect

# Keeps what the guards of public money say, after a migration that changes one. Look at the difference.
guards: setup
	GUARDS=write $(BIN)/python -m pytest -q tests/architecture/test_guards.py

bench: setup
	$(BIN)/python bench/run.py

score: setup
	$(BIN)/python bench/score.py

screenshots: setup
	$(BIN)/python -m tests.browser.screenshots

# Pins every package with its hashes, for every platform, naming no index.
lock:
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --no-annotate pyproject.toml -o requirements/run.txt
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --no-annotate pyproject.toml --group dev -o requirements/dev.txt
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --group cluster -o requirements/cluster.txt
	echo uv | $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --no-annotate - -o requirements/uv.txt

# Spark, for the tests of rules and linking on a cluster (needs Java: make setup-system). 300 MB, and nobody else needs it.
setup-cluster: setup
	$(BIN)/uv pip install --quiet --require-hashes -r requirements/cluster.txt

# System packages that only some features need: a browser for tests, fonts for pictures, Pango for PDF, gettext for new strings.
setup-system:
	@if command -v apt-get >/dev/null; then \
	  if [ "$$(id -u)" = 0 ]; then SUDO=; else SUDO=sudo; fi; \
	  missing=; for p in chromium fonts-noto-cjk gettext libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 default-jre-headless; do dpkg -s $$p >/dev/null 2>&1 || missing="$$missing $$p"; done; \
	  if [ -n "$$missing" ]; then $$SUDO apt-get update -q && $$SUDO env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $$missing; fi; \
	else echo "No apt-get here. Install chromium, Noto CJK fonts and gettext by hand; the tests that need them are skipped and say so."; fi

clean:
	rm -rf .venv .demo .score .pytest_cache .ruff_cache .hypothesis screenshots
