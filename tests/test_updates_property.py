"""Does every change at Readwise come into the note once, or stay counted, whatever else happens in between?

Any order of: a note, a tag, a text changed at Readwise, a highlight deleted or added there; an owner who writes in the
note or takes its updated sections out; a sync, one that is killed after it wrote; a lost state; updates switched off
and on. Each change has words of its own, so that they can be counted in the note without asking syncer.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from syncer.instants import written
from syncer.model import Highlight
from syncer.offline import verify
from tests.direct import MEMORY, SOME, Direct, Killed
from tests.made import book, changed, highlight, later

NOTE = "Readwise/Deep Work.md"
MODES = {mode: f'updates.mode = "{mode}"\nupdates.settle = "0s"\n' for mode in ("append", "report")}
AT_READWISE = ("note", "tag", "text", "unnoted", "deleted", "new")
EVENTS = st.lists(
    st.tuples(
        st.sampled_from(
            [*AT_READWISE, "note", "note", "own words", "taken out", "lost", "killed", "off", "on", *["sync"] * 5]
        ),
        st.integers(min_value=0, max_value=3),
    ),
    max_size=14,
)


class Story:
    """What happens to one note, and what must hold of it at every moment."""

    def __init__(self, folder: Path) -> None:
        self.user = Direct(folder / "home", settings=MODES["append"])
        self.now: dict[int, Highlight] = {number: highlight(number, linked=number != 13) for number in (11, 12, 13)}
        self.hours = 0.0
        self.said = 0
        self.last: dict[int, str] = {}
        """The words of each highlight's last change, while nothing says that they need not be in the note."""
        self.changed: set[int] = set()
        """The highlights that changed since the last sync: no other may get an update, whatever was taken out."""
        self.is_on = True
        self.was_cut = False
        """Whether an updated section was taken out, of which a copy without its heading may have stayed."""
        self.is_blind = False
        """Whether the state is lost and no sync has met the note since: what changes then is not known."""
        self.sync()

    def happens(self, what: str, which: int) -> None:
        self.hours += 1
        if what in AT_READWISE:
            self.at_readwise(what, sorted(self.now)[which % len(self.now)])
        elif what == "own words":
            data = self.path.read_bytes()
            cut = [found.end() for found in re.finditer(rb"\n", data)][-1 - which :][0]
            self.path.write_bytes(data[:cut] + b"\nMy own words.\n\n" + data[cut:])
        elif what == "taken out":
            kept = re.sub(r"^## Updated.*?(?=^## |^My own|\Z)", "", self.text, flags=re.M | re.S)
            self.was_cut = True
            gone = set(words(self.text)) - set(words(kept))
            self.last = {number: said for number, said in self.last.items() if said not in gone}
            self.path.write_text(kept, encoding="utf-8")
        elif what == "lost":
            if self.user.state.exists():
                self.user.forget()
            self.is_blind = True
            self.last = {number: said for number, said in self.last.items() if said in words(self.text)}
        elif what in ("off", "on"):
            self.is_on = what == "on"
            self.user.config = self.user.configured(MODES["append" if self.is_on else "report"])
        else:
            self.sync(killed=what == "killed")

    def at_readwise(self, what: str, number: int) -> None:
        self.said += 1
        said = f"word{self.said:03d}"
        old = self.now[number]
        if old.is_deleted:
            return
        if what == "new":
            number = 11 + len(self.now)
            self.now[number] = highlight(number, note=said)
        elif what == "deleted":
            self.now[number] = changed(old, is_deleted=True)
        elif what == "unnoted":
            self.now[number] = changed(old, note="")
        elif what == "tag":
            self.now[number] = changed(old, tags=(*old.tags, said))
        elif what == "text" and old.url:
            self.now[number] = changed(old, text=f"{old.text} {said}")
        else:
            self.now[number] = changed(old, note=f"Now {said}.")
        self.now[number] = changed(self.now[number], updated_at=written(later(self.hours)))
        self.changed.add(number)
        self.last.pop(number, None)
        if what == "new" or (what not in ("deleted", "unnoted") and not self.is_blind):
            self.last[number] = said

    def sync(self, *, killed: bool = False) -> None:
        before = self.text if self.path.exists() else ""
        self.user.books = [book(1, "Deep Work", self.now.values())]
        if killed:
            self.user.killed = (1, 0.155)
            try:
                self.user.sync(at=later(self.hours))
            except Killed:
                event("killed")
            self.user.killed = (0, 0.0)
        self.is_blind = False
        report = self.user.sync(at=later(self.hours + 0.1))
        assert (report.holds, report.failures) == ([], [])
        assert self.text.startswith(before)
        assert sum(one.updates for one in report.lines) <= len(self.changed)
        self.changed.clear()
        added = words(self.text[len(before) :])
        assert all(added.count(said) <= 1 for said in self.last.values())
        after = self.user.tree()
        self.user.sync(at=later(self.hours + 0.2))
        assert self.user.tree() == after
        self.look_for_the_last_words()

    def look_for_the_last_words(self) -> None:
        """Look that the last change of each highlight is in the note, or that verify counts it."""
        with verify(self.user.setup(later(self.hours + 0.3))) as (_, findings):
            (found,) = findings
        assert found.twice == () or self.was_cut
        counted = {one.id for one in found.changed}
        for number, said in self.last.items():
            assert (said in words(self.text)) != (number in counted), (number, said, found)

    @property
    def path(self) -> Path:
        return self.user.vault / NOTE

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")


def words(text: str) -> list[str]:
    """Return the words of changes at Readwise that stand in a text."""
    return re.findall(r"word\d{3}", text)


@pytest.mark.slow
@SOME
@given(EVENTS)
def test_each_change_comes_once_or_is_counted_and_no_byte_goes(happened: list[tuple[str, int]]) -> None:
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        story = Story(Path(folder))
        for what, which in happened:
            story.happens(what, which)
        story.happens("sync", 0)
