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

from enum import StrEnum
from typing import NewType

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
