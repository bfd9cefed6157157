"""Which changes does a command make in the watched folders, in which order?

    record(scenario)   [Op("open", "…/.syncer-1.tmp"), Op("write", …, data=b"…"), Op("sync", …), Op("name", …), …]

They are read from strace, with every byte that was written. Not recorded: mmap and extended attributes; a call that
would be lost without a word (copy_file_range, sendfile, writev …) raises.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.faults.scenario import Scenario
from tests.faults.trace import CHANGES, Call, traced

_STRING = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_DESCRIPTOR = re.compile(r"(?:^|[( ,])(-?\d+|AT_FDCWD)<((?:\\x[0-9a-f]{2}|[^<>])*)>")


@dataclass(frozen=True)
class Op:
    """One change on the watched folders: `kind` is open, write, cut, sync, name, drop, move or folder."""

    kind: str
    path: str
    other: str = ""
    data: bytes = b""
    offset: int = -1


def record(scenario: Scenario) -> list[Op]:
    """Run the command once under strace and return the changes it makes, in order."""
    scenario.reset()
    ran = traced(scenario, CHANGES, content=True)
    if ran.exit_code:
        raise RuntimeError(f"{scenario.name}: the run with no fault failed: {ran.stderr[-400:]}")
    ops = []
    for call in ran.calls:
        if call.result is not None and call.result >= 0 and (op := _op(call)) and _watched(op, scenario.watch):
            ops.append(op)
    return ops


def _watched(op: Op, folders: Sequence[Path]) -> bool:
    return any(path == str(top) or path.startswith(f"{top}/") for top in folders for path in (op.path, op.other))


def _op(call: Call) -> Op | None:
    """Translate one call."""
    strings = [bytes.fromhex(text.replace("\\x", "")) for text in _STRING.findall(call.text)]
    folders = [_unescaped(path) for _, path in _DESCRIPTOR.findall(call.text)]

    def path(number: int) -> str:
        name = os.fsdecode(strings[number])
        base = folders[min(number, len(folders) - 1)] if folders else str(Path.cwd())
        return os.path.normpath(f"{base}/{name}" if not name.startswith("/") else name)

    match call.name:
        case "openat" | "open" | "creat" if "O_TRUNC" in call.text or "O_CREAT" in call.text:
            return Op("open", path(0), other="cut" if "O_TRUNC" in call.text else "")
        case "write" if folders:
            return Op("write", folders[0], data=strings[-1][: call.result])
        case "pwrite64":
            return Op("write", folders[0], data=strings[-1][: call.result], offset=int(call.text.rsplit(",", 1)[1]))
        case "ftruncate":
            return Op("cut", folders[0], offset=int(call.text.rsplit(",", 1)[1]))
        case "fsync" | "fdatasync":
            return Op("sync", folders[0])
        case "rename" | "renameat" | "renameat2":
            return Op("move", path(0), path(1))
        case "link" | "linkat":
            return Op("name", path(0), path(1))
        case "unlink" | "unlinkat" | "rmdir":
            return Op("drop", path(0))
        case "mkdir" | "mkdirat":
            return Op("folder", path(0))
        case "copy_file_range" | "sendfile" | "writev" | "pwritev" | "fallocate":
            raise RuntimeError(f"{call.name} is not modelled")
    return None


def _unescaped(path: str) -> str:
    return os.fsdecode(re.sub(rb"\\x([0-9a-f]{2})", lambda code: bytes([int(code[1], 16)]), path.encode()))
