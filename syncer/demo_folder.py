"""May the demo be made in this folder, and what of it did an earlier demo make?

    syncer-demo/.syncer-demo/made.json      {"Books/Brücken.md": "sha256…", "Readwise/…": "sha256…"}

A folder is free when it is missing, empty, or holds nothing but the notes of an earlier demo, unchanged since.
Guarantees: a folder that is not free is left as it was; only files whose content the demo itself wrote are ever
deleted. Hidden files and folders, such as the `.obsidian` that Obsidian makes, are left alone in an earlier demo.
What is then put into the folder is demo.py's.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping
from pathlib import Path

import msgspec

from syncer.errors import UsageError

OWN = ".syncer-demo"
"""The demo's own folder: hidden, so that Obsidian does not show it; the state and the list of notes lie in it."""

_LIST = "made.json"


def claim(folder: Path) -> Path:
    """Empty the folder of an earlier demo and return its hidden folder, new; raise UsageError where it is not free."""
    made = _checked(folder)
    for path in made:
        (folder / path).unlink()
    for parent in sorted({parent for path in made for parent in Path(path).parents[:-1]}, reverse=True):
        if not any((folder / parent).iterdir()):
            (folder / parent).rmdir()
    if made:
        shutil.rmtree(folder / OWN)
    own = folder / OWN
    own.mkdir(parents=True)
    return own


def finish(folder: Path) -> None:
    """Write down which notes the demo has made, so that the next one knows them again."""
    (folder / OWN / _LIST).write_bytes(msgspec.json.encode(_notes(folder)))


def _checked(folder: Path) -> Mapping[str, str]:
    """Return the notes of an earlier demo, none where the folder is missing or empty."""
    if folder.is_symlink() or folder.exists():
        if not folder.is_dir():
            raise UsageError(f"{folder} is not a folder", hint="name one that is not there yet: syncer demo FOLDER")
        if any(folder.iterdir()):
            return _earlier(folder)
    return {}


def _earlier(folder: Path) -> Mapping[str, str]:
    own = folder / OWN
    try:
        made = msgspec.json.decode((own / _LIST).read_bytes(), type=dict[str, str])
    except (OSError, msgspec.MsgspecError):
        made = {}
    if not made or own.is_symlink():
        raise UsageError(
            f"{folder} holds something that is no earlier demo; nothing was touched",
            hint="name a folder that is not there yet: syncer demo FOLDER",
        )
    there = _notes(folder)
    changed = sorted(path for path in {**made, **there} if made.get(path) != there.get(path))
    if changed:
        raise UsageError(
            f'"{changed[0]}" in {folder} is not as the demo left it; nothing was touched',
            hint="name another folder (syncer demo FOLDER), or remove this one first",
        )
    return made


def _notes(folder: Path) -> dict[str, str]:
    """Return every file of the folder that is not hidden, by its path below it, with its SHA-256; "" for a link."""
    found = {}
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if any(part.startswith(".") for part in parts) or (path.is_dir() and not path.is_symlink()):
            continue
        data = path.read_bytes() if path.is_file() and not path.is_symlink() else None
        found["/".join(parts)] = "" if data is None else hashlib.sha256(data).hexdigest()
    return found
