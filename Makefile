# Every target bootstraps itself from a bare python3: .boot/ holds uv, .venv/ the project.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.wenyuan-stamp
export UV_PYTHON_DOWNLOADS := never

.PHONY: setup demo test lint bench format lock peers clean

setup: $(STAMP)

.boot/bin/uv:
	$(PYTHON) -m venv .boot
	.boot/bin/python -m pip install --quiet --disable-pip-version-check uv

$(STAMP): pyproject.toml requirements.lock | .boot/bin/uv
	test -x $(BIN)/python || .boot/bin/uv venv --quiet --python "$$(command -v $(PYTHON))" .venv
	.boot/bin/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	.boot/bin/uv pip install --quiet --python $(BIN)/python --no-deps -e .
	touch $@

demo: setup
	$(BIN)/wenyuan demo

# Debian packages that the interoperability and browser tests talk to; nothing is done where they are there already.
peers:
	sh scripts/install-peers.sh

# The tests start a few hundred Python processes; with byte code kept, each is there in half the time.
test: export PYTHONDONTWRITEBYTECODE =
test: setup peers
	$(BIN)/python -m pytest

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup peers
	$(BIN)/python -m benchmarks

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

LOCK_FLAGS := --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate

# The locks hold names, versions and hashes only, so that it fits any mirror.
lock: | .boot/bin/uv
	.boot/bin/uv pip compile $(LOCK_FLAGS) pyproject.toml -o requirements-runtime.lock
	.boot/bin/uv pip compile $(LOCK_FLAGS) --group dev --constraint requirements-runtime.lock pyproject.toml -o requirements.lock

clean:
	rm -rf .venv .boot .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
