"""`once` and `export`: the pass itself, and what is printed of it.

once      "added 4 highlights to …" a note a line, then the sum; what was held back on standard error

`dry-run`, the same plan in the other tense, is dry_run_command.py's.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

from syncer import report as reporting
from syncer.cli.commands import Call
from syncer.cli.configuration import config_of
from syncer.cli.questions import Questions, interruptible
from syncer.config import Config
from syncer.errors import EXIT_OK, UsageError
from syncer.fetch import Source
from syncer.model import Page
from syncer.places import state_folder
from syncer.report import Report
from syncer.sync import Setup
from syncer.sync import once as sync_once
from syncer.zone import zone_of

NOTES_SHOWN = 20
"""Notes that `once` names one by one before it only counts the rest; `-v` names them all."""


def once(call: Call) -> int:
    """Sync now."""
    with ExitStack() as stack:
        report = sync_once(setup_of(call, config_of(call), stack))
    return print_report(call, report)


def print_report(call: Call, report: Report) -> int:
    """Print what was done, and return the exit code that it stands for."""
    if getattr(call.arguments, "json", False):
        from syncer.report_json import as_json

        call.screen.data(as_json(report))
        return report.exit_code
    lines = [reporting.line_sentence(line, dry=False) for line in report.lines]
    if not call.screen.quiet:
        most = len(lines) if call.screen.verbose or len(lines) <= NOTES_SHOWN else NOTES_SHOWN
        for line in lines[:most]:
            call.screen.say(line)
        if most < len(lines):
            call.screen.say(f"and {len(lines) - most} more notes; -v names them all")
    tell_rest(call, report)
    if not call.screen.quiet:
        call.screen.say(reporting.summary(report))
    return report.exit_code


def export(call: Call) -> int:
    """Save Readwise's whole answer to a file, without the token."""
    from syncer.export_file import save_export

    target = Path(call.arguments.save)
    with ExitStack() as stack:
        source = _connected(call, config_of(call), stack)
        books, highlights = save_export(target, source.pages())
    call.screen.say(f"saved {books:,} books and {highlights:,} highlights to {target}")
    return EXIT_OK


def setup_of(call: Call, config: Config, stack: ExitStack) -> Setup:
    """Return what a pass needs, with the connection closed when the stack is."""
    arguments = call.arguments
    zone = zone_of(config.note.timezone)
    stored = getattr(arguments, "load", None)
    stack.callback(call.screen.end_bar)

    def source() -> Source:
        return Stored(call, Path(stored)) if stored else _connected(call, config, stack)

    return Setup(
        config=config,
        state=state_folder(call.env),
        connect=source,
        clock=lambda: call.now(zone),
        stop=call.stop,
        hear=_hearing(call),
        on_page=_counting(call),
        lock_wait=_lock_wait(call),
        accept_missing=getattr(arguments, "accept_missing", False),
        accept_large=getattr(arguments, "accept_large", False),
        updates_since=_updates_since(call, config),
        on_step=call.screen.step,
        agree=_agreeing(call),
        stateless=bool(stored),
    )


def _lock_wait(call: Call) -> float:
    """Return the seconds of --wait; raise UsageError where they are no duration."""
    from syncer.durations import read_duration

    try:
        return read_duration(getattr(call.arguments, "wait", "0s"))
    except ValueError as error:
        what, _, how = str(error).partition("; ")
        raise UsageError(f"--wait {what}", hint=how) from error


def _updates_since(call: Call, config: Config) -> datetime | None:
    """Return from when on updates are asked for that were told before; raise UsageError where they cannot be had."""
    said = getattr(call.arguments, "updates_since", None)
    if said is None:
        return None
    try:
        since = datetime.fromisoformat(said)
    except ValueError as error:
        raise UsageError(f"--updates-since {said}: not a date", hint="like 2024-10-14, or 2024-10-14T09:56") from error
    if config.updates.mode != "append":
        raise UsageError("--updates-since writes updates, and updates.mode is not append", hint='set it to "append"')
    asks = call.arguments.command == "once" and not call.arguments.yes
    if asks and not sys.stdin.isatty():
        raise UsageError("--updates-since asks before it writes, and there is no terminal", hint="say --yes")
    return since if since.tzinfo else since.replace(tzinfo=zone_of(config.note.timezone))


class Stored:
    """A stored export in place of Readwise."""

    server_date: datetime | None = None

    def __init__(self, call: Call, path: Path) -> None:
        self._call = call
        self._path = path

    def pages(self, *, updated_after: str | None = None, ids: Sequence[int] = ()) -> Iterator[Page]:
        """Yield what the file holds; it is everything, whatever is asked."""
        from syncer.export_file import read_export

        yield from read_export(self._path, read=self._read)

    def _read(self, path: Path) -> bytes:
        with interruptible(self._call):  # it may be a pipe
            return path.read_bytes()


def _connected(call: Call, config: Config, stack: ExitStack) -> Source:
    """Return Readwise itself; what that needs is imported here, since a stored export does without."""
    from syncer.cli.connecting import connect

    return connect(call, config, stack)


def _counting(call: Call) -> Callable[[int, int], None]:
    def fetched(pages: int, highlights: int) -> None:
        call.screen.step("fetching", highlights, 0)
        call.screen.note(f"fetched {reporting.counted(pages, 'page')}, {reporting.counted(highlights, 'highlight')}")

    return fetched


def _agreeing(call: Call) -> Callable[[str], bool]:
    def agree(question: str) -> bool:
        call.screen.end_bar()
        return Questions(call, yes=call.arguments.yes, no_input=False).agree(question, default=False)

    return agree


def _hearing(call: Call) -> Callable[[str, str], None]:
    def hear(kind: str, text: str) -> None:
        if kind == "written":
            call.screen.note(f'wrote "{reporting.shown(text)}"')
        elif kind == "warning" or not call.screen.quiet:
            call.screen.tell(f"{kind}: {text}" if kind == "warning" else text)

    return hear


def tell_rest(call: Call, report: Report) -> None:
    """Print what was learnt and what was held back, beside the result."""
    for warning in report.warnings:
        call.screen.tell(f"warning: {reporting.shown(warning)}")
    if not call.screen.quiet:
        for line in reporting.first_meetings(report.decisions):
            call.screen.tell(line)
        if report.plugin_active and any(one.first_meeting for one in report.decisions):
            call.screen.tell(reporting.PLUGIN_IS_ACTIVE)
        told = list(reporting.told_sentences(report.decisions))
        most = len(told) if call.screen.verbose or len(told) <= NOTES_SHOWN else NOTES_SHOWN
        for line in told[:most]:
            call.screen.tell(line)
        if most < len(told):
            call.screen.tell(f"and {len(told) - most} more; syncer verify names them all")
    for line in reporting.hold_sentences(report):
        call.screen.tell(line)
