"""What does the library keep, is it sealed, private and durable, and what does it do with what is not its own?

How a damaged state bears on a whole sync is in test_sync_state.py, the copy of the deliveries in
test_deliveries.py, the journal in test_journal.py.
"""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from syncer.errors import VaultError
from syncer.library import Corrupt, Library, Run, find_state, private_copy, state_name
from syncer.library.ledger import Tally, view_of
from syncer.library.mirror import link_hash
from syncer.library.schema import STEPS, upgrade
from syncer.library.seals import seal, unseal
from syncer.library.whole import is_whole, put_aside
from syncer.model import (
    Book,
    Delivery,
    NoteEntry,
    NoteFacts,
    NotePath,
    Page,
    Placed,
    Stamp,
    Status,
)
from tests.made import addition, book, highlight

NOTE = NotePath("Readwise/Deep Work.md")
STAMP = Stamp(10, 20, 30, 40)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "one.sqlite3"


@pytest.fixture
def library(path: Path) -> Iterator[Library]:
    with Library.open(path) as made:
        yield made


def bring(library: Library, *books: Book, full: bool = False) -> int:
    """Merge these books as one fetch."""
    library.mirror.begin()
    for made in books:
        library.mirror.add(Page(books=(made,), next=None))
    with library.transaction():
        return library.mirror.merge(full=full, whole=full, certain=True, keys=urls)


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
    with closing(sqlite3.connect(path, isolation_level=None)) as dying:
        dying.execute("PRAGMA cache_size = 1")
        dying.execute("BEGIN IMMEDIATE")
        dying.execute("UPDATE meta SET value = zeroblob(90000)")
        hot = {found.name: found.read_bytes() for found in path.parent.iterdir()}
        dying.execute("ROLLBACK")
    assert f"{path.name}-journal" in hot
    for name, data in hot.items():
        (path.parent / name).write_bytes(data)
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


# ---------------------------------------------------------------- mirror


def test_a_book_is_unsettled_until_it_is_recorded_and_again_when_it_changes(library: Library) -> None:
    bring(library, book(1, "A", [highlight(11)]), book(2, "B", [highlight(21)]), full=True)
    assert library.mirror.unsettled() == [1, 2]
    ((_, digest),) = library.mirror.books([1])
    with library.transaction():
        library.ledger.record(1, Placed(path=NOTE), settled=digest)
    assert library.mirror.unsettled() == [2]
    assert bring(library, book(1, "A", [highlight(11)])) == 0
    assert library.mirror.unsettled() == [2]
    assert bring(library, book(1, "A", [highlight(11, note="mine")])) == 1
    assert library.mirror.unsettled() == [1, 2]


def test_a_book_from_an_increment_is_incomplete_until_it_came_whole(library: Library) -> None:
    bring(library, book(1, "A", [highlight(11)]))
    assert library.mirror.incomplete() == [1]
    bring(library, book(1, "A", [highlight(11)]), full=True)
    assert library.mirror.incomplete() == []


def urls(made: Book) -> set[str]:
    return {one.url for one in made.highlights}


def test_links_of_two_books_are_shared(library: Library) -> None:
    both = highlight(7)
    bring(library, book(1, "A", [both, highlight(11)]), book(2, "B", [both]), book(3, "C", [highlight(31)]))
    assert library.shared_links([1], keys=urls) == {link_hash(both.url)}
    assert library.shared_links([3], keys=urls) == frozenset()


def test_a_link_that_a_later_fetch_brings_is_shared_from_then_on(library: Library) -> None:
    bring(library, book(1, "A", [highlight(7)]), book(2, "B", [highlight(21)]))
    assert library.shared_links([1], keys=urls) == frozenset()
    bring(library, book(2, "B", [highlight(7)]))
    assert library.shared_links([1], keys=urls) == {link_hash(highlight(7).url)}


def test_a_link_that_was_replaced_before_anybody_asked_is_still_its_books(library: Library) -> None:
    old, new = highlight(7), replace(highlight(7), url=highlight(8).url)
    bring(library, book(1, "A", [old]))
    bring(library, book(1, "A", [new]), book(2, "B", [replace(highlight(21), url=old.url)]))
    assert library.shared_links([2], keys=urls) == {link_hash(old.url)}


def test_links_can_be_asked_for_again_while_books_are_read(library: Library) -> None:
    bring(library, book(1, "A", [highlight(7)]), book(2, "B", [highlight(21)]))
    library.shared_links([1], keys=urls)
    bring(library, book(2, "B", [highlight(7)]))
    read = library.mirror.books([1, 2])
    next(read)
    assert library.shared_links([1], keys=urls) == {link_hash(highlight(7).url)}


def test_a_question_about_links_keeps_nothing_where_no_book_changed(library: Library, path: Path) -> None:
    bring(library, book(1, "A", [highlight(7)]))
    library.shared_links([1], keys=urls)
    before = path.read_bytes()
    assert library.shared_links([1], keys=urls) == frozenset()
    assert path.read_bytes() == before


def test_the_counts_are_of_books_and_highlights(library: Library) -> None:
    bring(library, book(1, "A", [highlight(11), highlight(12)]), book(2, "B", []))
    assert library.mirror.counts() == (2, 2)


# ---------------------------------------------------------------- ledger


def test_a_record_is_read_back_as_it_was(library: Library) -> None:
    placed = Placed(
        path=NOTE, inode=7, adopted=True, about=(9, 8), highlights={11: Delivery(Status.REMOVED, 3, 1, 2, 3)}
    )
    with library.transaction():
        library.ledger.record(1, placed, settled=-5)
    assert library.ledger.placed(1) == placed
    assert library.ledger.placed(2) == Placed()
    assert list(library.ledger.every_placed()) == [(1, placed)]
    assert library.ledger.paths() == {NOTE: [1]}


def test_unsettling_has_every_book_looked_at_again(library: Library) -> None:
    bring(library, book(1, "A", [highlight(11)]))
    ((_, digest),) = library.mirror.books([1])
    with library.transaction():
        library.ledger.record(1, Placed(path=NOTE), settled=digest)
    assert library.mirror.unsettled() == []
    with library.transaction():
        library.ledger.unsettle_all()
    assert library.mirror.unsettled() == [1]


def test_a_cached_note_whose_checksum_does_not_fit_is_read_anew(library: Library) -> None:
    other = NotePath("Other.md")
    with library.transaction():
        library.ledger.keep_entries(NoteEntry(one, STAMP, NoteFacts(titles=("A",))) for one in (NOTE, other))
        library.connection.execute("UPDATE notes SET size = 11 WHERE path = ?", (other,))
    assert list(library.ledger.entries()) == [NOTE]
    assert library.ledger.entries()[NOTE].facts.titles == ("A",)
    with library.transaction():
        library.ledger.drop_entries([NOTE])
    assert library.ledger.entries() == {}


def test_a_vault_with_nothing_to_do_is_known_again_by_its_paths_and_stamps(library: Library) -> None:
    view = view_of({NOTE: STAMP})
    with library.transaction():
        library.ledger.keep_settled_view(view)
    assert library.ledger.is_settled_view(view_of({NOTE: Stamp(10, 20, 30, 40)}))
    assert not library.ledger.is_settled_view(view_of({NOTE: Stamp(10, 21, 30, 40)}))
    assert not library.ledger.is_settled_view(view_of({NotePath("Deep Work.md"): STAMP}))
    assert not library.ledger.is_settled_view(view_of({}))


def test_a_vault_is_looked_at_anew_once_a_record_or_the_index_has_changed(library: Library) -> None:
    view = view_of({NOTE: STAMP})
    changes: tuple[Callable[[], None], ...] = (
        lambda: library.ledger.record(1, Placed(path=NOTE), settled=7),
        lambda: library.ledger.keep_entries([NoteEntry(NOTE, STAMP, NoteFacts())]),
        lambda: library.ledger.drop_entries([NOTE]),
    )
    for change in changes:
        with library.transaction():
            library.ledger.keep_settled_view(view)
        assert library.ledger.is_settled_view(view)
        with library.transaction():
            change()
        assert not library.ledger.is_settled_view(view)


def test_a_state_of_the_first_version_gets_what_the_second_added(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        upgrade(database, Corrupt, steps=STEPS[:1])
    with Library.open(path) as library:
        bring(library, book(1, "A", [highlight(11)]))
        assert library.mirror.incomplete() == [1]
        assert library.connection.execute("PRAGMA user_version").fetchone() == (len(STEPS),)


def test_a_value_that_is_known_already_is_no_reason_to_write(library: Library, path: Path) -> None:
    with library.transaction():
        library.set("filter", "all")
    before = path.read_bytes()
    with library.transaction():
        library.set("filter", "all")
    assert path.read_bytes() == before
    with library.transaction():
        library.set("filter", "none")
    assert path.read_bytes() != before


def test_what_was_tallied_counts_until_the_book_or_its_record_changes(library: Library) -> None:
    bring(library, book(1, "A", [highlight(11)]), book(2, "B", [highlight(21)]), full=True)
    digests = {made.id: digest for made, digest in library.mirror.books([1, 2])}
    with library.transaction():
        for number, digest in digests.items():
            library.ledger.record(number, Placed(path=NOTE), settled=digest)
            library.ledger.keep_tally(number, digest, Tally(highlights=3, updates=number))
    assert library.ledger.tallied() == (2, Tally(6, 3), [])
    bring(library, book(1, "A", [highlight(11, note="mine")]))
    assert library.ledger.tallied() == (1, Tally(3, 2), [1])
    with library.transaction():
        library.ledger.amend(2, Placed(path=NOTE))
    assert library.ledger.tallied() == (0, Tally(0, 0), [1, 2])


def test_a_state_of_the_first_version_has_no_tallies_and_can_be_looked_at(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        upgrade(database, Corrupt, steps=STEPS[:1])
        database.execute("INSERT INTO books VALUES (7, 1, 1, x'00')")
    with Library.view(path) as library:
        assert library.ledger.tallied() == (0, Tally(0, 0), [7])
