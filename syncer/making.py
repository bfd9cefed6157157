"""Making a plan's changes, note by note, from the library's books and the notes as they are at that moment.

    Maker(library, vault, style=…, own_templates=False, now=…).changes(plan)
    → [CreateNote("Readwise/Deep.md", …)], [AppendSection("Readwise/State of AI.md", …)], [Hold(…)], …

Between the pure change.py, which makes the bytes, and carry_out.py, which has them written: here a note is read, once
it is quiet, right before it is judged. What cannot be read, or a template cannot render, is a hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import groupby

from syncer.change import hold_with, make_append, make_create
from syncer.errors import ConfigError
from syncer.library import Library
from syncer.model import Change, CreateNote, Decision, Hold, NotePath, Plan
from syncer.note import Style, front_matter_problem
from syncer.plan.world import MEND
from syncer.vault import BeingEdited, NotRead, Vault, passes, why_not_read


class Maker:
    """Makes a plan's changes, note by note, from the library's books and the notes as they are at that moment."""

    def __init__(
        self, library: Library, vault: Vault, *, style: Callable[[], Style], own_templates: bool, now: datetime
    ) -> None:
        self.warnings: list[str] = []
        self._own_templates = own_templates
        self.unfinished: dict[NotePath, str] = {}
        """Notes that an earlier run was writing, or an undo, and that cannot be told about yet, with the reason."""
        self._library = library
        self._vault = vault
        self._style = style
        self._now = now

    def changes(self, plan: Plan) -> Iterator[list[Change | Hold]]:
        """Yield what each note that the plan touches gets, by path."""
        touched = (one for one in plan.decisions if one.writes)
        for path, group in groupby(touched, key=lambda one: one.path):
            yield self.changes_of(path, list(group))

    def changes_of(self, path: NotePath, decisions: Sequence[Decision]) -> list[Change | Hold]:
        """Return what one note gets: at most one change, and a hold for each decision that cannot be carried out."""
        if why := self.unfinished.get(path):
            return [hold_for(one, NotRead(path, why)) for one in decisions]
        try:
            return self._made(path, decisions)
        except ConfigError as mistake:
            hint = mistake.hint or "syncer template check tries the templates"
            return [hold_with(one, f"a template cannot render it: {mistake.message}", hint) for one in decisions]

    def _made(self, path: NotePath, decisions: Sequence[Decision]) -> list[Change | Hold]:
        books = {book.id: book for book, _ in self._library.mirror.books(one.book_id for one in decisions)}
        if decisions[0].creates:
            made = make_create(decisions[0], books[decisions[0].book_id], style=self._style(), now=self._now)
            self._look_at_front_matter(made)
            return made
        last = self._library.journal.last_addition(path)
        try:
            note = self._vault.read_quiet(path, ours=last.stamp if last else None)
        except (NotRead, OSError) as error:
            return [hold_for(one, error) for one in decisions]
        return make_append(decisions, books, note=note.data, last=last, style=self._style(), now=self._now)

    def _look_at_front_matter(self, made: Sequence[Change | Hold]) -> None:
        """Warn of a front matter that the user's own template made and that does not parse; it is written as it is."""
        for one in made if self._own_templates else ():
            if isinstance(one, CreateNote) and (problem := front_matter_problem(one.data.decode())):
                self.warnings.append(f'the front matter of "{one.path}" cannot be read back: {problem}')


def hold_for(decision: Decision, error: NotRead | OSError) -> Hold:
    """Return the hold for a note that could not be read before writing."""
    reason = why_not_read(error)
    reason = f"{reason}; it is being edited" if isinstance(error, BeingEdited) else reason
    soon = passes(error)
    return hold_with(decision, reason, "the next sync writes it" if soon else MEND, soon=soon)
