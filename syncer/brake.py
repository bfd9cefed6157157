"""The brake: a plan that looks wrong is not carried out, and neither is one for a vault that is not all there.

    refuse_if_unsafe(plan, notes=412, highlights=9120)   raises VaultError with the whole case in one message

A plan looks wrong when recognition seems to have failed: another account's token, a vault of another tool's notes, a
template that hides the marks. Counted are existing notes of which, out of at least three highlights that are older
than the note, more than half would be appended. Honest growth is new highlights, and those are younger than the note.
Updates of a large part of the library at once look wrong, too: that is how Readwise writes it, not what a reader did.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from syncer.errors import VaultError
from syncer.model import NotePath, Plan

OLDER_AT_LEAST = 3
MOST_NOTES = 20
MOST_OF_HIGHLIGHTS = 0.3
MOST_GONE = 5
MOST_OF_NOTES_GONE = 0.2
EXAMPLES = 3


def refuse_if_unsafe(plan: Plan, *, count: Callable[[], int]) -> None:
    """Raise VaultError where the plan would append to many notes what they should have had for long.

    Or where a large part of the library is said to have changed at once, which is Readwise's doing and not a reader's.
    `count` gives the number of all highlights in the library; it is asked only when that matters.
    """
    _refuse_if_all_changed(plan, count=count)
    suspicious = [
        decision
        for decision in plan.decisions
        if not decision.creates and decision.before >= OLDER_AT_LEAST and decision.lacking * 2 > decision.before
    ]
    if len(suspicious) <= MOST_NOTES:
        return
    appended, highlights = sum(len(decision.missing) for decision in suspicious), count()
    if appended <= MOST_OF_HIGHLIGHTS * highlights:
        return
    examples = ", ".join(f'"{decision.path}" ({len(decision.missing)})' for decision in suspicious[:EXAMPLES])
    raise VaultError(
        f"nothing was written: {len(suspicious)} existing notes would get more than half of their highlights again, "
        f"{appended} of the library's {highlights} (the limits are {MOST_NOTES} notes and "
        f"{MOST_OF_HIGHLIGHTS:.0%}); for example {examples}",
        hint="is it the right vault and the right account? look with: syncer dry-run; "
        "if it is right, go on with: syncer once --accept-large",
    )


def _refuse_if_all_changed(plan: Plan, *, count: Callable[[], int]) -> None:
    notes = [decision for decision in plan.decisions if decision.updated]
    if len(notes) <= MOST_NOTES:
        return
    changed, highlights = sum(len(decision.updated) for decision in notes), count()
    if changed <= MOST_OF_HIGHLIGHTS * highlights:
        return
    raise VaultError(
        f"nothing was written: {changed} of the library's {highlights} highlights changed at Readwise at once, in "
        f"{len(notes)} notes (the limits are {MOST_NOTES} notes and {MOST_OF_HIGHLIGHTS:.0%})",
        hint="did Readwise change how it writes them? look with: syncer dry-run --accept-large; if it is right, go on "
        "with: syncer once --accept-large; if not, set updates.mode to report",
    )


def refuse_if_gone(known: Collection[NotePath], gone: Iterable[NotePath], *, vault: str) -> None:
    """Raise VaultError where more than a fifth (and more than five) of the known notes are gone at once."""
    gone = sorted(gone)
    if len(gone) <= MOST_GONE or len(gone) <= MOST_OF_NOTES_GONE * len(known):
        return
    examples = ", ".join(f'"{path}"' for path in gone[:EXAMPLES])
    raise VaultError(
        f"nothing was written: {len(gone)} of the {len(known)} known notes are gone from the vault {vault}; "
        f"for example {examples}",
        hint="is the vault all there (mounted, synced)? if you removed them, go on with: syncer once --accept-missing",
    )
