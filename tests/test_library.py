"""Is the library's file sealed, private and durable, and what does the library do with what is not its own?

What it keeps in its tables is in test_library_contents.py, how a damaged state bears on a whole sync in
test_sync_state.py, the copy of the deliveries in test_deliveries.py, the journal in test_journal.py.
"""

from __future__ import annotations

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.errors import VaultError
from syncer.library import Corrupt, Library, Run, find_state, private_copy, state_name
from syncer.library.ledger import Tally
from syncer.library.schema import STEPS, upgrade
from syncer.library.seals import seal, unseal
from syncer.library.whole import is_whole, put_aside
from syncer.model import Placed
from tests.kept import NOTE, bring, library, path
from tests.made import addition, book, highlight
from tests.states import leave_hot

__all__ = ["library", "path"]


# ---------------------------------------------------------------- seals


@given(st.text(max_size=20), st.binary(max_size=50))
def test_what_is_sealed_is_read_back(key: str, payload: bytes) -> None:
    assert unseal(key, seal(key, payload)) == payload


@given(st.binary(max_size=50), st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_a_byte_that_changed_is_noticed(payload: bytes, at: int, flip: int) -> None:
    sealed = bytearray(seal("book:1", payload))
    sealed[at % len(sealed)] ^= flip
    with pytest.raises(Corrupt):
        unseal("book:1", bytes(sealed))


@pytest.mark.parametrize("value", [None, 7, "text", b"", b"abc", seal("book:2", b"{}")])
def test_another_kind_of_value_and_another_keys_value_are_damage(value: object) -> None:
    with pytest.raises(Corrupt, match="checksum of book"):
        unseal("book:1", value)


@pytest.mark.parametrize("table", ["books", "placed", "runs", "additions"])
def test_a_changed_value_in_a_table_is_damage_and_no_bug(library: Library, table: str) -> None:
    bring(library, book(1, "A", [highlight(11)]))
    with library.transaction():
        library.ledger.record(1, Placed(path=NOTE), settled=1)
        library.journal.keep_run(Run(id=1, started="2024-10-11T07:00:00.000Z"))
        library.journal.keep_addition(addition(1, NOTE))
        longer = f"UPDATE {table} SET value = CAST(value || x'20' AS BLOB)"  # noqa: S608 - fixed names
        library.connection.execute(longer)
    with pytest.raises(Corrupt):
        _read_everything(library)


def _read_everything(library: Library) -> None:
    list(library.mirror.every_book())
    list(library.ledger.every_placed())
    library.journal.runs(newest=9)
    library.journal.last_addition(NOTE)


# ---------------------------------------------------------------- the file


def test_the_file_and_its_folder_are_private(library: Library, path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_transaction_that_fails_leaves_nothing(library: Library, path: Path) -> None:
    def fail() -> None:
        with library.transaction():
            library.set("cursor", "far")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert library.get("cursor", str) is None
    with library.transaction():
        library.set("cursor", "near")
    with Library.view(path) as other:
        assert other.get("cursor", str) == "near"


def test_a_transaction_that_another_program_keeps_from_the_disk_leaves_nothing_open(
    library: Library, path: Path
) -> None:
    """It was open still, and the next one was taken for damage: a transaction within a transaction."""
    library.connection.execute("PRAGMA busy_timeout = 0")
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM meta").fetchall()
        with pytest.raises(VaultError, match="locked"), library.transaction():
            library.set("cursor", "2024")
    with library.transaction():
        library.set("until", "2025")
    assert library.get("cursor", str) is None
    assert library.get("until", str) == "2025"


def test_a_state_that_another_program_holds_is_whole_as_far_as_anybody_can_tell(library: Library, path: Path) -> None:
    """A second look at what seemed damaged must not put it aside for a lock."""
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        assert is_whole(path, patience=0.0)
    library.connection.execute("DROP TABLE intents")
    assert not is_whole(path)


def test_a_value_of_another_type_is_damage(library: Library) -> None:
    with library.transaction():
        library.set("cursor", 7)
    with pytest.raises(Corrupt):
        library.get("cursor", str)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    with pytest.raises(VaultError, match="could not be opened") as raised:
        Library.open(tmp_path / "file" / "state")
    assert not isinstance(raised.value, Corrupt)
    assert str(tmp_path / "file" / "state") in raised.value.message


@pytest.mark.parametrize(
    ("written", "damaged"),
    [
        (b"linked (book_id INTEGER PRIMARY KEY, digest", b"linked (book_id INTEGER PRIMARY KEY, dige3t"),
        (b"WHERE complete = 0", b"WHERE complete = 8"),
    ],
)
def test_a_state_whose_tables_bear_other_names_is_not_whole(path: Path, written: bytes, damaged: bytes) -> None:
    Library.open(path).connection.close()
    assert is_whole(path)
    path.write_bytes(path.read_bytes().replace(written, damaged))
    assert not is_whole(path)


def test_a_state_that_was_brought_up_to_date_is_whole(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        upgrade(database, Corrupt, steps=STEPS[:1])
    Library.open(path).connection.close()
    assert is_whole(path)


def test_what_is_put_aside_keeps_its_bytes_and_its_journal(tmp_path: Path) -> None:
    (tmp_path / "one.sqlite3").write_bytes(b"damaged")
    (tmp_path / "one.sqlite3-journal").write_bytes(b"journal")
    aside = put_aside(tmp_path / "one.sqlite3", stamp="20241014T095600")
    assert sorted(found.name for found in tmp_path.iterdir()) == [aside.name, f"{aside.name}-journal"]
    assert aside.read_bytes() == b"damaged"


def test_a_private_copy_is_not_the_state(library: Library, path: Path) -> None:
    with library.transaction():
        library.set("cursor", "near")
    before = path.read_bytes(), path.stat().st_mtime_ns, sorted(path.parent.iterdir())
    with private_copy(path) as copy:
        assert copy.get("cursor", str) == "near"
        with copy.transaction():
            copy.set("cursor", "far")
    assert (path.read_bytes(), path.stat().st_mtime_ns, sorted(path.parent.iterdir())) == before


def test_a_private_copy_of_a_state_with_a_hot_journal_is_repaired_and_the_state_is_not(path: Path) -> None:
    """A run was killed in the middle of a transaction."""
    with Library.open(path) as made, made.transaction():
        made.set("cursor", "near")
    hot = leave_hot(path)
    with private_copy(path) as copy:
        assert copy.get("cursor", str) == "near"
    assert {found.name: found.read_bytes() for found in path.parent.iterdir()} == hot


# ---------------------------------------------------------------- which file


def test_a_state_is_named_by_the_vaults_path(tmp_path: Path) -> None:
    assert state_name(tmp_path / "a") != state_name(tmp_path / "b")
    assert find_state(tmp_path, tmp_path / "a") == tmp_path / state_name(tmp_path / "a")


def test_a_vault_that_moved_takes_its_state_along_and_a_copy_of_it_does_not(tmp_path: Path) -> None:
    old, new, states = tmp_path / "old", tmp_path / "new", tmp_path / "states"
    old.mkdir()
    path = states / state_name(old)
    facts = old.stat()
    with Library.open(path) as made, made.transaction():
        made.set("vault", {"path": str(old), "device": facts.st_dev, "inode": facts.st_ino})
    (tmp_path / "copy").mkdir()
    assert find_state(states, tmp_path / "copy") == states / state_name(tmp_path / "copy")
    old.rename(new)
    assert find_state(states, new) == path
    old.mkdir()
    assert find_state(states, new) == states / state_name(new)


def test_a_damaged_state_of_another_vault_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "junk.sqlite3").write_bytes(b"no database")
    vault = tmp_path / "vault"
    vault.mkdir()
    assert find_state(tmp_path, vault) == tmp_path / state_name(vault)


def test_a_state_of_the_first_version_gets_what_the_second_added(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        upgrade(database, Corrupt, steps=STEPS[:1])
    with Library.open(path) as library:
        bring(library, book(1, "A", [highlight(11)]))
        assert library.mirror.incomplete() == [1]
        assert library.connection.execute("PRAGMA user_version").fetchone() == (len(STEPS),)


def test_a_state_of_the_first_version_has_no_tallies_and_can_be_looked_at(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        upgrade(database, Corrupt, steps=STEPS[:1])
        database.execute("INSERT INTO books VALUES (7, 1, 1, x'00')")
    with Library.view(path) as library:
        assert library.ledger.tallied() == (0, Tally(0, 0), [7])
