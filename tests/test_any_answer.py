"""Whatever Readwise answers: it is a page or told as a failure, it ends, and no note loses a byte or gains one twice.

Random bytes, JSON of any shape, or a page whose bytes or fields were changed somewhere, as it is, packed, or only said
to be packed; over a real socket, and then all the way to the notes. Bombs are in test_readwise_bounds.py.
"""

from __future__ import annotations

import gzip
import json
import tempfile
import zlib
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.errors import SyncerError
from syncer.loopback import Exchange, Loopback, Seen
from syncer.readwise import Client
from syncer.sync import once
from syncer.wire import encode_book
from tests.any_json import JSON
from tests.direct import MEMORY, Direct
from tests.fake_readwise import TOKEN, Canary
from tests.fake_readwise import settings as bounds
from tests.made import START, book, highlight, later

pytestmark = pytest.mark.slow

KNOWN = book(1, "Deep Work", [highlight(11), highlight(12)], tags=("a",))
AFTER = msgspec.structs.replace(KNOWN, highlights=(*KNOWN.highlights, highlight(2**40, at=later(3))))
PAGE = b'{"count": 2, "nextPageCursor": null, "results": [' + encode_book(KNOWN) + b"]}"

NESTED = st.builds(lambda depth, both: b"[" * depth + b"]" * depth * both, st.integers(1, 5_000), st.integers(0, 1))
DIGITS = st.integers(1, 10_000).map(lambda count: b"9" * count)
PIECE = (
    st.binary(max_size=4)
    | JSON.map(lambda value: json.dumps(value).encode())
    | NESTED
    | DIGITS
    | st.sampled_from([b"{", b"}", b"[", b"]", b'"', b",", b":", b"\\", b"\\ud800", b"\x00", b"\xff", b"\xef\xbb\xbf"])
    | st.sampled_from([b"null", b"true", b"NaN", b"-Infinity", b"1e999", b"-0", b"1.0", b'"2999-12-31T23:59:59Z"'])
)
HARM = st.lists(st.tuples(st.integers(0, len(PAGE)), st.integers(0, 80), PIECE), min_size=1, max_size=3)


def damaged(harm: Sequence[tuple[int, int, bytes]]) -> bytes:
    """Return the page with, at each of these places, so many bytes replaced by others."""
    data = PAGE
    for at, length, piece in harm:
        data = data[:at] + piece + data[at + length :]
    return data


def places(value: object) -> list[tuple[Any, Any]]:
    """Return every place in a JSON value that holds another: what it is in, and its key there."""
    if isinstance(value, dict | list):
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        inner = [place for each in (value.values() if isinstance(value, dict) else value) for place in places(each)]
        return [(value, key) for key in keys] + inner
    return []


def with_other_fields(changes: Sequence[tuple[int, object]]) -> bytes:
    """Return the page with other values at some of its places."""
    page = json.loads(PAGE)
    for number, value in changes:
        found = places(page)
        within, key = found[number % len(found)]
        within[key] = value
    return json.dumps(page).encode()


BODIES = (
    st.binary()
    | JSON.map(lambda value: json.dumps(value).encode())
    | st.builds(lambda some, more: json.dumps({"results": some, "nextPageCursor": more}).encode(), JSON, JSON)
    | HARM.map(damaged)
    | st.lists(st.tuples(st.integers(0, 200), JSON), min_size=1, max_size=4).map(with_other_fields)
)
PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "": lambda body: body,
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "gzip, gzip": lambda body: gzip.compress(gzip.compress(body)),
    "br": lambda body: body,
    "GZIP ": lambda body: body,
}
PACKED = st.one_of(
    st.just(("", 0)), st.tuples(st.sampled_from(sorted(PACKINGS)), st.sampled_from([0, 0, 0, 1, 9])), st.just(("", 0))
)


class Answering(Loopback):
    """Answers each request for pages with the same bytes, or well where there are none."""

    def __init__(self) -> None:
        super().__init__([KNOWN], tokens={TOKEN}, now=START)
        self.body: bytes | None = None
        self.headers: dict[str, str] = {}

    def answer(self, seen: Seen, exchange: Exchange) -> None:
        if self.body is None:
            super().answer(seen, exchange)
        else:
            exchange.send(200, self.body, headers=self.headers)


def synced(user: Direct, server: Answering, *, at: datetime, deadline: float = 30.0) -> SyncerError | None:
    """Sync with what the server answers at this moment, and return what ended it."""
    server.now = at
    with Client(
        bounds(server.url, deadline=deadline), Canary(), stop=Event(), on_progress=lambda progress: None
    ) as client:
        setup = msgspec.structs.replace(user.setup(at), connect=lambda: client)
        try:
            once(setup)
        except SyncerError as error:
            return error
    return None


@settings(max_examples=max(8, settings().max_examples // 2))
@given(body=BODIES, packed=PACKED)
def test_whatever_is_answered_no_note_loses_a_byte_and_the_next_good_answer_is_taken(
    body: bytes, packed: tuple[str, int]
) -> None:
    packing, cut = packed
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder, Answering() as server:
        user = Direct(Path(folder) / "home")
        assert synced(user, server, at=START) is None
        before = user.text()
        data = PACKINGS[packing](body)
        server.body = data[: len(data) - cut] if cut else data
        server.headers = {"Content-Encoding": packing} if packing else {}
        error = synced(user, server, at=later(1), deadline=0.02)
        assert error is None or (error.message and "canary" not in f"{error.message} {error.hint}")
        after = user.text()
        assert all(after[path].startswith(data) for path, data in before.items())
        server.body = None
        server.serve([AFTER])
        assert synced(user, server, at=later(4)) is None
        last = user.text()
        assert all(last[path].startswith(data) for path, data in after.items())
        written = b"".join(last.values())
        assert [written.count(one.url.encode()) for one in AFTER.highlights] == [1, 1, 1]
