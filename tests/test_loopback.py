"""The Readwise of this machine: what the API's documentation says, asked with nothing but the standard library."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from syncer.loopback import Loopback
from syncer.model import Book, BookId, Highlight, HighlightId

GOOD, BAD = {"Authorization": "Token good"}, {"Authorization": "Token bad"}
NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)


def highlight(number: int, updated_at: str, *, is_deleted: bool = False) -> Highlight:
    return Highlight(id=HighlightId(number), text="words", updated_at=updated_at, is_deleted=is_deleted)


BOOKS = [
    Book(
        id=BookId(1),
        title="Old",
        highlights=(
            highlight(11, "2024-01-01T00:00:00Z"),
            highlight(12, "2024-01-02T00:00:00.500Z"),
            highlight(13, "2027-01-01T00:00:00Z"),
        ),
    ),
    Book(id=BookId(2), title="Bare"),
    Book(id=BookId(3), title="Deleted", highlights=(highlight(31, "2024-01-03T00:00:00Z", is_deleted=True),)),
]


@pytest.fixture
def readwise() -> Iterator[Loopback]:
    with Loopback(BOOKS, tokens={"good"}, now=NOW, page_size=1) as readwise:
        yield readwise


def ask(
    readwise: Loopback, path: str = "/api/v2/export/", query: dict[str, str] | None = None, *, accepted: bool = True
) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection(urlsplit(readwise.url).netloc)
    connection.request("GET", f"{path}?{urlencode(query or {})}", headers=GOOD if accepted else BAD)
    return connection.getresponse()


def export(readwise: Loopback, **query: str) -> list[Any]:
    """Return the results of all pages, in their order."""
    results, cursor = [], None
    while True:
        more: dict[str, str] = {} if cursor is None else {"pageCursor": str(cursor)}
        page = json.loads(ask(readwise, query={**query, **more}).read())
        results += page["results"]
        cursor = page["nextPageCursor"]
        if cursor is None:
            return results
        assert isinstance(cursor, int)


def ids(results: list[Any]) -> list[int]:
    return [item["id"] for book in results for item in book["highlights"]]


def test_everything_that_exists_by_now_is_served_newest_book_first(readwise: Loopback) -> None:
    results = export(readwise)
    assert [book["user_book_id"] for book in results] == [2, 1, 1]
    assert ids(results) == [11, 12]


def test_deleted_things_come_when_asked_for(readwise: Loopback) -> None:
    results = export(readwise, includeDeleted="true")
    assert ids(results) == [31, 11, 12]
    assert results[0]["highlights"][0]["is_deleted"]


def test_only_what_was_updated_after_the_instant_is_served(readwise: Loopback) -> None:
    assert ids(export(readwise, updatedAfter="2024-01-01T00:00:00Z")) == [12]
    assert export(readwise, updatedAfter="2024-01-02T00:00:00.500Z") == []


def test_time_goes_on_when_told_to(readwise: Loopback) -> None:
    readwise.now = datetime(2027, 1, 2, tzinfo=UTC)
    assert ids(export(readwise)) == [11, 12, 13]
    assert ask(readwise).headers["Date"] == "Sat, 02 Jan 2027 00:00:00 GMT"


def test_the_books_named_are_served_whole(readwise: Loopback) -> None:
    assert ids(export(readwise, ids="1,99")) == [11, 12]


def test_a_page_has_all_its_highlights_in_one_object_a_book(readwise: Loopback) -> None:
    readwise.page_size = 100
    assert [(book["user_book_id"], len(book["highlights"])) for book in export(readwise)] == [(2, 0), (1, 2)]


def test_other_books_can_be_served_from_now_on(readwise: Loopback) -> None:
    readwise.serve([])
    assert export(readwise) == []


def test_a_good_token_is_answered_with_204_and_nothing(readwise: Loopback) -> None:
    answer = ask(readwise, "/api/v2/auth/")
    assert (answer.status, answer.read()) == (204, b"")


@pytest.mark.parametrize("path", ["/api/v2/auth/", "/api/v2/export/"])
def test_another_token_is_answered_with_401(readwise: Loopback, path: str) -> None:
    answer = ask(readwise, path, accepted=False)
    assert (answer.status, json.loads(answer.read())) == (401, {"detail": "Invalid token."})


def test_another_path_is_answered_with_404(readwise: Loopback) -> None:
    assert ask(readwise, "/api/v2/books/").status == 404


def test_every_request_is_noted(readwise: Loopback) -> None:
    ask(readwise, query={"updatedAfter": "2024-01-01T00:00:00+00:00"})
    (seen,) = readwise.requests
    assert (seen.path, seen.query) == ("/api/v2/export/", {"updatedAfter": "2024-01-01T00:00:00+00:00"})
    assert seen.headers["authorization"] == "Token good"


def test_one_connection_serves_many_requests(readwise: Loopback) -> None:
    connection = http.client.HTTPConnection(urlsplit(readwise.url).netloc)
    for _ in range(3):
        connection.request("GET", "/api/v2/auth/", headers=GOOD)
        answer = connection.getresponse()
        answer.read()
        assert not answer.will_close
    connection.close()


def test_a_library_of_many_pages_is_served_in_one_scan() -> None:
    many = [
        Book(
            id=BookId(number),
            title="T",
            highlights=tuple(highlight(number * 1000 + place, "2024-01-01T00:00:00Z") for place in range(100)),
        )
        for number in range(1, 51)
    ]
    with Loopback(many, tokens={"good"}, now=NOW) as readwise:
        found = ids(export(readwise))
        assert len(found) == len(set(found)) == 5000
        assert len(readwise.requests) == 5
