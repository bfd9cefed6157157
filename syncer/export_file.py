"""What does a saved export hold? The books of an account in the export API's own JSON, without the token.

    {"user_book_id": 60110123, "title": "State of AI", …, "highlights": […]}    a book a line: so it is saved
    {"count": 2, "nextPageCursor": null, "results": […]}                        or an answer of the API
    [{"user_book_id": …}, …]                                                    or a list of books

Guarantees: what `wire.encode_book` wrote is read back as the same books. What one document means is
`wire.py`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from syncer.errors import UsageError
from syncer.lenient_json import NotJson, loaded
from syncer.model import Page
from syncer.wire import NotAPage, encode_book, parse_saved
from syncer.writer.disk import sync, sync_names

WRITABLE = "name a file in a folder of your own, on a disk that has room"


def parse_export(data: bytes) -> Page:
    """Return all books of a saved export as one page; `wire.NotAPage` when `data` is none."""
    pages = [parse_saved(document) for document in _documents(data)]
    return Page(
        books=tuple(book for page in pages for book in page.books),
        next=None,
        warnings=tuple(warning for page in pages for warning in page.warnings),
    )


def read_export(path: Path, *, read: Callable[[Path], bytes] = Path.read_bytes) -> Iterator[Page]:
    """Yield the pages of a saved export in a file; `UsageError` when it cannot be read or holds none."""
    try:
        for document in _documents(read(path)):
            yield parse_saved(document)
    except OSError as error:
        raise UsageError(f"{path} could not be read: {error.strerror}", hint="name a file that can be read") from error
    except NotAPage as reason:
        hint = "make one with: syncer export --save FILE"
        raise UsageError(f"{path} is no saved export: {reason}", hint=hint) from reason


def save_export(path: Path, pages: Iterable[Page]) -> tuple[int, int]:
    """Put the books of all pages into a new file of mode 0600, on the disk; return how many books and highlights.

    Raise `UsageError` where the file is there already or cannot be written; where the pages fail, nothing stays.
    A book that came in two pieces is two lines, as it was two entries of the answer.
    """
    books, highlights = set[int](), 0
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise UsageError(f"{path} is there already", hint="name a file that is not there yet") from None
    except OSError as error:
        raise UsageError(f"{path} could not be written: {error.strerror}", hint=WRITABLE) from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            for page in pages:
                file.writelines(encode_book(book) + b"\n" for book in page.books)
                books.update(book.id for book in page.books)
                highlights += sum(len(book.highlights) for book in page.books)
            file.flush()
            sync(file.fileno())
        sync_names(path.absolute().parent)
    except OSError as error:
        path.unlink()
        raise UsageError(f"{path} could not be written: {error.strerror}", hint=WRITABLE) from error
    except BaseException:
        path.unlink()
        raise
    return len(books), highlights


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
