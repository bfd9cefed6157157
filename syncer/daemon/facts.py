"""What does `syncer status` find of the service? A small file beside the vault's state, replaced after each poll.

    ~/.local/state/syncer/2f1c…e0.service.json
    {"since":"2026-11-24T06:55:01.000Z","next":"2026-11-24T10:42:10.000Z","failures":0,
     "last":{"began":"2026-11-24T09:42:03.000Z","ended":"2026-11-24T09:42:04.000Z","outcome":{"exit_code":0}}, …}

Whether the service runs is told by the lock beside it (`.service.lock`), which is free the moment its holder ends.
Guarantees: a reader sees the old file or the new one; a file that is lost or damaged is as good as none, and costs the
memory of failures in a row only; that it cannot be written never ends the service. Times are RFC 3339 in UTC.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from syncer.daemon.outcome import Outcome
from syncer.library import state_name


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """One poll: when, and how it ended."""

    began: str
    ended: str
    outcome: Outcome


FAILURES = 3
"""So many syncs in a row that failed are a trouble that somebody is to be told of."""


class Facts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the service knows of itself; "" is never, or nothing."""

    since: str = ""
    stopped: str = ""
    config: str = ""
    config_problem: str = ""
    next: str = ""
    last: Tried | None = None
    success: str = ""
    failures: int = 0
    failing_since: str = ""
    told: str = ""


def facts_file(state: Path, vault: Path) -> Path:
    """Return where the facts of this vault's service lie."""
    return (state / state_name(vault)).with_suffix(".service.json")


def service_lock(state: Path, vault: Path) -> Path:
    """Return the file that a running service of this vault holds locked."""
    return (state / state_name(vault)).with_suffix(".service.lock")


def read_facts(path: Path) -> Facts:
    """Return the facts in the file; empty ones where there are none."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Facts)
    except (OSError, msgspec.MsgspecError):
        return Facts()


def keep_facts(path: Path, facts: Facts) -> None:
    """Replace the facts in the file."""
    fresh = path.with_name(path.name + ".new")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh.touch(mode=0o600)
        fresh.write_bytes(msgspec.json.encode(facts))
        fresh.replace(path)
    except OSError as error:
        from syncer.log import LOG

        LOG.warning("the service's facts could not be kept in %s: %s", path, error.strerror)
