# What each target stands for is told in README.md and CONTRIBUTING.md; nothing else knows a command.

PYTHON ?= python3
VENV := .venv
# the programs of a virtual environment lie elsewhere on Windows
BIN := $(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
PIP := $(BIN)/python -m pip --disable-pip-version-check
WORKERS ?= 2
LOCK := .ci/requirements.lock

.DEFAULT_GOAL := check
.PHONY: demo report check test fix fuzz bench accuracy leaks mutations lock causes demo-bundle picture targets clean

## what a user wants

demo: $(VENV)/runs
	$(BIN)/mailscope demo

# make report BUNDLE=path/to/bundle.zip
report: $(VENV)/runs
	$(BIN)/mailscope analyze "$(BUNDLE)"

## what a contributor wants

# --no-cache: what is cached does not notice that an imported module has come into being
# worksteal: a worker keeps to neighbours, which share what was prepared for them, and helps out when it is done
check: $(VENV)/checks
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

# make test ARGS="tests/unit -k clock"
test: $(VENV)/checks
	$(BIN)/python -m pytest $(ARGS)

fix: $(VENV)/checks
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

fuzz: $(VENV)/checks
	$(BIN)/python -m tests.properties.mutations 10000
	$(BIN)/python -m pytest --hypothesis-profile=fuzz tests/properties $(ARGS)

bench: $(VENV)/checks
	$(BIN)/python -m pytest -m benchmark -p no:randomly -s $(ARGS)

accuracy: $(VENV)/checks
	$(BIN)/python -m tests.scenarios.accuracy

# every output of every machine, searched for the secrets that were planted on it
leaks: $(VENV)/checks
	$(BIN)/python -m tests.scenarios.leak_scan

mutations: $(VENV)/checks
	$(BIN)/python -m pytest tests/scenarios/test_mutations.py $(ARGS)

# The lock is made in an environment of its own, so that the tool that makes it is not in it. Groups and the build's
# own needs are no extras: they are handed over as lines. Where a machine fetches its packages from stays with it.
lock:
	$(PYTHON) -m venv --clear $(VENV)-lock
	$(VENV)-lock/bin/python -m pip install --quiet pip-tools
	$(PYTHON) -c "$$NEEDS" | CUSTOM_COMPILE_COMMAND="make lock" $(VENV)-lock/bin/pip-compile --quiet --upgrade \
	  --generate-hashes --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
	  --no-emit-options --output-file $(LOCK) pyproject.toml -
	rm -r $(VENV)-lock

define NEEDS
import tomllib
project = tomllib.load(open("pyproject.toml", "rb"))
groups = project["dependency-groups"]
print(*project["build-system"]["requires"], *groups["test"], *groups["lint"], sep="\n")
endef
export NEEDS

# what we know, as a document
causes: $(VENV)/checks
	$(BIN)/python -m reports.export.cause_list > docs/causes.md

# the picture of README.md, drawn by Debian's browser
picture: $(VENV)/runs
	$(BIN)/mailscope demo --out build/picture
	chromium --headless --no-sandbox --hide-scrollbars --window-size=1000,1262 --screenshot=docs/report.png \
	  build/picture/report.html

# the bundle that ships with the package, made of its scenario
demo-bundle: $(VENV)/checks
	$(BIN)/python -m fixtures.forge fixtures/scenarios/field_bundle analyzer/demo.zip

# the catalogue in the languages of other collectors
targets: $(VENV)/runs
	$(BIN)/python -m collectors.targets

clean:
	rm -rf $(VENV) $(VENV)-lock build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

## environments: `runs` holds the product and what it needs, `checks` exactly what the lock names

$(VENV)/runs: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet --editable .
	touch $@

$(VENV)/checks: $(LOCK) pyproject.toml
	$(PYTHON) -m venv --clear $(VENV)
	$(PIP) install --quiet --require-hashes -r $(LOCK)
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	touch $(VENV)/runs $@
