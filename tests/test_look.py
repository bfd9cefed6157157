"""Is a state found, and looked at, whatever a crash, an older version or the disk has left of it? Nothing is changed.

A state that cannot be read at that moment is not taken for one that is not there, and not for another vault's.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from syncer.errors import VaultError
from syncer.library import Corrupt, Library, find_state, is_found, state_name, viewed
from tests.harness import home
from tests.made import book, highlight, later, section
from tests.states import leave_hot, unlooked_at

NOTE = "Readwise/Deep Work.md"


@pytest.fixture
def states(tmp_path: Path) -> Path:
    return tmp_path / "states"


def remembered(states: Path, vault: Path) -> Path:
    """Make a vault, and a state that remembers it."""
    vault.mkdir()
    facts = vault.stat()
    path = states / state_name(vault)
    with Library.open(path) as made, made.transaction():
        made.set("vault", {"path": str(vault), "device": facts.st_dev, "inode": facts.st_ino})
    return path


def listing(states: Path) -> dict[str, tuple[bytes, int]]:
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in states.iterdir()}


# ---------------------------------------------------------------- which one


def test_the_state_of_a_vault_that_moved_is_found_although_a_crash_left_it_in_the_middle(
    tmp_path: Path, states: Path
) -> None:
    path = remembered(states, tmp_path / "old")
    leave_hot(path)
    before = listing(states)
    (tmp_path / "old").rename(tmp_path / "new")
    assert find_state(states, tmp_path / "new") == path
    assert listing(states) == before


def test_a_state_that_cannot_be_read_now_is_not_taken_for_another_vaults(tmp_path: Path, states: Path) -> None:
    path = remembered(states, tmp_path / "old")
    (tmp_path / "old").rename(tmp_path / "new")
    known = path.rename(tmp_path / "kept")
    unread = states / "0.sqlite3"
    unread.mkdir()
    with pytest.raises(VaultError, match="could not be read: is a directory") as raised:
        find_state(states, tmp_path / "new")
    assert not isinstance(raised.value, Corrupt)
    assert str(unread) in raised.value.message
    known.rename(path)
    assert find_state(states, tmp_path / "new") == path


@pytest.mark.parametrize("junk", [b"", b"no database", b"\x00" * 4096, b"SQLite format 3\x00" + b"\xff" * 4096])
def test_a_damaged_state_stops_no_vault_that_it_is_not_of(tmp_path: Path, states: Path, junk: bytes) -> None:
    path = remembered(states, tmp_path / "old")
    (states / "0.sqlite3").write_bytes(junk)
    (tmp_path / "old").rename(tmp_path / "new")
    assert find_state(states, tmp_path / "new") == path


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
def test_another_programs_database_stops_no_vault(tmp_path: Path, states: Path, mode: str) -> None:
    path = remembered(states, tmp_path / "old")
    with closing(sqlite3.connect(states / "0.sqlite3")) as database:
        database.execute(f"PRAGMA journal_mode = {mode}")
        database.execute("CREATE TABLE books (id INTEGER)")
    (tmp_path / "old").rename(tmp_path / "new")
    assert find_state(states, tmp_path / "new") == path


def test_a_folder_of_states_that_tells_nothing_is_not_an_empty_one(tmp_path: Path, states: Path) -> None:
    remembered(states, tmp_path / "vault")
    with unlooked_at(states), pytest.raises(VaultError, match="could not be looked at: permission denied") as raised:
        find_state(states, tmp_path / "vault")
    assert str(states / state_name(tmp_path / "vault")) in raised.value.message
    assert not is_found(states / "file" / "below")


def test_a_vault_that_is_not_there_has_the_state_of_its_path(tmp_path: Path, states: Path) -> None:
    remembered(states, tmp_path / "old")
    assert find_state(states, tmp_path / "gone") == states / state_name(tmp_path / "gone")


def test_a_vault_that_moved_keeps_its_state_at_every_later_sync(tmp_path: Path) -> None:
    with home(tmp_path, [book(1, "Deep Work", [highlight(11)])]) as user:
        user.once(at=later(2))
        (path,) = user.state.glob("*.sqlite3")
        for hour, name in enumerate(("first", "first", "second", "second", "second"), 3):
            user.vault = user.vault.rename(tmp_path / name)
            user.configure()
            assert user.once(at=later(hour)).code == 0
            assert list(user.state.glob("*.sqlite3")) == [path]


# ---------------------------------------------------------------- a look at it


def test_a_look_at_a_state_with_a_hot_journal_sees_what_the_next_run_will(tmp_path: Path, states: Path) -> None:
    path = remembered(states, tmp_path / "vault")
    leave_hot(path)
    before = listing(states)
    with viewed(path) as library:
        assert (library.get("vault", dict[str, object]) or {})["path"] == str(tmp_path / "vault")
    assert listing(states) == before


@pytest.mark.parametrize("there", [True, False])
def test_a_look_at_a_state_with_nothing_in_it_finds_nothing(tmp_path: Path, there: bool) -> None:
    path = tmp_path / "one.sqlite3"
    if there:
        path.touch()
    with viewed(path) as library:
        assert library.is_new()
        assert library.journal.runs(newest=-1) == []
    assert path.exists() == there


def test_a_state_of_an_older_version_is_looked_at_as_of_this_one_and_left_as_it_is(
    tmp_path: Path, states: Path
) -> None:
    path = remembered(states, tmp_path / "vault")
    with closing(sqlite3.connect(path)) as database:
        for table in ("tallies", "linked"):
            database.execute(f"DROP TABLE {table}")
        database.execute("DROP INDEX books_incomplete")
        database.execute("PRAGMA user_version = 1")
    before = listing(states)
    with viewed(path) as library:
        assert library.ledger.tallied()[0] == 0
    assert listing(states) == before


def test_what_stands_wrong_in_a_state_is_damage_and_what_cannot_be_read_is_not(tmp_path: Path, states: Path) -> None:
    path = remembered(states, tmp_path / "vault")
    path.write_bytes(path.read_bytes()[:20_000])
    with pytest.raises(Corrupt), viewed(path) as library:
        library.journal.runs(newest=-1)
    path.unlink()
    path.mkdir()
    with pytest.raises(VaultError, match="could not be read") as raised, viewed(path):
        pass
    assert not isinstance(raised.value, Corrupt)


def test_what_is_whole_on_a_second_look_was_no_damage(tmp_path: Path, states: Path) -> None:
    path = remembered(states, tmp_path / "vault")
    good = path.read_bytes()
    path.write_bytes(good[:16_384] + bytes(len(good) - 16_384))
    with pytest.raises(VaultError, match="is whole on a second look") as raised, viewed(path) as library:
        try:
            library.journal.runs(newest=-1)
        finally:
            path.write_bytes(good)
    assert not isinstance(raised.value, Corrupt)


# ---------------------------------------------------------------- a whole sync


def test_a_vault_that_moved_after_a_crash_gets_back_nothing_that_its_owner_took_out(tmp_path: Path) -> None:
    with home(tmp_path, [book(1, "Deep Work", [highlight(11), highlight(13, at=later(1))])]) as user:
        user.once(at=later(2))
        left = user.note(NOTE).replace(section(later(2), highlight(13)).split(b"\n")[1] + b"\n", b"")
        assert left != user.note(NOTE)
        (user.vault / NOTE).write_bytes(left)
        user.once(at=later(3))
        (path,) = user.state.glob("*.sqlite3")
        leave_hot(path)
        user.vault = user.vault.rename(tmp_path / "elsewhere")
        user.configure()
        assert user.once(at=later(300)).code == 0
        assert user.note(NOTE) == left
        assert list(user.state.glob("*.sqlite3")) == [path]


def test_a_state_that_cannot_be_read_at_that_moment_ends_the_sync_of_a_moved_vault(tmp_path: Path) -> None:
    with home(tmp_path, [book(1, "Deep Work", [highlight(11)])]) as user:
        user.once(at=later(2))
        (path,) = user.state.glob("*.sqlite3")
        path.rename(tmp_path / "kept")
        path.mkdir()
        user.vault = user.vault.rename(tmp_path / "elsewhere")
        user.configure()
        before = user.tree()
        ran = user.once(at=later(300))
        assert (ran.code, user.tree()) == (74, before)
        assert f"the state {path} could not be read: is a directory" in ran.err
        path.rmdir()
        (tmp_path / "kept").rename(path)
        assert user.once(at=later(300)).code == 0
        assert list(user.state.glob("*.sqlite3")) == [path]
