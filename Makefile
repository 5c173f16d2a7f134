# Two commands are enough: `make generate` makes the environment and a release, `make test` runs the tests.
# uv is used where it is there, plain python3 and pip everywhere else.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OUT ?= outputs
ARGS ?=
READY := $(VENV)/.ready
TSC := .tools/node_modules/.bin/tsc
TYPESCRIPT := typescript@7.0.2

.PHONY: generate test fuzz chaos validate report bench lint format dictionary analysis tools clean
.DEFAULT_GOAL := generate

generate: $(READY)  ## ask the sources and publish a release into outputs/
	@$(BIN)/trek-etl generate --out $(OUT) $(ARGS)

# Without compiled files every worker would compile and rewrite every test anew. An idle worker takes over what waits.
test: export PYTHONDONTWRITEBYTECODE :=
test: $(READY) tools  ## run all tests, with coverage
	@$(BIN)/python -m pytest --numprocesses auto --dist worksteal --cov --cov-report=term $(ARGS)

fuzz: $(READY)  ## look for trouble with every parser, for minutes and with new examples each time
	@HYPOTHESIS_PROFILE=fuzz $(BIN)/python -m pytest tests/fuzz --numprocesses auto --dist load -q $(ARGS)

chaos: $(READY)  ## let 500 runs fail and 200 die, on a loopback server of its own, and check what is published
	@$(BIN)/python -m benchmarks.chaos $(ARGS)

validate: $(READY)  ## does what is published keep its contract?
	@$(BIN)/trek-etl validate $(OUT) $(ARGS)

report: $(READY)  ## show the SQL reports of the published database, and write its page again
	@$(BIN)/trek-etl report $(OUT) $(ARGS)

bench: $(READY)  ## measure, on a loopback server of its own
	@$(BIN)/python -m benchmarks $(ARGS)

lint: $(READY)  ## ruff and mypy, strict
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: $(READY)  ## let ruff put the code into shape
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

dictionary: $(READY)  ## write what derives from contracts and checks: docs/data-dictionary.md, docs/checks.md, schemas/json
	@$(BIN)/python -m schemas.dictionary > docs/data-dictionary.md
	@$(BIN)/python -m etl.check_files > docs/checks.md
	@$(BIN)/python -m schemas.json_schema schemas/json
	@$(BIN)/python -m schemas.fingerprint > schemas/json/contract.json

analysis: $(READY)  ## write the answers in docs/analysis.md anew, from the bundled catalogue
	@$(BIN)/python -m tests.analysis_document

tools: $(TSC)  ## the TypeScript compiler for the test of the .ts export; without npm that test says what is missing

$(TSC):
	@if command -v npm > /dev/null; then \
	  npm install --silent --no-save --no-package-lock --no-audit --no-fund --prefix .tools $(TYPESCRIPT); \
	fi

$(READY): pyproject.toml constraints.txt
	@if command -v uv > /dev/null; then \
	  uv venv --quiet --allow-existing --python $(PYTHON) $(VENV) && \
	  uv pip install --quiet --python $(BIN)/python --constraints constraints.txt --editable '.[dev]'; \
	else \
	  $(PYTHON) -m venv $(VENV) && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'; \
	fi
	@touch $@

clean:  ## remove what the other targets made, but not what is published
	@rm -rf $(VENV) .tools .coverage .pytest_cache .mypy_cache .ruff_cache .hypothesis .bench build dist *.egg-info
