"""What the ledger remembers of a book once its plan was carried out, in checksums of what was there.

    after(placed, decision, book, run=3, written=(803,))
    → Placed(path="Readwise/State of AI.md", highlights={801: [FOUND, 3, …], 803: [WRITTEN, 3, …]})

Guarantees: a highlight that was delivered and is gone is remembered as removed, and one that came back as found; a
record keeps the checksums of text, note and tags as they were when they were last written, so that what changed at
Readwise since then can be told. Blanks, Markdown marks and the order of tags are no change. What is decided is
plan's question, what a change is updates.py's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from zlib import crc32

import msgspec

from syncer.identity import comparable
from syncer.model import Addition, Book, Decision, Delivery, Highlight, HighlightId, Part, Placed, Status, Update
from syncer.selection import wanted
from syncer.values import OWN_TAGS


def after(
    placed: Placed,
    decision: Decision,
    book: Book,
    *,
    run: int,
    written: Iterable[HighlightId],
    updates: Iterable[Update] = (),
) -> Placed:
    """Return the book's record once a decision was carried out, with these highlights and updates written by a run."""
    share = wanted(book)
    by_id = {highlight.id: highlight for highlight in book.highlights}
    records = dict(placed.highlights)
    statuses: dict[HighlightId, Status] = {}
    for highlight_id in decision.present:
        twins = share.twins[highlight_id]
        if not any(twin in records and records[twin].status in (Status.WRITTEN, Status.FOUND) for twin in twins):
            statuses[highlight_id] = Status.FOUND
    statuses |= dict.fromkeys(decision.skipped, Status.SKIPPED)
    statuses |= {one: Status.REMOVED for one in decision.removed if not _is_out(records, share.twins[one])}
    statuses |= dict.fromkeys(written, Status.WRITTEN)
    for highlight_id, status in statuses.items():
        for twin in share.twins[highlight_id]:
            old = records.get(twin)
            if old is not None and status in (Status.REMOVED, Status.FOUND):
                records[twin] = msgspec.structs.replace(old, status=status)
            else:
                records[twin] = record_of(by_id[twin], status=status, run=run)
    is_met = bool(decision.path) and (decision.creates or not placed.about)
    made = msgspec.structs.replace(
        placed,
        path=decision.path,
        inode=decision.inode,
        highlights=records,
        about=about_of(book) if is_met else placed.about,
        told=0 if is_met else placed.told,
    )
    return told(taken(made, (*updates, *decision.shown)), decision.told)


def _is_out(records: Mapping[int, Delivery], twins: Iterable[HighlightId]) -> bool:
    return any(twin in records and records[twin].status in (Status.REMOVED, Status.SKIPPED) for twin in twins)


def record_of(highlight: Highlight, *, status: Status, run: int) -> Delivery:
    """Return the record of a highlight as it is now, so that a later change at Readwise can be told."""
    text, note, tags = sums_of(highlight)
    return Delivery(status, run, text, note, tags, favourite=highlight.is_favorite)


def sums_of(highlight: Highlight) -> tuple[int, int, int]:
    """Return the checksums of a highlight's text, note and tags."""
    note, tags = highlight.note, highlight.tags
    return checksum(highlight.text), checksum(note) if note else 0, _of_tags(tags) if tags else 0


def _of_tags(tags: Iterable[str]) -> int:
    return checksum(" ".join(sorted(tag for tag in tags if tag.lower() not in OWN_TAGS)))


def about_of(book: Book) -> tuple[int, ...]:
    """Return the checksums of the book's own fields, in the order of updates.ABOUT."""
    fields = (book.title, book.author, book.cover_image_url, book.document_note, " ".join(sorted(book.tags)))
    return tuple(map(checksum, fields))


def checksum(text: str) -> int:
    """Return a checksum of a text that does not see how it is spaced and marked up."""
    return crc32(comparable(text).encode()) if text else 0


def taken_out(placed: Placed, book: Book | None, part: Part, addition: Addition, *, forget: bool) -> Placed:
    """Return the record without what an addition had of the book, which `forget` lets come again.

    What a run wrote that was cut short has no record yet.
    """
    twins = wanted(book).twins if book else {}
    by_id = {highlight.id: highlight for highlight in book.highlights} if book else {}
    records = dict(placed.highlights)
    for highlight_id in part.highlights:
        for twin in twins.get(highlight_id, (highlight_id,)):
            old = records.pop(twin, None)
            if forget:
                continue
            if old is not None:
                records[twin] = msgspec.structs.replace(old, status=Status.REMOVED)
            elif twin in by_id:
                records[twin] = record_of(by_id[twin], status=Status.REMOVED, run=addition.run)
    made = msgspec.structs.replace(placed, highlights=records)
    if forget or placed.path or book is None:
        return made
    return msgspec.structs.replace(made, path=addition.path, about=about_of(book))


def without_removed(placed: Placed, *, is_there: bool) -> Placed:
    """Return the record as if its owner had taken nothing out of the note, or had not removed the note itself."""
    gone = (Status.REMOVED, Status.SKIPPED)
    kept = {key: one for key, one in placed.highlights.items() if is_there and one.status not in gone}
    return msgspec.structs.replace(placed, highlights=kept)


# ---------------------------------------------------------------- updates


def taken(placed: Placed, updates: Iterable[Update]) -> Placed:
    """Return the record with these updates as something that stands in the note."""
    for one in updates:
        is_gone = "deleted" in one.what
        placed = _with(placed, one.id, one.after, told=state(one) if is_gone else 0, more=1)
    return placed


def given_back(placed: Placed, updates: Iterable[Update], *, forget: bool) -> Placed:
    """Return the record without these updates in the note; `forget` has the next sync see them as new."""
    for one in updates:
        sums = one.before if forget else one.after
        is_gone = "deleted" in one.what and not forget
        placed = _with(placed, one.id, sums, told=state(one) if is_gone else 0, more=-1)
    return placed


def told(placed: Placed, updates: Iterable[Update]) -> Placed:
    """Return the record with these updates as something that was told and not written."""
    for one in updates:
        old = placed.highlights.get(one.id)
        sums = (old.text, old.note, old.tags) if old else placed.about
        placed = _with(placed, one.id, sums, told=state(one), more=0)
    return placed


def _with(placed: Placed, number: int, sums: tuple[int, ...], *, told: int, more: int) -> Placed:
    """Return the record with other checksums of one highlight, or of the book itself (0)."""
    if not number:
        return msgspec.structs.replace(placed, about=sums[:5], told=told)
    old = placed.highlights.get(number)
    if old is None:
        return placed
    text, note, tags = sums[:3]
    count = max(0, old.updates + more)
    new = msgspec.structs.replace(old, text=text, note=note, tags=tags, told=told, updates=count)
    return msgspec.structs.replace(placed, highlights={**placed.highlights, number: new})


def state(update: Update) -> int:
    """Return one checksum of what an update leads to, never 0."""
    return crc32(repr(update.after).encode()) or 1
