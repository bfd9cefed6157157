"""`history`, `undo`, `verify`, `restore`: what was written, how to take it back, and whether it is all there.

history   run 3  2024-10-14 09:56  1 note made, 4 notes extended, 17 highlights
undo      shows what would be taken out, asks, takes it out
verify    a line for each note in which anything is not as it was delivered
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack

from syncer import report as reporting
from syncer.cli.commands import Call
from syncer.cli.configuration import config_of
from syncer.cli.questions import interruptible
from syncer.cli.sync_commands import print_report, setup_of
from syncer.errors import EXIT_FOUND, EXIT_OK, UsageError, VaultError
from syncer.instants import instant
from syncer.library import Run, find_state, viewed
from syncer.model import Hold
from syncer.opening import Setup, checked_vault
from syncer.report import counted, shown
from syncer.report_json import document
from syncer.undo import Piece
from syncer.verify import Finding
from syncer.zone import zone_of


def history(call: Call) -> int:
    """List what each run of the last 30 days wrote."""
    with ExitStack() as stack:
        config = config_of(call)
        setup = setup_of(call, config, stack)
        runs = _runs(setup)
    shown_runs = [run for run in runs if run.highlights or run.updates or run.exit_code or call.arguments.all]
    if call.arguments.json:
        call.screen.data(document(runs=shown_runs))
        return EXIT_OK
    zone = zone_of(config.note.timezone)
    for run in shown_runs:
        moment = instant(run.started)
        when = f"{moment.astimezone(zone):%Y-%m-%d %H:%M}" if moment else run.started
        call.screen.say(f"run {run.id:>4}  {when}  {_run_sentence(run)}")
    if not shown_runs:
        call.screen.say("no run of the last 30 days wrote anything" if runs else "there was no run yet")
    return EXIT_OK


def _runs(setup: Setup) -> list[Run]:
    with viewed(find_state(setup.state, checked_vault(setup))) as library:
        return library.journal.runs(newest=-1)


def _run_sentence(run: Run) -> str:
    if run.message:
        return shown(run.message)
    if not run.finished:
        return "was cut short; the next run finished it or decided it anew"
    pieces = [f"{counted(run.notes_created, 'note')} made"] if run.notes_created else []
    pieces += [f"{counted(run.sections, 'note')} extended"] if run.sections else []
    pieces += [counted(run.highlights, "highlight")] if run.highlights else []
    pieces += [counted(run.updates, "update")] if run.updates else []
    pieces += [] if run.highlights or run.updates else ["nothing added"]
    pieces += [f"{len(run.holds)} held back"] if run.holds else []
    return ", ".join(pieces)


def undo(call: Call) -> int:
    """Take the additions of a run back."""
    from syncer.undo import look, take_back_all

    with ExitStack() as stack:
        setup = setup_of(call, config_of(call), stack)
        number, pieces = look(setup, run=call.arguments.run)
        for line in _undo_lines(pieces):
            call.screen.say(line)
        possible = sum(piece.taken for piece in pieces)
        if not possible:
            why = "; ".join(f'"{shown(piece.path)}": {piece.why}' for piece in pieces)
            call.screen.tell(f"nothing of run {number} can be taken back: {why}")
            return VaultError.exit_code
        question = f"take {counted(possible, 'addition')} of run {number} back? [y/N] "
        if not call.arguments.yes and not _agreed(call, question):
            call.screen.tell("nothing was taken back")
            return EXIT_OK
        done = take_back_all(setup, run=number, forget=call.arguments.forget)
    taken = sum(piece.taken for piece in done)
    call.screen.say(f"{counted(taken, 'addition')} of run {number} taken back")
    if taken:
        way = "the next sync brings them again" if call.arguments.forget else "no later sync brings them back"
        call.screen.say(way if call.arguments.forget else f"{way}; --forget would have let it")
    for piece in done:
        if not piece.is_done:
            what = "taken back, but look at it" if piece.taken else "left alone"
            call.screen.tell(f'{what}: "{shown(piece.path)}": {piece.why}')
    return EXIT_OK if all(piece.is_done for piece in done) else VaultError.exit_code


def _undo_lines(pieces: Sequence[Piece]) -> Iterator[str]:
    for piece in pieces:
        if piece.taken and piece.addition.created:
            yield f'remove "{shown(piece.path)}", which the run made and nobody changed'
        elif piece.taken:
            yield f'take out of "{shown(piece.path)}":'
        else:
            yield f'leave "{shown(piece.path)}" alone: {piece.why}' + (", this piece:" if piece.data else "")
        if piece.data and not (piece.taken and piece.addition.created):
            yield from (f"- {shown(line)}" for line in piece.data.decode("utf-8", "replace").splitlines())


def _agreed(call: Call, question: str) -> bool:
    if not sys.stdin.isatty():
        raise UsageError("undo asks before it takes anything back, and there is no terminal", hint="say --yes")
    with interruptible(call):
        sys.stderr.write(question)
        sys.stderr.flush()
        return sys.stdin.readline().strip().lower() in ("y", "yes")


def verify(call: Call) -> int:
    """Hold the vault against the library."""
    from syncer.offline import repair
    from syncer.offline import verify as look

    if call.arguments.repair and call.arguments.html:
        raise UsageError("--html shows what was found, and --repair mends it", hint="leave one away")
    with ExitStack() as stack:
        setup = setup_of(call, config_of(call), stack)
        if call.arguments.repair:
            return print_report(call, repair(setup))
        holds, findings = stack.enter_context(look(setup))
        found = list(findings)
    wrong = any(finding.needs_a_person for finding in found) or bool(holds)
    if call.arguments.json:
        call.screen.data(document(findings=found, holds=holds))
        return EXIT_FOUND if wrong else EXIT_OK
    if call.arguments.html:
        _write_page(call, found, holds)
        return EXIT_FOUND if wrong else EXIT_OK
    for finding in found:
        if line := _finding_sentence(finding):
            call.screen.say(line)
    for hold in holds:
        call.screen.say(reporting.hold_sentence(hold))
    call.screen.say(_verdict(found, holds))
    return EXIT_FOUND if wrong else EXIT_OK


def _write_page(call: Call, found: Sequence[Finding], holds: Sequence[Hold]) -> None:
    from syncer import page_entries
    from syncer.cli.page_file import write_page
    from syncer.page import page

    entries = [*map(page_entries.of_finding, found), *map(page_entries.of_hold, holds)]
    made = page(
        title="What the notes hold of the library",
        summary=_verdict(found, holds),
        remarks=(),
        filters=page_entries.VERIFY_FILTERS,
        entries=page_entries.in_order(entries),
    )
    write_page(call, made, file=call.arguments.html)


def _finding_sentence(finding: Finding) -> str:
    kinds = {
        "missing": len(finding.missing),
        "twice": len(finding.twice),
        "edited by you": len(finding.edited),
        "removed by you": len(finding.removed),
        "changed at Readwise since": len(finding.changed),
        "deleted at Readwise since": len(finding.deleted),
    }
    pieces = [f"{number} {kind}" for kind, number in kinds.items() if number]
    pieces += [f"the source itself changed at Readwise since ({', '.join(finding.about)})"] if finding.about else []
    pieces += [f'also in "{shown(other)}"' for other in finding.others]
    where = f'"{shown(finding.path)}"' if finding.path else f'the book "{shown(finding.title)}"'
    return f"{where}: {', '.join(pieces)}" if pieces else ""


def _verdict(found: Sequence[Finding], holds: Sequence[Hold]) -> str:
    if not found:
        return "nothing to hold the notes against: no book has come from Readwise yet"
    present = sum(finding.present for finding in found)
    missing = sum(len(finding.missing) for finding in found)
    twice = sum(len(finding.twice) for finding in found)
    text = f"{counted(present, 'highlight')} in {counted(sum(bool(one.present) for one in found), 'note')}"
    if missing:
        is_held = not {one.book_id for one in found if one.missing}.isdisjoint(hold.book_id for hold in holds)
        way = "appends when nothing holds them back" if is_held else "or `syncer verify --repair` appends"
        text += f"; {missing} missing, which `syncer once` {way}"
    if twice:
        text += f"; {twice} there twice: delete the copy that you do not want"
    return text if missing or twice else f"{text}, each once"


def restore(call: Call) -> int:
    """Bring back what the owner of a note took out of it."""
    from syncer.offline import restore as bring_back

    with ExitStack() as stack:
        report = bring_back(setup_of(call, config_of(call), stack), note=call.arguments.note)
    return print_report(call, report)
