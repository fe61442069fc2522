# The two commands of the README, and what a developer types besides.
# Each does its own set-up; see scripts/setup for what it installs.

PYTHON = .venv/bin/python

.PHONY: demo test coverage check docs picture lock

demo:  ## a whole semester on this machine: real hubs, real nbgrader, real restic
	@scripts/setup demo
	@.venv/bin/courseops demo $(DEMO)

test:  ## everything: style, types, import contracts, unit, contract, flow and house tests
	@scripts/setup test
	@$(MAKE) --no-print-directory check
	$(PYTHON) -m pytest -n 4 --dist loadgroup --require-programs $(TESTS)

coverage:  ## the same suite, and which lines it reached: a third slower, so by itself
	@$(MAKE) --no-print-directory test TESTS="--cov --cov-report=term $(TESTS)"

check:  ## style and types only
	$(PYTHON) -m ruff format --check --quiet .
	$(PYTHON) -m ruff check --quiet .
	$(PYTHON) -m mypy

docs:  ## write the generated pages of docs/reference and config.example.toml anew
	$(PYTHON) scripts/generate_reference.py

picture:  ## play the demonstration and draw the README's picture of it
	$(PYTHON) scripts/record_demo.py

lock:  ## resolve the dependencies anew (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --quiet \
		--extra apprise --extra dask --extra pdf --extra postgres --extra demo --group dev pyproject.toml -o requirements/dev.lock
