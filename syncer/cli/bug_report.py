"""What is written when syncer itself is wrong: where it happened, never what the notes or the token hold.

    syncer 0.1.0, Python 3.12.3, linux
    command: once
    KeyError
      syncer/plan/planner.py:60 in look_at
      …

The message of an exception may hold anything, so only its type and the places in the code are kept.
"""

from __future__ import annotations

import sys
import tempfile
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from syncer import __version__
from syncer.errors import EXIT_BUG
from syncer.places import state_folder

if TYPE_CHECKING:
    from syncer.cli.commands import Call


def write_report(call: Call, bug: Exception) -> int:
    """Write the report, print where it is, and return the exit code of a bug."""
    python = ".".join(map(str, sys.version_info[:3]))
    lines = [f"syncer {__version__}, Python {python}, {sys.platform}", f"command: {call.arguments.command}"]
    cause: BaseException | None = bug
    while cause is not None:
        lines.append(type(cause).__name__)
        frames = traceback.extract_tb(cause.__traceback__)
        lines += [f"  {_short(frame.filename)}:{frame.lineno} in {frame.name}" for frame in frames]
        cause = cause.__cause__
    text = "\n".join(lines) + "\n"
    try:
        path = _keep(state_folder(call.env), text)
    except OSError:
        path = _keep(Path(tempfile.gettempdir()), text)
    call.screen.tell(f"syncer: this is a bug in syncer ({type(bug).__name__}); your notes are as they were or complete")
    call.screen.tell(f"hint: a report without anything private is in {path}; please send it in")
    return EXIT_BUG


def _keep(folder: Path, text: str) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=folder, prefix="bug-", suffix=".txt", delete=False) as file:
        file.write(text)
    return Path(file.name)


def _short(filename: str) -> str:
    parts = Path(filename).parts
    return "/".join(parts[parts.index("syncer", max(0, len(parts) - 4)) :]) if "syncer" in parts[-4:] else parts[-1]
