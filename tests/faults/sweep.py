"""Does the command survive a kill, an error, a lasting error or a short write at each of its file calls?

    fault            inject                          what must hold
    KILL             signal=KILL:when=n              nothing harmed; the next run finishes
    ENOSPC, EIO, …   error=…:when=n                  the same; and exit code not 0 where something was not written,
    ENOSPC lasting   error=…:when=n+                 with a message that names the cause and a path
    short            SHORT_WRITE=n (short_write/)    the nth write of the program's own takes half of its bytes

The command runs once to list its calls on the watched folders; then each call x fault: reset, run broken, check, run
plain, final, run again. A fault that did not reach a watched call (timing moved) is `missed`, not passed.
"""

from __future__ import annotations

import errno
import os
import queue
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.faults.scenario import Problems, Scenario, at_once
from tests.faults.trace import CHANGES, LOOKS, Call, Traced, traced

ERRORS = ("ENOSPC", "EIO", "EDQUOT", "EROFS", "EACCES", "EPERM", "EMFILE", "ESTALE", "EINTR")
LASTING = ("ENOSPC", "EIO", "EDQUOT", "EROFS", "EACCES", "EMFILE", "ESTALE")
SHORT_WRITE = Path(__file__).parent / "short_write"
KILLED = (-9, 137)
AGAIN = 2
"""So often a fault is tried again that came to another call: a busy machine moves the calls of a wait."""
SQLITE_SAYS = (
    *("disk i/o error", "database or disk is full", "unable to open database file"),
    *("attempt to write a readonly database", "database is locked", "locking protocol"),
    *("access permission denied", "database disk image is malformed"),
)


@dataclass(frozen=True)
class Fault:
    """One call to be broken, and how: `inject` is strace's words for it, or the variable for short_write/."""

    call: Call
    what: str
    inject: str

    def __str__(self) -> str:
        return f"{self.what} at {self.call.name}#{self.call.nth}({self.call.text[:70]})"


@dataclass
class Tally:
    """What came of a sweep; `failures` are sentences."""

    passed: int = 0
    missed: list[Fault] = field(default_factory=list)
    failures: Problems = field(default_factory=list)


def faults_of(scenario: Scenario) -> list[Fault]:
    """Run the command once and return every fault that can be tried on it."""
    scenario.reset()
    plain = traced(scenario, (*CHANGES, *LOOKS))
    if plain.exit_code:
        raise RuntimeError(f"{scenario.name}: the run with no fault failed: {plain.stderr[-400:]}")
    seen: dict[tuple[str, int], Call] = {}
    for call in plain.calls:
        if call.touches(scenario.watch):
            seen.setdefault((call.name, call.nth), call)
    faults = [Fault(call, *how) for call in seen.values() for how in _ways(call)]
    writes = [call for call in seen.values() if call.name == "write"]
    return faults + [Fault(call, "short", f"SHORT_WRITE={place}") for place, call in enumerate(writes, 1)]


def _ways(call: Call) -> Iterator[tuple[str, str]]:
    yield "KILL", f"{call.name}:signal=KILL:when={call.nth}"
    for error in ERRORS:
        yield error, f"{call.name}:error={error}:when={call.nth}"
    for error in LASTING:
        yield f"{error} lasting", f"{call.name}:error={error}:when={call.nth}+"


def spread(faults: Sequence[Fault], most: int) -> list[Fault]:
    """Return at most so many of them, evenly spread over the kinds of fault and, in each, over the calls."""
    if len(faults) <= most:
        return list(faults)
    by_kind = sorted(faults, key=lambda fault: fault.what)
    return [by_kind[number * len(by_kind) // most] for number in range(most)]


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
        broken = traced(_shortened(scenario, fault), [fault.call.name])
    else:
        broken = traced(scenario, [fault.call.name], inject=[fault.inject])
    if broken.exit_code == 0:
        return _fired(scenario, fault, broken), _claims_success(scenario)
    if scenario.explains and fault.what != "KILL" and not _is_explained(broken.stderr, fault):
        return True, [f"it ended with {broken.exit_code} and does not say why: {broken.stderr[-300:]!r}"]
    return _fired(scenario, fault, broken), scenario.heal()


def _shortened(scenario: Scenario, fault: Fault) -> Scenario:
    """Return the scenario with a program whose write number n takes only half of what it is given."""
    path = f"{SHORT_WRITE}{os.pathsep}{scenario.environment['PYTHONPATH']}"
    more = {"PYTHONPATH": path, "SHORT_WRITE": fault.inject.partition("=")[2]}
    return replace(scenario, environment={**scenario.environment, **more})


def _fired(scenario: Scenario, fault: Fault, broken: Traced) -> bool:
    if fault.what == "KILL":
        return broken.exit_code in KILLED
    if fault.what == "short":
        return any(call.touches(scenario.watch) for call in broken.calls)
    return any(call.injected and call.touches(scenario.watch) for call in broken.calls)


def _is_explained(said: str, fault: Fault) -> bool:
    if fault.what == "short" or (fault.what.endswith("lasting") and fault.call.name == "write"):
        return True  # every later write fails, and so does that of the message
    return names_cause(said, os.strerror(getattr(errno, fault.what.split()[0])))


def names_cause(said: str, cause: str) -> bool:
    """Tell whether a message names the cause, in the system's words or SQLite's, and a path."""
    words = (cause.lower(), *SQLITE_SAYS)
    return any(one in said.lower() for one in words) and ("/" in said or '"' in said)


def _claims_success(scenario: Scenario) -> Problems:
    """A run that said that all is well must have done all of it, before any other run."""
    return [f"it ended with 0, but {problem}" for problem in scenario.done()] or scenario.heal()
