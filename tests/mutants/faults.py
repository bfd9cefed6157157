"""Which small faults could a module have? A list of them, made from its syntax tree.

    faults_of(ast.parse("def f(a):\n    if a < 3:\n        return a\n"))
        → 2: a < 3 → a <= 3     2: a < 3 → a >= 3     2: 3 → 4     2: 3 → 2     3: return a → return None

Guaranteed: the same tree gives the same faults in the same order; a fault changes its own tree only when it is told to.
Docstrings, annotations, decorators, defaults, what stands in a class beside its methods, and what only another system
than this one runs are left as they are.
"""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.mutants.changes import changes, instead

_LONGEST = 90


@dataclass(frozen=True)
class Fault:
    """One change of one place: `plant` makes it in the tree that the fault was found in."""

    line: int
    last: int
    """The statement's lines (of one with a body, its head's): a test that runs any of them may find the fault."""
    function: str
    """`Shelf._agrees`, or "" where the statement is the module's own."""
    before: str
    after: str
    plant: Callable[[], None]


def faults_of(tree: ast.Module) -> list[Fault]:
    """Return the faults that the module could have, in the order of its lines."""
    return [fault for statement in tree.body for fault in _in_statement(statement, tree.body, function="")]


def _in_statement(statement: ast.stmt, body: list[ast.stmt], *, function: str) -> Iterator[Fault]:
    if isinstance(statement, ast.ClassDef):
        for member in statement.body:
            if isinstance(member, ast.FunctionDef):
                yield from _in_statement(member, statement.body, function=f"{function}{statement.name}.")
    elif isinstance(statement, ast.FunctionDef):
        name = function if function and not function.endswith(".") else f"{function}{statement.name}"
        for each in list(statement.body):
            yield from _in_statement(each, statement.body, function=name)
    elif not _says_nothing(statement):
        first, last = _head(statement)
        for node, put in _expressions(statement) if not _is_for_one_system(statement) else ():
            for changed in changes(node):
                yield _fault(node, changed, put, lines=(first, last), function=function)
        for other in instead(statement) if function and not _is_for_one_system(statement) else ():
            yield _fault(statement, other, _putter(body, body.index(statement)), lines=(first, last), function=function)
        for inner in _bodies_here(statement):
            for each in list(inner):
                yield from _in_statement(each, inner, function=function)


def _says_nothing(statement: ast.stmt) -> bool:
    """Say whether the statement computes nothing: an import, a docstring, `__all__`, what only a type checker
    sees."""
    if isinstance(statement, ast.Expr):
        return isinstance(statement.value, ast.Constant)
    if isinstance(statement, ast.Assign):
        named = any(isinstance(target, ast.Name) and target.id == "__all__" for target in statement.targets)
        return named or _is_a_type(statement.value)
    if isinstance(statement, ast.If):
        return isinstance(statement.test, ast.Name) and statement.test.id == "TYPE_CHECKING"
    return isinstance(statement, ast.Import | ast.ImportFrom | ast.Pass | ast.Global | ast.Nonlocal)


def _is_a_type(value: ast.expr) -> bool:
    """Say whether this is a union of names, `Done | Refused`, which nobody but a type checker reads."""
    return isinstance(value, ast.BinOp) and all(
        isinstance(part, ast.Name | ast.BinOp | ast.BitOr | ast.Load) for part in ast.walk(value)
    )


def _head(statement: ast.stmt) -> tuple[int, int]:
    bodies = list(_bodies(statement))
    last = statement.end_lineno or statement.lineno
    return statement.lineno, max(statement.lineno, min(last, bodies[0][0].lineno - 1)) if bodies else last


def _bodies(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    for name in ("body", "orelse", "finalbody"):
        if inner := getattr(statement, name, None):
            yield inner
    for handler in getattr(statement, "handlers", ()):
        yield handler.body
    for case in getattr(statement, "cases", ()):
        yield case.body


def _bodies_here(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    """Yield the bodies, of a condition for one system or another the one that this system takes."""
    if isinstance(statement, ast.If) and _asks_for_the_system(statement.test):
        yield statement.body if _holds_here(statement.test) else statement.orelse
    else:
        yield from _bodies(statement)


def _is_for_one_system(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.If) and _asks_for_the_system(statement.test)


def _asks_for_the_system(test: ast.expr) -> bool:
    return any(ast.unparse(part) in ("sys.platform", "os.name") for part in ast.walk(test))


def _holds_here(test: ast.expr) -> bool:
    return bool(eval(compile(ast.Expression(test), "", "eval"), {"sys": sys, "os": os}))  # noqa: S307 - our own code


# ---------------------------------------------------------------- places

_Put = Callable[[ast.AST], None]


def _expressions(node: ast.AST) -> Iterator[tuple[ast.expr, _Put]]:
    """Yield each expression below this node that belongs to the same statement, with what puts another in its place."""
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "args") and not isinstance(node, ast.Call | ast.Lambda):
            continue
        for place, child in enumerate(value if isinstance(value, list) else [value]):
            if isinstance(child, ast.stmt | ast.arguments) or not isinstance(child, ast.AST):
                continue
            if isinstance(child, ast.ExceptHandler | ast.match_case):
                continue
            if isinstance(child, ast.IfExp) and _asks_for_the_system(child.test):
                continue
            if isinstance(child, ast.expr):
                yield child, _putter(value, place) if isinstance(value, list) else _setter(node, name)
            yield from _expressions(child)


def _putter(among: list[ast.stmt] | list[ast.expr], place: int) -> _Put:
    def put(other: ast.AST) -> None:
        among[place] = other  # type: ignore[call-overload]  # of the same kind as what stands there

    return put


def _setter(parent: ast.AST, name: str) -> _Put:
    def put(other: ast.AST) -> None:
        setattr(parent, name, other)

    return put


def _fault(old: ast.AST, new: ast.AST, put: _Put, *, lines: tuple[int, int], function: str) -> Fault:
    ast.copy_location(new, old)
    ast.fix_missing_locations(new)
    line = getattr(old, "lineno", lines[0])
    return Fault(line, lines[1], function, _short(old), _short(new), lambda: put(new))


def _short(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
