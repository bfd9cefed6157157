"""What must be true of each highlight after a history, and which edits of notes no promise depends on?

    Model(removed={1003}, free={1007})      1003 must not be in its note, 1007 may be, all others must, once each
    EDITS["crlf"](b"a\\n", 0)               b"a\\r\\n"

test_machine.py makes the histories.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.made import words


@dataclass
class Model:
    """What must be true of each highlight, by id."""

    removed: set[int] = field(default_factory=set)
    """Taken out of its note, and a finished run saw that."""
    pending: set[int] = field(default_factory=set)
    """Taken out since the last run."""
    delivered: set[int] = field(default_factory=set)
    free: set[int] = field(default_factory=set)
    """May be in its note or not, once at most."""
    deleted_notes: set[int] = field(default_factory=set)
    """Books whose note was deleted after it was delivered."""


def _middle(data: bytes, at: int) -> bytes:
    lines = data.split(b"\n")
    here = at % len(lines)
    return b"\n".join([*lines[:here], b"mine " + words(at, 2).encode(), *lines[here:]])


def _front(data: bytes, at: int) -> bytes:
    """A property is added at the top, with front matter around it where there is none."""
    mark = b"\xef\xbb\xbf" if data.startswith(b"\xef\xbb\xbf") else b""
    rest = data[len(mark) :]
    end = b"\r\n" if b"\r\n" in rest else b"\n"
    line = b"mine%d: " % (at % 1000) + words(at, 2).encode() + end
    head = b"---" + end
    return mark + head + line + (rest.removeprefix(head) if rest.startswith(head) else head + rest)


EDITS: dict[str, Callable[[bytes, int], bytes]] = {
    "tail": lambda data, at: data + b"\n## Mine\n\nand " + words(at, 2).encode() + b"\n",
    "middle": _middle,
    "crlf": lambda data, at: data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"),
    "lf": lambda data, at: data.replace(b"\r\n", b"\n"),
    "bare": lambda data, at: data.rstrip(b"\r\n"),
    "mark": lambda data, at: data if data.startswith(b"\xef\xbb\xbf") else b"\xef\xbb\xbf" + data,
    "blank": lambda data, at: data + b"\n\n",
    "front": _front,
    "bold": lambda data, at: data.replace(b" (", b" **so** (", 1) if b"- " in data else data,
}
