"""Which lines of a text belong to a fenced code block that is closed inside that text?

    ```python        ← opens: `Fence(first=0, last=2, info="python", depth=0)`
        print(1)
    ```              ← closes

A text becomes lines of a list item without their leading blanks (note.py), so a fence that starts after a
list mark (`- ```js`) can never be closed and is not one of these; a fence inside quotes counts where every
line of it has the same number of `>`. Guarantees: what `closed_fences` returns is a closed fence for a
CommonMark parser too, once the text is a list item (held by tests/test_neutralise.py); an `opening` that is
not in a closed fence would swallow what follows. What is done about the dangerous ones is in neutralise.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

LONGEST_FENCE = 400
"""Lines: a longer fence counts as never closed, so that a text of nothing but openings is looked through in no time."""

_OPENING = re.compile(
    r"(?P<lead>[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t>]+)*)(?P<mark>`{3,}(?=[^`]*\Z)|~{3,})(?P<info>.*)\Z"
)
_CLOSING = re.compile(r"(?P<lead>[ \t>]*)(?P<mark>`{3,}|~{3,})[ \t]*\Z")
_QUOTES = re.compile(r"[ \t>]*")
_SURE_LEAD = re.compile(r"[ \t]*(?:> ?)*")
"""What may stand before a fence's mark: more blanks after a `>` could make it a line of indented code."""


class Opening(NamedTuple):
    """A line that opens a fence: where its mark begins, the mark, the words after it, what stands before."""

    start: int
    mark: str
    info: str
    lead: str


class Fence(NamedTuple):
    """A closed fence: its first and last line, the words after its mark, and how many `>` it lies under."""

    first: int
    last: int
    info: str
    depth: int


def opening(line: str) -> Opening | None:
    """Return the fence that a line opens, also inside quotes and after list marks."""
    match = _OPENING.match(line)
    if match is None:
        return None
    return Opening(match.start("mark"), match["mark"], match["info"], match["lead"])


def closing_line(lines: Sequence[str], first: int, mark: str) -> int | None:
    """Return the number of the line that closes the fence which line `first` opens with `mark`."""
    for number in range(first + 1, min(len(lines), first + LONGEST_FENCE)):
        match = _CLOSING.match(lines[number]) if mark in lines[number] else None
        if match:  # and its mark, the only one that the line has, is no shorter
            return number
    return None


def fence_at(lines: Sequence[str], first: int) -> Fence | None:
    """Return the closed fence that begins in line `first`."""
    found = opening(lines[first])
    if found is None or not _SURE_LEAD.fullmatch(found.lead):
        return None
    depth = found.lead.count(">")
    last = closing_line(lines, first, found.mark)
    if last is None or not _SURE_LEAD.fullmatch(lines[last][: lines[last].index(found.mark[0])]):
        return None
    if any(quote_depth(line) != depth for line in _own(lines[first : last + 1], depth)):
        return None
    return Fence(first, last, found.info, depth)


def _own(block: Sequence[str], depth: int) -> Sequence[str]:
    """Return the lines whose `>` count: all of them in a quote, only the first and last outside of one."""
    return block if depth else (block[0], block[-1])


def quote_depth(line: str) -> int:
    """Return how many `>` a line starts with."""
    match = _QUOTES.match(line)
    return match.group().count(">") if match else 0


def closed_fences(lines: Sequence[str]) -> Iterator[Fence]:
    """Give the closed fences of a text one after the other; they never overlap."""
    number = 0
    while number < len(lines):
        fence = fence_at(lines, number)
        if fence is not None:
            yield fence
            number = fence.last
        number += 1
