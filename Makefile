# What can be done with this checkout? It needs Python 3.11 or newer and make; everything else goes into .venv.
#
#   make demo            no account: a sample library on this machine, three syncs, a small vault to look at
#   make test            every test (those of tools that are missing skip, and say so), in another order each time
#   make test-fast       without what is slow or needs such a tool, and with fewer examples: for every save
#   make coverage        every test, and which lines and branches none of them went through; fails below its limits
#   make mutants         small faults planted in the core, one at a time: which of them would no test notice (hours)
#   make check           ruff, ruff format, mypy
#   make faults-sample   kills, disk errors and power cuts at some of the places where they can strike
#   make faults          the same at each of them (hours)
#   make generated       the completions, the man page and docs/messages.md, after the parser or a message has changed
#   make pictures        the pictures in docs/pictures, after what they show has changed (the page needs Chromium)
#   make bench           how fast and how big, against the limits that are promised; writes the README's table
#   make fuzz            100,000 examples of each property, and a hundred times the chance of what lives on it (hours)
#   make clean           removes .venv and what the tools leave behind
#
# PYTHON=python3.13 chooses the interpreter of .venv, JOBS=4 the number of test processes, SEED=7 the order of the tests.

VENV := .venv
RUN  := $(VENV)/bin/python
MADE := $(VENV)/.made
# Tests wait for processes and disks: one more of them than there are cores.
CORES := $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
JOBS ?= $(shell expr $(CORES) + 1)
TESTS := $(RUN) -m pytest -q -n $(JOBS) --dist worksteal $(if $(SEED),--randomly-seed=$(SEED))
# Of these every line and every branch is gone through: what a note looks like, whose it is, what is done, and how.
CORE := note.py template*.py neutralise.py identity/*.py plan*.py plan/*.py selection.py credit.py updates.py writer/*.py
unexport PYTHONDONTWRITEBYTECODE  # pytest keeps the tests as it rewrote them

.PHONY: demo test test-fast coverage mutants check faults-sample faults generated pictures bench fuzz clean
.DEFAULT_GOAL := test

demo: $(MADE)
	$(RUN) -m syncer demo

test: $(MADE)
	$(TESTS)

test-fast: $(MADE)
	HYPOTHESIS_PROFILE=fast $(TESTS) -m "not system and not slow"

coverage: $(MADE)
	$(RUN) -m coverage erase
	$(RUN) -m coverage run -m pytest -q -n $(JOBS) --dist worksteal
	$(RUN) -m coverage combine --quiet
	$(RUN) -m coverage report
	$(RUN) -m coverage report --fail-under=100 --include="$(shell echo '$(CORE:%=syncer/%)' | tr ' ' ,)"

mutants: $(MADE)
	$(RUN) -m tests.mutants

check: $(MADE)
	$(RUN) -m ruff check
	$(RUN) -m ruff format --check
	$(RUN) -m mypy

faults-sample: $(MADE)
	$(RUN) -m tests.faults --sample

faults: $(MADE)
	$(RUN) -m tests.faults

generated: $(MADE)
	$(RUN) -m tests.shell_files
	$(RUN) -m tests.catalogue

pictures: $(MADE)
	$(RUN) -m tests.pictures --page

bench: $(MADE)
	$(RUN) -m benchmarks --keep

fuzz: $(MADE)
	HYPOTHESIS_PROFILE=fuzz $(TESTS) -m "hypothesis or chance" --timeout=0

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis dist .coverage .coverage.*
	find syncer tests benchmarks .ci -name __pycache__ -type d -prune -exec rm -rf {} +

# Made once, and again when what is to be in it has changed. The stamp is the last thing written.
$(MADE): pyproject.toml uv.lock .ci/make_environment
	PYTHON="$(PYTHON)" .ci/make_environment $(VENV)
	touch $(MADE)
