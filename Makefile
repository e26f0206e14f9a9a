# The contributor's interface. Every target works from a fresh clone; Python 3.11+ and make are all it needs.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
SAMPLE_HOME ?= quickstart-home
# The CPU build of torch; a plain `torch` would pull gigabytes of CUDA.
TORCH := torch==2.13.0

.PHONY: help quickstart test test-slow timed quality explore crash soak load lint bench wheel clean

help:  ## Show the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

$(BIN)/winnow: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[cpu]'
	@touch $@

$(BIN)/.test: pyproject.toml | $(BIN)/winnow
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[cpu,test]'
	@touch $@

$(BIN)/.peers: pyproject.toml | $(BIN)/.test
	$(BIN)/pip install --quiet --disable-pip-version-check '$(TORCH)'
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[cpu,bench,peers]'
	@touch $@

$(BIN)/.test-slow: pyproject.toml | $(BIN)/.test
	$(BIN)/pip install --quiet --disable-pip-version-check '$(TORCH)'
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[cpu,test,test-slow,test-browser,openvino]'
	@touch $@

quickstart: $(BIN)/winnow  ## Install, ingest the sample collection, search it
	@$(BIN)/python -m api.quickstart --home $(SAMPLE_HOME)

test: $(BIN)/.test  ## Lint, types, layers and the fast tests (under 10 minutes on 2 cores)
	$(MAKE) --no-print-directory lint
	$(BIN)/pytest -n 2 -m 'not slow and not timed'

test-slow: $(BIN)/.test-slow  ## Live parity with sentence-transformers, real collections, the browser, the wheel
	$(BIN)/pytest -n 2 --dist loadfile -m 'slow and not timed and not quality' --timeout 1800 --durations 25
	$(BIN)/pytest tests/contract/test_encoders.py tests/contract/test_rerankers.py tests/contract/test_precision.py  # now with every run-time
	$(BIN)/pytest tests/unit/store/test_catalogue_backends.py tests/api/http/test_postgres.py  # now with PostgreSQL

explore: $(BIN)/.test  ## The fast tests with examples that nobody has tried yet
	$(BIN)/pytest -n 2 -m 'not slow and not timed' --hypothesis-profile explore

timed: $(BIN)/.test-slow  ## What judges a clock, handles, memory or luck: alone on an idle machine
	$(BIN)/pytest -m timed --timeout 1800 -s

quality: $(BIN)/.test-slow  ## The bars of search quality on SciFact (a quarter of an hour)
	$(BIN)/pytest -m quality --timeout 3600

crash: $(BIN)/.test  ## 10,000 crash trials (an hour or two on 2 cores), written to tests/crash/LEDGER.md; goes on where it stopped
	$(BIN)/python -m tests.crash.ledger --trials 10000

soak: $(BIN)/.test  ## 10 minutes of readers, a writer, merges, deletes, pins and sweeps at once
	WINNOW_SOAK_SECONDS=600 $(BIN)/pytest -m timed --timeout 1200 -s tests/crash/test_concurrency.py

load: $(BIN)/.test  ## 5 minutes of 32 clients and an ingest against a service of two workers, one of which is killed
	$(BIN)/python -m tests.load.run load --seconds 300 --clients 32
	$(BIN)/python -m tests.load.run overhead --rerank-depth 0
	$(BIN)/python -m tests.load.run budget

lint: $(BIN)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(BIN)/.peers $(BIN)/.test-slow  ## Make every figure of benchmarks/RESULTS.md again (hours; leave the machine alone meanwhile)
	PATH="$(CURDIR)/$(BIN):$$PATH" winnow bench reproduce

wheel: $(BIN)/.test  ## Build the wheel into dist/
	$(BIN)/pip wheel --quiet --no-deps --wheel-dir dist .

clean:  ## Remove what these targets made
	rm -rf $(VENV) dist $(SAMPLE_HOME)
