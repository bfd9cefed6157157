"""What is done from the mirror alone, without asking Readwise: verify, repair, restore.

    with verify(setup) as (plan, findings):     what each book's note holds; nothing is written
    repair(setup)                               what a sync of every book would append
    restore(setup, note="Readwise/Deep.md")     the same, as if its owner had taken nothing out of that note

The plan, the brake and the writing are those of `once`; only the fetch is left out. What `restore` brings back is
remembered as missing once nothing refuses the plan any more: so what is then held back, or cut short, the next sync
writes, and what is refused leaves everything as it was.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager

from syncer.brake import refuse_if_unsafe
from syncer.by_hand import books_of, give_back
from syncer.change import text_of
from syncer.errors import UsageError
from syncer.guards import refuse_if_missing, refuse_if_read_only
from syncer.identity import link_keys
from syncer.identity.links import is_sure
from syncer.library import Library, find_state, private_copy
from syncer.library.mirror import link_hash
from syncer.model import BookId, Hold, NotePath, Plan, Received
from syncer.one_pass import Pass
from syncer.opening import Setup, checked_vault, locked, opened, opened_vault
from syncer.report import Report
from syncer.vault import Vault
from syncer.verify import Finding, verify_book

NOTHING_FETCHED = Received(full=False, books=0, highlights=0, changed=0, warnings=())


@contextmanager
def verify(setup: Setup) -> Iterator[tuple[Sequence[Hold], Iterator[Finding]]]:
    """Yield what a sync of every book would hold back, and what each note holds; nothing is fetched or written."""
    root = checked_vault(setup)
    path = find_state(setup.state, root)
    with private_copy(path) as library, opened_vault(setup, root) as vault:
        if library.is_new():
            raise UsageError("there is no state of this vault yet", hint="run first: syncer once")
        one = Pass(setup, library, vault)
        one.check_own_templates()
        refuse_if_missing(setup, library, vault)
        one.recover(dry=True)
        one.memory.count_as_told(setup.config)
        plan = one.plan(everything=True)
        report = one.report(plan, NOTHING_FETCHED, dry=True)
        for _ in one.drawn(plan, report):
            pass  # what cannot be carried out is in the report then
        yield report.holds, _findings(library, one, plan)


def _findings(library: Library, one: Pass, plan: Plan) -> Iterator[Finding]:
    linked = _linked(library, one, [decision.book_id for decision in plan.decisions])
    for decision in plan.decisions:
        for book, _ in library.mirror.books([decision.book_id]):
            text = "" if decision.creates else text_of(one.present(decision.path))
            yield verify_book(book, library.ledger.placed(book.id), decision, text=text, linked=linked)


def _linked(library: Library, one: Pass, books: Sequence[BookId]) -> Mapping[str, Sequence[NotePath]]:
    """Return in which notes of the export's form each link stands that is a highlight of one book alone."""
    shared = library.shared_links(books, keys=link_keys)
    linked: dict[str, list[NotePath]] = defaultdict(list)
    for path, entry in one.notes.items():
        for key in entry.facts.links if entry.facts.exported else ():
            if is_sure(key) and link_hash(key) not in shared:
                linked[key].append(path)
    return linked


def repair(setup: Setup) -> Report:
    """Append what is missing, as `once` would, but of every book and without asking Readwise."""
    with locked(setup) as (root, path), opened(setup, root, path) as (library, vault):
        _refuse_what_looks_wrong(setup, library, vault)
        return _local_pass(setup, library, vault, restored=())


def restore(setup: Setup, *, note: str) -> Report:
    """Bring back into a note, or into the place where it was, what its owner took out."""
    with locked(setup) as (root, path), opened(setup, root, path) as (library, vault):
        _refuse_what_looks_wrong(setup, library, vault)
        return _local_pass(setup, library, vault, restored=books_of(library, root, note=note))


def _refuse_what_looks_wrong(setup: Setup, library: Library, vault: Vault) -> None:
    refuse_if_missing(setup, library, vault)
    refuse_if_read_only(vault)


def _local_pass(setup: Setup, library: Library, vault: Vault, *, restored: Collection[BookId]) -> Report:
    """Carry out what a plan over every book says, from the mirror alone."""
    one = Pass(setup, library, vault)
    one.check_own_templates()
    one.recover()
    one.memory.count_as_told(setup.config)
    plan = one.plan(everything=True, restored=restored)
    if not setup.accept_large:
        refuse_if_unsafe(plan, count=one.highlights)
    give_back(library, plan, restored)
    with one.memory.keeping_failures():
        return one.carry_out(plan, NOTHING_FETCHED)
