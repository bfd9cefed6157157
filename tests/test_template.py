"""Which templates make a note, what may they do, and how are their mistakes told?"""

from __future__ import annotations

import signal
import threading
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.cli.arguments import build_parser
from syncer.config_values import TEMPLATE_SETS
from syncer.errors import ConfigError
from syncer.front_matter import link, quoted, read, word
from syncer.model import Book, BookId, Highlight, HighlightId
from syncer.note import Style, front_matter_problem, render_note, render_section
from syncer.template import PARTS, SHIPPED, load_templates, part_of
from syncer.template_limits import date_filter, links, pluralize
from tests.hostile import YAML

SETS = Path(__file__).resolve().parents[1] / "syncer" / "templates"
NOW = datetime(2024, 10, 14, 9, 56, tzinfo=UTC)
BOOK = Book(id=BookId(7), title="A title", author="A. Writer", category="books", source_url="https://example.com/")
HIGHLIGHT = Highlight(
    id=HighlightId(1), text="Text", tags=("one", "two"), color="yellow", highlighted_at="2024-10-13T22:30:00Z"
)


def folder_of(tmp_path: Path, **files: str) -> Path:
    for name, text in files.items():
        (tmp_path / f"{name}.md").write_text(text, encoding="utf-8", newline="")
    return tmp_path


def note_with(folder: Path, book: Book = BOOK, *highlights: Highlight) -> str:
    style = Style(
        load_templates(str(folder), base=Path()), timezone=UTC, neutralise=True, tags=("t",), link_safe_names=False
    )
    return render_note(style, book, highlights or (HIGHLIGHT,), now=NOW)


def only(tmp_path: Path, metadata: str, book: Book = BOOK) -> str:
    """Return what a metadata template makes, with every other part switched off."""
    off = dict.fromkeys(PARTS, "") | {"metadata": metadata}
    return note_with(folder_of(tmp_path, **off), book)


def mistake(folder: Path) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        load_templates(str(folder), base=Path())
    return caught.value


# ---------------------------------------------------------------- which files


def test_a_part_that_the_folder_lacks_is_the_seeds(tmp_path: Path) -> None:
    note = note_with(folder_of(tmp_path, highlight="* {{ highlight_text }}"))
    assert note.startswith("---\nauthor: [[A. Writer]]\n")
    assert note.endswith("\n## Highlights\n* Text\n")


def test_an_empty_file_switches_its_part_off(tmp_path: Path) -> None:
    assert note_with(folder_of(tmp_path, yaml_front_matter="", metadata="")) == (
        "\n## Highlights\n- Text\n    - Tags: [[one]] [[two]] \n"
    )


@pytest.mark.parametrize(
    ("file", "part"),
    [
        ("page_title.md", "page_title"),
        ("Page Title.txt", "page_title"),
        ("HIGHLIGHTS-HEADER.jinja2", "highlights_header"),
        ("highlight.md.j2", "highlight"),
        ("highlight", "highlight"),
        ("metadata.html", "metadata"),
        ("front_matter.md", "yaml_front_matter"),
        ("yaml-front-matter.jinja", "yaml_front_matter"),
        ("highlight.py", None),
        ("notes.md", None),
    ],
)
def test_a_file_is_known_as_a_part_by_its_name(file: str, part: str | None) -> None:
    assert part_of(file) == part


def test_a_folder_without_a_template_is_an_error_that_says_what_was_looked_for(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("nothing")
    error = mistake(tmp_path)
    assert str(tmp_path) in error.message
    assert all(f"{part}.md" in error.hint for part in PARTS)


def test_a_folder_that_is_not_there_is_an_error_that_names_the_shipped_ones(tmp_path: Path) -> None:
    error = mistake(tmp_path / "missing")
    assert "missing" in error.message
    assert '"seed" or "readwise"' in error.hint


def test_two_files_for_one_part_are_an_error_that_names_both(tmp_path: Path) -> None:
    (tmp_path / "highlight.md").write_text("a")
    (tmp_path / "highlight.txt").write_text("b")
    assert "both highlight.md and highlight.txt" in mistake(tmp_path).message


def test_a_relative_folder_lies_beside_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    folder_of(tmp_path / "mine", highlight="> {{ highlight_text }}")
    assert load_templates("mine", base=tmp_path).highlight.name == "highlight.md"


def test_a_template_may_have_windows_line_ends_and_a_byte_order_mark(tmp_path: Path) -> None:
    assert only(tmp_path, "\ufeffA\r\nB\r\n") == "A\nB\n"


def test_a_template_may_include_and_import_from_its_own_folder_alone(tmp_path: Path) -> None:
    (tmp_path / "macros.md").write_text("{% macro shout(x) %}{{ x | upper }}!{% endmacro %}")
    (tmp_path / "rule.txt").write_text("***")
    assert (
        only(tmp_path, "{% import 'macros.md' as m %}{{ m.shout(title) }}{% include 'rule.txt' %}") == "A TITLE!***\n"
    )
    outside = folder_of(tmp_path, metadata="{% include '../secret' %}")
    assert "../secret" in mistake(outside).message


# ---------------------------------------------------------------- mistakes


MISTAKES = {
    "unknown variable": ("line one\n{{ titel }}", 2, "'titel'", "title"),
    "unknown filter": ("{{ title | uper }}", 1, "'uper'", "upper"),
    "syntax": ("a\nb\n{% if title %}", 3, "end of template", ""),
    "unknown tag": ("{% bogus %}", 1, "'bogus'", ""),
    "private attribute": ("{{ title.__class__.__mro__ }}", 1, "unsafe", ""),
    "private attribute by filter": ("{{ title | attr('__class__') }}", 1, "unsafe", ""),
    "changing a value": ("{{ document_tags.append('x') }}", 1, "unsafe", ""),
    "format to a private attribute": ("{{ '{0.__class__}'.format(title) }}", 1, "unsafe", ""),
    "division": ("{{ 1 / 0 }}", 1, "division", ""),
    "a file outside": ("{% include '/etc/passwd' %}", 1, "/etc/passwd", ""),
    "a long repetition": ("{{ 'a' * 1000000000 }}", 1, "too long", ""),
    "a big power": ("{{ 9 ** (9 ** 9) }}", 1, "too big", ""),
    "doubling": (
        "{% set n = namespace(x='aa') %}{% for i in range(40) %}{% set n.x = n.x + n.x %}{% endfor %}", 1, "5 MB", ""
    ),
    "a big range": ("{% for i in range(10000000) %}{% endfor %}", 1, "range", ""),
    "chance": ("{{ [1, 2] | random }}", 1, "'random'", ""),
    "latin": ("{{ lipsum() }}", 1, "'lipsum'", ""),
    "in a macro": ("{% macro m() %}\n{{ autor }}\n{% endmacro %}\n{{ m() }}", 2, "'autor'", "author"),
    "in a branch for sections": ("{% if not is_new_page %}{{ tiem }}{% endif %}", 1, "'tiem'", "time"),
}  # fmt: skip  # a table to read


@pytest.mark.parametrize(("template", "line", "what", "near"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_told_with_its_file_line_and_what(
    tmp_path: Path, template: str, line: int, what: str, near: str
) -> None:
    error = mistake(folder_of(tmp_path, metadata=template))
    assert error.message.startswith(f"{tmp_path}: template metadata.md, line {line}: ")
    assert what in error.message
    assert near in error.hint


def test_every_mistake_of_a_folder_is_told_at_once(tmp_path: Path) -> None:
    error = mistake(folder_of(tmp_path, metadata="{{ titel }}", highlight="{{ highlight_txt }}", page_title="{% if %}"))
    assert len(error.message.splitlines()) == 3
    assert "highlight_text" in error.hint


@pytest.mark.slow
def test_an_endless_template_ends(tmp_path: Path) -> None:
    if not hasattr(signal, "setitimer"):
        pytest.skip("this system has no interval timer")
    loop = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
    assert "longer than 2 s" in mistake(folder_of(tmp_path, metadata=loop)).message


def test_a_time_limit_puts_back_the_timer_that_was_there(tmp_path: Path) -> None:
    if not hasattr(signal, "setitimer"):
        pytest.skip("this system has no interval timer")
    signal.setitimer(signal.ITIMER_VIRTUAL, 500)
    note_with(folder_of(tmp_path, metadata="x"))
    assert 400 < signal.setitimer(signal.ITIMER_VIRTUAL, 0)[0] <= 501


def test_templates_work_outside_of_the_main_thread(tmp_path: Path) -> None:
    folder, found = folder_of(tmp_path, metadata="x"), []
    thread = threading.Thread(target=lambda: found.append(note_with(folder)))
    thread.start()
    thread.join()
    assert "x\n" in found[0]


def test_a_note_of_more_than_five_megabytes_is_refused(tmp_path: Path) -> None:
    folder = folder_of(
        tmp_path, highlight="{{ highlight_text }}{% for i in range(60000) %}xxxxxxxxxxxxxxxxxxxx{% endfor %}"
    )
    assert len(note_with(folder)) > 1_000_000
    with pytest.raises(ConfigError, match="5 MB"):
        note_with(folder, BOOK, *[HIGHLIGHT] * 5)


# ---------------------------------------------------------------- variables and filters


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


# ---------------------------------------------------------------- front matter


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


# ---------------------------------------------------------------- the shipped sets


def test_each_shipped_set_is_whole_and_can_be_named_wherever_a_set_is_named() -> None:
    there = {folder.name: sorted(file.stem for file in folder.iterdir()) for folder in SETS.iterdir()}
    assert there == {name: sorted(PARTS) for name in SHIPPED}
    assert TEMPLATE_SETS == SHIPPED
    for name in SHIPPED:
        assert build_parser().parse_args(["template", "new", "mine", "--from", name]).source == name


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_set_stands_the_trial_that_a_users_own_has_to(name: str) -> None:
    load_templates(str(SETS / name), base=Path())


# ---------------------------------------------------------------- templates made for Readwise's own export


def test_a_customised_readwise_template_goes_in_unchanged(tmp_path: Path) -> None:
    folder = folder_of(
        tmp_path,
        highlights_header=(
            "{% if is_new_page %}\n### Notes from {{ date|date('Y-m-d') }}\n{% elif has_new_highlights -%}\n"
            "### More, {{ date|date('j M y') }} {{ time }}\n{% endif -%}\n"
        ),
        highlight=(
            "{% macro tags(list) %}{% for t in list %}#{{ t|replace(' ', '-')|lower }} {% endfor %}{% endmacro -%}\n"
            "> {{ highlight_text|truncate(80) }} ^rw{{ highlight_id }}\n{% raw %}{{literal}}{% endraw %}"
            " {{ tags(highlight_tags) }}"
        ),
        page_title="# {{ title }}",
        yaml_front_matter="",
        metadata="by {{ author|default('nobody') }}",
    )
    assert note_with(folder) == (
        "# A title\nby A. Writer\n\n### Notes from 2024-10-14\n> Text ^rw1\n{{literal}} #one #two \n"
    )
    style = Style(load_templates(str(folder), base=Path()), UTC, True, (), False)
    section = render_section(style, BOOK, [HIGHLIGHT], now=NOW, with_heading=True)
    assert section == "### More, 14 Oct 24 9:56 AM\n> Text ^rw1\n{{literal}} #one #two \n"
