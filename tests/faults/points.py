"""Which of the faults differ, of all that could be tried at all the calls of a command?

    faults_of(calls)   → Points(faults=[Fault(…), …], equal={"kill where nothing changed since the last": 493, …})

A call counts where it is about the watched folders or the configuration. What is left out is equal to one that is
tried, or cannot come; how much that is, by rule, stands in `equal`:

- A kill leaves on the disk what was there before the call. So a kill is tried right before each call that changes
  something (a write, a cut, a new or a dropped name, a mode), and one after the last of them. An fsync changes nothing
  that a killed process leaves; for a power cut it does (crashstates.py, disks.py).
- An error is tried where the manual page of the call, or a network's file system, knows it: no room (ENOSPC, EDQUOT)
  where something is made, written, or brought to the disk; EROFS there, and where a file is opened to be written or
  is asked whether it may be; EMFILE where a descriptor is made; EACCES and EPERM where rights are looked at, on a
  network with each request (of a lock it says that another has it, and flock never does); EINTR where a call may wait.
- Calls that ask nothing of any disk (lseek, the flags of a descriptor) cannot fail for a disk's sake: of what could be
  tried there, every seventeenth is.
- An error that lasts is tried from each call on at which it may come once.
"""

from __future__ import annotations

import collections
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.faults.trace import Call

ERRORS = ("ENOSPC", "EIO", "EDQUOT", "EROFS", "EACCES", "EPERM", "EMFILE", "ESTALE", "EINTR")
LASTING = ("ENOSPC", "EIO", "EDQUOT", "EROFS", "EACCES", "EMFILE", "ESTALE")
THIN = 17
"""Of what could be tried at calls that ask nothing of a disk, one in so many is, so that each kind of fault is."""

WRITES = frozenset(
    ("write", "pwrite64", "writev", "pwritev", "ftruncate", "truncate", "fallocate", "copy_file_range", "sendfile")
)
NAMES = frozenset(
    (
        *("rename", "renameat", "renameat2", "link", "linkat", "unlink", "unlinkat"),
        *("mkdir", "mkdirat", "rmdir", "symlink", "symlinkat"),
    )
)
MODES = frozenset(("fchmod", "chmod", "fchmodat", "utimensat"))
SYNCS = frozenset(("fsync", "fdatasync"))
OPENS = frozenset(("openat", "open", "creat"))
LOOKS_BY_NAME = frozenset(("newfstatat", "statx", "readlink", "readlinkat", "access", "faccessat2"))

_ROOM = ("ENOSPC", "EDQUOT")
_RIGHTS = ("EACCES", "EPERM")
_REQUEST = ("EIO", "ESTALE", *_RIGHTS)
_CHANGE = (*_ROOM, *_REQUEST, "EROFS")
MAY_COME = {
    "read": {*_REQUEST, "EINTR"},
    "list": {*_REQUEST, "EINTR"},
    "look": {*_REQUEST},
    "ask to write": {*_REQUEST, "EROFS"},
    "open": {*_REQUEST, "EMFILE", "EINTR"},
    "open to write": {*_REQUEST, "EMFILE", "EINTR", "EROFS"},
    "make": {*_CHANGE, "EMFILE", "EINTR"},
    "write": {*_CHANGE, "EINTR"},
    "sync": {*_CHANGE, "EINTR"},
    "name": {*_CHANGE},
    "mode": {*_CHANGE},
    "lock": {"EIO", "ESTALE", "EACCES", "EINTR"},
    "flock": {"EIO", "ESTALE", "EINTR"},
    "close": {"EIO", "EINTR"},
    "close what was written": {*_ROOM, "EIO", "EINTR"},
    "copy": {"EMFILE"},
}
"""Which errors may come, by the kind of call; of one that is not here, no error comes from a disk."""

_LAST = re.compile(r"<([^<>]*)>$")


@dataclass(frozen=True)
class Fault:
    """One call to be broken, and how: `inject` is strace's words for it, or the variable for short_write/."""

    call: Call
    what: str
    inject: str

    def __str__(self) -> str:
        return f"{self.what} at {self.call.name}#{self.call.nth}({self.call.text[:70]})"


@dataclass(frozen=True)
class Points:
    """The faults to be tried, and how many were left out, by the rule that says why."""

    faults: list[Fault]
    equal: dict[str, int]


def faults_of(calls: Sequence[Call]) -> Points:
    """Return every fault that differs; `calls` are those of a whole run on the watched folders, in order."""
    faults: list[Fault] = []
    equal: collections.Counter[str] = collections.Counter()
    written = {path for call in calls if (path := _opened_to_write(call))}
    last = max((place for place, call in enumerate(calls) if changes(call)), default=-1)
    thin = 0
    for place, call in enumerate(calls):
        if changes(call) or place == last + 1:
            faults.append(Fault(call, "KILL", f"{call.name}:signal=KILL:when={call.nth}"))
        else:
            equal["kills with nothing changed since another"] += 1
        may_come = MAY_COME.get(kind_of(call, written=written))
        for what, inject in _errors(call):
            if may_come is not None and what.split()[0] in may_come:
                faults.append(Fault(call, what, inject))
            elif may_come is not None:
                equal["errors that do not come from such a call"] += 1
            elif thin % THIN:
                equal["errors of calls that ask nothing of a disk"] += 1
            else:
                faults.append(Fault(call, what, inject))
            thin += may_come is None
    writes = [call for call in calls if call.name == "write"]
    shorts = [Fault(call, "short", f"SHORT_WRITE={number}") for number, call in enumerate(writes, 1)]
    return Points(faults + shorts, dict(equal))


def cuts_of(calls: Sequence[Call]) -> list[Fault]:
    """Return the kills that leave different disks, if the power goes with them."""
    chosen = [call for call in calls if changes(call) or call.name in SYNCS]
    return [Fault(call, "KILL", f"{call.name}:signal=KILL:when={call.nth}") for call in chosen]


def changes(call: Call) -> bool:
    """Tell whether a call changes what a process that is killed right after it leaves on the disk."""
    makes = call.name in OPENS and ("O_CREAT" in call.text or "O_TRUNC" in call.text or call.name == "creat")
    return makes or call.name in WRITES | NAMES | MODES


def kind_of(call: Call, *, written: set[str]) -> str:
    """Return what kind of call it is, one of MAY_COME, or "memory"."""
    name, text = call.name, call.text
    if name in OPENS:
        return "make" if changes(call) else "open to write" if _opened_to_write(call) else "open"
    if name == "fcntl":
        return "lock" if "LK" in text or "LEASE" in text else "copy" if "F_DUPFD" in text else "memory"
    if name == "close":
        found = _LAST.search(text)
        return "close what was written" if found and found[1] in written else "close"
    if name in ("access", "faccessat2") and "W_OK" in text:
        return "ask to write"
    kinds = (
        *((WRITES, "write"), (NAMES, "name"), (MODES, "mode"), (SYNCS, "sync"), (LOOKS_BY_NAME, "look")),
        *(
            ({"fstat"}, "look"),
            ({"read", "pread64"}, "read"),
            ({"getdents64"}, "list"),
            ({"flock"}, "flock"),
        ),
    )
    return next((kind for names, kind in kinds if name in names), "memory")


def _opened_to_write(call: Call) -> str:
    """Return the path of a file that a call opened to be written, "" for any other call."""
    wanted = call.name in OPENS and ("O_WRONLY" in call.text or "O_RDWR" in call.text)
    return (call.result_path or call.text) if wanted else ""


def _errors(call: Call) -> Iterator[tuple[str, str]]:
    for error in ERRORS:
        yield error, f"{call.name}:error={error}:when={call.nth}"
    for error in LASTING:
        yield f"{error} lasting", f"{call.name}:error={error}:when={call.nth}+"


def spread(faults: Sequence[Fault], most: int) -> list[Fault]:
    """Return at most so many of them, evenly spread over the kinds of fault and, in each, over the calls."""
    if len(faults) <= most:
        return list(faults)
    by_kind = sorted(faults, key=lambda fault: fault.what)
    return [by_kind[number * len(by_kind) // most] for number in range(most)]
