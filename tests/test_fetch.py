"""Which pages does a fetch ask for, and how far may the next one start from?

The cursor is the earlier of the newest `updated_at` and the server's `Date` at the start, minus ten minutes; this
machine's clock has no say in it. Where a page fails, nothing is kept.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from syncer.errors import ReadwiseError
from syncer.fetch import OVERLAP, Cursor, fetch
from syncer.instants import instant
from syncer.library import Library, private_copy
from syncer.model import Book, Page, Received
from tests.made import book, highlight

SERVER = datetime(2024, 10, 14, 12, 0, tzinfo=UTC)
WEEK = 7 * 86400.0


class Source:
    """Pages as given, and what was asked for."""

    def __init__(self, *books: Book, date: datetime | None = SERVER, fails_after: int = -1) -> None:
        self.server_date = date
        self.asked: list[tuple[str | None, tuple[int, ...]]] = []
        self._books = books
        self._fails_after = fails_after

    def pages(self, *, updated_after: str | None = None, ids: Sequence[int] = ()) -> Iterator[Page]:
        self.asked.append((updated_after, tuple(ids)))
        for number, made in enumerate(self._books):
            if number == self._fails_after:
                raise ReadwiseError("Readwise kept failing")
            if not ids or made.id in ids:
                yield Page(books=(made,), next=None)


@pytest.fixture
def library() -> Iterator[Library]:
    with private_copy(None) as made:
        yield made


def fetched(library: Library, source: Source, *, now: datetime = SERVER, full_every: float = WEEK) -> Received:
    return fetch(library, source, now=now, full_every=full_every, on_page=lambda pages, highlights: None)


def cursor(library: Library) -> Cursor:
    return library.get("cursor", Cursor) or Cursor()


def updated(*moments: str) -> Book:
    """Return a book whose highlights were updated at these moments, as written."""
    return book(1, "A", [highlight(number, updated_at=moment) for number, moment in enumerate(moments, 1)])


@pytest.mark.parametrize(
    ("moments", "date", "reached"),
    [
        pytest.param(["2024-10-14T11:00:00.000Z"], SERVER, "2024-10-14T10:50:00.000Z", id="newest before the server"),
        pytest.param(["2024-10-14T12:30:00.000Z"], SERVER, "2024-10-14T11:50:00.000Z", id="newest after the server"),
        pytest.param(
            ["2024-10-14T11:00:00Z", "2024-10-14T11:30:00.500Z"], SERVER, "2024-10-14T11:20:00.500Z", id="two"
        ),
        pytest.param(["2024-10-14T13:00:00.000+02:00"], SERVER, "2024-10-14T10:50:00.000Z", id="another zone"),
        pytest.param(["2024-10-14T11:00:00.000000"], SERVER, "2024-10-14T10:50:00.000Z", id="no zone is UTC"),
        pytest.param(
            ["yesterday", "2024-10-14T11:00:00.000Z", ""], SERVER, "2024-10-14T10:50:00.000Z", id="unreadable"
        ),
        pytest.param(["2024-10-14T11:00:00.000Z"], None, "2024-10-14T10:50:00.000Z", id="no Date"),
        pytest.param(
            ["2024-10-14T11:00:00.000Z"], SERVER + timedelta(days=2), "2024-10-14T10:50:00.000Z", id="fast server"
        ),
        pytest.param(
            ["2024-10-14T11:00:00.000Z"], SERVER - timedelta(days=2), "2024-10-12T11:50:00.000Z", id="slow server"
        ),
        pytest.param(["9999-12-31T23:59:59.999Z"], SERVER, "2024-10-14T11:50:00.000Z", id="far future"),
        pytest.param(["9999-12-31T23:59:59.999Z"], None, "2024-10-14T11:50:00.000Z", id="far future, no Date"),
        pytest.param(["9999-12-31T23:59:59-12:00"], SERVER, "", id="past the end of time"),
        pytest.param([], SERVER, "", id="nothing at all"),
        pytest.param(["", "soon"], SERVER, "", id="nothing that can be read"),
    ],
)
def test_the_cursor_is_the_earlier_of_newest_and_date_minus_ten_minutes(
    library: Library, moments: list[str], date: datetime | None, reached: str
) -> None:
    fetched(library, Source(updated(*moments), date=date))
    assert cursor(library).updated_after == reached


@pytest.mark.parametrize("now", [datetime(1970, 1, 1, tzinfo=UTC), SERVER, datetime(2038, 1, 19, tzinfo=UTC)])
def test_the_clock_of_this_machine_has_no_say_in_the_cursor(library: Library, now: datetime) -> None:
    fetched(library, Source(updated("2024-10-14T11:00:00.000Z")), now=now)
    assert cursor(library).updated_after == "2024-10-14T10:50:00.000Z"


def test_an_increment_asks_from_the_cursor_and_moves_it(library: Library) -> None:
    fetched(library, Source(updated("2024-10-14T11:00:00.000Z")))
    source = Source(updated("2024-10-14T11:00:00.000Z", "2024-10-14T14:00:00.000Z"), date=SERVER + timedelta(hours=3))
    received = fetched(library, source, now=SERVER + timedelta(hours=3))
    assert source.asked == [("2024-10-14T10:50:00.000Z", ())]
    assert not received.full
    assert cursor(library).updated_after == "2024-10-14T13:50:00.000Z"


def test_an_increment_without_anything_new_leaves_the_cursor(library: Library) -> None:
    fetched(library, Source(updated("2024-10-14T11:00:00.000Z")))
    before = cursor(library)
    fetched(library, Source(date=SERVER + timedelta(days=1)), now=SERVER + timedelta(days=1))
    assert cursor(library) == before


def test_a_cursor_never_passes_what_came_while_the_fetch_lasted(library: Library) -> None:
    """Updated after the server's Date at the start, perhaps on a page that was read before."""
    fetched(library, Source(updated("2024-10-14T12:05:00.000Z")))
    reached = instant(cursor(library).updated_after)
    assert reached is not None
    assert reached <= SERVER - OVERLAP


@pytest.mark.parametrize("fails_after", [0, 1, 2])
def test_a_page_that_fails_moves_no_cursor_and_keeps_no_book(library: Library, fails_after: int) -> None:
    fetched(library, Source(updated("2024-10-14T11:00:00.000Z")))
    before = cursor(library), library.mirror.counts()
    books = [book(number, f"B {number}", [highlight(number * 10)]) for number in (2, 3, 4)]
    with pytest.raises(ReadwiseError):
        fetched(library, Source(*books, fails_after=fails_after))
    assert (cursor(library), library.mirror.counts()) == before


def test_where_the_whole_books_fail_the_next_fetch_asks_for_them_again(library: Library) -> None:
    fetched(library, Source(updated("2024-10-14T11:00:00.000Z")))
    new = book(2, "B", [highlight(21, updated_at="2024-10-14T12:00:00.000Z")])

    class Failing(Source):
        def pages(self, *, updated_after: str | None = None, ids: Sequence[int] = ()) -> Iterator[Page]:
            if ids:
                raise ReadwiseError("Readwise kept failing")
            yield from super().pages(updated_after=updated_after, ids=ids)

    with pytest.raises(ReadwiseError):
        fetched(library, Failing(new))
    again = Source(book(2, "B", [highlight(20), highlight(21, updated_at="2024-10-14T12:00:00.000Z")]))
    fetched(library, again)
    assert again.asked[-1] == (None, (2,))
    stored = library.mirror.book(2)
    assert stored is not None
    assert [one.id for one in stored.highlights] == [20, 21]


@pytest.mark.parametrize(
    ("after", "full"),
    [
        (timedelta(days=6, hours=23), False),
        (timedelta(days=7), True),
        (timedelta(days=700), True),
        (timedelta(seconds=-1), True),
        (timedelta(days=-20_000), True),
    ],
)
def test_a_full_fetch_is_due_after_full_every_and_when_the_clock_went_back(
    library: Library, after: timedelta, full: bool
) -> None:
    fetched(library, Source(updated("2024-10-14T11:00:00.000Z")))
    source = Source(updated("2024-10-14T11:00:00.000Z"))
    assert fetched(library, source, now=SERVER + after).full == full
    assert (source.asked[0][0] is None) == full


def test_a_book_that_is_gone_from_a_full_fetch_counts_as_deleted(library: Library) -> None:
    fetched(library, Source(updated("2024-10-14T11:00:00.000Z"), book(2, "B", [highlight(21), highlight(22)])))
    fetched(library, Source(book(2, "B", [highlight(21)])), full_every=0.0)
    (first, _), (second, _) = library.mirror.books([1, 2])
    assert first.is_deleted
    assert [one.is_deleted for one in second.highlights] == [False, True]


def test_an_increment_takes_nothing_away(library: Library) -> None:
    fetched(library, Source(updated("2024-10-14T11:00:00.000Z"), book(2, "B", [highlight(21), highlight(22)])))
    fetched(library, Source(book(2, "B", [highlight(22, note="mine", updated_at="2024-10-14T12:30:00.000Z")])))
    (first, _), (second, _) = library.mirror.books([1, 2])
    assert not first.is_deleted
    assert [(one.id, one.note, one.is_deleted) for one in second.highlights] == [(21, "", False), (22, "mine", False)]


def test_a_book_that_comes_in_pieces_is_one_book(library: Library) -> None:
    pieces = [book(1, "A", [highlight(number)]) for number in (3, 1, 2)]
    received = fetched(library, Source(*pieces))
    stored = library.mirror.book(1)
    assert stored is not None
    assert [one.id for one in stored.highlights] == [1, 2, 3]
    assert (received.highlights, received.changed) == (3, 1)


def test_what_has_not_changed_is_not_counted_as_changed(library: Library) -> None:
    fetched(library, Source(updated("2024-10-14T11:00:00.000Z")))
    assert fetched(library, Source(updated("2024-10-14T11:00:00.000Z")), full_every=0.0).changed == 0


def test_the_pages_are_told_as_they_come(library: Library) -> None:
    heard: list[tuple[int, int]] = []
    source = Source(updated("2024-10-14T11:00:00.000Z"), book(2, "B", [highlight(21), highlight(22)]))
    fetch(library, source, now=SERVER, full_every=WEEK, on_page=lambda pages, number: heard.append((pages, number)))
    assert heard == [(1, 1), (2, 3)]


def test_warnings_of_the_pages_are_handed_on(library: Library) -> None:
    class Warned(Source):
        def pages(self, *, updated_after: str | None = None, ids: Sequence[int] = ()) -> Iterator[Page]:
            for page in super().pages(updated_after=updated_after, ids=ids):
                yield msgspec.structs.replace(page, warnings=("book 7 could not be understood",))

    assert fetched(library, Warned(updated())).warnings == ("book 7 could not be understood",)


def test_the_pages_and_the_cursor_are_one_transaction(tmp_path: Path) -> None:
    """A second connection never sees the one without the other."""
    path = tmp_path / "state"
    seen: list[tuple[int, int]] = []
    with Library.open(path) as made:

        def look() -> None:
            with Library.view(path) as other:
                counts = [other.connection.execute(query).fetchone()[0] for query in COUNTS]
                seen.append((counts[0], counts[1]))

        def heard(pages: int, highlights: int) -> None:
            look()

        source = Source(*(book(number, f"B {number}", [highlight(number * 10)]) for number in (1, 2, 3)))
        fetch(made, source, now=SERVER, full_every=WEEK, on_page=heard)
        look()
    assert seen == [(0, 0), (0, 0), (0, 0), (3, 1)]


COUNTS = ("SELECT count(*) FROM books", "SELECT count(*) FROM meta WHERE key = 'cursor'")


def test_a_library_that_is_read_alone_cannot_be_written(tmp_path: Path) -> None:
    with Library.open(tmp_path / "state"):
        pass
    with Library.view(tmp_path / "state") as viewed, pytest.raises(sqlite3.OperationalError):
        viewed.connection.execute("DELETE FROM books")
