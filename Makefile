# Each target is alone enough: it makes .venv first where that is missing or older than what it is made from.
# Needs make and a Python 3.11 to 3.13; no root. EVSE_PYTHON=… names the Python to use.

VENV := .venv
BIN := $(VENV)/bin
RUN_READY := $(VENV)/run.ready
DEV_READY := $(VENV)/dev.ready
FUZZ_READY := $(VENV)/fuzz.ready
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
export EVSE_PYTHON
# The tests start hundreds of programs: where a build server says so, each would compile the project anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help env demo demo-commission demo-support train-support test checks compiled lint typecheck tests test-long coverage mutation safety fuzz bench kill soak simulate sites cases explain-cases month generate lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s%s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

env: $(DEV_READY) ## .venv alone, made or brought up to date: every command that README names is in .venv/bin then

demo: $(RUN_READY) ## one charge in real processes, told as it happens (under a minute)
	$(BIN)/python -m tools.demo

demo-commission: $(RUN_READY) ## a faulty site and a good one taken into service, told as it happens (half an hour)
	$(BIN)/python -m tools.demo.commissioning

demo-support: $(RUN_READY) ## a charger helped from afar: broker, orders, bundle, history (half a minute; STAY=1 runs on)
	$(BIN)/python -m tools.demo.support $(if $(STAY),--stay)

train-support: $(DEV_READY) ## a charger with something wrong, to be found with evse-support: make train-support CASE=17
	$(BIN)/python -m tools.training.support $(CASE)

test: $(DEV_READY) ## everything that has to be green: style, types, all tests (some fifteen minutes on two cores)
	@$(MAKE) --no-print-directory --jobs 2 --output-sync checks compiled
	@$(MAKE) --no-print-directory tests

# The types are checked on one core. Meanwhile the other one compiles the tests, which every worker would do for itself.
compiled: $(DEV_READY)
	@$(BIN)/pytest --collect-only -n 0 >/dev/null 2>&1 || true

checks: lint typecheck

lint: $(DEV_READY) ## style and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

typecheck: $(DEV_READY) ## types of the agent, and of the board's firmware against the stubs of MicroPython
	@if [ -x $(BIN)/mypy ]; then \
		$(BIN)/mypy && $(BIN)/python -m tools.typecheck_firmware; \
	else \
		echo "Types are not checked: mypy has no wheel for this machine."; \
	fi

tests: $(DEV_READY) ## the tests alone, on all cores; what is skipped is listed with its reason
	$(BIN)/pytest -n auto --dist worksteal -rs

# Nightly, or before a release. What every run played before it had shares took 18.5 minutes of two shared cores.
test-long: $(DEV_READY) ## the tests with every seed and example that `make test` plays a share of (some twenty minutes on two cores)
	HYPOTHESIS_PROFILE=long $(BIN)/pytest -n auto --dist worksteal -rs

# Without the large state machines, the bench's checks and MicroPython: what is counted is then taken by a test that names it.
coverage: $(DEV_READY) ## every branch of the board's interlock and pilot is taken by the firmware's tests, or it fails
	$(BIN)/python -m coverage run -m pytest tests/firmware -k "(pilot or rules or test_mode or blanking) and not micropython"
	$(BIN)/python -m coverage report

JOBS ?= 2
mutation: $(DEV_READY) ## small mistakes in the same two files: 95 % must be noticed (an interrupted run is taken up again)
	$(BIN)/python -m tools.mutation --jobs $(JOBS)

# A variable of its own: SEEDS is `simulate`'s.
RUNS ?= 10000
safety: $(DEV_READY) ## the board's long proofs: every check under both interpreters, both in lock-step, hostile hosts: make safety RUNS=500
	$(BIN)/python firmware/bench/run_checks.py
	test ! -x $(BIN)/micropython || $(BIN)/micropython -X heapsize=16m firmware/bench/run_checks.py
	$(BIN)/python -m tools.safety lockstep --seeds $(RUNS)
	$(BIN)/python -m tools.safety hostile --seeds $(RUNS) --jobs $$(nproc)

MINUTES ?= 1
fuzz: $(FUZZ_READY) ## coverage-guided octets against what board, network and chargers send: make fuzz MINUTES=5 (for each target), or MESSAGE=Reset
	$(BIN)/python -m tools.fuzz $(MESSAGE) --$(if $(FUZZ_S),seconds $(FUZZ_S),minutes $(MINUTES)) --dir .fuzz

bench: $(DEV_READY) ## the long measures, each beside its floor
	$(BIN)/python -m benchmarks

N ?= 500
kill: $(RUN_READY) ## power cuts at random instants: make kill N=500 (an interrupted run is taken up again)
	$(BIN)/python -m tools.kill --trials $(N) --dir .kill

# Memory is judged from two hours on (tools/soak/gauges.py).
HOURS ?= 2
soak: $(RUN_READY) ## hours of charges and trouble in real processes; what grows, what does not come back: make soak HOURS=8
	$(BIN)/python -m tools.soak --hours $(HOURS)

SEEDS ?= 200
simulate: $(RUN_READY) ## seeded runs on the virtual clock: make simulate SEEDS=1000
	$(BIN)/python -m tools.simulate --seeds $(SEEDS)

sites: N := 200
sites: $(DEV_READY) ## faulty sites by seed, each commissioned; 95 % must be named first, and of 40 healthy ones none: make sites N=20
	$(BIN)/python -m tools.sites --seeds $(N) --healthy $$(( ($(N) + 4) / 5 )) --jobs $(JOBS)

cases: N := 100
cases: $(DEV_READY) ## failures found from afar: thirty told ones, 100 by seed, 40 healthy chargers, each bundle replayed
	$(BIN)/python -m tools.cases --seeds $(N) --healthy $$(( ($(N) * 2 + 4) / 5 )) --jobs $(JOBS)

explain-cases: $(DEV_READY) ## each way to break that shows in a charge: explain names it, and what it says would start the charge does (minutes)
	$(BIN)/python -m tools.explain_cases --board all --jobs $(JOBS)

SEED ?= 1
FIRST ?= 0
DAYS ?= 30
month: $(RUN_READY) ## a month of charges, outages and power cuts, each billed once and to the Wh: make month SEED=3 DAYS=2 (hours)
	$(BIN)/python -m tools.month --seed $(SEED) --first $(FIRST) --days $(DAYS)

generate: $(DEV_READY) ## rewrite everything that is generated from a table
	for generator in $(basename $(notdir $(wildcard tools/generate_*.py))); do $(BIN)/python -m tools.$$generator || exit; done

# The compiler of the lock files is not a part of the project's own environment. No --emit-index-url: where packages
# come from is for each machine to say.
COMPILE := $(VENV)-lock/bin/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-config pyproject.toml
lock: ## resolve the dependencies anew, as far as pyproject.toml lets them move
	python="$$(tools/find_python.sh)" && "$$python" -m venv $(VENV)-lock && $(VENV)-lock/bin/python -m pip install --quiet uv
	UV_CUSTOM_COMPILE_COMMAND="make lock" $(COMPILE) --upgrade --extra bench --output-file requirements.lock
	UV_CUSTOM_COMPILE_COMMAND="make lock" $(COMPILE) --upgrade --all-extras --constraints requirements.lock --output-file requirements-dev.lock

clean: ## remove everything that was made here, the environment included
	rm -rf $(VENV) $(VENV)-lock build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .mutation .coverage .fuzz .month
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Two steps, so that the demonstration needs no compiler where a tool of the developers' has no wheel.
$(RUN_READY): pyproject.toml requirements.lock
	@echo "Preparing $(VENV); the first time takes a minute."
	@python="$$(tools/find_python.sh)" && "$$python" -m venv $(VENV)
	$(PIP) install --quiet --require-hashes --requirement requirements.lock
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV_READY): $(RUN_READY) requirements-dev.lock
	$(PIP) install --quiet --require-hashes --requirement requirements-dev.lock
	@touch $@

$(FUZZ_READY): $(DEV_READY) requirements-fuzz.lock
	$(PIP) install --quiet --require-hashes --only-binary :all: --requirement requirements-fuzz.lock
	@touch $@
