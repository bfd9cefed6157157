"""Every type that crosses a border between two files of this package, frozen, titled by the pair that shares it.

A book as it comes from Readwise and as the library keeps it (fields that are absent, null or empty are left out):

    Book(id=60110123, title="State of AI", author="N. B.", category="articles", source="reader",
         source_url="https://…", tags=("ai",), highlights=(
             Highlight(id=801, text="First line\\n\\nsecond", location=120, location_type="offset",
                       url="https://read.readwise.io/read/01j9…", updated_at="2024-10-11T08:01:12.345Z"), …))

Guarantees: a value never changes; text is valid Unicode without lone surrogates; "" means absent. There is no
behaviour here beyond what follows from the fields alone.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import Literal, NewType

import msgspec

BookId = NewType("BookId", int)
"""Readwise's `user_book_id`."""

HighlightId = NewType("HighlightId", int)
"""Readwise's highlight id: unique in the account, never changes."""

NotePath = NewType("NotePath", str)
"""A note's path relative to the vault, with `/` between its parts, as the disk spells it."""


# ---------------------------------------------------------------- readwise → library → plan


class Highlight(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One highlight as Readwise has it now; `text` and `note` are Markdown or plain text, as they came."""

    id: HighlightId
    text: str
    note: str = ""
    location: int | None = None
    location_type: str = ""
    color: str = ""
    highlighted_at: str = ""
    created_at: str = ""
    updated_at: str = ""
    external_id: str = ""
    url: str = ""
    tags: tuple[str, ...] = ()
    is_favorite: bool = False
    is_discard: bool = False
    is_deleted: bool = False


class Book(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One source of highlights; an incremental answer holds only those of its highlights that changed."""

    id: BookId
    title: str
    readable_title: str = ""
    author: str = ""
    category: str = ""
    source: str = ""
    cover_image_url: str = ""
    unique_url: str = ""
    source_url: str = ""
    summary: str = ""
    document_note: str = ""
    readwise_url: str = ""
    external_id: str = ""
    asin: str = ""
    tags: tuple[str, ...] = ()
    is_deleted: bool = False
    highlights: tuple[Highlight, ...] = ()


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One page of the export: its books, the cursor of the next page, and a sentence for each book left out."""

    books: tuple[Book, ...]
    next: str | None
    warnings: tuple[str, ...] = ()


# ---------------------------------------------------------------- vault → identity, plan


class Stamp(msgspec.Struct, frozen=True, array_like=True):
    """What one `stat` says of a file: enough to know that it has not changed since."""

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int


class NoteFacts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a note says of the book that it may belong to; made by identity.read_facts, cached by the library.

    `titles`, `urls`, `authors` come from front matter and metadata; `links` are link keys (identity.link_key);
    `book_ids` are ids that the note itself names; `exported` says that an export of Readwise's highlights wrote it.
    """

    exported: bool = False
    empty: bool = False
    titles: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    book_ids: tuple[int, ...] = ()


class NoteEntry(msgspec.Struct, frozen=True):
    """One note of the vault's index."""

    path: NotePath
    stamp: Stamp
    facts: NoteFacts


class Unread(msgspec.Struct, frozen=True):
    """A note or folder that could not be read stably, with the reason as a sentence."""

    path: NotePath
    reason: str


class Fingerprint(msgspec.Struct, frozen=True):
    """The exact bytes of a note at one moment: how many, and their SHA-256 in hex."""

    size: int
    sha256: str


class NoteText(msgspec.Struct, frozen=True):
    """A stable read of one note: its bytes and the stamp that they had."""

    data: bytes
    stamp: Stamp


class How(StrEnum):
    """By which rule a highlight was found in a note (FORMAT: own link, shared link and text, text, similar text)."""

    LINK = "link"
    SHARED_LINK = "shared link and text"
    TEXT = "text"
    SIMILAR = "similar text"


class Rule(StrEnum):
    """By which rule a note was recognised as a book's."""

    STATE = "known from an earlier run"
    PLUGIN_MAP = "named in the Readwise plug-in's map"
    NAMED = "names the book's id"
    LINK = "holds a link of this book alone"
    URL = "same source URL and title"
    TITLE = "same title and author"
    EMPTY = "empty file of that name"
    ADOPTED = "decided by syncer adopt"


# ---------------------------------------------------------------- library → plan


class Status(IntEnum):
    """What became of one highlight in its book's note."""

    WRITTEN = 1  # a run of syncer's wrote it
    FOUND = 2  # it was there when the note was first met, or someone else added it
    REMOVED = 3  # it was in the note and its owner took it out
    SKIPPED = 4  # the note lacked it when it was first met, and vault.adopt = "skip"


class Delivery(msgspec.Struct, frozen=True, array_like=True):
    """One highlight's record: its status, the run that set it, and checksums of text, note and tags as written.

    `favourite` is kept beside them; no template shows it, so it is no change to be told of. `told` is the checksum of a
    later state at Readwise that is accounted for without having been written, 0 for none;
    `updates` counts the updated sections in which the highlight stands.
    """

    status: Status
    run: int
    text: int
    note: int
    tags: int
    told: int = 0
    updates: int = 0
    favourite: bool = False


class Placed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the state knows of one book's note; an empty path says that the book was never met with a note.

    `adopted` says that the owner decided this path by hand; `about` are the checksums of the book's own fields as they
    were when the note was made or first met, and `told` as in Delivery.
    """

    path: NotePath = NotePath("")
    inode: int = 0
    adopted: bool = False
    about: tuple[int, ...] = ()
    told: int = 0
    highlights: dict[int, Delivery] = {}


# ---------------------------------------------------------------- plan → writer, report, library


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
    `copied` highlight, which is missing, stands in the note only for the updates of others.
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


class Addition(msgspec.Struct, frozen=True, kw_only=True):
    """What one run wrote into one note: where it begins, its length and SHA-256, the heading it stands under."""

    run: int
    path: NotePath
    created: bool
    offset: int
    size: int
    sha256: str
    heading: str
    stamp: Stamp
    parts: tuple[Part, ...]


# ---------------------------------------------------------------- fetch, carry_out → report


class Failure(msgspec.Struct, frozen=True):
    """A note that could not be written, and the cause."""

    path: NotePath
    cause: str


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """What the fetch brought."""

    full: bool
    books: int
    highlights: int
    changed: int
    warnings: tuple[str, ...]


# ---------------------------------------------------------------- writer ↔ library


class Intent(msgspec.Struct, frozen=True, kw_only=True):
    """One write, recorded before its first byte: `before` is the note as it was, `temp` a file's first name."""

    kind: Literal["create", "append"]
    path: NotePath
    temp: str = ""
    before: Fingerprint | None = None
    data: bytes
