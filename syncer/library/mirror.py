"""The account's books as Readwise has them: what a fetch brings, merged in one transaction.

    books: (60110123, digest, complete=1, seal + {"id":60110123,"title":"State of AI","highlights":[{"id":801,…},…]})

Pages go into a private temporary database while the fetch lasts (an incremental answer holds only the changed
highlights of a book, and a book may come in pieces); `merge` then brings them into the mirror. A book's digest is
a checksum of everything Readwise says of it: the ledger keeps the digest with which a book was last settled, so
that whatever changed, or was not finished, is looked at again. Memory does not grow with the library.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import islice
from operator import lt

import msgspec

from syncer.library.aside import empty_table
from syncer.library.seals import seal, unseal
from syncer.model import Book, BookId, Highlight, Page

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Book).decode

MOST_GONE = 5
MOST_OF_BOOKS_GONE = 0.2
"""A full answer that lacks more books than this, and more than MOST_GONE, is taken for a mistake of the server's."""
Keys = Callable[[Book], Collection[str]]
"""Gives the keys of the links of a book's highlights that another book may have too."""

AT_ONCE = 100
"""Books that one query asks for: each question locks the file and looks whether anybody has changed it."""

_NOTE = "INSERT OR REPLACE INTO incoming.arrived VALUES (?, ?, 0)"
_COLLECT = "INSERT OR REPLACE INTO incoming.pages VALUES (?, ?)"
"""Apart, or whoever looks for an id or a digest reads all values."""

_OPEN = (
    "SELECT b.id FROM books b LEFT JOIN placed p ON p.book_id = b.id WHERE (p.settled IS NULL OR p.settled != b.digest)"
)


def link_hash(key: str) -> int:
    """Return a signed 64-bit hash of a link's key."""
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest(), "big", signed=True)


def digest_of(data: bytes) -> int:
    """Return a signed 64-bit checksum of a book's stored form."""
    return int.from_bytes(hashlib.sha256(data).digest()[:8], "big", signed=True)


class Mirror:
    """The books of the library, in the state."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self._arrived: set[int] = set()

    # ------------------------------------------------------------ a fetch

    def begin(self) -> None:
        """Start to collect the pages of a fetch, in a private database that vanishes with the connection."""
        empty_table(self._db, "arrived", "id INTEGER PRIMARY KEY, digest INTEGER NOT NULL, is_new INTEGER NOT NULL")
        empty_table(self._db, "pages", "id INTEGER PRIMARY KEY, value BLOB NOT NULL")
        self._arrived.clear()

    def add(self, page: Page) -> None:
        """Keep a page's books aside; a book that came before on an earlier page is joined with this piece of it."""
        digests: list[tuple[int, int]] = []
        rows: list[tuple[int, bytes]] = []
        self._db.execute("BEGIN")
        for book in page.books:
            joined = _in_order(book)
            if book.id in self._arrived:
                self._db.executemany(_COLLECT, rows)
                rows.clear()
                row = self._db.execute("SELECT value FROM incoming.pages WHERE id = ?", (book.id,)).fetchone()
                joined = merged(self._read(book.id, row[0]), book)
            self._arrived.add(book.id)
            data = _encode(joined)
            digests.append((book.id, digest_of(data)))
            rows.append((book.id, seal(f"book:{book.id}", data)))
        self._db.executemany(_NOTE, digests)
        self._db.executemany(_COLLECT, rows)
        self._db.execute("COMMIT")

    def merge(self, *, full: bool, whole: bool, certain: bool, keys: Keys) -> int:
        """Bring the collected pages into the mirror, inside the caller's transaction; return how many books changed.

        `whole` says that each book came with all of its highlights; `full`, that all books came; `certain`, that
        what is not among them is gone from Readwise, since nothing of the answer had to be left out; `keys` is asked
        where a link was replaced: the old one may stand in a note, and is kept.
        """
        changed = self._bring_new(whole=whole)
        for book_id, value in self._db.execute(
            "SELECT id, value FROM incoming.arrived a JOIN incoming.pages USING (id) WHERE NOT EXISTS"
            " (SELECT 1 FROM books b INDEXED BY books_by_digest WHERE b.id = a.id AND b.digest = a.digest) ORDER BY id"
        ):
            changed += self._bring(self._read(book_id, value), whole=whole, certain=certain, keys=keys)
        if whole:
            self._db.execute(
                "UPDATE books INDEXED BY books_incomplete SET complete = 1"
                " WHERE complete = 0 AND id IN (SELECT id FROM incoming.arrived)"
            )
        if full and certain:
            changed += self._mark_gone()
        return changed

    def _bring_new(self, *, whole: bool) -> int:
        """Take over the books that the mirror does not have, as they came; return how many they are."""
        self._db.execute(
            "UPDATE incoming.arrived SET is_new = 1 WHERE NOT EXISTS"
            " (SELECT 1 FROM books b INDEXED BY books_by_digest WHERE b.id = arrived.id)"
        )
        return self._db.execute(  # which does not read where it writes, or all were copied through a third table
            "INSERT INTO books SELECT id, digest, ?, value FROM incoming.arrived JOIN incoming.pages USING (id)"
            " WHERE is_new ORDER BY id",
            (int(whole),),
        ).rowcount

    def _bring(self, book: Book, *, whole: bool, certain: bool, keys: Keys) -> bool:
        """Join a book that came with what the mirror has of it; return whether that changed anything."""
        row = self._db.execute("SELECT value, digest FROM books WHERE id = ?", (book.id,)).fetchone()
        old = self._read(book.id, row[0])
        new = merged(old, book)
        if whole and certain:
            new = _with_gone_marked(new, {highlight.id for highlight in book.highlights})
        data = _encode(new)
        digest = digest_of(data)
        if row[1] == digest:
            return False
        sealed = seal(f"book:{book.id}", data)
        self._db.execute("UPDATE books SET digest = ?, value = ? WHERE id = ?", (digest, sealed, book.id))
        if _places(old) - _places(new):
            gone = [(link_hash(key), book.id) for key in set(keys(old)).difference(keys(new))]
            self._db.executemany("INSERT OR IGNORE INTO links VALUES (?, ?)", gone)
        return True

    def _mark_gone(self) -> int:
        """Mark the books that are not in a full answer as deleted; an answer that lacks too many is not believed."""
        gone = self._db.execute("SELECT id FROM books WHERE id NOT IN (SELECT id FROM incoming.arrived)").fetchall()
        living = [book.id for book, _ in self.books(row[0] for row in gone) if not book.is_deleted]
        known = self._db.execute("SELECT count(*) FROM books").fetchone()[0]
        if len(living) > max(MOST_GONE, MOST_OF_BOOKS_GONE * known):
            return 0
        for book, _ in list(self.books(living)):
            data = _encode(msgspec.structs.replace(book, is_deleted=True))
            sealed = seal(f"book:{book.id}", data)
            self._db.execute("UPDATE books SET digest = ?, value = ? WHERE id = ?", (digest_of(data), sealed, book.id))
        return len(living)

    # ------------------------------------------------------------ reading

    def _read(self, book_id: int, value: object) -> Book:
        return _decode(unseal(f"book:{book_id}", value))

    def book(self, book_id: int) -> Book | None:
        """Return one book with all that the mirror has of it."""
        row = self._db.execute("SELECT value FROM books WHERE id = ?", (book_id,)).fetchone()
        return self._read(book_id, row[0]) if row else None

    def books(self, ids: Iterable[int]) -> Iterator[tuple[Book, int]]:
        """Yield these books with their digests, those that the mirror has, by id within each AT_ONCE of them."""
        rest = iter(ids)
        while some := tuple(islice(rest, AT_ONCE)):
            marks = ", ".join("?" * len(some))
            query = f"SELECT id, value, digest FROM books WHERE id IN ({marks}) ORDER BY id"  # noqa: S608 - only marks
            for book_id, value, digest in self._db.execute(query, some):
                yield self._read(book_id, value), digest

    def every_book(self) -> Iterator[Book]:
        """Yield all books by id, one at a time."""
        for book_id, value in self._db.execute("SELECT id, value FROM books ORDER BY id"):
            yield self._read(book_id, value)

    def counts(self) -> tuple[int, int]:
        """Return how many books and highlights the mirror holds."""
        books = highlights = 0
        for book in self.every_book():
            books += 1
            highlights += len(book.highlights)
        return books, highlights

    def unsettled(self) -> list[BookId]:
        """Return the ids of the books that changed, or were not finished, since they were last settled."""
        return [BookId(row[0]) for row in self._db.execute(f"{_OPEN} ORDER BY b.id")]

    def incomplete(self) -> list[BookId]:
        """Return those of the unsettled books of which not every highlight is known to have been fetched."""
        return [BookId(row[0]) for row in self._db.execute(f"{_OPEN} AND b.complete = 0 ORDER BY b.id")]

    def every_id(self) -> list[BookId]:
        """Return the ids of all books."""
        return [BookId(row[0]) for row in self._db.execute("SELECT id FROM books ORDER BY id")]

    def mark_complete(self, ids: Sequence[int]) -> None:
        """Remember that these books were asked for as a whole; inside the caller's transaction."""
        self._db.executemany("UPDATE books SET complete = 1 WHERE id = ?", ((book_id,) for book_id in ids))


def _places(book: Book) -> set[tuple[object, ...]]:
    """Return what a book's links are made of."""
    return {(book.asin, one.url, one.location, one.location_type) for one in book.highlights}


def _in_order(book: Book) -> Book:
    ids = [highlight.id for highlight in book.highlights]
    if all(map(lt, ids, ids[1:])):
        return book
    return msgspec.structs.replace(book, highlights=_by_id(book.highlights))


def _by_id(highlights: Iterable[Highlight]) -> tuple[Highlight, ...]:
    latest = {highlight.id: highlight for highlight in highlights}
    return tuple(latest[highlight_id] for highlight_id in sorted(latest))


def merged(old: Book, new: Book) -> Book:
    """Return the newer book with the older one's highlights where the newer answer does not hold them."""
    return msgspec.structs.replace(new, highlights=_by_id((*old.highlights, *new.highlights)))


def _with_gone_marked(book: Book, present: set[int]) -> Book:
    highlights = tuple(
        highlight
        if highlight.id in present or highlight.is_deleted
        else msgspec.structs.replace(highlight, is_deleted=True)
        for highlight in book.highlights
    )
    return msgspec.structs.replace(book, highlights=highlights)
