"""`run`, the worker in the foreground as a service manager runs it, and each of its polls.

run                     one loop for years; its log on standard error, or in --log-file
once --from-service     one poll of it: the configuration's text on standard input, the outcome on standard output,
                        the log on standard error
"""

from __future__ import annotations

import gc
import random
import sys
import time
from contextlib import ExitStack
from datetime import UTC
from pathlib import Path
from typing import IO, TYPE_CHECKING

import msgspec

from syncer.cli.commands import Call
from syncer.cli.progress import Steps
from syncer.cli.screen import Screen
from syncer.config import Config, load
from syncer.daemon.outcome import Outcome, encode, outcome_of, outcome_of_error
from syncer.errors import EXIT_OK, ConfigError, ReadwiseError, SyncerError, UsageError, VaultBusy
from syncer.log import LOG, level_of, make_room, open_log
from syncer.places import find_config, state_folder

if TYPE_CHECKING:
    from syncer.daemon.bell import Bell
    from syncer.daemon.world import Loaded, Poll, World

LARGEST_LOG = 1_000_000
"""Bytes of --log-file before it is renamed."""
KEPT_LOGS = 3
ANOTHER_LOOK = 1.0
"""Seconds: `syncer status` takes the service's lock for an instant, to see whether it is held."""
OBJECTS_BETWEEN_LOOKS = 1_000
"""What runs for years looks for garbage about as often as Python does by itself."""
NOT_FOR_CHILDREN = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")


def run(call: Call) -> int:
    """Sync at once and then at every interval, until a signal ends it."""
    from syncer.daemon.world import read_loaded

    path = find_config(call.arguments.config, call.env).resolve()
    try:
        loaded: Loaded | None = read_loaded(path)
    except ConfigError as error:
        from syncer.service.launchd import LABEL  # needed here alone, and not by what runs for years

        if call.env.get("XPC_SERVICE_NAME") != LABEL:
            raise
        for line in error.message.splitlines():  # launchd starts again whatever ends with a code
            call.screen.tell(f"syncer: {line}")
        return EXIT_OK
    gc.set_threshold(OBJECTS_BETWEEN_LOOKS)
    log = _log_file(call)
    while loaded is not None:
        _open_log(call, loaded.config, log)
        loaded = _work(call, loaded, log)
    return EXIT_OK


def _work(call: Call, loaded: Loaded, log: Path | None) -> Loaded | None:
    """Run the loop for one vault; return the configuration that names the next one, or None at the end."""
    from syncer.daemon.bell import Bell
    from syncer.daemon.facts import service_lock
    from syncer.daemon.worker import Worker
    from syncer.lock import hold

    lock = service_lock(state_folder(call.env), loaded.config.vault.path.resolve())
    try:
        with hold(lock, wait=ANOTHER_LOOK, on_wait=lambda owner: None), Bell() as bell:
            world = _world(call, loaded.config, log, bell)
            if call.stop.is_set():  # the signal came before there was a bell to hear it
                return None
            return Worker(loaded, world).run()
    except VaultBusy as busy:
        raise VaultBusy(
            f"a service runs for this vault already: {busy.message.rpartition(': ')[2]}", hint="see: syncer status"
        ) from None


def _world(call: Call, config: Config, log: Path | None, bell: Bell) -> World:
    """Return what the worker sees of the machine, and how it starts a poll."""
    from syncer.daemon.child import Child
    from syncer.daemon.facts import facts_file
    from syncer.daemon.sd_notify import Supervisor
    from syncer.daemon.trouble import Teller
    from syncer.daemon.world import World
    from syncer.program import started_again

    program = started_again()
    env = {name: value for name, value in call.env.items() if name not in NOT_FOR_CHILDREN} | dict(program.env)
    options = ["-v"] * call.screen.verbose + ["-q"] * call.screen.quiet
    command = [*program.command, "--config", str(config.file), *options, "once", "--from-service"]

    def start(data: bytes) -> Poll:
        with ExitStack() as stack:
            stream: IO[bytes] | None = None
            if log:
                make_room(log, largest=LARGEST_LOG, kept=KEPT_LOGS)
                stream = stack.enter_context(log.open("ab"))
            return Child(command, env=env, given=data, log=stream, now=up())

    return World(
        now=lambda: call.now(UTC),
        up=up,
        spread=lambda most: random.uniform(0.0, most),  # noqa: S311 - it spreads polls, it keeps no secret
        bell=bell,
        start=start,
        on_config=lambda changed: _open_log(call, changed, log),
        supervisor=Supervisor(call.env),
        teller=Teller(env),
        facts=facts_file(state_folder(call.env), config.vault.path.resolve()),
    )


def up() -> float:
    """Return seconds that go on in suspend, and that no setting of the clock moves.

    On Linux this is CLOCK_BOOTTIME; on macOS CLOCK_MONOTONIC goes on while the machine sleeps.
    """
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def poll(call: Call) -> int:
    """Run one sync for the service, and tell it the outcome on standard output."""
    path = find_config(call.arguments.config, call.env)
    try:
        config = load(path, data=sys.stdin.buffer.read())
    except ConfigError as error:
        _open_log(call, None, None)
        outcome = _told(error)
    else:
        _open_log(call, config, None)
        outcome = _sync(call, config)
    call.screen.data(encode(outcome))
    return outcome.exit_code


def _sync(call: Call, config: Config) -> Outcome:
    """Run one pass, with everything that is told of it going to the log."""
    from syncer import report as reporting
    from syncer.cli.sync_commands import setup_of
    from syncer.sync import once

    call.screen = _Logged(call)
    try:
        with ExitStack() as stack:
            setup = msgspec.structs.replace(setup_of(call, config, stack), hear=_hear)
            report = once(setup)
    except SyncerError as error:
        return _told(error)
    for line in report.lines:
        LOG.info("%s", reporting.line_sentence(line, dry=False))
    for warning in report.warnings:
        LOG.warning("%s", warning)
    for held in report.holds:
        LOG.log(20 if held.soon else 30, "%s", reporting.hold_sentence(held))
    for failure in list(reporting.hold_sentences(report))[len(report.holds) :]:
        LOG.error("%s", failure)
    LOG.info("%s", reporting.summary(report))
    return outcome_of(report)


def _told(error: SyncerError) -> Outcome:
    """Log an error, as loud as it is bad, and return what it means for the service."""
    outcome = outcome_of_error(error)
    tell = {VaultBusy: LOG.info, ReadwiseError: LOG.warning}.get(type(error), LOG.error)
    for line in error.message.splitlines():
        tell("%s", line)
    if error.hint:
        tell("hint: %s", error.hint)
    return outcome


def _hear(kind: str, text: str) -> None:
    if kind == "written":
        LOG.debug('wrote "%s"', text)
    else:
        LOG.log(30 if kind == "warning" else 20, "%s", text)


class _Logged(Screen):
    """A screen whose lines go to the log."""

    def __init__(self, call: Call) -> None:
        super().__init__(sys.stdout, sys.stderr, env=call.env, quiet=False, verbose=1)
        self._steps = Steps(lambda text: LOG.info("%s", text), clock=time.monotonic)

    def say(self, text: str) -> None:
        """Log a line."""
        LOG.info("%s", text)

    def step(self, what: str, done: int, total: int) -> None:
        """Log now and then how far something has come."""
        self._steps.step(what, done, total)

    def tell(self, text: str) -> None:
        """Log a line."""
        LOG.info("%s", text)

    def note(self, text: str) -> None:
        """Log a line that only somebody who asked for more wants to read."""
        LOG.debug("%s", text)


def _open_log(call: Call, config: Config | None, file: Path | None) -> None:
    """Have the log go to the file, or to standard error, as the configuration wants it."""
    level = level_of(config.log.level if config else "info", verbose=call.screen.verbose, quiet=call.screen.quiet)
    open_log(file or sys.stderr, env=call.env, level=level, format=config.log.format if config else "text")


def _log_file(call: Call) -> Path | None:
    """Return the file of --log-file, with its folder made and known to be writable."""
    if not call.arguments.log_file:
        return None
    path = Path(call.arguments.log_file).expanduser().absolute()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.open("ab").close()
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}", hint="name another --log-file") from error
    return path
