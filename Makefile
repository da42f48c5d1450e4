# Every command works in a fresh clone with Python 3.11+, make and sh. `make help` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PY := .venv/bin/python
WORKERS ?= 2
BENCHMARKS ?= posting programme_statistics servicing imports pages
PYTEST := $(PY) -m pytest -q -n $(WORKERS) --dist worksteal
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links pyproject.toml

.PHONY: help run test quick check lint types imports migrations schema bench screenshots fmt lock setup

help: ## this list
	@grep -E '^[a-z]+:.*## ' Makefile | sed 's/:.*## /\t/' | expand -t 14

run: ## everything on http://127.0.0.1:8000 (PORT=, HOST=), SQLite and an embedded queue unless DATABASE_URL, REDIS_URL
	@sh scripts/setup.sh demo
	@exec $(PY) scripts/run.py

setup: ## the tools of development in .venv
	@sh scripts/setup.sh dev

test: setup ## all tests (DATABASE_URL= and REDIS_URL= choose PostgreSQL and Redis; ARGS= goes to pytest)
	@sh scripts/system-packages.sh pdf browser
	$(PYTEST) $(ARGS)

quick: setup ## the fast tests: rules, services, selectors; no pages, API, browser, processes, papers, replay, summaries, journeys or matrix
	$(PYTEST) -m "not browser and not slow" -x --ignore-glob='*api.py' --ignore-glob='*pages.py' $(foreach path,api browser journeys operations permissions architecture/test_models.py loans/test_servicing_machine.py loans/test_claims_machine.py reports/test_claim_papers.py reports/test_closing.py reports/test_effect_report.py reports/test_home.py reports/test_renderers.py reports/test_replay.py reports/test_reserve_report.py reports/test_summaries.py,--ignore=tests/$(path))

check: lint types imports migrations schema test ## what CI runs before anything is accepted

lint: setup
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m djlint templates --lint --quiet

types: setup
	$(PY) -m mypy .

imports: setup
	.venv/bin/lint-imports

migrations: setup
	$(PY) manage.py makemigrations --check --dry-run

schema: setup ## the OpenAPI document is the one committed
	$(PY) scripts/schema.py --check

bench: setup ## the numbers of benchmarks/ (needs PostgreSQL; see docs/operations.md)
	@for name in $(BENCHMARKS); do echo "== $$name"; $(PY) benchmarks/$$name.py || exit 1; done

screenshots: setup ## pictures of the main pages at three widths in var/screenshots/ (takes some minutes)
	@sh scripts/system-packages.sh browser
	$(PY) scripts/screenshots.py

fmt: setup ## format and mend what can be mended
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .
	$(PY) scripts/schema.py

lock: ## resolve requirements/*.lock anew (uv needed): hashes, no addresses
	$(LOCK) -o requirements/runtime.lock
	$(LOCK) --extra demo -o requirements/demo.lock
	$(LOCK) --extra dev -o requirements/dev.lock
