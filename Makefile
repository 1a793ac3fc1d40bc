# The commands of a developer. `make` lists them.

PYTHON ?= python3
# The recipes that the quickstart builds, with their dependencies.
RECIPES ?= numpy pip six pyodide-core pyodide-solver micropip jedi pytz snowballstemmer python-regr-testsuite
# The recipes that `make frontends` builds with their dependencies: those of JupyterLite's kernel. marimo, Matplotlib and
# Panel need pandas or take as long as all tests of front ends; `make channel` builds them.
FRONTEND_RECIPES ?= comm ipython
PYTEST_ARGS ?=
# The tests of a file share pages and servers, so they run in one process. Files start in the order of their names.
PARALLEL := --numprocesses=auto --maxprocesses=4 --dist=loadfile --no-loadscope-reorder
# The recipes that `make channel` builds with micropip and all dependencies, separated by commas. If empty: all
# recipes, with all variants and test outputs.
PYODIDE_PACKAGES ?=

BIN := .venv/bin
CONDA_EMSCRIPTEN := $(BIN)/conda-emscripten
C_SOURCES = $(wildcard runtime/*/*.c runtime/*/*.h)
# After a quickstart, tests that lack a built file fail. Before, they are skipped.
REQUIRE_BUILD = $(if $(wildcard build/.quickstart),1,0)

comma := ,
CHANNEL_RECIPES = $(if $(PYODIDE_PACKAGES),$(sort micropip $(subst $(comma), ,$(PYODIDE_PACKAGES))),--all)

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help quickstart test frontends lint docs format bench channel cached clean system-packages

help: ## list these targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

quickstart: system-packages .venv/.stamp node_modules/.stamp ## from a fresh machine to NumPy in a browser
	$(CONDA_EMSCRIPTEN) build --with-deps $(RECIPES)
	$(CONDA_EMSCRIPTEN) index
	$(CONDA_EMSCRIPTEN) dist
	$(BIN)/python -m ci.quickstart
	@touch build/.quickstart

test: .venv/.lint-stamp node_modules/.stamp ## run all tests; prints what is skipped and the coverage
	CONDA_EMSCRIPTEN_REQUIRE_BUILD=$(REQUIRE_BUILD) npm test --silent
	CONDA_EMSCRIPTEN_REQUIRE_BUILD=$(REQUIRE_BUILD) $(BIN)/pytest $(PARALLEL) --cov --cov-report=json $(PYTEST_ARGS)
	@$(BIN)/python -m ci.coverage_summary

frontends: .venv/.stamp ## build what front ends of others need, and run them, in pinned versions, on the built site
	$(CONDA_EMSCRIPTEN) build --with-deps $(FRONTEND_RECIPES)
	$(CONDA_EMSCRIPTEN) index
	CONDA_EMSCRIPTEN_REQUIRE_BUILD=$(REQUIRE_BUILD) $(BIN)/pytest $(PYTEST_ARGS) tests/frontends

lint: .venv/.lint-stamp node_modules/.stamp ## check the style and the types of every language (.pre-commit-config.yaml)
	@CONDA_EMSCRIPTEN_REQUIRE_BUILD=$(REQUIRE_BUILD) PRE_COMMIT_HOME=$(CURDIR)/.venv/pre-commit \
	$(BIN)/pre-commit run --all-files

docs: .venv/.stamp ## make the documentation in build/docs; a broken link or anchor is an error
	$(BIN)/python -m sphinx --quiet --fail-on-warning --keep-going --fresh-env docs build/docs

format: .venv/.lint-stamp node_modules/.stamp ## format files in the style that `make lint` checks
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	npm exec -- biome check --write
	$(BIN)/clang-format -i $(C_SOURCES)

bench: .venv/.stamp node_modules/.stamp ## measure against Pyodide from npm; writes docs/benchmarks.md
	$(BIN)/python -m benchmarks

channel: system-packages .venv/.stamp node_modules/.stamp ## build every recipe, or PYODIDE_PACKAGES="toolz,attrs", into build/channel
	@status=0; $(CONDA_EMSCRIPTEN) build --with-deps $(CHANNEL_RECIPES) || status=$$?; \
	$(CONDA_EMSCRIPTEN) index && $(CONDA_EMSCRIPTEN) report && $(CONDA_EMSCRIPTEN) channel lint && exit $$status

cached: .venv/.stamp ## add the cached packages of all recipes to build/channel
	$(CONDA_EMSCRIPTEN) build --cached --all
	$(CONDA_EMSCRIPTEN) index

clean: ## remove build/; downloads and cached packages stay
	rm -rf build

system-packages:
	@ci/system-packages

.venv/.stamp: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=...")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $@

.venv/.lint-stamp: .venv/.stamp
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[lint]'
	@touch $@

node_modules/.stamp: package.json package-lock.json
	npm ci --no-audit --no-fund --loglevel=error
	@touch $@
