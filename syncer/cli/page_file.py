"""Where does a page go? Into the file that was named, if nothing is there but an earlier page.

    write_page(call, page, file="plan.html")      → the page is in plan.html: open it in a browser

Guarantees: no file but an earlier page of ours is replaced; a page is there whole or not at all, and on the disk when
it is said to be there; only its owner can read it, since it holds highlights and the ends of notes.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from syncer.cli.commands import Call
from syncer.errors import UsageError, reason_of
from syncer.report import shown
from syncer.writer.disk import sync, sync_names

OURS = b'<meta name="generator" content="syncer">'
HEAD_BYTES = 2_000
"""How far into a file its generator is looked for."""


def write_page(call: Call, page: bytes, *, file: str) -> None:
    """Write the page and say where it is; raise UsageError where something else is there, or it cannot be written."""
    path = Path(file).expanduser().absolute()
    try:
        if path.exists() and not _is_page(path):
            raise UsageError(f"{path} is there and is no page of syncer's", hint="name a file that is not there yet")
        _replace(path, page)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {reason_of(error)}", hint="name another place") from error
    call.screen.say(f"the page is in {shown(str(path))}: open it in a browser")


def _is_page(path: Path) -> bool:
    with path.open("rb") as file:
        return path.is_file() and OURS in file.read(HEAD_BYTES)


def _replace(path: Path, page: bytes) -> None:
    number, name = tempfile.mkstemp(prefix=f".{path.name[:40]}.", dir=path.parent)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(page)
            file.flush()
            sync(number)
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
    sync_names(path.parent)
