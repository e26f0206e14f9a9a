# The contributor's interface. Every target works from a fresh clone; Python 3.11+ and make are all it needs.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
CLUSTER := $(VENV)-cluster/bin
SAMPLE_HOME ?= quickstart-home
# A lock file holds everything but torch, whose build (CPU or CUDA) is the machine's choice: `pip` takes the CPU build where
# it is offered one, and gigabytes of CUDA elsewhere. `make lock` keeps this version (pyproject.toml, tool.uv).
TORCH := torch==2.13.0
PIP = $(BIN)/pip --quiet --disable-pip-version-check
# Exactly what is locked, every hash checked; then Winnow itself, from this folder.
LOCKED = $(PIP) install --no-deps --require-hashes --requirement
ITSELF = $(PIP) install --no-deps --no-build-isolation --editable .
# The lock files, and the extras of each; `make lock` renews them.
EXTRAS_quickstart := cpu
EXTRAS_test := cpu office pdf-vertical web web-archive test
EXTRAS_test-slow := cpu office pdf-vertical web web-archive test test-slow test-browser openvino
EXTRAS_test-cluster := cpu serve cluster test-cluster
EXTRAS_peers := cpu bench peers
EXTRAS_docs := cpu docs
LOCKS := test-slow test quickstart peers docs test-cluster
UV := $(VENV)-lock/bin/uv

.PHONY: help quickstart test test-slow test-cluster test-extras timed quality explore crash soak mirror load lint lock bench docs wheel clean

help:  ## Show the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

$(BIN)/winnow: pyproject.toml locks/quickstart.txt
	@echo 'Installing into $(VENV) what locks/quickstart.txt lists (a minute or two the first time) ...'
	@$(PYTHON) -m venv $(VENV)
	@$(LOCKED) locks/quickstart.txt
	@$(ITSELF)
	@touch $@

$(BIN)/.test: locks/test.txt $(BIN)/winnow
	$(LOCKED) locks/test.txt
	@touch $@

$(BIN)/.peers: locks/peers.txt | $(BIN)/.test
	$(PIP) install '$(TORCH)'  # what it needs is brought to the locked versions by the next line
	$(LOCKED) locks/peers.txt
	@touch $@

$(BIN)/.docs: locks/docs.txt $(BIN)/winnow
	$(LOCKED) locks/docs.txt
	@touch $@

$(BIN)/.test-slow: locks/test-slow.txt $(BIN)/.test
	$(PIP) install '$(TORCH)'  # what it needs is brought to the locked versions by the next line
	$(LOCKED) locks/test-slow.txt
	@touch $@

# In an environment of its own: what serves as S3 there and what draws plots here ask for different versions of a package.
$(CLUSTER)/.made: BIN := $(CLUSTER)
$(CLUSTER)/.made: pyproject.toml locks/test-cluster.txt
	$(PYTHON) -m venv $(VENV)-cluster
	$(LOCKED) locks/test-cluster.txt
	$(ITSELF)
	@touch $@

quickstart: $(BIN)/winnow  ## Install, ingest the sample collection, search it
	@$(BIN)/python -m api.terminal.quickstart --home $(SAMPLE_HOME)

test: $(BIN)/.test  ## Lint, types, layers and the fast tests (under 10 minutes on 2 cores)
	$(MAKE) --no-print-directory lint
	$(BIN)/pytest -n 2 -m 'not slow and not timed'

# What loads torch and many models has processes of its own, whose gigabytes are free again for the rest.
SLOW := -n 2 --dist loadfile -m 'slow and not timed and not quality' --timeout 1800 --durations 15
WITH_TORCH := tests/parity tests/slow/test_training.py tests/slow/test_families.py tests/slow/test_modules.py

test-slow: $(BIN)/.test-slow  ## Live parity with sentence-transformers, real collections, the browser, the wheel
	$(BIN)/pytest $(SLOW) $(WITH_TORCH)
	$(BIN)/pytest $(SLOW) $(addprefix --ignore=,$(WITH_TORCH))
	$(BIN)/pytest tests/contract/test_encoders.py tests/contract/test_rerankers.py tests/contract/test_precision.py  # now with every run-time
	$(BIN)/pytest tests/unit/store/catalogue/test_catalogue_backends.py tests/api/http/test_postgres.py  # now with PostgreSQL

test-cluster: $(CLUSTER)/.made  ## Faults of a cluster on hosts as namespaces, and an S3 server (half an hour; hosts need root)
	$(CLUSTER)/pytest --timeout 1800 -s -rs tests/cluster

test-extras: $(BIN)/.test  ## Each light extra by itself in an environment of its own (10 minutes; WINNOW_TEST_EXTRAS=all: the heavy ones, too)
	WINNOW_TEST_EXTRAS=$${WINNOW_TEST_EXTRAS:-light} $(BIN)/pytest -m slow --timeout 3600 -rs tests/slow/test_extras.py

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

mirror: $(BIN)/.test  ## 1,000 random edit scripts on a mirrored folder, and 100 that are interrupted (half an hour)
	WINNOW_TEST_MIRROR=1 $(BIN)/pytest -m 'not timed' -k many tests/property/test_mirror.py

load: $(BIN)/.test  ## 5 minutes of 32 clients and an ingest against a service of two workers, one of which is killed
	$(BIN)/python -m tests.load.run load --seconds 300 --clients 32
	$(BIN)/python -m tests.load.run overhead --rerank-depth 0
	$(BIN)/python -m tests.load.run budget

lint: $(BIN)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

$(UV):
	$(PYTHON) -m venv $(VENV)-lock
	$(VENV)-lock/bin/pip install --quiet --disable-pip-version-check uv==0.13.9

lock: $(UV)  ## Lock what pyproject.toml asks for and locks/ lacks; `make lock UPGRADE=--upgrade` renews every version
	$(foreach name,$(LOCKS),$(call compile,$(name),$(EXTRAS_$(name))))

# Versions agree over the files: each is made in the light of the first, which holds nearly all of them; test-cluster
# cannot be. An override of the
# index would be written down, so it stands in no file.
define compile
$(UV) pip compile pyproject.toml $(addprefix --extra ,$(2)) --group build --universal --python-version 3.11 \
	--fork-strategy fewest --generate-hashes --no-emit-index-url --no-emit-find-links --no-emit-package torch --no-annotate \
	--custom-compile-command 'make lock' $(UPGRADE) --quiet --output-file locks/$(1).txt \
	$(if $(filter-out test-slow test-cluster,$(1)),--constraint locks/test-slow.txt)

endef

bench: $(BIN)/.peers $(BIN)/.test-slow  ## Make every figure of benchmarks/RESULTS.md again (hours; leave the machine alone meanwhile)
	PATH="$(CURDIR)/$(BIN):$$PATH" winnow bench reproduce

docs: $(BIN)/.docs  ## Build the documentation as a site, site/index.html, after its page of all options
	$(BIN)/python -m tests.docs.reference
	$(BIN)/mkdocs build --strict

wheel: $(BIN)/.test  ## Build the wheels of the engine and of the client into dist/
	$(BIN)/pip wheel --quiet --no-deps --wheel-dir dist . ./clients/python

clean:  ## Remove what these targets made
	rm -rf $(VENV) $(VENV)-lock $(VENV)-cluster dist site $(SAMPLE_HOME)
