"""What do variables and filters give a template, and what becomes of the front matter that it writes?"""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.front_matter import link, quoted, read, word
from syncer.model import Book, BookId
from syncer.note import front_matter_problem
from syncer.template_limits import date_filter, links, pluralize
from tests.hostile import YAML
from tests.own_templates import BOOK, HIGHLIGHT, folder_of, note_with, only


def test_every_variable_of_a_book_is_there(tmp_path: Path) -> None:
    names = """
        title full_title author category source url source_url highlights_url image_url document_tags document_note
        summary published_date last_highlighted_date book_id date time is_new_page has_new_highlights
    """
    assert only(tmp_path, "".join(f"{{{{ {name} }}}}" for name in names.split()), Book(id=BookId(7), title="A")) == (
        "AA[]72024-10-149:56 AMTrueTrue\n"
    )


def test_every_variable_of_a_highlight_is_there(tmp_path: Path) -> None:
    template = (
        "{{ highlight_text }}|{{ highlight_id }}|{{ highlight_location }}|{{ highlight_location_url }}|"
        "{{ highlight_tags | join(',') }}|{{ highlight_note }}|{{ highlight_date | date('y.m.d H:i') }}|{{ color }}"
    )
    assert note_with(folder_of(tmp_path, highlight=template)).endswith("\nText|1|||one,two||24.10.13 22:30|yellow\n")


def test_what_one_highlight_sets_is_gone_for_the_next(tmp_path: Path) -> None:
    template = "{% if x is defined %}stale{% endif %}{% set x = highlight_text %}{{ x }}"
    assert note_with(folder_of(tmp_path, highlight=template), BOOK, HIGHLIGHT, HIGHLIGHT).endswith("\nText\nText\n")


@pytest.mark.parametrize(
    ("letters", "written"),
    [
        ("F j, Y", "March 5, 2024"),
        ("Y-m-d", "2024-03-05"),
        ("y.m.d", "24.03.05"),
        ("H:i", "00:07"),
        ("g:i A", "12:07 AM"),
        ("D, d M Y", "Tue, 05 Mar 2024"),
        ("l jS", "Tuesday 5th"),
        ("\\Y\\m Y", "Ym 2024"),
        ("N n G t L", "2 3 0 31 True"),
        ("Y年n月j日", "2024年3月5日"),
    ],
)
def test_dates_are_written_with_djangos_letters(letters: str, written: str) -> None:
    assert date_filter(datetime(2024, 3, 5, 0, 7, tzinfo=UTC), letters) == written


def test_a_day_has_midnight_and_a_date_that_is_missing_is_nothing() -> None:
    assert date_filter(date(2024, 3, 5), "Y H:i") == "2024 00:00"
    assert date_filter("", "Y") == ""


def test_pluralize_gives_the_ending() -> None:
    assert [pluralize(0), pluralize(1), pluralize(2), pluralize([1])] == ["s", "", "s", ""]
    assert [pluralize(1, "y,ies"), pluralize(2, "y,ies")] == ["y", "ies"]


@pytest.mark.parametrize(
    ("authors", "linked"),
    [
        ("A", "[[A]]"),
        ("A and B", "[[A]] and [[B]]"),
        ("A and B, C", "[[A]] and [[B]], [[C]]"),
        ("A, B, and C", "[[A]], [[B]], and [[C]]"),
        ("Example Press, Inc.", "[[Example Press, Inc.]]"),
        ("Writer, A.; Other, B.", "[[Writer, A.]]; [[Other, B.]]"),
        ("Alexander Sanders", "[[Alexander Sanders]]"),
        ("@someone on Twitter", "[[@someone on Twitter]]"),
    ],
)
def test_authors_are_linked_one_by_one(authors: str, linked: str) -> None:
    assert links(authors) == linked


yaml_text = st.one_of(
    st.sampled_from(YAML),
    st.text(max_size=40),
    st.lists(st.sampled_from([*"ab:#,[]{}&*!|>'\"%@`-? \n\\é😀", "<%", "yes", "1"]), max_size=12).map("".join),
    st.from_regex(r"\A[A-Za-zé]{1,6}([ .'-]{1,2}[A-Za-z0-9]{1,5}){0,3}\.?\Z"),
)


@given(yaml_text)
def test_a_quoted_text_reads_back_as_itself_in_one_line_without_templater(value: str) -> None:
    scalar = quoted(value)
    assert "<%" not in scalar
    assert "\n" not in scalar
    assert read(f"---\ntitle: {scalar}\nlist: \n- {scalar}\n---\n") == ({"title": value, "list": [value]}, "")


@given(yaml_text)
def test_a_word_reads_back_as_itself(value: str) -> None:
    scalar = word(value)
    assert "<%" not in scalar
    assert read(f"---\ntags: \n- {scalar}\n---\n") == ({"tags": [value]}, "")


@given(yaml_text)
def test_a_link_is_bare_exactly_where_yaml_reads_a_list_in_a_list(name: str) -> None:
    scalar = link(name, f"[[{name}]]")
    found, problem = read(f"---\nauthor: {scalar}\nnext: 1\n---\n")
    assert not problem
    assert found == {"author": f"[[{name}]]" if scalar[0] == '"' else [[name]], "next": 1}
    bare, broken = read(f"---\nauthor: [[{name}]]\nnext: 1\n---\n")
    one_line = name.isprintable() and "<%" not in name
    if one_line and not broken and bare == {"author": [[name]], "next": 1}:
        assert scalar == f"[[{name}]]"


def test_an_emoji_in_a_title_stays_readable() -> None:
    assert quoted("Zoë 😀") == '"Zoë 😀"'


def test_a_template_that_brings_its_own_fences_gets_none_added(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, yaml_front_matter="---\nmine: 1\n---", metadata="x")
    assert note_with(folder).startswith("---\nmine: 1\n---\nx\n")


def test_a_users_own_front_matter_is_written_as_made_and_its_trouble_is_told(tmp_path: Path) -> None:
    book = Book(id=BookId(7), title='A "quoted": <% title %>\nof two lines')
    note = note_with(folder_of(tmp_path, yaml_front_matter='title: "{{ title }}"', metadata="x"), book)
    assert note.startswith('---\ntitle: "A "quoted": &lt;% title %> of two lines"\n---\n')
    assert "in line" in front_matter_problem(note)
    assert (
        front_matter_problem(note_with(folder_of(tmp_path, yaml_front_matter="title: {{ title | yaml }}"), book)) == ""
    )
