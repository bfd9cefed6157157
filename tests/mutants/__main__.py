"""Plant faults in the core and run the tests against each: `python -m tests.mutants [--again] [MODULE …]`.

    killed    identity/fold.py:31 fold: 3 → 4      by tests/test_identity_find.py::test_…
    survived  identity/fold.py:44 fold: a and b → a
    1,204 faults, 1,130 killed, 74 survived: 93.9 %

MODULE is `identity`, `note` or `identity/fold.py`; without one, all of the core. Exit code 1 where a test fails without
any fault, or where less than 90 % of the faults were killed.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path


def _words(text: str) -> list[str]:
    return text.split()


LEAST = 90.0
CORE = (
    *("note.py", "template.py", "neutralise.py", "dangers.py", "fences.py"),
    *("identity/*.py", "selection.py", "credit.py", "updates.py", "plan/*.py", "writer/*.py"),
)
TESTS = _words("""
    note note_history note_updates notes seed template template_values template_errors template_styles neutralise
    fences dangers selection credit updates updates_commands updates_rules updates_examples identity_by_link
    identity_by_text identity_facts identity_find identity_find_spelling identity_find_twins identity_fold
    identity_labels identity_lines identity_links identity_shelf identity_shelf_twins identity_shelf_rules
    identity_shows identity_similar plan plan_names plan_words plan_met obstacle change names footing writer
    writer_recover writer_parts writer_parts_names writer_parts_recover writer_calls writer_calls_recover
    undo_again files_kept
    """)
"""Those whose subject is the core; what only a test of something else would find counts as missed."""
KEPT_EACH = 20
MEMORY = Path("/dev/shm")  # noqa: S108 - where it is there, no test waits for a disk


def main() -> int:
    """Run it; return the exit code."""
    chosen = _chosen()
    os.environ["HYPOTHESIS_PROFILE"] = "mutants"

    import pytest  # after the profile has been chosen

    from tests.mutants.faults import Fault
    from tests.mutants.loop import Loop
    from tests.mutants.planting import Module
    from tests.mutants.results import ROOT, Result, Results

    results = Results()
    seen: list[Module] = []
    told: list[Result] = []

    def report(module: Module, fault: Fault, verdict: str) -> None:
        result = results.add(module, fault, verdict)
        print(f"{module.path.relative_to(ROOT)}:{result.line} {result.before} → {result.after}: {verdict}", flush=True)
        told.append(result)
        if module not in seen:
            seen.append(module)
        if len(told) % KEPT_EACH == 0:
            results.keep(seen)

    patterns = tuple(_pattern(name) for name in chosen.modules) or CORE
    loop = Loop(ROOT, patterns, patience=chosen.patience, report=report)
    if chosen.again:
        loop.wanted = results.lived
    tests = chosen.tests or [f"tests/test_{name}.py" for name in TESTS]
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        arguments = ["-q", "-s", "-m", "not system", "--timeout=60", "-p", "no:cacheprovider", "-p", "no:randomly"]
        pytest.main([*arguments, f"--basetemp={Path(folder) / 'tests'}", *tests], plugins=[loop])
    if loop.broken:
        print("these tests fail without any fault:", *loop.broken, sep="\n", file=sys.stderr)
        return 1
    results.keep(loop.modules)
    results.publish()
    print(results.summary())
    return int(results.score() < LEAST)


def _chosen() -> argparse.Namespace:
    options = argparse.ArgumentParser(prog="python -m tests.mutants")
    options.add_argument("modules", nargs="*", metavar="MODULE", help="identity, note, writer/append.py …")
    options.add_argument("--again", action="store_true", help="only what survived the last time, or is new")
    options.add_argument("--tests", nargs="*", metavar="FILE", help="run these test files instead of all that fit")
    options.add_argument("--patience", type=float, default=20.0, help="seconds of CPU for the tests of one fault")
    return options.parse_args()


def _pattern(name: str) -> str:
    if name.endswith(".py"):
        return name
    return f"{name}/*.py" if name in {"identity", "writer", "writer_calls", "writer_parts", "plan"} else f"{name}.py"


if __name__ == "__main__":
    sys.exit(main())
