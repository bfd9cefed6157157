"""Which small faults could a module have? A list of them, made from its syntax tree.

    faults_of(ast.parse("def f(a):\n    if a < 3:\n        return a\n"))
        → 2: a < 3 → a <= 3     2: a < 3 → a >= 3     2: 3 → 4     2: 3 → 2     3: return a → return None

Kinds: comparisons, boolean operators and their operands, conditions and `not`, arithmetic and sets, numbers (one more,
one less), strings, True and False, return values, statements left out, the ends of slices, and calls that have a twin
(`any` and `all`, `lstrip` and `rstrip`).

Guaranteed: the same tree gives the same faults in the same order; a fault changes its own tree only when it is told to.
Docstrings, annotations, decorators, defaults, what stands in a class beside its methods, and the condition by which a
module is made for one system or another are left as they are.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_COMPARED: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_COMPUTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
_TWINS = {
    one: other
    for pair in (
        ("any", "all"),
        ("min", "max"),
        ("startswith", "endswith"),
        ("lstrip", "rstrip"),
        ("removeprefix", "removesuffix"),
        ("partition", "rpartition"),
        ("find", "rfind"),
        ("union", "intersection"),
        ("match", "search"),
    )
    for one, other in (pair, pair[::-1])
}
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
        for node, put in _expressions(statement) if function or not isinstance(statement, ast.If) else ():
            for changed in _changes(node):
                yield _fault(node, changed, put, lines=(first, last), function=function)
        for other in _instead(statement) if function else ():
            yield _fault(statement, other, _putter(body, body.index(statement)), lines=(first, last), function=function)
        for inner in _bodies(statement):
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


# ---------------------------------------------------------------- changes


def _changes(node: ast.expr) -> Iterator[ast.expr]:
    """Yield what could stand in the place of this expression by a slip."""
    match node:
        case ast.Compare(left=left, ops=ops, comparators=others):
            for place, op in enumerate(ops):
                for other in _COMPARED[type(op)]:
                    yield ast.Compare(left, [*ops[:place], other(), *ops[place + 1 :]], others)
        case ast.BoolOp(op=op, values=values):
            yield ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values)
            for place in range(len(values)):
                rest = values[:place] + values[place + 1 :]
                yield rest[0] if len(rest) == 1 else ast.BoolOp(op, rest)
        case ast.UnaryOp(op=ast.Not() | ast.USub() | ast.Invert(), operand=operand):
            yield operand
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _COMPUTED:
            yield ast.BinOp(left, _COMPUTED[type(op)](), right)
        case ast.IfExp(test=test, body=body, orelse=orelse) if not _is_negated_already(test):
            yield ast.IfExp(ast.UnaryOp(ast.Not(), test), body, orelse)
        case ast.Constant(value=value):
            yield from (ast.Constant(other) for other in _other_values(value))
        case ast.Subscript(value=value, slice=ast.Slice() as cut, ctx=context):
            yield from (ast.Subscript(value, other, context) for other in _other_cuts(cut))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=keywords) if name in _TWINS:
            yield ast.Call(ast.Name(_TWINS[name], ast.Load()), args, keywords)
        case ast.Call(func=ast.Attribute(value=value, attr=name), args=args, keywords=keywords) if name in _TWINS:
            yield ast.Call(ast.Attribute(value, _TWINS[name], ast.Load()), args, keywords)
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            yield from _without_conditions(node)


def _is_negated_already(test: ast.expr) -> bool:
    """Say whether a condition's own changes hold its contrary."""
    if isinstance(test, ast.Compare):
        return len(test.ops) == 1
    return isinstance(test, ast.Constant) or (isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not))


def _other_values(value: object) -> Iterator[str | bytes | float]:
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int | float):
        yield value + 1
        yield value - 1
    elif isinstance(value, str):
        yield "" if value else "XX"
    elif isinstance(value, bytes):
        yield b"" if value else b"XX"


def _other_cuts(cut: ast.Slice) -> Iterator[ast.Slice]:
    """Yield the slice without each of its ends, and with each one further on (numbers change by themselves)."""
    if cut.lower is not None:
        yield ast.Slice(None, cut.upper, cut.step)
        if not isinstance(cut.lower, ast.Constant):
            yield ast.Slice(ast.BinOp(cut.lower, ast.Add(), ast.Constant(1)), cut.upper, cut.step)
    if cut.upper is not None:
        yield ast.Slice(cut.lower, None, cut.step)
        if not isinstance(cut.upper, ast.Constant):
            yield ast.Slice(cut.lower, ast.BinOp(cut.upper, ast.Add(), ast.Constant(1)), cut.step)


def _without_conditions(node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> Iterator[ast.expr]:
    """Yield the comprehension without each of its conditions."""
    for place, part in enumerate(node.generators):
        for which in range(len(part.ifs)):
            ifs = part.ifs[:which] + part.ifs[which + 1 :]
            other = ast.comprehension(part.target, part.iter, ifs, part.is_async)
            generators = [*node.generators[:place], other, *node.generators[place + 1 :]]
            if isinstance(node, ast.DictComp):
                yield ast.DictComp(node.key, node.value, generators)
            else:
                yield type(node)(node.elt, generators)


def _instead(statement: ast.stmt) -> Iterator[ast.stmt]:
    """Yield what could stand in the place of a whole statement: nothing, the other branch, another value."""
    match statement:
        case ast.Return(value=ast.expr() as value) if not (isinstance(value, ast.Constant) and not value.value):
            yield ast.Return(ast.Constant(None))
        case ast.Expr(value=ast.Yield() | ast.YieldFrom() | ast.Call()):
            yield ast.Pass()
        case ast.AugAssign() | ast.Delete() | ast.Raise() | ast.Return(value=None):
            yield ast.Pass()
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript(), *_]):
            yield ast.Pass()
        case ast.Continue():
            yield from (ast.Pass(), ast.Break())
        case ast.Break():
            yield from (ast.Pass(), ast.Continue())
        case ast.If(test=test, body=body, orelse=orelse) if not _is_negated_already(test):
            yield ast.If(ast.UnaryOp(ast.Not(), test), body, orelse)
        case ast.While(test=test, body=body, orelse=orelse) if not _is_negated_already(test):
            yield ast.While(ast.UnaryOp(ast.Not(), test), body, orelse)
