"""What does a saved export hold? The books of an account in the export API's own JSON, without the token.

    {"user_book_id": 60110123, "title": "State of AI", …, "highlights": […]}    a book a line: so it is saved
    {"count": 2, "nextPageCursor": null, "results": […]}                        or an answer of the API
    [{"user_book_id": …}, …]                                                    or a list of books

Guarantees: what `wire.encode_book` wrote is read back as the same books. What one document means is
`wire.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from syncer.errors import UsageError
from syncer.lenient_json import NotJson, loaded
from syncer.model import Page
from syncer.wire import NotAPage, parse_saved


def parse_export(data: bytes) -> Page:
    """Return all books of a saved export as one page; `wire.NotAPage` when `data` is none."""
    pages = [parse_saved(document) for document in _documents(data)]
    return Page(
        books=tuple(book for page in pages for book in page.books),
        next=None,
        warnings=tuple(warning for page in pages for warning in page.warnings),
    )


def read_export(path: Path) -> Iterator[Page]:
    """Yield the pages of a saved export in a file; `UsageError` when it cannot be read or holds none."""
    try:
        for document in _documents(path.read_bytes()):
            yield parse_saved(document)
    except OSError as error:
        raise UsageError(f"{path} could not be read: {error.strerror}") from error
    except NotAPage as reason:
        hint = "make one with: syncer export --save FILE"
        raise UsageError(f"{path} is no saved export: {reason}", hint=hint) from reason


def _documents(data: bytes) -> list[bytes]:
    """Return the JSON documents of a file: one, or one a line."""
    lines = [line for line in data.splitlines() if line.strip()]
    if len(lines) < 2:
        return [data]
    try:
        loaded(lines[0])
    except NotJson:
        return [data]
    return lines
