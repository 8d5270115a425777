# Every job of this project is one target; `.ci/run` calls the same ones. `make help` lists them.

SHELL := bash
.SHELLFLAGS := -o pipefail -c
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
HTTP_PORT := 8087
KAFKA_PORT := 19392
UV ?= uv
# Tests wait more than they work: several processes, each with a Kafka of its own. 0: none but pytest's own.
TEST_PROCESSES ?= 4
SPREAD := -n $(TEST_PROCESSES) --dist worksteal
# Those of one file share a worker, Prometheus and a browser.
SPREAD_FILES := -n $(TEST_PROCESSES) --dist loadfile

SUITABLE := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 15))
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$name -c '$(SUITABLE)' 2>/dev/null && { echo $$name; break; }; done)

.PHONY: help
help: ## List the targets
	@echo "Deskpulse. Nothing but Python 3.11 to 3.14 is needed; the first target sets everything up."
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: $(READY) ## Run it all on this machine, with a simulated contact centre (HTTP_PORT=8087 KAFKA_PORT=19392)
	@exec $(BIN)/deskpulse demo --http-port $(HTTP_PORT) --kafka-port $(KAFKA_PORT) $(DEMO_ARGS)

.PHONY: setup
setup: $(READY) ## Make the virtual environment, .venv, from requirements.lock
	@echo "Ready: $(BIN)/deskpulse --help"

$(READY): requirements.lock pyproject.toml
	@if [ -z "$(PYTHON)" ] || ! $(PYTHON) -c '$(SUITABLE)' 2> /dev/null; then \
		echo "Python 3.11, 3.12, 3.13 or 3.14 is needed; here is $$($(or $(PYTHON),python3) --version 2>&1)." >&2; \
		echo "Install one (Debian, Ubuntu: apt-get install python3 python3-venv), or name it: make setup PYTHON=/path/to/python3.12" >&2; \
		exit 1; fi
	@if ! $(PYTHON) -c 'import venv, ensurepip' 2>/dev/null; then \
		echo "$(PYTHON) has no module venv. Debian, Ubuntu: apt-get install python3-venv" >&2; exit 1; fi
	@echo "Setting up $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --disable-pip-version-check --no-compile --no-deps --require-hashes -r requirements.lock \
		| awk -v total=$$(grep -c '==' requirements.lock) -v every=$(if $(CI),24,1) -v end=$(if $(CI),'\n','\r') \
			'/^Collecting/ && ++n % every == 0 { printf "  %d of %d packages%s", n, total, end; fflush() } \
			/^Installing/ { printf "  installing them           \n"; fflush() }'
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.PHONY: test
test: $(READY) ## Run all tests, on the embedded Apache Kafka too (PYTEST_ARGS='-k name')
	@$(BIN)/python -m stream.broker.warmup
	$(BIN)/python -m pytest $(SPREAD) $(PYTEST_ARGS)

PURE_TESTS := tests/domain tests/metrics tests/contract tests/flow/test_variants.py tests/flow/test_other_settings.py \
	tests/flow/test_agents.py tests/flow/test_customers.py tests/flow/test_customer_contacts.py \
	tests/flow/test_customer_outcomes.py tests/flow/test_customer_members.py tests/flow/test_customer_surveys.py \
	tests/flow/test_survey_sampling.py tests/flow/test_forgetting.py tests/flow/test_level_members.py \
	tests/plugins/test_metric_plugins.py
# In percent, lines and branches. Raise them with what is reached; a branch that is not worth a test says why:
# `# pragma: no cover  reason`.
COVERAGE_FLOORS := domain=98 metrics=98 contract=99

.PHONY: coverage
coverage: $(READY) ## Run the tests of the pure core, print what they do not cover; fails below a room's floor
	$(BIN)/python -m coverage run -m pytest $(PURE_TESTS) $(PYTEST_ARGS)
	@failed=0; for floor in $(COVERAGE_FLOORS); do \
		echo; echo "stream/$${floor%=*}: at least $${floor#*=} %"; \
		$(BIN)/python -m coverage report --include="stream/$${floor%=*}/*" --fail-under=$${floor#*=} || failed=1; \
	done; exit $$failed

.PHONY: test-rest
test-rest: $(READY) ## Run all tests but those that `make coverage` runs
	@$(BIN)/python -m stream.broker.warmup
	$(BIN)/python -m pytest $(SPREAD) $(PURE_TESTS:%=--ignore=%) $(PYTEST_ARGS)

COMPILED := build/compiled

.PHONY: compiled
compiled: $(READY) ## Compile the core into build/compiled, a minute; PYTHONPATH=build/compiled .venv/bin/deskpulse runs it
	@rm -rf $(COMPILED)
	@DESKPULSE_COMPILE=1 $(BIN)/python -W ignore setup.py --quiet build --build-lib $(COMPILED) --build-temp build/temp
	@ln -s ../../schemas $(COMPILED)/schemas
	@PYTHONPATH=$(COMPILED) $(BIN)/deskpulse --version

.PHONY: test-compiled
test-compiled: compiled ## Run the unit, property and golden tests on the compiled core
	PYTHONPATH=$(COMPILED):. $(BIN)/pytest -m "not broker and not pure" $(PURE_TESTS) tests/golden tests/flow $(PYTEST_ARGS)

# They wait more than they work, too; those that measure seconds have the machine to themselves. What a test says of itself is
# seen with FAULT_PROCESSES=0 only.
FAULT_PROCESSES ?= 3
FAULT_TESTS = $(BIN)/python -m pytest tests/faults tests/attacks --long -s $(if $(SEED),--seed $(SEED))
# With PYTEST_ARGS there may be none of a kind.
OR_NONE := || [ $$? -eq 5 ]

.PHONY: test-faults
test-faults: $(READY) ## Run all fault tests, the long ones too (SEED=7 repeats the random faults)
	@$(BIN)/python -m stream.broker.warmup
	$(FAULT_TESTS) -m "not alone" -n $(FAULT_PROCESSES) --dist worksteal --durations=20 $(PYTEST_ARGS) $(OR_NONE)
	$(FAULT_TESTS) -m alone $(PYTEST_ARGS) $(OR_NONE)

.PHONY: attack
attack: $(READY) ## Attack workers started for it, and print a table: sent, seen, held or not (ATTACKS=nan,label)
	@$(BIN)/python -m stream.broker.warmup
	$(BIN)/python -m tests.attacks $(ATTACKS)

E2E_READY := $(VENV)/.ready-e2e

$(E2E_READY): requirements-e2e.lock $(READY)
	@echo "Adding what the end-to-end tests need to $(VENV)"
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --require-hashes -r requirements-e2e.lock
	@touch $@

.PHONY: e2e-programs
e2e-programs: ## Install Prometheus, Alertmanager, Chromium and kcat where they are missing (Debian, as root)
	@tests/e2e/programs.sh

.PHONY: e2e
e2e: e2e-programs $(E2E_READY) ## Run the end-to-end tests: real Prometheus, Alertmanager, browser (PYTEST_ARGS='-k name')
	@$(BIN)/python -m stream.broker.warmup
	$(BIN)/python -m pytest $(SPREAD_FILES) tests/e2e --e2e $(PYTEST_ARGS)

.PHONY: lint
lint: $(READY) ## Style and mistakes: ruff, and its formatter
	$(BIN)/ruff check
	$(BIN)/ruff format --check

.PHONY: format
format: $(READY) ## Let ruff rewrite what it can
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

.PHONY: types
types: $(READY) ## Types: mypy, strict
	$(BIN)/mypy

METRICS.md := $(BIN)/python -m stream.metrics.reference
deploy/reference.env := $(BIN)/deskpulse settings --format env
schemas/asyncapi.yaml := $(BIN)/python -m stream.schemas.asyncapi
GENERATED := METRICS.md deploy/reference.env schemas/asyncapi.yaml

DASHBOARDS := $(BIN)/python -m deploy.grafana.source.build

.PHONY: generate
generate: $(READY) ## Write the generated files anew: METRICS.md, settings, AsyncAPI, Grafana's dashboards
	@$(foreach file,$(GENERATED),echo $(file) && $($(file)) > $(file).new && mv $(file).new $(file) &&) true
	@$(DASHBOARDS)

.PHONY: generated
generated: $(READY) ## Check that the generated files are what their generators print
	@$(foreach file,$(GENERATED),$($(file)) | diff -u $(file) - || \
		{ echo "$(file) is not what '$($(file))' prints: make generate" >&2; exit 1; };) echo "$(GENERATED): up to date"
	@$(DASHBOARDS) --check

.PHONY: check
check: lint types generated coverage test-rest e2e ## All of the above checks, the tests, and the end-to-end tests

.PHONY: bench
bench: $(READY) ## Measure everything, beside what one would pick instead: under 25 minutes; writes build/bench.json
	@$(BIN)/python -m stream.broker.warmup
	@$(MAKE) compiled || echo "Measuring the source alone: it could not be compiled"
	$(BIN)/python -m tests.bench.suite

.PHONY: bench-quick
bench-quick: $(READY) ## The same with less input and fewer rounds: under 5 minutes
	@$(BIN)/python -m stream.broker.warmup
	@$(MAKE) compiled || echo "Measuring the source alone: it could not be compiled"
	$(BIN)/python -m tests.bench.suite --size quick

.PHONY: performance
performance: $(READY) ## Write docs/performance.md anew, from build/bench.json
	$(BIN)/python -m tests.bench.page

BUILD_REQUIRES := import tomllib; print("\n".join(tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"]))
COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate

.PHONY: lock
lock: $(READY) ## Write requirements.lock and requirements-run.lock anew (needs uv, as nothing else does)
	@command -v $(UV) > /dev/null || { echo "uv is needed, once: pip install uv, or name it: make lock UV=/path/to/uv" >&2; exit 1; }
	$(BIN)/python -c '$(BUILD_REQUIRES)' | $(COMPILE) pyproject.toml - --extra dev --output-file requirements.lock
	$(COMPILE) pyproject.toml --output-file requirements-run.lock
	$(COMPILE) pyproject.toml --extra e2e --constraint requirements.lock --output-file requirements-e2e.lock

.PHONY: lock-kafka
lock-kafka: $(READY) ## Write the checksums of Apache Kafka's jars anew (stream/broker/kafka.lock.toml)
	$(BIN)/python -m stream.broker.relock

.PHONY: clean
clean: ## Remove what these targets made: virtual environment, caches, data of the demo
	rm -rf $(VENV) .deskpulse build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
