"""How does systemd run it? As a user unit with as much hardening as the machine can do, a timer, or a system unit.

    syncer-hardened.service    first choice; where it ends in systemd's own set-up (218, 226, …), the next one
    syncer-fallback.service    filters system calls, needs no user namespace
    syncer-plain.service       no hardening at all
    syncer-once.timer          --timer: no service that stays, one sync an hour
    syncer-system.service      --system: runs as the vault's owner, the token is an encrypted credential

Guarantees: a unit counts as installed when systemd has seen it come up; which one it became, and what it could not do,
is said; `uninstall` takes away all that `install` made.
"""

from __future__ import annotations

import os
import pwd
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from syncer.errors import UsageError
from syncer.service.installed import SYSTEM_FOLDER, TIMER, UNIT, user_folder
from syncer.service.job import TOKEN_FILE, Job, Ran, Run, Tell, is_root, remove, write
from syncer.service.unit_text import command_line, environment_lines, filled, quoted, shipped

CREDENTIAL = Path("/etc/syncer/readwise-token.cred")
SETUP_FAILED = range(200, 246)
"""Exit codes that systemd itself uses when it cannot set up what a unit asks for (systemd.exec(5))."""


class Variant(NamedTuple):
    """A shipped unit that can become the service, and what is to be said when it had to."""

    name: str
    said: str


USER_VARIANTS = (
    Variant("syncer-hardened.service", "hardened: it writes to the vault and to its state alone"),
    Variant(
        "syncer-fallback.service",
        "with less hardening, because this machine offers no user namespaces: system calls are filtered, files are not",
    ),
    Variant("syncer-plain.service", "without hardening, because this machine offers none"),
)


class Systemd:
    """The service manager of this user, or of the system."""

    name = "systemd"

    def __init__(
        self, run: Run, *, env: Mapping[str, str], home: Path, is_system: bool = False, is_timer: bool = False
    ) -> None:
        self._run = run
        self._is_system = is_system
        self._is_timer = is_timer
        self._folder = SYSTEM_FOLDER if is_system else user_folder(env, home=home)
        self._flags = () if is_system else ("--user",)

    # ------------------------------------------------------------ what would be installed

    def files(self, job: Job) -> dict[Path, bytes]:
        """Return what `install` writes where nothing has to be left out."""
        if self._is_timer:
            return {self._folder / name: self._text(name, job) for name in TIMER}
        name = "syncer-system.service" if self._is_system else USER_VARIANTS[0].name
        return {self._folder / UNIT: self._text(name, job)}

    def _text(self, name: str, job: Job) -> bytes:
        owner = job.vault.stat().st_uid if self._is_system else None
        variables = {name: value for name, value in job.env.items() if not self._is_system or name != "XDG_STATE_HOME"}
        hidden = [Path("/home"), Path("/root"), Path("/run/user")]
        readable = [path for path in job.readable if any(path.is_relative_to(top) for top in hidden)]
        values = {
            "command": command_line(job.command),
            "config": quoted(str(job.config), in_command=True),
            "environment": environment_lines(variables),
            "vault": quoted(str(job.vault)),
            "state": quoted(str(job.state)),
            "user": pwd.getpwuid(owner).pw_name if owner is not None else "",
            "credential": "" if TOKEN_FILE in job.env else f"LoadCredentialEncrypted=readwise-token:{CREDENTIAL}",
            "readable": " ".join(quoted(str(path)) for path in readable),
        }
        return filled(shipped("systemd", name), values).encode()

    # ------------------------------------------------------------ install and uninstall

    def install(self, job: Job, *, tell: Tell, linger: bool = False) -> bool:
        """Write the unit, start it and see it come up; return whether it did."""
        self._require()
        job.state.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._remove((UNIT,) if self._is_timer else TIMER, tell)
        if self._is_timer:
            return self._install_timer(job, tell)
        if self._is_system:
            self._require_credential(job)
            code = self._try(job, Variant("syncer-system.service", "as a system service"), tell)
            came_up = code is None
            if code in SETUP_FAILED:
                tell(f"systemd could not set the unit up (code {code}); see: journalctl --unit {UNIT}")
        else:
            came_up = self._install_user(job, tell)
        if came_up:
            self._call("enable", UNIT)
            if not self._is_system:
                self._linger(tell, wanted=linger)
        return came_up

    def _install_user(self, job: Job, tell: Tell) -> bool:
        for variant in USER_VARIANTS:
            code = self._try(job, variant, tell)
            if code is None:
                return True
            if code not in SETUP_FAILED:
                return False
            tell(f"systemd could not set this unit up (code {code}): {variant.name}")
        return False

    def _try(self, job: Job, variant: Variant, tell: Tell) -> int | None:
        """Start this variant; return None when it came up, else the exit code that it ended with."""
        path = self._folder / UNIT
        write(path, self._text(variant.name, job))
        self._call("daemon-reload")
        started = self._call("restart", UNIT)
        if started.code == 0:
            tell(f"wrote {path}")
            tell(f"the service runs, {variant.said}")
            return None
        shown = self._call("show", "--property=ExecMainStatus", "--value", UNIT).out
        code = int(shown) if shown.isdigit() else 0
        self._call("stop", UNIT)
        self._call("reset-failed", UNIT)
        if code not in SETUP_FAILED:
            tell(f"the service did not come up (code {code}): {started.out}")
            tell(f"hint: see why with: {' '.join(self.logs(follow=False))}")
        return code

    def _install_timer(self, job: Job, tell: Tell) -> bool:
        for path, data in self.files(job).items():
            write(path, data)
            tell(f"wrote {path}")
        self._call("daemon-reload")
        started = self._call("enable", "--now", TIMER[1])
        tell("a sync runs every hour; the next: systemctl --user list-timers" if started.code == 0 else started.out)
        return started.code == 0

    def uninstall(self, job: Job | None, *, tell: Tell) -> None:
        """Stop the service and remove all that was made for it."""
        self._require()
        there = self._remove((UNIT, *TIMER), tell)
        self._call("daemon-reload")
        self._call("reset-failed", UNIT)
        for folder in ("default.target.wants", "timers.target.wants"):
            _remove_empty(self._folder / folder)
        if not self._is_system:
            for path in (self._folder, self._folder.parent):
                _remove_empty(path)
        for path in (job.facts, job.lock) if job else ():
            remove(path)
        if not there:
            tell("there was no service of syncer's")
        elif not self._is_system and self._lingers():
            tell("services of yours still run while you are logged out; to end that: loginctl disable-linger")

    def _remove(self, names: Sequence[str], tell: Tell) -> bool:
        """Stop and remove these units, as far as they are there; return whether one was."""
        there = [name for name in names if (self._folder / name).exists()]
        for name in there:
            self._call("disable", "--now", name)
            remove(self._folder / name)
            tell(f"removed {self._folder / name}")
        return bool(there)

    # ------------------------------------------------------------ the rest

    def control(self, verb: str) -> tuple[int, str]:
        """Have systemd `start`, `stop` or `restart` it; return the exit code and what systemd said."""
        self._require()
        ran = self._call(verb, self._unit())
        return ran.code, ran.out

    def status(self) -> tuple[int, str]:
        """Return what systemd says of it, with 0 when it is active."""
        self._require()
        ran = self._call("status", "--no-pager", "--lines=0", self._unit())
        return ran.code, ran.out

    def logs(self, *, follow: bool) -> list[str]:
        """Return the command that shows the log."""
        unit = UNIT if self._unit() == UNIT else TIMER[0]
        return ["journalctl", *self._flags, "--unit", unit, "--lines=100", "--follow" if follow else "--no-pager"]

    def _unit(self) -> str:
        return TIMER[1] if not (self._folder / UNIT).exists() and self._has_timer() else UNIT

    def _has_timer(self) -> bool:
        return (self._folder / TIMER[1]).exists()

    def _call(self, *words: str) -> Ran:
        return self._run(["systemctl", *self._flags, *words])

    def _require(self) -> None:
        """Raise UsageError where there is no such service manager to talk to."""
        if self._is_system and not is_root():
            raise UsageError("a system service is for root to install", hint="call it with sudo, or without --system")
        ran = self._call("show", "--property=Version", "--value")
        if ran.code:
            whose = "system's" if self._is_system else "user's"
            raise UsageError(
                f"systemd cannot be reached as this {whose} service manager: {ran.out}",
                hint="log in as this user without su or sudo, or keep `syncer run` running by other means",
            )

    def _require_credential(self, job: Job) -> None:
        if TOKEN_FILE in job.env or CREDENTIAL.exists():
            return
        raise UsageError(
            f"there is no token for the system service at {CREDENTIAL}",
            hint=f"make it with: mkdir -p {CREDENTIAL.parent} && systemd-creds encrypt --name=readwise-token - "
            f"{CREDENTIAL} and type the token, then Ctrl-D",
        )

    def _user(self) -> str:
        return pwd.getpwuid(os.getuid()).pw_name

    def _lingers(self) -> bool:
        return self._run(["loginctl", "show-user", self._user(), "--property=Linger", "--value"]).out == "yes"

    def _linger(self, tell: Tell, *, wanted: bool) -> None:
        """Explain lingering, or switch it on where that is wanted."""
        if self._lingers():
            tell("it runs from boot on, whether or not you are logged in (lingering is on)")
            return
        if wanted:
            ran = self._run(["loginctl", "enable-linger", self._user()])
            tell("it runs from boot on, whether or not you are logged in" if ran.code == 0 else ran.out)
            return
        tell(
            "it runs while you are logged in; to have it run from boot on, as on a server: "
            f"loginctl enable-linger {self._user()}   (or install it with --linger)"
        )


def _remove_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()
