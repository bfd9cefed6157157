"""`service`: install, look at and remove the background service.

install      writes the unit or the agent, starts it, sees it come up, and waits a moment for its first sync
uninstall    leaves nothing of it; configuration, token, state and notes stay
start, stop, restart, status, logs
"""

from __future__ import annotations

import os
import sys
import time
from datetime import UTC
from pathlib import Path
from typing import Protocol

from syncer.cli.commands import Call
from syncer.cli.configuration import config_of
from syncer.daemon.facts import read_facts
from syncer.errors import EXIT_FOUND, EXIT_OK, ConfigError, TokenError, UsageError
from syncer.instants import written
from syncer.places import state_folder
from syncer.report import shown
from syncer.service.job import Job, Tell, job_of, runner

SYSTEM_STATE = Path("/var/lib/syncer")
FIRST_SYNC = 15.0
"""Seconds that `install` waits for the first sync to end."""


class Manager(Protocol):
    """A service manager: systemd's or launchd's."""

    name: str

    def files(self, job: Job) -> dict[Path, bytes]:
        """Return what `install` writes."""

    def install(self, job: Job, *, tell: Tell, linger: bool = False) -> bool:
        """Install it, and return whether it came up."""

    def uninstall(self, job: Job | None, *, tell: Tell) -> None:
        """Remove it, and what it left where the job is known."""

    def control(self, verb: str) -> tuple[int, str]:
        """Start, stop or restart it."""

    def status(self) -> tuple[int, str]:
        """Return what the manager says of it."""

    def logs(self, *, follow: bool) -> list[str]:
        """Return the command that shows the log."""


def service(call: Call) -> int:
    """Carry out what is asked of the service."""
    arguments = call.arguments
    manager = _manager(call)
    match arguments.action:
        case "install" | "uninstall":
            return _install(call, manager, _job(call)) if arguments.action == "install" else _uninstall(call, manager)
        case "logs":
            return _logs(manager.logs(follow=arguments.follow))
        case "status":
            code, said = manager.status()
            _say(call, said)
            return EXIT_OK if code == 0 else EXIT_FOUND
        case verb:
            code, said = manager.control(verb)
            _say(call, said)
            return EXIT_OK if code == 0 else EXIT_FOUND


def _manager(call: Call) -> Manager:
    run = runner(call.env)
    if sys.platform == "darwin":
        from syncer.service.launchd import Launchd

        return Launchd(run, home=Path.home(), uid=os.getuid())
    if sys.platform == "linux":
        from syncer.service.systemd import Systemd

        return Systemd(
            run,
            env=call.env,
            home=Path.home(),
            is_system=call.arguments.system,
            is_timer=getattr(call.arguments, "timer", False),
        )
    raise UsageError(f"there is no service for {sys.platform}", hint="keep `syncer run` running by other means")


def _job(call: Call) -> Job:
    state = SYSTEM_STATE if call.arguments.system else state_folder(call.env)
    return job_of(config_of(call), state=state, env=call.env)


def _install(call: Call, manager: Manager, job: Job) -> int:
    if call.arguments.print:
        for path, data in manager.files(job).items():
            call.screen.say(f"# {path}")
            call.screen.data(data)
        return EXIT_OK
    if not job.vault.is_dir():
        raise UsageError(f"the vault {job.vault} is not there", hint="mount it first, or mend vault.path")
    if call.env.get("READWISE_TOKEN"):
        call.screen.tell("note: the service does not see READWISE_TOKEN; keep the token with: syncer token set")
    _compile()
    began = written(call.now(UTC))
    if not manager.install(job, tell=call.screen.say, linger=getattr(call.arguments, "linger", False)):
        return EXIT_FOUND
    if not getattr(call.arguments, "timer", False):
        _tell_first_sync(call, job, since=began)
    call.screen.say("see how it goes with: syncer status")
    return EXIT_OK


def _tell_first_sync(call: Call, job: Job, *, since: str) -> None:
    """Wait a moment for the service's first sync, and say how it went."""
    end = time.monotonic() + FIRST_SYNC
    while time.monotonic() < end and not call.stop.wait(0.1):
        last = read_facts(job.facts).last
        if last is not None and last.ended >= since:
            outcome = last.outcome
            call.screen.say(f"its first sync: {shown(outcome.message or outcome.summary)}")
            if outcome.hint:
                call.screen.say(f"hint: {shown(outcome.hint)}")
            return
    call.screen.say("its first sync is still at work")


def _uninstall(call: Call, manager: Manager) -> int:
    try:
        job = _job(call)
    except (ConfigError, TokenError):
        job = None  # without it the service goes all the same, and only its facts beside the state stay
    manager.uninstall(job, tell=call.screen.say)
    call.screen.say("the configuration, the token, the state and your notes are as they were")
    return EXIT_OK


def _logs(command: list[str]) -> int:
    """Become the command that shows the log."""
    try:
        os.execvp(command[0], command)  # noqa: S606 - the program's end: its arguments are fixed words and our own paths
    except OSError as error:
        hint = "the log is where the service manager keeps it"
        raise UsageError(f"{command[0]} cannot be started: {error.strerror}", hint=hint) from error


def _say(call: Call, said: str) -> None:
    for line in said.splitlines():
        call.screen.say(line)


def _compile() -> None:
    """Compile the program and what it imports once: a hardened unit cannot write the result, and pays at each start."""
    import compileall
    import sysconfig

    from syncer.program import PACKAGE

    folders = {PACKAGE}
    if sys.prefix != sys.base_prefix:
        folders.add(Path(sysconfig.get_path("purelib")))
    for folder in sorted(folders):
        if os.access(folder, os.W_OK):
            compileall.compile_dir(str(folder), quiet=2, workers=1)
