"""One pass, as a recipe: look that the vault is all there, fetch, index, decide, brake, write, remember.

    one.recover()                     # finish what an earlier run was writing
    fetched = one.fetch()             # Readwise → mirror, all pages or none
    plan = one.plan()                 # mirror + vault → decisions
    one.carry_out(plan, fetched)      # decisions → notes → ledger          `preview` shows them instead

The same plan serves `once` and `dry-run`; the latter works on a private copy of the state, takes no lock, and drops
the copy. What each step does is in one_pass.py, what may stop it in guards.py, how vault and state are opened in
opening.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from syncer.brake import refuse_if_unsafe
from syncer.guards import refuse_if_early, refuse_if_missing, refuse_if_read_only
from syncer.library import Corrupt, Library, deliveries, find_state, private_copy
from syncer.library.seals import whole_after_all
from syncer.library.whole import is_whole, put_aside
from syncer.model import Change, Hold, Plan
from syncer.one_pass import Pass
from syncer.opening import Setup, checked_vault, locked, opened, opened_vault, recall_deliveries
from syncer.report import Report, counted

__all__ = ["Setup", "once", "preview"]


def once(setup: Setup) -> Report:
    """Bring the vault up to date, and return what was done."""
    with locked(setup) as (root, path):
        try:
            return _once(setup, root, path)
        except Corrupt as damage:
            if is_whole(path):
                raise whole_after_all(damage, path, hint="is its disk failing? sync again: syncer once") from damage
            aside = put_aside(path, stamp=setup.clock().strftime("%Y%m%dT%H%M%S"))
            setup.hear(
                "warning", f'the state was damaged ({damage.what}) and is begun anew; the old one is now "{aside}"'
            )
            return _once(setup, root, path)


def _once(setup: Setup, root: Path, path: Path) -> Report:
    with opened(setup, root, path) as (library, vault):
        one = Pass(setup, library, vault)
        with one.memory.keeping_failures():
            one.check_own_templates()
            refuse_if_missing(setup, library, vault)
            refuse_if_read_only(vault)
            one.recover()
            refuse_if_early(library, now=one.now)
            one.memory.count_as_told(setup.config)
            fetched = one.fetch()
            plan = _agreed(setup, one.plan(since=setup.updates_since)) or one.plan()
            if not setup.accept_large:
                refuse_if_unsafe(plan, count=one.highlights)
            report = one.carry_out(plan, fetched)
            report.warnings += _copied(setup, library, path)
        return report


def _agreed(setup: Setup, plan: Plan) -> Plan | None:
    """Return the plan, or None where it brings updates that were asked for and that are now not wanted."""
    updates = sum(len(one.updated) for one in plan.decisions)
    if setup.updates_since is None or not updates:
        return plan
    notes = len({one.path for one in plan.decisions if one.updated})
    since = f"{setup.updates_since:%Y-%m-%d %H:%M}"
    question = f"add {counted(updates, 'update')} since {since} to {counted(notes, 'note')}?"
    return plan if setup.agree(question) else None


def _copied(setup: Setup, library: Library, path: Path) -> list[str]:
    """Keep the weekly copy of the deliveries; return a warning where that failed."""
    try:
        deliveries.keep(library, path, now=setup.clock())
    except OSError as error:
        return [f"no copy of the deliveries could be kept beside the state {path}: {error.strerror}"]
    return []


@contextmanager
def preview(setup: Setup) -> Iterator[tuple[Report, Iterator[tuple[Change | Hold, bytes]]]]:
    """Yield what `once` would do: the report, filled while the changes with their notes' present bytes are drawn."""
    root = checked_vault(setup)
    path = None if setup.stateless else find_state(setup.state, root)
    try:
        library = private_copy(path)
    except Corrupt as damage:
        setup.hear("warning", f"the state is damaged ({damage.what}); this is what a run without it would do")
        library = private_copy(None)
    with library, opened_vault(setup, root) as vault:
        if path is not None:
            recall_deliveries(setup, path, library, vault)
        one = Pass(setup, library, vault)
        one.check_own_templates()
        refuse_if_missing(setup, library, vault)
        one.recover(dry=True)
        one.memory.count_as_told(setup.config)
        fetched = one.fetch()
        plan = one.plan(since=setup.updates_since)
        if not setup.accept_large:
            refuse_if_unsafe(plan, count=one.highlights)
        report = one.report(plan, fetched, dry=True)
        yield report, one.drawn(plan, report)
