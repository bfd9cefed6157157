"""Which home does a person have who runs `syncer init`, and which questions are asked there?

    env                                     its variables; HOME is the sandbox's
    known_to_obsidian(home, vault)          Obsidian's own list names this vault
    terminal.answers(LOOK, "")              the question for the look of new notes, and the usual answer
    files(home)                             all that is in it now

`readwise` is a Readwise on this machine with the library of `syncer demo`, which takes TOKEN alone.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from syncer.export_file import parse_export
from syncer.loopback import Loopback

TOKEN = "tok-3f81c2e97ab04d65"
WHERE = "Which one? A number, or another folder [1]:"
FOLDER = "Folder for new notes, in the vault"
LOOK = "Look of new notes"
GO_ON = "Keep this configuration and the token? [Y/n]"
SYNC = "Sync now, and write this? [Y/n]"


def demo_library() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(resources.files("syncer").joinpath("demo_library.json").read_bytes())
    return document


@pytest.fixture
def readwise() -> Iterator[Loopback]:
    books = parse_export(json.dumps(demo_library()).encode()).books
    with Loopback(books, tokens={TOKEN}, now=datetime(2026, 11, 30, tzinfo=UTC)) as server:
        yield server


@pytest.fixture
def env(sandbox: Path) -> dict[str, str]:
    """The sandbox's environment, with a folder for temporary files that can be looked into."""
    (sandbox / "tmp").mkdir()
    return {**os.environ, "TMPDIR": str(sandbox / "tmp")}


def make_vault(path: Path) -> Path:
    (path / ".obsidian").mkdir(parents=True)
    return path


def known_to_obsidian(home: Path, *vaults: Path) -> None:
    """Let Obsidian's own list name these vaults, the first one used last."""
    folder = home / ".config" / "obsidian"
    folder.mkdir(parents=True)
    listed = {str(n): {"path": str(path), "ts": 1_728_000_000_000 - n} for n, path in enumerate(vaults)}
    (folder / "obsidian.json").write_text(json.dumps({"vaults": listed}))


def files(home: Path) -> dict[str, bytes]:
    """Return every file and folder of a home, but for the keyring's own."""
    apart = (home / ".local" / "share" / "keyrings", home / "run", home / ".cache")
    found = [path for path in sorted(home.rglob("*")) if not any(path.is_relative_to(one) for one in apart)]
    return {str(path.relative_to(home)): path.read_bytes() if path.is_file() else b"" for path in found}
