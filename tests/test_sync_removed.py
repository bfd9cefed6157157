"""What its owner took out of the vault stays out: a highlight, a section, a note, and what a filter keeps out.

A note that is gone is made again only when its book has something new, without what was taken out one by one.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from syncer.model import Book
from tests.harness import Home, home
from tests.made import START, book, highlight, later, line, section

pytestmark = pytest.mark.slow  # whole syncs, one after the other

NOTE = "Readwise/Deep Work.md"
HOURS = range(10, 1000, 170)
"""Runs spread over weeks: some of them full, most of them incremental."""


def deep_work(*numbers: int, **fields: object) -> Book:
    """Return a book whose highlights appear one an hour, in the order of their numbers."""
    return book(1, "Deep Work", [highlight(number, at=later(number - 11)) for number in numbers], **fields)


def take_out(user: Home, *numbers: int) -> bytes:
    """Remove these highlights from the note, as its owner would, and return what is left."""
    left = user.note(NOTE)
    for number in numbers:
        assert left.count(line(highlight(number)).encode()) == 1
        left = left.replace(line(highlight(number)).encode(), b"")
    (user.vault / NOTE).write_bytes(left)
    return left


def body(user: Home) -> str:
    """Return what stands below the note's own heading."""
    return user.note(NOTE).decode().partition("## Highlights\n")[2]


def test_a_highlight_that_was_taken_out_never_comes_back(tmp_path: Path) -> None:
    with home(tmp_path, [deep_work(11, 12)]) as user:
        user.once(at=later(2))
        left = take_out(user, 11)
        for hour in HOURS:
            assert user.once(at=later(hour)).code == 0
            assert user.note(NOTE) == left


def test_a_highlight_that_was_taken_out_stays_out_when_the_book_grows(tmp_path: Path) -> None:
    with home(tmp_path, [deep_work(11, 12)]) as user:
        user.once(at=later(2))
        left = take_out(user, 11)
        user.server.serve([deep_work(11, 12, 13)])
        user.once(at=later(3))
        assert user.note(NOTE) == left + section(later(3), highlight(13))


def test_what_is_taken_out_in_the_moment_of_growth_is_not_put_into_the_new_section(tmp_path: Path) -> None:
    """No run saw the note between the removal and the new highlight."""
    with home(tmp_path, [deep_work(11, 12, 13)]) as user:
        user.once(at=later(1))
        left = take_out(user, 12)
        user.once(at=later(3))
        assert user.note(NOTE) == left + section(later(3), highlight(13))


def test_a_highlight_that_changes_at_readwise_after_it_was_taken_out_stays_out(tmp_path: Path) -> None:
    with home(tmp_path, [deep_work(11, 12)]) as user:
        user.once(at=later(2))
        left = take_out(user, 11)
        user.once(at=later(3))
        edited = highlight(11, at=later(4), text="Something else altogether, and longer", note="my note", tags=("a",))
        user.server.serve([book(1, "Deep Work", [edited, highlight(12)])])
        for hour in (5, *HOURS):
            user.once(at=later(hour))
        assert user.note(NOTE) == left


def test_a_section_taken_out_right_after_it_was_written_stays_out(tmp_path: Path) -> None:
    with home(tmp_path, [deep_work(11, 12, 13)]) as user:
        user.once(at=START)
        before = user.note(NOTE)
        user.once(at=later(3))
        assert user.note(NOTE) == before + section(later(3), highlight(12), highlight(13))
        (user.vault / NOTE).write_bytes(before)
        for hour in HOURS:
            assert user.once(at=later(hour)).code == 0
            assert user.note(NOTE) == before


def test_a_highlight_that_its_owner_put_back_and_took_out_again_stays_out(tmp_path: Path) -> None:
    with home(tmp_path, [deep_work(11, 12)]) as user:
        user.once(at=later(2))
        whole = user.note(NOTE)
        left = take_out(user, 11)
        user.once(at=later(3))
        (user.vault / NOTE).write_bytes(whole)
        user.once(at=later(4))
        (user.vault / NOTE).write_bytes(left)
        for hour in HOURS:
            user.once(at=later(hour))
        assert user.note(NOTE) == left


def test_a_deleted_note_stays_deleted(tmp_path: Path) -> None:
    with home(tmp_path, [deep_work(11, 12), book(2, "Slow", [highlight(21)])]) as user:
        user.once(at=later(2))
        (user.vault / NOTE).unlink()
        for hour in HOURS:
            assert user.once(at=later(hour)).code == 0
            assert list(user.tree()) == ["Readwise/Slow.md"]


def test_a_deleted_note_is_made_again_for_something_new_without_what_was_taken_out_one_by_one(tmp_path: Path) -> None:
    with home(tmp_path, [deep_work(11, 12, 13)]) as user:
        user.once(at=later(2))
        take_out(user, 12)
        user.once(at=later(3))
        (user.vault / NOTE).unlink()
        user.once(at=later(4))
        user.server.serve([deep_work(11, 12, 13, 16)])
        user.once(at=later(6))
        assert body(user) == line(highlight(11)) + line(highlight(13)) + line(highlight(16))
        before = user.tree()
        for hour in HOURS:
            user.once(at=later(hour))
            assert user.tree() == before


def test_a_note_deleted_together_with_a_new_highlight_is_made_again(tmp_path: Path) -> None:
    with home(tmp_path, [deep_work(11, 12, 13)]) as user:
        user.once(at=later(1))
        (user.vault / NOTE).unlink()
        user.once(at=later(3))
        assert body(user) == line(highlight(11)) + line(highlight(12)) + line(highlight(13))


def test_a_note_in_the_trash_is_a_deleted_note(tmp_path: Path) -> None:
    with home(tmp_path, [deep_work(11)]) as user:
        user.once(at=START)
        (user.vault / ".trash").mkdir()
        (user.vault / NOTE).rename(user.vault / ".trash/Deep Work.md")
        for hour in HOURS:
            assert user.once(at=later(hour)).code == 0
            assert list(user.tree()) == [".trash/Deep Work.md"]


def test_adopt_skip_takes_what_a_note_lacks_as_taken_out(tmp_path: Path) -> None:
    with home(tmp_path, [deep_work(11, 12, 13)], settings='vault.adopt = "skip"') as user:
        user.once(at=later(2))
        left = take_out(user, 12)
        for copy in user.state.iterdir():
            copy.unlink()
        assert user.once(at=later(3)).code == 0
        assert user.note(NOTE) == left
        user.server.serve([deep_work(11, 12, 13, 16)])
        user.once(at=later(6))
        assert user.note(NOTE) == left + section(later(6), highlight(16))
        user.configure()
        user.once(at=later(7))
        assert user.note(NOTE) == left + section(later(6), highlight(16))


def test_without_a_state_what_a_note_lacks_is_appended(tmp_path: Path) -> None:
    with home(tmp_path, [deep_work(11, 12, 13)]) as user:
        user.once(at=later(2))
        left = take_out(user, 12)
        for copy in user.state.iterdir():
            copy.unlink()
        user.once(at=later(3))
        assert user.note(NOTE) == left + section(later(3), highlight(12))


# ---------------------------------------------------------------- filters


def test_a_filter_keeps_books_out_and_brings_them_when_it_is_taken_away(tmp_path: Path) -> None:
    books = [deep_work(11), book(2, "Slow", [highlight(21)], category="tweets")]
    with home(tmp_path, books, settings='filter.leave.categories = ["tweets"]') as user:
        user.once(at=START)
        assert list(user.tree()) == [NOTE]
        user.once(at=later(200))
        assert list(user.tree()) == [NOTE]
        before = user.note(NOTE)
        user.configure()
        user.once(at=later(201))
        assert list(user.tree()) == [NOTE, "Readwise/Slow.md"]
        assert user.note(NOTE) == before


def test_a_filter_acts_on_what_is_new_and_leaves_what_is_there(tmp_path: Path) -> None:
    private = [highlight(12, tags=("private",)), highlight(14, at=later(5), tags=("private",))]
    books = [book(1, "Deep Work", [highlight(11), *private, highlight(13, at=later(5))])]
    with home(tmp_path, books) as user:
        user.once(at=later(1))
        before = user.note(NOTE)
        assert line(highlight(12)).strip().encode() in before
        user.configure('filter.leave.tags = ["private"]')
        user.once(at=later(6))
        assert user.note(NOTE) == before + section(later(6), highlight(13))


def test_a_filtered_highlight_comes_when_the_filter_lets_it_in(tmp_path: Path) -> None:
    books = [book(1, "Deep Work", [highlight(11), highlight(12, tags=("private",))])]
    with home(tmp_path, books, settings='filter.leave.tags = ["private"]') as user:
        user.once(at=START)
        before = user.note(NOTE)
        assert body(user) == line(highlight(11))
        user.configure()
        user.once(at=later(1))
        tags = b"    - Tags: [[private]] \n"
        assert user.note(NOTE) == before + section(later(1), highlight(12)) + tags


def test_what_was_taken_out_does_not_come_back_when_a_filter_goes(tmp_path: Path) -> None:
    with home(tmp_path, [deep_work(11, 12)], settings='filter.take.categories = ["articles"]') as user:
        user.once(at=later(2))
        left = take_out(user, 11)
        user.configure()
        for hour in HOURS:
            user.once(at=later(hour))
        assert user.note(NOTE) == left
