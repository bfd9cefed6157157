"""What are the pieces of a note's text, and which of them can be a highlight?"""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from syncer.identity.lines import Piece, bare, front_matter_end, read_pieces, text_lines

LINK = "([View Highlight](https://a.example/x))"
HEADER = "# Deep\n\n## Metadata\n- Author: N\n\n## Highlights\n"


def shown(piece: Piece) -> str:
    """Say it in short: block, what it is, fold, links."""
    kinds = [name for name in ("starts", "heading", "header", "aside") if getattr(piece, name)]
    return " ".join([str(piece.block), *kinds, piece.fold or "-", *piece.keys, *(f"({key})" for key in piece.mentions)])


def pieces(text: str) -> list[str]:
    return [shown(piece) for piece in read_pieces(text)]


NOTES = {
    HEADER + f"- first {LINK} ^rw801\n  mine\n": [
        "1 starts heading header deep",
        "2 starts heading header metadata",
        "3 starts header authorn",
        "4 starts heading header highlights",
        "5 starts first url:a.example/x rw:801",
        "5 mine",
    ],
    "- a\nb\n\nc\n": ["1 starts a", "1 b", "2 starts c"],
    "- a\n- b\n* c\n1. d\n2) e\n": ["1 starts a", "2 starts b", "3 starts c", "4 starts d", "5 starts e"],
    "- a\n  - b\n - c\n": ["1 starts a", "1 starts b", "2 starts c"],
    "- a\n\t- b\n": ["1 starts a", "1 starts b"],
    "> a\n> b\n>\n> c\n> - d\n>   - e\n": ["1 starts a", "1 b", "2 starts c", "3 starts d", "3 starts e"],
    "> > - a\n": ["1 starts a"],
    "a\n### b\nc\n": ["1 starts a", "2 starts heading b", "3 starts c"],
    "- ### b\n> ## c\n": ["1 starts heading header b", "2 starts heading c"],
    "-\n  a\n  b\n": ["1 starts -", "1 starts a", "1 b"],
    "- ***\n  a\n": ["1 starts \0***", "1 starts a"],
    f"- {LINK}\n  a\n": ["1 starts - url:a.example/x", "1 a"],
    "* * *\n": ["1 starts \0**"],
    "- [ ] a\n- [x] b (Location 12)\n- > c ^block-id\n": ["1 starts a", "2 starts b", "3 starts c"],
    "> [!quote]+ a\n> [!note] b\n": ["1 starts a", "1 b"],
    f"a {LINK} b {LINK}\n": ["1 starts a url:a.example/x", "1 starts b url:a.example/x"],
    f"a {LINK} ).\n": ["1 starts a url:a.example/x"],
    f"a {LINK} b ^rw801 ^x\n": ["1 starts a url:a.example/x rw:801", "1 starts b"],
    "a rw801 b\n": ["1 starts arw801b rw:801"],
    "a https://a.example/x b\n": ["1 starts ahttpsaexamplexb (url:a.example/x)"],
    "a [words](https://a.example/x)\n": ["1 starts awords (url:a.example/x)"],
    "---\na: b\n---\nc\n": ["1 starts c"],
    "a # b\n": ["1 starts ab"],
    "a\n # h\nb\n": ["1 starts a", "2 starts heading h", "3 starts b"],
    "- a\n\n    - Note: b\n": ["1 starts a", "1 starts aside noteb"],
    "- a\n  ***\n  b\n": ["1 starts a", "1 -", "1 b"],
    f"a {LINK}^x\n": ["1 starts a url:a.example/x"],
    f"- *** {LINK} x {LINK}\n": ["1 starts \0*** url:a.example/x", "1 starts x url:a.example/x"],
    f"- a\n    - Note: b {LINK} ^rw801\n": [
        "1 starts a",
        "1 starts aside noteb url:a.example/x",
        "1 starts aside rw801",
    ],
    "a\nb - c\n": ["1 starts a", "1 bc"],
    "- z\n- a\tb\tc\n": ["1 starts z", "2 starts abc"],
    f"a## New highlights added May 1\n- b {LINK}\n": [
        "1 starts a",
        "2 starts heading header newhighlightsaddedmay1",
        "3 starts b url:a.example/x",
    ],
}


@pytest.mark.parametrize("text", NOTES)
def test_a_note_is_cut_into_pieces(text: str) -> None:
    assert pieces(text) == NOTES[text]


ASIDES = {
    "- a\n    - Note: b\n      c\n      - d\n- e\n": ["a", "*noteb", "*c", "*d", "e"],
    "- a\n    - Tags: b\n    c\n    - d\n": ["a", "*tagsb", "c", "d"],
    "- a\n  - **My Note:** b\n    c\n": ["a", "*mynoteb", "*c"],
    "- a\n  Note:: b\n": ["a", "*noteb"],
    "- a\n Note: b\n- Note: c\n": ["a", "noteb", "notec"],
    "- a\n    - Note: b\n\n      c\n": ["a", "*noteb", "c"],
    "- a\n    - Notes: b\n    - Tag: c\n    - Highlight tags: d\n    - Noted: e\n": [
        *("a", "*notesb", "*tagc", "*highlighttagsd", "notede"),
    ],
    "> - a\n>   - Note: b\n>     - c\n": ["a", "*noteb", "*c"],
    "- a\n\t- Note: b\n    c\n": ["a", "*noteb", "c"],
    "- a\n\t- Note: b\n     c\n": ["a", "*noteb", "*c"],
    "> - a\n>  - Note: b\n": ["a", "noteb"],
    "- a\n    - Note: b\n- c\n      d\n": ["a", "*noteb", "c", "d"],
    "- a\n    see Note: b\n": ["a", "seenoteb"],
    f"- a\n    - Note: b {LINK}\n": ["a", "*noteb"],
}


@pytest.mark.parametrize("text", ASIDES)
def test_a_note_or_tags_below_a_highlight_are_an_aside(text: str) -> None:
    assert [f"*{piece.fold}" if piece.aside else piece.fold for piece in read_pieces(text)] == ASIDES[text]


def headers(text: str) -> list[str]:
    return [piece.fold for piece in read_pieces(text) if piece.header]


def linked(count: int) -> str:
    return "".join(f"- a {at} {LINK}\n" for at in range(count))


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ("a\n## Highlights\nb\n", ["a", "highlights"]),
        ("a\nHighlights\n==\nb\n", ["a", "highlights"]),
        ("a\nHighlights\nb\n", []),
        ("a\n## My Highlights\nb\n", ["a", "myhighlights"]),
        ("a\n## The highlights\nb\n", []),
        ("a\n## Highlight\nb\n", ["a", "highlight"]),
        ("a\nHighlights\n-\nb\n", []),
        ("a\nHighlights\n==\n", ["a", "highlights"]),
        ("a\nHighlights\n=-=\n", ["a", "highlights"]),
        ("# T\n## My new highlights added May\nAuthor: N\n", ["t", "mynewhighlightsaddedmay"]),
        ("Author: N\n## My new highlights added\nx\n## Highlights\n", ["authorn", "mynewhighlightsadded"]),
        ("# T\n- new highlights added to it\nAuthor: N\n", ["t", "authorn"]),
        ("Author: N\nnew highlights added x\n## Highlights\n", ["authorn", "newhighlightsaddedx", "highlights"]),
        ("a\n\n## My new highlights added May\n", ["mynewhighlightsaddedmay"]),
        ("## Metadata\n" + "x\n\n" * 41 + "## Highlights\n", ["metadata"] + ["x"] * 41 + ["highlights"]),
        ("x\n" * 40 + "## Metadata\n- Author: M\n## Highlights\n", ["x"] * 40 + ["metadata", "authorm", "highlights"]),
        ("x\n" * 41 + "## Metadata\n- Author: M\n## Highlights\n", ["metadata", "authorm", "highlights"]),
        ("a\n## New highlights added\nb\n", ["newhighlightsadded"]),
        (linked(2) + "## Highlights\nb\n", ["a0", "a1", "highlights"]),
        (linked(3) + "## Highlights\nb\n", []),
        ("# T\n" + linked(1) + "a\n", ["t"]),
        ("T\nAuthor: N\n" + linked(1) + "URL: https://a.example\n", ["authorn"]),
        ("# T\n## New highlights added May 1\nAuthor: N\n", ["t", "newhighlightsaddedmay1"]),
        ("# T\n## U\n![rw-book-cover](x)\nmetadata\n", ["t", "x", "metadata"]),
        ("x\n" * 39 + "Author: N\n", ["authorn"]),
        ("x\n" * 40 + "Author: N\n", []),
        ("x\n\n" * 40 + "## Highlights\nb\n", ["x"] * 40 + ["highlights"]),
        ("x\n\n" * 41 + "## Highlights\nb\n", []),
        ("Author: N\n" + "x\n\n" * 41 + "## Highlights\nb\n", ["authorn"] + ["x"] * 41 + ["highlights"]),
        ("## New highlights added May 1\nx\n## Highlights\nb\n", ["newhighlightsaddedmay1"]),
    ],
)
def test_what_stands_above_the_highlights_is_a_header(text: str, header: list[str]) -> None:
    assert headers(text) == header


def test_each_document_of_a_file_has_its_own_header() -> None:
    second = "## Other\nby M\n\n## Metadata\n- Author: M\n\n## Highlights\n"
    text = HEADER + linked(3) + second + linked(3)
    assert headers(text) == [
        "deep",
        "metadata",
        "authorn",
        "highlights",
        "other",
        "bym",
        "metadata",
        "authorm",
        "highlights",
    ]


def test_the_title_of_a_second_document_stands_just_above_its_metadata() -> None:
    second = "## Other\n" + "x\n" * 5 + "## Metadata\n- Author: M\n\n## Highlights\n"
    assert "other" in headers(HEADER + linked(3) + second.replace("x\n" * 5, "x\n" * 4))
    assert "other" not in headers(HEADER + linked(3) + second)
    assert "other" not in headers(
        HEADER + linked(3) + f"## Other\n{linked(1)}## Metadata\n- Author: M\n\n## Highlights\n"
    )


def test_a_second_document_may_have_no_heading_above_its_highlights() -> None:
    text = HEADER + linked(1) + f"## Other\n\n## Metadata\n- Author: M\n- b {LINK}\n"
    assert headers(text)[4:] == ["other", "metadata", "authorm"]


def test_a_heading_above_a_highlight_with_a_note_is_no_title() -> None:
    text = HEADER + linked(3) + "## Other\n- a\n    - Note: x\n## Metadata\n- Author: M\n\n## Highlights\n"
    assert headers(text)[4:] == ["metadata", "authorm", "highlights"]


def test_a_highlight_that_says_metadata_begins_no_other_document() -> None:
    text = HEADER + linked(3) + "- metadata\nb\n## Highlights\n"
    assert headers(text) == ["deep", "metadata", "authorn", "highlights"]


def test_metadata_far_below_the_beginning_are_another_documents() -> None:
    text = "Author: N\n" + "x\n" * 50 + "## Metadata\n- Author: M\n\n## Highlights\n" + linked(1)
    assert headers(text) == ["authorn", "metadata", "authorm", "highlights"]


def test_a_line_too_long_to_be_text_gives_its_links_alone() -> None:
    long = f"https://a.example/x {'y' * 40_000}"
    assert pieces(long) == ["0 - (url:a.example/x)"]
    assert pieces("y" * 40_001) == ["0 -"]
    assert pieces("y" * 40_000) == [f"1 starts {'y' * 40_000}"]


@pytest.mark.parametrize(
    ("line", "rest"),
    [
        ("- a", "a"),
        ("  > - 12. [ ] ### a", "a"),
        ("#a", "#a"),
        ("-a", "-a"),
        ("a ^id-1 ", "a"),
        ("a^id", "a^id"),
        ("a (Location 12)", "a"),
        ("a (page\xa03-4) ", "a"),
        ("a (Loc. 1,204)", "a"),
        ("a (12)", "a (12)"),
        ("a (Location 12) b", "a (Location 12) b"),
        ("- ", ""),
        ("\ufeff# a", "a"),
        ("[!quote] a", "a"),
    ],
)
def test_marks_around_a_line_are_not_its_text(line: str, rest: str) -> None:
    assert bare(line) == rest


def test_a_text_is_its_lines_and_mere_marks_only_where_there_is_nothing_else() -> None:
    assert text_lines("- a\n\n  b  \n***\n") == ["a", "b"]
    assert text_lines("* * *\n---") == ["\0***"]
    assert text_lines("\\*\n") == ["\0*"]
    assert text_lines(" \n\u200b\n") == []


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("---\na\n---\nb", 10),
        ("\ufeff---\na\n---\nb", 11),
        ("---\r\na\r\n--- \r\nb", 14),
        ("---\na\n---", 9),
        ("---\na\n", 0),
        ("----\na\n---\nb\n---\n", 0),
        (" ---\na\n---\n", 0),
        ("a\n---\nb\n---\n", 0),
    ],
)
def test_front_matter_ends_after_its_second_line_of_dashes(text: str, end: int) -> None:
    assert front_matter_end(text) == end


EXPORTED = "([View Highlight](https://read.readwise.io/read/01J9ab))"
SPELT_OTHERWISE = "([View Highlight](https://READ.readwise.io/read/01J9ab))"
"""The same link, which is no line as the export writes it, and is read the longer way."""
AROUND = st.sampled_from(
    ["", "- ", "text", "## H", "> q", "- Note: mine", "    - Note: mine", "      more", "  - x", f"- b {EXPORTED}"]
)
TEXTS = st.text(
    st.one_of(st.sampled_from(" -*>#[]()!^:/\\\t\u00a0.1aß•`_rw&"), st.characters(codec="utf-8")), max_size=20
)


@given(st.lists(AROUND, max_size=3), st.sampled_from(["- ", "-", "* ", " - ", ""]), TEXTS, st.lists(AROUND, max_size=3))
@example([], "- ", "a (", [])
@example(["    - Note: mine"], "- ", "a ^b ", ["      more"])
@example([], "- ", "a" * 40_000, [])
@example([], "- ", "see https://a.example/x (Location 12)", [])
@example(["- "], "- ", "a", ["b"])
@example(["## H"], "- ", "a !", ["b"])
@example([], "- ", "# a ", ["b"])
@example([], "- ", "- a ", [])
@example([], "- ", "> a ", [])
def test_a_line_as_the_export_writes_it_is_read_as_any_other(
    before: list[str], bullet: str, text: str, after: list[str]
) -> None:
    note = "\n".join([*before, f"{bullet}{text}{EXPORTED}", *after])
    assert read_pieces(note) == read_pieces(note.replace(EXPORTED, SPELT_OTHERWISE))


def test_what_only_looks_like_such_a_line_is_read_for_what_it_is() -> None:
    assert pieces(f"- a {EXPORTED}\n") == ["1 starts a reader:01j9ab"]
    assert pieces(f"- a {EXPORTED[:-1]}\n") == ["1 starts a reader:01j9ab"]
    assert pieces(f"- a {EXPORTED.replace('01J9ab', '')}\n") == ["1 starts a url:read.readwise.io/read"]
    assert pieces(f"- a {EXPORTED} b))\n") == ["1 starts a reader:01j9ab", "1 starts b"]
    assert pieces("- a ([View Highlight](https://site.example/articles/01J9ab))\n") == [
        "1 starts a url:site.example/articles/01J9ab"
    ]
    assert pieces(f"- [x](y) {EXPORTED}\n") == ["1 starts x reader:01j9ab"]
    assert pieces(f"- a {EXPORTED.replace('ab))', 'ß))')}\n") == ["1 starts a reader:01j9"]
