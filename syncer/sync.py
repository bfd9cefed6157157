"""One pass, as a recipe: look that the vault is all there, fetch, index, decide, brake, write, remember.

    one.recover()                     # finish what an earlier run was writing
    fetched = one.fetch()             # Readwise → mirror, all pages or none
    plan = one.plan()                 # mirror + vault → decisions
    one.carry_out(plan, fetched)      # decisions → notes → ledger          `preview` shows them instead

The same plan serves `once` and `dry-run`; the latter works on a private copy of the state, takes no lock, and drops
the copy. What each step does is in one_pass.py, how vault and state are opened in
opening.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from syncer.brake import refuse_if_unsafe
from syncer.by_hand import give_back
from syncer.errors import SyncerError, UsageError
from syncer.library import Corrupt, Library, find_state, private_copy
from syncer.library.store import put_aside
from syncer.model import Change, Hold, Plan, Received
from syncer.one_pass import Pass
from syncer.opening import Setup, checked_vault, locked, opened, opened_vault
from syncer.report import Report
from syncer.vault import Vault
from syncer.verify import Finding, verify_book

__all__ = ["Setup", "once", "preview", "repair", "restore", "verify"]


def once(setup: Setup) -> Report:
    """Bring the vault up to date, and return what was done."""
    with locked(setup) as (root, path):
        try:
            return _once(setup, root, path)
        except Corrupt as damage:
            aside = put_aside(path, stamp=setup.clock().strftime("%Y%m%dT%H%M%S"))
            setup.hear(
                "warning", f'the state was damaged ({damage.what}) and is begun anew; the old one is now "{aside}"'
            )
            return _once(setup, root, path)


def _once(setup: Setup, root: Path, path: Path) -> Report:
    with opened(setup, root, path) as (library, vault):
        one = Pass(setup, library, vault)
        try:
            one.refuse_if_missing()
            one.recover()
            one.refuse_if_early()
            fetched = one.fetch()
            plan = one.plan()
            if not setup.accept_large:
                refuse_if_unsafe(plan, count=one.highlights)
            report = one.carry_out(plan, fetched)
        except Corrupt:
            raise
        except SyncerError as error:
            with suppress(SyncerError):  # the first error is the one to tell
                one.remember_failure(error)
            raise
        return report


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
        one = Pass(setup, library, vault)
        one.refuse_if_missing()
        fetched = one.fetch()
        plan = one.plan()
        if not setup.accept_large:
            refuse_if_unsafe(plan, count=one.highlights)
        report = one.report(plan, fetched, dry=True)
        yield report, one.drawn(plan, report)


@contextmanager
def verify(setup: Setup) -> Iterator[tuple[Plan, Iterator[Finding]]]:
    """Yield what a sync of every book would decide, and what each book's note holds; nothing is fetched or written."""
    root = checked_vault(setup)
    path = find_state(setup.state, root)
    if not path.exists():
        raise UsageError("there is no state of this vault yet", hint="run first: syncer once")
    with private_copy(path) as library, opened_vault(setup, root) as vault:
        one = Pass(setup, library, vault)
        one.refuse_if_missing()
        plan = one.plan(everything=True)
        yield plan, _findings(library, one, plan)


def _findings(library: Library, one: Pass, plan: Plan) -> Iterator[Finding]:
    for decision in plan.decisions:
        for book, _ in library.mirror.books([decision.book_id]):
            text = "" if decision.creates else one.text(decision.path)
            yield verify_book(book, library.ledger.placed(book.id), decision, text=text)


def repair(setup: Setup) -> Report:
    """Append what is missing, as `once` would, but of every book and without asking Readwise."""
    with locked(setup) as (root, path), opened(setup, root, path) as (library, vault):
        return _local_pass(setup, library, vault)


def _local_pass(setup: Setup, library: Library, vault: Vault) -> Report:
    """Carry out what a plan over every book says, from the mirror alone."""
    one = Pass(setup, library, vault)
    one.refuse_if_missing()
    one.recover()
    plan = one.plan(everything=True)
    if not setup.accept_large:
        refuse_if_unsafe(plan, count=one.highlights)
    return one.carry_out(plan, Received(full=False, books=0, highlights=0, changed=0, warnings=()))


def restore(setup: Setup, *, note: str) -> Report:
    """Bring back into a note, or into the place where it was, what its owner took out."""
    with locked(setup) as (root, path), opened(setup, root, path) as (library, vault):
        give_back(library, root, note=note)
        return _local_pass(setup, library, vault)
