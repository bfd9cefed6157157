"""What does Readwise's own Obsidian plug-in know of this vault, and is it at work?

Read-only, from `.obsidian/plugins/readwise-official/data.json` (its version 3.0.3):

    {"token": "…", "isSyncing": false, "booksIDsMap": {"Readwise/Articles/State of AI.md": "60110123", …},
     "readwiseDir": "Readwise", "frequency": "60", "triggerOnLoad": true, …}

    PluginState(paths={"Readwise/Articles/State of AI.md": (60110123,)}, is_syncing_since=None, active=True,
                automatic=True, folder="Readwise", has_token=True)

Guarantees: the plug-in's token, which stands in that file in plain text, is neither kept nor shown; a file
that is cut off gives what is whole in it; ids of Reader documents are not book ids and are left out, and so
are paths that are not inside the vault. A file that changes while it is read means that the plug-in is at
work.
"""

from __future__ import annotations

import json
import re

import msgspec

from syncer.model import NotePath, NoteText
from syncer.vault import NotRead, Vault
from syncer.vault.root import LeadsOutside, split

PLUGIN = "readwise-official"
DATA = NotePath(f".obsidian/plugins/{PLUGIN}/data.json")
SWITCHED_ON = NotePath(".obsidian/community-plugins.json")

_STRING = rb'"(?:[^"\\\x00-\x1f]|\\.)*"'
_MAP = re.compile(rb'"booksIDsMap"\s*:\s*\{\s*')
_PAIR = re.compile(rb"(" + _STRING + rb")\s*:\s*(" + _STRING + rb"|\d+)\s*(?:,\s*|(?=\}))")
_SYNCING = re.compile(rb'"isSyncing"\s*:\s*true\b')


class PluginState(msgspec.Struct, frozen=True):
    """The map of note paths to book ids, since when it is syncing (Unix seconds), is it switched on.

    `automatic` says that it is switched on and syncs without being asked, `folder` where it writes, `has_token` that
    its file holds a token.
    """

    paths: dict[str, tuple[int, ...]]
    is_syncing_since: float | None
    active: bool
    automatic: bool = False
    folder: str = ""
    has_token: bool = False


class _Data(msgspec.Struct):
    """The fields that are read; the decoder passes over all others. What is absent has the plug-in's own default."""

    map: dict[str, object] = msgspec.field(default_factory=dict, name="booksIDsMap")
    is_syncing: bool = msgspec.field(default=False, name="isSyncing")
    folder: object = msgspec.field(default="Readwise", name="readwiseDir")
    frequency: object = "0"
    on_load: object = msgspec.field(default=True, name="triggerOnLoad")
    token: object = ""


def plugin_map(vault: Vault) -> PluginState:
    """Return what the plug-in left in this vault, nothing where there is none; raise OSError."""
    active = PLUGIN in switched_on(vault)
    try:
        text = vault.read(DATA)
    except (FileNotFoundError, NotADirectoryError):
        return PluginState({}, None, active)
    except NotRead:
        return PluginState({}, _changed_at(vault), active)
    data = _decode(text)
    paths: dict[str, tuple[int, ...]] = {}
    for path, value in data.map.items():
        note, book = _inside(path), _book_id(value)
        if note and book and book not in paths.get(note, ()):
            paths[note] = (*paths.get(note, ()), book)
    return PluginState(
        paths,
        text.stamp.mtime_ns / 1e9 if data.is_syncing else None,
        active,
        automatic=active and (str(data.frequency) not in ("0", "") or data.on_load is True),
        folder=data.folder if isinstance(data.folder, str) else "",
        has_token=bool(data.token),
    )


def _decode(text: NoteText) -> _Data:
    """Decode the file, or what is whole in one that is cut off or of another shape."""
    try:
        return msgspec.json.decode(text.data, type=_Data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pairs = {}
        start = _MAP.search(text.data)
        position = start.end() if start else len(text.data)
        while pair := _PAIR.match(text.data, position):
            position = pair.end()
            pairs[_text(pair[1])] = _text(pair[2])
        return _Data(dict(pairs), _SYNCING.search(text.data) is not None)


def _text(raw: bytes) -> str:
    try:
        return str(json.loads(raw))
    except ValueError:
        return ""


def _book_id(value: object) -> int:
    """Return a book's id, 0 for anything else ("readerdocument:01…")."""
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0


def _inside(path: str) -> str:
    """Return the path of a note inside the vault with one spelling, "" for any other path."""
    parts = [part for part in path.split("/") if part not in ("", ".")]
    try:
        return "/".join(split("/".join(parts))) if not path.startswith("/") else ""
    except LeadsOutside:
        return ""


def switched_on(vault: Vault) -> list[str]:
    """Return the plug-ins, of whomever, that Obsidian has switched on in this vault; none where that cannot be read."""
    try:
        return msgspec.json.decode(vault.read(SWITCHED_ON).data, type=list[str])
    except (OSError, NotRead, msgspec.DecodeError, UnicodeDecodeError):
        return []


def _changed_at(vault: Vault) -> float | None:
    """Return when a file that cannot be read stably was changed."""
    try:
        with vault.root.spot(DATA, follow=True) as spot:
            return spot.stat().st_mtime
    except (LeadsOutside, OSError):
        return None
