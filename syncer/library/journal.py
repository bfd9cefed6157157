"""What is being written, and what was: intents of the batch under way, runs, and what each run added.

    intents:   (1, seal + {"kind": "append", "path": "Readwise/State of AI.md", "before": {"size": …}, "data": …})
    runs:      (3, seal + {"started": "2024-10-14T07:56:02Z", "exit_code": 0, "sections": 1, "highlights": 4, …})
    additions: (3, "Readwise/State of AI.md", seal + {"offset": 5210, "size": 811, "sha256": "…", …})

Guarantees: intents are on the disk before the first byte of a batch is written, and go in the same transaction that
records what the batch did; so a run that ended in the middle is finished, or decided anew, by the next.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from itertools import takewhile

import msgspec

from syncer.library.seals import seal, unseal
from syncer.model import Addition, Intent, NotePath, Part

_encode = msgspec.json.Encoder().encode
KEPT_DAYS = 30
"""So many days back runs and what they added are known."""


class Way(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The way on from what a run held back: whose note it is, 0 where nobody said, and whether it passes by itself."""

    book_id: int = 0
    hint: str = ""
    soon: bool = False


class Run(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One run's summary; times are RFC 3339 in UTC. `hint` goes with `message`, `ways` with `holds`, one by one."""

    id: int
    started: str
    finished: str = ""
    exit_code: int | None = None
    message: str = ""
    hint: str = ""
    notes_created: int = 0
    sections: int = 0
    highlights: int = 0
    updates: int = 0
    holds: tuple[tuple[str, str], ...] = ()
    ways: tuple[Way, ...] = ()


class Recorded(msgspec.Struct, frozen=True):
    """An intent with what is needed to remember it as done: the run, the books, the section's heading."""

    intent: Intent
    run: int
    parts: tuple[Part, ...]
    heading: str


class Undoing(msgspec.Struct, frozen=True):
    """An undo under way, kept before its first cut: of which run, and what of which notes (None: of all)."""

    run: int
    forget: bool
    paths: tuple[NotePath, ...] | None = None

    def means(self, path: NotePath) -> bool:
        """Tell whether it takes something out of this note."""
        return self.paths is None or path in self.paths


class Journal:
    """The records of writing, in the state."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    # ------------------------------------------------------------ the batch under way

    def intend(self, recorded: Iterable[Recorded]) -> list[int]:
        """Keep what is about to be written, inside a transaction that ends before the first byte; return the ids."""
        row = self._db.execute("SELECT max(id) FROM intents").fetchone()
        ids = []
        for number, one in enumerate(recorded, (row[0] or 0) + 1):
            value = seal(f"intent:{number}", _encode(one))
            self._db.execute("INSERT INTO intents VALUES (?, ?)", (number, value))
            ids.append(number)
        return ids

    def intents(self) -> list[tuple[int, Recorded]]:
        """Return what an earlier run was writing when it ended, with the ids."""
        rows = self._db.execute("SELECT id, value FROM intents ORDER BY id").fetchall()
        decode = msgspec.json.Decoder(Recorded).decode
        return [(number, decode(unseal(f"intent:{number}", value))) for number, value in rows]

    def drop_intents(self, ids: Iterable[int]) -> None:
        """Forget these intents: they are decided."""
        self._db.executemany("DELETE FROM intents WHERE id = ?", ((number,) for number in ids))

    # ------------------------------------------------------------ runs and their additions

    def next_run(self) -> int:
        """Return the number that the next run will have."""
        row = self._db.execute("SELECT max(id) FROM runs").fetchone()
        return (row[0] or 0) + 1

    def keep_run(self, run: Run) -> None:
        """Remember a run's summary, replacing what was kept of it before."""
        value = seal(f"run:{run.id}", _encode(run))
        self._db.execute("INSERT OR REPLACE INTO runs VALUES (?, ?)", (run.id, value))

    def runs(self, *, newest: int) -> list[Run]:
        """Return the newest runs, the newest first."""
        rows = self._db.execute("SELECT id, value FROM runs ORDER BY id DESC LIMIT ?", (newest,)).fetchall()
        return [msgspec.json.decode(unseal(f"run:{row[0]}", row[1]), type=Run) for row in rows]

    def forget_before(self, moment: str) -> None:
        """Forget the runs that started before this RFC 3339 instant, and what they added."""
        rows = self._db.execute("SELECT id, value FROM runs ORDER BY id")
        runs = (msgspec.json.decode(unseal(f"run:{row[0]}", row[1]), type=Run) for row in rows)
        old = [run.id for run in takewhile(lambda run: run.started < moment, runs)]
        for table, column in (("runs", "id"), ("additions", "run")):
            self._db.executemany(f"DELETE FROM {table} WHERE {column} = ?", ((number,) for number in old))  # noqa: S608 - fixed names

    def keep_addition(self, addition: Addition) -> None:
        """Remember what a run added to a note."""
        value = seal(f"addition:{addition.run}:{addition.path}", _encode(addition))
        self._db.execute("INSERT OR REPLACE INTO additions VALUES (?, ?, ?)", (addition.run, addition.path, value))

    def drop_addition(self, addition: Addition) -> None:
        """Forget an addition that was taken back."""
        self._db.execute("DELETE FROM additions WHERE run = ? AND path = ?", (addition.run, addition.path))

    def last_addition(self, path: NotePath) -> Addition | None:
        """Return the newest addition to a note."""
        row = self._db.execute(
            "SELECT run, value FROM additions WHERE path = ? ORDER BY run DESC LIMIT 1", (path,)
        ).fetchone()
        return self._addition(row[0], path, row[1]) if row else None

    def additions(self, run: int) -> Iterator[Addition]:
        """Yield what a run added, by path."""
        rows = self._db.execute("SELECT path, value FROM additions WHERE run = ? ORDER BY path", (run,))
        for path, value in rows.fetchall():
            yield self._addition(run, path, value)

    def _addition(self, run: int, path: str, value: object) -> Addition:
        return msgspec.json.decode(unseal(f"addition:{run}:{path}", value), type=Addition)
