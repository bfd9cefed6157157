"""The state's file: how it is opened, sealed, and put aside when it is damaged.

    ~/.local/state/syncer/2f1c…e0.sqlite3        one a vault, named by the SHA-256 of the vault's real path
    meta: ('vault', seal + {"path": "/home/a/Notes", "device": 66, "inode": 1201, "obsidian": true})

Guarantees: the file has mode 0600 in a folder of mode 0700; a commit is on the disk when it returns; a file that
SQLite calls corrupt, or that holds a value whose checksum does not fit, is renamed, never deleted; every other
error ends the run before anything is written. A dry run works on a private copy and leaves no trace.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Self, TypeVar

import msgspec

from syncer.errors import VaultError
from syncer.library.journal import Journal
from syncer.library.ledger import Ledger
from syncer.library.mirror import Mirror
from syncer.library.schema import upgrade

_FORMATS = {1, 2}
"""What SQLite writes into bytes 18 and 19 of a file: who may write and who may read it (1 rollback journal, 2 WAL)."""
_PAGE = 16_384
"""Bytes of a page of the file: a book has some, and goes to the disk in a few calls."""
PATIENCE = 10.0
"""Seconds for which another program may hold the file."""
T = TypeVar("T")
LOOK_AT_DISK = "look at the permissions of the state's folder and the room on its disk; syncer doctor tells more"

_SEALED = (
    "SELECT 'meta:' || key, value FROM meta",
    "SELECT 'book:' || id, value FROM books",
    "SELECT 'placed:' || book_id, value FROM placed",
    "SELECT 'intent:' || id, value FROM intents",
    "SELECT 'run:' || id, value FROM runs",
    "SELECT 'addition:' || run || ':' || path, value FROM additions",
)
"""Every value that must be what it was; an entry of the index that is not is read anew."""


_TEXTS = ("SELECT path FROM placed", "SELECT path FROM notes", "SELECT path FROM additions")
"""Texts that stand beside the sealed values, and must be texts at least."""


class Corrupt(VaultError):  # noqa: N818 - it says what the file is
    """The state holds something that syncer did not write there; `what` says where, in a few words."""

    def __init__(self, what: str, path: Path | None = None) -> None:
        hint = "the next sync puts it aside and begins anew: syncer once"
        super().__init__(f"the state {path or ''} is damaged: {what}".replace("  ", " "), hint=hint)
        self.what = what
        self.path = path


def seal(key: str, payload: bytes) -> bytes:
    """Return the payload with four bytes before it that tell whether key and payload are still what they were."""
    return zlib.crc32(payload, zlib.crc32(key.encode())).to_bytes(4, "big") + payload


def unseal(key: str, value: object) -> bytes:
    """Return the payload of a sealed value; raise Corrupt where its checksum does not fit."""
    if not isinstance(value, bytes) or len(value) < 4 or seal(key, value[4:]) != value:
        raise Corrupt(f"checksum of {key.split(':', maxsplit=1)[0]}")
    return value[4:]


def state_name(vault: Path) -> str:
    """Return the state's file name for a vault, by its real path."""
    return hashlib.sha256(os.fsencode(vault)).hexdigest()[:32] + ".sqlite3"


def find_state(folder: Path, vault: Path) -> Path:
    """Return the path of a vault's state, taking along the one of a vault that was moved here.

    A vault is known again by device and inode when the path that the state remembers is gone.
    """
    wanted = folder / state_name(vault)
    if wanted.exists() or not folder.is_dir():
        return wanted
    try:
        facts = vault.stat()
    except OSError:
        return wanted
    for other in sorted(folder.glob("*.sqlite3")):
        with contextlib.suppress(sqlite3.Error, Corrupt, VaultError, OSError), Library.view(other) as library:
            seen = library.get("vault", dict[str, object]) or {}
            same = (seen.get("device"), seen.get("inode")) == (facts.st_dev, facts.st_ino)
            if same and not Path(str(seen.get("path", ""))).exists():
                return other
    return wanted


class Library:
    """One vault's state, open."""

    def __init__(self, connection: sqlite3.Connection, path: Path | None) -> None:
        self.path = path
        self.connection = connection
        self.mirror = Mirror(connection, seal, unseal)
        self.ledger = Ledger(connection, seal, unseal, Corrupt)
        self.journal = Journal(connection, seal, unseal)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open or make the state at this path; raise Corrupt or VaultError."""
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600))
        except OSError as error:
            raise VaultError(f"the state {path} could not be opened: {error.strerror}", hint=LOOK_AT_DISK) from error
        return cls(_prepared(path), path)

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


@contextlib.contextmanager
def translated(path: Path | None) -> Iterator[None]:
    """Turn SQLite's errors into ours: Corrupt where the file is damaged, VaultError for all else."""
    try:
        yield
    except Corrupt as damage:
        if damage.path or not path:
            raise
        raise Corrupt(damage.what, path) from damage
    except sqlite3.Error as error:
        if is_damage(error):
            raise Corrupt(str(error), path) from error
        where = path or "in memory"
        raise VaultError(f"the state {where} could not be read or written: {error}", hint=LOOK_AT_DISK) from error


def is_damage(error: sqlite3.Error) -> bool:
    """Return whether SQLite says that the file itself is damaged, rather than the disk or a permission.

    Python's own complaint about a text that is not UTF-8 has no code; a schema that lost a table gives SQLITE_ERROR.
    """
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
    return code in (
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_ERROR,
        sqlite3.SQLITE_MISMATCH,
    )


def private_copy(path: Path | None) -> Library:
    """Return a library over a private copy of the state, which nobody else sees and which leaves no trace.

    A state that a crashed run left with a hot journal is copied together with it, so that SQLite repairs the copy.
    Every value in it is looked at; raise Corrupt where one is damaged. None gives the library of an empty state.
    """
    connection = sqlite3.connect("", isolation_level=None)
    if path is None or not path.exists() or not path.stat().st_size:
        return Library(upgrade(connection, Corrupt), None)
    _refuse_unknown_format(path)
    with translated(path):
        try:
            with contextlib.closing(Library.view(path).connection) as source:
                source.backup(connection)
        except sqlite3.Error as error:
            if is_damage(error):
                raise
            import tempfile

            with tempfile.TemporaryDirectory(prefix="syncer-") as folder:
                _copy_with_journal(path, Path(folder) / "state").backup(connection)
        _check(upgrade(connection, Corrupt))
    return Library(connection, None)


def _check(connection: sqlite3.Connection) -> None:
    """Read the whole state; raise Corrupt, or SQLite's own error, where a value or a page is damaged."""
    for query in _SEALED:
        for key, value in connection.execute(query):
            unseal(key, value)
    for query in _TEXTS:
        connection.execute(query).fetchall()
    found = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if found[0] != "ok":
        raise Corrupt("pages of the file")


def is_whole(path: Path, *, patience: float = PATIENCE) -> bool:
    """Tell whether a state that seemed damaged is whole on a second look, or cannot even be read or locked.

    SQLite takes a read that fails for damage; then the disk is what fails, and the file is to be kept. Another program
    may hold it for `patience` seconds.
    """
    try:
        with path.open("rb") as file:
            _read_as_sqlite_does(file.fileno())
    except OSError:
        return True
    try:
        with translated(path), contextlib.closing(_prepared(path, patience=patience)) as connection:
            _check(connection)
    except VaultError as error:
        return not isinstance(error, Corrupt)
    return True


def _read_as_sqlite_does(descriptor: int) -> None:
    """Read a whole file by the call that SQLite uses, where the system has it; raise OSError."""
    size = os.fstat(descriptor).st_size
    if hasattr(os, "pread"):
        os.pread(descriptor, size, 0)
    else:
        os.read(descriptor, size)


def put_aside(path: Path, *, stamp: str) -> Path:
    """Rename a damaged state and its journal out of the way, and return the new name."""
    aside = path.with_name(f"{path.name}.damaged-{stamp}")
    for suffix in ("-journal", ""):
        source = path.with_name(path.name + suffix)
        if source.exists():
            source.rename(aside.with_name(aside.name + suffix))
    return aside


def _copy_with_journal(path: Path, target: Path) -> sqlite3.Connection:
    import shutil

    shutil.copyfile(path, target)
    journal = path.with_name(path.name + "-journal")
    if journal.exists():
        shutil.copyfile(journal, target.with_name(target.name + "-journal"))
    return sqlite3.connect(target, isolation_level=None)


def _prepared(path: Path, *, patience: float = PATIENCE) -> sqlite3.Connection:
    with translated(path):
        _refuse_unknown_format(path)
        connection = sqlite3.connect(path, isolation_level=None, timeout=patience)
        try:
            connection.execute(f"PRAGMA page_size = {_PAGE}")  # counts where the file is just begun
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("PRAGMA synchronous = EXTRA")  # the journal's end is on the disk, too, or it comes back
            connection.execute("PRAGMA fullfsync = 1")
            return upgrade(connection, Corrupt)
        except BaseException:
            connection.close()
            raise


def _refuse_unknown_format(path: Path) -> None:
    """Raise Corrupt where the header asks for a later SQLite, which would open the file for reading alone.

    While a crashed run's journal lies beside it, the header is not what it will be once SQLite has rolled it back.
    """
    if path.with_name(path.name + "-journal").exists():
        return
    try:
        with path.open("rb") as file:
            header = file.read(20)
    except OSError as error:
        raise VaultError(f"the state {path} could not be read: {error.strerror}", hint=LOOK_AT_DISK) from error
    if len(header) == 20 and not {header[18], header[19]} <= _FORMATS:
        raise Corrupt("its file format is none of SQLite's")


def _quoted(path: Path) -> str:
    from urllib.parse import quote

    return quote(str(path))
