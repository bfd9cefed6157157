"""From a change to what the journal keeps of it: the intent before its first byte, the addition once it is there.

    intent_of(CreateNote("Readwise/Deep.md", …), 0, 3)   → Intent(kind="create", temp=".syncer-3-0.tmp", …)
    addition_of(change, Done(…), 3)                      → Addition(run=3, path=…, offset=5210, size=811, sha256="1c…")
    recover_all(library, vault, intents)                 what an earlier run left, finished or left to the plan

Guarantees: an addition says of its bytes what undo needs to take exactly them out; a recovered one says the same. How
a note is finished after a crash is the writer's question, in which order all of this happens carry_out.py's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from syncer.library import Library
from syncer.library.journal import Recorded
from syncer.library.ledger import NEVER
from syncer.model import Addition, AppendSection, Change, CreateNote, NotePath, Part, Stamp
from syncer.records import taken
from syncer.vault import Vault
from syncer.writer import Done, Fate, Intent, recover


def recover_all(library: Library, vault: Vault, intents: Iterable[tuple[int, Recorded]]) -> dict[NotePath, str]:
    """Finish what an earlier run was writing, or leave it to the plan; return the notes that cannot be told yet."""
    unfinished, decided = {}, []
    for number, one in intents:
        found = recover(vault, one.intent)
        if found.fate is Fate.LATER:
            unfinished[one.intent.path] = f"an earlier run was writing it, and {found.why or 'it could not be read'}"
        else:
            decided.append((number, one, found.done))
    with library.transaction():
        for _, one, done in decided:
            if done is not None:
                library.journal.keep_addition(_recovered_addition(one, done))
                _remember_updates(library, one.parts)
        library.journal.drop_intents(number for number, _, _ in decided)
    return unfinished


def _remember_updates(library: Library, parts: Iterable[Part]) -> None:
    """Remember the updates that a run wrote before it was cut short: they are not to be told from the note alone."""
    for part in parts:
        if part.updates:
            placed = taken(library.ledger.placed(part.book_id), part.updates)
            library.ledger.record(part.book_id, placed, settled=NEVER)


def intent_of(change: Change, number: int, run: int) -> Intent:
    """Return what the journal keeps of a change before its first byte is written."""
    temp = f".syncer-{run}-{number}.tmp"
    if isinstance(change, CreateNote):
        return Intent(kind="create", path=change.path, temp=temp, before=None, data=change.data)
    return Intent(kind="append", path=change.path, temp="", before=change.before, data=change.data)


def heading_of(change: Change) -> str:
    """Return the heading under which a change's highlights stand, "" in a new note."""
    return change.heading if isinstance(change, AppendSection) else ""


def addition_of(change: Change, done: Done, run: int) -> Addition:
    """Return what history and undo need to know of a change that was made."""
    offset = done.fingerprint.size - len(change.data)
    created = isinstance(change, CreateNote)
    return _addition(run, change.path, created, offset, change.data, heading_of(change), done.stamp, change.parts)


def _recovered_addition(recorded: Recorded, done: Done) -> Addition:
    """Return the same for an intent of an earlier run that turned out to be on the disk."""
    intent = recorded.intent
    offset = done.fingerprint.size - len(intent.data)
    created = intent.kind == "create"
    return _addition(
        recorded.run, intent.path, created, offset, intent.data, recorded.heading, done.stamp, recorded.parts
    )


def _addition(
    run: int,
    path: NotePath,
    created: bool,
    offset: int,
    data: bytes,
    heading: str,
    stamp: Stamp,
    parts: tuple[Part, ...],
) -> Addition:
    return Addition(
        run=run,
        path=path,
        created=created,
        offset=offset,
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        heading=heading,
        stamp=stamp,
        parts=parts,
    )
