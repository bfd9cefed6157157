"""What does a page of Readwise's export look like, as it was recorded, and with other values in it?

    page(RECORDED)                      the page of one book that was recorded, parsed
    book(title=None)                    the book that is read of these fields
    highlight(tags=[{"name": "a"}])     the highlight that is read of these

`FIELDS` and `INNER` are the names of a book's and a highlight's fields, each with any JSON as its value.
"""

from __future__ import annotations

import json

from syncer.model import Book, Highlight, Page
from syncer.wire import parse_page


def page(*books: object, cursor: object = None, **more: object) -> Page:
    return parse_page(json.dumps({"results": books, "nextPageCursor": cursor, **more}).encode())


def book(**fields: object) -> Book:
    (only,) = page({"user_book_id": 7, "title": "T", **fields}).books
    return only


def highlight(**fields: object) -> Highlight:
    (only,) = book(highlights=[{"id": 1, "text": "words", **fields}]).highlights
    return only


RECORDED = {
    "user_book_id": 60110123,
    "is_deleted": False,
    "title": "State of AI",
    "author": None,
    "readable_title": "State of AI",
    "source": "reader",
    "cover_image_url": "https://example.org/a.png",
    "unique_url": "",
    "summary": "",
    "book_tags": [{"id": 3, "name": "ai"}, {"id": 4, "name": "ai"}],
    "category": "articles",
    "document_note": None,
    "readwise_url": "https://readwise.io/bookreview/60110123",
    "source_url": "https://example.org/",
    "external_id": "01j9",
    "asin": None,
    "highlights": [
        {
            "id": 801,
            "is_deleted": False,
            "text": "First line\n\nsecond",
            "location": 120,
            "location_type": "offset",
            "note": None,
            "color": "",
            "highlighted_at": None,
            "created_at": "2024-10-11T08:01:12.345Z",
            "updated_at": "2024-10-11T08:01:12.345Z",
            "external_id": None,
            "end_location": None,
            "url": "https://read.readwise.io/read/01j9",
            "book_id": 60110123,
            "tags": [{"id": 9, "name": "favorite"}],
            "is_favorite": False,
            "is_discard": None,
            "readwise_url": "https://readwise.io/open/801",
        }
    ],
}
FIELDS = sorted(set(RECORDED) - {"highlights"})
INNER = sorted(RECORDED["highlights"][0])  # type: ignore[index]  # a list of one
