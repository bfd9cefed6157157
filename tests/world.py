"""A world for the service's loop in which time passes only when the loop waits: two clocks, signals, polls of our own.

    world = MadeWorld(tmp_path, settings="schedule.every = '1h'")
    world.set_clock(hours=-1)          somebody sets the clock
    world.run(hours=24)                the loop, for so long by the clock that nobody sets
    world.polls                        [Begun(up=0.0, now=…), …]

Waiting costs no real time: a wait of 30 s moves both clocks by 30 s. `suspend` moves them without a wait. APScheduler
reads the clock of the day by itself, so this one is put into its module.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import NamedTuple

import pytest

from syncer.daemon.facts import Facts, read_facts
from syncer.daemon.outcome import Outcome, encode
from syncer.daemon.sd_notify import Supervisor
from syncer.daemon.trouble import Teller
from syncer.daemon.worker import Worker
from syncer.daemon.world import Loaded, Poll, World, read_loaded

START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
HOUR = 3600.0
EVERY_HOUR = 'schedule.every = "1h"\nschedule.jitter = "0s"'
WELL = Outcome(exit_code=0, summary="nothing added")
REFUSED = Outcome(exit_code=77, message="readwise refused the token")


class Begun(NamedTuple):
    """When a poll began, by both clocks."""

    up: float
    now: datetime


class MadePoll:
    """A poll that takes some seconds and ends as it is told."""

    is_overdue = False

    def __init__(self, outcome: Outcome, *, until: float, deadline: float = float("inf")) -> None:
        self._outcome = outcome
        self._until = until
        self.deadline = deadline
        self.was_ended = False

    def ended(self, *, now: float) -> int | None:
        return self._outcome.exit_code if now >= self._until else None

    def printed(self) -> bytes:
        return encode(self._outcome)

    def end(self) -> None:
        self.was_ended = True


class MadeWorld:
    """The clocks, the polls and the signals of one service."""

    def __init__(self, folder: Path, *, settings: str = "", now: datetime = START) -> None:
        self.now = now
        self.up = 1_000.0
        self.polls: list[Begun] = []
        self.waits = 0
        self.poll_seconds = 5.0
        self.poll_limit = 4500.0
        self.outcome: Callable[[], Outcome] = lambda: WELL
        self.start: Callable[[bytes], Poll] = self._start
        self.on_wait: Callable[[], set[int]] = lambda: set()
        self.config = folder / "config.toml"
        self.facts_file = folder / "facts.json"
        self.vault = folder / "vault"
        self.vault.mkdir(exist_ok=True)
        self.configure(settings)
        self._end = 0.0
        self._last: MadePoll | None = None

    def configure(self, settings: str) -> None:
        """Write the configuration."""
        self.config.write_text(f'vault.path = "{self.vault}"\n{settings}\n', encoding="utf-8")

    @property
    def facts(self) -> Facts:
        """What the service leaves for `syncer status`."""
        return read_facts(self.facts_file)

    def set_clock(self, **step: float) -> None:
        """Set the clock of the day on or back."""
        self.now += timedelta(**step)

    def suspend(self, *, hours: float) -> None:
        """Let the machine sleep: both clocks go on, and nothing runs."""
        self._pass(hours * 3600)

    def gaps(self) -> list[float]:
        """Return the seconds between the beginnings of two polls."""
        return [later.up - former.up for former, later in zip(self.polls, self.polls[1:], strict=False)]

    def wait(self, seconds: float) -> set[int]:
        """Let time pass; return the signals that come then."""
        self.waits += 1
        assert self.waits < 200_000, "the loop turns without waiting"
        self._pass(min(seconds, max(0.0, self._last_end() - self.up) or seconds))
        if self.up >= self._end:
            return {signal.SIGTERM}
        return self.on_wait()

    def run(self, *, hours: float, env: dict[str, str] | None = None) -> Loaded | None:
        """Run the service for so long."""
        self._end = self.up + hours * 3600
        world = World(
            now=lambda: self.now,
            up=lambda: self.up,
            spread=lambda most: most / 2,
            bell=self,
            start=self.start,
            on_config=lambda config: None,
            supervisor=Supervisor(env or {}),
            teller=Teller({}),
            facts=self.facts_file,
        )
        with _clock_of_the_scheduler(lambda: self.now):
            return Worker(read_loaded(self.config), world).run()

    def _start(self, data: bytes) -> MadePoll:
        self.polls.append(Begun(self.up, self.now))
        self._last = MadePoll(self.outcome(), until=self.up + self.poll_seconds, deadline=self.up + self.poll_limit)
        return self._last

    def _last_end(self) -> float:
        """Return when the poll at work ends, as the end of a child would end the wait."""
        return self._last._until if self._last else 0.0

    def _pass(self, seconds: float) -> None:
        self.up += seconds
        self.now += timedelta(seconds=seconds)


@contextmanager
def _clock_of_the_scheduler(now: Callable[[], datetime]) -> Iterator[None]:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]  # it gives a plain datetime
            return now().astimezone(tz)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("apscheduler.schedulers.base.datetime", Clock)
        yield
