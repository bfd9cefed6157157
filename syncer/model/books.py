"""What does Readwise have? Books and their highlights, as they come and as the library keeps them.

    Book(id=60110123, title="State of AI", author="N. B.", category="articles", source="reader",
         source_url="https://…", tags=("ai",), highlights=(
             Highlight(id=801, text="First line\\n\\nsecond", location=120, location_type="offset",
                       url="https://read.readwise.io/read/01j9…", updated_at="2024-10-11T08:01:12.345Z"), …))

From readwise to library, plan and note; fields that are absent, null or empty are left out of what is kept. How they
are parsed is wire.py's.
"""

from __future__ import annotations

from typing import NewType

import msgspec

BookId = NewType("BookId", int)
"""Readwise's `user_book_id`."""

HighlightId = NewType("HighlightId", int)
"""Readwise's highlight id: unique in the account, never changes."""


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


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """What the fetch brought."""

    full: bool
    books: int
    highlights: int
    changed: int
    warnings: tuple[str, ...]
