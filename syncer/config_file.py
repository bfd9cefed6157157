"""Which keys does a TOML file set, and what is wrong with it? One pass that collects every mistake.

    [vualt]              notes.toml:1: vualt: unknown table; did you mean "vault"?
    path = "~/Notes"
    [schedule]
    every = "soon"       notes.toml:4: schedule.every: "soon" is not a duration; write a number and a unit: …
                         notes.toml: vault.path: is missing; write path = …

Guarantees: what comes back has passed the reader of its key, and nothing was left out in silence; a file
that cannot be read, is no UTF-8 or no TOML is a `ConfigError` too, with the line where there is one. What
keys there are, and what they mean, is in `config.py`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from syncer.config_values import Reader, WrongValueError, nearest, printable
from syncer.errors import ConfigError
from syncer.places import FIRST_STEPS
from syncer.toml_lines import key_at, key_lines

LARGEST = 256 * 1024
"""Bytes; a configuration is a hundred lines, so what is larger is another file."""

QUOTED = r"""(?<=['"])[^'",]+(?=['"])"""
"""A name in a tuple as Python writes it."""

OTHER_FILE = "name the right file with --config"


class Mistake(NamedTuple):
    """One thing that is wrong with one key."""

    key: str
    what: str
    hint: str


Keys = Mapping[str, Reader[Any]]
Whole = Callable[[Mapping[str, Any], Collection[str]], Iterator[Mistake]]


def read_keys(
    path: Path, *, keys: Keys, whole: Whole, data: bytes | None = None
) -> tuple[dict[str, Any], dict[str, int]]:
    """Return the file's values and lines by dotted key, or raise a `ConfigError` with all mistakes.

    `whole` is given the values that fit and the names of all keys that are written; it yields what is wrong
    although each key by itself is right. `data` is what the file held before, or is to hold.
    """
    text = _text(read_bytes(path) if data is None else data, path)
    folder = path.absolute().parent
    tree, lines = _toml(text, file=path)
    found: dict[str, Any] = {}
    mistakes = [*_check(tree, above="", keys=keys, folder=folder, found=found)]
    mistakes += whole(found, lines.keys())
    if mistakes:
        raise ConfigError(_told(mistakes, file=path, lines=lines))
    return found, lines


def place(file: Path, *, key: str, lines: Mapping[str, int]) -> str:
    """Return `FILE:LINE` of a dotted key, of the nearest table around it that is written, or just FILE."""
    while key:
        if key in lines:
            return f"{file}:{lines[key]}"
        key = key.rpartition(".")[0]
    return str(file)


def read_bytes(path: Path) -> bytes:
    """Return what the file holds, or raise a `ConfigError` where it cannot be read or is no configuration."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise ConfigError(f"{path}: there is no such file", hint=FIRST_STEPS) from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = os.strerror(error.errno or 0) if isinstance(error, OSError) else "not a file name"
        raise ConfigError(f"{path}: cannot be read: {reason.lower()}", hint=OTHER_FILE) from None
    if len(data) > LARGEST:
        raise ConfigError(f"{path}: is larger than a configuration", hint=OTHER_FILE)
    return data


def _text(data: bytes, path: Path) -> str:
    if data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        raise ConfigError(f"{path}:1: begins with a byte order mark", hint="save it as UTF-8 without one")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}:{line}: is not UTF-8", hint="save it as UTF-8") from None


def _toml(text: str, *, file: Path) -> tuple[dict[str, Any], dict[str, int]]:
    """Return what the text says, and the line of each key."""
    import tomllib

    try:
        return tomllib.loads(text), key_lines(text)
    except RecursionError:
        hint = "no key has more than two dots, and no value needs more than a list"
        raise ConfigError(f"{file}: is nested too deep", hint=hint) from None
    except ValueError as error:  # TOMLDecodeError, or what int() says of a number with thousands of digits
        what, _, where = str(error).partition(" (at ")
        found = re.match(r"line (\d+), column (\d+)", where)
        line = found[1] if found else str(text.count("\n") + 1)
        what = what[:1].lower() + what[1:] if where else "a number that is too long"
        column = f", in column {found[2]}" if found else ""
        hint = 'text stands in quotes: path = "~/Notes"'
        if what.startswith(("cannot overwrite", "cannot declare", "cannot mutate", "duplicate")):
            what = _named(what, text, line=int(line))
            hint = "a key, or a [table], stands once in the file: put together what belongs to it"
        raise ConfigError(f"{file}:{line}: is not TOML{column}: {what}", hint=hint) from None


def _named(what: str, text: str, *, line: int) -> str:
    """Return what `tomllib` says of a key or a table that stands twice, with its name as it is written."""
    if what == "cannot overwrite a value":
        with suppress(RecursionError):
            return f"{printable(key_at(text, line))} has a value already"
    table = re.search(r"\(.*\)", what)
    return what.replace(table[0], f"[{printable('.'.join(re.findall(QUOTED, table[0])))}]") if table else what


def _check(tree: dict[str, Any], *, above: str, keys: Keys, folder: Path, found: dict[str, Any]) -> Iterator[Mistake]:
    """Put each value that fits into `found` under its dotted key, and yield the mistakes."""
    for name, value in tree.items():
        key = above + name
        is_table = any(known.startswith(f"{key}.") for known in keys)
        if "." in name or not (is_table or key in keys):
            yield _unknown(name, above=above, keys=keys, is_table=isinstance(value, dict))
        elif is_table and isinstance(value, dict):
            yield from _check(value, above=f"{key}.", keys=keys, folder=folder, found=found)
        elif is_table:
            yield Mistake(key, "must be a table", f"write [{key}] on a line of its own, its keys below it")
        else:
            try:
                found[key] = keys[key](value, folder)
            except WrongValueError as wrong:
                yield Mistake(key, wrong.what, wrong.hint)


def _unknown(name: str, *, above: str, keys: Keys, is_table: bool) -> Mistake:
    """Return the mistake of a key that nothing reads, with the key that was probably meant."""
    here = sorted({key.removeprefix(above).partition(".")[0] for key in keys if key.startswith(above)})
    elsewhere = [key for key in keys if key.rpartition(".")[2] == name]
    if "." in name:
        hint = "a dotted key is written without quotes"
    elif any(key.startswith(f"{name}.") for key in keys):
        hint = f"write [{name}] on a line of its own, its keys below it"
    elif likely := nearest(name, here):
        hint = likely
    elif "token" in name.lower():
        hint = "no file holds the token; `syncer token set` puts it into the keyring"
    elif elsewhere:
        hint = f"did you mean {' or '.join(elsewhere[:2])}?"
    else:
        hint = "known here: " + ", ".join(here)
    return Mistake(above + name, "unknown table" if is_table else "unknown key", hint)


def _told(mistakes: list[Mistake], *, file: Path, lines: Mapping[str, int]) -> str:
    """Return a line for each mistake, in the order of the file."""
    told = []
    for mistake in mistakes:
        where = place(file, key=mistake.key, lines=lines)
        number = int(where.rpartition(":")[2]) if where != str(file) else 0
        hint = f"; {mistake.hint}" if mistake.hint else ""
        told.append((number, f"{where}: {printable(mistake.key)}: {mistake.what}{hint}"))
    return "\n".join(line for _, line in sorted(told, key=lambda one: one[0]))
