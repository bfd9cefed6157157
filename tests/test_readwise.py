"""The Readwise client: what it asks for, what it says when it is refused, and that it can be stopped."""

from __future__ import annotations

import logging
import socket
import subprocess
import sys
import traceback
from collections.abc import Iterator
from threading import Event

import pytest

from syncer.asking import Progress, ReadwiseSettings
from syncer.errors import Interrupted, ReadwiseError, SyncerError, TokenError
from syncer.loopback import Exchange, Seen
from syncer.readwise import Client
from tests.fake_readwise import (
    ALL,
    NOW,
    PAGES,
    TOKEN,
    Canary,
    FakeReadwise,
    assert_no_token,
    client_of,
    highlights,
    settings,
)
from tests.readwise_faults import FINAL, page_of, status


@pytest.fixture(scope="module")
def server() -> Iterator[FakeReadwise]:
    with FakeReadwise() as server:
        yield server


@pytest.fixture
def readwise(server: FakeReadwise) -> FakeReadwise:
    server.behave()
    return server


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("301", "redirects to evil.invalid"),
        ("302", "redirects to evil.invalid"),
        ("307", "redirects to evil.invalid"),
        ("401", "refused the token"),
        ("403", "subscription expired"),
        ("404", "no export API at that address"),
    ],
)
def test_the_message_says_what_happened(readwise: FakeReadwise, name: str, words: str) -> None:
    readwise.misbehave(FINAL[name][0])
    with client_of(readwise) as client, pytest.raises(SyncerError, match=words):
        list(client.pages())


def test_a_refused_token_says_where_to_get_one(readwise: FakeReadwise) -> None:
    client = Client(settings(readwise.url), Canary("another"), stop=Event(), on_progress=lambda _progress: None)
    with client, pytest.raises(TokenError) as caught:
        client.check_token()
    assert caught.value.exit_code == 77
    assert "readwise.io/access_token" in caught.value.hint
    assert "\n" not in caught.value.message + caught.value.hint


@pytest.mark.parametrize("end", ["\n", "\0", "\r\nX: y", "é", " "])
def test_a_token_that_no_header_can_hold_is_refused_before_it_is_sent(readwise: FakeReadwise, end: str) -> None:
    with pytest.raises(TokenError) as caught:
        Client(settings(readwise.url), Canary(TOKEN + end), stop=Event(), on_progress=lambda _progress: None)
    assert "canary" not in "".join(traceback.format_exception(caught.value))
    assert not readwise.requests


def test_an_accepted_token_is_checked_without_a_page(readwise: FakeReadwise) -> None:
    with client_of(readwise) as client:
        client.check_token()
    assert [seen.path for seen in readwise.requests] == ["/api/v2/auth/"]


def test_every_page_is_asked_for_politely_and_with_the_same_start(readwise: FakeReadwise) -> None:
    with client_of(readwise) as client:
        assert highlights(list(client.pages(updated_after="2024-10-11T08:01:12.344Z"))) == ALL
        assert not highlights(list(client.pages(updated_after="2024-10-11T08:01:12.345Z")))
    first, *rest = [seen for seen in readwise.requests if seen.query["updatedAfter"].endswith("44Z")]
    assert "pageCursor" not in first.query
    assert [seen.query["pageCursor"] for seen in rest] == ["2", "4"]
    assert {seen.query["includeDeleted"] for seen in readwise.requests} == {"true"}
    assert {seen.headers["authorization"] for seen in readwise.requests} == {f"Token {TOKEN}"}
    assert {seen.headers["accept-encoding"] for seen in readwise.requests} == {"gzip"}
    assert first.headers["user-agent"].startswith("syncer/")


def test_ids_are_asked_for_a_hundred_at_a_time(readwise: FakeReadwise) -> None:
    with client_of(readwise) as client:
        pages = list(client.pages(ids=range(800, 1001)))
    assert highlights(pages) == ALL
    asked = [seen.query["ids"].split(",") for seen in readwise.requests if "pageCursor" not in seen.query]
    assert [len(ids) for ids in asked] == [100, 100, 1]
    assert [int(number) for ids in asked for number in ids] == list(range(800, 1001))


def test_the_server_s_clock_is_what_the_first_page_said_even_two_days_off(readwise: FakeReadwise) -> None:
    heard: list[object] = []
    with client_of(readwise) as client:
        assert client.server_date is None
        for page in client.pages():
            heard.append(client.server_date)
            assert page.books
            readwise.now = NOW.replace(day=26)
        readwise.misbehave(status(429, Retry_After="Thu, 26 Nov 2026 10:00:00 GMT"))
        assert highlights(list(client.pages())) == ALL
        assert client.server_date == NOW.replace(day=26)
    readwise.now = NOW
    assert heard == [NOW] * PAGES


def test_a_page_without_a_date_leaves_the_server_s_clock_unknown(readwise: FakeReadwise) -> None:
    readwise.misbehave(status(200, b'{"nextPageCursor": null, "results": []}', Date="yesterday"))
    with client_of(readwise) as client:
        assert list(client.pages())
        assert client.server_date is None


def test_a_fetch_that_fails_does_not_keep_the_clock_of_the_one_before(readwise: FakeReadwise) -> None:
    with client_of(readwise) as client:
        assert list(client.pages())
        readwise.misbehave(status(404))
        with pytest.raises(ReadwiseError):
            list(client.pages())
        assert client.server_date is None


@pytest.mark.parametrize(("header", "seconds"), [("31", 31.0), ("1000000000", 3600.0)])
def test_a_wish_beyond_the_deadline_stops_at_once_and_is_handed_on(
    readwise: FakeReadwise, header: str, seconds: float
) -> None:
    readwise.misbehave(status(429, Retry_After=header), page=1, times=None)
    heard: list[Progress] = []
    with client_of(readwise, heard=heard) as client, pytest.raises(ReadwiseError) as caught:
        list(client.pages())
    assert caught.value.not_before_seconds == seconds
    assert not [progress for progress in heard if progress.waiting]


def test_a_lasting_failure_without_a_wish_has_none_to_hand_on(readwise: FakeReadwise) -> None:
    readwise.misbehave(status(500), times=None)
    with client_of(readwise, deadline=0.05) as client, pytest.raises(ReadwiseError) as caught:
        list(client.pages())
    assert caught.value.not_before_seconds is None


def circle(page: dict[str, object]) -> dict[str, object]:
    return {**page, "nextPageCursor": 2}


def test_a_cursor_that_comes_back_ends_the_fetch(readwise: FakeReadwise) -> None:
    readwise.misbehave(page_of(circle), page=1, times=None)
    with client_of(readwise) as client, pytest.raises(ReadwiseError, match="circles"):
        list(client.pages())
    assert len(readwise.requests) < 2 * PAGES


@pytest.mark.parametrize("empty", [True, False], ids=["empty pages", "the same page"])
def test_pages_that_bring_nothing_new_for_ever_end_the_fetch(readwise: FakeReadwise, empty: bool) -> None:
    def change(page: dict[str, object]) -> dict[str, object]:
        return {**page, "nextPageCursor": f"0-{len(readwise.requests)}", **({"results": []} if empty else {})}

    readwise.misbehave(page_of(change), times=None)
    with client_of(readwise) as client, pytest.raises(ReadwiseError, match="circles"):
        list(client.pages())
    assert len(readwise.requests) < 30


@pytest.mark.slow
@pytest.mark.timeout(10)  # five times the deadline; the limit of pages would take longer
def test_ever_new_pages_end_by_the_deadline_of_the_whole_fetch(readwise: FakeReadwise) -> None:
    def change(page: dict[str, object]) -> dict[str, object]:
        number = len(readwise.requests)
        return {**page, "nextPageCursor": f"0-{number}", "results": [{"user_book_id": number}]}

    readwise.misbehave(page_of(change), times=None)
    with client_of(readwise, deadline=0.3) as client, pytest.raises(ReadwiseError, match="no complete answer"):
        list(client.pages())


def test_an_empty_page_with_a_cursor_is_only_a_page(readwise: FakeReadwise) -> None:
    readwise.misbehave(page_of(lambda page: {**page, "results": []}), page=1)
    with client_of(readwise) as client:
        assert highlights(list(client.pages())) == ALL - 2


def test_a_book_that_cannot_be_understood_is_a_warning_and_the_others_arrive(readwise: FakeReadwise) -> None:
    readwise.misbehave(page_of(lambda page: {**page, "results": [{"title": "secret words"}, None]}), page=1)
    with client_of(readwise) as client:
        pages = list(client.pages())
    assert highlights(pages) == ALL - 2
    assert len(pages[1].warnings) == 2
    assert "secret" not in "".join(pages[1].warnings)


def test_a_refused_connection_ends_by_the_deadline() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        client = Client(settings(url, deadline=1.0), Canary(), stop=Event(), on_progress=lambda _progress: None)
        with client, pytest.raises(ReadwiseError, match=r"no connection to 127\.0\.0\.1"):
            list(client.pages())


def test_a_name_that_does_not_exist_ends_by_the_deadline() -> None:
    there_is_none = settings("https://readwise.invalid", deadline=0.3)
    client = Client(there_is_none, Canary(), stop=Event(), on_progress=lambda _progress: None)
    with client, pytest.raises(ReadwiseError, match=r"could not be looked up|in time"):
        list(client.pages())


def test_a_stop_ends_a_wait_at_once(readwise: FakeReadwise) -> None:
    readwise.misbehave(status(429, Retry_After="3000"), times=None)
    stop = Event()
    long = ReadwiseSettings(
        base_url=readwise.url, timeout=60, retry_first_wait=60, retry_max_wait=60, retry_deadline=4000
    )
    client = Client(long, Canary(), stop=stop, on_progress=lambda _progress: stop.set())
    with client, pytest.raises(Interrupted):
        list(client.pages())
    assert len(readwise.requests) == 1


@pytest.mark.timeout(20)  # the request itself would hang for a minute
def test_a_stop_ends_a_request_that_hangs(readwise: FakeReadwise) -> None:
    stop = Event()

    def hang(readwise: FakeReadwise, _seen: Seen, _exchange: Exchange) -> None:
        stop.set()
        readwise.over.wait(60)

    readwise.misbehave(hang, page=1)
    long = settings(readwise.url, timeout=60, deadline=4000)
    client = Client(long, Canary(), stop=stop, on_progress=lambda _progress: None)
    with client, pytest.raises(Interrupted):
        list(client.pages())


def test_a_client_that_was_stopped_asks_for_nothing(readwise: FakeReadwise) -> None:
    stop = Event()
    stop.set()
    client = Client(settings(readwise.url), Canary(), stop=stop, on_progress=lambda _progress: None)
    with client, pytest.raises(Interrupted):
        list(client.pages())
    assert not readwise.requests


def test_no_debug_log_of_the_libraries_holds_the_token(
    readwise: FakeReadwise, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with client_of(readwise) as client:
        for name in ("httpx", "httpcore"):
            caplog.set_level(logging.DEBUG, logger=name)
        assert list(client.pages())
    assert "httpcore" in {record.name.partition(".")[0] for record in caplog.records}
    assert_no_token(caplog)


def test_a_quiet_log_is_what_the_libraries_get(readwise: FakeReadwise) -> None:
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    client_of(readwise).close()
    assert {logging.getLogger(name).level for name in ("httpx", "httpcore")} == {logging.WARNING}


def test_importing_the_client_brings_no_terminal_library() -> None:
    code = "import sys, syncer.readwise; print(sorted({'click', 'rich', 'pygments'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
