"""Run every harness: `python -m tests.faults [--sample]`; exit code 1 where anything failed, or too many were missed.

sweep once append: 5350 faults, 5350 tried: 5350 passed, 0 failed, 0 missed
    left out: 559 kills with nothing changed since another, 4878 errors that do not come from such a call, …
power cut once mixed: 60 passed, 0 failed
disk ext4: ext4 append: 9 passed, 0 failed                      or the reason why that disk cannot be had here
editor in-place, quiet time 0s: 1 passed, 0 failed (1730 saves, 132 sections meanwhile)
naive ways: 7 passed, 0 failed                                  a naive way that is caught has passed

The sample takes points spread evenly over all calls and all kinds of fault, in less than five minutes on two cores.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.faults.command_line import freeze, scenario_of, site
from tests.faults.crashstates import crash
from tests.faults.disks import SIZES, in_own_namespace, is_installable, reason_not_to_run
from tests.faults.driver import NAIVE
from tests.faults.editing import race_with_command_line
from tests.faults.editors import naively, race
from tests.faults.plots import PLOTS
from tests.faults.points import Fault, spread
from tests.faults.scenario import Problems, Scenario, scenarios_of_driver
from tests.faults.sweep import points_of, sweep
from tests.faults.trace import has_strace

MOST_MISSED = 0.01
MEMORY = "/dev/shm"  # noqa: S108 - a folder of its own is made in it


@dataclass(frozen=True)
class Amount:
    """How much of everything is tried, and how many at once; `sections` are written while an editor is at work."""

    faults: int
    trees: int
    cuts: int
    rooms: int
    seconds: float
    sections: int
    at_once: int


SAMPLE = Amount(faults=14, trees=6, cuts=1, rooms=2, seconds=10, sections=100, at_once=2)
EVERYTHING = Amount(faults=10**6, trees=10**6, cuts=10**6, rooms=10**6, seconds=60, sections=100, at_once=4)
"""Most of the time of a fault is waiting."""


def main() -> int:
    """Run all of them, or a sample; return the exit code."""
    options = argparse.ArgumentParser(prog="python -m tests.faults")
    options.add_argument("--sample", action="store_true", help="evenly spread points, in less than five minutes")
    amount = SAMPLE if options.parse_args().sample else EVERYTHING
    if not has_strace():
        print("strace is not there, or may not trace")
        return 1
    with tempfile.TemporaryDirectory(dir=MEMORY if Path(MEMORY).is_dir() else None) as folder:
        work = Path(folder)
        tree = freeze(work)
        failures = Problems()
        for part in (plots, editors, disks):
            began = time.monotonic()
            failures += part(work, tree, amount)
            print(f"    {part.__name__}: {time.monotonic() - began:.0f} s", flush=True)
        failures += naive_ways(work / "naive")
    for failure in failures:
        print("FAIL", failure)
    return 1 if failures else 0


@contextmanager
def equal_scenarios(work: Path, tree: Path, plot: str, *, at_once: int) -> Iterator[list[Scenario]]:
    """Give the same scenario as often as is worked on at once, each in a home of its own."""
    with ExitStack() as stack:
        homes = [work / f"{plot}{number}" for number in range(at_once)]
        cold = [scenario_of(stack.enter_context(site(home, tree=tree)), plot) for home in homes]
        yield [stack.enter_context(one.warmed()) for one in cold]
    for home in homes:
        shutil.rmtree(home)


def plots(work: Path, tree: Path, amount: Amount) -> Problems:
    """Break the command line at its calls, and cut the power by the model; print a line for each plot and way."""
    failures, missed, tried = Problems(), list[str](), 0
    for plot in PLOTS:
        with equal_scenarios(work, tree, plot, at_once=amount.at_once) as scenarios:
            points = points_of(scenarios[0])
            chosen = spread(points.faults, amount.faults)
            tally = sweep(scenarios, chosen)
            counts = f"{tally.passed} passed, {len(tally.failures)} failed, {len(tally.missed)} missed"
            print(f"sweep {scenarios[0].name}: {len(points.faults)} faults, {len(chosen)} tried: {counts}", flush=True)
            print(f"    left out: {', '.join(f'{count} {why}' for why, count in points.equal.items())}", flush=True)
            passed, found = crash(scenarios, most=amount.trees)
            print(f"power cut {scenarios[0].name}: {passed} passed, {len(found)} failed", flush=True)
        failures += tally.failures + found
        missed += map(str, tally.missed)
        tried += len(chosen)
    if len(missed) > max(MOST_MISSED * tried, 2):
        failures.append(f"{len(missed)} of {tried} faults did not come to a watched call: {'; '.join(missed[:3])}")
    return failures


def editors(work: Path, tree: Path, amount: Amount) -> Problems:
    """Let editors save while the command line runs; print a line for each."""
    failures = Problems()
    for kind, quiet_time in (("in-place", "0s"), ("rename", "0s"), ("in-place", "2s")):
        with site(work / f"{kind}{quiet_time}", tree=tree) as here:
            found = race_with_command_line(here, kind=kind, seconds=amount.seconds, quiet_time=quiet_time)
        wanted = amount.sections if quiet_time == "0s" else 0
        bad = [f"editor {kind}, quiet time {quiet_time}: {problem}" for problem in found.problems]
        if found.sections < wanted or found.saves < 100 * amount.seconds:
            bad.append(f"editor {kind}: {found.saves} saves and {found.sections} sections are too few")
        counts = f"{int(not bad)} passed, {len(bad)} failed"
        meanwhile = f"{found.saves} saves, {found.sections} sections meanwhile"
        print(f"editor {kind}, quiet time {quiet_time}: {counts} ({meanwhile})", flush=True)
        failures += bad
    return failures


def disks(_work: Path, _tree: Path, amount: Amount) -> Problems:
    """Cut the power of real file systems, and fill disks; print a line for each plot."""
    failures = Problems()
    for kind in (*SIZES, "full"):
        if reason := reason_not_to_run(kind):
            print(f"disk {kind}: not tried: {reason}", flush=True)
            must = os.environ.get("CI") == "true" and is_installable(reason)
            failures += [f"disk {kind}: {reason}"] if must else []
            continue
        ran = in_own_namespace(kind, most=amount.rooms if kind == "full" else amount.cuts)
        for line in ran.stdout.splitlines():
            if line.startswith("FAIL "):
                failures.append(line.removeprefix("FAIL "))
            else:
                print(f"disk {line}", flush=True)
        if ran.returncode and not failures:
            failures.append(f"disk {kind}: {ran.stderr[-400:]}")
    return failures


def naive_ways(work: Path) -> Problems:
    """See that each harness catches what it is there for."""
    uncaught = Problems()
    for way in NAIVE:
        scenario = scenarios_of_driver(work, way=way)[0]
        if not crash([scenario], most=12)[1]:
            uncaught.append(f"power cut: the naive way {way} was not caught")
    scenario = scenarios_of_driver(work, way="rewrite")[0]
    if not sweep([scenario], _kills_in_the_vault(points_of(scenario).faults)).failures:
        uncaught.append("sweep: the naive way rewrite was not caught")
    for kind in ("in-place", "rename"):
        note = work / f"{kind}.md"
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
