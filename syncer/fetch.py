"""One fetch: which pages are asked for, and how far the next one may start from.

    full         no cursor yet, or the last full fetch is older than schedule.full_every
    incremental  updatedAfter = the cursor; it holds only the highlights that changed
    whole books  ids=…, for books that an increment brought first: a new note needs all of their highlights

The cursor is the earlier of the newest `updated_at` received so far and the server's `Date` at the start, minus an
overlap of 10 minutes; this machine's clock has no say in it. All pages come into the mirror in one transaction, and
the cursor moves in that transaction only; where a page fails, nothing is kept. How a page is got is readwise.py's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Protocol

import msgspec

from syncer.instants import instant, written
from syncer.library import Library
from syncer.model import Book, Page, Received

OVERLAP = timedelta(minutes=10)


class Source(Protocol):
    """Where pages come from: Readwise, or a stored export."""

    @property
    def server_date(self) -> datetime | None:
        """The server's clock at the start of the fetch, in UTC; None where it did not say."""

    def pages(self, *, updated_after: str | None = None, ids: Sequence[int] = ()) -> Iterator[Page]:
        """Yield all pages, or raise."""


class Cursor(msgspec.Struct, frozen=True, kw_only=True):
    """How far the mirror reaches; instants are RFC 3339 in UTC, "" for none."""

    updated_after: str = ""
    newest: str = ""
    full_at: str = ""


def fetch(
    library: Library, source: Source, *, now: datetime, full_every: float, on_page: Callable[[int, int], None]
) -> Received:
    """Bring the mirror up to date; `full_every` is in seconds, `on_page` hears the pages and highlights so far."""
    cursor = library.get("cursor", Cursor) or Cursor()
    full = not cursor.updated_after or _is_due(cursor.full_at, now, full_every)
    counted = _Counted(on_page)
    library.mirror.begin()
    for page in source.pages(updated_after=None if full else cursor.updated_after):
        library.mirror.add(page)
        counted.add(page)
    newest = max(filter(None, (instant(cursor.newest), counted.newest)), default=None)
    started = source.server_date or now  # where this machine's clock is wrong, too much is asked for, never too little
    with library.transaction():
        changed = library.mirror.merge(full=full, whole=full, certain=not counted.warnings, keys=_link_keys)
        moved = _moved(cursor, newest, started)
        library.set("cursor", msgspec.structs.replace(moved, full_at=written(now)) if full else moved)
    changed += _complete(library, source, counted)
    return Received(
        full=full,
        books=counted.books,
        highlights=counted.highlights,
        changed=changed,
        warnings=tuple(counted.warnings),
    )


def _complete(library: Library, source: Source, counted: _Counted) -> int:
    """Fetch those books whole that are to be looked at and that only an increment has brought."""
    ids = library.mirror.incomplete()
    if not ids:
        return 0
    library.mirror.begin()
    for page in source.pages(ids=ids):
        library.mirror.add(page)
        counted.add(page)
    with library.transaction():
        changed = library.mirror.merge(full=False, whole=True, certain=not counted.warnings, keys=_link_keys)
        library.mirror.mark_complete(ids)
    return changed


def _link_keys(book: Book) -> set[str]:
    """Return the keys of a book's links; what knows them is imported where a link was replaced."""
    from syncer.identity import link_keys

    return link_keys(book)


class _Counted:
    """What came so far: books, highlights, warnings, the newest `updated_at` that could be read."""

    def __init__(self, on_page: Callable[[int, int], None]) -> None:
        self.books = self.highlights = self.pages = 0
        self.warnings: list[str] = []
        self.newest: datetime | None = None
        self._newest_text = ""
        self._on_page = on_page

    def add(self, page: Page) -> None:
        self.pages += 1
        self.books += len(page.books)
        self.highlights += sum(len(book.highlights) for book in page.books)
        self.warnings += page.warnings
        for text in _texts(page.books):
            moment = instant(text)
            if moment and (self.newest is None or moment > self.newest):
                self.newest = moment
        self._on_page(self.pages, self.highlights)


def _texts(books: Iterable[Book]) -> set[str]:
    """Return the largest `updated_at` of each shape: texts of one length and zone sort as their instants do."""
    largest: dict[tuple[int, str], str] = {}
    for text in {highlight.updated_at for book in books for highlight in book.highlights}:
        shape = (len(text), text[10:11] + text[19:20] + text[-1:])
        if text > largest.get(shape, ""):
            largest[shape] = text
    return set(largest.values())


def _moved(cursor: Cursor, newest: datetime | None, started: datetime) -> Cursor:
    if newest is None:
        return Cursor(full_at=cursor.full_at)
    return Cursor(updated_after=written(min(newest, started) - OVERLAP), newest=written(newest), full_at=cursor.full_at)


def _is_due(last: str, now: datetime, every: float) -> bool:
    """Return whether the last full fetch is too long ago; one that lies in the future says nothing, so it is."""
    moment = instant(last)
    return moment is None or not timedelta(0) <= now - moment < timedelta(seconds=every)
