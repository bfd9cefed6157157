"""What does the service do all day? It waits; polls, each in a child; answers signals; and says how it goes.

    SIGTERM, SIGINT   ends the child, then itself, within five seconds
    SIGHUP            reads the configuration again; a wrong one is told, and the one from before stays
    SIGUSR1           polls now

One loop in one thread: wait for a signal, the end of the child or the heartbeat; then look at each of them. So what
the watchdog hears is said by the loop that works. A configuration that was edited is read before the next poll, too;
the child gets the very text that was found right. Guarantees: a poll that hangs is ended; one that fails is tried
again, each time later; nothing a poll does ends the loop.
"""

from __future__ import annotations

import signal
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

import msgspec

from syncer.config import Config, ScheduleConfig
from syncer.daemon import trouble
from syncer.daemon.clockwork import Clockwork
from syncer.daemon.facts import Facts, Tried, keep_facts, read_facts
from syncer.daemon.outcome import Outcome, Verdict, decode
from syncer.daemon.timetable import REST, At, Every, Timetable
from syncer.daemon.world import Loaded, Poll, World, read_loaded
from syncer.errors import EXIT_TERMINATED, ConfigError, VaultError
from syncer.instants import instant, written
from syncer.log import LOG
from syncer.report import shown
from syncer.zone import zone_of

HEARTBEAT = 30.0
"""Seconds between two looks at the clocks."""
LAST_LOOK = 1.0
"""Seconds between two looks at a child that was killed and is not gone yet."""
LENIENCE = 60.0
"""Seconds beyond its limit after which a child that cannot even be killed counts as a loop that hangs."""


class Worker:
    """The loop, for one vault."""

    def __init__(self, loaded: Loaded, world: World) -> None:
        self._loaded = loaded
        self._moved: Loaded | None = None
        self._world = world
        self._poll: Poll | None = None
        self._began = world.now()
        self._began_up = world.up()
        self._is_due = False
        self._is_ending = False
        self._signature = _signature(loaded.config.file)
        self._timetable = self._new_timetable(loaded.config)
        self._facts = self._first_facts()
        self._clockwork = Clockwork(self._seconds, self._due, world.now)

    def run(self) -> Loaded | None:
        """Poll until a signal ends it and return None; or return a configuration that names another vault."""
        self._clockwork.start()
        self._keep()
        LOG.info("syncing %s for %s", self._loaded.config.vault.path, self._loaded.config.file)
        self._world.supervisor.ready(self._status())
        try:
            while not self._is_ending and not (self._moved and self._poll is None):
                self._turn()
                self._answer(self._world.bell.wait(self._pause()))
        finally:
            self._stop()
        return None if self._is_ending else self._moved

    # ------------------------------------------------------------ one turn of the loop

    def _turn(self) -> None:
        self._look()
        if self._poll is None and not self._moved:
            self._clockwork.turn()
            if self._is_due:
                self._begin()
        self._world.teller.look(up=self._world.up())
        if self._poll is None or self._world.up() < self._poll.deadline + LENIENCE:
            self._world.supervisor.alive(now=self._world.up())

    def _pause(self) -> float:
        """Return how long nothing is to be done if nothing happens."""
        if self._moved and self._poll is None:
            return 0.0
        until = self._seconds()
        if self._poll is not None:
            until = self._poll.deadline - self._world.up()
            until = until + 0.1 if until > 0 else LAST_LOOK
        return max(0.0, min(until, HEARTBEAT, self._world.supervisor.pause or HEARTBEAT))

    def _answer(self, heard: set[int]) -> None:
        if heard & {signal.SIGTERM, signal.SIGINT}:
            self._is_ending = True
            return
        if signal.SIGHUP in heard:
            self._reload()
        if signal.SIGUSR1 in heard:
            LOG.info("asked to sync now")
            self._timetable.at_once(up=self._world.up())

    def _stop(self) -> None:
        self._world.supervisor.stopping()
        if self._poll is not None:
            self._poll.end()
        self._world.teller.end()
        self._clockwork.shutdown()
        if self._is_ending or self._moved:  # else it ends by a fault of ours, and that is to be seen
            self._facts = msgspec.structs.replace(self._facts, stopped=written(self._world.now()), next="")
            self._keep()
            LOG.info("stopped")

    # ------------------------------------------------------------ a poll

    def _due(self) -> None:
        self._is_due = True

    def _begin(self) -> None:
        self._is_due = False
        if _signature(self._loaded.config.file) != self._signature:
            self._reload()
        if self._moved:
            return
        self._began, self._began_up = self._world.now(), self._world.up()
        self._timetable.began(now=self._began, up=self._began_up)
        try:
            self._poll = self._world.start(self._loaded.data)
        except OSError as error:
            LOG.error("the sync could not be started: %s", error.strerror)
            self._note(Outcome(exit_code=VaultError.exit_code, message=f"could not be started: {error.strerror}"))
        self._world.supervisor.status(self._status())

    def _look(self) -> None:
        """See whether the poll has ended, and how."""
        poll = self._poll
        code = poll.ended(now=self._world.up()) if poll else None
        if poll is None or code is None:
            return
        self._poll = None
        printed = poll.printed()
        outcome = decode(printed, code=code)
        if poll.is_overdue:
            outcome = Outcome(exit_code=EXIT_TERMINATED, message="the sync took too long and was ended")
        if poll.is_overdue or not printed:
            LOG.error("%s", outcome.message)
        self._note(outcome)

    def _note(self, outcome: Outcome) -> None:
        """Remember how a poll ended, decide when the next one is, and tell who is to know."""
        now, verdict = self._world.now(), outcome.verdict
        failures = self._facts.failures + 1 if verdict is Verdict.FAILED else 0
        if verdict is Verdict.BUSY:
            failures = self._facts.failures
        self._timetable.ended(verdict, failures=failures, wish=outcome.wish, up=self._world.up())
        self._facts = msgspec.structs.replace(
            self._facts,
            last=Tried(began=written(self._began), ended=written(now), outcome=outcome),
            success=self._facts.success if verdict in (Verdict.FAILED, Verdict.BUSY) else written(now),
            failures=failures,
            failing_since=(self._facts.failing_since or written(self._began)) if failures else "",
            told=self._facts.told if failures else "",
        )
        if trouble.is_due(self._facts, now=now):
            text = trouble.sentence(self._facts, zone=self._zone())
            self._world.teller.tell(text, how=self._loaded.config.notify, up=self._world.up())
            self._facts = msgspec.structs.replace(self._facts, told=written(now))
        self._keep()
        if verdict is not Verdict.WELL:
            LOG.info("the next try is at %s", self._clock(self._next()))
        self._world.supervisor.status(self._status())

    # ------------------------------------------------------------ the configuration

    def _reload(self) -> None:
        path = self._loaded.config.file
        self._world.supervisor.reloading()
        self._signature = _signature(path)
        try:
            loaded = read_loaded(path)
        except ConfigError as error:
            for line in error.message.splitlines():
                LOG.error("%s", line)
            LOG.error("the configuration from before is kept")
            self._facts = msgspec.structs.replace(self._facts, config_problem=error.message)
        else:
            self._take(loaded)
        self._keep()
        self._world.supervisor.ready(self._status())

    def _take(self, loaded: Loaded) -> None:
        """Have this configuration count from now on."""
        LOG.info("the configuration is read again: %s", loaded.config.file)
        self._facts = msgspec.structs.replace(self._facts, config_problem="")
        if loaded.config.vault.path.resolve() != self._loaded.config.vault.path.resolve():
            self._moved = loaded
            return
        before, self._loaded = self._loaded.config, loaded
        self._world.on_config(loaded.config)
        if (before.schedule, before.note.timezone) != (loaded.config.schedule, loaded.config.note.timezone):
            self._timetable = self._new_timetable(loaded.config)
            self._timetable.began(now=self._world.now(), up=self._began_up)

    def _new_timetable(self, config: Config) -> Timetable:
        schedule: ScheduleConfig = config.schedule
        spread = self._world.spread
        if schedule.at:
            zone = zone_of(config.note.timezone)
            at = At(schedule.at, zone=zone, jitter=schedule.jitter, spread=spread)
            return Timetable(at, spread=spread, jitter=schedule.jitter)
        every = Every(schedule.every, jitter=schedule.jitter, spread=spread)
        return Timetable(every, spread=spread, jitter=schedule.jitter)

    # ------------------------------------------------------------ what is told of it

    def _first_facts(self) -> Facts:
        """Return the facts to begin with, and have the first poll at once, or later after a bad end."""
        before, now = read_facts(self._world.facts), self._world.now()
        ended = instant(before.last.ended) if before.last else None
        wait = 0.0
        if ended and not before.stopped:  # it did not end as it should have: it may be starting over and over
            pause = self._timetable.after_failure(before.failures) if before.failures else REST
            since = (now - ended).total_seconds()
            wait = pause - since if 0 <= since < pause else 0.0
        self._timetable.first(now=now, up=self._world.up(), wait=wait)
        config = str(self._loaded.config.file)
        return msgspec.structs.replace(before, since=written(now), stopped="", config=config, config_problem="")

    def _keep(self) -> None:
        """Keep the facts where `syncer status` finds them."""
        if not self._facts.stopped:
            self._facts = msgspec.structs.replace(self._facts, next=written(self._next()))
        keep_facts(self._world.facts, self._facts)

    def _status(self) -> str:
        """Return in a line how it goes, for the service manager."""
        return "syncing" if self._poll is not None else shown(self._how_it_goes())

    def _how_it_goes(self) -> str:
        last = self._facts.last
        coming = f"next sync {self._clock(self._next())}"
        if self._facts.failures and last:
            cause = last.outcome.message.splitlines()[0] if last.outcome.message else "see `syncer status`"
            return f"failing since {self._clock(instant(self._facts.failing_since))}: {cause}; {coming}"
        return f"last sync {self._clock(instant(last.ended))}: {last.outcome.summary}; {coming}" if last else coming

    def _seconds(self) -> float:
        """Return the seconds until the next poll."""
        return self._timetable.seconds(now=self._world.now(), up=self._world.up())

    def _next(self) -> datetime:
        return self._world.now() + timedelta(seconds=max(0.0, self._seconds()))

    def _zone(self) -> tzinfo:
        return zone_of(self._loaded.config.note.timezone)

    def _clock(self, moment: datetime | None) -> str:
        """Return a moment as the user's clock shows it, with the day where it is not today."""
        if moment is None:
            return "?"
        local, today = moment.astimezone(self._zone()), self._world.now().astimezone(self._zone())
        return f"{local:%H:%M}" if local.date() == today.date() else f"{local:%Y-%m-%d %H:%M}"


def _signature(path: Path) -> tuple[int, int, int] | None:
    """Return what changes when the file is written; None where it is not there."""
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_mtime_ns, facts.st_size, facts.st_ino
