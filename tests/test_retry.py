"""When Readwise is asked again: what its wish is taken for."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from threading import Event

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.asking import ReadwiseSettings
from syncer.retry import LONGEST_WISH, Setback, http_date, repeated, wish_seconds

DATE = "Tue, 24 Nov 2026 10:00:00 GMT"
THROTTLED = b'{"detail":"Request was throttled. Expected available in 16 seconds."}'


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("16", 16.0),
        (" 2.5 ", 2.5),
        ("0", 0.0),
        ("-1", 0.0),
        ("1000000000", LONGEST_WISH),
        ("inf", LONGEST_WISH),
        ("Tue, 24 Nov 2026 10:00:20 GMT", 20.0),
        ("Tue, 24 Nov 2026 12:00:20 +0200", 20.0),
        ("Tue, 24 Nov 2026 10:00:20 -0000", 20.0),
        ("Mon, 23 Nov 2026 10:00:00 GMT", 0.0),
        ("Fri, 24 Nov 2028 10:00:00 GMT", LONGEST_WISH),
    ],
)
def test_a_wish_is_seconds_or_a_date_against_the_server_s_own_clock(header: str, seconds: float) -> None:
    assert wish_seconds({"retry-after": header, "date": DATE}, b"") == seconds


@pytest.mark.parametrize("header", ["", "nan", "soon", "Tue, 99 Nov 2026 10:00:20 GMT", "٣ minutes", "0x10"])
def test_garbage_is_no_wish_and_the_body_is_asked_instead(header: str) -> None:
    assert wish_seconds({"retry-after": header, "date": DATE}, b"") is None
    assert wish_seconds({"retry-after": header, "date": DATE}, THROTTLED) == 16.0


def test_a_date_without_the_server_s_own_clock_is_no_wish() -> None:
    assert wish_seconds({"retry-after": DATE}, b"") is None


def test_the_header_comes_before_the_body() -> None:
    assert wish_seconds({"retry-after": "3"}, THROTTLED) == 3.0


def test_a_date_without_a_zone_is_utc_wherever_this_machine_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert http_date("Tue, 24 Nov 2026 10:00:00 -0000") == datetime(2026, 11, 24, 10, tzinfo=UTC)
    finally:
        monkeypatch.undo()
        time.tzset()


@given(st.text(), st.text(), st.binary())
def test_whatever_comes_a_wish_is_none_or_between_nothing_and_an_hour(header: str, date: str, body: bytes) -> None:
    wish = wish_seconds({"retry-after": header, "date": date}, body)
    assert wish is None or 0.0 <= wish <= LONGEST_WISH


@given(st.floats() | st.integers())
def test_any_number_is_none_or_between_nothing_and_an_hour(number: float) -> None:
    wish = wish_seconds({"retry-after": str(number)}, b"")
    assert wish is None or 0.0 <= wish <= LONGEST_WISH


@given(st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(9999, 1, 1), timezones=st.just(UTC)))
def test_an_http_date_is_read_back(moment: datetime) -> None:
    whole = moment.replace(microsecond=0)
    text = f"{whole:%a, %d %b} {whole.year:04} {whole:%H:%M:%S} GMT"
    assert http_date(text) == whole


@pytest.mark.parametrize(("wish", "waits"), [(30.0, 1), (50.0, 0), (100.0, 0)])
def test_no_try_begins_with_less_than_one_silence_left(wish: float, waits: int) -> None:
    settings = ReadwiseSettings(
        base_url="", timeout=60.0, retry_first_wait=0.001, retry_max_wait=0.001, retry_deadline=100.0
    )
    stop = Event()
    heard: list[tuple[str, float]] = []

    def fail() -> None:
        raise Setback("no", wish=wish)

    def hear(setback: Setback, wait: float) -> None:
        heard.append((setback.reason, wait))
        stop.set()

    with pytest.raises(Setback):
        repeated(fail, settings, seconds=100.0, stop=stop, on_wait=hear)
    assert heard == [("no", wish)] * waits
