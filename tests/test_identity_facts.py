"""What does a note say of the book that it may belong to?"""

from __future__ import annotations

import pytest

from syncer.identity.facts import named_in_path, read_facts
from syncer.model import NoteFacts

HEADER = "# Deep\n\n## Metadata\n- Author: [[C. N.]]\n- Full Title: Deep\n- URL: https://a.example/x\n\n## Highlights\n"


def facts(text: str, path: str = "a.md") -> NoteFacts:
    return read_facts(path, data=text.encode())


def test_a_header_says_title_author_address_and_links() -> None:
    text = HEADER + "- a ([View Highlight](https://read.readwise.io/read/01j9a)) ^rw801\n"
    assert facts(text) == NoteFacts(
        exported=True,
        titles=("Deep",),
        urls=("https://a.example/x",),
        authors=("C. N.",),
        links=("reader:01j9a", "rw:801"),
    )


def test_front_matter_says_the_same_with_names_in_any_spelling() -> None:
    text = (
        "---\nTitle: 'Deep'\nAuthors: [A, '[[B]]', {x: 1}, null, [[[[C, [[D]]]]]]]\nsource url: see <https://a.example/x>\n"
        "uri: https://readwise.io/bookreview/60110123\nreadwise_id: 7\ncover: https://readwise.io/bookreview/8\n---\n"
    )
    assert facts(text) == NoteFacts(
        exported=True,
        titles=("Deep",),
        urls=("https://a.example/x",),
        authors=("A", "B"),
        book_ids=(60110123, 7, 8),
    )


def test_front_matter_that_is_no_yaml_is_read_line_by_line_too() -> None:
    text = '---\n title : a: b\nauthor: "X"\nurl:https://a.example\nno label\n---\n'
    assert facts(text) == NoteFacts(titles=("a: b",), urls=("https://a.example",), authors=("X",), exported=False)


def test_what_stands_below_front_matter_that_is_no_yaml_is_no_part_of_it() -> None:
    assert facts("---\ntitle: a: b\n---\n## Highlights\nauthor: Z\n").authors == ()


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("[[A]]", "A"),
        ('"A"', "A"),
        ("'A'", "A"),
        ("[[ A ]]", "A"),
        ("A\\", "A"),
        ("*A*", "A"),
        ("[A", "[A"),
        ('"A', '"A'),
        ("'[[A]]'", "A"),
        (": A", "A"),
    ],
)
def test_a_value_is_read_without_quotes_and_brackets(written: str, read: str) -> None:
    assert facts(f"- Author: {written}\n").authors == (read,)


def test_what_is_empty_says_nothing() -> None:
    assert facts('- Author:\n- Title: ""\n- URL: []\n') == NoteFacts()
    assert facts('- Author: "\n').authors == ('"',)
    assert facts("- Author: A\nB\n").authors == ("A",)


def test_lists_in_lists_are_read_three_deep_and_twenty_long() -> None:
    assert facts("---\nauthor: [[[A]]]\n---\n").authors == ("A",)
    assert facts("---\nauthor: [[[[A]]]]\n---\n").authors == ()
    many = ", ".join(f"A{number}" for number in range(30))
    assert len(facts(f"---\nauthor: [{many}]\n---\n").authors) == 20


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("# A\n", ("A",)),
        ("# Highlights\n", ()),
        ("# A\ngoes on\n", ("A", "A goes on")),
        ("# A\n- not\n", ("A",)),
        ("# A\nAuthor: X\n", ("A",)),
        ("# A\n\nnot\n", ("A",)),
        ("#A\n## B\n", ()),
        ("A\n===\n", ("A",)),
        ("x\nA\n=== \n", ("A",)),
        ("A\n==\n", ()),
        ("A\n===b\n", ()),
        ("===\n", ()),
        ("\n===\n", ()),
        ("A\n---\n", ()),
        ("Title: A\n", ("A",)),
        ("Full Title: A\nand B\n", ("A", "A and B")),
        ("- Full Title: A\n- and B\n", ("A",)),
        ("- Full Title: A\n> and B\n", ("A",)),
        ("- Full Title: A\n![x](y)\n", ("A",)),
        ("- Full Title: A\n# C\n", ("A", "C")),
        ("- Full Title: A\n\nB\n", ("A",)),
        ("words\nTitle: A\n- b\n", ("A",)),
        ("words\nFull Title: A\nand B\n", ("A", "A and B")),
        ("words\n# A\ngoes on\n", ("A", "A goes on")),
        ("words\n# A\n- b\n", ("A",)),
        ("Title: A\n  - b\n", ("A",)),
        ("\nA\n===\n", ("A",)),
        ("## New highlights added May 1\n- Title: A\n## Highlights\n", ()),
        ("- Real Title:: A\n", ("A",)),
        ("- **Title:** A\n", ("A",)),
        ("- Title: A: B\n", ("A: B",)),
        ("- __Title__:: _A_\n", ("A",)),
        ("## Highlights\n- Title: A\n", ()),
        ("## New highlights added May 1\n- Title: A\n", ()),
        ("Highlights\n===\n- Title: A\n", ("Highlights",)),
    ],
)
def test_titles_stand_in_headings_and_labels_before_the_highlights(text: str, titles: tuple[str, ...]) -> None:
    assert facts(text).titles == titles


def test_the_header_of_a_second_document_in_the_file_is_read_where_it_stands_far_down() -> None:
    filler = "words and words\n" * 1000
    second = "\n## Metadata\n- Author: D\n- Full Title: Deeper\n\n## Highlights\n"
    assert facts(HEADER + filler + second).titles == ("Deep", "Deeper")
    assert facts(HEADER + filler[:6400] + second).titles == ("Deep",)


def test_labels_far_below_a_note_without_highlights_are_its_owners() -> None:
    assert facts("x\n" * 1900 + "Title: A\n").titles == ("A",)
    assert facts("x\n" * 2400 + "Title: A\n").titles == ()
    assert facts("x\n" * 8500 + "Title: A\nReadwise ID: 12\n## Highlights\n") == NoteFacts()
    assert facts("x\n" * 10_000 + "# A\n").titles == ()


@pytest.mark.parametrize(
    ("line", "urls"),
    [
        ("- URL: https://a.example/x", ("https://a.example/x",)),
        ("- Source: [page](https://a.example/x)", ("https://a.example/x",)),
        ("- Source URL: <https://a.example/x>", ("https://a.example/x",)),
        ("- Link: MAILTO:a@b.example", ("MAILTO:a@b.example",)),
        ("- URL: a.example", ()),
        ("- Author: https://a.example/x", ()),
        ("https://a.example/x", ()),
    ],
)
def test_the_address_is_what_a_label_says(line: str, urls: tuple[str, ...]) -> None:
    assert facts(line).urls == urls


@pytest.mark.parametrize(
    ("line", "links"),
    [
        ("- a ([View Highlight](https://a.example/x))", ("url:a.example/x",)),
        ("- a [words](https://a.example/x)", ()),
        ("- a https://x.com/a/status/7 and https://read.readwise.io/read/01ab", ("tweet:7", "reader:01ab")),
        ("- a ([View Tweet](https://x.com/a/status/7)) ^rw801", ("tweet:7", "rw:801")),
        ("- a ([View Tweet](https://x.com/a/status/7)) https://x.com/a/status/8", ("tweet:7", "tweet:8")),
        ("- URL: https://x.com/a/status/7", ()),
        ("- URL: [View Tweet](https://x.com/a/status/7)", ("tweet:7",)),
        ("^rw801", ("rw:801",)),
        ("### id258296", ("rw:258296",)),
        (f"{'x' * 40_000} ([View Highlight](https://a.example/x))", ()),
        ("- Source: [a](b) rw801", ()),
        (" ([View Highlight](https://a.example/xyz))".rjust(40_000, "x"), ("url:a.example/xyz",)),
        (f"{'x' * 30_000} ([View Highlight](https://a.example/x))", ("url:a.example/x",)),
    ],
)
def test_highlight_links_are_read_wherever_they_stand(line: str, links: tuple[str, ...]) -> None:
    assert facts(line).links == links


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("---\nuri: https://readwise.io/bookreview/6\n---\n", (6,)),
        ("---\nMy Readwise URI: https://readwise.io/bookreview/6\n---\n", (6,)),
        ("---\nsource: https://readwise.io/bookreview/6 and https://readwise.io/bookreview/7\n---\n", (6, 7)),
        ("---\nseen: https://readwise.io/bookreview/6\n---\n", ()),
        ("---\nreadwise_id: 6\n---\n", (6,)),
        ("---\nreadwise book id: 6 and 7\n---\n", (6, 7)),
        ("---\n__readwise_fk: 6\n---\n", (6,)),
        ("---\nuser_book_id: 6\n---\n", (6,)),
        ("---\nuser_book_id_of_mine: 6\n---\n", ()),
        ("- URL: https://readwise.io/bookreview/6\n", (6,)),
        ("see https://readwise.io/bookreview/6\n", ()),
        ("- Readwise Book ID: 12, 13\n", (12, 13)),
        ("words\n- Readwise ID:12\n", (12,)),
        ("see my readwise id: 12\n", ()),
        ("- **Readwise-ID**:: 12\n", (12,)),
        ("- Readwise: 12\n", ()),
        ("> readwise id: 12\n", (12,)),
        ("## Highlights\n- Readwise ID: 12\n", ()),
    ],
)
def test_a_note_names_its_book_by_an_id(text: str, ids: tuple[int, ...]) -> None:
    assert facts(text).book_ids == ids


def test_below_front_matter_an_id_counts_only_in_a_line_that_names_readwise() -> None:
    assert facts("---\nuser_book_id: 12\n---\n- user_book_id: 13\n").book_ids == (12,)
    assert facts("- user_book_id: 13\n- __readwise_fk: 14\n").book_ids == (14,)


@pytest.mark.parametrize(
    ("text", "exported"),
    [
        ("- Readwise ID: 12\n", True),
        ("![rw-book-cover](x)\n", True),
        ("words\n## New highlights added May 1\n", True),
        ("- Full Title: A\n## Metadata\n", True),
        ("- Full Title: A\n- Author: B\n", True),
        ("- Full Title: A\n- URL: https://a.example\n", True),
        ("- Full Title: A\n## Highlights\n", True),
        ("- Full Title: A\n", False),
        ("## Metadata\n## Highlights\n", True),
        ("- Title: A\n- Author: B\n## Highlights\n", True),
        ("- Title: A\n- Author: B\n", False),
        ("- Title: A\n## Metadata\n", False),
        ("- Author: B\n## Highlights\n", False),
        ("- Title: A\n- Author: B\nhttps://readwise.io/open/12\n", True),
        ("- Title: A\n## Highlights\nhttps://readwise.io/open/12\n", True),
        ("- Title: A\nhttps://readwise.io/open/12\n", False),
        ("## Highlights\nhttps://readwise.io/open/12\n", False),
        ("---\nfrom: Readwise\n---\nhttps://readwise.io/open/12\n", True),
        ("---\nfrom: Readwise\n---\nwords\n", False),
        ("words\nhttps://readwise.io/open/12\n", False),
    ],
)
def test_an_export_is_told_by_two_of_its_parts_or_one_that_nobody_else_writes(text: str, exported: bool) -> None:
    assert facts(text).exported is exported


def test_a_link_below_a_folder_of_readwises_is_an_export() -> None:
    assert facts("https://readwise.io/open/12", path="Readwise/a.md").exported


def test_a_file_of_blanks_is_empty_and_one_that_is_left_alone_says_nothing() -> None:
    assert read_facts("a.md", data=b"\xef\xbb\xbf \t\r\n\x00") == NoteFacts(empty=True)
    assert read_facts("a.md", data=b".") == NoteFacts()
    assert read_facts("a.sync-conflict-20240101-000000-ABCDEFG.md", data=HEADER.encode()) == NoteFacts()


def test_line_ends_of_windows_and_bytes_that_are_no_text_change_nothing() -> None:
    assert read_facts("a.md", data=HEADER.replace("\n", "\r\n").encode()) == facts(HEADER)
    assert read_facts("a.md", data=b"\xef\xbb\xbf" + HEADER.encode() + b"\xff\xfe") == facts(HEADER)


def test_a_file_name_may_end_in_the_books_id() -> None:
    assert named_in_path("Readwise/Of Bridges (60110123).md") == ("Of Bridges", 60110123)
    assert named_in_path("Of Bridges (2024) (601101).md") == ("Of Bridges (2024)", 601101)
    assert named_in_path("Of Bridges (12).md") is None
    assert named_in_path("(60110123).md") is None


@pytest.mark.parametrize("heading", ["## Highlights\n", "## New highlights added May 1, 2024 at 9:00 AM\n"])
def test_what_reads_like_metadata_among_the_highlights_is_none(heading: str) -> None:
    top = HEADER.replace("## Highlights\n", heading)
    assert facts(f"{top}- words of it\n- Full Title: Another\n- URL: https://b.example/y\n").titles == ("Deep",)
