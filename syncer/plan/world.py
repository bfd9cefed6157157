"""What is the decision made from? The vault as it was read, and what configuration and circumstances say.

    World(notes={"Readwise/Deep.md": NoteEntry(…)}, changed={"Readwise/Deep.md"}, unread=(), shelf=…, read=…)
    Rules(filter=Filter(), skips=False, waits="", …)

All that has to do with disk or state comes as a function, made by planning.py. What is decided is planner.py's.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Mapping

import msgspec

from syncer.identity import Shelf
from syncer.model import Book, BookId, NoteEntry, NotePath, Unread
from syncer.selection import Filter
from syncer.updates import UpdateRules

MEND = "make it readable again (its permissions, its link, its bytes on this disk); syncer doctor tells more"
"""The way on from what does not pass by itself."""


class Unreadable(Exception):  # noqa: N818 - it says what the note is
    """A note cannot be read as it must be before it is judged; `soon` says that this passes by itself."""

    def __init__(self, reason: str, *, soon: bool, hint: str = MEND) -> None:
        super().__init__(reason)
        self.reason = reason
        self.soon = soon
        self.hint = "" if soon else hint


class World(msgspec.Struct, frozen=True):
    """What the plan sees of the vault; `read` gives a note's text or raises Unreadable.

    `shelf` gives the notes ready to be asked which of them is a book's; it is called only when there are notes.
    """

    notes: Mapping[NotePath, NoteEntry]
    changed: Container[NotePath]
    unread: tuple[Unread, ...]
    shelf: Callable[[], Shelf]
    read: Callable[[NotePath], str]


class Rules(msgspec.Struct, frozen=True):
    """What configuration and circumstances say; `waits` is why nothing may be written just now, "" for nothing.

    `skips` leaves out what a note lacks when it is first met; into those of the books of `restored` it comes back.
    """

    filter: Filter
    skips: bool
    restored: Collection[BookId]
    place: Callable[[Book], NotePath]
    state_is_new: bool
    waits: str
    now_ns: int
    updates: UpdateRules
