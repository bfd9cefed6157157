"""A state that is not as it should be, for whoever looks at it: as a crash, an older version or a disk leaves it.

leave_hot(path)             a run was killed in the middle of a transaction: its journal lies beside the state
with unlooked_at(folder):   the system does not tell what is in this folder
"""

from __future__ import annotations

import errno
import os
import sqlite3
from contextlib import AbstractContextManager, ExitStack, closing
from pathlib import Path

from tests.calls import call, failing


def leave_hot(path: Path) -> dict[str, bytes]:
    """Leave a state as a kill in the middle of a transaction does; return the files of its folder."""
    with closing(sqlite3.connect(path, isolation_level=None)) as dying:
        dying.execute("PRAGMA cache_size = 1")
        dying.execute("BEGIN IMMEDIATE")
        dying.execute("UPDATE meta SET value = zeroblob(90000)")
        hot = {found.name: found.read_bytes() for found in path.parent.iterdir() if found.is_file()}
        dying.execute("ROLLBACK")
    assert f"{path.name}-journal" in hot
    for name, data in hot.items():
        (path.parent / name).write_bytes(data)
    return hot


def unlooked_at(folder: Path) -> AbstractContextManager[object]:
    """Have the system refuse to say what is in a folder, whoever asks, while the block runs."""

    def below(*arguments: object) -> bool:
        named = arguments[0] if arguments else ""
        return isinstance(named, str | os.PathLike) and Path(named).is_relative_to(folder)

    stack = ExitStack()
    for name in ("stat", "open", "listdir", "scandir"):
        stack.enter_context(call(name, failing(errno.EACCES, when=below)))
    return stack
