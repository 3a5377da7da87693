# Targets make their own .venv from the locks. Interpreter: make PYTHON=python3 test

FITS := import sys, ensurepip; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in python3.11 python3 python3.12 python3.13 python3.14; do $$p -c '$(FITS)' 2>/dev/null && { echo $$p; break; }; done)
BIN := .venv/bin
APP := .venv/app-ready
READY := .venv/ready
SPARK := .venv/spark-ready
NPM := .tools/npm/ready
CHROMIUM := .tools/chromium
BENCHES := $(filter-out __init__ collect sending spark,$(basename $(notdir $(wildcard bench/*.py))))
PURE := src/backrow/qos/*,src/backrow/zoom/*,src/backrow/simulate/*,src/backrow/diagnose/*
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate
export PATH := $(CURDIR)/$(BIN):$(PATH)
.DEFAULT_GOAL := help
.PHONY: help demo test test-slow cover check format bench contract docs screenshots lock clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-13s %s\n", $$1, $$2}' Makefile
demo: $(APP) ## play a town hall that never was, collect it, and show it as a page
	$(BIN)/backrow demo
test: $(READY) $(CHROMIUM) ## run the tests that take under a second each
	$(BIN)/pytest -n 2 -m "not slow"
test-slow: $(READY) $(CHROMIUM) $(NPM) $(SPARK) ## run the tests that start processes
	requirements/need.sh prometheus promtool
	$(BIN)/pytest -n 2 -m slow
cover: $(READY) $(CHROMIUM) ## run the tests with branch coverage; the pure packages need 95 %
	$(BIN)/pytest -n 2 -m "not slow" --cov --cov-report=term
	$(BIN)/coverage report --include='$(PURE)' --fail-under=95
check: $(READY) ## run ruff, mypy and import-linter
	$(BIN)/ruff check . && $(BIN)/ruff format --check .
	$(BIN)/mypy && $(BIN)/mypy tests/api docs/generate.py examples bench
	$(BIN)/lint-imports
format: $(READY) ## put the sources into ruff's form
	$(BIN)/ruff check --fix . && $(BIN)/ruff format .
bench: $(READY) $(CHROMIUM) ## print the benchmarks' figures
	set -e; for name in $(BENCHES); do $(BIN)/python -m bench.$$name; done
bench-causes: $(READY) ## measure what diagnosis finds: make bench-causes CASES=folder RECORDS=file
	$(BIN)/python -m bench.causes $(if $(CASES),--cases $(CASES))
	$(BIN)/python -m bench.webinars $(if $(RECORDS),--records $(RECORDS))
	$(BIN)/python -m bench.webinars $(if $(RECORDS),--records $(RECORDS)) --feed collected --people 10000
bench-collect: $(READY) ## collect a webinar of 10,000 people and compare every minute
	$(BIN)/python -m bench.collect
bench-spark: $(SPARK) ## diagnose one session with Polars and with Spark
	$(BIN)/python -m bench.spark
contract: $(READY) ## compare with Zoom's contract: make contract SPEC=file.json
	$(BIN)/python -m backrow.web.contract $(SPEC)
screenshots: $(READY) $(CHROMIUM) ## photograph the pages into docs/images
	$(BIN)/python -m docs.screenshots
docs: $(READY) ## write the generated pages, and build the site into site/
	$(BIN)/python docs/generate.py
	$(BIN)/python -m sphinx --quiet --fail-on-warning --keep-going docs site
lock: $(READY) ## resolve every dependency anew
	$(COMPILE) --upgrade pyproject.toml -o requirements/base.txt
	$(COMPILE) --upgrade pyproject.toml --extra app -o requirements/app.txt
	$(COMPILE) --upgrade pyproject.toml --extra app --group dev -o requirements/dev.txt
	$(COMPILE) --upgrade pyproject.toml --extra cluster -c requirements/dev.txt -o requirements/cluster.txt
	$(COMPILE) --upgrade --group build -c requirements/dev.txt -o requirements/build.txt
	$(COMPILE) --upgrade --group node -o requirements/node.txt
	cd requirements/npm && npm install --package-lock-only --omit-lockfile-registry-resolved
clean: ## remove what the other targets made
	rm -rf .venv .tools dist site htmlcov .coverage .coverage.* .hypothesis .*_cache

$(APP): pyproject.toml requirements/app.txt requirements/build.txt
	@test -n "$(PYTHON)" && $(PYTHON) -c '$(FITS)' || { echo "Backrow needs Python 3.11 or newer with venv (Debian: apt install python3-venv)" >&2; exit 1; }
	$(PYTHON) -m venv .venv
	$(PIP) --require-hashes -r requirements/app.txt -r requirements/build.txt
	$(PIP) --no-deps --no-build-isolation -e . && touch $@
$(READY): $(APP) requirements/dev.txt
	$(PIP) --require-hashes -r requirements/dev.txt && touch $@
$(NPM): $(READY) requirements/node.txt requirements/npm/package-lock.json
	command -v npm >/dev/null || $(PIP) --require-hashes -r requirements/node.txt
	mkdir -p .tools && rm -rf .tools/npm && cp -r requirements/npm .tools/npm
	cd .tools/npm && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error && touch ready
$(SPARK): $(READY) requirements/cluster.txt
	requirements/need.sh default-jre-headless java && $(PIP) --require-hashes -r requirements/cluster.txt && touch $@
$(CHROMIUM):
	requirements/need.sh chromium chromium google-chrome && mkdir -p .tools && touch $@
