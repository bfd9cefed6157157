"""Is what is in the state what syncer wrote there? The seal on each value, and the error where it does not fit.

    seal("placed:801", b'{"path": …}')   → b"\x1c\x9a\x02\x7f" + b'{"path": …}'     crc32 of key and payload
    unseal("placed:801", value)          → b'{"path": …}', or Corrupt
    with translated(path): …             SQLite's own errors become Corrupt or VaultError

Guarantees: another key's value, and one of which a bit has changed, is never taken for what it was.
"""

from __future__ import annotations

import contextlib
import sqlite3
import zlib
from collections.abc import Iterator
from pathlib import Path

from syncer.errors import VaultError, reason_of

LOOK_AT_DISK = "look at the permissions of the state's folder and the room on its disk; syncer doctor tells more"


class Corrupt(VaultError):  # noqa: N818 - it says what the file is
    """The state holds something that syncer did not write there; `what` says where, in a few words."""

    def __init__(self, what: str, path: Path | None = None) -> None:
        hint = "the next sync puts it aside and begins anew: syncer once"
        super().__init__(f"the state {path or ''} is damaged: {what}".replace("  ", " "), hint=hint)
        self.what = what
        self.path = path


def seal(key: str, payload: bytes) -> bytes:
    """Return the payload with four bytes before it that tell whether key and payload are still what they were."""
    return _sum(key, payload) + payload


def unseal(key: str, value: object) -> bytes:
    """Return the payload of a sealed value; raise Corrupt where its checksum does not fit."""
    if isinstance(value, bytes) and value[:4] == _sum(key, payload := value[4:]):
        return payload
    raise Corrupt(f"checksum of {key.split(':', maxsplit=1)[0]}")


def _sum(key: str, payload: bytes) -> bytes:
    return zlib.crc32(payload, zlib.crc32(key.encode())).to_bytes(4, "big")


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


def unreadable(path: Path, error: OSError) -> VaultError:
    """Return what there is to say of a state that the system does not let be read."""
    return VaultError(f"the state {path} could not be read: {reason_of(error)}", hint=LOOK_AT_DISK)


def whole_after_all(damage: Corrupt, path: Path, *, hint: str) -> VaultError:
    """Return what there is to say of a state that seemed damaged, and is whole on a second look."""
    return VaultError(f"the state {path} could not be read ({damage.what}), and is whole on a second look", hint=hint)


def is_busy(error: sqlite3.Error) -> bool:
    """Return whether another program holds the file."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    return code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


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
