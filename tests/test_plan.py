"""Why is a note (not) touched? From values alone: books, what the state knows of them, and the vault's index.

The shelf is the real one, over notes that exist only here; how a book's note is recognised is in
test_identity_shelf.py, which name a new one gets in test_plan_names.py.
"""

from __future__ import annotations

import pytest

from syncer.model import BookId, Delivery, NotePath, Placed, Rule, Status
from syncer.records import checksum
from syncer.selection import Choice, Filter
from tests.made import book, highlight, line
from tests.planned import HEAD, NOTE, NOW, OLD, GoesAway, Vault, deep_work, known, note, only

# ---------------------------------------------------------------- what is missing


def test_what_is_in_the_note_is_present_and_the_rest_is_missing() -> None:
    decision = only(Vault({NOTE: note(highlight(11))}).plan((deep_work(11, 12), Placed())))
    assert (decision.path, decision.creates, decision.present, decision.missing) == (NOTE, False, (11,), (12,))
    assert (decision.first_meeting, decision.rule) == (True, Rule.LINK)


def test_what_was_delivered_and_is_gone_was_removed_and_is_not_missing() -> None:
    vault = Vault({NOTE: note(highlight(12))})
    decision = only(vault.plan((deep_work(11, 12, 13), known(NOTE, 11, 12))))
    assert (decision.removed, decision.present, decision.missing) == ((11,), (12,), (13,))


def test_a_note_that_nobody_touched_with_nothing_new_is_not_even_read() -> None:
    vault = Vault({NOTE: note(highlight(11))})
    decision = only(vault.plan((deep_work(11), known(NOTE, 11)), changed=[]))
    assert (decision.missing, decision.removed, vault.read_paths) == ((), (), [])


def test_adopt_skip_leaves_out_what_a_note_met_for_the_first_time_lacks() -> None:
    vault = Vault({NOTE: note(highlight(11))})
    first = only(vault.plan((deep_work(11, 12), Placed()), skips=True))
    assert (first.missing, first.skipped, first.lacking) == ((), (12,), 0)
    restored = only(vault.plan((deep_work(11, 12), Placed()), skips=True, restored=(BookId(1),)))
    assert (restored.missing, restored.skipped) == ((12,), ())
    later = only(vault.plan((deep_work(11, 12), known(NOTE, 11)), skips=True))
    assert (later.missing, later.skipped) == ((12,), ())


def test_a_filter_keeps_out_what_is_new_only() -> None:
    private = Filter(leave=Choice(tags=("private",)))
    made = book(1, "Deep Work", [highlight(number, tags=("private",)) for number in (11, 12)] + [highlight(13)])
    decision = only(Vault({NOTE: note(highlight(11))}).plan((made, Placed()), filter=private))
    assert (decision.present, decision.missing) == ((11,), (13,))


@pytest.mark.parametrize(("mtime", "before", "lacking"), [(OLD, 3, 2), (0, 0, 0)])
def test_the_brake_is_told_what_the_note_should_have_had(mtime: int, before: int, lacking: int) -> None:
    decision = only(Vault({NOTE: note(highlight(11))}, mtime=mtime).plan((deep_work(11, 12, 13), Placed())))
    assert (decision.before, decision.lacking) == (before, lacking)


# ---------------------------------------------------------------- which note


def test_a_book_without_a_note_gets_one_with_all_of_its_highlights() -> None:
    decision = only(Vault({}).plan((deep_work(12, 11), Placed())))
    assert (decision.path, decision.creates, decision.missing) == (NOTE, True, (11, 12))


@pytest.mark.parametrize(
    ("statuses", "missing"),
    [
        ({11: Status.WRITTEN, 12: Status.FOUND}, ()),
        ({11: Status.WRITTEN}, (11, 12)),
        ({11: Status.REMOVED}, (12,)),
        ({11: Status.SKIPPED}, (12,)),
        ({11: Status.REMOVED, 12: Status.REMOVED}, ()),
    ],
)
def test_a_note_that_is_gone_is_made_again_for_something_new_alone(
    statuses: dict[int, Status], missing: tuple[int, ...]
) -> None:
    records = {number: Delivery(status, 1, 0, 0, 0) for number, status in statuses.items()}
    decision = only(Vault({}).plan((deep_work(11, 12), Placed(path=NOTE, inode=9, highlights=records))))
    assert (decision.missing, decision.creates, decision.path) == (missing, bool(missing), NOTE)


def test_a_file_that_took_the_place_of_a_note_that_moved_is_not_the_books() -> None:
    vault = Vault({NOTE: "Something of mine.\n", "Archive/Deep.md": note(highlight(11))})
    placed = known(NOTE, 11, inode=2)
    assert only(vault.plan((deep_work(11, 12), placed))).path == "Archive/Deep.md"


def test_a_note_that_its_owner_decided_on_is_the_books_whatever_it_says() -> None:
    vault = Vault({"Mine.md": "Something of mine.\n", NOTE: note(highlight(11))})
    placed = Placed(path=NotePath("Mine.md"), inode=77, adopted=True)
    assert only(vault.plan((deep_work(11), placed))).path == "Mine.md"


def test_rivals_are_held_and_both_are_named() -> None:
    vault = Vault({"A/Deep Work.md": note(), "B/Deep Work.md": note()})
    plan = vault.plan((deep_work(11), Placed()))
    (held,) = plan.holds
    assert (held.paths, plan.decisions) == (("A/Deep Work.md", "B/Deep Work.md"), ())
    assert '"A/Deep Work.md" and "B/Deep Work.md"' in held.reason
    assert "syncer adopt 1" in held.hint


def test_rivals_of_a_book_that_has_everything_are_no_hold() -> None:
    vault = Vault({"A/Deep Work.md": note(), "B/Deep Work.md": note()})
    plan = vault.plan((deep_work(11), known("Gone.md", 11, inode=99)))
    assert plan.holds == ()


def test_of_two_books_that_one_title_ties_to_a_note_the_one_with_highlights_in_it_gets_it() -> None:
    other = book(2, "Deep Work", [highlight(21, linked=False)], source_url="")
    mine = book(1, "Deep Work", [highlight(11, linked=False)], source_url="")
    text = HEAD.replace("- URL: https://example.org/1\n", "") + "## Highlights\n" + line(highlight(11, linked=False))
    plan = Vault({NOTE: text}).plan((other, Placed()), (mine, Placed()))
    assert {one.book_id: (one.path, one.creates) for one in plan.decisions} == {
        1: (NOTE, False),
        2: ("Readwise/Deep Work (2).md", True),
    }


def test_copies_are_a_warning_that_names_them() -> None:
    vault = Vault({NOTE: note(highlight(11), highlight(12)), "Readwise/Deep Work 1.md": note(highlight(11))})
    plan = vault.plan((deep_work(11, 12), Placed()))
    assert only(plan).path == NOTE
    (warning,) = plan.warnings
    assert NOTE in warning
    assert "Readwise/Deep Work 1.md" in warning


@pytest.mark.parametrize(("age", "holds"), [(0, 1), (59, 1), (60, 0), (3600, 0), (-5, 0)])
def test_an_empty_file_of_the_notes_name_is_the_books_after_a_minute(age: int, holds: int) -> None:
    plan = Vault({NOTE: ""}, mtime=NOW - age * 1_000_000_000).plan((deep_work(11), Placed()))
    assert len(plan.holds) == holds
    assert [(one.path, one.rule, one.missing) for one in plan.decisions] == (
        [] if holds else [(NOTE, Rule.EMPTY, (11,))]
    )


@pytest.mark.parametrize("blank", ["\n", "  \n\n", "\ufeff", "\x00\x00"])
def test_a_file_of_blanks_is_not_filled(blank: str) -> None:
    """Front matter below a blank line would be none."""
    decision = only(Vault({NOTE: blank}).plan((deep_work(11), Placed())))
    assert (decision.path, decision.creates) == ("Readwise/Deep Work (1).md", True)


# ---------------------------------------------------------------- what holds


def test_while_something_waits_only_what_would_be_written_is_held() -> None:
    vault = Vault({NOTE: note(highlight(11))})
    made = (deep_work(11), Placed()), (book(2, "Slow", [highlight(21)]), Placed())
    plan = vault.plan(*made, waits="the plug-in is syncing")
    assert [(held.title, held.reason, held.soon) for held in plan.holds] == [("Slow", "the plug-in is syncing", True)]
    assert [one.title for one in plan.decisions] == ["Deep Work"]


@pytest.mark.parametrize("soon", [True, False])
def test_a_note_that_cannot_be_read_is_held_when_something_is_new(soon: bool) -> None:
    vault = Vault({NOTE: note(highlight(11))})
    vault.cannot_read[NOTE] = soon
    plan = vault.plan((deep_work(11, 12), known(NOTE, 11)))
    assert [(held.paths, held.soon) for held in plan.holds] == [((NOTE,), soon)]
    assert only(vault.plan((deep_work(11), known(NOTE, 11)))).missing == ()


def test_a_note_that_goes_away_before_the_last_look_at_it_is_held() -> None:
    """A book that only a title ties to a note is judged last, and what it had before is looked for in it again."""
    vault = GoesAway({NOTE: note()})
    was = Placed(path=NotePath("Gone.md"), highlights={11: Delivery(Status.WRITTEN, 1, checksum("Before"), 0, 0)})
    (held,) = vault.plan((deep_work(11, 12), was)).holds
    assert (held.paths, held.reason, held.soon) == ((NOTE,), "it is gone", True)


def test_no_note_is_made_where_an_unread_file_has_its_name() -> None:
    plan = Vault({}, unread=["Readwise/DEEP work.md"]).plan((deep_work(11), Placed()))
    (held,) = plan.holds
    assert "in the cloud" in held.reason
    assert plan.decisions == ()


@pytest.mark.parametrize(("unread", "is_new", "held"), [(2, True, False), (3, True, True), (3, False, False)])
def test_with_a_new_state_and_many_unread_notes_no_note_is_made(unread: int, is_new: bool, held: bool) -> None:
    vault = Vault({f"{number}.md": "mine" for number in range(8)}, unread=[f"u{number}.md" for number in range(unread)])
    plan = vault.plan((deep_work(11), Placed()), state_is_new=is_new)
    assert bool(plan.holds) == held


def test_equal_inputs_make_equal_plans_whatever_the_order_of_the_books() -> None:
    books = [(book(number, f"Book {number}", [highlight(number * 10)]), Placed()) for number in range(1, 6)]
    first = Vault({}).plan(*books)
    assert first == Vault({}).plan(*reversed(books))
    assert [one.path for one in first.decisions] == sorted(one.path for one in first.decisions)


def test_a_note_that_was_rewritten_under_its_name_stays_the_books() -> None:
    """Another inode and nothing of the book in it, as after an editor that saves by rename; and no other note."""
    vault = Vault({NOTE: "All rewritten.\n", "Mine.md": "mine\n"})
    decision = only(vault.plan((deep_work(11, 12), known(NOTE, 11, inode=9))))
    assert (decision.path, decision.removed, decision.missing, decision.creates) == (NOTE, (11,), (12,), False)
