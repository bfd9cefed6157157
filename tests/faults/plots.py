"""How does the vault begin, and what has the broken run to do?

    plot      before                              what the broken run has to do
    create    an empty vault                      make three notes
    append    one note with its owner's text      add one section
    mixed     fourteen notes, edited              make six, extend ten; one highlight is deleted at Readwise
    recovery  an append that a kill has torn      finish it
    update    one note with its owner's text      add what is new, then what changed and was deleted at Readwise
    torn      such an append that a kill has torn finish it
    undo      a section that was added            take it out again
    repair    a section that is missing           add it, from the mirror
    restore   a highlight that its owner removed  bring it back

command_line.py makes each of them true in a home of its own, and says what must hold.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from syncer.model import Book
from tests.faults.account import books, with_deleted, with_note


def _no_edits(vault: Path) -> None:
    """The owner does nothing."""


def _write_below(vault: Path) -> None:
    """The owner writes at the end of the first note, with no newline after it, and has a note of his own."""
    (vault / "Mine.md").write_bytes("My own note, „so“.\r\n".encode())
    with (vault / "Readwise" / "Book 1.md").open("ab") as note:
        note.write("\n## Mine\n\nIch schreibe „dies“ selbst".encode())


def _edit_many(vault: Path) -> None:
    """The owner writes below one, changes line ends, puts a byte order mark before one, moves one."""
    _write_below(vault)
    folder = vault / "Readwise"
    (folder / "Book 2.md").write_bytes((folder / "Book 2.md").read_bytes().replace(b"\n", b"\r\n"))
    (folder / "Book 4.md").write_bytes(b"\xef\xbb\xbf" + (folder / "Book 4.md").read_bytes())
    (vault / "Reading").mkdir()
    (folder / "Book 5.md").rename(vault / "Reading" / "Book 5.md")


def _take_out(vault: Path) -> None:
    """The owner writes below, and takes the second highlight out of the first note."""
    _write_below(vault)
    note = vault / "Readwise" / "Book 1.md"
    before, start, rest = note.read_bytes().partition(b"- Text b1h2,")
    note.write_bytes(before + (start + rest).partition(b"))\n")[2])


@dataclass(frozen=True)
class Plot:
    """How a scenario begins, and what the broken run has to do."""

    before: Sequence[Book]
    after: Sequence[Book]
    owner: Callable[[Path], None] = _no_edits
    command: tuple[str, ...] = ("once",)
    torn: str = ""
    """The note at whose fsync a first run is killed, and of whose new end only half stays."""
    first: tuple[tuple[str, ...], ...] = ()
    """What is run, whole, before the command that is broken."""
    repeats: bool = False
    """Whether it is the command itself that must put right what a fault has left, rather than a sync."""
    takes_out: frozenset[str] = field(default_factory=frozenset)
    """The tokens that the command takes out of the vault."""
    settings: str = ""
    again: frozenset[str] = field(default_factory=frozenset)
    """The tokens that an updated section says once more."""


_FOURTEEN = [1 + place % 3 for place in range(14)]
_GROWN = [count + (place < 10) for place, count in enumerate(_FOURTEEN)]


def _mixed() -> list[Book]:
    grown = books(_GROWN, old=_FOURTEEN)
    grown[1] = with_deleted(grown[1], 2)
    return [*grown, *books([1, 2, 3, 1, 2, 3], first=15)]


def _updated() -> list[Book]:
    (grown,) = books([4], old=[3])
    return [with_deleted(with_note(grown, 0), 1)]


_UPDATE = Plot(
    before=books([3], old=[3]),
    after=_updated(),
    owner=_write_below,
    settings='updates.mode = "append"\nupdates.deleted = "mention"\n',
    again=frozenset({"b1h1", "b1h2"}),
)

PLOTS = {
    "create": Plot(before=(), after=books([2, 3, 2])),
    "append": Plot(before=books([2], old=[2]), after=books([3], old=[2]), owner=_write_below),
    "mixed": Plot(before=books(_FOURTEEN, old=_FOURTEEN), after=_mixed(), owner=_edit_many),
    "recovery": Plot(
        before=books([2], old=[2]), after=books([3], old=[2]), owner=_write_below, torn="Readwise/Book 1.md"
    ),
    "update": _UPDATE,
    "torn": dataclasses.replace(_UPDATE, torn="Readwise/Book 1.md"),
    "undo": Plot(
        before=books([2], old=[2]),
        after=books([3], old=[2]),
        owner=_write_below,
        first=(("once",),),
        command=("undo", "--yes"),
        takes_out=frozenset({"b1h3"}),
    ),
    "repair": Plot(
        before=books([2], old=[2]),
        after=books([3], old=[2]),
        owner=_write_below,
        first=(("once",), ("undo", "--yes", "--forget")),
        command=("verify", "--repair"),
    ),
    "restore": Plot(
        before=books([3], old=[3]),
        after=books([3], old=[3]),
        owner=_take_out,
        command=("restore", "Readwise/Book 1.md"),
        repeats=True,
    ),
}
