"""Does `restore` bring back what was taken out and nothing else, and leave everything as it was where it is refused?"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from syncer.errors import VaultError
from syncer.library import Library, find_state
from syncer.model import Placed, Status
from syncer.offline import restore
from syncer.undo import look as look_at_undo
from tests.calls import call
from tests.direct import Direct, Killed
from tests.harness import NOW
from tests.made import book, highlight, later, line

NOTE = "Readwise/Deep Work.md"
LATER = NOW + timedelta(hours=1)
TAKEN_OUT = line(highlight(12, at=later(0))).encode()


@pytest.fixture
def user(tmp_path: Path) -> Direct:
    """A vault with a note out of which its owner took one highlight of three, and a sync has seen that."""
    made = Direct(tmp_path)
    made.books = [book(1, "Deep Work", [highlight(number, at=later(0)) for number in (11, 12, 13)])]
    made.sync(at=NOW)
    note = made.vault / NOTE
    assert note.read_bytes().count(TAKEN_OUT) == 1
    note.write_bytes(note.read_bytes().replace(TAKEN_OUT, b""))
    made.sync(at=NOW)
    return made


def bring_back(user: Direct) -> int:
    return restore(user.setup(LATER), note=NOTE).exit_code


def refused(user: Direct) -> None:
    with pytest.raises(VaultError, match="nothing was written"):
        bring_back(user)


def records(user: Direct) -> dict[int, Placed]:
    with Library.view(find_state(user.state, user.vault)) as library:
        return dict(library.ledger.every_placed())


def killing(real: Callable[..., object]) -> Callable[..., object]:
    """Stand in for a write: the process ends when the highlight is to be written."""

    def made(descriptor: int, data: bytes | memoryview) -> object:
        if TAKEN_OUT in bytes(data):
            raise Killed
        return real(descriptor, data)

    return made


def test_a_vault_that_is_not_there_is_refused_and_nothing_comes_back_later(user: Direct) -> None:
    before, known = user.text(), records(user)
    away = user.folder / "away"
    user.vault.rename(away)
    user.vault.mkdir()
    refused(user)
    user.vault.rmdir()
    away.rename(user.vault)
    assert records(user) == known
    user.sync(at=LATER)
    assert user.text() == before


def test_a_vault_that_cannot_be_written_is_refused_and_nothing_comes_back_later(user: Direct) -> None:
    before, known = user.text(), records(user)
    with call("access", lambda real: lambda *_: False):
        refused(user)
    assert records(user) == known
    user.sync(at=LATER)
    assert user.text() == before


def test_a_vault_that_lacks_many_notes_is_refused_and_nothing_comes_back_later(tmp_path: Path) -> None:
    user = Direct(tmp_path)
    marks = {number: [highlight(number * 10 + one, at=later(0)) for one in range(4)] for number in range(1, 26)}
    user.books = [book(number, f"Book {number}", made) for number, made in marks.items()]
    user.sync(at=NOW)
    shared = user.vault / "Readwise/Book 1.md"
    shared.write_bytes(shared.read_bytes().replace(line(marks[1][0]).encode(), b""))
    user.sync(at=NOW)
    known = records(user)
    for number in range(2, 9):
        (user.vault / f"Readwise/Book {number}.md").unlink()
    with pytest.raises(VaultError, match="7 of the 25 known notes are gone"):
        restore(user.setup(LATER), note="Readwise/Book 1.md")
    before = user.text()
    with pytest.raises(VaultError, match="7 of the 25 known notes are gone"):
        look_at_undo(user.setup(LATER), run=None)
    assert (records(user), user.text()) == (known, before)


def test_a_kill_before_the_note_is_written_leaves_it_to_the_next_sync(user: Direct) -> None:
    with pytest.raises(Killed), call("write", killing):
        bring_back(user)
    user.sync(at=LATER)
    assert user.text()[NOTE].count(TAKEN_OUT) == 1
    user.sync(at=LATER)
    assert user.text()[NOTE].count(TAKEN_OUT) == 1


def test_a_note_that_the_cloud_has_taken_keeps_its_records(user: Direct) -> None:
    before, known = user.text(), records(user)
    stub = user.vault / "Readwise/.Deep Work.md.icloud"
    (user.vault / NOTE).rename(stub)
    assert bring_back(user) == 74
    assert records(user)[1].highlights == known[1].highlights
    stub.rename(user.vault / NOTE)
    user.sync(at=LATER)
    assert user.text() == before


def test_what_was_left_out_at_the_first_meeting_comes_back_too(tmp_path: Path) -> None:
    user = Direct(tmp_path, settings='vault.adopt = "skip"')
    marks = [highlight(number, at=later(0)) for number in (11, 12, 13)]
    user.books = [book(1, "Deep Work", marks)]
    user.sync(at=NOW)
    note = user.vault / NOTE
    for one in marks:
        note.write_bytes(note.read_bytes().replace(line(one).encode(), b""))
    shutil.rmtree(user.state)
    user.sync(at=NOW)
    assert {one.status for one in records(user)[1].highlights.values()} == {Status.SKIPPED}
    assert bring_back(user) == 0
    assert [user.text()[NOTE].count(line(one).encode()) for one in marks] == [1, 1, 1]


def test_only_what_was_taken_out_is_given_back(user: Direct) -> None:
    known = records(user)[1].highlights
    assert bring_back(user) == 0
    assert user.text()[NOTE].count(TAKEN_OUT) == 1
    now = records(user)[1].highlights
    assert [number for number in known if now[number] != known[number]] == [12]
