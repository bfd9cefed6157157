"""Which note is which book's, which highlight was delivered into it, and the cache of the vault's index.

    placed: (60110123, settled=digest, "Readwise/State of AI.md", seal + {"path": "Readwise/State of AI.md",
             "inode": 1207, "highlights": {"801": [1, 3, 2873460011, 0, 0, 0, 0, false]}})       1 = written, by run 3
    notes:  ("Readwise/State of AI.md", 61623, 1728633600…, 1728633600…, 1207, seal + {"exported": true, …})

Guarantees: a record is replaced whole or not at all. What is here makes a run quicker and remembers what was
removed; it is never the reason that a highlight is written.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from syncer.library.schema import TALLIES_SINCE
from syncer.library.seals import Corrupt, seal, unseal
from syncer.model import BookId, NoteEntry, NoteFacts, NotePath, Placed, Stamp

_encode = msgspec.json.Encoder().encode
_placed = msgspec.json.Decoder(Placed).decode
_facts = msgspec.json.Decoder(NoteFacts).decode
_RECORD = (
    "INSERT INTO placed VALUES (?, ?, ?, ?) ON CONFLICT (book_id)"
    " DO UPDATE SET settled = excluded.settled, path = excluded.path, value = excluded.value"
)
"""OR REPLACE, in a table with indexes, would have SQLite copy each page before it is changed."""
VIEW = "view"
NEVER = 0
"""A settled digest that says: look at this book again."""


def view_of(stamps: Mapping[NotePath, Stamp]) -> str:
    """Return a checksum of a whole vault as a scan sees it: every path and stamp, in the order of the scan."""
    return hashlib.blake2b(_encode(stamps), digest_size=16).hexdigest()


class Tally(msgspec.Struct, frozen=True):
    """What there is to count of one book, or of many: its highlights, and what changed in them since they came."""

    highlights: int
    updates: int


class Ledger:
    """The records of notes and deliveries, in the state."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    # ------------------------------------------------------------ books and their notes

    def placed(self, book_id: int) -> Placed:
        """Return what is known of a book's note; an empty record where it was never met."""
        row = self._db.execute("SELECT value FROM placed WHERE book_id = ?", (book_id,)).fetchone()
        return _placed(unseal(f"placed:{book_id}", row[0])) if row else Placed()

    def every_placed(self) -> Iterator[tuple[BookId, Placed]]:
        """Yield all records by book id."""
        for book_id, value in self._db.execute("SELECT book_id, value FROM placed ORDER BY book_id"):
            yield BookId(book_id), _placed(unseal(f"placed:{book_id}", value))

    def record(self, book_id: int, placed: Placed, *, settled: int) -> None:
        """Keep a book's record and the digest of the book as it was when it was settled; its tally is forgotten."""
        sealed = seal(f"placed:{book_id}", _encode(placed))
        self._forget_view()
        self._forget_tally(book_id)
        row = (book_id, settled, placed.path, sealed)
        self._db.execute(_RECORD, row)

    def amend(self, book_id: int, placed: Placed) -> None:
        """Replace a book's record, of the same note, and leave open or settled what is; inside a transaction."""
        self._forget_tally(book_id)
        sealed = seal(f"placed:{book_id}", _encode(placed))
        self._db.execute("UPDATE placed SET value = ? WHERE book_id = ?", (sealed, book_id))

    def paths(self) -> dict[NotePath, list[BookId]]:
        """Return the known notes, each with the books that it belongs to."""
        known: dict[NotePath, list[BookId]] = {}
        for path, book_id in self._db.execute("SELECT path, book_id FROM placed WHERE path != '' ORDER BY book_id"):
            known.setdefault(NotePath(path), []).append(BookId(book_id))
        return known

    def inodes(self) -> dict[NotePath, int]:
        """Return the known notes with the inodes that they had."""
        return {placed.path: placed.inode for _, placed in self.every_placed() if placed.path}

    def unsettle_all(self) -> None:
        """Have every book looked at again; inside a transaction."""
        self._db.execute("UPDATE placed SET settled = ?", (NEVER,))

    # ------------------------------------------------------------ counts, so that nobody has to read every book

    def keep_tally(self, book_id: int, digest: int, tally: Tally) -> None:
        """Keep what there is to count of a book as it is with this digest, and with the record that was just kept."""
        row = (book_id, digest, tally.highlights, tally.updates)
        self._db.execute("INSERT OR REPLACE INTO tallies VALUES (?, ?, ?, ?)", row)

    def _forget_tally(self, book_id: int) -> None:
        self._db.execute("DELETE FROM tallies WHERE book_id = ?", (book_id,))

    def tallied(self) -> tuple[int, Tally, list[BookId]]:
        """Return how many books have a tally that still counts, their sum, and the ids of the books without one."""
        if self._db.execute("PRAGMA user_version").fetchone()[0] < TALLIES_SINCE:  # seen before its first sync
            return 0, Tally(0, 0), [BookId(row[0]) for row in self._db.execute("SELECT id FROM books ORDER BY id")]
        joined = "FROM books b LEFT JOIN tallies t ON t.book_id = b.id AND t.digest = b.digest"
        books, highlights, updates = self._db.execute(
            f"SELECT count(t.book_id), total(t.highlights), total(t.updates) {joined}"
        ).fetchone()
        rest = self._db.execute(f"SELECT b.id {joined} WHERE t.book_id IS NULL ORDER BY b.id")
        return books, Tally(int(highlights), int(updates)), [BookId(row[0]) for row in rest]

    # ------------------------------------------------------------ a vault in which there is nothing to do

    def is_settled_view(self, view: str) -> bool:
        """Return whether a run found nothing to do in a vault that looked like this, and no record changed since."""
        row = self._db.execute("SELECT value FROM meta WHERE key = ?", (VIEW,)).fetchone()
        return bool(row) and row[0] == seal(f"meta:{VIEW}", view.encode())

    def keep_settled_view(self, view: str) -> None:
        """Remember that there is nothing to do in a vault that looks like this."""
        if not self.is_settled_view(view):
            row = (VIEW, seal(f"meta:{VIEW}", view.encode()))
            self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", row)

    def _forget_view(self) -> None:
        self._db.execute("DELETE FROM meta WHERE key = ?", (VIEW,))

    # ------------------------------------------------------------ the index's cache

    def stamps(self) -> dict[NotePath, Stamp]:
        """Return the stamps that the vault's notes had when they were last indexed."""
        rows = self._db.execute("SELECT path, size, mtime_ns, ctime_ns, inode FROM notes")
        return {NotePath(row[0]): Stamp(row[1], row[2], row[3], row[4]) for row in rows}

    def entries(self) -> dict[NotePath, NoteEntry]:
        """Return the cached index; an entry whose checksum does not fit is left out, and so is read anew."""
        cached = {}
        for path, size, mtime_ns, ctime_ns, inode, value in self._db.execute("SELECT * FROM notes"):
            stamp = Stamp(size, mtime_ns, ctime_ns, inode)
            try:
                facts = _facts(unseal(f"note:{path}:{stamp}", value))
            except (Corrupt, msgspec.MsgspecError):
                continue
            cached[NotePath(path)] = NoteEntry(NotePath(path), stamp, facts)
        return cached

    def keep_entries(self, entries: Iterable[NoteEntry]) -> None:
        """Cache these notes' stamps and facts."""
        self._forget_view()
        for entry in entries:
            value = seal(f"note:{entry.path}:{entry.stamp}", _encode(entry.facts))
            row = (entry.path, *msgspec.structs.astuple(entry.stamp), value)
            self._db.execute("INSERT OR REPLACE INTO notes VALUES (?, ?, ?, ?, ?, ?)", row)

    def drop_entries(self, paths: Iterable[NotePath]) -> None:
        """Forget the cached facts of notes that are gone."""
        self._forget_view()
        self._db.executemany("DELETE FROM notes WHERE path = ?", ((path,) for path in paths))

    # ------------------------------------------------------------ the weekly copy

    def restore(self, records: Iterable[tuple[int, Placed]]) -> None:
        """Take over records of an earlier state, each to be looked at again."""
        for book_id, placed in records:
            self.record(book_id, placed, settled=NEVER)
