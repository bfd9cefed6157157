"""What may a value of the configuration be? One function a kind of value, each from TOML's type to ours.

    duration("90s", folder)            → 90.0
    time_zone("Europe/Berlin", folder) → ZoneInfo(key="Europe/Berlin")
    https_address("http://x.org", …)   raises WrongValueError("must start with https://", hint=…)

`folder` is where the configuration file lies: relative paths start there. Guarantees: a value of any TOML
type gives a checked value or a `WrongValueError`, whose words are printable and short.
Which key takes which kind is `config.py`'s table.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Collection
from datetime import time
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from syncer.addresses import read_address
from syncer.durations import read_duration
from syncer.places import absolute

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo  # loaded when a zone is named

T = TypeVar("T")
Reader = Callable[[object, Path], T]

_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])", re.ASCII)
_TOML_NAMES = {
    bool: "true or false",
    int: "a number",
    float: "a number",
    str: "a string",
    list: "a list",
    dict: "a table",
}
TEMPLATE_SETS = ("seed", "readwise")


class WrongValueError(Exception):
    """A value that does not fit: what is wrong with it, and how to write it."""

    def __init__(self, what: str, *, hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint


def shown(value: str, *, longest: int = 60) -> str:
    """Return `value` in quotes, on one line, printable, and cut so that it fits into a message."""
    return f'"{printable(value if len(value) <= longest else value[:longest] + "…")}"'


def printable(value: str) -> str:
    """Return `value` with each control or invisible character as an escape."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in value)


def nearest(word: str, known: Collection[str]) -> str:
    """Return `did you mean "…"?` for the known word that is most like `word`, or "" when none is."""
    from difflib import get_close_matches

    found = get_close_matches(word[:80], known, n=1, cutoff=0.6)
    return f'did you mean "{found[0]}"?' if found else ""


def switch(value: object, folder: Path) -> bool:
    """Return true or false."""
    if not isinstance(value, bool):
        raise _wrong_type(value, "true or false, without quotes")
    return value


def text(value: object, folder: Path) -> str:
    """Return a string that is not empty and has no control character."""
    if not isinstance(value, str):
        raise _wrong_type(value, "a string in quotes")
    if not value.strip():
        raise WrongValueError("must not be empty", hint="leave the line out to get the default")
    if any(character < " " or character == "\x7f" for character in value):
        raise WrongValueError("holds a line end or another control character", hint="write it on one line")
    return value


def texts(value: object, folder: Path) -> tuple[str, ...]:
    """Return a list of strings, each as `text` has it."""
    if not isinstance(value, list):
        raise _wrong_type(value, 'a list: ["first", "second"]')
    return tuple(_each(value, folder, text))


def tags(value: object, folder: Path) -> tuple[str, ...]:
    """Return a list of tags, written without the number sign."""
    found = texts(value, folder)
    if any(tag.startswith("#") for tag in found):
        raise WrongValueError("a tag starts with #", hint="write it without")
    return found


def one_of(*choices: str) -> Reader[str]:
    """Return a reader that takes exactly these words."""

    def choice(value: object, folder: Path) -> str:
        if not isinstance(value, str):
            raise _wrong_type(value, " or ".join(f'"{word}"' for word in choices))
        if value not in choices:
            listed = ", ".join(f'"{word}"' for word in choices)
            raise WrongValueError(f"{shown(value)} is none of {listed}", hint=nearest(value, choices))
        return value

    return choice


def duration(value: object, folder: Path) -> float:
    """Return a duration in seconds, zero included."""
    if not isinstance(value, str):
        raise _wrong_type(value, 'a duration in quotes: "90s", "15m", "1.5h"')
    return _read(read_duration, value)


def some_time(value: object, folder: Path) -> float:
    """Return a duration in seconds that is more than nothing."""
    seconds = duration(value, folder)
    if seconds < 0.001:
        raise WrongValueError(f"{shown(str(value))} is too short", hint='write at least "1ms"')
    return seconds


def times_of_day(value: object, folder: Path) -> tuple[time, ...]:
    """Return a list of local times of the day, in order, each once."""
    if not isinstance(value, list):
        raise _wrong_type(value, 'a list of times: ["07:00", "19:30"]')
    return tuple(sorted(set(_each(value, folder, _time_of_day))))


def time_zone(value: object, folder: Path) -> ZoneInfo | None:
    """Return the named time zone, or None for "system"."""
    name = text(value, folder)
    if name == "system":
        return None
    from zoneinfo import ZoneInfo, available_timezones

    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown; no name at all; a folder of the database
        hint = nearest(name, available_timezones()) or 'write "system" or "Europe/Berlin"'
        raise WrongValueError(f"{shown(name)} is no time zone that is known here", hint=hint) from None


def path_anywhere(value: object, folder: Path) -> Path:
    """Return an absolute path; whether something is there is not looked at."""
    try:
        return absolute(text(value, folder), below=folder)
    except ValueError as wrong:
        raise WrongValueError(f"{shown(str(value))} {wrong}", hint="write the path from / on") from None


def vault_anywhere(value: object, folder: Path) -> Path:
    """Return the same for the vault, which has no default."""
    if isinstance(value, str) and not value.strip():
        raise WrongValueError("must not be empty", hint="give the folder of the vault")
    return path_anywhere(value, folder)


def file_there(value: object, folder: Path) -> Path:
    """Return the absolute path of a file that can be read."""
    path = path_anywhere(value, folder)
    if not stat.S_ISREG(_mode(path)):
        raise WrongValueError(f'there is no file "{printable(str(path))}"', hint="name a file in PEM form")
    if not os.access(path, os.R_OK):
        raise WrongValueError(f'the file "{printable(str(path))}" cannot be read', hint="check its owner and mode")
    return path


def template_set(value: object, folder: Path) -> str:
    """Return the name of a shipped set of templates, or the absolute path of a folder with the user's own."""
    name = text(value, folder)
    if name in TEMPLATE_SETS:
        return name
    path = path_anywhere(value, folder)
    if not stat.S_ISDIR(_mode(path)):
        hint = nearest(name, TEMPLATE_SETS) or 'write "seed", "readwise" or a folder that exists'
        raise WrongValueError(f'there is no folder "{printable(str(path))}"', hint=hint)
    return str(path)


def folder_in_vault(value: object, folder: Path) -> str:
    """Return a folder's path relative to the vault, `/` between its parts; it may be a template, "" is the vault."""
    written = text(value, folder) if value != "" else "."
    if written.startswith(("/", "~")) or re.match(r"[A-Za-z]:", written):
        raise WrongValueError(f"{shown(written)} is not relative to the vault", hint='write it as "Readwise/Books"')
    if "\\" in written:
        raise WrongValueError(f"{shown(written)} holds a backslash", hint="write / between a folder and one in it")
    parts = [part.strip() for part in written.split("/")]
    if ".." in parts:
        raise WrongValueError(f"{shown(written)} leads out of the vault by ..", hint="name a folder inside the vault")
    if any(part.startswith(".") and part != "." for part in parts):
        raise WrongValueError(
            f"{shown(written)} is a hidden folder", hint="Obsidian does not show it; name another one"
        )
    return written


def folders_in_vault(value: object, folder: Path) -> tuple[str, ...]:
    """Return a list of at least one folder, each relative to the vault."""
    if not isinstance(value, list):
        raise _wrong_type(value, 'a list of folders: ["Readwise", "Archive"]')
    if not value:
        raise WrongValueError("must not be empty", hint='write ["."] for the whole vault')
    return tuple(_each(value, folder, folder_in_vault))


def command(value: object, folder: Path) -> tuple[str, ...]:
    """Return a command line as its arguments, split as a shell would and never given to one."""
    import shlex

    line = text(value, folder)
    try:
        arguments = tuple(shlex.split(line))
    except ValueError:
        raise WrongValueError("has a quote that is not closed", hint="it is split as a shell would split it") from None
    if not arguments or not arguments[0]:
        raise WrongValueError("names no program", hint='write it as "pass show readwise"')
    return arguments


def https_address(value: object, folder: Path) -> str:
    """Return an address that the token may be sent to, without a final slash."""
    return _read(read_address, text(value, folder))


def _time_of_day(value: object, folder: Path) -> time:
    if isinstance(value, time):
        raise WrongValueError("must be a string", hint=f'write "{value:%H:%M}", in quotes')
    if not isinstance(value, str):
        raise _wrong_type(value, 'a time in quotes: "07:00"')
    found = _CLOCK.fullmatch(value)
    if found is None:
        raise WrongValueError(f"{shown(value)} is not a time of the day", hint='write hours and minutes: "07:00"')
    return time(int(found[1]), int(found[2]))


def _read(read: Callable[[str], T], value: str) -> T:
    """Return what `read` makes of a string; its `ValueError` says "what is wrong; how to write it"."""
    try:
        return read(value)
    except ValueError as wrong:
        what, _, hint = str(wrong).partition("; ")
        raise WrongValueError(what, hint=hint) from None


def _mode(path: Path) -> int:
    """Return the file's mode, 0 where there is nothing to be seen."""
    try:
        return path.stat().st_mode
    except OSError:
        return 0


def _each(values: list[object], folder: Path, read: Reader[T]) -> list[T]:
    """Read each item; the mistake of one says which it is."""
    found: list[T] = []
    for number, value in enumerate(values, start=1):
        try:
            found.append(read(value, folder))
        except WrongValueError as wrong:
            raise WrongValueError(f"item {number}: {wrong.what}", hint=wrong.hint) from None
    return found


def _wrong_type(value: object, wanted: str) -> WrongValueError:
    return WrongValueError(f"must be {wanted}, not {_TOML_NAMES.get(type(value), 'a date or time')}")
