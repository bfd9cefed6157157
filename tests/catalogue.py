"""Every message that can end a command, found in the source: what and where it happened, and how to go on.

    said("syncer/vault/root.py", source)
    [Said(kind="VaultError", what="cannot open the vault …: …", hint="is the disk mounted, and may this …", …)]

A `…` stands for what is known only when it happens: a path, a number, a reason of the system's. `python -m
tests.catalogue` writes docs/messages.md, the catalogue for people who look a message up; test_messages.py holds the
document to the source, and each message to what a message must have.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from syncer import errors
from syncer.library import Corrupt

ROOT = Path(__file__).resolve().parents[1]
DOCUMENT = ROOT / "docs" / "messages.md"
GAP = "…"

KINDS = {
    "UsageError": "Wrong use",
    "ReadwiseError": "Readwise could not be reached, or kept failing",
    "VaultError": "A note, the vault or the state could not be read or written",
    "Corrupt": "A note, the vault or the state could not be read or written",
    "OutputError": "The output could not be written",
    "VaultBusy": "Another sync holds the vault",
    "TokenError": "No token, or it was refused",
    "NoTokenError": "No token, or it was refused",
    "ConfigError": "The configuration is wrong",
    "Interrupted": "Interrupted",
}
"""The classes of errors, each with the heading that it stands under."""

IN_THE_FILE = "In the configuration file, after file, line and key"
HELD_BACK = "A change that was held back, after the note's name"
PARTS: Mapping[str, tuple[str, int, int]] = {
    "WrongValueError": (IN_THE_FILE, 0, -1),
    "Mistake": (IN_THE_FILE, 1, 2),
    "_hold": (HELD_BACK, 2, 3),
}
"""Calls that make a part of a message: the heading, and which arguments are its words and its hint (-1: by name)."""

HEAD = """\
# What a message means

Every message that can end a command, by exit code, with how to go on. `…` stands for what is known only when it
happens, such as a path or a reason of the system's. `syncer doctor` looks for most of the causes by itself. (This page
is made from the source by `make generated`.)
"""


TEXTS = (ast.Constant, ast.JoinedStr, ast.BinOp, ast.IfExp)


class Said(NamedTuple):
    """One message: its class, its words, how to go on ("" where nothing is said), and where in the source."""

    kind: str
    what: str
    hint: str
    where: str


def said(path: str, source: str) -> Iterator[Said]:
    """Yield each message of one module; one whose words are another error's is not its own."""
    tree = ast.parse(source)
    texts = {**constants(), **_texts(tree)}
    for function in _functions(tree):
        for node in _own_nodes(function):
            if isinstance(node, ast.Call) and (kind := _name(node.func)) in (*KINDS, *PARTS):
                local = {**texts, **_texts(function, before=node.lineno)}
                _, first, second = PARTS.get(kind, ("", 0, -1))
                what = _words(node.args[first], local) if len(node.args) > first else ""
                if what.strip(f"{GAP} ():;,"):
                    named = next((one.value for one in node.keywords if one.arg == "hint"), ast.Constant(""))
                    hint = _words(node.args[second] if 0 < second < len(node.args) else named, local)
                    if kind == "Corrupt":
                        what, hint = f"the state is damaged: {what}", Corrupt(what).hint
                    yield Said(kind, what, hint, f"{path}:{node.lineno}")


def everything() -> list[Said]:
    """Return every message of the program, by exit code and words, each wording once."""
    found: dict[tuple[str, str], Said] = {}
    for path in sorted((ROOT / "syncer").rglob("*.py")):
        for one in said(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")):
            found.setdefault((heading_of(one.kind), one.what), one)
    return sorted(found.values(), key=_place)


def _place(one: Said) -> tuple[int, bool, str, str]:
    return code_of(one.kind), one.kind in PARTS, one.what.strip(f"{GAP}: ").lower(), one.hint


def heading_of(kind: str) -> str:
    """Return the heading that a kind of message stands under."""
    return PARTS[kind][0] if kind in PARTS else KINDS[kind]


def code_of(kind: str) -> int:
    """Return the exit code of a class of errors."""
    base = {"Corrupt": "VaultError", "NoTokenError": "TokenError", "_hold": "VaultError"}.get(kind, kind)
    base = "ConfigError" if base in PARTS else base
    code = getattr(errors, base).exit_code
    assert isinstance(code, int)
    return code


def document() -> str:
    """Return the catalogue as Markdown."""
    lines, heading = [HEAD], ""
    for one in everything():
        if one.kind == "Interrupted":
            continue
        if heading_of(one.kind) != heading:
            heading = heading_of(one.kind)
            lines.append(f"\n## {code_of(one.kind)}: {heading}\n")
        lines.append(f"- {_shown(one.what)}\\\n  {_shown(one.hint)}" if one.hint else f"- {_shown(one.what)}")
    return "\n".join(lines) + "\n"


def _shown(text: str) -> str:
    """Return words as Markdown shows them; what stands in backticks stays."""
    pieces = text.replace("\n", " ").split("`")
    plain = [piece if odd % 2 else _escaped(piece) for odd, piece in enumerate(pieces)]
    return "`".join(plain) if len(pieces) % 2 else _escaped(text)


def _escaped(text: str) -> str:
    return "".join(f"\\{char}" if char in "\\*_<>[]{}|" else char for char in text)


def _functions(tree: ast.Module) -> Iterator[ast.AST]:
    yield tree
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            yield node


def _own_nodes(scope: ast.AST) -> Iterator[ast.AST]:
    """Yield what lies in this function and in none inside it."""
    for child in ast.iter_child_nodes(scope):
        if not isinstance(child, ast.FunctionDef):
            yield child
            yield from _own_nodes(child)


@cache
def constants() -> Mapping[str, ast.expr]:
    """Return the texts that modules share, by their names in capital letters."""
    found: dict[str, ast.expr] = {}
    for path in (ROOT / "syncer").rglob("*.py"):
        texts = _texts(ast.parse(path.read_text(encoding="utf-8")))
        found |= {name: value for name, value in texts.items() if name.isupper() and name[0] != "_"}
    return found


def _texts(scope: ast.AST, *, before: int = 1_000_000) -> dict[str, ast.expr]:
    """Return the names that are given a text in this scope before a line, with the last one."""
    found: dict[str, ast.expr] = {}
    for node in _own_nodes(scope):
        if isinstance(node, ast.Assign) and isinstance(node.value, TEXTS) and node.lineno < before:
            found |= {target.id: node.value for target in node.targets if isinstance(target, ast.Name)}
    return found


def _words(node: ast.expr, local: Mapping[str, ast.expr], *, depth: int = 0) -> str:
    """Return the words of an expression, with a gap for each piece that only a run knows."""
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.JoinedStr(values=values):
            return "".join(_words(value, local, depth=depth) for value in values)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _words(left, local, depth=depth) + _words(right, local, depth=depth)
        case ast.FormattedValue(value=ast.Name(id=name)) | ast.Name(id=name) if name in local and depth < 3:
            return _words(local[name], local, depth=depth + 1)
        case ast.Call(func=ast.Attribute(attr="get"), args=[_, otherwise]):
            return _words(otherwise, local, depth=depth)
        case ast.IfExp(body=body):
            return _words(body, local, depth=depth)
        case _:
            return GAP


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8", newline="\n")
