"""What could stand in the place of a piece of code by a slip, and go unnoticed?

    a < 3           → a <= 3, a >= 3, a < 4, a < 2
    a and b         → a or b, a, b
    xs[at:]         → xs[:], xs[at + 1:]
    any(xs)         → all(xs)                 of the calls that have a twin
    return a        → return None
    ys.append(a)    → nothing at all

Comparisons, boolean operators and their operands, conditions and `not`, arithmetic and sets, numbers (one more, one
less), strings, True and False, return values, statements left out, the ends of slices. Where such a piece may stand is
faults.py's question.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

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


def changes(node: ast.expr) -> Iterator[ast.expr]:
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
        case ast.BinOp(right=ast.Constant(value=None)):
            return  # a type, `str | None`
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


def instead(statement: ast.stmt) -> Iterator[ast.stmt]:
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
