"""How does a new note come into the vault, whole or not at all?

    create(vault, "Readwise/State of AI.md", b"# State of AI…", temp_name=".syncer-8f2c.tmp")

Written under a temporary name beside its place, fsync, then linked to its name. Guarantees: no name that is
there is ever overwritten; nobody sees half a note. Where the file system has no links: a rename that does
not overwrite; where it has neither: written under its own name, opened with O_EXCL, which the journal makes
whole after a crash. The note gets the mode that the folder's other notes have. Its name is on the disk for
good after `sync_folders`.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections import Counter
from collections.abc import Callable, Iterator, MutableMapping

from syncer.model import NotePath
from syncer.vault import Vault
from syncer.vault.root import HIDDEN, LeadsOutside, Spot, read_whole, set_mode, split
from syncer.writer.append import read_back
from syncer.writer.disk import place, sync, write_all
from syncer.writer.lease import Access, alone
from syncer.writer.outcome import Failed, Outcome, Refused, is_torn, parent

TAKEN = "a file of this name is there already"
USUAL_MODE = 0o644
MOST_NAMES, MOST_NOTES = 500, 20
"""So many names are looked at for so many notes, to learn the folder's usual mode."""


def create(
    vault: Vault, path: NotePath, data: bytes, *, temp_name: str, modes: MutableMapping[str, int] | None = None
) -> Outcome:
    """Make a note with exactly these bytes, and its folders; `temp_name` is a name, not a path.

    `modes` remembers the usual mode of each folder, for who makes many notes.
    """
    try:
        if any(part.startswith(".") for part in split(path)):
            return Refused(HIDDEN)
        with vault.root.spot(path, follow=False, make_folders=True) as spot:
            if _is_taken(spot) or not _make(vault, spot, data, temp_name, mode=_known_mode(spot, modes)):
                return Refused(TAKEN)
            return read_back(vault, path, data, folder=parent(spot.path))
    except LeadsOutside as error:
        return Refused(error.reason)
    except OSError as error:
        return Failed(error, path, "make the note")


def _is_taken(spot: Spot) -> bool:
    try:
        spot.stat()
    except FileNotFoundError:
        return False
    return True


def _make(vault: Vault, spot: Spot, data: bytes, temp_name: str, *, mode: int) -> bool:
    """Write the file and give it its name; return False where the name was taken meanwhile."""
    with _undone_on_error(lambda: remove_temp(spot, temp_name, data=data)):
        try:
            _write_new(spot, temp_name, data, mode=mode)
        except FileExistsError:  # of a run that ended in the middle, and whose state is lost
            remove_temp(spot, temp_name, data=data)
            _write_new(spot, temp_name, data, mode=mode)
        try:
            is_placed = place(spot, temp_name)
        except FileExistsError:
            remove_temp(spot, temp_name, data=data)
            return False
        if is_placed:
            _drop_name(spot, temp_name)
        else:
            remove_temp(spot, temp_name, data=data)
    if not is_placed:
        try:
            with _undone_on_error(lambda: remove_ours(vault, spot, data=data, whole=False)):
                _write_new(spot, spot.name, data, mode=mode)
        except FileExistsError:
            return False
    return True


def _write_new(spot: Spot, name: str, data: bytes, *, mode: int) -> None:
    descriptor = spot.open(os.O_RDWR | os.O_CREAT | os.O_EXCL, name=name)
    try:
        write_all(descriptor, data)
        set_mode(descriptor, mode)
        sync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _undone_on_error(undo: Callable[[], object]) -> Iterator[None]:
    """Take a half-written file away again; one that was there before us is not ours and stays."""
    try:
        yield
    except FileExistsError:
        raise
    except OSError:
        with contextlib.suppress(OSError):  # the first error is the one to tell; what is left is recover's
            undo()
        raise


def _drop_name(spot: Spot, name: str) -> None:
    """Remove a temporary name whose file has its own name by now, or was renamed to it."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(spot.at(name), dir_fd=spot.folder)


def remove_temp(spot: Spot, name: str, *, data: bytes) -> None:
    """Remove a temporary name, unless what it holds is not ours and stands under no other name.

    Once the file has its own name too, its owner may have edited it: then only the name goes.
    """
    try:
        descriptor = spot.open(os.O_RDONLY, name=name)
    except FileNotFoundError:
        return
    try:
        if os.fstat(descriptor).st_nlink > 1 or is_torn(read_whole(descriptor), data):
            os.unlink(spot.at(name), dir_fd=spot.folder)
    finally:
        os.close(descriptor)


def remove_ours(vault: Vault, spot: Spot, *, data: bytes, whole: bool) -> bool:
    """Remove a note that we made and nobody changed; return False where it holds anything else, or is in use.

    Ours is: all of `data`; or, unless `whole`, what a torn write of it leaves. A file that is gone counts
    as removed.
    """
    try:
        descriptor = spot.open(os.O_RDWR)
    except FileNotFoundError:
        return True
    try:
        with alone(descriptor, pause=vault.pause) as access:
            found, now, named = os.fstat(descriptor), read_whole(descriptor), spot.stat()
            same = (found.st_dev, found.st_ino) == (named.st_dev, named.st_ino)
            ours = now == data or (not whole and is_torn(now, data))
            if access is Access.BUSY or not same or not ours:
                return False
            os.unlink(spot.at(spot.name), dir_fd=spot.folder)
    finally:
        os.close(descriptor)
    return True


def _known_mode(spot: Spot, modes: MutableMapping[str, int] | None) -> int:
    if modes is None:
        return _usual_mode(spot)
    folder = parent(spot.path)
    if folder not in modes:
        modes[folder] = _usual_mode(spot)
    return modes[folder]


def _usual_mode(spot: Spot) -> int:
    """Return the mode that most notes of the folder have: the umask says nothing of the vault."""
    modes: Counter[int] = Counter()
    listed: int | str = spot.prefix if spot.folder is None else spot.folder
    with os.scandir(listed) as entries:
        for _, entry in zip(range(MOST_NAMES), entries, strict=False):
            if entry.name.endswith(".md") and entry.is_file(follow_symlinks=False):
                with contextlib.suppress(FileNotFoundError):
                    modes[stat.S_IMODE(entry.stat(follow_symlinks=False).st_mode) & 0o666] += 1
                if modes.total() == MOST_NOTES:
                    break
    return 0o600 | (modes.most_common(1)[0][0] if modes else USUAL_MODE)
