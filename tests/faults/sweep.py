"""Does the command survive a kill, an error, a lasting error or a short write at each of its file calls?

    fault            inject                          what must hold
    KILL             signal=KILL:when=n              nothing harmed; the next run finishes
    ENOSPC, EIO, …   error=…:when=n                  the same; and exit code not 0 where something was not written,
    ENOSPC lasting   error=…:when=n+                 with a message that names the cause and a path
    short            SHORT_WRITE=n (short_write/)    the nth write of the program's own takes half of its bytes

The command runs once to list its calls on the watched folders and the configuration; then, for each fault that differs
(points.py): reset, run broken, check, run plain, final, run again. A fault that did not reach a watched call (timing
moved) is `missed`, not passed.
"""

from __future__ import annotations

import errno
import os
import queue
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.points import Fault, Points, faults_of
from tests.faults.scenario import Problems, Scenario, at_once
from tests.faults.trace import CHANGES, LOOKS, Call, Traced, traced

SHORT_WRITE = Path(__file__).parent / "short_write"
KILLED = (-9, 137)
AGAIN = 2
"""So often a fault is tried again that came to another call: a busy machine moves the calls of a wait."""
SQLITE_SAYS = (
    *("disk i/o error", "database or disk is full", "unable to open database file"),
    *("attempt to write a readonly database", "database is locked", "locking protocol"),
    *("access permission denied", "database disk image is malformed"),
)


@dataclass
class Tally:
    """What came of a sweep; `failures` are sentences."""

    passed: int = 0
    missed: list[Fault] = field(default_factory=list)
    failures: Problems = field(default_factory=list)


def points_of(scenario: Scenario) -> Points:
    """Run the command once and return the faults that can be tried on it."""
    return faults_of(watched_calls(scenario))


def watched_calls(scenario: Scenario) -> list[Call]:
    """Run the command once and return its calls on the watched folders, in order."""
    scenario.reset()
    plain = traced(scenario, (*CHANGES, *LOOKS))
    if plain.exit_code:
        raise RuntimeError(f"{scenario.name}: the run with no fault failed: {plain.stderr[-400:]}")
    seen: dict[tuple[str, int], Call] = {}
    for call in plain.calls:
        if call.touches((*scenario.watch, *scenario.also)):
            seen.setdefault((call.name, call.nth), call)
    return list(seen.values())


def sweep(scenarios: Sequence[Scenario], faults: Sequence[Fault]) -> Tally:
    """Try each fault on one of these equal scenarios, all of them at work at once; return how many were survived."""
    tally, waiting = Tally(), queue.SimpleQueue[Fault]()
    for fault in faults:
        waiting.put(fault)
    lock = threading.Lock()

    def work(number: int) -> None:
        scenario = scenarios[number]
        while True:
            try:
                fault = waiting.get_nowait()
            except queue.Empty:
                return
            fired, problems = _try(scenario, fault)
            for _ in range(AGAIN):
                if not fired and not problems:
                    fired, problems = _try(scenario, fault)
            with lock:
                if problems:
                    tally.failures.append(f"{scenario.name}: {fault}: {problems[0]}")
                elif fired:
                    tally.passed += 1
                else:
                    tally.missed.append(fault)

    at_once(work, len(scenarios))
    return tally


def _try(scenario: Scenario, fault: Fault) -> tuple[bool, Problems]:
    """Break one run; return whether the fault reached a watched call, and what is wrong."""
    scenario.reset()
    if fault.what == "short":
        path = f"{SHORT_WRITE}{os.pathsep}{scenario.environment['PYTHONPATH']}"
        shortened = {"PYTHONPATH": path, "SHORT_WRITE": fault.inject.partition("=")[2]}
        broken = traced(scenario, [fault.call.name], more=shortened)
    else:
        broken = traced(scenario, [fault.call.name], inject=[fault.inject])
    if broken.exit_code == 0:
        return _fired(scenario, fault, broken), _claims_success(scenario)
    if scenario.explains and fault.what != "KILL" and not _is_explained(broken.stderr, fault):
        return True, [f"it ended with {broken.exit_code} and does not say why: {broken.stderr[-300:]!r}"]
    return _fired(scenario, fault, broken), scenario.heal()


def _fired(scenario: Scenario, fault: Fault, broken: Traced) -> bool:
    if fault.what == "KILL":
        return broken.exit_code in KILLED
    if fault.what == "short":
        return any(call.touches((*scenario.watch, *scenario.also)) for call in broken.calls)
    return any(call.injected and call.touches((*scenario.watch, *scenario.also)) for call in broken.calls)


def _is_explained(said: str, fault: Fault) -> bool:
    if fault.what == "short" or (fault.what.endswith("lasting") and fault.call.name == "write"):
        return True  # every later write fails, and so does that of the message
    cause = os.strerror(getattr(errno, fault.what.split()[0]))
    return names_cause(said, "read-only" if fault.call.name == "access" else cause)  # os.access tells no cause


def names_cause(said: str, cause: str) -> bool:
    """Tell whether a message names the cause, in the system's words or SQLite's, and a path, or a note."""
    words = (cause.lower(), *SQLITE_SAYS)
    return any(one in said.lower() for one in words) and any(one in said for one in ("/", '"', ".md"))


def _claims_success(scenario: Scenario) -> Problems:
    """A run that said that all is well must have done all of it, before any other run."""
    return [f"it ended with 0, but {problem}" for problem in scenario.done()] or scenario.heal()
