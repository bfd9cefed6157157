"""Does a note show a highlight as Readwise has it now?"""

from __future__ import annotations

import pytest

from syncer.identity.shows import Entry, comparable, own_keys, read_entries, shows, texts_of, without_updates
from syncer.model import Book, BookId, Highlight, HighlightId

LINK = "([View Highlight](https://read.readwise.io/read/01ab))"
OTHER = "([View Highlight](https://read.readwise.io/read/01cd))"


def entries(text: str) -> list[tuple[str, tuple[str, ...], str | None, frozenset[str] | None, str]]:
    return [
        (one.text, one.keys, one.note, one.tags, one.more) for one in read_entries(f"## New highlights added\n{text}")
    ]


def test_an_entry_is_a_text_with_its_link_its_tags_and_its_note() -> None:
    text = f"- First **line**,\n  second. {LINK}\n    - Tags: [[a b]] [[c]] \n    - Note: re-\n      member\n"
    aside = "Tags:[[ab]][[c]]".replace("[[", "").replace("]]", "") + "Note:re-member"
    assert entries(text) == [("Firstline,second.", ("reader:01ab",), "re-member", frozenset({"ab", "c"}), aside)]


def test_entries_end_at_a_link_a_block_and_a_heading() -> None:
    assert [one[:2] for one in entries(f"- a {LINK}\n- b {OTHER}\n\nc\n### d\ne\n")] == [
        *(("a", ("reader:01ab",)), ("b", ("reader:01cd",)), ("c", ()), ("e", ())),
    ]
    assert [one[:2] for one in entries(f"- a {LINK} b {OTHER}\n")] == [("a", ("reader:01ab",)), ("b", ("reader:01cd",))]
    assert [one[0] for one in entries(f"- z\n\n- a {LINK} b {OTHER}\n")] == ["z", "a", "b"]
    assert [one[:2] for one in entries(f"### {LINK}\n- a\n### c\n")] == [("a", ())]


def test_what_stands_in_a_header_or_below_a_highlight_is_no_entry_of_its_own() -> None:
    note = f"# T\n\n## Metadata\n- Author: N\n\n## Highlights\n- a {LINK}\n    - Note: x {OTHER}\n- b\n"
    assert [one.text for one in read_entries(note)] == ["a", "b"]


def test_a_line_that_goes_on_with_a_note_or_tags_begins_neither() -> None:
    text = "- a\n    - Note: x\n      about tags: y\n- b\n    - Tags: [[t]]\n      see note: z\n"
    first, second = entries(text)
    assert (first[2], first[3]) == ("xabouttags:y", None)
    assert (second[2], second[3]) == (None, frozenset({"t"}))


def test_what_its_owner_wrote_after_a_link_is_no_text() -> None:
    assert [(one[0], one[4]) for one in entries(f"- a {LINK}\n  mine\n  too\n")] == [("a", "minetoo")]


@pytest.mark.parametrize(
    ("line", "tags"),
    [
        ("Tags: [[a]] [[b]]", {"a", "b"}),
        ("**Tags:** a, b c", {"a", "b", "c"}),
        ("Tag:: [[a]], b", {"a"}),
        ("Highlight tags: a", {"a"}),
        ("Tags:", set()),
    ],
)
def test_tags_are_what_is_linked_or_else_each_word(line: str, tags: set[str]) -> None:
    assert set(entries(f"- x\n    - {line}\n")[0][3] or ()) == tags


@pytest.mark.parametrize(
    ("lines", "note"),
    [
        ("    - Note: a\n", "a"),
        ("    - **My note**:: a\n      b\n", "ab"),
        ("    - Notes: a\n    - Tags: [[t]]\n      b\n", "a"),
        ("    - Note: a\n    - Note: b\n", "ab"),
        ("    - Note:\n", ""),
        ("    - Tags: [[t]]\n", None),
        ("  mine\n", None),
    ],
)
def test_a_note_is_its_line_and_those_below_it(lines: str, note: str | None) -> None:
    assert entries(f"- x\n{lines}")[0][2] == note


def test_texts_are_those_of_all_entries_to_the_letter() -> None:
    assert texts_of([Entry("a"), Entry(""), Entry("a"), Entry("b")]) == {"a", "b"}
    assert comparable("- *A*, b\n\n  c.\n") == "A,bc."


MINE = Highlight(
    id=HighlightId(801), text="A text of its own.", url="https://read.readwise.io/read/01ab", note="remember"
)
BOOK = Book(id=BookId(1), title="T", highlights=(MINE,))
KEYS = ("reader:01ab",)
TEXT = "Atextofitsown."


def shown(*given: Entry, what: tuple[str, ...], tags: tuple[str, ...] = ()) -> bool:
    return shows(given, BOOK, MINE, what=what, tags=tags)


def test_the_last_entry_with_its_link_counts_or_else_with_its_text() -> None:
    assert shown(Entry("old", KEYS), Entry(TEXT, KEYS), what=("text",))
    assert not shown(Entry(TEXT, KEYS), Entry("old", KEYS), what=("text",))
    assert not shown(Entry("old", KEYS), Entry(TEXT), what=("text",))
    assert shown(Entry(TEXT), Entry("other"), what=("text",))
    assert not shown(Entry("other"), what=())
    assert shown(Entry("other", KEYS), what=())


def test_a_text_may_stand_among_its_owners_words_when_it_is_long_enough_to_tell() -> None:
    assert shown(Entry(f"mine{TEXT}mine", KEYS), what=("text",))
    short = Highlight(id=HighlightId(801), text="Elevenchars", url=MINE.url)
    twelve = Highlight(id=HighlightId(801), text="Twelve-chars", url=MINE.url)
    assert not shows([Entry("Elevenchars!", KEYS)], BOOK, short, what=("text",), tags=())
    assert shows([Entry("Elevenchars", KEYS)], BOOK, short, what=("text",), tags=())
    assert shows([Entry("Twelve-chars!", KEYS)], BOOK, twelve, what=("text",), tags=())


def test_a_text_is_compared_as_it_is_written_without_control_characters() -> None:
    assert comparable("0\x1e^00") == comparable("0^00") == "0^00"


def test_a_highlight_without_text_and_link_is_never_shown() -> None:
    empty = Highlight(id=HighlightId(801), text="")
    assert not shows([Entry("")], Book(id=BookId(1), title="T", highlights=(empty,)), empty, what=(), tags=())


def test_a_note_is_shown_by_its_line_or_among_what_stands_below() -> None:
    assert shown(Entry(TEXT, KEYS, note="remember"), what=("note",))
    assert not shown(Entry(TEXT, KEYS, note="remembered", more="remember"), what=("note",))
    assert shown(Entry(TEXT, KEYS, more="remember"), what=("note",))
    assert not shown(Entry(TEXT, KEYS, more="remember!"), what=("note",))
    without = Highlight(id=HighlightId(801), text="x", url=MINE.url)
    assert shows([Entry(TEXT, KEYS, more="mine")], BOOK, without, what=("note",), tags=())
    assert not shows([Entry(TEXT, KEYS, note="mine")], BOOK, without, what=("note",), tags=())


def test_tags_are_shown_by_their_line_or_each_among_what_stands_below() -> None:
    assert shown(Entry(TEXT, KEYS, tags=frozenset({"ab", "c"})), what=("tags",), tags=("a b", "c"))
    assert not shown(Entry(TEXT, KEYS, tags=frozenset({"ab"}), more="c"), what=("tags",), tags=("ab", "c"))
    assert shown(Entry(TEXT, KEYS, more="#ab#c"), what=("tags",), tags=("ab", "c"))
    assert not shown(Entry(TEXT, KEYS, more="#ab"), what=("tags",), tags=("ab", "c"))
    assert shown(Entry(TEXT, KEYS, tags=frozenset({"x"})), what=("text",))


def test_a_link_that_two_highlights_bear_tells_neither() -> None:
    twin = Highlight(id=HighlightId(802), text="Another.", url=MINE.url)
    both = Book(id=BookId(1), title="T", highlights=(MINE, twin))
    assert own_keys(BOOK, MINE) == {"reader:01ab", "rw:801"}
    assert own_keys(both, MINE) == {"rw:801"}
    assert not shows([Entry("old", KEYS)], both, MINE, what=(), tags=())


def test_updated_sections_are_left_out_up_to_the_next_heading() -> None:
    text = "# T\na\n## Updated highlights of May 1\nb\n### c\nd\n###### 2 updated highlight\ne\n"
    assert without_updates(text) == "# T\na\n### c\nd\n"
    assert without_updates("## Updated highlights\na\n## Updated highlights\nb\n# c\n") == "# c\n"
    assert (
        without_updates("a updated highlights\n#updated highlights\n") == "a updated highlights\n#updated highlights\n"
    )
