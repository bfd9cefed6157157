"""What the ledger remembers of a book once its plan was carried out, in checksums of what was there.

    after(placed, decision, book, run=3, written=(803,))
    → Placed(path="Readwise/State of AI.md", highlights={801: [FOUND, 3, …], 803: [WRITTEN, 3, …]})

Guarantees: a highlight that was delivered and is gone is remembered as removed, and one that came back as found; a
record keeps the checksums of text, note and tags as they were when it was first made, so that what changed at
Readwise since then can be told. Spacing and the order of tags are no change. What is decided is plan.py's question.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from zlib import crc32

import msgspec

from syncer.model import Book, Decision, Delivery, Highlight, HighlightId, Placed, Status
from syncer.selection import wanted


def after(placed: Placed, decision: Decision, book: Book, *, run: int, written: Iterable[HighlightId]) -> Placed:
    """Return the book's record once a decision was carried out, with these highlights written by this run."""
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
    return msgspec.structs.replace(
        placed, path=decision.path, inode=decision.inode, highlights=records, book=book_checksum(book)
    )


def _is_out(records: Mapping[int, Delivery], twins: Iterable[HighlightId]) -> bool:
    return any(twin in records and records[twin].status in (Status.REMOVED, Status.SKIPPED) for twin in twins)


def record_of(highlight: Highlight, *, status: Status, run: int) -> Delivery:
    """Return the record of a highlight as it is now, so that a later change at Readwise can be told."""
    return Delivery(
        status,
        run,
        checksum(highlight.text),
        checksum(highlight.note),
        checksum(" ".join(sorted(highlight.tags))),
    )


def book_checksum(book: Book) -> int:
    """Return a checksum of the book's own fields as a note shows them."""
    fields = (book.title, book.author, book.cover_image_url, book.document_note, " ".join(sorted(book.tags)))
    return checksum("\x00".join(fields))


def checksum(text: str) -> int:
    """Return a checksum of a text that does not see how it is spaced."""
    return crc32(" ".join(text.split()).encode()) if text else 0
