"""How does macOS run it? As an agent of the user's session, written by plistlib and driven by launchctl.

    ~/Library/LaunchAgents/local.syncer.agent.plist
    launchctl bootstrap gui/501 …/local.syncer.agent.plist       install, start
    launchctl bootout gui/501/local.syncer.agent                 uninstall, stop
    launchctl kickstart -k gui/501/local.syncer.agent            restart

launchd neither makes the folder of a log nor bounds the log, so the program keeps its own. Guarantees: every call goes
through the runner that is given; what `install` made, `uninstall` removes.
"""

from __future__ import annotations

import plistlib
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from syncer.service.job import Job, Ran, Run, Tell, remove, write
from syncer.service.unit_text import shipped

LABEL = "local.syncer.agent"
"""What launchd calls the agent, and tells it in XPC_SERVICE_NAME."""
GUARDED = ("Documents", "Desktop", "Downloads", "Library/Mobile Documents", "Library/CloudStorage")
"""Folders of the home that macOS lets a background program see only when its owner has said so."""
TRIES = 25
"""How often, 0.2 s apart, an agent that was told to end is looked for before a new one is started."""


class Launchd:
    """The agents of this user's session."""

    name = "launchd"

    def __init__(self, run: Run, *, home: Path, uid: int, sleep: Callable[[float], None] = time.sleep) -> None:
        self._run = run
        self._home = home
        self._domain = f"gui/{uid}"
        self._target = f"{self._domain}/{LABEL}"
        self._sleep = sleep
        self._plist = home / "Library" / "LaunchAgents" / f"{LABEL}.plist"
        self._logs = home / "Library" / "Logs" / "syncer"

    def files(self, job: Job) -> dict[Path, bytes]:
        """Return what `install` writes."""
        agent = plistlib.loads(shipped("launchd", f"{LABEL}.plist").encode())
        log = self._logs / "syncer.log"
        agent["ProgramArguments"] = [*job.command, "--config", str(job.config), "run", "--log-file", str(log)]
        agent["EnvironmentVariables"] = dict(job.env)
        agent["StandardOutPath"] = agent["StandardErrorPath"] = str(self._logs / "launchd.log")
        return {self._plist: plistlib.dumps(agent, sort_keys=False)}

    def install(self, job: Job, *, tell: Tell, linger: bool = False) -> bool:
        """Write the agent, start it and see it running; return whether it is."""
        self._logs.mkdir(parents=True, exist_ok=True)
        for path, data in self.files(job).items():
            write(path, data)
            tell(f"wrote {path}")
        self._end()
        self._call("enable", self._target)
        started = self._call("bootstrap", self._domain, str(self._plist))
        if started.code or self._call("print", self._target).code:
            tell(f"launchd did not start it: {started.out}")
            return False
        tell("the service runs, and from now on whenever you are logged in")
        self._explain_guarded(job, tell)
        return True

    def uninstall(self, job: Job | None, *, tell: Tell) -> None:
        """Stop the agent and remove all that was made for it."""
        self._end()
        if remove(self._plist):
            tell(f"removed {self._plist}")
        else:
            tell("there was no service of syncer's")
        shutil.rmtree(self._logs, ignore_errors=True)
        for path in (job.facts, job.lock) if job else ():
            remove(path)

    def control(self, verb: str) -> tuple[int, str]:
        """Start, stop or restart the agent; return the exit code and what launchd said."""
        is_loaded = self._call("print", self._target).code == 0
        if verb == "stop":
            ran = self._call("bootout", self._target) if is_loaded else Ran(0, "it does not run")
        elif not is_loaded:
            ran = self._call("bootstrap", self._domain, str(self._plist))
        else:
            kill = ["-k"] if verb == "restart" else []
            ran = self._call("kickstart", *kill, self._target)
        return ran.code, ran.out

    def status(self) -> tuple[int, str]:
        """Return what launchd says of it, with 0 when it is loaded."""
        ran = self._call("print", self._target)
        return ran.code, ran.out

    def logs(self, *, follow: bool) -> list[str]:
        """Return the command that shows the log."""
        return ["tail", "-n", "100", *(["-F"] if follow else []), str(self._logs / "syncer.log")]

    def _call(self, *words: str) -> Ran:
        return self._run(["launchctl", *words])

    def _end(self) -> None:
        """End an agent that runs, and wait until launchd has let go of it."""
        if self._call("print", self._target).code:
            return
        self._call("bootout", self._target)
        for _ in range(TRIES):
            if self._call("print", self._target).code:
                return
            self._sleep(0.2)

    def _explain_guarded(self, job: Job, tell: Tell) -> None:
        guarded = [folder for folder in GUARDED if job.vault.is_relative_to(self._home / folder)]
        if guarded:
            tell(
                f"the vault lies in {guarded[0]}, which macOS guards: if syncs fail with 'Operation not permitted', "
                "open System Settings → Privacy & Security → Full Disk Access, add "
                f"{job.command[0]} there, then: syncer service restart"
            )
