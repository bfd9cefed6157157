"""Which vaults does Obsidian know on this machine? Those in its own `obsidian.json`, the one last used first.

    Linux     ~/.config/obsidian/obsidian.json
    flatpak   ~/.var/app/md.obsidian.Obsidian/config/obsidian/obsidian.json
    snap      ~/snap/obsidian/current/.config/obsidian/obsidian.json
    macOS     ~/Library/Application Support/obsidian/obsidian.json
    Windows   %APPDATA%\\obsidian\\obsidian.json

    {"vaults": {"1f0c…": {"path": "/home/me/Notes", "ts": 1728892562000, "open": true}}}   → [Path("/home/me/Notes")]

Guarantees: nothing is written; each vault is named once, by a path that is a folder right now; a file that is damaged,
of another shape or not readable counts as none. A path of flatpak's document portal (`/run/user/…/doc/…`), which
lasts as long as the session, is left out. What lies in a vault is `survey.py`'s question.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

LARGEST = 1 << 20
"""Bytes; Obsidian's list of vaults has a few hundred."""


class _Known(msgspec.Struct, frozen=True):
    """What Obsidian keeps of one vault; `ts` is when it was last opened, in milliseconds."""

    path: str
    ts: float = 0.0
    open: bool = False


class _File(msgspec.Struct, frozen=True):
    vaults: dict[str, _Known] = {}


def vault_lists(env: Mapping[str, str], *, home: Path, platform: str = sys.platform) -> list[Path]:
    """Return where Obsidian's list of vaults may lie; the files need not be there."""
    if platform == "darwin":
        return [home / "Library/Application Support/obsidian/obsidian.json"]
    if platform == "win32":
        roaming = Path(env.get("APPDATA") or home / "AppData/Roaming")
        return [roaming / "obsidian/obsidian.json"]
    wished = Path(env.get("XDG_CONFIG_HOME", ""))
    return [
        (wished if wished.is_absolute() else home / ".config") / "obsidian/obsidian.json",
        home / ".var/app/md.obsidian.Obsidian/config/obsidian/obsidian.json",
        home / "snap/obsidian/current/.config/obsidian/obsidian.json",
    ]


def known_vaults(env: Mapping[str, str], *, home: Path, platform: str = sys.platform) -> list[Path]:
    """Return the folders of the vaults that Obsidian knows: open ones first, then the one last used."""
    known = [one for file in vault_lists(env, home=home, platform=platform) for one in _read(file)]
    found: dict[Path, Path] = {}
    for one in sorted(known, key=lambda one: (not one.open, -one.ts)):
        path = Path(one.path)
        if path.is_absolute() and not one.path.startswith("/run/user/") and _is_folder(path):
            found.setdefault(path.resolve(), path)
    return list(found.values())


def _read(file: Path) -> Iterator[_Known]:
    """Yield what one of Obsidian's files names, nothing where there is none."""
    try:
        with file.open("rb") as opened:
            data = opened.read(LARGEST)
        yield from msgspec.json.decode(data, type=_File).vaults.values()
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return


def _is_folder(path: Path) -> bool:
    """Return whether there is a folder that can be looked at."""
    try:
        return path.is_dir()
    except OSError:
        return False
