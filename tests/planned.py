"""What does a plan need of a vault and of books, when both exist only in a test?

    vault = Vault({NOTE: note(highlight(11))})              notes as texts
    only(vault.plan((deep_work(11, 12), known(NOTE))))      the one decision about the one book

The vault's shelf is the real one. Every note counts as changed since the last run unless `changed` says which.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import msgspec

from syncer.identity import Shelf, read_facts
from syncer.model import (
    Book,
    BookId,
    Decision,
    Delivery,
    Highlight,
    NoteEntry,
    NotePath,
    Placed,
    Plan,
    Stamp,
    Status,
    Unread,
)
from syncer.plan import Names, Rules, Unreadable, World, make_plan
from syncer.selection import Filter
from syncer.spelling import folded
from syncer.updates import UpdateRules
from tests.made import book, highlight, line

NOTE = NotePath("Readwise/Deep Work.md")
NOW = 1_800_000_000_000_000_000
OLD = NOW - 3600 * 1_000_000_000
REPORTS = UpdateRules(
    appends=False,
    mentions=False,
    settle=0.0,
    now=datetime.fromtimestamp(NOW / 1e9, UTC),
    since=None,
    visible=frozenset,
)
HEAD = (
    "# Deep Work\n\n## Metadata\n- Author: [[Ada Lovelace]]\n- Full Title: Deep Work\n- URL: https://example.org/1\n\n"
)


def note(*highlights: Highlight) -> str:
    return f"{HEAD}## Highlights\n" + "".join(line(one) for one in highlights)


def deep_work(*numbers: int, **fields: object) -> Book:
    return book(1, "Deep Work", [highlight(number) for number in numbers], **fields)


def known(path: str, *numbers: int, status: Status = Status.WRITTEN, inode: int = 1) -> Placed:
    records = {number: Delivery(status, 1, 0, 0, 0) for number in numbers}
    return Placed(path=NotePath(path), inode=inode, highlights=records)


class Vault:
    """Notes as texts; `changed` are those that are not as they were at the last run, all of them unless said."""

    def __init__(self, texts: Mapping[str, str], *, mtime: int = OLD, unread: Sequence[str] = ()) -> None:
        self.texts = texts
        self.entries = {
            NotePath(path): NoteEntry(
                NotePath(path), Stamp(len(text), mtime, mtime, number), read_facts(path, data=text.encode())
            )
            for number, (path, text) in enumerate(texts.items(), 1)
        }
        self.unread = tuple(Unread(NotePath(path), "its content is in the cloud") for path in unread)
        self.cannot_read: dict[str, bool] = {}
        self.read_paths: list[str] = []

    def read(self, path: NotePath) -> str:
        self.read_paths.append(path)
        if path in self.cannot_read:
            raise Unreadable("it changed each time it was read", soon=self.cannot_read[path])
        return self.texts[path]

    def names(self, folder: str) -> set[str]:
        files = [*self.texts, *(one.path for one in self.unread)]
        return {folded(path.rpartition("/")[2]) for path in files if path.rpartition("/")[0] == folder}

    def plan(
        self, *books: tuple[Book, Placed], changed: Sequence[str] | None = None, waits: str = "", **rules: object
    ) -> Plan:
        world = World(
            notes=self.entries,
            changed=self.entries if changed is None else {NotePath(path) for path in changed},
            unread=self.unread,
            shelf=lambda: Shelf(self.entries, plugin_map={}, shared_links=frozenset(), folder="Readwise"),
            read=self.read,
        )
        given = Rules(
            filter=Filter(),
            skips=False,
            restored=(),
            place=lambda made: NotePath(f"Readwise/{made.title}.md"),
            state_is_new=False,
            waits=waits,
            now_ns=NOW,
            updates=REPORTS,
        )
        given = msgspec.structs.replace(given, **rules)
        reserved: dict[str, BookId] = {folded(placed.path): made.id for made, placed in books if placed.path}
        return make_plan(books, world=world, rules=given, names=Names(reserved=reserved, folder=self.names))


def only(plan: Plan) -> Decision:
    """Return the plan's one decision."""
    assert plan.holds == ()
    (one,) = plan.decisions
    return one


class GoesAway(Vault):
    """Notes that can be read once."""

    def read(self, path: NotePath) -> str:
        if path in self.read_paths:
            raise Unreadable("it is gone", soon=True)
        return super().read(path)
