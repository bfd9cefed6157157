"""When is the next poll? Whatever the clocks do, and however the last one ended.

    every 1h      3,600 s and up to `jitter` more after the last one began, by a clock that no one sets
    at 07:00      at that time of the local day, once, whichever way the clock is set around it
    failed        60 s, 120 s, 240 s, … up to an interval (15 min at least); what Readwise wishes counts more
    held back     60 s, then 120 s and 120 s: somebody is editing that note

Two clocks come in as arguments, and nothing else: `now`, the time of the day, and `up`, seconds that go on in suspend
and that no setting of the clock moves. So a step of the clock neither delays an interval nor doubles it, and
a suspend of hours is followed by one poll. Times come out as seconds from now, negative when they are past.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Protocol

from syncer.daemon.outcome import Verdict

FIRST_RETRY = 60.0
SOON = (60.0, 120.0)
"""Seconds until notes that were being edited are tried again: the first time, and from then on."""
LEAST_CAP = 900.0
"""Seconds between two tries after many failures, also where the interval is shorter."""
LONGEST_WISH = 3_600.0
REST = 30.0
"""Seconds between the end of a poll and the next one, also when it took longer than the interval."""
SAME_SLOT = 7_200.0
"""Seconds within which a time of the day that comes again is the same one, seen by a clock that was set back."""

SET = timedelta(minutes=1)
"""How far the two clocks drift apart in an instant when somebody sets one of them."""

Spread = Callable[[float], float]
"""Gives a number between 0 and its argument, by chance."""


class Regular(Protocol):
    """The polls that come whether or not something went wrong."""

    longest: float
    """Seconds that a retry may be away at most."""

    def began(self, *, now: datetime, up: float) -> None:
        """Take a poll that begins now for the one that was due."""

    def put_off(self, *, until: float) -> None:
        """Have no poll before `until`, in seconds of uptime, where this can be."""

    def seconds(self, *, now: datetime, up: float) -> float:
        """Return the seconds until the next poll."""


class Every:
    """A poll every so many seconds, counted from the beginning of the last one."""

    def __init__(self, interval: float, *, jitter: float, spread: Spread) -> None:
        self._interval = interval
        self._jitter = jitter
        self._spread = spread
        self._due = 0.0
        self.longest = max(interval, LEAST_CAP)

    def began(self, *, now: datetime, up: float) -> None:
        """Count from here."""
        self._due = up + self._interval + self._spread(self._jitter)

    def put_off(self, *, until: float) -> None:
        """Move the next poll to `until` if it were earlier."""
        self._due = max(self._due, until)

    def seconds(self, *, now: datetime, up: float) -> float:
        """Return the seconds until the next poll."""
        return self._due - up


class At:
    """A poll at each of these times of the local day, which is that of `zone`."""

    def __init__(self, times: Sequence[time], *, zone: tzinfo, jitter: float, spread: Spread) -> None:
        self._times = times
        self._zone = zone
        self._jitter = jitter
        self._spread = spread
        self._offset = timedelta(0)
        self._slot: datetime | None = None
        self._done: datetime | None = None
        self._began_up = 0.0
        self._zero: datetime | None = None  # when `up` began to count, by the clock of the day
        self.longest = LONGEST_WISH

    def began(self, *, now: datetime, up: float) -> None:
        """Take the slot that is due as done, and turn to the next one."""
        if self._slot is not None and self._slot <= now:
            self._done = self._slot
        self._began_up = up
        self._offset = timedelta(seconds=self._spread(self._jitter))
        self._slot = self._after(now, up)

    def put_off(self, *, until: float) -> None:
        """Do nothing: a time of the day is a wish of the user's, and far from the next one."""

    def seconds(self, *, now: datetime, up: float) -> float:
        """Return the seconds until the next slot; a clock that was set may have brought one nearer, or passed it."""
        nearest = self._after(now, up)
        start_of_up = now - timedelta(seconds=up)
        was_set_on = self._zero is not None and start_of_up - self._zero > SET
        self._zero = start_of_up
        if was_set_on and up - self._began_up < SAME_SLOT:
            self._slot = nearest
        if self._slot is None or nearest < self._slot:
            self._slot = nearest
        return (self._slot + self._offset - now).total_seconds()

    def _after(self, now: datetime, up: float) -> datetime:
        """Return the first slot after now that has not just been done."""
        is_fresh = self._done is not None and up - self._began_up < SAME_SLOT
        today = now.astimezone(self._zone).date()
        slots = sorted(
            datetime.combine(today + timedelta(days=day), at, tzinfo=self._zone).astimezone(UTC)
            for day in range(-1, 3)
            for at in self._times
        )
        return next(slot for slot in slots if slot > now and not (is_fresh and slot == self._done))


class Timetable:
    """The regular polls, and the earlier ones that an outcome asks for."""

    def __init__(self, regular: Regular, *, spread: Spread, jitter: float) -> None:
        self._regular = regular
        self._spread = spread
        self._jitter = jitter
        self._extra: float | None = None
        self._soon = 0

    def first(self, *, now: datetime, up: float, wait: float = 0.0) -> None:
        """Have the first poll in so many seconds."""
        self._regular.began(now=now, up=up)
        self._regular.put_off(until=up + wait)
        self._extra = up + wait

    def at_once(self, *, up: float) -> None:
        """Have a poll now."""
        self._extra = up

    def began(self, *, now: datetime, up: float) -> None:
        """Take note that a poll begins."""
        self._extra = None
        self._regular.began(now=now, up=up)

    def ended(self, verdict: Verdict, *, failures: int, wish: float, up: float) -> None:
        """Take note of how a poll ended; `failures` counts those in a row, `wish` is Readwise's, in seconds."""
        asked_for = self._extra is not None
        self._soon = self._soon + 1 if verdict in (Verdict.SOON, Verdict.BUSY) else 0
        wait = REST
        if verdict is Verdict.FAILED:
            wait = max(self.after_failure(failures), min(wish, LONGEST_WISH))
        elif self._soon:
            wait = SOON[min(self._soon, len(SOON)) - 1]
        self._regular.put_off(until=up + min(wait, self._regular.longest))
        if verdict is not Verdict.WELL and not asked_for:
            self._extra = up + wait + self._spread(min(self._jitter, wait / 10))

    def after_failure(self, failures: int) -> float:
        """Return the seconds between the last of so many failures in a row and the next try."""
        return min(FIRST_RETRY * 2.0 ** min(failures - 1, 20), self._regular.longest)

    def seconds(self, *, now: datetime, up: float) -> float:
        """Return the seconds until the next poll."""
        regular = self._regular.seconds(now=now, up=up)
        return regular if self._extra is None else min(regular, self._extra - up)
