"""What does a service manager need to know? Which program, which configuration, which vault; and how it is asked.

    Job(command=("/opt/syncer/bin/python", "-P", "-m", "syncer"), config=PosixPath("/home/me/.config/…"), …)
    run(["systemctl", "--user", "is-active", "syncer.service"])      → Ran(code=0, out="active")

Guarantees: every path is absolute and the real one, so that the service sees the same files as the shell that
installed it; no token is among the variables.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from syncer.config import Config
from syncer.credentials import token_file
from syncer.daemon.facts import facts_file, service_lock
from syncer.errors import VaultError, reason_of
from syncer.program import folders, started_again

TOKEN_FILE = "READWISE_TOKEN_FILE"  # noqa: S105 - the name of a variable that names a file
LIMIT = 120.0
"""Seconds that a call of the service manager may take."""


class Ran(NamedTuple):
    """How a command ended, and what it printed on both streams together."""

    code: int
    out: str


Run = Callable[[Sequence[str]], Ran]
Tell = Callable[[str], None]


class Job(NamedTuple):
    """One vault's service; `readable` is what it must be able to read, `facts` and `lock` what it leaves."""

    command: tuple[str, ...]
    env: Mapping[str, str]
    config: Path
    vault: Path
    state: Path
    readable: tuple[Path, ...]
    facts: Path
    lock: Path


def job_of(config: Config, *, state: Path, env: Mapping[str, str]) -> Job:
    """Return what the service manager is to be told for this configuration; raise TokenError without its file."""
    program = started_again()
    vault, file = config.vault.path.resolve(), config.file.absolute()
    variables = {"XDG_STATE_HOME": str(state.parent), **program.env}
    if given := token_file(env):
        variables[TOKEN_FILE] = str(given.absolute())
    named = (config.note.template, config.readwise.ca or "", variables.get(TOKEN_FILE, ""))
    others = [Path(path) for path in named if Path(path).is_absolute()]
    return Job(
        command=program.command,
        env=variables,
        config=file,
        vault=vault,
        state=state,
        readable=(*folders(), file.parent, *others),
        facts=facts_file(state, vault),
        lock=service_lock(state, vault),
    )


def runner(env: Mapping[str, str]) -> Run:
    """Return a function that runs a command in this environment and never raises for what the command does."""

    def run(command: Sequence[str]) -> Ran:
        try:
            done = subprocess.run(
                command,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=LIMIT,
                check=False,
            )
        except OSError as error:
            return Ran(127, f"{command[0]}: {reason_of(error)}")
        except subprocess.TimeoutExpired:
            return Ran(124, f"{command[0]} did not end within {LIMIT:.0f} s")
        return Ran(done.returncode, done.stdout.decode("utf-8", "replace").strip())

    return run


def write(path: Path, data: bytes) -> None:
    """Write a file that a service manager reads, with its folder; raise VaultError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        hint = "look at the folder's permissions"
        raise VaultError(f"{path} could not be written: {error.strerror}", hint=hint) from error


def remove(path: Path, *, above: int = 0) -> bool:
    """Remove a file and so many folders above it as far as they are empty; return whether it was there."""
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise VaultError(f"{path} could not be removed: {error.strerror}", hint="remove it by hand") from error
    for folder in list(path.parents)[:above]:
        try:
            folder.rmdir()
        except OSError:
            break
    return True


def is_root() -> bool:
    """Return whether this process may change the system."""
    return os.geteuid() == 0
