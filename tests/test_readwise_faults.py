"""Every fault on the first, the middle and the last page: it heals, or the fetch ends in time with nothing whole."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from syncer.asking import Progress
from syncer.errors import ReadwiseError
from tests.fake_readwise import ALL, PAGES, FakeReadwise, assert_no_token, client_of, highlights
from tests.readwise_faults import FINAL, PASSING


@pytest.fixture(scope="module")
def server() -> Iterator[FakeReadwise]:
    with FakeReadwise() as server:
        yield server


@pytest.fixture(scope="module")
def failing() -> Iterator[FakeReadwise]:
    """A server of their own for fetches that are given up: a last request may still come after their end."""
    with FakeReadwise() as server:
        yield server


@pytest.fixture
def readwise(server: FakeReadwise) -> FakeReadwise:
    server.behave()
    return server


@pytest.mark.slow
@pytest.mark.parametrize("page", range(PAGES))
@pytest.mark.parametrize("name", PASSING)
def test_what_passes_heals_inside_the_fetch(
    readwise: FakeReadwise, caplog: pytest.LogCaptureFixture, name: str, page: int
) -> None:
    caplog.set_level(logging.DEBUG)
    readwise.misbehave(PASSING[name], page=page)
    drips = name.startswith(("drip", "no "))
    heard: list[Progress] = []
    with client_of(readwise, deadline=1.0 if drips else 30.0, timeout=0.1 if drips else 5.0, heard=heard) as client:
        pages = list(client.pages())
    assert highlights(pages) == ALL
    assert pages[-1].next is None
    assert len(readwise.requests) == PAGES + 1
    waits = [progress for progress in heard if progress.reason]
    assert len(waits) == len([record for record in caplog.records if record.name == "syncer.readwise"]) == 1
    assert_no_token(caplog)


@pytest.mark.slow
@pytest.mark.parametrize("page", range(PAGES))
@pytest.mark.parametrize("name", PASSING)
@pytest.mark.timeout(10)  # eighty times its deadline
def test_what_lasts_ends_by_the_deadline_and_gives_nothing_whole(
    failing: FakeReadwise, caplog: pytest.LogCaptureFixture, name: str, page: int
) -> None:
    caplog.set_level(logging.DEBUG)
    failing.misbehave(PASSING[name], page=page, times=None)
    pages = []
    with (
        client_of(failing, deadline=0.12, timeout=0.05) as client,
        pytest.raises(ReadwiseError) as caught,
    ):
        for got in client.pages():
            pages.append(got)
    assert len(pages) <= page  # a slow machine may use up the deadline on an earlier page
    assert all(got.next for got in pages)
    assert caught.value.exit_code == 69
    assert_no_token(caplog, caught.value)


@pytest.mark.parametrize("page", range(PAGES))
@pytest.mark.parametrize("name", FINAL)
def test_what_cannot_pass_ends_the_fetch_at_once_and_the_next_fetch_is_whole(
    readwise: FakeReadwise, caplog: pytest.LogCaptureFixture, name: str, page: int
) -> None:
    caplog.set_level(logging.DEBUG)
    fault, kind = FINAL[name]
    readwise.misbehave(fault, page=page)
    pages = []
    with client_of(readwise) as client:
        with pytest.raises(kind) as caught:
            for got in client.pages():
                pages.append(got)
        assert len(pages) == page
        assert len(readwise.requests) == page + 1
        assert highlights(list(client.pages())) == ALL
    assert_no_token(caplog, caught.value)
