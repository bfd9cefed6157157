"""Which tests run a line of the core, and how long does each take?

    Covering(tests=["tests/test_fold.py::test_…"], seconds=[0.01], lines={"/…/fold.py": {12: {0}}})

Measured once, in a process of its own, test by test. A line that runs only while modules are imported (a constant) is
asked for by the name that it makes: the tests that run any function which mentions that name.
"""

from __future__ import annotations

import ast
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import coverage

from tests.mutants.faults import Fault
from tests.mutants.planting import Module, assignments, made_by, names_in


@dataclass
class Covering:
    """For each file and line the tests, by their number, that run it; for each test its seconds of CPU."""

    seconds: list[float]
    lines: dict[str, dict[int, set[int]]]

    def tests_for(self, module: Module, fault: Fault, among: list[Module]) -> list[int]:
        """Return the tests that may find the fault, the quickest first."""
        if fault.function:
            found = self._of_lines(module, range(fault.line, fault.last + 1)) or self._of_function(module, fault)
        else:
            found = self._of_constant(module, fault, among)
        return sorted(found, key=lambda test: (self.seconds[test], test))

    def _of_lines(self, module: Module, lines: range) -> set[int]:
        known = self.lines.get(str(module.path), {})
        return set().union(*(known.get(line, set()) for line in lines))

    def _of_function(self, module: Module, fault: Fault) -> set[int]:
        """Return the tests of the function around a statement for which no line is ever counted (a `continue`)."""
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef) and node.name == fault.function.rpartition(".")[2]:
                last = node.end_lineno or 0
                if node.lineno <= fault.line <= last:
                    return self._of_lines(module, range(node.body[0].lineno, last + 1))
        return set()

    def _of_constant(self, module: Module, fault: Fault, among: list[Module]) -> set[int]:
        wanted: set[str] = set()
        for statement in assignments(module.tree.body):
            if statement.lineno <= fault.line <= (statement.end_lineno or 0) or wanted & names_in(statement):
                wanted.update(made_by(statement))
        users = [module, *(other for other in among if any(not name.startswith("_") for name in wanted))]
        return set().union(
            *(self._of_lines(user, range(line, line + 1)) for user in users for line in _uses(user, wanted))
        )


def _uses(module: Module, names: set[str]) -> set[int]:
    return {node.lineno for node in ast.walk(module.tree) if isinstance(node, ast.Name) and node.id in names}


def measure(count: int, run: Callable[[int], None], files: list[Path]) -> Covering:
    """Run each of `count` tests and return what it covers of these files."""
    watch = coverage.Coverage(data_file=None, config_file=False, include=[str(file) for file in files])
    watch.start()
    seconds: list[float] = []
    for test in range(count):
        watch.switch_context(str(test))
        began = time.process_time()
        run(test)
        seconds.append(time.process_time() - began)
    watch.stop()
    data = watch.get_data()
    lines = {
        file: {line: {int(name) for name in names if name} for line, names in data.contexts_by_lineno(file).items()}
        for file in data.measured_files()
    }
    return Covering(seconds, lines)
