"""Holding the vault against the library: is each highlight in its book's note, once, as it was written?

    Finding(book_id=60110123, path="Readwise/Deep.md", present=41, edited=(803,), removed=(), missing=(), twice=(),
            changed=(Changed(804, ("note", "tags")),), deleted=())

`present` are in the note as they are at Readwise; `edited` are there with other words; `removed` were taken out by
their owner; `missing` would be appended by the next sync; `twice` are there more than once (as when two machines both
wrote them); `changed` differ at Readwise from what was delivered. Guarantees: nothing is fetched or written; what
changed at Readwise before a note was first met is not known, and is not guessed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

import msgspec

from syncer.identity import find_highlights, highlight_links
from syncer.identity.lines import read_pieces
from syncer.model import Book, BookId, Decision, Delivery, Highlight, HighlightId, NotePath, Placed, Status
from syncer.records import record_of
from syncer.selection import Wanted, wanted

CLONES = 1 << 62
"""Added to the id of a highlight's second, made-up copy, with which a text that stands there twice is found."""


class Changed(msgspec.Struct, frozen=True):
    """A delivered highlight that is not at Readwise what it was, and in what."""

    id: HighlightId
    what: tuple[str, ...]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What one book's note holds of its highlights."""

    book_id: BookId
    title: str
    path: NotePath
    present: int
    edited: tuple[HighlightId, ...] = ()
    removed: tuple[HighlightId, ...] = ()
    missing: tuple[HighlightId, ...] = ()
    twice: tuple[HighlightId, ...] = ()
    changed: tuple[Changed, ...] = ()
    deleted: tuple[HighlightId, ...] = ()

    @property
    def needs_a_person(self) -> bool:
        """Whether something is wrong that the next sync does not mend by itself."""
        return bool(self.twice or self.missing)


def verify_book(book: Book, placed: Placed, decision: Decision, *, text: str) -> Finding:
    """Return what the note's text holds of the book; `decision` is what a sync would do about it."""
    share = wanted(book)
    found = find_highlights(book, text) if text else {}
    there = [one for one in share.highlights if any(twin in found for twin in share.twins[one.id])]
    plain = find_highlights(_without_links(book), text) if there else {}
    edited = tuple(one.id for one in there if not any(twin + CLONES in plain for twin in share.twins[one.id]))
    return Finding(
        book_id=book.id,
        title=book.title,
        path=decision.path,
        present=len(there),
        edited=edited,
        removed=decision.removed,
        missing=decision.missing,
        twice=_twice(book, share, there, text),
        changed=tuple(_changes(book, placed.highlights)),
        deleted=_deleted(book, placed.highlights),
    )


def _without_links(book: Book) -> Book:
    """Return the book as it is recognised by its words alone."""
    highlights = tuple(msgspec.structs.replace(one, url="", id=HighlightId(one.id + CLONES)) for one in book.highlights)
    return msgspec.structs.replace(book, asin="", highlights=highlights)


def _twice(book: Book, share: Wanted, there: Iterable[Highlight], text: str) -> tuple[HighlightId, ...]:
    """Return the highlights that stand in the note more than once: by their own link, or without one by their text."""
    links = Counter(key for piece in read_pieces(text) if not piece.header for key in piece.keys)
    keys = {one.id: highlight_links(book, one)[0] for one in share.highlights}
    mine = Counter(keys.values())
    twice = [one.id for one in there if mine[keys[one.id]] == 1 and links[keys[one.id]] > 1]
    bare = [one for one in there if not links[keys[one.id]]]
    if bare:
        clones = tuple(
            msgspec.structs.replace(one, id=HighlightId(one.id + CLONES), location=(one.location or 0) + CLONES, url="")
            for one in bare
        )
        doubled = find_highlights(msgspec.structs.replace(book, highlights=(*book.highlights, *clones)), text)
        twice += [one.id for one in bare if one.id in doubled and one.id + CLONES in doubled]
    return tuple(twice)


def _changes(book: Book, records: Mapping[int, Delivery]) -> Iterable[Changed]:
    for highlight in book.highlights:
        old = records.get(highlight.id)
        if old is None or highlight.is_deleted or old.status in (Status.REMOVED, Status.SKIPPED):
            continue
        now = record_of(highlight, status=old.status, run=old.run)
        what = tuple(name for name in ("text", "note", "tags") if getattr(now, name) != getattr(old, name))
        if what:
            yield Changed(highlight.id, what)


def _deleted(book: Book, records: Mapping[int, Delivery]) -> tuple[HighlightId, ...]:
    there = (Status.WRITTEN, Status.FOUND)
    return tuple(
        one.id
        for one in book.highlights
        if (one.is_deleted or book.is_deleted) and one.id in records and records[one.id].status in there
    )
