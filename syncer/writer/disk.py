"""How do bytes and names reach the disk for good? The few system calls that the rest of the writer stands on.

    write_all(descriptor, data)         all of it, whatever the system takes at once
    sync(descriptor)                    on the disk, not in a cache of its controller
    sync_names(Path("/home/me"))        the names in a folder outside the vault, too
    place(spot, ".syncer-1.tmp")        the file gets its name, and never another file's
    sync_folders(vault, {"Readwise"})   the names are on the disk too

Guarantees: nothing here overwrites a name; a file system that does not offer a call is told from one that
fails.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Iterable
from pathlib import Path

from syncer.vault import Vault
from syncer.vault.root import LeadsOutside, Spot
from syncer.writer.outcome import parent

NOT_OFFERED = {errno.EPERM, errno.ENOSYS, errno.EMLINK, errno.ENOTSUP, errno.EOPNOTSUPP}
NOT_OFFERED_RENAME = NOT_OFFERED | {errno.EINVAL}
NOT_OFFERED_SYNC = {errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP}
AT_CWD = -100 if sys.platform == "linux" else -2
LINUX_NOREPLACE = 1
MACOS_EXCL = 4


def write_all(descriptor: int, data: bytes) -> None:
    """Write all of `data` at the descriptor's place; raise OSError, with part of it written."""
    rest = memoryview(data)
    while rest:
        rest = rest[write_some(descriptor, rest) :]


def write_some(descriptor: int, data: memoryview | bytes) -> int:
    """Write once and return how much was taken; a call that takes nothing is an error."""
    taken = os.write(descriptor, data)
    if taken == 0:
        raise OSError(errno.EIO, "the disk takes no more bytes")
    return taken


def sync(descriptor: int) -> None:
    """Wait until the file is on the disk itself; raise OSError.

    macOS's fsync stops at the drive's cache; F_FULLFSYNC does not, where the file system has it (fsync(2)
    there).
    """
    if sys.platform == "darwin":
        import fcntl

        with contextlib.suppress(OSError):
            fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
            return
    os.fsync(descriptor)


def sync_folders(vault: Vault, folders: Iterable[str]) -> dict[str, OSError]:
    """Put the names in these folders on the disk, and the folders' own names; return those that failed."""
    results: dict[str, OSError | None] = {}
    wanted = set(folders)
    for folder in sorted(wanted):
        above = folder
        while above:
            above = parent(above)
            if above not in results:
                results[above] = _sync_folder(vault, above)
        results[folder] = _sync_folder(vault, folder)
    failures = {}
    for folder in wanted:
        step: str | None = folder
        while step is not None:
            if error := results[step]:
                failures[folder] = error
            step = parent(step) if step else None
    return failures


def _sync_folder(vault: Vault, folder: str) -> OSError | None:
    try:
        with vault.in_folder(folder) as spot:
            if spot.folder is not None:
                sync(spot.folder)
    except LeadsOutside as error:
        return OSError(errno.EXDEV, error.reason, folder)
    except OSError as error:
        if error.errno not in NOT_OFFERED_SYNC:
            return OSError(error.errno, error.strerror, folder or vault.path)
    return None


def sync_names(folder: Path) -> None:
    """Put the names in a folder outside the vault on the disk, where the system offers that; raise OSError."""
    if os.name == "nt":
        return  # there is no way to, and no need
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except PermissionError:
        return  # written into, and not to be read
    try:
        sync(descriptor)
    except OSError as error:
        if error.errno not in NOT_OFFERED_SYNC:
            raise
    finally:
        os.close(descriptor)


def place(spot: Spot, temp: str) -> bool:
    """Give the file `temp` the spot's name; return False where no way is offered that never overwrites.

    The temporary name may be left. Raise FileExistsError where the name is taken, OSError for everything
    else.
    """
    old, new = spot.at(temp), spot.at(spot.name)
    try:
        os.link(old, new, src_dir_fd=spot.folder, dst_dir_fd=spot.folder, follow_symlinks=False)
    except OSError as error:
        if error.errno not in NOT_OFFERED:
            raise
        return _rename(spot.folder, old, new)
    return True


def _rename(folder: int | None, old: str, new: str) -> bool:
    """Rename without overwriting, by the call that each system has for it."""
    if os.name == "nt":
        os.rename(old, new)  # noqa: PTH104 - Windows refuses a name that is taken
        return True
    import ctypes

    name, flag = ("renameatx_np", MACOS_EXCL) if sys.platform == "darwin" else ("renameat2", LINUX_NOREPLACE)
    call = getattr(ctypes.CDLL(None, use_errno=True), name, None)
    if call is None:
        return False
    where = AT_CWD if folder is None else folder
    if call(where, os.fsencode(old), where, os.fsencode(new), flag) == 0:
        return True
    code = ctypes.get_errno()
    if code in NOT_OFFERED_RENAME:
        return False
    raise OSError(code, os.strerror(code), new)
