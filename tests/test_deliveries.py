"""Does what an owner took out of a note stay out when the state is damaged, cut short or gone?

The copy of the deliveries beside the state knows it; what a state that is lost costs otherwise is in
test_sync_state.py.
"""

from __future__ import annotations

import shutil
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from syncer.library import Corrupt
from syncer.library.schema import STEPS, upgrade
from tests.direct import Direct
from tests.made import START, book, highlight, later

NOTE = "Readwise/Deep Work.md"


@pytest.fixture
def user(tmp_path: Path) -> Direct:
    """Give a vault after two syncs, from whose note the owner took a highlight in between."""
    made = Direct(tmp_path / "home")
    made.books = [book(1, "Deep Work", [highlight(11), highlight(12)]), book(2, "Slow", [highlight(21)])]
    made.sync(at=START)
    note = made.vault / NOTE
    note.write_bytes(b"".join(line for line in note.read_bytes().splitlines(keepends=True) if not has(line, 11)))
    assert not has(note.read_bytes(), 11)
    made.sync(at=later(1))
    return made


def has(data: bytes, number: int) -> bool:
    """Tell whether a highlight's link stands in these bytes."""
    return highlight(number).url.encode() in data


def copy_of(user: Direct) -> Path:
    (found,) = user.state.glob("*.deliveries")
    return found


def state_of(user: Direct) -> Path:
    (found,) = user.state.glob("*.sqlite3")
    return found


def gone(state: Path) -> None:
    state.unlink()


def emptied(state: Path) -> None:
    state.write_bytes(b"")


def cut(state: Path) -> None:
    state.write_bytes(state.read_bytes()[:5000])


def overwritten(state: Path) -> None:
    state.write_bytes(b"\xff" * 9000)


@pytest.mark.parametrize("damage", [gone, emptied, cut, overwritten])
def test_what_was_taken_out_stays_out_although_the_state_is_lost(user: Direct, damage: Callable[[Path], None]) -> None:
    before = user.tree()
    damage(state_of(user))
    for hour in (2, 3, 300):
        assert user.sync(at=later(hour)).exit_code == 0
        assert user.tree() == before


def test_without_the_copy_it_comes_back(user: Direct) -> None:
    copy_of(user).unlink()
    gone(state_of(user))
    user.sync(at=later(2))
    assert has((user.vault / NOTE).read_bytes(), 11)


def test_a_dry_run_knows_the_copy_too(user: Direct) -> None:
    gone(state_of(user))
    assert user.shown(at=later(2)) == []


def test_the_copy_is_private_and_written_once_a_week(user: Direct) -> None:
    assert stat.S_IMODE(copy_of(user).stat().st_mode) == 0o600
    written = [copy_of(user).read_bytes()]
    for hour in (2, 7 * 24 - 1, 7 * 24 + 1):
        user.sync(at=later(hour))
        written.append(copy_of(user).read_bytes())
    assert written[0] == written[1] == written[2] != written[3]


def test_a_copy_from_the_future_is_written_anew(user: Direct) -> None:
    """The clock was wrong when it was written."""
    copy_of(user).unlink()
    user.sync(at=later(10**5))
    ahead = copy_of(user).read_bytes()
    user.sync(at=later(2))
    assert copy_of(user).read_bytes() != ahead


@pytest.mark.slow
def test_a_damaged_copy_is_not_used_and_harms_nothing(user: Direct) -> None:
    good = copy_of(user).read_bytes()
    note = (user.vault / NOTE).read_bytes()
    for at in range(0, len(good), max(1, len(good) // 25)):
        for bad in (good[:at], good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :]):
            (user.vault / NOTE).write_bytes(note)
            copy_of(user).write_bytes(bad)
            gone(state_of(user))
            assert user.sync(at=later(2)).exit_code == 0
            assert (user.vault / NOTE).read_bytes().startswith(note)
            assert (user.vault / NOTE).read_bytes().count(highlight(12).url.encode()) == 1


def test_a_new_vault_in_the_place_of_an_old_one_gets_every_note(user: Direct) -> None:
    gone(state_of(user))
    shutil.rmtree(user.vault)
    user.vault.mkdir()
    assert user.sync(at=later(2)).exit_code == 0
    assert has((user.vault / NOTE).read_bytes(), 11)


def test_a_sync_whose_copy_cannot_be_kept_says_so_and_is_no_failure(user: Direct) -> None:
    copy_of(user).unlink()
    (user.state / state_of(user).with_suffix(".tmp").name).mkdir()
    report = user.sync(at=later(2))
    assert report.exit_code == 0
    assert any(str(state_of(user)) in warning for warning in report.warnings)


def test_a_state_of_an_older_version_is_brought_up_step_by_step(tmp_path: Path) -> None:
    added = "ALTER TABLE runs ADD COLUMN extra TEXT; CREATE TABLE more (id INTEGER)"
    with closing(sqlite3.connect(tmp_path / "state", isolation_level=None)) as database:
        upgrade(database, Corrupt)
        database.execute("INSERT INTO runs VALUES (1, x'00')")
        upgrade(database, Corrupt, steps=(*STEPS, added))
        assert database.execute("SELECT id, extra FROM runs").fetchall() == [(1, None)]
        assert database.execute("PRAGMA user_version").fetchone() == (len(STEPS) + 1,)
        upgrade(database, Corrupt, steps=(*STEPS, added))
        with pytest.raises(Corrupt, match="newer"):
            upgrade(database, Corrupt)


def test_a_step_that_fails_leaves_the_version_before_it(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "state", isolation_level=None)) as database:
        upgrade(database, Corrupt)
    twice = (*STEPS, "CREATE TABLE half (id INTEGER); CREATE TABLE runs (id INTEGER)")
    with (
        closing(sqlite3.connect(tmp_path / "state", isolation_level=None)) as database,
        pytest.raises(sqlite3.Error),
    ):
        upgrade(database, Corrupt, steps=twice)
    with closing(sqlite3.connect(tmp_path / "state", isolation_level=None)) as database:
        upgrade(database, Corrupt)
        names = [row[0] for row in database.execute("SELECT name FROM sqlite_master")]
        assert "half" not in names
