"""How does `syncer init` make a configuration? From the commented example, read back before it counts.

    text = filled(example(), {"vault.path": "/home/me/Notes", "note.template": "readwise"})
    kept = keep(Path("~/.config/syncer/config.toml"), text, stamp="20241014T095600")
    kept.backup     # …/config.toml.20241014T095600.bak, when there was one before

Guarantees: a configuration that is there is never changed but renamed to the backup, and only when `replace` says so;
the new one counts only after it was loaded without a mistake; it is mode 0600 and on the disk when `keep` returns;
`take_back` leaves everything as it was, folders included. What is asked is in `cli/init_commands.py`, what is proposed
comes from `obsidian.py` and `survey.py`.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import msgspec

from syncer.config import Config, load
from syncer.errors import ConfigError, UsageError, reason_of


class Kept(msgspec.Struct, frozen=True):
    """A configuration that was written: where, what it replaced, which folders were made for it."""

    path: Path
    backup: Path | None
    made: tuple[Path, ...]


def example() -> str:
    """Return the commented example, in which each key stands with its default."""
    return Path(__file__).with_name("config.example.toml").read_text(encoding="utf-8")


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return the example with these values in the place of its own, by dotted key; all else stays byte for byte."""
    for key, value in values.items():
        table, _, name = key.rpartition(".")
        head, header, rest = text.partition(f"\n[{table}]\n")
        body, following, tail = rest.partition("\n[")
        line = re.search(rf"^(?:# )?{name} = .*$", body, re.MULTILINE)
        if not line:
            raise ConfigError(f"config.example.toml has no line for {key}", hint="install syncer again")
        body = f"{body[: line.start()]}{name} = {quoted(value)}{body[line.end() :]}"
        text = head + header + body + following + tail
    return text


def quoted(value: str) -> str:
    """Return a TOML string that reads back as `value`; raise UsageError for what TOML cannot hold."""
    try:
        value.encode()
    except UnicodeEncodeError:
        raise UsageError(
            "the path is not valid UTF-8, and a configuration cannot name it", hint="rename the folder"
        ) from None
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def draft(path: Path, values: Mapping[str, str]) -> Config:
    """Return the configuration that these values would make at `path`, of which nothing is written yet."""
    return load(path, data=filled(example(), values).encode())


def keep(path: Path, text: str, *, stamp: str, replace: bool = False) -> Kept:
    """Write the configuration; raise ConfigError where it does not read back, or is in the way of another."""
    made = _make_folders(path.parent)
    new = path.with_name(f".{path.name}.{stamp}.new")
    backup = path.with_name(f"{path.name}.{stamp}.bak") if replace and path.exists() else None
    try:
        _write(new, text)
        load(new)
        if backup is not None:
            path.rename(backup)
        os.link(new, path)
    except BaseException as error:
        if backup is not None and backup.exists() and not path.exists():
            backup.rename(path)
        _remove(made)
        if isinstance(error, OSError):
            reason = reason_of(error)
            raise ConfigError(f"{path} could not be written: {reason}", hint="name another place: --config") from error
        raise
    finally:
        with suppress(OSError):
            new.unlink()
    _sync_folder(path.parent)
    return Kept(path, backup, made)


def take_back(kept: Kept) -> None:
    """Undo `keep`: the earlier configuration is back in its place, or there is none, as before."""
    if kept.backup is not None:
        kept.backup.replace(kept.path)
    else:
        kept.path.unlink()
    _remove(kept.made)


def _make_folders(folder: Path) -> tuple[Path, ...]:
    """Make the folder and those above it; return the ones that were not there, the innermost first."""
    missing = []
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    for one in reversed(missing):
        try:
            one.mkdir(mode=0o700)
        except OSError as error:
            raise ConfigError(f"the folder {one} could not be made: {reason_of(error)}", hint="use --config") from error
    return tuple(missing)


def _remove(folders: tuple[Path, ...]) -> None:
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()


def _write(file: Path, text: str) -> None:
    """Make a new file of mode 0600 with this text, on the disk when this returns."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as opened:
        opened.write(text)
        opened.flush()
        os.fsync(opened.fileno())


def _sync_folder(folder: Path) -> None:
    """Put the folder's new names on the disk, where the system offers that."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
