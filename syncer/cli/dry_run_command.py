"""`dry-run`: what `once` would write, as each of its readers wants it; it writes no note and no state.

a pipe        the diffs on standard output, as they are made; everything else on standard error
a terminal    a summary and then the diffs, coloured and folded, through a pager (preview_screen.py)
--stat        a line a note         --json    everything, for programs
--html FILE   a page to look through; the only file that is written

--note and --limit choose which notes are shown; the sums and the exit code are those of the whole plan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from fnmatch import fnmatchcase

from syncer import report as reporting
from syncer.cli.commands import Call
from syncer.cli.configuration import config_of
from syncer.cli.sync_commands import setup_of, tell_rest
from syncer.errors import EXIT_FOUND, UsageError
from syncer.model import Change, Hold
from syncer.report import Line, Report
from syncer.sync import preview

Drawn = Iterator[tuple[Change | Hold, bytes]]
THIS_WAS_DRY = "this was a dry run: nothing is written; to do it, run: syncer once"


def dry_run(call: Call) -> int:
    """Show what `once` would write."""
    arguments = call.arguments
    chosen = Chosen(arguments.note, arguments.limit)
    if arguments.json and not chosen.is_everything:
        raise UsageError("--note and --limit choose what is shown, and --json has everything", hint="leave one away")
    with ExitStack() as stack:
        config = config_of(call)
        report, drawn = stack.enter_context(preview(setup_of(call, config, stack)))
        _way(call)(call, report, drawn, chosen)
    if not arguments.json:
        if not _is_summed_up(call):
            tell_rest(call, report)
            if not call.screen.quiet:
                call.screen.tell(reporting.summary(report))
        if report.lines and not call.screen.quiet:
            call.screen.tell(THIS_WAS_DRY)
    if arguments.exit_code and report.lines:
        return EXIT_FOUND
    return report.exit_code


class Chosen:
    """Which notes are to be shown: those that fit the pattern, and of these the first few."""

    def __init__(self, pattern: str | None, limit: int | None) -> None:
        if limit is not None and limit < 1:
            raise UsageError(f"--limit {limit} shows nothing", hint="give 1 or more")
        self.is_everything = pattern is None and limit is None
        text = (pattern or "").casefold()
        self._pattern = text if any(char in text for char in "*?[") else f"*{text}*"
        self._left = limit

    def takes(self, line: Line) -> bool:
        """Return whether this note is to be shown, and count it."""
        if self._left == 0:
            return False
        names = [str(line.path), *(part.title for part in line.parts)]
        fits = any(fnmatchcase(name.casefold(), self._pattern) for name in names)
        if fits and self._left is not None:
            self._left -= 1
        return fits


Way = Callable[[Call, Report, Drawn, Chosen], None]


def _way(call: Call) -> Way:
    arguments = call.arguments
    if arguments.html:
        return _write_page
    if arguments.json:
        return _print_json
    if arguments.stat:
        return _print_stat
    return _show if call.screen.is_terminal else _print_diffs


def _is_summed_up(call: Call) -> bool:
    """Return whether the sum, and what was held back, was shown before the changes."""
    return _way(call) is _show and not call.screen.quiet


def _print_diffs(call: Call, report: Report, drawn: Drawn, chosen: Chosen) -> None:
    for change, note in drawn:
        if not isinstance(change, Hold) and chosen.takes(report.lines[-1]):
            call.screen.data(reporting.unified_diff(change, note))


def _print_json(call: Call, report: Report, drawn: Drawn, _: Chosen) -> None:
    for _change, _note in drawn:
        pass
    from syncer.report_json import as_json

    call.screen.data(as_json(report))


def _print_stat(call: Call, report: Report, drawn: Drawn, chosen: Chosen) -> None:
    for change, _ in drawn:
        if not isinstance(change, Hold) and chosen.takes(report.lines[-1]):
            call.screen.say(reporting.stat_line(report.lines[-1]))


def _show(call: Call, report: Report, drawn: Drawn, chosen: Chosen) -> None:
    from syncer.cli.pager import page_out
    from syncer.cli.preview_screen import Sheet

    pieces = [
        (report.lines[-1], reporting.unified_diff(change, note))
        for change, note in drawn
        if not isinstance(change, Hold) and chosen.takes(report.lines[-1])
    ]
    columns, lines = call.screen.size()
    sheet = Sheet(columns=columns, has_colour=call.screen.has_colour)
    if not call.screen.quiet:
        sheet.summary(report)
    for line, diff in pieces:
        sheet.change(line, diff)
    page_out(sheet.text(), screen=call.screen, env=call.env, lines=lines)


def _write_page(call: Call, report: Report, drawn: Drawn, chosen: Chosen) -> None:
    from syncer import page_entries
    from syncer.cli.page_file import write_page
    from syncer.page import page

    decisions = page_entries.by_book(report.decisions)
    entries = [
        page_entries.of_change(change, note, decisions)
        for change, note in drawn
        if not isinstance(change, Hold) and chosen.takes(report.lines[-1])
    ]
    entries += map(page_entries.of_hold, report.holds)
    made = page(
        title="What the next sync would do",
        summary=reporting.summary(report),
        remarks=[
            *reporting.first_meetings(report.decisions),
            *reporting.told_sentences(report.decisions),
            *report.warnings,
        ],
        filters=page_entries.PLAN_FILTERS,
        entries=page_entries.in_order(entries),
    )
    write_page(call, made, file=call.arguments.html)
