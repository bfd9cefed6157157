"""The pass on a clock: a sync at start, then at every interval, each in a child process of its own.

    python -m syncer once --from-service          the child; killed when it takes longer than LONGEST_POLL

APScheduler keeps the time, with a trigger of our own: the next poll is one interval after *now*, so that a clock
that was wrong at boot leaves no backlog, and a heartbeat pulls back a poll that a clock step pushed into the future.
A child can be ended whatever hangs in it (a keyring, a name look-up, a disk), gives its memory back, and is the same
`once` that a person runs. Guarantee: SIGTERM and SIGINT end the child cleanly, then this process, within seconds.
"""

from __future__ import annotations

import logging
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from types import FrameType

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from syncer.errors import VaultError

HEARTBEAT = 30.0
"""Seconds between two looks at the clock."""
LONGEST_POLL = 3_900.0
"""Seconds: a whole fetch may take an hour, and the notes are written after it."""
GRACE = 4.0
"""Seconds that a child gets to finish the note it is writing."""
HELD_RETRY = 60.0
"""Seconds until notes that were being edited are tried again."""

log = logging.getLogger("syncer")


class Every(BaseTrigger):  # type: ignore[misc]  # APScheduler ships no types
    """Fires one interval, and up to `jitter` seconds, after it is asked."""

    def __init__(self, interval: float, jitter: float) -> None:
        self._interval = interval
        self._jitter = jitter

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        """Return when the next poll is, counted from now and from nothing else."""
        spread = random.uniform(0.0, self._jitter)  # noqa: S311 - it spreads polls, it keeps no secret
        return now + timedelta(seconds=self._interval + spread)


class Daemon:
    """The process that polls until it is told to stop."""

    def __init__(
        self,
        child: Sequence[str],
        *,
        interval: float,
        jitter: float,
        tell: Callable[[str], None],
        heartbeat: float = HEARTBEAT,
    ) -> None:
        self._command = list(child)
        self._interval = interval
        self._jitter = jitter
        self._tell = tell
        self._heartbeat = heartbeat
        self._stop = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None

    def run(self) -> int:
        """Poll until SIGTERM or SIGINT; return 0."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._heard)
        scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        trigger = Every(self._interval, self._jitter)
        scheduler.add_job(self._poll, trigger, id="poll", next_run_time=datetime.now(UTC))
        scheduler.start()
        self._tell("started")
        try:
            while not self._stop.wait(self._heartbeat):
                self._pull_back(scheduler)
        finally:
            self._end_child()
            scheduler.shutdown(wait=True)
        self._tell("stopped")
        return 0

    def _heard(self, number: int, frame: FrameType | None) -> None:
        self._stop.set()

    def _pull_back(self, scheduler: BackgroundScheduler) -> None:
        """Run now what a step of the clock has moved further away than one interval; else wake the scheduler."""
        job = scheduler.get_job("poll")
        now = datetime.now(UTC)
        furthest = timedelta(seconds=self._interval + self._jitter + 60)
        if job is not None and job.next_run_time is not None and job.next_run_time - now > furthest:
            job.modify(next_run_time=now)
        else:
            scheduler.wakeup()

    def _poll(self) -> None:
        """Run one child and tell how it ended; its own lines went to standard error already."""
        if self._stop.is_set():
            return
        try:
            self._child = subprocess.Popen(self._command, stdin=subprocess.DEVNULL)
        except OSError as error:
            self._tell(f"the sync could not be started: {error.strerror}")
            return
        if self._stop.is_set():
            self._end_child()
        try:
            code = self._child.wait(LONGEST_POLL)
        except subprocess.TimeoutExpired:
            self._tell(f"the sync took longer than {LONGEST_POLL / 60:.0f} minutes and was ended")
            self._end_child()
            return
        if code == VaultError.exit_code and not self._stop.wait(HELD_RETRY):
            self._child = subprocess.Popen(self._command, stdin=subprocess.DEVNULL)
            self._child.wait(LONGEST_POLL)

    def _end_child(self) -> None:
        """End the child as a person would: a request, and after a grace the end."""
        child = self._child
        if child is None or child.poll() is not None:
            return
        child.terminate()
        try:
            child.wait(GRACE)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def child_command(config: str, *, verbose: int, quiet: bool) -> list[str]:
    """Return the command line of one poll."""
    options = ["-v"] * verbose + (["-q"] if quiet else [])
    return [sys.executable, "-m", "syncer", "--config", config, *options, "once", "--from-service"]
