"""Which pages does Readwise give? All of an export, in order, or an error: never a part that looks like all.

    with Client(settings, token, stop=stop, on_progress=show) as client:
        for page in client.pages(updated_after="2024-10-11T08:01:12.345Z"):
            …                           # Page(books=(Book(…), …), next="49244648", warnings=())
        client.server_date              # datetime(2026, 11, 24, 10, 0, tzinfo=UTC), of the first page

Guarantees: every page is asked for with the same `updatedAfter`; what may pass is asked for again, politely,
within the deadlines of `ReadwiseSettings`; what cannot pass (a refused token, a redirect, a cursor that goes
in circles) ends the fetch at once. No error holds the token or anything of an answer's text. Only `GET
/api/v2/export/` and `/api/v2/auth/` are ever called; nothing at Readwise changes.

What one request may cost is `connection.py`; when it is repeated, `retry.py`; what an answer means,
`wire.py`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from threading import Event
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import urlsplit

from syncer.asking import Progress, ReadwiseSettings
from syncer.connection import Answer, Connection, Secret
from syncer.errors import Interrupted, ReadwiseError, TokenError
from syncer.model import Page
from syncer.retry import Setback, http_date, repeated, wish_seconds
from syncer.wire import NotAPage, parse_page

IDS_AT_ONCE = 100
"""More ids than this make an address that Readwise refuses with 414 (found by readwise-mirror)."""

FETCH_DEADLINES = 6
"""A whole fetch may take this many times `retry_deadline`."""

IDLE_PAGES = 20
"""So many pages in a row that bring nothing, or the same again, and the fetch is going nowhere."""

MOST_PAGES = 10_000
"""Ten million highlights at the thousand a page that Readwise sends."""

_TRANSIENT = {408, 425, 429}

_REFUSALS = {
    400: "readwise does not understand the request (400)",
    404: "there is no export API at that address (404)",
    413: "the request is too large for readwise (413)",
    414: "the request is too long for readwise (414)",
}

_T = TypeVar("_T")

log = logging.getLogger(__name__)


class Client:
    """Readwise's export API for one run."""

    def __init__(
        self,
        settings: ReadwiseSettings,
        token: Secret,
        *,
        stop: Event,
        on_progress: Callable[[Progress], None],
    ) -> None:
        self.server_date: datetime | None = None
        """The Date header of the last fetch's first page, or of the last check of the token."""
        self._settings = settings
        self._token = token
        self._stop = stop
        self._on_progress = on_progress
        self._connection = Connection(settings, token, stop=stop)
        self._done = Progress(pages=0, books=0, highlights=0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def check_token(self) -> None:
        """Return when Readwise accepts the token; raises `TokenError`, `ReadwiseError` or `Interrupted`."""
        self._repeat(self._checked, seconds=self._settings.retry_deadline)

    def pages(self, *, updated_after: str | None = None, ids: Sequence[int] = ()) -> Iterator[Page]:
        """Yield every page of highlights updated after an instant (ISO 8601), or of the books named.

        Raises `TokenError`, `ReadwiseError` or `Interrupted`; what was yielded before is then not all.
        """
        query = {"includeDeleted": "true"}
        if updated_after is not None:
            query["updatedAfter"] = updated_after
        self.server_date = None
        self._done = Progress(pages=0, books=0, highlights=0)
        end = time.monotonic() + FETCH_DEADLINES * self._settings.retry_deadline
        if not ids:
            yield from self._walk(query, end=end)
        for start in range(0, len(ids), IDS_AT_ONCE):
            some = ",".join(str(number) for number in ids[start : start + IDS_AT_ONCE])
            yield from self._walk({**query, "ids": some}, end=end)

    def _walk(self, query: Mapping[str, str], *, end: float) -> Iterator[Page]:
        """Yield the pages of one query, following the cursor to its end."""
        seen: set[str] = set()
        cursor: str | None = None
        idle, last = 0, None
        while True:
            page = self._page(query if cursor is None else {**query, "pageCursor": cursor}, end=end)
            idle = idle + 1 if not page.books or page.books == last else 0
            cursor, last = page.next, page.books
            if cursor is not None and (cursor in seen or idle >= IDLE_PAGES or len(seen) >= MOST_PAGES):
                hint = "nothing was taken over; the next sync starts from the beginning"
                raise ReadwiseError("readwise's pages go in circles and never end", hint=hint)
            self._count(page)
            yield page
            if cursor is None:
                return
            seen.add(cursor)

    def _page(self, query: Mapping[str, str], *, end: float) -> Page:
        seconds = min(self._settings.retry_deadline, end - time.monotonic())
        return self._repeat(lambda most: self._fetched(query, seconds=most), seconds=seconds)

    def _fetched(self, query: Mapping[str, str], *, seconds: float) -> Page:
        answer = self._connection.get("/api/v2/export/", query, seconds=seconds)
        self._refuse(answer, accepted=HTTPStatus.OK)
        try:
            page = parse_page(answer.body)
        except NotAPage as reason:
            raise Setback(f"readwise's answer is no page of an export: {reason}") from None
        if self._done.pages == 0:
            self.server_date = http_date(answer.headers.get("date", ""))
        return page

    def _checked(self, seconds: float) -> None:
        answer = self._connection.get("/api/v2/auth/", {}, seconds=seconds)
        self.server_date = http_date(answer.headers.get("date", ""))
        self._refuse(answer, accepted=HTTPStatus.NO_CONTENT)

    def _refuse(self, answer: Answer, *, accepted: int) -> None:
        """Raise what the status means unless it is the accepted one."""
        status = answer.status
        if status == accepted:
            return
        if status == HTTPStatus.UNAUTHORIZED:
            hint = "get one at https://readwise.io/access_token, then: syncer token set"
            raise TokenError("readwise refused the token", hint=hint)
        if status == HTTPStatus.FORBIDDEN:
            hint = "see https://readwise.io whether the subscription or the trial has expired"
            raise TokenError("readwise gives this account nothing: subscription expired (403)", hint=hint)
        if 300 <= status < 400:
            hint = "a log-in page of the network may have answered instead: open https://readwise.io in a browser"
            raise ReadwiseError(f"readwise redirects to {self._target(answer)}, which is not followed", hint=hint)
        if status >= 500 or status < 300 or status in _TRANSIENT:
            raise Setback(f"readwise answered {status}", wish=wish_seconds(answer.headers, answer.body))
        hint = "look at readwise.base_url, and whether there is a newer syncer; syncer doctor looks further"
        raise ReadwiseError(_REFUSALS.get(status, f"readwise refused the request ({status})"), hint=hint)

    def _target(self, answer: Answer) -> str:
        """Return the host that a redirect names, unless it is an odd one or spells a part of the token."""
        try:
            host = urlsplit(answer.headers.get("location", "")).hostname or ""
        except ValueError:
            host = ""
        usual = len(host) < 254 and host.isascii() and host.replace("-", "").replace(".", "").isalnum()
        token = self._token.reveal().lower()
        telling = token in host or any(len(label) > 7 and label in token for label in host.split("."))
        return host if usual and not telling else "another place"

    def _repeat(self, once: Callable[[float], _T], *, seconds: float) -> _T:
        """Return what `once` returns, repeated while only setbacks come.

        It is given the seconds that it may take: half of what is left, so that a connection that drips leaves
        time for a better one, but not less than one silence.
        """
        deadline = time.monotonic() + seconds

        def attempt() -> _T:
            if self._stop.is_set():
                raise Interrupted("stopped while fetching from readwise")
            left = deadline - time.monotonic()
            return once(max(left / 2, min(left, self._settings.timeout)))

        try:
            return repeated(attempt, self._settings, seconds=seconds, stop=self._stop, on_wait=self._begin_wait)
        except Setback as setback:
            if self._stop.is_set():
                raise Interrupted("stopped while fetching from readwise") from None
            wish = f" and asks for {setback.wish:.0f} s of rest" if setback.wish else ""
            raise ReadwiseError(
                f"readwise gave no complete answer: {setback.reason}{wish}",
                hint="nothing was taken over; the next sync tries again",
                not_before_seconds=setback.wish,
            ) from None

    def _begin_wait(self, setback: Setback, wait: float) -> None:
        self._connection.close()  # the next try begins on a fresh one, whatever came after the last answer
        log.debug("%s; asking again in %.0f s", setback.reason, wait)  # `on_progress` is how a person hears of it
        done = self._done
        self._on_progress(
            Progress(
                pages=done.pages,
                books=done.books,
                highlights=done.highlights,
                waiting=wait,
                reason=setback.reason,
            )
        )

    def _count(self, page: Page) -> None:
        done = self._done
        self._done = Progress(
            pages=done.pages + 1,
            books=done.books + len(page.books),
            highlights=done.highlights + sum(len(book.highlights) for book in page.books),
        )
        self._on_progress(self._done)
