"""What is to be done? A plan of decisions and holds, the changes that come of it with their bytes, and what failed.

    Plan(decisions=(Decision(book_id=60110123, path="Readwise/State of AI.md", missing=(801,), …),), holds=(), …)
    AppendSection(path="Readwise/State of AI.md", parts=(Part(60110123, "State of AI", (801,)),), data=b"…", …)

From plan to change, writer, report and library.
"""

from __future__ import annotations

import msgspec

from syncer.model.books import BookId, HighlightId
from syncer.model.notes import Fingerprint, NotePath, Rule


class Update(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What changed at Readwise in one delivered highlight, or in the book itself (id 0), since it was written.

    `what` names it: "text", "note", "tags", "deleted"; of a book "title", "author", "cover", "document note", "tags",
    "deleted". `before` and `after` are the record's checksums without and with this change (records.taken).
    """

    id: HighlightId
    what: tuple[str, ...]
    before: tuple[int, ...]
    after: tuple[int, ...]


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be done about one book, before its bytes are made.

    `missing` are the highlights to write, in document order: into a new note where `creates`, else at the end of
    the note at `path`. `present`, `removed` and `skipped` are what was learnt of the others; `delivered` have a record
    of an earlier run, the removed ones last. `before` counts the wanted highlights that are older than the note,
    `lacking` those of them that would be appended: the brake's food.

    Of what changed at Readwise since it was delivered, `updated` is to be written, `told` is only to be told, and
    `shown` stands in the note already; `resting` counts the changes that are too young for any of these. The text of a
    `copied` highlight, which is missing, stands in the note only for the updates of others. `looked_at` is the SHA-256
    of the note's text in which all this was found, "" where nothing is missing in a note.
    """

    book_id: BookId
    title: str
    path: NotePath = NotePath("")
    inode: int = 0
    creates: bool = False
    rule: Rule | None = None
    first_meeting: bool = False
    missing: tuple[HighlightId, ...] = ()
    present: tuple[HighlightId, ...] = ()
    removed: tuple[HighlightId, ...] = ()
    skipped: tuple[HighlightId, ...] = ()
    delivered: tuple[HighlightId, ...] = ()
    copies: tuple[NotePath, ...] = ()
    before: int = 0
    lacking: int = 0
    copied: tuple[HighlightId, ...] = ()
    looked_at: str = ""
    updated: tuple[Update, ...] = ()
    told: tuple[Update, ...] = ()
    shown: tuple[Update, ...] = ()
    resting: int = 0

    @property
    def writes(self) -> bool:
        """Whether bytes are to be written for it."""
        return bool(self.missing or self.updated)


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """A change that is not made, with its reason and the way on; `soon` says that it will pass by itself."""

    book_id: BookId
    title: str
    paths: tuple[NotePath, ...]
    reason: str
    hint: str
    soon: bool = False


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that would bring the vault up to date, sorted by path; equal inputs make equal plans."""

    decisions: tuple[Decision, ...]
    holds: tuple[Hold, ...]
    warnings: tuple[str, ...]


class Part(msgspec.Struct, frozen=True, omit_defaults=True):
    """One book's share in a change: the highlights that are new in the note, and what is written of later changes."""

    book_id: BookId
    title: str
    highlights: tuple[HighlightId, ...]
    updates: tuple[Update, ...] = ()


class CreateNote(msgspec.Struct, frozen=True, kw_only=True):
    """A new note: its path and all of its bytes."""

    path: NotePath
    parts: tuple[Part, ...]
    data: bytes


class Footing(msgspec.Struct, frozen=True, kw_only=True):
    """What a section's bytes took from the note they were made for: where all of it holds of other bytes, they fit.

    `least` is the size below which a note may be half saved; `counts` are of what opens and closes blocks; `absent`
    are the marks of the section's own highlights; `end` is what the section goes on from, "" where it is a new one.
    """

    least: int
    ends_line: bool
    windows: bool
    counts: tuple[int, ...]
    absent: tuple[bytes, ...]
    end: bytes


class AppendSection(msgspec.Struct, frozen=True, kw_only=True):
    """A section at the end of an existing note: the bytes to add, and the fingerprint of those before them.

    `heading` is the section's heading line, "" where the bytes go under one that already ends the note; with a
    `footing` the bytes may also follow others than those of `before`, for which it holds.
    """

    path: NotePath
    parts: tuple[Part, ...]
    data: bytes
    before: Fingerprint
    heading: str
    footing: Footing | None = None


class UpdateSection(AppendSection, frozen=True, kw_only=True):
    """A section of what changed at Readwise, after one of new highlights where the note gets both, in one append.

    `heading` is that of the updated section, which is last.
    """


Change = CreateNote | AppendSection | UpdateSection


class Failure(msgspec.Struct, frozen=True):
    """A note that could not be written, and the cause."""

    path: NotePath
    cause: str
