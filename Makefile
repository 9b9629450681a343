# Two commands: `make demo` and `make test`. Each does its own set-up. `make help` lists the others.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STATIC := src/beffroi/serve/static/index.html
WEB_SOURCES := $(shell find web -path web/node_modules -prune -o -type f -print 2>/dev/null)
DATA ?= ../shared/data/dev
OUT ?= /tmp/beffroi-evaluation
PORT ?= 8400

.DEFAULT_GOAL := help
.PHONY: help setup system web check test access bench demo lock evaluate clean

help:  ## list the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(VENV)/.ready: requirements/lock.txt pyproject.toml hatch_build.py tools/make_venv.sh
	@tools/make_venv.sh "$(PYTHON)" "$(VENV)"
	@touch $@

setup: $(VENV)/.ready  ## the virtual environment, with locked versions

system:  ## the system packages that the tests need
	@tools/system_packages.sh

$(STATIC): $(VENV)/.ready $(WEB_SOURCES) tools/build_web.py
	@$(BIN)/python tools/build_web.py

web: $(STATIC)  ## the web pages

check: setup  ## lint, format, types, contracts, budgets
	@$(BIN)/ruff check src tests benchmarks tools hatch_build.py
	@$(BIN)/ruff format --check src tests benchmarks tools hatch_build.py
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest tests/architecture

test: setup system web check  ## everything, as the continuous integration runs it
	@tools/run_tests.sh

access: setup  ## the table of route, role and purpose, printed whole
	@$(BIN)/python -m beffroi.testing.reach

bench: setup web  ## benchmarks: a table and a ratio each
	@$(BIN)/python -m benchmarks

demo: setup web  ## the product on real footage, in your browser
	@$(BIN)/beffroi demo --port $(PORT)

evaluate: setup  ## figures on a data set: make evaluate DATA=folder OUT=folder
	@$(BIN)/beffroi evaluate $(DATA) --out $(OUT)

lock:  ## remake requirements/lock.txt (needs uv)
	@tools/lock.sh

clean:  ## remove what was built
	rm -rf $(VENV) web/node_modules src/beffroi/serve/static dist build
