# What a person does with a checkout; every target works as the first command in a fresh clone.

SHELL  := bash
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

.PHONY: cluster report screenshot help install demo run test check bench hostile fuzz api soak crash docs lock clean

help: ## this list
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 18

install: $(READY) ## make .venv with exactly what requirements.lock says

$(READY): requirements.lock pyproject.toml .ci/install
	@PYTHON=$(PYTHON) .ci/install $(VENV)
	@touch $(READY)

demo: $(READY) ## play the bundled scenario: about a minute, no internet
	@$(BIN)/monitor demo

run: $(READY) ## watch the live catalogue, alerts on the console
	@mkdir -p var
	@$(BIN)/monitor run --config config/monitor.toml

test: $(READY) ## every test; says at the end what was skipped and why
	@.ci/system
	@$(BIN)/pytest -n auto

check: $(READY) ## style, types and architecture
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/pytest -q tests/test_architecture.py tests/packaging/test_unit.py

bench: $(READY) ## figures, not verdicts
	@if compgen -G 'tests/bench/bench_*.py' >/dev/null; then for f in tests/bench/bench_*.py; do $(BIN)/python $$f; done; else echo "no benches yet"; fi

hostile: $(READY) ## the running daemon among hostile servers, at full size
	@HOSTILE_FULL=1 $(BIN)/pytest -q -s tests/daemon/test_hostile.py

fuzz: $(READY) ## search for bytes that break adapters, explain or the configuration; SECONDS_EACH=600
	@SECONDS_EACH=$${SECONDS_EACH:-600} $(BIN)/python -m tests.fuzz.run

api: $(READY) ## ask every route of the API for answers that its description does not name; EXAMPLES=500 for each
	@EXAMPLES=$${EXAMPLES:-500} $(BIN)/pytest -q --timeout 0 tests/web/test_description.py

soak: $(READY) ## a simulated year with restarts; prints the slope of memory and the size of the database
	@$(BIN)/python -m tests.soak.year

crash: $(READY) ## simulated lives of the ledger with crashes, full disks and failing receivers; N=1000
	@$(BIN)/python -m tests.crash.simulation $${N:-1000}

cluster: $(READY) ## two machines, three workers and PostgreSQL killed and restarted at random; MINUTES=10
	@$(BIN)/python -m tests.engine.cluster_soak $${MINUTES:-10}

docs: $(READY) ## write the generated parts of docs/ anew
	@$(BIN)/python -m tests.test_docs

report: $(READY) ## what would have been told of the recordings beside this checkout, as a page; CONFIG="a.toml b.toml" compares
	@mkdir -p report
	@found=$$(compgen -G '../shared/recordings/*.tar.xz' || true); \
	[ -n "$$found" ] || echo "no recordings in ../shared/recordings: the bundled story stands in"; \
	$(BIN)/monitor replay $${found:-demo} $(foreach c,$(or $(CONFIG),config/monitor.toml),--config $(c)) --report report/backtest.html

lock: $(READY) ## write requirements.lock anew, keeping what still fits
	@$(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --group dev --all-extras --python-version 3.11 \
	    --universal pyproject.toml -o requirements.lock --custom-compile-command "make lock"

clean: ## forget what was built
	@rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis

screenshot: $(READY) ## take the README's pictures of the page with a real Chromium
	@$(BIN)/python -m tests.web.pictures docs
