"""Which vault, note and section is the writer given, and who else has the note open?

    write(vault, OLD)                       the note NOTE holds OLD
    append(vault, NOTE, SECTION, …)         what the tests then add to it
    intent_to_append(OLD)                   what the journal knows of that
    with held_open(note): …                 another program has it open

`limited_file_size` has the system refuse what would make a file longer, as a full disk does.
"""

from __future__ import annotations

import contextlib
import io
import os
import resource
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from syncer.model import Fingerprint, NotePath
from syncer.vault import Vault
from syncer.writer import Intent

NOTE = NotePath("Readwise/State of AI.md")
OLD = "---\ntitle: x\n---\nIch schreibe „dies“ selbst.".encode()
SECTION = "\n\n## New highlights\n\n- „Erste Zeile“ 日本\n".encode() * 40
TEMP = ".syncer-1.tmp"


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    folder = tmp_path / "Vault"
    (folder / "Readwise").mkdir(parents=True)
    with open_vault(folder) as opened:
        yield opened


def open_vault(folder: Path) -> Vault:
    return Vault(str(folder), quiet_time=0.0, patience=0.0)


def on_disk(vault: Vault, path: str = NOTE) -> Path:
    return Path(vault.path, path)


def write(vault: Vault, data: bytes, path: str = NOTE) -> Path:
    on_disk(vault, path).write_bytes(data)
    return on_disk(vault, path)


def everything(vault: Vault) -> dict[str, bytes | None]:
    root = Path(vault.path)
    return {
        str(path.relative_to(root)): path.read_bytes() if path.is_file() else None for path in sorted(root.rglob("*"))
    }


class limited_file_size:  # noqa: N801 - reads as a clause
    """Let no file of this process grow beyond so many bytes: a full disk that needs no mount."""

    def __init__(self, most: int) -> None:
        self.most = most

    def __enter__(self) -> None:
        self.before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (self.most, self.before[1]))

    def __exit__(self, *_: object) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, self.before)


def intent_to_append(before: bytes = OLD, data: bytes = SECTION) -> Intent:
    return Intent(kind="append", path=NOTE, before=Fingerprint.of(before), data=data)


def intent_to_create(data: bytes = SECTION) -> Intent:
    return Intent(kind="create", path=NOTE, temp=TEMP, data=data)


HOLDER = "import os, sys; f = open(sys.argv[1], 'r+b'); print('open', flush=True); sys.stdin.read()"


def typing(note: io.FileIO) -> Callable[[], object]:
    """Return what adds to a note that another program has open."""
    return lambda: io.FileIO.write(note, b"theirs")


@contextlib.contextmanager
def held_open(note: Path) -> Iterator[None]:
    """Have another program hold the note open."""
    with subprocess.Popen([sys.executable, "-c", HOLDER, note], stdin=-1, stdout=-1) as editor:
        assert editor.stdout and editor.stdout.readline() == b"open\n"
        yield
        editor.communicate()


def is_folder(descriptor: int) -> bool:
    return stat.S_ISDIR(os.fstat(descriptor).st_mode)


CHANGED = "it has changed since it was read"


LONG = NotePath(f"Readwise/{'x' * 300}.md")


needs_leases = pytest.mark.skipif(sys.platform != "linux", reason="leases are Linux's")
