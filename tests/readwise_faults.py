"""Which ways does a server have to fail? Each as a function that answers one request in its own way.

    PASSING["cut in body"]      heals when asked again
    FINAL["401"]                ends a fetch at once, with the error that is named beside it

A fault may write any bytes it likes to the socket. On which page, and how often: `fake_readwise.py`.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable, Iterator

from syncer.errors import ReadwiseError, SyncerError, TokenError
from syncer.loopback import Exchange, Seen
from tests.fake_readwise import TOKEN, FakeReadwise, Fault


def status(number: int, body: bytes = b"{}", **headers: str) -> Fault:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _readwise, _seen, exchange: exchange.send(number, body, headers=named)


def page_of(change: Callable[[dict[str, object]], object]) -> Fault:
    """A page as it would be, with something changed in its JSON."""

    def fault(readwise: FakeReadwise, seen: Seen, exchange: Exchange) -> None:
        page = json.loads(readwise.page({**seen.query, "pageCursor": str(readwise.start(seen))}))
        exchange.send(200, json.dumps(change(page)).encode())

    return fault


def raw(data: bytes) -> Fault:
    """These bytes and the end of the connection."""

    def fault(_readwise: FakeReadwise, _seen: Seen, exchange: Exchange) -> None:
        exchange.wfile.write(data)
        exchange.close_connection = True

    return fault


def pieces(head: bytes, body: Callable[[FakeReadwise], Iterator[bytes]]) -> Fault:
    """Bytes that may never end, until the client has gone."""

    def fault(readwise: FakeReadwise, _seen: Seen, exchange: Exchange) -> None:
        exchange.close_connection = True
        exchange.wfile.write(head)
        for piece in body(readwise):
            exchange.wfile.write(piece)

    return fault


def dripping(readwise: FakeReadwise, *, every: float = 0.02) -> Iterator[bytes]:
    while not readwise.over.wait(every):
        yield b" "


def dripping_headers(readwise: FakeReadwise) -> Iterator[bytes]:
    while not readwise.over.wait(0.02):
        yield b"x"


def endless(_readwise: FakeReadwise) -> Iterator[bytes]:
    while True:
        yield b"[" * 65536


def silence(readwise: FakeReadwise) -> Iterator[bytes]:
    readwise.over.wait(60)
    yield from ()


def bomb() -> bytes:
    """70 MiB of blanks, packed into 70 KiB."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(packer.compress(b" " * 2**20) for _ in range(70)) + packer.flush()


OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
BODY = b'{"count": 0, "nextPageCursor": null, "results": []}'
PACKED = gzip.compress(BODY)
GZIP = {"Content_Encoding": "gzip"}

PASSING: dict[str, Fault] = {
    **{str(number): status(number) for number in (204, 408, 425, 429, 500, 502, 503, 504, 520)},
    "429 in 0 s": status(429, Retry_After="0"),
    "429 in -1 s": status(429, Retry_After="-1"),
    "429 in nan s": status(429, Retry_After="nan"),
    "429 at garbage": status(429, Retry_After="after lunch\xe9"),
    "429 at the server's now": status(429, Retry_After="Tue, 24 Nov 2026 10:00:00 GMT"),
    "429 in the body": status(429, b'{"detail":"Request was throttled. Expected available in 0 seconds."}'),
    "503 that echoes the token": status(503, TOKEN.encode(), X_Echo=TOKEN),
    "hints and no answer": raw(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"),
    "not HTTP": raw(b"\x16\x03\x01 hello " + TOKEN.encode() + b"\r\n\r\n"),
    "a status line that echoes the token": raw(b"HTTP/9.9 200 " + TOKEN.encode() + b"\r\n\r\n"),
    "closed without a word": raw(b""),
    "cut in headers": raw(OK + b"X-Echo: " + TOKEN.encode()),
    "cut in body": raw(OK + b"Content-Length: 500\r\n\r\n" + BODY),
    "cut in chunks": raw(OK + b"Transfer-Encoding: chunked\r\n\r\n20\r\n" + BODY[:32]),
    "content length too small": raw(OK + b"Content-Length: 20\r\n\r\n" + BODY),
    "bad gzip": status(200, b"\x1f\x8b\x08 no gzip", **GZIP),
    "gzip cut": status(200, PACKED[:-9], **GZIP),
    "gzip with more behind it": status(200, PACKED + b"more", **GZIP),
    "gzip bomb": status(200, bomb(), **GZIP),
    "packed in another way": status(200, BODY, Content_Encoding="br"),
    "HTML instead of JSON": status(200, b"<html>Log in to the hotel's network</html>"),
    "an empty body": status(200, b""),
    "one bracket": status(200, b"["),
    "an error as a page": status(200, b'{"detail": "Not now."}'),
    "results that are no list": page_of(lambda page: {**page, "results": {"0": 1}}),
    "a cursor that is no cursor": page_of(lambda page: {**page, "nextPageCursor": {"page": 2}}),
    "no cursor at all": page_of(lambda page: {"results": page["results"]}),
    "deep JSON": status(200, b'{"count": 0, "nextPageCursor": null, "results": ' + b"[" * 200_000),
    "bad UTF-8": status(200, b'{"count": 0, "nextPageCursor": null, "results": ["\xff\xfe"]}'),
    "no end": pieces(OK + b"Content-Length: 500\r\n\r\n{", silence),
    "no beginning": pieces(b"", silence),
    "dripping body": pieces(OK + b"Content-Length: 5000000\r\n\r\n", dripping),
    "dripping headers": pieces(OK + b"X-Slow: ", dripping_headers),
    "endless body": pieces(OK + b"\r\n", endless),
}

FINAL: dict[str, tuple[Fault, type[SyncerError]]] = {
    "301": (status(301, Location="https://evil.invalid/api/v2/export/"), ReadwiseError),
    "302": (status(302, Location="http://evil.invalid/"), ReadwiseError),
    "307": (status(307, Location="//evil.invalid/"), ReadwiseError),
    "302 to the token": (status(302, Location="https://canary-7c1e.invalid/" + TOKEN), ReadwiseError),
    "304": (status(304, b""), ReadwiseError),
    "400": (status(400, TOKEN.encode()), ReadwiseError),
    "401": (status(401, b'{"detail":"Invalid token."}'), TokenError),
    "403": (status(403, b'{"error":"account_expired"}'), TokenError),
    "404": (status(404), ReadwiseError),
    "413": (status(413), ReadwiseError),
    "418": (status(418), ReadwiseError),
    "429 in a billion seconds": (status(429, Retry_After="1000000000"), ReadwiseError),
    "503 in inf seconds": (status(503, Retry_After="inf"), ReadwiseError),
}
