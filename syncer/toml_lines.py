"""On which line of a TOML text does a key stand? `tomllib` reads values but keeps no places.

    [vault]                       {"vault": 1,
    path = "~/Notes"               "vault.path": 2,
    filter.take = {tags = ["a"]}   "vault.filter": 3, "vault.filter.take": 3, "vault.filter.take.tags": 3}

Guarantees: for a text that `tomllib` accepts, every key of every table (not those inside arrays) is there
under its dotted name with its first line, whatever its spelling: quoted, dotted, in an inline table,
after a string of several lines that looks like keys. It works by cutting the text into statements, the
shortest runs of lines that are TOML by themselves. What the values are is `config.py`'s business.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def key_lines(text: str) -> dict[str, int]:
    """Return the line, counted from 1, of each dotted key of `text`, which must be valid TOML."""
    lines: dict[str, int] = {}
    table: tuple[str, ...] = ()
    for first, statement, values in _statements(text):
        is_header = statement.lstrip().startswith("[")
        names = list(_names(values))
        for name in names:
            lines.setdefault(".".join(name if is_header else (*table, *name)), first)
        if is_header:
            table = names[-1]
    return lines


def key_at(text: str, line: int) -> str:
    """Return the dotted key that the statement at this line sets; each statement is valid, not the text as a whole."""
    table: tuple[str, ...] = ()
    found = ""
    for first, statement, values in _statements(text):
        if first > line:
            break
        *_, last = _names(values)
        if statement.lstrip().startswith("["):
            table = last
        else:
            found = ".".join((*table, *last))
    return found


def _statements(text: str) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Yield the line, the text and the values of each statement; comments and blank lines are none."""
    import tomllib

    first, statement = 1, ""
    for number, line in enumerate(text.split("\n"), start=1):
        if not statement and not line.split("#")[0].strip():
            continue
        first = first if statement else number
        statement += line + "\n"
        try:
            values = tomllib.loads(statement)
        except ValueError:  # it goes on in the next line
            continue
        yield first, statement, values
        statement = ""


def _names(values: dict[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the path of each key, outer ones first."""
    for key, value in values.items():
        yield (*above, key)
        if isinstance(value, dict):
            yield from _names(value, (*above, key))
