"""What has changed since it was delivered, and is it to be written, told, or left to rest?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from syncer.instants import written
from syncer.model import Book, Highlight, NotePath, Placed, Status, Update
from syncer.records import about_of, record_of, state
from syncer.updates import Sorted, UpdateRules, changes_in, count_changed, sorted_out
from tests.made import book, highlight

NOW = datetime(2024, 10, 11, 9, 0, tzinfo=UTC)
ALL = frozenset({"text", "note", "tags"})
RULES = UpdateRules(appends=True, mentions=True, settle=600.0, now=NOW, since=None, visible=lambda: ALL)


def at(seconds: float, **fields: object) -> Highlight:
    """Return a highlight that Readwise changed so many seconds before now."""
    made = highlight(11, note="remember", tags=("a",), updated_at=written(NOW - timedelta(seconds=seconds)))
    return msgspec.structs.replace(made, **fields)


def placed(*delivered: Highlight, status: Status = Status.WRITTEN, **fields: object) -> Placed:
    records = {int(one.id): record_of(one, status=status, run=1) for one in delivered}
    return msgspec.structs.replace(Placed(highlights=records), **fields)


def what(made: Book, was: Placed) -> list[tuple[int, tuple[str, ...]]]:
    return [(one.id, one.what) for one in changes_in(made, was)]


@pytest.mark.parametrize(
    ("fields", "changed"),
    [
        ({}, []),
        ({"text": "Another."}, [(11, ("text",))]),
        ({"note": ""}, [(11, ("note",))]),
        ({"tags": ("a", "b")}, [(11, ("tags",))]),
        ({"text": "Another.", "tags": ()}, [(11, ("text", "tags"))]),
        ({"is_deleted": True, "text": "Another."}, [(11, ("deleted",))]),
        ({"is_discard": True, "text": "Another."}, []),
    ],
)
def test_a_change_is_what_differs_from_the_record(fields: dict[str, object], changed: list[object]) -> None:
    assert what(book(1, "A", [at(3600, **fields)]), placed(at(3600))) == changed


@pytest.mark.parametrize("status", list(Status))
def test_what_its_owner_took_out_or_never_had_does_not_change(status: Status) -> None:
    made = book(1, "A", [at(3600, text="Another."), highlight(12)])
    gone = status in (Status.REMOVED, Status.SKIPPED)
    assert what(made, placed(at(3600), status=status)) == ([] if gone else [(11, ("text",))])


def test_what_was_never_delivered_is_in_nobodys_way() -> None:
    assert what(book(1, "A", [highlight(10), at(3600, note="x")]), placed(at(3600))) == [(11, ("note",))]


def test_changes_in_a_note_are_counted_but_for_what_was_deleted() -> None:
    was = placed(at(0), highlight(12), path=NotePath("A.md"), about=about_of(book(1, "A", [])))
    assert count_changed(book(1, "A", [at(0, note="x"), highlight(12, is_deleted=True)]), was) == 1
    assert count_changed(book(1, "B", [at(0, note="x"), highlight(12)]), was) == 2
    assert count_changed(book(1, "B", [at(0, note="x")]), msgspec.structs.replace(was, path=NotePath(""))) == 0


def test_a_change_says_what_was_and_what_is() -> None:
    was, now = record_of(at(0), status=Status.WRITTEN, run=1), record_of(at(0, note="x"), status=Status.WRITTEN, run=1)
    (found,) = changes_in(book(1, "A", [at(0, note="x")]), placed(at(0)))
    assert (found.before, found.after) == ((was.text, was.note, was.tags), (now.text, now.note, now.tags))
    (gone,) = changes_in(book(1, "A", [at(0, is_deleted=True)]), placed(at(0)))
    assert (gone.before, gone.after) == (found.before, (*found.before, 1))


def test_the_books_own_fields_come_last_and_only_where_they_were_known() -> None:
    old = book(1, "A", [at(0)], author="B", document_note="n", tags=("t",))
    was = placed(at(0), about=about_of(old))
    assert what(old, was) == []
    assert what(msgspec.structs.replace(old, title="Z"), placed(at(0))) == []
    new = msgspec.structs.replace(old, author="", cover_image_url="c", highlights=(at(0, note=""),))
    assert what(new, was) == [(11, ("note",)), (0, ("author", "cover"))]
    every = msgspec.structs.replace(new, title="Z", document_note="", tags=())
    assert what(every, was)[-1] == (0, ("title", "author", "cover", "document note", "tags"))
    own = list(changes_in(new, was))[-1]
    assert (own.before, own.after) == (about_of(old), about_of(new))


def test_of_a_book_that_was_deleted_that_is_all_there_is_to_say() -> None:
    old = book(1, "A", [at(0)])
    gone = msgspec.structs.replace(old, is_deleted=True, title="Z", highlights=(at(0, note=""),))
    (own,) = changes_in(gone, placed(at(0), about=about_of(old)))
    assert (own.id, own.what, own.before, own.after) == (0, ("deleted",), about_of(old), (*about_of(old), 1))


# ---------------------------------------------------------------- what is done about it


def sort(now: Highlight, *, was: Placed | None = None, lets: bool = True, **rules: object) -> str:
    """Return which of the three the change of this highlight is, "" for none."""
    given = msgspec.structs.replace(RULES, **rules)
    found = sorted_out(book(1, "A", [now]), was or placed(at(3600)), given, lets_in=lambda _: lets)
    assert len(found.due) + len(found.to_tell) + found.resting <= 1
    return "due" if found.due else "told" if found.to_tell else "rests" if found.resting else ""


CHANGED = at(3600, note="x")
GONE = at(3600, is_deleted=True)


def test_a_change_is_written_where_that_is_wanted_and_shown() -> None:
    assert sort(CHANGED) == "due"
    assert sort(CHANGED, appends=False) == "told"
    assert sort(CHANGED, lets=False) == "told"
    assert sort(CHANGED, visible=lambda: frozenset({"text", "tags"})) == "told"
    assert sort(CHANGED, visible=lambda: frozenset({"note"})) == "due"
    assert sort(CHANGED, mentions=False) == "due"


def test_a_deletion_is_written_where_deletions_are_mentioned() -> None:
    assert sort(GONE) == "due"
    assert sort(GONE, mentions=False) == "told"
    assert sort(GONE, appends=False) == "told"
    assert sort(GONE, lets=False) == "due"


@pytest.mark.parametrize(
    ("seconds", "found"), [(601, "due"), (600, "due"), (599, "rests"), (0, "rests"), (-599, "rests"), (-600, "due")]
)
def test_a_change_rests_for_a_while_on_either_side_of_now(seconds: float, found: str) -> None:
    assert sort(at(seconds, note="x")) == found


def test_a_change_without_a_time_does_not_rest() -> None:
    assert sort(at(0, note="x", updated_at="")) == "due"


def test_what_was_told_once_is_told_again_only_when_it_is_asked_for() -> None:
    (update,) = changes_in(book(1, "A", [CHANGED]), placed(at(3600)))
    record = msgspec.structs.replace(placed(at(3600)).highlights[11], told=state(update))
    told = Placed(highlights={11: record})
    assert sort(CHANGED, was=told) == ""
    assert sort(at(3600, note="y"), was=told) == "due"
    assert sort(CHANGED, was=told, since=NOW - timedelta(seconds=3600)) == "due"
    assert sort(CHANGED, was=told, since=NOW - timedelta(seconds=3599)) == ""
    assert sort(at(3600, note="x", updated_at=""), was=told, since=NOW - timedelta(days=9)) == ""


def test_the_books_own_change_waits_for_its_highlights_and_is_told_once() -> None:
    old = book(1, "A", [at(3600)])
    was = placed(at(3600), about=about_of(old))
    calm = msgspec.structs.replace(old, title="Z")
    busy = msgspec.structs.replace(calm, highlights=(at(5, note="x"),))

    def sorting(made: Book, before: Placed = was, **rules: object) -> Sorted:
        return sorted_out(made, before, msgspec.structs.replace(RULES, **rules), lets_in=lambda _: False)

    (own,) = sorting(calm).due
    assert own.id == 0
    assert sorting(busy) == Sorted(resting=2)
    assert sorting(calm, appends=False) == Sorted(to_tell=(own,))
    told = msgspec.structs.replace(was, told=state(own))
    assert sorting(calm, told) == Sorted()
    assert sorting(calm, told, since=NOW - timedelta(days=99)) == Sorted()


def test_several_changes_are_sorted_each_for_itself() -> None:
    one, other = at(3600, note="x"), msgspec.structs.replace(highlight(12), updated_at=written(NOW), text="New.")
    found = sorted_out(book(1, "A", [other, one]), placed(at(3600), highlight(12)), RULES, lets_in=lambda _: True)
    assert ([each.id for each in found.due], found.to_tell, found.resting) == ([11], (), 1)
    assert isinstance(found.due[0], Update)
    (update,) = changes_in(book(1, "A", [other]), placed(highlight(12)))
    told = msgspec.structs.replace(placed(highlight(12)).highlights[12], told=state(update))
    was = Placed(highlights={**placed(at(3600)).highlights, 12: told})
    rest = sorted_out(book(1, "A", [other, one]), was, RULES, lets_in=lambda _: True)
    assert ([each.id for each in rest.due], rest.to_tell, rest.resting) == ([11], (), 0)
