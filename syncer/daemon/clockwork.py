"""What makes a poll start when its time has come? APScheduler, kept on our timetable at each turn of the loop.

    clockwork = Clockwork(seconds_until_next, due, now)
    clockwork.turn()       calls `due` when the seconds are over

The library waits for a time of the day, so a clock that is set back would let it sleep on, and one that was wrong at
boot would leave it with every run that it missed. Therefore the time of its one job is put right at each turn, and its
trigger, asked for the run after the present one, names one that is in the future whatever the clock says.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from apscheduler.executors.debug import DebugExecutor
from apscheduler.schedulers.base import BaseScheduler
from apscheduler.triggers.base import BaseTrigger


class Later(BaseTrigger):  # type: ignore[misc]  # APScheduler ships no types
    """A run in the future; the next turn says when exactly."""

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        """Return a time after now, so that no run counts as missed."""
        return now + timedelta(hours=1)


class Clockwork(BaseScheduler):  # type: ignore[misc]  # APScheduler ships no types
    """A scheduler with one job, turned by the loop that owns it, in that loop's thread.

    The job only says that a poll is due: whatever a job raises, the library would swallow.
    """

    def __init__(self, seconds: Callable[[], float], due: Callable[[], None], now: Callable[[], datetime]) -> None:
        super().__init__(
            timezone=UTC,
            executors={"default": DebugExecutor()},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        self._seconds = seconds
        self._now = now
        self._poll = self.add_job(due, Later(), id="poll", next_run_time=self._wanted())

    def wakeup(self) -> None:
        """Do nothing: the loop turns by itself."""

    def shutdown(self, wait: bool = True) -> None:
        """Stop for good."""
        super().shutdown(wait)

    def turn(self) -> None:
        """Put the time of the poll right, and run it if that is past."""
        self._poll.modify(next_run_time=self._wanted())
        self._process_jobs()

    def _wanted(self) -> datetime:
        return self._now() + timedelta(seconds=self._seconds())
