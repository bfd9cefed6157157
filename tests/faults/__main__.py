"""Run the harnesses on the driver: `python -m tests.faults [--sample]`; exit code 1 where anything failed.

sweep syncer append: 40 passed, 0 failed, 0 missed
power cut syncer both: 12 passed, 0 failed
editor in-place: 1 passed, 0 failed (530 saves, 31 sections)
naive ways: 8 passed, 0 failed                                  a naive way that is caught has passed
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from syncer.model import NotePath
from syncer.vault import Vault
from tests.faults.crashstates import crash
from tests.faults.driver import NAIVE
from tests.faults.editors import by_writer, naively, race
from tests.faults.scenario import Problems, scenarios_of_driver
from tests.faults.sweep import Fault, faults_of, spread, sweep
from tests.faults.trace import has_strace

EVERYTHING = 1_000_000


def main() -> int:
    """Run all of them, or a sample; return the exit code."""
    options = argparse.ArgumentParser(prog="python -m tests.faults")
    options.add_argument("--sample", action="store_true", help="evenly spread points, under a minute")
    sample = options.parse_args().sample
    if not has_strace():
        print("strace is not there, or may not trace")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        failures = [
            *sweeps(work, most=12 if sample else EVERYTHING),
            *power_cuts(work, most=8 if sample else EVERYTHING),
            *editors(work, seconds=3 if sample else 60),
            *naive_ways(work),
        ]
    for failure in failures:
        print("FAIL", failure)
    return 1 if failures else 0


def sweeps(work: Path, *, most: int) -> Problems:
    """Break the driver's calls; print a line for each scenario."""
    failures = []
    for scenario in scenarios_of_driver(work, way="syncer"):
        tally = sweep([scenario], spread(faults_of(scenario), most))
        counts = f"{tally.passed} passed, {len(tally.failures)} failed, {len(tally.missed)} missed"
        print(f"sweep {scenario.name}: {counts}", flush=True)
        failures += tally.failures
    return failures


def power_cuts(work: Path, *, most: int) -> Problems:
    """Cut the driver's power; print a line for each scenario."""
    failures = []
    for scenario in scenarios_of_driver(work, way="syncer"):
        passed, found = crash([scenario], most=most)
        print(f"power cut {scenario.name}: {passed} passed, {len(found)} failed", flush=True)
        failures += found
    return failures


def editors(work: Path, *, seconds: float) -> Problems:
    """Let editors save while the writer writes; print a line for each."""
    failures = []
    for kind in ("in-place", "rename"):
        (folder := work / kind).mkdir()
        with Vault(str(folder), quiet_time=0.0, patience=0.0) as vault:
            found = race(folder / "note.md", by_writer(vault, NotePath("note.md")), kind=kind, seconds=seconds)
        bad = [] if found.is_clean and found.saves and found.sections else [f"editor {kind}: {found}"]
        counts = f"{1 - len(bad)} passed, {len(bad)} failed"
        print(f"editor {kind}: {counts} ({found.saves} saves, {found.sections} sections)", flush=True)
        failures += bad
    return failures


def naive_ways(work: Path) -> Problems:
    """See that each harness catches what it is there for."""
    uncaught = []
    for way in NAIVE:
        scenario = scenarios_of_driver(work, way=way)[0]
        if not crash([scenario], most=12)[1]:
            uncaught.append(f"power cut: the naive way {way} was not caught")
    scenario = scenarios_of_driver(work, way="rewrite")[0]
    if not sweep([scenario], _kills_in_the_vault(faults_of(scenario))).failures:
        uncaught.append("sweep: the naive way rewrite was not caught")
    for kind in ("in-place", "rename"):
        note = work / kind / "naive.md"
        if race(note, naively(note), kind=kind, seconds=1).is_clean:
            uncaught.append(f"editor {kind}: the naive way was not caught")
    print(f"naive ways: {len(NAIVE) + 3 - len(uncaught)} passed, {len(uncaught)} failed", flush=True)
    return uncaught


def _kills_in_the_vault(faults: list[Fault]) -> list[Fault]:
    return [
        fault
        for fault in faults
        if fault.what == "KILL" and fault.call.name == "write" and "/vault/" in fault.call.text
    ]


if __name__ == "__main__":
    sys.exit(main())
