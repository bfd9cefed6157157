"""How is a file kept from being opened by anyone else for the moment in which it is cut or patched?

    with alone(descriptor, pause=vault.pause) as access:
        if access is not Access.BUSY: …look once more, then cut

By a Linux write lease (fcntl(2), F_SETLEASE): it is granted only while no other program has the file open,
and whoever opens it then waits until the block ends, microseconds later. Guarantee: between the look and
the cut no save can come in between, where the system has leases; elsewhere `Access.UNGUARDED`, and the
window is two system calls wide.
"""

from __future__ import annotations

import contextlib
import errno
import signal
import struct
import sys
import threading
from collections.abc import Callable, Iterator
from enum import Enum


class Access(Enum):
    """Who else may open the file while the block runs."""

    ALONE = "nobody"
    UNGUARDED = "anybody: the system has no leases"
    BUSY = "somebody has it open"


if sys.platform != "linux":

    @contextlib.contextmanager
    def alone(descriptor: int, *, pause: Callable[[], object]) -> Iterator[Access]:
        """Say that this system has no leases."""
        yield Access.UNGUARDED

else:
    from fcntl import F_SETLEASE, F_UNLCK, F_WRLCK, fcntl

    TRIES = 8
    SET_OWNER = 15  # F_SETOWN_EX, which the fcntl module does not name
    OWNER_IS_THREAD = 0  # F_OWNER_TID

    @contextlib.contextmanager
    def alone(descriptor: int, *, pause: Callable[[], object]) -> Iterator[Access]:
        """Hold off every other opener of the file while the block runs; say whether that was granted."""
        # the kernel says by SIGIO that somebody waits for the file; the block is over before that matters
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGIO})
        try:
            access = _ask(descriptor, pause)
            try:
                yield access
            finally:
                if access is Access.ALONE:
                    fcntl(descriptor, F_SETLEASE, F_UNLCK)
                    signal.sigtimedwait({signal.SIGIO}, 0)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)

    def _ask(descriptor: int, pause: Callable[[], object]) -> Access:
        for _ in range(TRIES):
            try:
                fcntl(descriptor, SET_OWNER, struct.pack("ii", OWNER_IS_THREAD, threading.get_native_id()))
                fcntl(descriptor, F_SETLEASE, F_WRLCK)
            except OSError as error:
                if error.errno != errno.EAGAIN:
                    return Access.UNGUARDED  # a file system without leases, or somebody else's file
                pause()
            else:
                return Access.ALONE
        return Access.BUSY
