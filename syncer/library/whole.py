"""Is a state whole, and what becomes of one that is not? A private copy for a look, a second look, a place aside.

    private_copy(path)              → a Library in memory, every value of it looked at, or Corrupt
    is_whole(path)                  → True: what seemed damage was the disk, or another program
    put_aside(path, stamp="…")      → ….sqlite3.damaged-20241014T075602, with its journal

Guarantees: a damaged state is renamed, never deleted; a private copy leaves no trace. How a state is opened for good
is store.py's question.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from syncer.errors import VaultError
from syncer.library.schema import is_as_made, upgrade
from syncer.library.seals import Corrupt, is_damage, translated, unreadable, unseal
from syncer.library.store import PATIENCE, Library, prepared, refuse_unknown_format

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


def private_copy(path: Path | None) -> Library:
    """Return a library over a private copy of the state, which nobody else sees and which leaves no trace.

    A state that a crashed run left with a hot journal is copied together with it, so that SQLite repairs the copy.
    Every value in it is looked at; raise Corrupt where one is damaged. None gives the library of an empty state.
    """
    connection = sqlite3.connect("", isolation_level=None)
    if path is None or not _has_content(path):
        return Library(upgrade(connection, Corrupt), None)
    with _told_apart(path):
        refuse_unknown_format(path)
        try:
            with Library.view(path) as source:
                source.connection.backup(connection)
        except sqlite3.Error as error:
            if is_damage(error):
                raise
            _copy_by_way_of_a_folder(path, connection)
        _check(upgrade(connection, Corrupt))
    return Library(connection, None)


@contextlib.contextmanager
def _told_apart(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into ours, as `translated`; a read that fails, which SQLite takes for damage, is none."""
    try:
        with translated(path):
            yield
    except Corrupt:
        try:
            _read_through(path)
        except OSError as error:
            raise unreadable(path, error) from error
        raise


def _has_content(path: Path) -> bool:
    try:
        return path.stat().st_size > 0
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise unreadable(path, error) from error


def _copy_by_way_of_a_folder(path: Path, connection: sqlite3.Connection) -> None:
    """Copy a state that SQLite does not open where it lies; raise VaultError where the system does not read it."""
    import tempfile

    try:
        with (
            tempfile.TemporaryDirectory(prefix="syncer-") as folder,
            contextlib.closing(_copy_with_journal(path, Path(folder) / "state")) as source,
        ):
            source.backup(connection)
    except OSError as error:
        raise unreadable(path, error) from error


def _check(connection: sqlite3.Connection) -> None:
    """Read the whole state; raise Corrupt, or SQLite's own error, where a value or a page is damaged."""
    for query in _SEALED:
        for key, value in connection.execute(query):
            unseal(key, value)
    for query in _TEXTS:
        connection.execute(query).fetchall()
    found = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if not is_as_made(connection):
        raise Corrupt("names of tables")
    if found[0] != "ok":
        raise Corrupt("pages of the file")


def is_whole(path: Path, *, patience: float = PATIENCE) -> bool:
    """Tell whether a state that seemed damaged is whole on a second look, or cannot even be read or locked.

    SQLite takes a read that fails for damage; then the disk is what fails, and the file is to be kept. Another program
    may hold it for `patience` seconds.
    """
    try:
        _read_through(path)
    except OSError:
        return True
    try:
        with translated(path), contextlib.closing(prepared(path, patience=patience)) as connection:
            _check(connection)
    except VaultError as error:
        return not isinstance(error, Corrupt)
    return True


def _read_through(path: Path) -> None:
    """Read a whole file by the call that SQLite uses, where the system has it; raise OSError."""
    with path.open("rb") as file:
        descriptor = file.fileno()
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
