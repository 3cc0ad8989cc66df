# Two commands set everything up on a machine with Python 3.11 and make: `make quickstart` and `make test`.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
# The environment is made again only when the dependencies change; tests need more of it (other frameworks, linters).
STAMP := $(VENV)/.installed
TEST_STAMP := $(VENV)/.installed-test
DATA := $(abspath ../shared/data)

.PHONY: quickstart test lint environment clean

environment: $(TEST_STAMP)

$(STAMP): pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "neurodeploy needs Python 3.11 or newer; set PYTHON=/path/to/python"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -qq --disable-pip-version-check --upgrade "pip>=24" "setuptools>=77"
	$(BIN)/python -m pip install -qq --disable-pip-version-check --editable ".[spinnaker]"
	touch $(STAMP)

$(TEST_STAMP): $(STAMP)
	$(BIN)/python -m pip install -qq --disable-pip-version-check --editable ".[spinnaker,emulator,ann,frameworks,test]"
	touch $(TEST_STAMP)

quickstart: $(STAMP)
	$(BIN)/neurodeploy quickstart --output quickstart

# NEURODEPLOY_DATA names a folder with mnist/ and fashion_mnist/; tests that need them are skipped without it.
test: $(TEST_STAMP)
	NEURODEPLOY_DATA="$${NEURODEPLOY_DATA:-$(DATA)}" $(BIN)/python -m pytest $(ARGUMENTS)

lint: $(TEST_STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pyright

clean:
	rm -rf $(VENV) build *.egg-info quickstart
