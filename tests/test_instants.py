"""Which instant a text names, in each of Readwise's forms, and how one is written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.instants import instant, written

NOON = datetime(2024, 10, 14, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["2024-10-14T12:00:00Z", "2024-10-14T12:00:00.000+00:00", "2024-10-14T14:00:00+02:00", "2024-10-14T12:00:00"],
)
def test_each_form_names_the_same_instant_in_utc(text: str) -> None:
    found = instant(text)
    assert found == NOON
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    ["", "now", "2024-13-01T00:00:00Z", "2024-10-14T25:00:00Z", "99999-01-01", "\x00", "0001-01-01T00:00:00+05:00"],
)
def test_a_text_that_is_no_instant_is_none(text: str) -> None:
    assert instant(text) is None


def test_an_instant_is_written_as_readwise_writes_it() -> None:
    assert written(NOON + timedelta(microseconds=123_456)) == "2024-10-14T12:00:00.123Z"


@given(st.datetimes(timezones=st.just(UTC)))
def test_what_is_written_is_the_instant_to_the_millisecond(moment: datetime) -> None:
    assert instant(written(moment)) == moment.replace(microsecond=moment.microsecond // 1000 * 1000)
