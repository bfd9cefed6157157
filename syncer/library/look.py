"""Where is a vault's state, and how is it opened for a look alone? For `history`, `status`, and to find it at all.

    find_state(folder, vault)            → ….sqlite3, of this vault, or of the one that was moved here
    with viewed(path) as library: …      read-only where it lies; a private copy where that does not do
    is_found(path)                       → False: nobody can have written anything there
    in_the_way(folder)                   → (~/.local, "no state can be kept in …: ~/.local is not a folder")

Guarantees: nothing is made, changed or repaired; what cannot be looked at now is a VaultError, and never taken for
what is not there; every error of SQLite's and of the system's is one of ours.
"""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from syncer.errors import VaultError, reason_of
from syncer.library.schema import is_newest
from syncer.library.seals import Corrupt, is_busy, is_damage, translated, whole_after_all
from syncer.library.store import Library, state_name
from syncer.library.whole import private_copy


def find_state(folder: Path, vault: Path) -> Path:
    """Return the path of a vault's state, taking along the one of a vault that was moved here.

    A vault is known again by device and inode when the path that the state remembers is gone, or is the vault's since
    a run after the move. A state that is damaged is passed over; raise VaultError where none is found, and one
    that cannot be read now may be it.
    """
    wanted = folder / state_name(vault)
    if is_found(wanted):
        return wanted
    others = _states(folder)
    facts = _facts(vault) if others else None
    if facts is None:
        return wanted
    trouble = None
    for other in others:
        try:
            if _is_of(other, vault, facts):
                return other
        except VaultError as error:
            trouble = trouble or error
    if trouble is not None:
        raise trouble
    return wanted


def _is_of(state: Path, vault: Path, facts: os.stat_result) -> bool:
    """Return whether this state is of this vault, which has another path than the one that named the state."""
    try:
        with viewed(state) as library:
            seen = library.get("vault", dict[str, object]) or {}
    except Corrupt:
        return False
    if (seen.get("device"), seen.get("inode")) != (facts.st_dev, facts.st_ino):
        return False
    path = Path(str(seen.get("path", "")))
    return path == vault or not is_found(path)


@contextmanager
def viewed(path: Path) -> Iterator[Library]:
    """Open a state for reading alone; one that is not there, or has nothing in it, is an empty one.

    One that a crashed run left in the middle, or that an older version wrote, is looked at in a private copy. Raise
    Corrupt where it is damaged, VaultError where it cannot be read.
    """
    try:
        with translated(path), _plain(path) or private_copy(path) as library:
            yield library
    except Corrupt as damage:
        if _is_damaged(path):
            raise
        hint = "is its disk failing? look again, and see: syncer doctor"
        raise whole_after_all(damage, path, hint=hint) from damage


def _is_damaged(path: Path) -> bool:
    """Return whether a state that seemed damaged is so on a second look: SQLite takes a read that fails for damage."""
    try:
        private_copy(path).connection.close()
    except Corrupt:
        return True
    return False


def _plain(path: Path) -> Library | None:
    """Return the state where it lies, None where only a copy can be read, or tell why it cannot."""
    try:
        with ExitStack() as stack:
            library = stack.enter_context(Library.view(path))
            if not is_newest(library.connection):
                return None
            stack.pop_all()
            return library
    except sqlite3.Error as error:
        if is_damage(error) or is_busy(error):
            raise
        return None


def is_found(path: Path) -> bool:
    """Return whether something is at a path; raise VaultError where that cannot be told."""
    return _facts(path) is not None


def in_the_way(folder: Path) -> tuple[Path, str] | None:
    """Return what keeps a state from being made or written in this folder, and a sentence of it; None for nothing."""
    for place in (folder, *folder.parents):
        why = _unfit(place)
        if why is not None:
            return (place, f"no state can be kept in {folder}: {place} {why}") if why else None
    return None


def _unfit(place: Path) -> str | None:
    """Return why nothing can be made in a place, "" where something can; None where the place is yet to be made."""
    if (facts := _facts(place)) is None:
        return "is a link to nothing" if place.is_symlink() else None
    if not stat.S_ISDIR(facts.st_mode):
        return "is not a folder"
    may_make = os.access(place, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids)
    return "" if may_make else "lets nothing be made in it"


def _facts(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise _hidden(path, error) from error


def _states(folder: Path) -> list[Path]:
    """Return all states of a folder, by name; none where there is no folder."""
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == ".sqlite3")
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise _hidden(folder, error) from error


def _hidden(path: Path, error: OSError) -> VaultError:
    hint = "look at its permissions, those of the folders above it, and its disk; syncer doctor tells more"
    return VaultError(f"{path} could not be looked at: {reason_of(error)}", hint=hint)
