"""Which plans look wrong, and which are an honest growth? Which vaults are not all there?"""

from __future__ import annotations

from typing import Any

import pytest

from syncer.brake import refuse_if_gone, refuse_if_unsafe
from syncer.errors import VaultError
from syncer.model import BookId, Decision, HighlightId, NotePath, Plan, Update


def decision(
    number: int,
    *,
    before: int = 4,
    lacking: int = 3,
    missing: int = 3,
    creates: bool = False,
    updated: tuple[Update, ...] = (),
) -> Decision:
    return Decision(
        book_id=BookId(number),
        title=f"Book {number}",
        path=NotePath(f"Book {number}.md"),
        creates=creates,
        missing=tuple(HighlightId(number * 1000 + place) for place in range(missing)),
        before=before,
        lacking=lacking,
        updated=updated,
    )


def checked(*decisions: Decision, library: int = 100) -> str:
    """Return what the brake says of this plan in a library of so many highlights, "" for nothing."""
    try:
        refuse_if_unsafe(Plan(decisions=decisions, holds=(), warnings=()), count=lambda: library)
    except VaultError as error:
        return f"{error.message} | {error.hint}"
    return ""


def many(count: int, **fields: Any) -> list[Decision]:  # noqa: ANN401 - whatever a decision has
    return [decision(number, **fields) for number in range(1, count + 1)]


def test_a_plan_that_would_write_much_again_is_refused_with_the_whole_case() -> None:
    said = checked(*many(21))
    assert "nothing was written: 21 existing notes" in said
    assert "63 of the library's 100" in said
    assert 'for example "Book 1.md" (3), "Book 2.md" (3), "Book 3.md" (3)' in said
    assert "--accept-large" in said


@pytest.mark.parametrize(
    ("notes", "fields", "library", "refused"),
    [
        pytest.param(21, {}, 209, True, id="just more than thirty percent"),
        pytest.param(21, {}, 210, False, id="thirty percent"),
        pytest.param(20, {}, 60, False, id="twenty notes"),
        pytest.param(21, {"before": 2, "lacking": 2}, 60, False, id="two older highlights tell nothing"),
        pytest.param(21, {"before": 3, "lacking": 2}, 60, True, id="two of three"),
        pytest.param(21, {"before": 4, "lacking": 2}, 60, False, id="half"),
        pytest.param(21, {"before": 100, "lacking": 3}, 60, False, id="a few of many"),
        pytest.param(
            500, {"before": 0, "lacking": 0, "missing": 9}, 6000, False, id="growth since the notes were written"
        ),
        pytest.param(500, {"creates": True}, 1500, False, id="new notes"),
    ],
)
def test_the_limits_of_the_brake(notes: int, fields: dict[str, int], library: int, refused: bool) -> None:
    assert bool(checked(*many(notes, **fields), library=library)) == refused


def test_the_library_is_counted_only_when_it_matters() -> None:
    def count() -> int:
        raise AssertionError

    refuse_if_unsafe(Plan(decisions=tuple(many(20)), holds=(), warnings=()), count=count)


def paths(count: int) -> list[NotePath]:
    return [NotePath(f"{number:03}.md") for number in range(count)]


@pytest.mark.parametrize(
    ("known", "gone", "refused"),
    [
        (30, 6, False),
        (30, 7, True),
        (5, 5, False),
        (6, 6, True),
        (25, 5, False),
        (29, 6, True),
        (0, 0, False),
        (1000, 201, True),
        (1000, 200, False),
    ],
)
def test_more_than_five_and_more_than_a_fifth_of_the_notes_gone_is_refused(
    known: int, gone: int, refused: bool
) -> None:
    if not refused:
        refuse_if_gone(paths(known), paths(gone), vault="/v")
        return
    with pytest.raises(VaultError, match=f"{gone} of the {known} known notes are gone from the vault /v") as raised:
        refuse_if_gone(paths(known), paths(gone), vault="/v")
    assert '"000.md", "001.md", "002.md"' in raised.value.message
    assert "--accept-missing" in raised.value.hint


@pytest.mark.parametrize(
    ("notes", "each", "library", "refused"),
    [
        pytest.param(21, 3, 209, True, id="just more than thirty percent"),
        pytest.param(21, 3, 210, False, id="thirty percent"),
        pytest.param(20, 3, 60, False, id="twenty notes"),
    ],
)
def test_a_large_part_of_the_library_that_changed_at_once_is_refused(
    notes: int, each: int, library: int, refused: bool
) -> None:
    changes = tuple(Update(id=HighlightId(one), what=("text",), before=(1,), after=(2,)) for one in range(1, each + 1))
    said = checked(*many(notes, missing=0, before=0, updated=changes), library=library)
    assert bool(said) == refused
    assert not refused or "63 of the library's 209 highlights changed at Readwise at once, in 21 notes" in said
