# One way to run everything, the same here and in CI. `make` alone lists the commands.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help lab edit test lint unit test-notebooks test-widgets7 test-browser site format \
	notebooks renumber constraints handout grade mutants properties oldest colab bench

# ---------------------------------------------------------------------- settings
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/installed
SITE := $(VENV)/site
AXE := $(VENV)/axe
WIDGETS7 := $(VENV)/widgets7
COLAB := .venv-colab
BENCH := .venv-bench
LAB_ARGS ?=
PYTEST_ARGS ?=
BENCH_ARGS ?=
PIP_ARGS ?= -c constraints.txt# empty: the newest of everything
CPU ?= # 1: PyTorch's build for processors, 0.2 GB to download on Linux in place of 3
CPU_ARGS := $(if $(CPU),--extra-index-url https://download.pytorch.org/whl/cpu)
JOBS ?= 2
NB ?= # empty: every notebook
ONLY ?= # empty: every exercise

# Can make an environment for the course: the right version, and not without ensurepip.
USABLE := import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))
first_usable = $(firstword $(foreach name,$(1),\
	$(if $(shell $(name) -c '$(USABLE)' 2>/dev/null && echo yes),$(name))))
PYTHON ?= $(call first_usable,python3.11 python3.12 python3.13 python3.14 python3)
COLAB_PYTHON ?= $(call first_usable,python3.13 python3.12)
WORKS = $(BIN)/python -c 'import pip; $(USABLE)' 2>/dev/null

# Two processes with all threads each would only fight over the cores.
PYTEST = COURSE_PROFILE=ci OMP_NUM_THREADS=1 $(BIN)/python -m pytest \
	-n $(JOBS) --dist loadfile $(PYTEST_ARGS)
HAS_CHROMIUM = CHROMIUM='$(CHROMIUM)' $(BIN)/python tests/browser/chromium.py

# ---------------------------------------------------------------------- commands
help: ## List the commands
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-16s %s\n", $$1, $$2 }' Makefile

lab: $(STAMP) ## Open your own copies of the notebooks (LAB_ARGS="--no-browser" passes more)
	@if [ -n "$(CPU)" ] && ls -d $(VENV)/lib/python*/site-packages/nvidia >/dev/null 2>&1; \
	then echo "CPU=1 comes too late: $(VENV) has CUDA. Delete it and run this again."; fi
	@exec $(BIN)/python -m course_utils lab $(LAB_ARGS)

edit: $(STAMP) ## Open the originals, for authors
	@exec $(BIN)/python -m course_utils edit $(LAB_ARGS)

# Their times count only where nothing else runs: `make test-browser` asks for them.
test: lint test-widgets7 $(SITE) ## Run everything that CI runs
	$(PYTEST)
	@if $(HAS_CHROMIUM); then $(MAKE) test-browser PYTEST_ARGS="-k 'not at_once'"; \
	else echo "So the browser tests were left out."; fi

lint: $(STAMP) ## Check style and formatting of code and notebooks
	$(BIN)/python -m ruff check
	$(BIN)/python -m ruff format --check

unit: $(STAMP) ## Test the code (PYTEST_ARGS="-k training" passes more)
	$(PYTEST) course_utils tests

test-notebooks: $(STAMP) ## Run all notebooks and compare with the committed outputs
	@$(PYTEST) notebooks || { \
		echo "Did you mean to change an output? Then run make notebooks."; exit 1; }

test-widgets7: $(WIDGETS7) ## Test the explorers with Colab's ipywidgets 7.7
	PYTHONPATH='$(CURDIR)/$(WIDGETS7)' $(PYTEST) -n 0 \
		-W ignore::DeprecationWarning tests/test_explorers.py -k 'not moves_lead'

test-browser: $(SITE) $(AXE) ## Run all notebooks in JupyterLab, move every control (CHROMIUM=/path)
	@$(HAS_CHROMIUM)
	CHROMIUM='$(CHROMIUM)' $(PYTEST) -n 0 tests/browser

site: $(SITE) ## Build the course's pages for the web, in build/site; no cell is run
	$(BIN)/python docs/build.py

format: $(STAMP) ## Put code and notebooks in their normal form; run nothing
	$(BIN)/python -m ruff format
	$(BIN)/python -m ruff check --fix
	$(BIN)/python -m ruff format
	$(BIN)/python tools/notebooks.py clean
	$(BIN)/python -m tools.words

notebooks: $(STAMP) ## Execute notebooks and save their outputs (NB=notebooks/NAME.ipynb)
	$(BIN)/python tools/notebooks.py run $(NB)

renumber: $(STAMP) ## Give a chapter another number (CHAPTER=pooling N=7)
	$(BIN)/python tools/notebooks.py renumber $(CHAPTER) $(N)

handout: $(STAMP) ## Copies for a class, without solutions (ONLY=pooling TO=week5)
	$(BIN)/python -m tools.handout $(ONLY) $(if $(TO),--to '$(TO)')

grade: $(STAMP) ## Tell who has solved what, in collected notebooks (FOLDER=collected)
	$(BIN)/python -m tools.grade '$(or $(FOLDER),collected)' --csv grades.csv

# Any Python will do: uv resolves for the oldest that pyproject.toml admits.
constraints: ## Resolve the newest versions for the oldest Python into constraints.txt
	'$(PYTHON)' -m venv --clear build/uv
	build/uv/bin/python -m pip install --quiet uv
	{ grep '^#' constraints.txt; build/uv/bin/uv pip compile pyproject.toml --quiet \
		--extra=test --extra=site --no-header --no-annotate --python-platform=linux \
		--python-version=$$(sed -n 's/^requires-python = ">=\([0-9.]*\).*/\1/p' pyproject.toml); \
	} > constraints.new
	mv constraints.new constraints.txt

# ---------------------------------------------------------------------- weekly, minutes
mutants: $(STAMP) ## Change every solution a little: does its check notice?
	PYTHONPATH=. OMP_NUM_THREADS=1 $(BIN)/python tests/mutants.py $(ONLY)

properties: $(STAMP) ## Try each property on 1,000 examples, and kill a run 20 times
	EXAMPLES=1000 $(PYTEST) -m hypothesis tests
	KILLS=20 $(PYTEST) tests/test_checkpoint.py -k killed

oldest: ## Run code and notebooks with the lowest versions in requirements.txt
	@mkdir -p build
	sed -n 's/>=\([^,]*\),.*/==\1/p' requirements.txt > build/oldest.txt
	$(MAKE) --keep-going VENV=.venv-oldest PIP_ARGS='-c build/oldest.txt' unit test-notebooks \
		PYTEST_ARGS='--nbval-sanitize-with tools/oldest.cfg $(PYTEST_ARGS)'

colab: $(COLAB)/installed ## Run each notebook alone, with Colab's versions (NB=…)
	OMP_NUM_THREADS=1 $(COLAB)/bin/python -m tools.colab $(NB)

bench: $(BENCH)/installed ## Time an epoch of fit against the notes' loop and six other tools
	$(BENCH)/bin/python benchmarks/bench.py $(BENCH_ARGS)

# ---------------------------------------------------------------------- environment
# The stamp, written last, holds the folder it was made for. It is out of date when one
# of the three files is newer, when the checkout moved, or when its Python went away.
ifneq ($(shell $(WORKS) && cat $(STAMP) 2>/dev/null),$(CURDIR))
.PHONY: $(STAMP)
endif

$(STAMP): requirements.txt constraints.txt pyproject.toml
	@rm -f $@
	@$(WORKS) || { \
	'$(PYTHON)' -c '$(USABLE)' 2>/dev/null || { \
		echo "The course needs Python 3.11 to 3.14 with venv; none was found."; \
		echo "  Debian, Ubuntu:  sudo apt install python3 python3-venv"; \
		echo "  macOS:           brew install python@3.12"; \
		echo "  elsewhere:       make $(MAKECMDGOALS) PYTHON=/path/to/python3.12"; \
		exit 1; } >&2; \
	echo "Making $(VENV) with $(PYTHON)"; '$(PYTHON)' -m venv --clear $(VENV); }
	$(BIN)/python -m pip install $(PIP_ARGS) $(CPU_ARGS) -e '.[test]'
	$(BIN)/python -c 'import matplotlib.font_manager'  # warns when a notebook does it first
	@echo '$(CURDIR)' > $@

# What builds the site: whoever learns needs none of it.
$(SITE): $(STAMP)
	$(BIN)/python -m pip install --quiet $(PIP_ARGS) $(CPU_ARGS) -e '.[site]'
	@touch $@

# Beside the environment, not in it: PYTHONPATH puts it first for one test run.
$(WIDGETS7): $(STAMP)
	@rm -rf $@ $@.part
	$(BIN)/python -m pip install --quiet --no-deps --target $@.part \
		ipywidgets==7.7.1 ipython_genutils==0.2.0
	@mv $@.part $@

$(BENCH)/installed: benchmarks/peers.txt constraints.txt
	'$(PYTHON)' -m venv --clear $(BENCH)
	$(BENCH)/bin/python -m pip install $(PIP_ARGS) $(CPU_ARGS) -r $< -e .
	@touch $@

# Deque's checker of accessibility, one file of it: no browser comes along.
$(AXE): $(STAMP)
	$(BIN)/python -m pip install --quiet --no-deps --target $@ axe-playwright-python==0.1.8

$(COLAB)/installed: tools/colab.txt
	@[ -n '$(COLAB_PYTHON)' ] || { echo "Colab has Python 3.12 or 3.13; none was found:" \
		"make colab COLAB_PYTHON=/path/to/python3.13"; exit 1; } >&2
	'$(COLAB_PYTHON)' -m venv --clear $(COLAB)
	$(COLAB)/bin/python -m pip install $(CPU_ARGS) -r $<
	@touch $@
