"""How does a test meet a server that fails? A loopback Readwise that misbehaves on one page, once or for ever.

    readwise = FakeReadwise()                               three pages of two highlights
    readwise.misbehave(PASSING["cut in body"], page=1)      on the middle page, once
    readwise.misbehave(PASSING["503"], page=2, times=None)  on the last page, for ever
    client_of(readwise, deadline=0.1)                       a client whose waits are short

A fault is a function that answers instead of the well-behaved `Loopback`; they are in `readwise_faults.py`.
"""

from __future__ import annotations

import ssl
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from threading import Event

import pytest

from syncer.asking import Progress, ReadwiseSettings
from syncer.loopback import Exchange, Loopback, Seen
from syncer.model import Book, BookId, Highlight, HighlightId, Page
from syncer.readwise import Client

TOKEN = "canary-7c1e\"'\\x%0a"
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
PAGES = 3
ALL = 6
"""Highlights in the fake library."""

Fault = Callable[["FakeReadwise", Seen, Exchange], None]


class Canary:
    """A token that would be noticed anywhere."""

    def __init__(self, value: str = TOKEN) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value


def library(books: int = 3, highlights: int = 2) -> list[Book]:
    return [
        Book(
            id=BookId(1000 - number),
            title=f"Book {number}",
            highlights=tuple(
                Highlight(
                    id=HighlightId(number * 100 + place + 1),
                    text="some words",
                    updated_at="2024-10-11T08:01:12.345Z",
                )
                for place in range(highlights)
            ),
        )
        for number in range(books)
    ]


class FakeReadwise(Loopback):
    """Three pages; each of them can be made to fail."""

    def __init__(self, *, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(library(), tokens={TOKEN}, now=NOW, page_size=2)
        self.over = Event()
        self._fault: Fault | None = None
        self._page, self._left = 0, 0
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
            self.url = self.url.replace("http:", "https:")

    def misbehave(self, fault: Fault, *, page: int = 0, times: int | None = 1) -> None:
        """Answer with `fault` when `page` is asked for, so many times; None: for ever."""
        self._fault, self._page = fault, page
        self._left = -1 if times is None else times

    def behave(self) -> None:
        """Forget what came, and answer well from now on."""
        self._left = 0
        self.requests.clear()

    def answer(self, seen: Seen, exchange: Exchange) -> None:
        page = self.start(seen) // self.page_size
        if self._fault and self._left and page == self._page:
            self._left -= 1
            self._fault(self, seen, exchange)
        else:
            super().answer(seen, exchange)

    def start(self, seen: Seen) -> int:
        """Return the row where the page begins; what a fault adds to a cursor comes after a hyphen."""
        return int(seen.query.get("pageCursor", "0").partition("-")[0])

    def __exit__(self, *reason: object) -> None:
        self.over.set()
        super().__exit__(None, None, None)


def settings(url: str, *, deadline: float = 30.0, timeout: float = 5.0) -> ReadwiseSettings:
    return ReadwiseSettings(
        base_url=url,
        timeout=timeout,
        retry_first_wait=0.002,
        retry_max_wait=0.02,
        retry_deadline=deadline,
    )


def client_of(
    readwise: FakeReadwise,
    *,
    deadline: float = 30.0,
    timeout: float = 5.0,
    heard: list[Progress] | None = None,
) -> Client:
    progress = [] if heard is None else heard
    return Client(
        settings(readwise.url, deadline=deadline, timeout=timeout),
        Canary(),
        stop=Event(),
        on_progress=progress.append,
    )


def highlights(pages: list[Page]) -> int:
    return sum(len(book.highlights) for page in pages for book in page.books)


def assert_no_token(caplog: pytest.LogCaptureFixture, error: BaseException | None = None) -> None:
    texts = [caplog.text, *(str(record.__dict__) for record in caplog.records)]
    if error is not None:
        texts += [repr(error), *traceback.format_exception(error), str(getattr(error, "hint", ""))]
    assert not [text for text in texts if "canary" in text.lower()]
