"""What does `syncer demo` show? Three syncs at three times of a made-up week, and what the owner did in between.

    Monday, November 9 at 7:30 AM       four notes are made
    …you write a line into one, and move another
    Wednesday, November 11 at 6:45 PM   new highlights go to the ends of the notes, a fifth note is made
    …you delete a highlight
    Saturday, November 14 at 9:12 PM    new ones are added; what you deleted stays deleted

The library is `demo_library.json`, an export of books that do not exist; `loopback.py` serves it on this machine.
Guarantees: the same vault each time, byte for byte; no account, token, keyring or network; nothing outside of the
folder is read or written, and the state lies in it, too. Which folders may be used is demo_folder.py's question.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

from syncer import report as reporting
from syncer.asking import ReadwiseSettings
from syncer.config import Config, VaultConfig
from syncer.credentials import Token
from syncer.demo_folder import claim, finish
from syncer.errors import VaultError, reason_of
from syncer.export_file import parse_export
from syncer.loopback import Loopback
from syncer.readwise import Client
from syncer.sync import Setup, once
from syncer.values import clock

ZONE = timezone(timedelta(hours=1), "CET")
"""One offset all week, and no need for the system's time-zone database."""

MONDAY = datetime(2026, 11, 9, 7, 30, tzinfo=ZONE)
WEDNESDAY = datetime(2026, 11, 11, 18, 45, tzinfo=ZONE)
SATURDAY = datetime(2026, 11, 14, 21, 12, tzinfo=ZONE)

RIVER = "Readwise/Reading the River Notes of a Gauge Keeper.md"
BRIDGES = "Readwise/Das Gedächtnis der Brücken.md"
BRIDGES_MOVED = "Books/Brücken.md"
CLOCKS = "Readwise/Small things that I learnt from repairing….md"

OWN_LINE = "    - *My own line: ask at the mill whether the old stone is still there.*\n"
PROMISE_END = "one afternoon. ([View Highlight](https://read.readwise.io/read/01k9r7w2m0bq4v8n6b2t1sy3wb))\n"
DELETED = (
    "- 2. Never oil what you have not cleaned. "
    "([View Tweet](https://twitter.com/pawl_and_spring/status/1987000000000000003))\n"
)

_TOKEN = "made-up"  # noqa: S105 - the loopback server takes this one and keeps nothing


def make(directory: Path, *, say: Callable[[str], None]) -> None:
    """Make the finished vault in `directory` and say what happens on the way.

    Raise UsageError, with nothing touched, where the folder holds anything but an earlier demo; VaultError where it
    cannot be written.
    """
    try:
        own = claim(directory)
        _live_a_week(directory, own, say)
        finish(directory)
    except BrokenPipeError:  # who listened to `say` went away: no fault of the folder's
        raise
    except OSError as error:
        what = f"the demo could not be made in {directory}: {reason_of(error)}"
        raise VaultError(what, hint="name a folder where you may write") from error
    say("")
    say(f"The vault is finished: {directory}")
    say("Open that folder as a vault in Obsidian, or read the note that you wrote a line into:")
    say(f'    less "{directory / RIVER}"')
    say("For your own highlights: syncer init")


def _live_a_week(vault: Path, own: Path, say: Callable[[str], None]) -> None:
    """Sync three times, and be the owner of the vault in between."""
    books = parse_export(Path(__file__).with_name("demo_library.json").read_bytes()).books
    say("A sample library of five books that do not exist, served on this machine alone.")
    with Loopback(books, tokens={_TOKEN}, now=MONDAY.astimezone(UTC)) as readwise:
        _sync(readwise, vault, own, at=MONDAY, say=say)
        _write_a_line(vault)
        _move(vault)
        say(f'…then you write a line of your own into "{RIVER}"')
        say(f'   and move "{BRIDGES}" to "{BRIDGES_MOVED}"')
        _sync(readwise, vault, own, at=WEDNESDAY, say=say)
        _delete(vault)
        say(f'…then you delete a highlight from "{CLOCKS}"')
        _sync(readwise, vault, own, at=SATURDAY, say=say)
    say("   Your line is where you wrote it, the note that you moved was found, and what you deleted stays deleted.")


def _sync(readwise: Loopback, vault: Path, own: Path, *, at: datetime, say: Callable[[str], None]) -> None:
    """Sync once as if it were `at`, and say what was done."""
    readwise.now = at.astimezone(UTC)
    say("")
    say(f"{at:%A, %B} {at.day} at {clock(at)}: syncer once")
    with ExitStack() as stack:
        report = once(_setup(readwise.url, vault, own, at=at, stack=stack))
    for line in report.lines:
        say(f"   {reporting.line_sentence(line, dry=False)}")
    for trouble in reporting.hold_sentences(report):
        raise VaultError(f"the demo did not come to its end: {trouble}", hint="try it in an empty folder")


def _setup(url: str, vault: Path, own: Path, *, at: datetime, stack: ExitStack) -> Setup:
    stop = threading.Event()
    settings = ReadwiseSettings(
        base_url=url, timeout=10.0, retry_first_wait=0.1, retry_max_wait=1.0, retry_deadline=30.0
    )
    token = Token(_TOKEN, source="the demo")
    return Setup(
        config=Config(vault=VaultConfig(path=vault, quiet_time=0.0)),
        state=own / "state",
        connect=lambda: stack.enter_context(Client(settings, token, stop=stop, on_progress=lambda _: None)),
        clock=lambda: at,
        stop=stop,
        hear=lambda _kind, _text: None,
        on_page=lambda _pages, _highlights: None,
        lock_wait=0.0,
    )


# ---------------------------------------------------------------- what the owner of the vault does


def _write_a_line(vault: Path) -> None:
    _replace(vault / RIVER, PROMISE_END, PROMISE_END + OWN_LINE)


def _move(vault: Path) -> None:
    (vault / BRIDGES_MOVED).parent.mkdir()
    shutil.move(vault / BRIDGES, vault / BRIDGES_MOVED)


def _delete(vault: Path) -> None:
    _replace(vault / CLOCKS, DELETED, "")


def _replace(note: Path, old: str, new: str) -> None:
    """Save the note as an editor does, with `new` in the place of `old`."""
    before, found, after = note.read_bytes().partition(old.encode())
    if not found:
        raise VaultError(f'the demo did not find its own words in "{note.name}"', hint="try it in an empty folder")
    note.write_bytes(before + new.encode() + after)
