"""What does a sync do when its state is lost, cut, damaged, old, or of another version? It costs time, never a byte.

Each damaged state is tried on the vault that belongs to it: nothing may change in it, whatever the state says; a new
highlight comes once. The state put aside is kept, and one warning says where.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from syncer.model import Book
from tests.direct import MEMORY, Direct
from tests.harness import home
from tests.made import START, book, highlight, later, section

NOTE = "Readwise/Deep Work.md"
SAMPLE = 60
"""How many places of the state are damaged in turn, in each of four ways."""


def library(*, grown: bool = False) -> list[Book]:
    more = [highlight(14, at=later(3))] if grown else []
    first = [highlight(11), highlight(12), highlight(13, at=later(1)), *more]
    return [
        book(1, "Deep Work", first),
        book(2, "Slow", [highlight(number, linked=False) for number in (21, 22)]),
        *(book(number, f"Book {number}", [highlight(number * 100)]) for number in range(3, 9)),
    ]


@pytest.fixture
def user() -> Iterator[Direct]:
    """Give a vault after two syncs, with nothing left to do; in memory where the system offers that."""
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        made = Direct(Path(folder) / "home")
        made.books = library()
        made.sync(at=START)
        made.sync(at=later(2))
        yield made


def state_of(user: Direct) -> Path:
    """Return the state's file."""
    (found,) = user.state.glob("*.sqlite3")
    return found


def warnings(user: Direct) -> list[str]:
    """Return the warnings since the last call."""
    heard = [text for kind, text in user.heard if kind == "warning"]
    user.heard.clear()
    return heard


def test_without_its_state_a_sync_changes_nothing(user: Direct) -> None:
    before = user.tree()
    shutil.rmtree(user.state)
    report = user.sync(at=later(2))
    assert (report.exit_code, report.lines, report.warnings) == (0, [], [])
    assert user.tree() == before


def test_without_its_state_a_sync_adds_what_is_new_once(user: Direct) -> None:
    before = user.text()
    shutil.rmtree(user.state)
    user.books = library(grown=True)
    assert user.sync(at=later(4)).exit_code == 0
    assert user.text() == {**before, NOTE: before[NOTE] + section(later(4), highlight(14))}


def places(size: int) -> list[int]:
    """Return places spread over a file of this size, closest in the first page's header."""
    head = [*range(16, 24), *range(24, 100, 6), *range(100, 112, 2)]
    return sorted({*head, *range(0, size, size // (SAMPLE - len(head)))})


class Trial:
    """A vault, the state that belongs to it, and what must be true after a sync with a damaged copy of it."""

    def __init__(self, user: Direct) -> None:
        self.user = user
        self.before = user.tree()
        self.path = state_of(user)
        self.good = self.path.read_bytes()
        self.grown = user.text()[NOTE] + section(later(4), highlight(14))
        user.books = library(grown=True)
        user.heard.clear()

    def run(self, damaged: bytes) -> str:
        """Sync with this state, and return what is wrong then, "" for nothing."""
        (self.user.vault / NOTE).write_bytes(self.before[NOTE][0])
        for old in self.user.state.iterdir():
            old.unlink()
        self.path.write_bytes(damaged)
        report = self.user.sync(at=later(4))
        after = self.user.tree()
        told = warnings(self.user)
        kept = list(self.user.state.glob("*.damaged-*"))
        if report.exit_code or report.warnings or len(told) > 1:
            return f"exit code {report.exit_code}, {told + report.warnings}"
        if after[NOTE][0] != self.grown or after.keys() != self.before.keys():
            return "the note is not as it was with one section more"
        if any(after[path] != self.before[path] for path in after if path != NOTE):
            return "another note was touched"
        if told and not kept:
            return "the damaged state was not kept"
        return ""


def flipped(data: bytes, at: int) -> bytes:
    """Return the data with one byte inverted."""
    return data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]


def touched(data: bytes, at: int) -> bytes:
    """Return the data with one bit of a byte inverted."""
    return data[:at] + bytes([data[at] ^ (1 << at % 8)]) + data[at + 1 :]


def zeroed(data: bytes, at: int) -> bytes:
    """Return the data with 512 bytes lost, as a sector that never reached the disk."""
    return data[:at] + bytes(len(data[at : at + 512])) + data[at + 512 :]


def cut(data: bytes, at: int) -> bytes:
    """Return the data up to here."""
    return data[:at]


@pytest.mark.slow
@pytest.mark.parametrize("damage", [flipped, touched, zeroed, cut])
def test_a_damaged_state_costs_no_byte_and_doubles_none(user: Direct, damage: Callable[[bytes, int], bytes]) -> None:
    trial = Trial(user)
    wrong = {at: what for at in places(len(trial.good)) if (what := trial.run(damage(trial.good, at)))}
    assert wrong == {}


def test_the_trial_would_notice_a_section_written_twice(user: Direct) -> None:
    trial = Trial(user)
    trial.grown = trial.before[NOTE][0]
    assert trial.run(trial.good) == "the note is not as it was with one section more"


@pytest.mark.parametrize("junk", [b"", b"\x00" * 4096, b"no database at all, but some text\n" * 40, b"\xff" * 100])
def test_a_file_that_is_no_state_is_put_aside(user: Direct, junk: bytes) -> None:
    assert Trial(user).run(junk) == ""


def test_a_state_of_a_newer_version_is_put_aside(user: Direct) -> None:
    trial = Trial(user)
    with closing(sqlite3.connect(trial.path)) as database:
        database.execute("PRAGMA user_version = 7")
    newer = trial.path.read_bytes()
    assert trial.run(newer) == ""
    assert list(user.state.glob("*.damaged-*"))


def test_another_programs_database_is_put_aside(user: Direct, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "other")) as database:
        database.execute("CREATE TABLE books (id INTEGER)")
    assert Trial(user).run((tmp_path / "other").read_bytes()) == ""


def test_an_older_backup_of_the_state_doubles_nothing(user: Direct) -> None:
    old = state_of(user).read_bytes()
    user.books = library(grown=True)
    user.sync(at=later(4))
    user.books = [*library(grown=True), book(50, "Later", [highlight(501, at=later(5))])]
    user.sync(at=later(6))
    before = user.tree()
    state_of(user).write_bytes(old)
    for hour in (7, 8, 300):
        assert user.sync(at=later(hour)).exit_code == 0
        assert user.tree() == before


def test_an_older_backup_of_the_vault_gets_back_what_it_lacks_as_removed_by_its_owner(user: Direct) -> None:
    """The state remembers a delivery that the note no longer holds: a highlight taken out stays out."""
    before = user.text()
    user.books = library(grown=True)
    user.sync(at=later(4))
    (user.vault / NOTE).write_bytes(before[NOTE])
    user.sync(at=later(5))
    assert user.text() == before


def test_a_vault_that_moved_keeps_its_state(tmp_path: Path) -> None:
    with home(tmp_path, library()) as user:
        user.once(at=later(2))
        left = user.note(NOTE).replace(section(later(2), highlight(13)).split(b"\n")[1] + b"\n", b"")
        assert left != user.note(NOTE)
        (user.vault / NOTE).write_bytes(left)
        user.once(at=later(3))
        moved = tmp_path / "elsewhere"
        user.vault.rename(moved)
        user.vault = moved
        user.configure()
        assert user.once(at=later(300)).code == 0
        assert user.note(NOTE) == left
        assert len(list(user.state.glob("*.sqlite3"))) == 1


def test_a_state_that_may_not_be_read_ends_the_sync_before_anything_is_written(user: Direct) -> None:
    before = user.text()
    path = state_of(user)
    path.unlink()
    path.mkdir()
    user.books = library(grown=True)
    error = user.error(at=later(4))
    assert error is not None and error.exit_code == 74
    assert str(path) in error.message
    assert user.text() == before


@pytest.mark.slow
def test_a_dry_run_on_a_damaged_state_shows_what_a_run_without_it_would_do(user: Direct) -> None:
    trial = Trial(user)
    expected = user.shown(at=later(4))
    assert len(expected) == 1
    for at in places(len(trial.good)):
        trial.path.write_bytes(flipped(trial.good, at))
        user.heard.clear()
        assert user.shown(at=later(4)) == expected, at
        assert len(warnings(user)) <= 1, at
        assert trial.path.read_bytes() == flipped(trial.good, at)
        assert [path.name for path in user.state.glob("*.sqlite3*")] == [trial.path.name, f"{trial.path.name}.lock"]
