"""The state's file: what it is named and how it is opened.

    ~/.local/state/syncer/2f1c…e0.sqlite3        one a vault, named by the SHA-256 of the vault's real path
    meta: ('vault', seal + {"path": "/home/a/Notes", "device": 66, "inode": 1201, "obsidian": true})

Guarantees: the file has mode 0600 in a folder of mode 0700; a commit is on the disk when it returns; an error other
than damage ends the run before anything is written. What damage is, is seals.py's question, and what becomes of a
state that is damaged whole.py's; which file is a vault's, and how it is looked at, look.py's.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self, TypeVar

import msgspec

from syncer.errors import VaultError, reason_of
from syncer.library.journal import Journal
from syncer.library.ledger import Ledger
from syncer.library.mirror import Keys, Mirror
from syncer.library.schema import upgrade
from syncer.library.seals import LOOK_AT_DISK, Corrupt, seal, translated, unreadable, unseal

_FORMATS = {1, 2}
"""What SQLite writes into bytes 18 and 19 of a file: who may write and who may read it (1 rollback journal, 2 WAL)."""
_PAGE = 16_384
"""Bytes of a page of the file: a book has some, and goes to the disk in a few calls."""
PATIENCE = 10.0
"""Seconds for which another program may hold the file."""
T = TypeVar("T")


def state_name(vault: Path) -> str:
    """Return the state's file name for a vault, by its real path."""
    return hashlib.sha256(os.fsencode(vault)).hexdigest()[:32] + ".sqlite3"


class Library:
    """One vault's state, open."""

    def __init__(self, connection: sqlite3.Connection, path: Path | None) -> None:
        self.path = path
        self.connection = connection
        self.mirror = Mirror(connection)
        self.ledger = Ledger(connection)
        self.journal = Journal(connection)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open or make the state at this path; raise Corrupt or VaultError."""
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600))
        except OSError as error:
            raise VaultError(f"the state {path} could not be opened: {reason_of(error)}", hint=LOOK_AT_DISK) from error
        return cls(prepared(path), path)

    @classmethod
    def view(cls, path: Path) -> Self:
        """Open an existing state for reading alone; it is neither made, upgraded nor repaired."""
        uri = f"file:{_quoted(path)}?mode=ro"
        connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=10)
        return cls(connection, path)

    def is_new(self) -> bool:
        """Tell whether nothing is remembered yet: the state was just begun."""
        return self.get("vault", dict[str, object]) is None and self.journal.next_run() == 1 and not self.ledger.paths()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Run the block as one durable transaction: all of it is on the disk, or none."""
        with translated(self.path):
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self.connection.execute("COMMIT")  # one that fails may leave the transaction open
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    self.connection.execute("ROLLBACK")
                raise

    def shared_links(self, book_ids: Sequence[int], *, keys: Keys) -> frozenset[int]:
        """Return the hashes of those links of these books that another book of the library has too."""
        from syncer.library.links import Links  # most runs never ask

        links = Links(self.connection, self.mirror)
        if changed := links.changed():
            with self.transaction():
                links.look_at(changed, keys=keys)
        return links.shared(book_ids, keys=keys)

    def get(self, key: str, kind: type[T]) -> T | None:
        """Return a remembered value of this type, or None where there is none."""
        row = self.connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        if row is None:
            return None
        try:
            return msgspec.json.decode(unseal(f"meta:{key}", row[0]), type=kind)
        except msgspec.MsgspecError as error:
            raise Corrupt(f"value of {key}") from error

    def set(self, key: str, value: object) -> None:
        """Remember a value; inside a transaction, which has nothing to bring to the disk where it is known already."""
        sealed = seal(f"meta:{key}", msgspec.json.encode(value))
        if self.connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone() != (sealed,):
            self.connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, sealed))


def prepared(path: Path, *, patience: float = PATIENCE) -> sqlite3.Connection:
    """Return a connection to the state, made where it is not there and of the newest version; raise as `open` does."""
    with translated(path):
        refuse_unknown_format(path)
        connection = sqlite3.connect(path, isolation_level=None, timeout=patience)
        try:
            connection.execute(f"PRAGMA page_size = {_PAGE}")  # counts where the file is just begun
            connection.execute("PRAGMA secure_delete = OFF")  # zeros over a batch's intents would be written twice
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("PRAGMA synchronous = EXTRA")  # the journal's end is on the disk, too, or it comes back
            connection.execute("PRAGMA fullfsync = 1")
            return upgrade(connection, Corrupt)
        except BaseException:
            connection.close()
            raise


def refuse_unknown_format(path: Path) -> None:
    """Raise Corrupt where the header asks for a later SQLite, which would open the file for reading alone.

    While a crashed run's journal lies beside it, the header is not what it will be once SQLite has rolled it back.
    """
    if path.with_name(path.name + "-journal").exists():
        return
    try:
        with path.open("rb") as file:
            header = file.read(20)
    except OSError as error:
        raise unreadable(path, error) from error
    if len(header) == 20 and not {header[18], header[19]} <= _FORMATS:
        raise Corrupt("its file format is none of SQLite's")


def _quoted(path: Path) -> str:
    from urllib.parse import quote

    return quote(str(path))
