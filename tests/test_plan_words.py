"""What does a plan say of a book, to the last field and word?"""

from __future__ import annotations

import hashlib

import msgspec
import pytest

from syncer.model import Decision, Delivery, Hold, NotePath, Placed, Rule, Status, Unread
from syncer.plan import Unreadable
from syncer.records import record_of
from tests.made import book, highlight, line
from tests.planned import HEAD, NOTE, NOW, GoesAway, Vault, deep_work, known, note, only

TEN = Vault({f"{number}.md": "mine" for number in range(10)}, unread=["a.md", "b.md", "c.md"])


def hold(*paths: str, reason: str, hint: str = "", soon: bool = False) -> Hold:
    return Hold(
        book_id=deep_work().id,
        title="Deep Work",
        paths=tuple(NotePath(path) for path in paths),
        reason=reason,
        hint=hint,
        soon=soon,
    )


def test_a_note_that_cannot_be_read_is_named_if_it_is_known() -> None:
    vault = Vault({NOTE: note(highlight(11))})
    vault.cannot_read[NOTE] = True
    reason = "it changed each time it was read"
    assert vault.plan((deep_work(11, 12), known(NOTE, 11))).holds == (hold(NOTE, reason=reason, soon=True),)
    assert vault.plan((deep_work(11, 12), Placed())).holds == (hold(reason=reason, soon=True),)


def test_rivals_are_told_with_the_command_that_decides() -> None:
    plan = Vault({"A/Deep Work.md": note(), "B/Deep Work.md": note()}).plan((deep_work(11), Placed()))
    reason = '2 notes fit equally well: "A/Deep Work.md" and "B/Deep Work.md"'
    held = hold("A/Deep Work.md", "B/Deep Work.md", reason=reason, hint="decide with: syncer adopt 1 NOTE")
    assert plan.holds == (held,)


def test_a_note_that_became_empty_is_waited_for() -> None:
    plan = Vault({NOTE: ""}, mtime=NOW).plan((deep_work(11), Placed()))
    assert plan.holds == (hold(NOTE, reason="it became empty less than a minute ago", soon=True),)


@pytest.mark.parametrize(
    ("unread", "what"),
    [
        ("Readwise/DEEP work.md", "its note is there but"),
        ("readwise", 'the folder "readwise"'),
    ],
)
def test_what_could_not_be_read_where_the_note_would_be_is_named(unread: str, what: str) -> None:
    vault = Vault({}, unread=[unread])
    hint = "make it readable again (its permissions, its link, its bytes on this disk); syncer doctor tells more"
    reason = f"{what} could not be read: its content is in the cloud"
    assert vault.plan((deep_work(11), Placed())).holds == (hold(NOTE, reason=reason, hint=hint),)
    vault.unread = (Unread(NotePath(unread), "it changed each time it was read", soon=True),)
    reason = f"{what} could not be read: it changed each time it was read"
    assert vault.plan((deep_work(11), Placed())).holds == (hold(NOTE, reason=reason, soon=True),)


def test_too_many_unread_notes_are_counted() -> None:
    reason = "3 of 13 notes could not be read, and its note may be one of them"
    hint = "make the vault's notes readable, then sync again"
    assert TEN.plan((deep_work(11), Placed()), state_is_new=True).holds == (hold(NOTE, reason=reason, hint=hint),)
    assert only(TEN.plan((deep_work(11), Placed()))).creates


def test_a_fifth_of_the_notes_may_be_unread() -> None:
    vault = Vault({f"{number}.md": "mine" for number in range(8)}, unread=["a.md", "b.md"])
    assert only(vault.plan((deep_work(11), Placed()), state_is_new=True)).creates


def test_while_something_waits_the_note_is_named() -> None:
    assert Vault({}).plan((deep_work(11), Placed()), waits="wait").holds == (hold(NOTE, reason="wait", soon=True),)


def test_a_note_without_a_name_is_told_to_be_renamed() -> None:
    by_title = (
        HEAD.replace("- URL: https://example.org/1\n", "") + "## Highlights\n" + line(highlight(11, linked=False))
    )
    taken = {"Readwise/Deep Work (2).md": "mine", NOTE: by_title}
    other = book(2, "Deep Work", [highlight(21, linked=False)], source_url="")
    mine = book(1, "Deep Work", [highlight(11, linked=False)], source_url="")
    plan = Vault(taken).plan((other, Placed()), (mine, Placed()))
    names = f"the names {NOTE} and Readwise/Deep Work (2).md are both taken by other files"
    assert plan.holds == (
        msgspec.structs.replace(hold(reason=names, hint="rename one of the files"), book_id=other.id),
    )


def test_a_note_that_goes_away_while_it_is_looked_at_is_told() -> None:
    was = Placed(path=NotePath("Gone.md"), highlights={11: Delivery(Status.WRITTEN, 1, 1, 0, 0)})
    plan = GoesAway({NOTE: note()}).plan((deep_work(11, 12), was))
    assert plan.holds == (hold(NOTE, reason="it is gone", soon=True),)


def test_copies_are_named_after_the_note_that_is_taken() -> None:
    copies = {f"Readwise/Deep Work {number}.md": note(highlight(11)) for number in (1, 2)}
    plan = Vault({NOTE: note(highlight(11), highlight(12)), **copies}).plan((deep_work(11, 12), Placed()))
    assert plan.warnings == (
        (
            '"Readwise/Deep Work.md" is taken as the note of book 1; copies of it: '
            '"Readwise/Deep Work 1.md", "Readwise/Deep Work 2.md"'
        ),
    )


def test_a_book_that_has_everything_keeps_its_place() -> None:
    record = record_of(highlight(11), status=Status.WRITTEN, run=1)
    placed = Placed(path=NOTE, inode=7, highlights={11: record})
    left = Decision(book_id=deep_work().id, title="Deep Work", path=NOTE, inode=7)
    vault = Vault({NOTE: note(highlight(11))})
    assert only(vault.plan((deep_work(11), placed), changed=[])) == left
    assert only(Vault({}).plan((deep_work(), Placed(path=NOTE, inode=7)))) == left
    vault.cannot_read[NOTE] = True
    assert only(vault.plan((deep_work(11), placed))) == left


def test_a_new_note_is_all_that_is_decided_of_it() -> None:
    made = Decision(
        book_id=deep_work().id,
        title="Deep Work",
        path=NOTE,
        creates=True,
        first_meeting=True,
        missing=(highlight(11).id, highlight(12).id),
    )
    assert only(Vault({}).plan((deep_work(12, 11), Placed()))) == made
    again = msgspec.structs.replace(made, first_meeting=False)
    assert only(Vault({}).plan((deep_work(12, 11), known(NOTE, 11)))) == again


def test_a_note_that_is_gone_and_misses_nothing_new_keeps_its_place() -> None:
    records = {number: Delivery(status, 1, 0, 0, 0) for number, status in ((11, Status.WRITTEN), (12, Status.REMOVED))}
    placed = Placed(path=NOTE, inode=9, highlights=records)
    gone = Decision(book_id=deep_work().id, title="Deep Work", path=NOTE, inode=9)
    assert only(Vault({"x.md": "mine"}).plan((deep_work(11, 12), placed))) == gone


def test_a_note_that_is_met_is_decided_to_the_last_field() -> None:
    vault = Vault({"x.md": "mine", NOTE: note(highlight(11))})
    decision = only(vault.plan((deep_work(11, 12), known(NOTE, 13, inode=2))))
    assert decision == Decision(
        book_id=deep_work().id,
        title="Deep Work",
        path=NOTE,
        inode=2,
        rule=Rule.STATE,
        missing=(highlight(12).id,),
        present=(highlight(11).id,),
        delivered=(highlight(13).id,),
        before=2,
        lacking=1,
        looked_at=hashlib.sha256(note(highlight(11)).encode()).hexdigest(),
    )


def test_books_are_told_by_the_names_of_their_notes() -> None:
    books = [(book(number, f"Book {9 - number}", [highlight(number * 10)]), Placed()) for number in (2, 1, 3)]
    plan = Vault({}).plan(*books)
    assert [one.path for one in plan.decisions] == [f"Readwise/Book {number}.md" for number in (6, 7, 8)]
    held = Vault({}).plan(*books, waits="wait").holds
    assert [one.book_id for one in held] == [3, 2, 1]


def test_of_twins_one_that_was_delivered_counts_for_both() -> None:
    twins = book(1, "Deep Work", [highlight(11), highlight(12, text=highlight(11).text, url=highlight(11).url)])
    vault = Vault({NOTE: note()})
    assert only(vault.plan((twins, known(NOTE, 12)))).removed == (11,)
    assert only(vault.plan((twins, known(NOTE, 12)), changed=[])).removed == ()


def test_unreadable_says_its_reason_and_whether_it_passes() -> None:
    error = Unreadable("it is gone", soon=True)
    assert (str(error), error.reason, error.soon) == ("it is gone", "it is gone", True)
