"""Which links do the highlights of two books share?

    links:  (hash of "reader:01j9…", 60110123)          all links of all books that were looked at
    linked: (60110123, digest)                           with which digest a book was looked at the last time

A link that two books have tells neither's note. It is asked when a note must be recognised, which most runs need not:
so a fetch keeps only the links that it replaces, since those may stand in a note, and the first question looks at the
books that changed since the last one. Guarantees: a link that a book ever had counts as its own. Memory does not grow
with the library.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from syncer.library.aside import empty_table
from syncer.library.mirror import Keys, Mirror, link_hash
from syncer.model import BookId

MANY_BOOKS = 200
"""Books above which one walk over all links is cheaper than a look-up a book."""


class Links:
    """The links of the library's books, in the state."""

    def __init__(self, connection: sqlite3.Connection, mirror: Mirror) -> None:
        self._db = connection
        self._mirror = mirror

    def changed(self) -> list[BookId]:
        """Return the ids of the books that changed since their links were looked at, and prepare to look at them."""
        rows = self._db.execute(
            "SELECT b.id FROM books b LEFT JOIN linked l ON l.book_id = b.id"
            " WHERE l.digest IS NOT b.digest ORDER BY b.id"
        )
        changed = [BookId(row[0]) for row in rows]
        if changed:
            empty_table(self._db, "links", "link INTEGER NOT NULL, book_id INTEGER NOT NULL")
        return changed

    def look_at(self, changed: Sequence[BookId], *, keys: Keys) -> None:
        """Keep the links of these books; inside a transaction."""
        for book, digest in self._mirror.books(changed):
            links = ((link_hash(key), book.id) for key in keys(book))
            self._db.executemany("INSERT INTO incoming.links VALUES (?, ?)", links)
            self._db.execute("INSERT OR REPLACE INTO linked VALUES (?, ?)", (book.id, digest))
        self._db.execute(
            "INSERT OR IGNORE INTO links SELECT link, book_id FROM incoming.links ORDER BY link, book_id"
        )  # in the order of the table: a million of them one by one would be a million places on the disk

    def shared(self, book_ids: Sequence[int], *, keys: Keys) -> frozenset[int]:
        """Return the hashes of those links of these books that another book of the library has too."""
        if len(book_ids) > MANY_BOOKS:
            rows = self._db.execute("SELECT link FROM links GROUP BY link HAVING count(*) > 1")
            return frozenset(row[0] for row in rows)
        other = "SELECT 1 FROM links WHERE link = ? AND book_id != ? LIMIT 1"
        return frozenset(
            link
            for book, _ in self._mirror.books(book_ids)
            for link in map(link_hash, keys(book))
            if self._db.execute(other, (link, book.id)).fetchone()
        )
