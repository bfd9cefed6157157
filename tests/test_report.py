"""How do a plan and its outcomes read, as sentences, as diffs and as JSON?

That git and patch take the diffs of a whole vault is shown by test_dry_run.py.
"""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.model import (
    AppendSection,
    BookId,
    CreateNote,
    Decision,
    Failure,
    Fingerprint,
    HighlightId,
    Hold,
    NotePath,
    Part,
    Received,
    Rule,
)
from syncer.report import (
    Line,
    Report,
    first_meetings,
    hold_sentences,
    line_of,
    line_sentence,
    shown,
    stat_line,
    summary,
    unified_diff,
)
from syncer.report_json import as_json

PATH = NotePath("Readwise/Deep Work.md")
SECRET = "the text of a highlight"


def line(path: str = PATH, *, created: bool = False, highlights: int = 1) -> Line:
    ids = tuple(HighlightId(number) for number in range(highlights))
    return Line(path=NotePath(path), created=created, parts=(Part(BookId(1), "Deep Work", ids),))


def hold(**fields: Any) -> Hold:  # noqa: ANN401 - whatever a hold has
    given = {"book_id": BookId(1), "title": "Deep Work", "paths": (PATH,), "reason": "it is open", "hint": "close it"}
    return Hold(**{**given, **fields})


def report(*lines: Line, dry: bool = False, holds: tuple[Hold, ...] = (), failures: tuple[Failure, ...] = ()) -> Report:
    return Report(
        dry=dry,
        received=Received(full=True, books=1, highlights=2, changed=1, warnings=()),
        decisions=(),
        lines=list(lines),
        holds=list(holds),
        failures=list(failures),
        warnings=[],
        plugin_active=False,
    )


# ---------------------------------------------------------------- sentences


@pytest.mark.parametrize(
    ("one", "dry", "sentence"),
    [
        (line(), False, 'added 1 highlight to "Readwise/Deep Work.md"'),
        (line(highlights=4), True, 'would add 4 highlights to "Readwise/Deep Work.md"'),
        (line(created=True, highlights=1234), False, 'made "Readwise/Deep Work.md" with 1,234 highlights'),
        (line(created=True), True, 'would make "Readwise/Deep Work.md" with 1 highlight'),
        (line("a\x1b[31m\nb.md"), False, 'added 1 highlight to "a\\x1b[31m\\nb.md"'),
    ],
)
def test_a_change_is_one_sentence_in_two_tenses(one: Line, dry: bool, sentence: str) -> None:
    assert line_sentence(one, dry=dry) == sentence


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        (report(line(), line(created=True, highlights=3)), "1 note made, 1 note extended, 4 highlights"),
        (report(line(), line(), dry=True), "2 notes to extend, 2 highlights"),
        (report(line(created=True), holds=(hold(),)), "1 note made, 1 highlight; 1 held back"),
        (report(holds=(hold(),)), "nothing added; 1 held back"),
        (report(failures=(Failure(PATH, "the disk is full"),)), "nothing added; 1 not written"),
    ],
)
def test_the_result_is_one_line(made: Report, sentence: str) -> None:
    assert summary(made) == sentence


def test_where_nothing_is_missing_the_result_says_so() -> None:
    assert summary(report()).startswith("nothing added: ")
    assert summary(report(dry=True)).startswith("nothing to add: ")


def test_what_is_held_or_failed_is_told_with_note_cause_and_way_out() -> None:
    made = report(
        holds=(hold(), hold(paths=(), hint="")), failures=(Failure(PATH, "could not add to it: no space left"),)
    )
    first, second, third = hold_sentences(made)
    assert first == 'held back: "Readwise/Deep Work.md" (book 1): it is open; close it'
    assert second == 'held back: the book "Deep Work" (book 1): it is open'
    assert third.startswith('not written: "Readwise/Deep Work.md": could not add to it: no space left')


@pytest.mark.parametrize(
    ("made", "code"),
    [(report(line()), 0), (report(), 0), (report(holds=(hold(),)), 74), (report(failures=(Failure(PATH, "x"),)), 74)],
)
def test_the_exit_code_tells_what_was_not_done(made: Report, code: int) -> None:
    assert made.exit_code == code


def test_first_meetings_are_counted_by_the_rule_that_fitted() -> None:
    def met(rule: Rule | None, **fields: Any) -> Decision:  # noqa: ANN401 - whatever a decision has
        given = {"book_id": BookId(1), "title": "A", "path": PATH, "rule": rule, "first_meeting": True}
        return Decision(**{**given, **fields})

    some = (HighlightId(1), HighlightId(2))
    decisions = [
        met(Rule.TITLE, missing=some),
        met(Rule.LINK),
        met(Rule.LINK, skipped=some),
        met(None, creates=True, missing=some),
        met(Rule.STATE, first_meeting=False),
    ]
    assert list(first_meetings(decisions)) == [
        "2 notes recognised: holds a link of this book alone",
        "1 note recognised: same title and author",
        "2 highlights missing in them, 2 left out",
    ]
    assert list(first_meetings([])) == []


@given(st.text())
def test_no_control_character_and_no_change_of_direction_is_shown(text: str) -> None:
    seen = shown(text)
    assert not [char for char in seen if unicodedata.category(char) == "Cc" or char in "\u2028\u2029\u202e\u2066"]
    if all(char.isprintable() for char in text):
        assert seen == text


def test_stat_is_a_letter_a_number_and_the_path() -> None:
    assert stat_line(line(created=True, highlights=12)) == "A    12  Readwise/Deep Work.md"
    assert stat_line(line()) == "M     1  Readwise/Deep Work.md"


# ---------------------------------------------------------------- diffs


def append(data: bytes, *, path: str = PATH) -> AppendSection:
    return AppendSection(path=NotePath(path), parts=(), data=data, before=Fingerprint(0, ""), heading="")


@pytest.mark.parametrize(
    ("note", "data", "hunk"),
    [
        (b"a\n", b"b\n", b"@@ -1 +1,2 @@\n a\n+b\n"),
        (b"1\n2\n3\n4\n5\n", b"b\n", b"@@ -3,3 +3,4 @@\n 3\n 4\n 5\n+b\n"),
        (b"a", b"\nb\n", b"@@ -1 +1,2 @@\n-a\n\\ No newline at end of file\n+a\n+b\n"),
        (b"", b"b\nc\n", b"@@ -0,0 +1,2 @@\n+b\n+c\n"),
        (b"a\r\n", b"b\r\n", b"@@ -1 +1,2 @@\n a\r\n+b\r\n"),
        (b"a\n", b"b", b"@@ -1 +1,2 @@\n a\n+b\n\\ No newline at end of file\n"),
    ],
)
def test_a_section_is_one_hunk_at_the_end(note: bytes, data: bytes, hunk: bytes) -> None:
    head = b"--- a/Readwise/Deep Work.md\t\n+++ b/Readwise/Deep Work.md\t\n"
    assert unified_diff(append(data), note) == head + hunk


def test_a_new_note_comes_from_nothing() -> None:
    made = CreateNote(path=NotePath("A.md"), parts=(), data=b"a\nb\n")
    assert unified_diff(made, b"") == b"--- /dev/null\n+++ b/A.md\n@@ -0,0 +1,2 @@\n+a\n+b\n"


@pytest.mark.parametrize(
    ("path", "shown_as"),
    [
        ("A.md", b"b/A.md\n"),
        ("A b.md", b"b/A b.md\t\n"),
        ("Ü.md", "b/Ü.md\n".encode()),
        ('"q".md', b'"b/\\"q\\".md"\n'),
        ("back\\slash.md", b'"b/back\\\\slash.md"\n'),
        ("tab\tü.md", b'"b/tab\\011' + "ü.md".encode() + b'"\n'),
    ],
)
def test_a_path_is_quoted_where_git_quotes_it(path: str, shown_as: bytes) -> None:
    assert b"+++ " + shown_as in unified_diff(append(b"b\n", path=path), b"a\n")


@given(st.lists(st.sampled_from([b"a", b"\n", b"\r\n", b" ", b"-", b"\\ No newline"]), max_size=12).map(b"".join))
def test_a_diff_says_all_of_the_bytes_that_are_added(note: bytes) -> None:
    data = (b"" if not note or note.endswith(b"\n") else b"\n") + b"new\n"
    lines = unified_diff(append(data), note).split(b"\n")[3:-1]
    kept: list[bytes] = []
    added: list[bytes] = []
    removed: list[bytes] = []
    for one in lines:
        {b" ": kept, b"+": added, b"-": removed}.get(one[:1], []).append(one[1:])
    after = b"\n".join([*kept, *added, b""])
    assert (note + data).endswith(after)
    assert note.endswith(b"\n".join([*kept, *removed]) if removed else b"\n".join([*kept, b""]) if kept else b"")


# ---------------------------------------------------------------- JSON


def test_json_has_no_text_of_a_highlight_and_everything_a_machine_asks_for() -> None:
    change = AppendSection(
        path=PATH,
        parts=(Part(BookId(1), "Deep Work", (HighlightId(11),)),),
        data=SECRET.encode(),
        before=Fingerprint(9, "ab"),
        heading="## New",
    )
    raw = as_json(report(line_of(change), holds=(hold(soon=True),), failures=(Failure(PATH, "the disk is full"),)))
    assert SECRET.encode() not in raw
    document = json.loads(raw)
    assert document["schema"] == 1
    assert document["exit_code"] == 74
    assert document["changes"] == [
        {
            "action": "append",
            "path": PATH,
            "highlights": 1,
            "updates": 0,
            "books": [{"id": 1, "title": "Deep Work", "highlights": [11], "updates": []}],
        }
    ]
    assert document["holds"][0]["reason"] == "it is open"
    assert document["failures"] == [{"path": PATH, "cause": "the disk is full"}]
    assert document["summary"] == {"notes_created": 0, "notes_extended": 1, "highlights": 1, "updates": 0}
