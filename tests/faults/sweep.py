"""Does the command survive a kill, an error, a lasting error or a short write at each of its file calls?

    fault            inject                          what must hold
    KILL             signal=KILL:when=n              nothing harmed; the next run finishes
    ENOSPC, EIO, …   error=…:when=n                  the same; and exit code not 0 where something was not written
    ENOSPC lasting   error=…:when=n+                 the same

The command runs once to list its calls on the watched folders; then each call x fault: reset, run broken, check, run
plain, final. A fault that did not reach a watched call (timing moved) is `missed`, not passed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tests.faults.scenario import Problems, Scenario
from tests.faults.trace import CHANGES, LOOKS, Call, traced

ERRORS = ("ENOSPC", "EIO", "EDQUOT", "EROFS", "EACCES", "EPERM", "EMFILE", "ESTALE", "EINTR")
LASTING = ("ENOSPC", "EIO")


@dataclass(frozen=True)
class Fault:
    """One call to be broken, and how: `inject` is strace's words for it."""

    call: Call
    what: str
    inject: str

    def __str__(self) -> str:
        return f"{self.what} at {self.call.name}#{self.call.nth}({self.call.text[:70]})"


@dataclass
class Tally:
    """What came of a sweep; `failures` are sentences."""

    passed: int = 0
    missed: int = 0
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
    return [Fault(call, *how) for call in seen.values() for how in _ways(call)]


def _ways(call: Call) -> Iterator[tuple[str, str]]:
    yield "KILL", f"{call.name}:signal=KILL:when={call.nth}"
    for error in ERRORS:
        yield error, f"{call.name}:error={error}:when={call.nth}"
    for error in LASTING:
        yield f"{error} lasting", f"{call.name}:error={error}:when={call.nth}+"


def spread(faults: Sequence[Fault], most: int) -> list[Fault]:
    """Return at most so many of them, evenly spread over calls and kinds."""
    if len(faults) <= most:
        return list(faults)
    by_kind = sorted(faults, key=lambda fault: fault.what)
    return [by_kind[number * len(by_kind) // most] for number in range(most)]


def sweep(scenario: Scenario, faults: Sequence[Fault]) -> Tally:
    """Try each fault; return how many were survived."""
    tally = Tally()
    for fault in faults:
        scenario.reset()
        broken = traced(scenario, (*CHANGES, *LOOKS), inject=[fault.inject])
        if fault.what == "KILL":
            fired = broken.exit_code in (-9, 137)
        else:
            fired = any(call.injected and call.touches(scenario.watch) for call in broken.calls)
        problems = scenario.heal() if broken.exit_code else _claims_success(scenario)
        if problems:
            tally.failures.append(f"{scenario.name}: {fault}: {problems[0]}")
        elif fired:
            tally.passed += 1
        else:
            tally.missed += 1
    return tally


def _claims_success(scenario: Scenario) -> Problems:
    """A run that said that all is well must have done all of it, before any other run."""
    return [f"it ended with 0, but {problem}" for problem in scenario.final()] or scenario.heal()
