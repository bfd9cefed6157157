"""Which note does a plan meet, and what do the state, the filter and twins change about it?"""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from syncer.model import Delivery, NotePath, Placed, Rule, Status
from syncer.plan import Names
from syncer.plan.world import MEND
from syncer.records import record_of
from syncer.selection import Choice, Filter
from tests.made import book, highlight, line
from tests.planned import HEAD, NOTE, NOW, REPORTS, Vault, deep_work, known, note, only

SECTION = "## New highlights added May 1, 2024 at 9:00 AM\n"
PRIVATE = Filter(leave=Choice(tags=("private",)))
AGAIN = msgspec.structs.replace(
    REPORTS, appends=True, visible=lambda: frozenset({"text"}), since=datetime(2000, 1, 1, tzinfo=UTC)
)
APPENDS = msgspec.structs.replace(REPORTS, appends=True, visible=lambda: frozenset({"text", "note", "tags"}))


# ---------------------------------------------------------------- which note


def test_a_note_that_the_state_knows_stays_the_books_while_its_inode_or_anything_bears_it_out() -> None:
    elsewhere = {"Archive/Deep Work.md": note(highlight(11), highlight(12))}
    same = Vault({NOTE: "Something of mine.\n", **elsewhere})
    assert only(same.plan((deep_work(11, 13), known(NOTE, 11, inode=1)))).path == NOTE
    assert only(same.plan((deep_work(11, 13), Placed(path=NOTE, inode=99)))).path == NOTE
    found = Vault({NOTE: note(highlight(11)), **elsewhere})
    assert only(found.plan((deep_work(11, 12, 13), known(NOTE, 11, inode=99)))).path == NOTE
    empty = Vault({NOTE: "Something of mine.\n", "Archive/Deep Work.md": note()})
    assert only(empty.plan((deep_work(11, 13), known(NOTE, 11, inode=99)))).path == NOTE


def test_how_a_note_was_recognised_is_told() -> None:
    vault = Vault({NOTE: note(highlight(11))})
    assert only(vault.plan((deep_work(11, 12), known(NOTE, 11)))).rule is Rule.STATE
    adopted = Placed(path=NOTE, inode=77, adopted=True)
    assert only(vault.plan((deep_work(11, 12), adopted))).rule is Rule.ADOPTED
    moved = Vault({"Moved.md": f"# Renamed\n{line(highlight(11))}"})
    assert only(moved.plan((deep_work(11, 12), known("Old.md", 11, inode=1)))).rule is Rule.STATE


def test_an_adopted_note_needs_nothing_of_the_book_in_it() -> None:
    vault = Vault({NOTE: "Something of mine.\n", "Archive/Deep Work.md": note(highlight(11))})
    placed = msgspec.structs.replace(known(NOTE, 11, inode=99), adopted=True)
    assert only(vault.plan((deep_work(11, 12), placed))).path == NOTE


def test_what_a_companion_of_the_note_holds_is_present() -> None:
    vault = Vault({NOTE: note(highlight(11)), "Sections.md": SECTION + line(highlight(12))})
    decision = only(vault.plan((deep_work(11, 12, 13), Placed())))
    assert (decision.path, decision.present, decision.missing) == (NOTE, (11, 12), (13,))
    vault.cannot_read[NotePath("Sections.md")] = True
    assert only(vault.plan((deep_work(11, 12, 13), Placed()))).present == (11,)


def test_an_update_that_a_companion_of_the_note_shows_is_not_written_again() -> None:
    shown = f"{SECTION}{line(highlight(12))}    - Note: remember"
    vault = Vault({NOTE: note(highlight(11)), "Sections.md": shown})
    records = {number: record_of(highlight(number), status=Status.WRITTEN, run=1) for number in (11, 12)}
    made = book(1, "Deep Work", [highlight(number, note="remember") for number in (11, 12)])
    moved = Placed(path=NotePath("Old.md"), inode=1, highlights=records)
    decision = only(vault.plan((made, moved), updates=APPENDS))
    assert ([one.id for one in decision.updated], [one.id for one in decision.shown]) == ([11], [12])
    vault.cannot_read[NotePath("Sections.md")] = True
    decision = only(vault.plan((made, moved), updates=APPENDS))
    assert ([one.id for one in decision.updated], decision.shown) == ([11], ())


def by_title(number: int) -> str:
    without = HEAD.replace("- URL: https://example.org/1\n", "")
    return f"{without}## Highlights\n{line(highlight(number, linked=False))}"


def test_a_note_that_is_known_as_another_books_is_never_taken_by_its_title() -> None:
    mine = book(1, "Deep Work", [highlight(11, linked=False)], source_url="")
    other = book(2, "Deep Work", [highlight(21, linked=False)], source_url="")
    plan = Vault({NOTE: by_title(11)}).plan((other, Placed()), (mine, known(NOTE, 11)), changed=[])
    assert {one.book_id: one.path for one in plan.decisions} == {1: NOTE, 2: "Readwise/Deep Work (2).md"}


def test_a_note_that_names_its_book_and_holds_nothing_yet_is_not_another_books_by_its_title() -> None:
    """Whichever of the two is looked at first."""
    named = "Readwise/Deep Work (6001).md"
    mine = book(6001, "Deep Work", [highlight(11, linked=False)], source_url="")
    other = book(2, "Deep Work", [highlight(21, linked=False)], source_url="")
    text = HEAD.replace("- URL: https://example.org/1\n", "")
    for order in ((other, mine), (mine, other)):
        plan = Vault({named: text}).plan(*((made, Placed()) for made in order))
        assert {one.book_id: one.path for one in plan.decisions} == {6001: named, 2: NOTE}


def test_a_name_is_another_books_only_while_that_book_has_it() -> None:
    asked: list[str] = []

    def folder(name: str) -> set[str]:
        asked.append(name)
        return set()

    names = Names(reserved={"a/b/c.md": deep_work().id}, folder=folder)
    other = book(2, "Other", []).id
    assert names.belongs_to_another(NotePath("A/B/C.md"), other)
    assert not names.belongs_to_another(NotePath("A/B/C.md"), deep_work().id)
    assert not names.belongs_to_another(NotePath("A/B/D.md"), other)
    assert names.claim(NotePath("A/B/D.md"), other) == "A/B/D.md"
    assert asked == ["A/B"]


def test_a_note_that_was_saved_a_moment_ago_is_met_like_any_other() -> None:
    assert only(Vault({NOTE: note(highlight(11))}, mtime=NOW).plan((deep_work(11, 12), Placed()))).missing == (12,)


# ---------------------------------------------------------------- what is missing


def test_a_note_with_nothing_new_is_looked_at_when_it_has_changed() -> None:
    assert only(Vault({NOTE: note()}).plan((deep_work(11), known(NOTE, 11)))).removed == (11,)


def test_adopt_skip_fills_an_empty_file() -> None:
    decision = only(Vault({NOTE: ""}).plan((deep_work(11), Placed()), skips=True))
    assert (decision.missing, decision.skipped) == ((11,), ())


def test_those_that_their_owner_took_out_are_delivered_last() -> None:
    records = {
        number: Delivery(status, 1, 0, 0, 0)
        for number, status in ((11, Status.REMOVED), (12, Status.WRITTEN), (13, Status.SKIPPED), (14, Status.FOUND))
    }
    placed = Placed(path=NOTE, inode=1, highlights=records)
    decision = only(Vault({NOTE: note()}).plan((deep_work(11, 12, 13, 14, 15), placed)))
    assert decision.delivered == (12, 14, 11, 13)
    assert only(Vault({NOTE: note()}).plan((deep_work(11, 12), placed))).delivered == ()


def test_only_what_stands_in_the_note_is_told_to_have_changed() -> None:
    vault = Vault({NOTE: note(highlight(11))})
    placed = msgspec.structs.replace(known(NOTE, 11, 12), about=(1, 2, 3, 4, 5))
    told = only(vault.plan((deep_work(11, 12), placed))).told
    assert [one.id for one in told] == [11, 0]
    assert only(Vault({"x.md": "mine"}).plan((deep_work(11), known(NOTE, 11)))).told == ()


@pytest.mark.parametrize(
    ("times", "before"),
    [
        ({"created_at": "2027-01-15T06:59:59Z", "highlighted_at": "2027-01-15T07:00:01Z"}, 1),
        ({"created_at": "2027-01-15T07:00:01Z", "highlighted_at": "2027-01-15T06:59:59Z"}, 0),
        ({"created_at": "", "highlighted_at": "2027-01-15T06:59:59Z"}, 1),
        ({"created_at": "2027-01-15T07:00:00Z", "highlighted_at": ""}, 0),
        ({"created_at": "", "highlighted_at": ""}, 0),
    ],
)
def test_a_highlight_is_older_than_the_note_when_readwise_had_it_before(times: dict[str, str], before: int) -> None:
    made = book(1, "Deep Work", [msgspec.structs.replace(highlight(11), **times)])
    assert only(Vault({NOTE: note(highlight(11))}).plan((made, Placed()))).before == before


# ---------------------------------------------------------------- a note that is gone


def test_a_note_is_made_again_with_what_was_delivered_and_what_the_filter_lets_in() -> None:
    private = [highlight(number, tags=("private",)) for number in (11, 12)]
    made = book(1, "Deep Work", [*private, highlight(13)])
    decision = only(Vault({}).plan((made, known("Elsewhere/Mine.md", 12)), filter=PRIVATE))
    assert (decision.path, decision.creates, decision.missing) == ("Elsewhere/Mine.md", True, (12, 13))
    assert only(Vault({}).plan((deep_work(11, 12), known(NOTE, 12)))).missing == (11, 12)


def test_where_nothing_is_to_be_made_nothing_unread_is_in_the_way() -> None:
    notes = {f"{number}.md": "mine" for number in range(3)}
    vault = Vault(notes, unread=[NOTE, "a.md", "b.md"])
    assert only(vault.plan((deep_work(11), known(NOTE, 11)), state_is_new=True)).creates is False


def test_an_update_waits_for_a_note_that_cannot_be_read() -> None:
    for rules, hint in ((APPENDS, MEND), (AGAIN, "say --updates-since again when it can be read")):
        plan = Vault({}, unread=[NOTE]).plan((deep_work(11), known(NOTE, 11)), updates=rules)
        (hold,) = plan.holds
        assert (plan.decisions, hold.soon, hold.hint) == ((), False, hint)
        assert hold.reason == "its note is there but could not be read: its content is in the cloud"
    assert only(Vault({}).plan((deep_work(11), known(NOTE, 11)), updates=APPENDS)).writes is False
    (hold,) = Vault({}, unread=[NOTE]).plan((deep_work(11), Placed()), updates=AGAIN).holds
    assert hold.hint == MEND, "a new highlight comes without being asked for again"


def test_what_is_held_is_not_decided_as_well() -> None:
    for vault in (Vault({}, unread=[NOTE]), Vault({}, unread=["a.md"]), Vault({NOTE: ""}, mtime=1_800_000_000 * 10**9)):
        plan = vault.plan((deep_work(11), Placed()), state_is_new=True)
        assert (len(plan.holds), plan.decisions) == (1, ())
