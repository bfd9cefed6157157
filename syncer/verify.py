"""Holding the vault against the library: is each highlight in its book's note, once, as it was written?

    Finding(book_id=60110123, path="Readwise/Deep.md", present=41, edited=(803,), removed=(), missing=(), twice=(),
            changed=(Changed(804, ("note", "tags")),), deleted=())

`present` are in the note as they are at Readwise; `edited` are there with other words; `removed` were taken out by
their owner; `missing` would be appended by the next sync; `twice` are there more than once, or in `others` too (as when
two machines both wrote them); `changed` differ at Readwise from what was delivered, and `about` names what of the book
itself does. Guarantees: nothing is fetched or written; what changed at Readwise before a note was first met is not
known, and is not guessed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from syncer.identity import find_highlights, highlight_links, without_updates
from syncer.identity.lines import read_pieces
from syncer.model import Book, BookId, Decision, Delivery, Highlight, HighlightId, NotePath, Placed, Status
from syncer.selection import Wanted, wanted
from syncer.updates import changes_in

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
    others: tuple[NotePath, ...] = ()
    changed: tuple[Changed, ...] = ()
    about: tuple[str, ...] = ()
    deleted: tuple[HighlightId, ...] = ()

    @property
    def needs_a_person(self) -> bool:
        """Whether something is wrong that the next sync does not mend by itself."""
        return bool(self.twice or self.missing)


def verify_book(
    book: Book, placed: Placed, decision: Decision, *, text: str, linked: Mapping[str, Sequence[NotePath]]
) -> Finding:
    """Return what the note's text holds of the book; `decision` is what a sync would do about it.

    `linked` are the vault's notes by the links that stand in them, without links that are no one book's.
    """
    share = wanted(book)
    changes = list(changes_in(book, placed))
    found = find_highlights(book, text) if text else {}
    there = [
        one
        for one in share.highlights
        if one.id not in decision.copied and any(twin in found for twin in share.twins[one.id])
    ]
    plain = find_highlights(_without_links(book), text) if there else {}
    edited = tuple(one.id for one in there if not any(twin + CLONES in plain for twin in share.twins[one.id]))
    seconds = _second_notes(book, there, decision.path, linked)
    doubled = (one.id for one in there if any(one.id in held for held in seconds.values()))
    return Finding(
        book_id=book.id,
        title=book.title,
        path=decision.path,
        present=len(there),
        edited=edited,
        removed=decision.removed,
        missing=decision.missing,
        twice=tuple(dict.fromkeys((*_twice(book, share, there, text, placed), *doubled))),
        others=tuple(sorted(seconds)),
        changed=tuple(Changed(one.id, one.what) for one in changes if one.id and "deleted" not in one.what),
        about=next((one.what for one in changes if not one.id), ()),
        deleted=_deleted(book, placed.highlights),
    )


def _second_notes(
    book: Book, there: Sequence[Highlight], path: NotePath, linked: Mapping[str, Sequence[NotePath]]
) -> dict[NotePath, set[HighlightId]]:
    """Return other notes that hold half of what is in the book's, and at least two: one may be a quotation."""
    held: dict[NotePath, set[HighlightId]] = defaultdict(set)
    for one in there:
        for key in highlight_links(book, one):
            for other in linked.get(key, ()):
                held[other].add(one.id)
    return {other: ids for other, ids in held.items() if other != path and len(ids) >= max(2, len(there) / 2)}


def _without_links(book: Book) -> Book:
    """Return the book as it is recognised by its words alone."""
    highlights = tuple(msgspec.structs.replace(one, url="", id=HighlightId(one.id + CLONES)) for one in book.highlights)
    return msgspec.structs.replace(book, asin="", highlights=highlights)


def _twice(book: Book, share: Wanted, there: Iterable[Highlight], text: str, placed: Placed) -> tuple[HighlightId, ...]:
    """Return the highlights that stand in the note more than once: by their own link, or without one by their text.

    In an updated section a highlight stands once more, as it is now; where no heading tells which section that is, as
    many of its places are left out of account as its record knows.
    """
    rest = without_updates(text)
    known = placed.highlights if rest == text else {}
    links = Counter(key for piece in read_pieces(rest) if not piece.header for key in piece.keys)
    keys = {one.id: highlight_links(book, one)[0] for one in share.highlights}
    mine = Counter(keys.values())
    allowed = {
        one.id: 1 + max((known[twin].updates for twin in share.twins[one.id] if twin in known), default=0)
        for one in there
    }
    twice = [one.id for one in there if mine[keys[one.id]] == 1 and links[keys[one.id]] > allowed[one.id]]
    bare = [one for one in there if not links[keys[one.id]] and allowed[one.id] == 1]
    if bare:
        clones = tuple(
            msgspec.structs.replace(one, id=HighlightId(one.id + CLONES), location=(one.location or 0) + CLONES, url="")
            for one in bare
        )
        doubled = find_highlights(msgspec.structs.replace(book, highlights=(*book.highlights, *clones)), rest)
        twice += [one.id for one in bare if one.id in doubled and one.id + CLONES in doubled]
    return tuple(twice)


def _deleted(book: Book, records: Mapping[int, Delivery]) -> tuple[HighlightId, ...]:
    there = (Status.WRITTEN, Status.FOUND)
    return tuple(
        one.id
        for one in book.highlights
        if (one.is_deleted or book.is_deleted) and one.id in records and records[one.id].status in there
    )
