"""What does the service's loop have of the world? Two clocks, a way to wait, a way to poll, and whom to tell.

    World(now=…, up=…, spread=…, bell=Bell(), start=…, supervisor=Supervisor(env), teller=Teller(env), facts=path, …)
    read_loaded(Path("config.toml"))      → Loaded(config=Config(…), data=b"[vault]…")

A test gives it clocks and polls of its own. What the loop does with them is `worker.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, Protocol

from syncer.config import Config, load
from syncer.config_file import read_bytes
from syncer.daemon.bell import Waits
from syncer.daemon.sd_notify import Supervisor
from syncer.daemon.timetable import Spread
from syncer.daemon.trouble import Teller


class Loaded(NamedTuple):
    """A configuration that was found right, and its text."""

    config: Config
    data: bytes


def read_loaded(path: Path) -> Loaded:
    """Read the configuration; raise ConfigError."""
    data = read_bytes(path)
    return Loaded(load(path, data=data), data)


class Poll(Protocol):
    """One poll at work: child.py's, or a test's."""

    is_overdue: bool
    deadline: float

    def ended(self, *, now: float) -> int | None:
        """Return its exit code once it has ended."""

    def printed(self) -> bytes:
        """Return the outcome that it told."""

    def end(self) -> None:
        """End it within seconds."""


class World(NamedTuple):
    """What the loop has of the world: two clocks, chance, a way to wait, a way to poll, whom to tell, and a file.

    `now` is the time of the day in UTC; `up` counts seconds and goes on in suspend. `start` begins a poll with the
    configuration's text. `on_config` is called with each configuration that counts from now on.
    """

    now: Callable[[], datetime]
    up: Callable[[], float]
    spread: Spread
    bell: Waits
    start: Callable[[bytes], Poll]
    on_config: Callable[[Config], None]
    supervisor: Supervisor
    teller: Teller
    facts: Path
