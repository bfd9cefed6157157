"""Does any history of an account, a vault, a state and their accidents keep the promises? A Hypothesis state machine.

The export grows, is edited, deletes; the owner edits, renames, moves, takes out highlights and notes, changes line
ends; the state is lost or an old one comes back; a run ends in the middle, or at a call, and its recovery, too. The
model knows for each highlight whether it must be in its book's note (once), must not be there, or may be (at most
once): when nobody can know any more.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import TypeVar, cast

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule, run_state_machine_as_test

from syncer.instants import written
from syncer.model import Book, Highlight
from tests.crash import crash_at
from tests.direct import Killed
from tests.history import EDITS, Watched
from tests.made import book, highlight, words

TITLES = ("Deep Work", "Slow", "Ünï–code", "Straße", "A: b?")
EXAMPLES, STEPS = (60, 30) if settings().max_examples <= 100 else (500, 50)
WRITTEN = (1, 0.155)
"""The first wait longer than 0.2 s: a section is written, and not yet remembered."""
pick = st.integers(min_value=0, max_value=10**6)
NO_ID = 10**7
"""Above the id of every highlight, so that no new text is another one's own."""
Step = TypeVar("Step", bound=Callable[..., object])

CALL = st.integers(min_value=1, max_value=14)
"""At which of its changing calls a run is ended; one that adds to two notes makes about so many."""
SEEN_AT_LEAST, MOST_ROUNDS = 50, 20
SEEN: Counter[str] = Counter()
"""How often each kind of step was taken."""
KINDS: list[str] = []
AT_READWISE = ("text", "note", "tags", "location", "out", "vanish", "title")
BY_OWNER = (*EDITS, "copy")
MOVES = ("rename", "copy")
STATES = ("backup", "backup", "restore", "restore", "damage", "lose")
WAYS = (
    *(f"change_at_readwise {how}" for how in AT_READWISE),
    *(f"edit {how}" for how in BY_OWNER),
    *(f"move {how}" for how in MOVES),
    *(f"state {how}" for how in dict.fromkeys(STATES)),
)
"""The ways in which a step is taken, where it has several; a short run is too short for each of them."""


def counted(step: Step) -> Step:
    """Count how often a step is taken."""
    KINDS.append(step.__name__)

    @functools.wraps(step)
    def taken(*arguments: object, **options: object) -> object:
        SEEN[step.__name__] += 1
        if how := options.get("how") or options.get("by"):
            SEEN[f"{step.__name__} {how}"] += 1
        return step(*arguments, **options)

    return cast("Step", taken)


class Histories(Watched):
    """Everything that happens to one account and one vault."""

    # ------------------------------------------------------------ the account

    @initialize(count=st.integers(min_value=1, max_value=3))
    def begin(self, count: int) -> None:
        for number in range(count):
            self.new_book(number, True)

    @precondition(lambda self: len(self.user.books) < len(TITLES))
    @rule(place=pick, linked=st.booleans())
    @counted
    def new_book(self, place: int, linked: bool) -> None:
        number = len(self.user.books) + 1
        self.user.books.append(book(number, TITLES[number - 1], []))
        self.grow(number - 1, place, linked, 2)

    @rule(which=pick, place=pick, linked=st.booleans(), count=st.integers(min_value=1, max_value=3))
    @counted
    def grow_and_run(self, which: int, place: int, linked: bool, count: int) -> None:
        self.grow(which, place, linked, count)
        self.run(0, 1)

    @rule(which=pick, place=pick, linked=st.booleans(), count=st.integers(min_value=1, max_value=3))
    @counted
    def grow(self, which: int, place: int, linked: bool, count: int) -> None:
        made = self._book(which)
        for _ in range(count):
            self.next_id += 1
            new = highlight(self.next_id, at=self.now, linked=linked, location=place % 50)
            made = msgspec.structs.replace(made, highlights=(*made.highlights, new))
        self._replace(made)

    @rule(which=pick, at=pick, how=st.sampled_from(AT_READWISE))
    @counted
    def change_at_readwise(self, which: int, at: int, how: str) -> None:
        made = self._book(which)
        if not made.highlights:
            return
        old = made.highlights[at % len(made.highlights)]
        if how == "title":
            self._replace(msgspec.structs.replace(made, title=f"{TITLES[made.id - 1]} {at % 3}"))
            self._change(made.id, old, {})
        elif how == "vanish" and self._is_known_without(made, old.id):
            left = tuple(one for one in made.highlights if one.id != old.id)
            self._replace(msgspec.structs.replace(made, highlights=left))
        elif how == "out":
            self._change(made.id, old, {("is_deleted", "is_discard")[at % 2]: True})
        elif old.url and how != "vanish":
            values = {"text": words(NO_ID + at), "note": words(at, 3), "tags": (f"t{at % 9}",), "location": at % 50}
            self._change(made.id, old, {how: values[how]})

    def _replace(self, made: Book) -> None:
        self.user.books[made.id - 1] = made

    def _change(self, number: int, old: Highlight, fields: dict[str, object]) -> None:
        made = self.user.books[number - 1]
        new = msgspec.structs.replace(old, updated_at=written(self.now), **fields)
        highlights = tuple(new if one.id == old.id else one for one in made.highlights)
        self._replace(msgspec.structs.replace(made, highlights=highlights))

    # ------------------------------------------------------------ the owner

    def _note(self, which: int) -> tuple[int, Path] | None:
        """Return a book and its note, or None where there is no such note."""
        present = sorted(self.places)
        if not present:
            return None
        number = present[which % len(present)]
        return number, self.user.vault / self.places[number]

    @rule(which=pick, how=st.sampled_from(BY_OWNER), at=pick)
    @counted
    def edit(self, which: int, how: str, at: int) -> None:
        if not (found := self._note(which)):
            return
        data = found[1].read_bytes()
        if how == "copy":
            copy = found[1].with_name(f"{found[1].stem}.sync-conflict-20241011-090000-ABCDEFG.md")
            copy.write_bytes(data + b"theirs\n")
        else:
            found[1].write_bytes(EDITS[how](data, at))

    @rule(which=pick, at=pick, by=st.sampled_from(MOVES))
    @counted
    def move(self, which: int, at: int, by: str) -> None:
        if not (found := self._note(which)):
            return
        number, old = found
        name = ("Reading/{}.md", "Readwise/sub/{}.md", "{}.md")[at % 3].format(f"{words(at, 1)} {number}")
        new = self.user.vault / name
        if new.exists():
            return
        new.parent.mkdir(parents=True, exist_ok=True)
        if by == "rename":
            old.rename(new)
        else:
            new.write_bytes(old.read_bytes())
            old.unlink()
        self.places[number] = name

    @rule(which=pick, at=pick)
    @counted
    def take_out_a_highlight(self, which: int, at: int) -> None:
        if not (found := self._note(which)):
            return
        data = found[1].read_bytes()
        there = [one for one in self._book(found[0] - 1).highlights if self._count(data, one)]
        if not there:
            return
        one = there[at % len(there)]
        if not self._is_known_without(self._book(found[0] - 1), one.id):
            return
        key = self._key(one)
        found[1].write_bytes(b"".join(each for each in data.splitlines(keepends=True) if key not in each))
        self._taken_out(one.id)

    @rule(which=pick, at=st.integers(min_value=0, max_value=2))
    @counted
    def take_out_a_note(self, which: int, at: int) -> None:
        if at or not (found := self._note(which)):
            return
        number, path = found
        path.unlink()
        del self.places[number]
        ids = {one.id for one in self._book(number - 1).highlights}
        if ids & self.model.delivered:
            self.model.deleted_notes.add(number)
        unsure = ids - self.model.delivered
        self.model.free |= unsure
        self.model.pending -= ids

    # ------------------------------------------------------------ the state

    def _state(self) -> Path | None:
        found = list(self.user.state.glob("*.sqlite3")) if self.user.state.exists() else []
        return found[0] if found else None

    @rule(how=st.sampled_from(STATES))
    @counted
    def state(self, how: str) -> None:
        path = self._state()
        if path is None:
            return
        if how == "backup":
            self.backup = path.read_bytes()
        elif how == "damage":
            self._restore(path, path.read_bytes()[: path.stat().st_size // 2])
        elif how == "lose":
            self._lose()
        elif self.backup is not None:
            self._restore(path, self.backup)

    # ------------------------------------------------------------ time, and the run

    @rule(hours=st.sampled_from([0, 0, 1, 5, 30, 200]), again=st.integers(min_value=0, max_value=3))
    @counted
    def run(self, hours: float, again: int) -> None:
        self.now += timedelta(hours=hours)
        self.now += timedelta(seconds=1)
        self._run_whole(self.user.tree())
        if again == 0:
            before = self.user.tree()
            self.now += timedelta(hours=1)
            self.user.sync(at=self.now)
            assert self.user.tree() == before

    @rule(which=pick, at=st.sampled_from([WRITTEN, WRITTEN, (1, 0.0), (3, 0.0)]))
    @counted
    def run_that_is_killed(self, which: int, at: tuple[int, float]) -> None:
        self.grow(which, which, which % 3 > 0, 1)
        self.now += timedelta(seconds=1)
        before = self.user.tree()
        self.user.killed = at
        try:
            self.user.sync(at=self.now)
        except Killed:
            pass
        finally:
            self.user.killed = (0, 0.0)
        self._only_added(before)
        self._was_killed()

    @rule(which=pick, first=CALL, second=CALL, torn=st.booleans())
    @counted
    def run_that_crashes_and_whose_recovery_does(self, which: int, first: int, second: int, torn: bool) -> None:
        """End a run at one of its calls, the next at another, and let a third put it right."""
        self.grow(which, which, which % 3 > 0, 2)
        self.now += timedelta(seconds=1)
        before = self.user.tree()
        for number in (first, second):
            with suppress(Killed), crash_at(number, torn=torn):
                self.user.sync(at=self.now)
        self._was_killed()
        self._run_whole(before)

    def teardown(self) -> None:
        """A last run, one more, and one without a state: no run after a finished one changes anything."""
        try:
            self.run(1, 0)
            self.user.forget()
            self.user.sync(at=self.now)
            before = self.user.tree()
            for _ in range(2):
                self.user.sync(at=self.now)
            assert self.user.tree() == before
        finally:
            self._folder.cleanup()


@pytest.mark.slow
@pytest.mark.chance
def test_no_history_harms_a_byte_or_doubles_a_highlight(record_property: Callable[[str, object], None]) -> None:
    """After its runs, a few more at a time until each kind of step was taken often enough."""
    wanted = KINDS if STEPS == 30 else [*KINDS, *WAYS]
    run_state_machine_as_test(Histories, settings=settings(max_examples=EXAMPLES, stateful_step_count=STEPS))
    for number in range(1, MOST_ROUNDS + 1):  # ever more, as with CI=true each begins with the same ones
        if min(SEEN[step] for step in wanted) < SEEN_AT_LEAST:
            more = settings(max_examples=10 * number, stateful_step_count=STEPS)
            run_state_machine_as_test(Histories, settings=more)
    record_property("steps", ", ".join(f"{step} {count}" for step, count in sorted(SEEN.items())))
    assert min(SEEN[step] for step in wanted) >= SEEN_AT_LEAST
