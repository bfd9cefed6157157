"""Who may write to the vault? One process at a time, on this machine.

    with hold(state / "3f….lock", wait=60.0, on_wait=lambda owner: …):
        …one pass…

The lock file holds who has it, for the message only:

    {"pid": 4711, "since": 1728892562.1, "command": "syncer once"}

Guarantees: the lock is the system's (flock, msvcrt.locking), so it is free the moment its holder ends,
however it ends; the file is never removed, so two processes cannot hold two files of one name. Two machines
with one vault are not kept apart by it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from syncer.errors import Interrupted, VaultBusy, VaultError

POLL = 0.05
"""Seconds between two tries while another process has the lock."""

FAR = 1 << 30
"""Windows locks a byte, and others cannot read it: one that the owner's record never reaches."""

TAKEN = {errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES}


class Owner(msgspec.Struct, frozen=True):
    """Who holds the vault: process id, since when (Unix seconds), its command; 0 and "" while unknown."""

    pid: int = 0
    since: float = 0.0
    command: str = ""


@contextlib.contextmanager
def hold(
    lock_file: Path, *, wait: float, on_wait: Callable[[Owner], None], stop: threading.Event | None = None
) -> Iterator[None]:
    """Hold the vault while the block runs; wait up to `wait` seconds for it, calling `on_wait` once.

    Raise VaultBusy with the holder's process id and since when; Interrupted where `stop` is set meanwhile; VaultError
    where the file cannot be locked at all.
    """
    descriptor = _open(lock_file)
    try:
        _take_within(descriptor, lock_file, wait, on_wait, stop or threading.Event())
        _sign(descriptor, lock_file)
        yield
    finally:
        os.close(descriptor)


def holder(lock_file: Path) -> Owner | None:
    """Return who holds the lock; None where nobody does, or where that cannot be found out."""
    try:
        descriptor = os.open(lock_file, os.O_RDWR | getattr(os, "O_CLOEXEC", 0))
        try:
            return None if _take(descriptor, lock_file) else _owner(descriptor)
        finally:
            os.close(descriptor)
    except (OSError, VaultError):
        return None


def _open(lock_file: Path) -> int:
    try:
        if not lock_file.exists():
            _make_folder(lock_file.parent)
        return os.open(lock_file, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
    except OSError as error:
        raise _unlockable(lock_file, error) from error


def _make_folder(folder: Path) -> None:
    """Make the folder of the state, private, and put its name on the disk with those above it.

    A journal whose folder a power cut takes away tells nobody what was being written.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    from syncer.writer.disk import sync_names

    for above in folder.parents:
        if not os.access(above, os.W_OK | os.R_OK):
            break  # nothing was made there
        sync_names(above)


def _take_within(
    descriptor: int, lock_file: Path, wait: float, on_wait: Callable[[Owner], None], stop: threading.Event
) -> None:
    end = time.monotonic() + wait
    told = False
    while not _take(descriptor, lock_file):
        left = end - time.monotonic()
        owner = _owner(descriptor)
        if left <= 0:
            raise VaultBusy(who_holds(owner), hint="wait for it to finish, or raise --wait")
        if not told:
            on_wait(owner)
            told = True
        if stop.wait(min(POLL, left)):
            raise Interrupted("stopped while waiting for another sync; nothing was written")


def _take(descriptor: int, lock_file: Path) -> bool:
    """Take the lock if it is free."""
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(descriptor, FAR, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in TAKEN:
            return False
        raise _unlockable(lock_file, error) from error
    return True


def _sign(descriptor: int, lock_file: Path) -> None:
    """Write who holds the lock; others read it while they wait."""
    command = " ".join([Path(sys.argv[0] or "python").name, *sys.argv[1:2]])
    record = msgspec.json.encode(Owner(os.getpid(), time.time(), command))
    try:
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.write(descriptor, record)
    except OSError as error:
        raise _unlockable(lock_file, error) from error


def _owner(descriptor: int) -> Owner:
    os.lseek(descriptor, 0, os.SEEK_SET)
    try:
        return msgspec.json.decode(os.read(descriptor, 4096), type=Owner)
    except msgspec.DecodeError:
        return Owner()


def who_holds(owner: Owner) -> str:
    """Return a sentence that names the holder's process, its command, and since when it has the vault."""
    if not owner.pid:
        return "another sync holds the vault"
    since = time.strftime("%H:%M:%S", time.localtime(owner.since))
    return f"another sync holds the vault: process {owner.pid} ({owner.command}), since {since}"


def _unlockable(lock_file: Path, error: OSError) -> VaultError:
    return VaultError(
        f"cannot lock {lock_file}: {error.strerror}",
        hint="is the state folder writable, and on a local disk?",
    )
