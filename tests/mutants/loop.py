"""A pytest session that collects the tests once, and forks once for each fault.

    session ─ fork ─▶ which tests run which lines
            ─ fork ─▶ fault 1: test, test, test … the first that fails ends it
            ─ fork ─▶ fault 2: …

A fault's tests are tried in this order: those that found the last faults of the same function, then the quickest first.
Each test may take ten times what it takes otherwise, and five seconds of CPU more: an endless loop is a find. All tests
of one fault together take no longer than `patience` seconds of CPU; what they have not found by then has survived.

Guaranteed: the session itself runs no test, so that each fork begins with nothing remembered by the code it changes;
no process of a fork is left behind. Its temporary files go when the next one begins (`--basetemp`).
"""

from __future__ import annotations

import gc
import importlib
import multiprocessing
import os
import resource
import signal
import sys
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from tests.mutants.covering import Covering, measure
from tests.mutants.faults import Fault
from tests.mutants.planting import Module, modules_of_core

_SLACK = 5.0  # seconds of CPU that any test may take besides ten times its own
_DEADLOCK = 120.0  # seconds after which a process that does not compute is ended
_MEMORY = 4 << 30  # bytes: a loop that gathers without end is ended, not the machine
_PRELOADED = ("rapidfuzz.fuzz", "jinja2.sandbox", "frontmatter", "httpx", "msgspec", "syncer.cli", "syncer.sync")
_FORK = multiprocessing.get_context("fork")

Verdict = str
"""`killed by tests/test_x.py::test_y`, `killed by time`, `killed by a crash`, `survived`, or `no test runs it`."""
Report = Callable[[Module, Fault, Verdict], None]


class Loop:
    """The plug-in that stands in for pytest's own loop over the tests."""

    def __init__(self, root: Path, patterns: tuple[str, ...], *, patience: float, report: Report) -> None:
        self._root = root
        self._patterns = patterns
        self._patience = patience
        self._report = report
        self._failed = False
        self.wanted: Callable[[Module, Fault], bool] = lambda module, fault: True
        self.modules: list[Module] = []
        self.broken: list[str] = []
        """Tests that fail without any fault; nothing is planted while there are some."""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember that a test failed."""
        self._failed = self._failed or report.failed

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Measure which tests run what, then plant one fault after the other."""
        for name in _PRELOADED:
            importlib.import_module(name)
        self.modules = modules = modules_of_core(self._root, self._patterns)
        self._items = session.items
        gc.collect()
        gc.freeze()
        covering, self.broken = self._measured(modules)
        if self.broken:
            return True
        finders: defaultdict[str, list[int]] = defaultdict(list)
        for module in modules:
            for fault in module.faults:
                if self.wanted(module, fault):
                    tests = covering.tests_for(module, fault, modules)
                    place = finders[f"{module.name}:{fault.function}"]
                    first = [test for test in place[:5] if test in tests]
                    order = [*first, *(test for test in tests if test not in first)]
                    verdict = self._try(module, fault, order, covering, place)
                    self._report(module, fault, verdict)
        return True

    def _measured(self, modules: list[Module]) -> tuple[Covering, list[str]]:
        reader, writer = _FORK.Pipe(duplex=False)

        def child() -> None:
            broken: list[str] = []

            def run(test: int) -> None:
                if self._fails(test):
                    broken.append(self._items[test].nodeid)

            covering = measure(len(self._items), run, [module.path for module in modules])
            writer.send((covering, broken))

        process = self._forked(child)
        covering, broken = reader.recv()
        process.join()
        _end_all(process.pid)
        return covering, broken

    def _try(self, module: Module, fault: Fault, tests: list[int], covering: Covering, finders: list[int]) -> Verdict:
        if not tests:
            return "no test runs it"
        reader, writer = _FORK.Pipe(duplex=False)
        process = self._forked(lambda: self._hunt(module, fault, tests, covering, writer))
        writer.close()
        leader = process.pid
        process.join(_DEADLOCK + 3 * self._patience)
        if process.exitcode is None:
            process.kill()
            process.join()
            verdict = "killed by time"
        elif process.exitcode == -signal.SIGXCPU:
            verdict = "killed by time"
        else:
            verdict = self._told(reader, finders)
        reader.close()
        process.close()
        _end_all(leader)
        return verdict

    def _told(self, reader: Connection, finders: list[int]) -> Verdict:
        try:
            found = reader.recv()
        except EOFError:
            return "killed by a crash"
        if found is None:
            return "survived"
        finders.insert(0, finders.pop(finders.index(found)) if found in finders else found)
        return f"killed by {self._items[found].nodeid}"

    def _hunt(self, module: Module, fault: Fault, tests: list[int], covering: Covering, writer: Connection) -> None:
        module.plant(fault)
        left = self._patience
        for test in tests:
            usual = covering.seconds[test]
            if usual > left:
                break
            left -= usual
            _allow(10 * usual + _SLACK)
            if self._fails(test):
                writer.send(test)
                return
        writer.send(None)

    def _fails(self, test: int) -> bool:
        self._failed = False
        item = self._items[test]
        item.ihook.pytest_runtest_protocol(item=item, nextitem=None)
        return self._failed

    def _forked(self, work: Callable[[], None]) -> multiprocessing.process.BaseProcess:
        def child() -> None:
            os.setsid()
            with Path(os.devnull).open("r+b") as nowhere:
                for descriptor in (0, 1, 2):
                    os.dup2(nowhere.fileno(), descriptor)
            with suppress(ValueError, OSError):
                resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
            work()

        sys.stdout.flush()
        process = _FORK.Process(target=child)
        process.start()
        return process


def _end_all(leader: int | None) -> None:
    """End what a fork has started and not ended: a server, a child in a loop."""
    with suppress(ProcessLookupError):
        os.killpg(leader or 0, signal.SIGKILL)


def _allow(seconds: float) -> None:
    """Let this process compute for so many seconds more."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.getrlimit(resource.RLIMIT_CPU)[1]))
