"""Which bytes does a decision become, and when does it become none?"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import msgspec
import pytest

from syncer.change import make_append, make_create, text_of
from syncer.model import (
    Addition,
    AppendSection,
    Book,
    BookId,
    Change,
    CreateNote,
    Decision,
    Fingerprint,
    Highlight,
    HighlightId,
    Hold,
    NotePath,
    Stamp,
)
from syncer.note import Style
from syncer.template import load_templates
from tests.harness import CEST, NOW
from tests.made import book, highlight, line, section, words

NOTE = NotePath("Readwise/Deep Work.md")
HEADING = section(NOW).decode()
HEAD = b"---\ntitle: Deep Work\n---\n## Highlights\n"


def style(templates: str = "seed", *, base: Path = Path()) -> Style:
    loaded = load_templates(templates, base=base)
    return Style(loaded, timezone=CEST, neutralise=True, tags=("literature-note",), link_safe_names=False)


def decided(*missing: int, book_id: int = 1, delivered: tuple[int, ...] = (), creates: bool = False) -> Decision:
    return Decision(
        book_id=BookId(book_id),
        title="Deep Work",
        path=NOTE,
        creates=creates,
        missing=tuple(HighlightId(number) for number in missing),
        delivered=tuple(HighlightId(number) for number in delivered),
    )


def deep_work(*numbers: int, **fields: object) -> Book:
    return book(1, "Deep Work", [highlight(number) for number in numbers], **fields)


def appended(
    note: bytes,
    *decisions: Decision,
    books: Sequence[Book] = (),
    last: Addition | None = None,
    now: datetime = NOW,
    look: Style | None = None,
) -> list[Change | Hold]:
    known: Mapping[BookId, Book] = {one.id: one for one in books or [deep_work(11, 12, 13)]}
    return make_append(decisions, known, note=note, last=last, style=look or style(), now=now)


def last_of(note: bytes, data: bytes, *, heading: str = HEADING) -> Addition:
    """Return the addition that these last bytes of a note are."""
    return Addition(
        run=1,
        path=NOTE,
        created=False,
        offset=len(note) - len(data),
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        heading=heading,
        stamp=Stamp(0, 0, 0, 0),
        parts=(),
    )


def test_a_new_note_is_all_of_its_bytes() -> None:
    (made,) = make_create(decided(11, 12, creates=True), deep_work(11, 12), style=style(), now=NOW)
    assert isinstance(made, CreateNote)
    assert made.data.startswith(b"---\nauthor: [[Ada Lovelace]]\n")
    assert made.data.endswith((line(highlight(11)) + line(highlight(12))).encode())
    assert [(part.book_id, part.highlights) for part in made.parts] == [(1, (11, 12))]


def test_a_section_is_the_bytes_to_add_and_the_fingerprint_of_those_before() -> None:
    (made,) = appended(HEAD, decided(12))
    assert isinstance(made, AppendSection)
    assert (made.data, made.before) == (section(NOW, highlight(12)), Fingerprint.of(HEAD))
    assert made.before.sha256 == hashlib.sha256(HEAD).hexdigest()


def test_what_has_come_into_the_note_meanwhile_is_not_added() -> None:
    note = HEAD + line(highlight(12)).encode()
    assert appended(note, decided(12)) == []
    (made,) = appended(note, decided(12, 13))
    assert isinstance(made, AppendSection)
    assert made.data == section(NOW, highlight(13))
    assert made.parts[0].highlights == (13,)


def test_a_text_that_stands_for_a_delivered_highlight_is_no_new_one() -> None:
    two = book(1, "Deep Work", [highlight(number, text="Yes", linked=False) for number in (11, 12)])
    (made,) = appended(HEAD + b"- Yes\n", decided(11, delivered=(12,)), books=[two])
    assert isinstance(made, AppendSection)
    assert made.data == HEADING.encode() + b"- Yes\n"


def test_two_books_of_one_note_share_a_heading() -> None:
    slow = book(2, "Slow", [highlight(21)])
    (made,) = appended(HEAD, decided(11), decided(21, book_id=2), books=[deep_work(11), slow])
    assert isinstance(made, AppendSection)
    assert made.data == section(NOW, highlight(11), highlight(21))
    assert [part.book_id for part in made.parts] == [1, 2]


def test_the_second_book_gets_the_heading_when_the_first_adds_nothing() -> None:
    slow = book(2, "Slow", [highlight(21)])
    note = HEAD + line(highlight(11)).encode()
    (made,) = appended(note, decided(11), decided(21, book_id=2), books=[deep_work(11), slow])
    assert isinstance(made, AppendSection)
    assert made.data == section(NOW, highlight(21))


SECTION = section(NOW, highlight(11))


@pytest.mark.parametrize(
    ("note", "last", "continues"),
    [
        pytest.param(HEAD + SECTION, last_of(HEAD + SECTION, SECTION), True, id="our own section ends the note"),
        pytest.param(HEAD + SECTION, None, False, id="somebody else's"),
        pytest.param(HEAD + SECTION + b"x", last_of(HEAD + SECTION, SECTION), False, id="something follows"),
        pytest.param(HEAD + SECTION[:-2] + b"!\n", last_of(HEAD + SECTION, SECTION), False, id="it was edited"),
        pytest.param(
            HEAD + SECTION, last_of(HEAD + SECTION, SECTION, heading="## Other\n"), False, id="another minute"
        ),
    ],
)
def test_one_heading_serves_a_minute_where_our_own_section_ends_the_note(
    note: bytes, last: Addition | None, continues: bool
) -> None:
    (made,) = appended(note, decided(12), last=last)
    assert isinstance(made, AppendSection)
    added = section(NOW, highlight(12))
    missing_end = b"" if note.endswith(b"\n") else b"\n"
    assert made.data == missing_end + (line(highlight(12)).encode() if continues else added)
    assert made.heading == HEADING


@pytest.mark.parametrize(
    ("note", "data"),
    [
        (b"a\r\nb\r\n", section(NOW, highlight(12)).replace(b"\n", b"\r\n")),
        (b"a\r\nb", b"\r\n" + section(NOW, highlight(12)).replace(b"\n", b"\r\n")),
        (b"a\r\nb\nc\n", section(NOW, highlight(12))),
        (b"a\r\nb\r\nc\n", section(NOW, highlight(12)).replace(b"\n", b"\r\n")),
        (b"a", b"\n" + section(NOW, highlight(12))),
        (b"\xef\xbb\xbfa\n", section(NOW, highlight(12))),
    ],
)
def test_a_section_has_the_notes_own_line_ends(note: bytes, data: bytes) -> None:
    (made,) = appended(note, decided(12))
    assert isinstance(made, AppendSection)
    assert made.data == data


def test_an_empty_file_is_filled_with_the_whole_note_by_one_book() -> None:
    slow = book(2, "Slow", [highlight(21)])
    made, held = appended(b"", decided(11), decided(21, book_id=2), books=[deep_work(11), slow])
    assert isinstance(made, AppendSection)
    assert made.data.startswith(b"---\n")
    assert (made.before.size, made.heading) == (0, "")
    assert isinstance(held, Hold)
    assert held.soon


@pytest.mark.parametrize(
    ("note", "reason"),
    [
        ("a".encode("utf-16"), "not a UTF-8"),
        (b"a\x00b\n", "not a UTF-8"),
        (HEAD + b"```\n", "inside a code fence"),
        (b"<<<<<<< a\n=======\n>>>>>>> b\n", "conflict markers"),
    ],
)
def test_where_something_is_in_the_way_each_decision_is_held(note: bytes, reason: str) -> None:
    made = appended(note, decided(11), decided(12))
    assert [isinstance(one, Hold) and reason in one.reason for one in made] == [True, True]


def test_a_template_that_hides_the_highlight_makes_no_change(tmp_path: Path) -> None:
    """What the next sync would not find again, it would write again."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "highlight.md").write_text("- something else {{ highlight_id }}\n", encoding="utf-8")
    look = style(str(tmp_path / "mine"), base=tmp_path)
    (held,) = appended(HEAD, decided(11, 12), look=look)
    assert isinstance(held, Hold)
    assert "2 of the 2 highlights" in held.reason
    (held,) = make_create(decided(11, creates=True), deep_work(11), style=look, now=NOW)
    assert isinstance(held, Hold)


def test_bytes_that_are_no_text_are_only_looked_at() -> None:
    assert text_of(b"\xef\xbb\xbfa\r\n\xff\n") == "a\n\ufffd\n"


def chapter(number: int) -> Highlight:
    return msgspec.structs.replace(highlight(number), text=f"Chapter {words(number, 2)}", note=".h2", url="")


@pytest.mark.parametrize(
    "text",
    [
        *(f"Chapter {words(11, 2)}", "One", "Part I –\nThe Way", "Part I \nThe Way", "第一章\n開始"),
        *("• First\n• Second", "Chapter One\n1. First", "`code`\n`more`", "a\r\nb", "> q\n> r", "(Page 3)", "***"),
        *("| a | b |\n|---|---|\n| 1 | 2 |", "```\ncode\n```", "[1]", "#"),
    ],
)
def test_a_chapter_is_found_again(text: str) -> None:
    one = msgspec.structs.replace(chapter(11), text=text)
    with_chapter = book(1, "Deep Work", [one, highlight(12)])
    (made,) = appended(HEAD, decided(11, 12), books=[with_chapter])
    assert isinstance(made, AppendSection)
    assert b"\n#### " in made.data
    assert appended(HEAD + made.data, decided(11, 12), books=[with_chapter]) == []


@pytest.mark.parametrize("text", ["•", "[1]", "1.", "-", "* * *", "#", ">", "|", "<br>"])
def test_a_slip_of_the_finger_on_a_page_is_found_again(text: str) -> None:
    slips = [msgspec.structs.replace(highlight(11), text=text, url="", location_type=kind) for kind in ("page", "")]
    for slip in slips:
        with_slip = book(1, "Deep Work", [slip, highlight(12)])
        (made,) = appended(HEAD, decided(11, 12), books=[with_slip])
        assert isinstance(made, AppendSection)
        assert appended(HEAD + made.data, decided(11, 12), books=[with_slip]) == []
