"""What do Readwise's bytes mean? JSON as the export API writes it, to and from `model.Book`.

    {"count": 2, "nextPageCursor": 49244648, "results": [
        {"user_book_id": 60110123, "title": "State of AI", "author": null, "category": "articles",
         "book_tags": [{"id": 1, "name": "ai"}],
         "highlights": [{"id": 801, "text": "First line", "note": "", "location": 120, "tags": []}, …]}, …]}

Strict on shape: what is not such an envelope is `NotAPage`, in bounded time and memory. Lenient on content: a
field may be absent, null, empty or of another type, unknown fields are ignored, and a book or highlight that
has no usable id is left out with one sentence that quotes nothing of it. What comes out is valid Unicode; ids
fit SQLite; a discarded or deleted highlight says so, whichever way Readwise said it.

How JSON is read that is not as the types say is `lenient_json.py`; a file of it, `export_file.py`; how the
bytes get here, `connection.py`; which page comes next, `readwise.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from syncer.lenient_json import NotJson, cleaned, loaded
from syncer.model import Book, BookId, Highlight, HighlightId, Page

UNTITLED = "Untitled"

LENIENT_BYTES = 8 * 1024 * 1024
"""A larger page (a usual one has 1 MB) must be well formed: reading it leniently costs 25 times its size."""

_Id = Annotated[int, Meta(gt=0, le=2**63 - 1)]
_Place = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]


class NotAPage(Exception):  # noqa: N818  what happened, not what went wrong
    """The bytes are no page of the export; the text says why and quotes nothing of them."""


class _Tag(msgspec.Struct, gc=False):
    name: str | None = None


class _Highlight(msgspec.Struct, gc=False):
    id: _Id
    is_deleted: bool | None = None
    text: str | None = None
    note: str | None = None
    location: _Place | None = None
    location_type: str | None = None
    color: str | None = None
    highlighted_at: str | None = None
    created_at: str | None = None
    updated_at: str | None = None
    external_id: str | None = None
    url: str | None = None
    tags: list[_Tag | str] | None = None
    is_favorite: bool | None = None
    is_discard: bool | None = None


class _Book(msgspec.Struct, gc=False):
    user_book_id: _Id
    is_deleted: bool | None = None
    title: str | None = None
    readable_title: str | None = None
    author: str | None = None
    source: str | None = None
    category: str | None = None
    cover_image_url: str | None = None
    unique_url: str | None = None
    source_url: str | None = None
    summary: str | None = None
    document_note: str | None = None
    readwise_url: str | None = None
    external_id: str | None = None
    asin: str | None = None
    book_tags: list[_Tag | str] | None = None
    highlights: list[_Highlight] | None = None


class _Envelope(msgspec.Struct):
    results: list[_Book]
    nextPageCursor: int | str | None  # noqa: N815  Readwise's spelling


_envelopes = msgspec.json.Decoder(_Envelope)
_books = msgspec.json.Decoder(_Book)


def parse_page(body: bytes) -> Page:
    """Return the page in an answer of the export API; `NotAPage` when it is none."""
    try:
        envelope = _envelopes.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        if len(body) > LENIENT_BYTES:
            raise NotAPage("it is large and not well formed") from None
        return _leniently(_decoded(body), saved=False)
    return _page(envelope.results, envelope.nextPageCursor, [])


def parse_saved(document: bytes) -> Page:
    """Return the page in one document of a saved export: a book, a list of books, or an answer of the API.

    Raises `NotAPage` when it is none of these.
    """
    try:
        return _page([_books.decode(document)], None, [])
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return _leniently(_decoded(document), saved=True)


def encode_book(book: Book) -> bytes:
    """Return the book as an object of the export API, on one line, with every field that syncer knows."""
    return msgspec.json.encode(
        _Book(
            user_book_id=book.id,
            is_deleted=book.is_deleted,
            title=book.title,
            readable_title=book.readable_title or None,
            author=book.author or None,
            source=book.source or None,
            category=book.category or None,
            cover_image_url=book.cover_image_url or None,
            unique_url=book.unique_url or None,
            source_url=book.source_url or None,
            summary=book.summary or None,
            document_note=book.document_note or None,
            readwise_url=book.readwise_url or None,
            external_id=book.external_id or None,
            asin=book.asin or None,
            book_tags=[_Tag(name) for name in book.tags],
            highlights=[_wire_highlight(highlight) for highlight in book.highlights],
        )
    )


def encode_highlight(highlight: Highlight) -> bytes:
    """Return the highlight as an object of the export API, on one line."""
    return msgspec.json.encode(_wire_highlight(highlight))


def _wire_highlight(highlight: Highlight) -> _Highlight:
    return _Highlight(
        id=highlight.id,
        is_deleted=highlight.is_deleted,
        text=highlight.text,
        note=highlight.note,
        location=highlight.location,
        location_type=highlight.location_type or None,
        color=highlight.color,
        highlighted_at=highlight.highlighted_at or None,
        created_at=highlight.created_at or None,
        updated_at=highlight.updated_at or None,
        external_id=highlight.external_id or None,
        url=highlight.url or None,
        tags=[_Tag(name) for name in highlight.tags],
        is_favorite=highlight.is_favorite,
        is_discard=highlight.is_discard,
    )


# ---------------------------------------------------------------- typed values → model


def _page(books: Sequence[_Book], cursor: int | str | None, warnings: list[str]) -> Page:
    return Page(
        books=tuple([_book(book, warnings) for book in books]),
        next=None if cursor is None or cursor == "" else str(cursor),
        warnings=tuple(warnings),
    )


def _book(wire: _Book, warnings: list[str]) -> Book:
    highlights = []
    textless = 0
    for candidate in wire.highlights or ():
        highlight = _highlight(candidate)
        if highlight.text.strip() or highlight.is_deleted or highlight.is_discard:
            highlights.append(highlight)
        else:
            textless += 1
    if textless:
        warnings.append(f"book {wire.user_book_id}: {_count(textless)} without a text left out")
    return Book(
        id=BookId(wire.user_book_id),
        title=_filled(wire.title) or _filled(wire.readable_title) or UNTITLED,
        readable_title=wire.readable_title or "",
        author=wire.author or "",
        category=wire.category or "",
        source=wire.source or "",
        cover_image_url=wire.cover_image_url or "",
        unique_url=wire.unique_url or "",
        source_url=wire.source_url or "",
        summary=wire.summary or "",
        document_note=wire.document_note or "",
        readwise_url=wire.readwise_url or "",
        external_id=wire.external_id or "",
        asin=wire.asin or "",
        tags=_tag_names(wire.book_tags),
        is_deleted=bool(wire.is_deleted),
        highlights=tuple(highlights),
    )


def _highlight(wire: _Highlight) -> Highlight:
    tags = _tag_names(wire.tags) if wire.tags else ()
    return Highlight(
        id=HighlightId(wire.id),
        text=wire.text or "",
        note=wire.note or "",
        location=wire.location,
        location_type=wire.location_type or "",
        color=wire.color or "",
        highlighted_at=wire.highlighted_at or "",
        created_at=wire.created_at or "",
        updated_at=wire.updated_at or "",
        external_id=wire.external_id or "",
        url=wire.url or "",
        tags=tags,
        is_favorite=bool(wire.is_favorite) or "favorite" in tags,
        is_discard=bool(wire.is_discard) or "discard" in tags,
        is_deleted=bool(wire.is_deleted),
    )


def _filled(text: str | None) -> str:
    return text if text and text.strip() else ""


def _tag_names(tags: Sequence[_Tag | str] | None) -> tuple[str, ...]:
    """Return the names in their order, each once: the same name has another id on every highlight."""
    names = ((tag if isinstance(tag, str) else tag.name or "").strip() for tag in tags or ())
    return tuple(dict.fromkeys(name for name in names if name))


def _count(highlights: int) -> str:
    return "1 highlight" if highlights == 1 else f"{highlights} highlights"


# ---------------------------------------------------------------- JSON that is not quite as the types say


def _leniently(document: object, *, saved: bool) -> Page:
    """Return the page that decoded JSON holds, without the books and fields that cannot be understood."""
    if saved and isinstance(document, list):
        document = {"results": document}
    if saved and isinstance(document, dict) and "user_book_id" in document:
        document = {"results": [document]}
    results = document.get("results") if isinstance(document, dict) else None
    if not isinstance(document, dict) or not isinstance(results, list):
        raise NotAPage("it holds no list of results")
    cursor = document.get("nextPageCursor")
    if isinstance(cursor, bool) or not isinstance(cursor, int | str | None):
        raise NotAPage("the cursor of its next page is neither a number nor a text")
    if not saved and "nextPageCursor" not in document:
        raise NotAPage("it does not say whether it is the last page")
    warnings: list[str] = []
    books = [_cleaned_book(raw, place, warnings) for place, raw in enumerate(results, start=1)]
    return _page([book for book in books if book], cursor, warnings)


def _cleaned_book(raw: object, place: int, warnings: list[str]) -> _Book | None:
    book = cleaned(raw, _Book)
    if book is None or not isinstance(raw, dict):
        warnings.append(f"result {place} of a page left out: it has no usable user_book_id")
        return None
    if book.book_tags is None:
        book.book_tags = _usable_tags(raw.get("book_tags"))
    items = raw.get("highlights")
    if book.highlights is None and isinstance(items, list):
        candidates = [_cleaned_highlight(item) for item in items]
        book.highlights = [highlight for highlight in candidates if highlight]
        if lost := len(items) - len(book.highlights):
            warnings.append(f"book {book.user_book_id}: {_count(lost)} without a usable id left out")
    return book


def _cleaned_highlight(raw: object) -> _Highlight | None:
    highlight = cleaned(raw, _Highlight)
    if highlight and highlight.tags is None and isinstance(raw, dict):
        highlight.tags = _usable_tags(raw.get("tags"))
    return highlight


def _usable_tags(raw: object) -> list[_Tag | str]:
    items = raw if isinstance(raw, list) else []
    return [tag for item in items if (tag := item if isinstance(item, str) else cleaned(item, _Tag))]


def _decoded(body: bytes) -> object:
    try:
        return loaded(body)
    except NotJson as reason:
        raise NotAPage(str(reason)) from None
