"""What does the library keep of Readwise and of the notes, and what makes it look at a book or a vault again?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from msgspec.structs import replace

from syncer.library import Library
from syncer.library.ledger import Tally, view_of
from syncer.library.mirror import link_hash
from syncer.model import Delivery, NoteEntry, NoteFacts, NotePath, Placed, Stamp, Status
from tests.kept import NOTE, bring, library, path, urls
from tests.made import book, highlight

__all__ = ["library", "path"]

STAMP = Stamp(10, 20, 30, 40)


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
