"""How do thousands of syncs run in a test's time? The pass itself, with Readwise as a value and no waiting.

    user = Direct(tmp_path)                       # a vault and a state of its own
    user.books = [book(1, "Deep Work", […])]      # what Readwise holds
    user.sync(at=later(3)).exit_code              # 0

Everything below the network is real: files, the state, the lock. What is awaited (an editor's save, a second look) is
over at once. The whole program, with a server, is in harness.py.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from hypothesis import settings

from syncer.config import Config, load
from syncer.errors import SyncerError
from syncer.instants import instant
from syncer.model import Book, Change, Hold, Page
from syncer.report import Report
from syncer.sync import Setup, once, preview

PAGE = 3
"""Highlights a page: small, so that books are split over pages."""

MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - a folder of its own is made in it
"""Where homes that are made by the thousand lie, so that no disk has to turn."""

SOME = settings(max_examples=max(8, settings().max_examples * 2 // 5))
"""Fewer examples than usual: each of them is a sync or several."""


class Killed(BaseException):
    """The process ended here, in the middle of a pass."""


class NoWaiting(threading.Event):
    """A stop event on which every wait is over at once; the pass is killed at one of those that are `longer`.

    The second look at what was written is what a pass waits longest for: by then it is written and not remembered.
    """

    def __init__(self, *, killed_at: int = 0, longer: float = 0.0) -> None:
        super().__init__()
        self._left = killed_at
        self._longer = longer

    def wait(self, timeout: float | None = None) -> bool:
        """Return at once, or end the pass."""
        self._left -= (timeout or 0.0) > self._longer
        if self._left == 0 and (timeout or 0.0) > self._longer:
            raise Killed
        return self.is_set()


class Account:
    """What Readwise answers at a moment, as values: as `Loopback`, without HTTP."""

    def __init__(self, books: Sequence[Book], now: datetime) -> None:
        self._books = books
        self._now = now
        self.server_date: datetime | None = now.astimezone(UTC)

    def pages(self, *, updated_after: str | None = None, ids: Sequence[int] = ()) -> Iterator[Page]:
        """Yield what the API would answer, in pages of a few highlights, the newest book first."""
        after = instant(updated_after) if updated_after else None
        rows = [
            (made, highlight)
            for made in sorted(self._books, key=lambda made: -made.id)
            if not ids or made.id in ids
            for highlight in made.highlights
            if _is_there(highlight.updated_at, now=self._now, after=after)
        ]
        for first in range(0, len(rows), PAGE):
            pieces: dict[int, Book] = {}
            for made, highlight in rows[first : first + PAGE]:
                have = pieces.get(made.id, msgspec.structs.replace(made, highlights=()))
                pieces[made.id] = msgspec.structs.replace(have, highlights=(*have.highlights, highlight))
            yield Page(books=tuple(pieces.values()), next=None)


def _is_there(updated_at: str, *, now: datetime, after: datetime | None) -> bool:
    moment = instant(updated_at)
    return moment is None or (moment <= now and (after is None or moment > after))


class Direct:
    """A vault, a state and an account, in one folder."""

    def __init__(self, folder: Path, *, settings: str = "", quiet_time: str = "0s") -> None:
        self.folder = folder
        self.vault = folder / "vault"
        self.vault.mkdir(parents=True)
        self.state = folder / "state"
        self.books: list[Book] = []
        self.killed: tuple[int, float] = (0, 0.0)
        self.heard: list[tuple[str, str]] = []
        self._settings = f'vault.path = "{self.vault}"\nnote.timezone = "Europe/Berlin"\n'
        self.config = self.configured(settings, quiet_time=quiet_time)

    def configured(self, settings: str = "", *, quiet_time: str = "0s") -> Config:
        """Return the configuration with more settings."""
        file = self.folder / "config.toml"
        file.write_text(f'{self._settings}vault.quiet_time = "{quiet_time}"\n{settings}\n', encoding="utf-8")
        return load(file)

    def setup(self, at: datetime) -> Setup:
        """Return what a pass at this moment is given."""
        return Setup(
            config=self.config,
            state=self.state,
            connect=lambda: Account(self.books, at),
            clock=lambda: at,
            stop=NoWaiting(killed_at=self.killed[0], longer=self.killed[1]),
            hear=lambda kind, text: self.heard.append((kind, text)),
            on_page=lambda pages, highlights: None,
            lock_wait=0.0,
        )

    def sync(self, *, at: datetime) -> Report:
        """Sync, and return what was done."""
        return once(self.setup(at))

    def error(self, *, at: datetime) -> SyncerError | None:
        """Sync, and return what ended it, None for nothing."""
        try:
            self.sync(at=at)
        except SyncerError as error:
            return error
        return None

    def shown(self, *, at: datetime) -> list[tuple[Change | Hold, bytes]]:
        """Return what a sync would do, each change with its note's present bytes."""
        with preview(self.setup(at)) as (_, drawn):
            return list(drawn)

    def forget(self) -> None:
        """Lose the state, with everything beside it."""
        shutil.rmtree(self.state)

    def tree(self) -> dict[str, tuple[bytes, int]]:
        """Return every file of the vault with its bytes and mtime."""
        files = sorted(path for path in self.vault.rglob("*") if path.is_file())
        return {str(path.relative_to(self.vault)): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}

    def text(self) -> dict[str, bytes]:
        """Return every file of the vault with its bytes."""
        return {path: data for path, (data, _) in self.tree().items()}
