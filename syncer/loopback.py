"""What would Readwise answer, were it on this machine? The export API over HTTP on 127.0.0.1, well behaved.

    with Loopback(books, tokens={"demo"}, now=datetime(2026, 11, 24, 10, tzinfo=UTC)) as readwise:
        readwise.url                  # "http://127.0.0.1:40123"
        readwise.now = …              # what was updated later than this is not there yet
        readwise.requests             # [Seen(path="/api/v2/export/", query={"includeDeleted": "true"}, …)]

Guarantees: what the API's documentation says of `updatedAfter`, `ids`, `includeDeleted`, `pageCursor`, the
token, 204 and 401 holds here; the cursor is a bare number and a book may be split over two pages, as at
Readwise; the `Date` header is the virtual now. It serves whoever has a token, on this machine only, and
writes nothing.

`syncer demo` and the tests use it; what the client makes of the answers is `readwise.py`.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from threading import Thread
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, urlsplit

import msgspec

from syncer.instants import instant
from syncer.model import Book, Highlight
from syncer.wire import encode_book, encode_highlight

PAGE_SIZE = 1000
"""Highlights a page, as seen at Readwise."""


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """One request that came; the header names are in lower case."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]


class _Row(msgspec.Struct, frozen=True):
    """A highlight, or a book that has none, ready to be sent; `at` is when it was updated."""

    book: int
    head: bytes
    highlight: bytes
    at: datetime | None
    deleted: bool


class Loopback:
    """A Readwise on this machine, from entering the context until leaving it."""

    def __init__(
        self, books: Sequence[Book], *, tokens: Collection[str], now: datetime, page_size: int = PAGE_SIZE
    ) -> None:
        self.now = now
        self.tokens = tokens
        self.page_size = page_size
        self.requests: list[Seen] = []
        self._rows = _rows(books)
        self._server = _Server(self)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, args=(0.05,), daemon=True, name="loopback").start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def serve(self, books: Sequence[Book]) -> None:
        """Serve these books from the next request on."""
        self._rows = _rows(books)

    def answer(self, seen: Seen, exchange: Exchange) -> None:
        """Send the answer to one request."""
        if seen.headers.get("authorization", "").removeprefix("Token ") not in self.tokens:
            exchange.send(401, b'{"detail":"Invalid token."}')
        elif seen.path == "/api/v2/auth/":
            exchange.send(204, b"")
        elif seen.path == "/api/v2/export/":
            exchange.send(200, self.page(seen.query))
        else:
            exchange.send(404, b'{"detail":"Not found."}')

    def page(self, query: dict[str, str]) -> bytes:
        """Return the body that answers a query of the export."""
        wanted = _Wanted(query, now=self.now)
        start = int(query.get("pageCursor", "0"))
        found = ((place, row) for place, row in enumerate(islice(self._rows, start, None), start) if wanted.has(row))
        rows = list(islice(found, self.page_size + 1))
        cursor = rows.pop()[0] if len(rows) > self.page_size else None
        count = sum(1 for _, row in rows if row.highlight)
        head = json.dumps({"count": count, "nextPageCursor": cursor}).encode()
        return head[:-1] + b', "results": [' + b",".join(_objects(row for _, row in rows)) + b"]}"


class Exchange(BaseHTTPRequestHandler):
    """One connection; `send` answers the request at hand with the virtual time as its Date."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each answer waits 40 ms for the client's acknowledgement
    server: _Server

    def do_GET(self) -> None:
        """Note the request and let the owner answer it."""
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        seen = Seen(path=parts.path, query=dict(parse_qsl(parts.query)), headers=headers)
        self.server.owner.requests.append(seen)
        try:
            self.server.owner.answer(seen, self)
        except ConnectionError:
            self.close_connection = True

    def send(self, status: int, body: bytes, *, headers: dict[str, str] | None = None) -> None:
        """Send a whole answer; `headers` replace the usual ones of the same name."""
        usual = {
            "Date": format_datetime(self.server.owner.now.astimezone(UTC), usegmt=True),
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
        }
        self.send_response_only(status)
        for name, value in {**usual, **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the requests are in `Loopback.requests`."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, owner: Loopback) -> None:
        self.owner = owner
        super().__init__(("127.0.0.1", 0), Exchange)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a client that goes away is no news here."""


class _Wanted:
    """Which rows a query asks for."""

    def __init__(self, query: dict[str, str], *, now: datetime) -> None:
        self._now = now
        self._after = instant(query.get("updatedAfter", ""))
        self._ids = {int(number) for number in query["ids"].split(",")} if "ids" in query else None
        self._deleted = query.get("includeDeleted") == "true"

    def has(self, row: _Row) -> bool:
        """Return whether the row exists by now and the query names it."""
        if self._ids is not None and row.book not in self._ids:
            return False
        if row.deleted and not self._deleted:
            return False
        if row.at is None:
            return self._after is None
        return row.at <= self._now and (self._after is None or row.at > self._after)


def _rows(books: Sequence[Book]) -> list[_Row]:
    """Return the highlights, newest book first, each with what its book looks like without highlights."""
    rows = []
    for book in sorted(books, key=lambda book: -book.id):
        head = encode_book(msgspec.structs.replace(book, highlights=())).removesuffix(b"]}")
        if not book.highlights:
            rows.append(_Row(book.id, head, b"", None, book.is_deleted))
        rows += [_row(book, head, highlight) for highlight in book.highlights]
    return rows


def _row(book: Book, head: bytes, highlight: Highlight) -> _Row:
    at = instant(highlight.updated_at)
    unread = {"book_id": book.id, "end_location": None, "readwise_url": f"https://readwise.io/open/{highlight.id}"}
    whole = encode_highlight(highlight)[:-1] + b", " + json.dumps(unread).encode()[1:]  # what syncer never looks at
    return _Row(book.id, head, whole, at, book.is_deleted or highlight.is_deleted)


def _objects(rows: Iterator[_Row]) -> Iterator[bytes]:
    """Yield the books of these rows as JSON objects; rows of one book are neighbours."""
    head, highlights = b"", list[bytes]()
    for row in rows:
        if row.head != head:
            if head:
                yield head + b",".join(highlights) + b"]}"
            head, highlights = row.head, []
        if row.highlight:
            highlights.append(row.highlight)
    if head:
        yield head + b",".join(highlights) + b"]}"
