"""When is Readwise asked again? After a wait that grows, that Readwise may lengthen and a deadline ends.

    Setback("readwise answered 429", wish=16.0)      wait 16 s, then ask again
    Setback("the connection was cut")                wait a random part of 1, 2, 4, … seconds
    Setback("readwise answered 429", wish=3600.0)    with 600 s left: stop now, and say 3600

Guarantees: no wait goes beyond the deadline, is negative or endless, whatever a header says; the stop event
ends a wait at once; nothing here reads the local clock, an HTTP date counts from the answer's own Date. Which
answers are setbacks is `readwise.py`; what one request may cost is `connection.py`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from threading import Event
from time import monotonic
from typing import TYPE_CHECKING, TypeVar

from syncer.asking import ReadwiseSettings

if TYPE_CHECKING:
    from tenacity import RetryCallState, Retrying  # loaded when something failed

T = TypeVar("T")

LONGEST_WISH = 3600.0
"""No wish counts for more than an hour: waits of 4 to 56 s are seen, and the next poll comes anyway."""

_WISH_IN_BODY = re.compile(rb"available in (\d{1,9}) second")


class Setback(Exception):  # noqa: N818  it may pass, so it is not yet an error
    """One try that failed in a way that may pass; the text is our own, and `wish` is in seconds."""

    def __init__(self, reason: str, *, wish: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.wish = wish


def repeated(
    once: Callable[[], T],
    settings: ReadwiseSettings,
    *,
    seconds: float,
    stop: Event,
    on_wait: Callable[[Setback, float], None],
) -> T:
    """Return what `once` returns, called again until no `Setback` comes.

    The last `Setback` is raised when the next try would have less than one silence's time until `seconds` from
    now, so that its reason is the server's and not our haste; or when `stop` is set. `on_wait` is called once
    before each wait with its reason and length.
    """
    began = monotonic()
    try:
        return once()  # most answers come at once, and need nothing of what follows
    except Setback as first:
        longest = max(seconds - settings.timeout, seconds / 2, 0.0) - (monotonic() - began)
        return _tries(settings, seconds=longest, stop=stop, on_wait=on_wait)(_after(first, once))


def _after(first: Setback, once: Callable[[], T]) -> Callable[[], T]:
    """Return a function that fails as the first try has, and then tries anew."""
    failed = [first]

    def attempt() -> T:
        if failed:
            raise failed.pop()
        return once()

    return attempt


def _tries(
    settings: ReadwiseSettings, *, seconds: float, stop: Event, on_wait: Callable[[Setback, float], None]
) -> Retrying:
    from tenacity import (
        Retrying,
        retry_if_exception_type,
        sleep_using_event,
        stop_before_delay,
        stop_when_event_set,
        wait_random_exponential,
    )

    def wait(state: RetryCallState) -> float:
        return max(_setback(state).wish or 0.0, growing(state))

    growing = wait_random_exponential(multiplier=settings.retry_first_wait, max=settings.retry_max_wait)
    return Retrying(
        stop=stop_before_delay(seconds) | stop_when_event_set(stop),
        sleep=sleep_using_event(stop),
        wait=wait,
        retry=retry_if_exception_type(Setback),
        before_sleep=lambda state: on_wait(_setback(state), state.upcoming_sleep),
        reraise=True,
    )


def wish_seconds(headers: Mapping[str, str], body: bytes) -> float | None:
    """Return how many seconds the server asks to be left alone, at most `LONGEST_WISH`; None for no wish."""
    header = headers.get("retry-after", "").strip()
    seconds = _number(header)
    if seconds is None:
        seconds = _until(header, now=headers.get("date", ""))
    if seconds is None and (found := _WISH_IN_BODY.search(body[:1000])):
        seconds = float(found[1])
    return None if seconds is None else min(max(seconds, 0.0), LONGEST_WISH)


def http_date(text: str) -> datetime | None:
    """Return the instant of an HTTP date in UTC, None when it is none."""
    try:
        moment = parsedate_to_datetime(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _setback(state: RetryCallState) -> Setback:
    error = state.outcome.exception() if state.outcome else None
    return error if isinstance(error, Setback) else Setback("")


def _number(text: str) -> float | None:
    try:
        number = float(text[:40])
    except ValueError:
        return None
    return None if math.isnan(number) else number


def _until(text: str, *, now: str) -> float | None:
    then, start = http_date(text), http_date(now)
    return (then - start).total_seconds() if then and start else None
