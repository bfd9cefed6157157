"""How does a fault get into the running program, once everything has been imported?

A function's code is exchanged in the function itself, so that whoever holds it has the changed one: another module that
imported it by name, a method, a property, a cached or wrapped function. A constant of the module is computed anew, and
so are those of the module that are made from it; modules that imported a public one get the new value.

Guaranteed: nothing else changes, and no file. Meant for a process that was forked for this one fault.
"""

from __future__ import annotations
import __future__

import ast
import gc
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FunctionType

from tests.mutants.faults import Fault, faults_of


class Module:
    """A module of the core: its syntax tree, the faults that it could have, and the functions that it made."""

    def __init__(self, name: str, path: Path, *, functions: dict[str, list[FunctionType]]) -> None:
        self.name = name
        self.path = path
        self.tree = ast.parse(path.read_bytes())
        self.faults = faults_of(self.tree)
        self._functions = functions
        self._lines = path.read_text(encoding="utf-8").splitlines()
        self._places = self._numbered()

    def _numbered(self) -> dict[int, tuple[str, int]]:
        counted: Counter[tuple[str, str, str, str]] = Counter()
        places: dict[int, tuple[str, int]] = {}
        for fault in self.faults:
            code = self._lines[fault.line - 1].strip()
            key = (fault.function, code, fault.before, fault.after)
            places[id(fault)] = (code, counted[key])
            counted[key] += 1
        return places

    def place_of(self, fault: Fault) -> tuple[str, int]:
        """Return the source line of a fault, and its number where the same change could be made several times."""
        return self._places[id(fault)]

    def plant(self, fault: Fault) -> None:
        """Make the fault part of the running program."""
        fault.plant()
        if fault.function:
            changed = compile(self.tree, str(self.path), "exec", dont_inherit=True)
            codes = {_key(code): code for code in _codes(changed)}
            for key, functions in self._functions.items():
                for function in functions if key in codes else ():
                    function.__code__ = codes[key]
        else:
            self._compute_anew(fault.line)

    def _compute_anew(self, line: int) -> None:
        space = sys.modules[self.name].__dict__
        changed: set[str] = set()
        for statement in assignments(self.tree.body):
            here = statement.lineno <= line <= (statement.end_lineno or 0)
            if not here and changed.isdisjoint(names_in(statement)):
                continue
            old = {name: space.get(name) for name in made_by(statement)}
            one = ast.Module([statement], [])
            made = compile(one, str(self.path), "exec", __future__.annotations.compiler_flag, dont_inherit=True)
            exec(made, space)  # noqa: S102 - a statement of our own
            changed.update(old)
            for name, value in old.items():
                _pass_on(name, value, space[name])


def assignments(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield what makes a module's constants, also where a condition stands above it."""
    for statement in body:
        if isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Expr):
            yield statement
        elif isinstance(statement, ast.If):
            yield from assignments([*statement.body, *statement.orelse])


def _pass_on(name: str, old: object, new: object) -> None:
    """Give the new value of a public constant to the modules that imported it."""
    if name.startswith("_"):
        return
    for module in list(sys.modules.values()):
        if getattr(module, "__name__", "").startswith(("syncer", "tests")) and module.__dict__.get(name) is old:
            setattr(module, name, new)


def made_by(statement: ast.stmt) -> list[str]:
    """Return the names that an assignment makes."""
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    made = [one for target in targets for one in (target.elts if isinstance(target, ast.Tuple) else [target])]
    return [one.id for one in made if isinstance(one, ast.Name)]


def names_in(node: ast.AST) -> set[str]:
    """Return the names that a piece of code mentions."""
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}


def modules_of_core(root: Path, patterns: tuple[str, ...]) -> list[Module]:
    """Return the modules below `syncer/` whose files fit one of the patterns; each must have been imported."""
    paths = sorted({path for pattern in patterns for path in (root / "syncer").glob(pattern)})
    functions = _functions_by_code({str(path) for path in paths})
    names = {path: ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__") for path in paths}
    return [Module(name, path, functions=functions[str(path)]) for path, name in names.items()]


def _functions_by_code(files: set[str]) -> dict[str, dict[str, list[FunctionType]]]:
    found: dict[str, dict[str, list[FunctionType]]] = {file: defaultdict(list) for file in files}
    for one in gc.get_objects():
        if isinstance(one, FunctionType) and one.__code__.co_filename in files:
            found[one.__code__.co_filename][_key(one.__code__)].append(one)
    return found


def _key(code: CodeType) -> str:
    return f"{code.co_qualname}:{code.co_firstlineno}"


def _codes(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _codes(constant)
