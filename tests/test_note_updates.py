"""What does a note say of what changed, and in which order do highlights stand?"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from datetime import UTC
from pathlib import Path

import pytest

from syncer.errors import ConfigError
from syncer.model import Book, BookId, Highlight, HighlightId
from syncer.note import (
    Style,
    document_order,
    render_note,
    render_section,
    render_updates,
    shown_fields,
    updated_heading,
)
from syncer.template import load_templates
from tests.styles import NBSP, NOW, one, style

BOOK = Book(id=BookId(1), title="Deep `= x` Work", tags=("a", "b"))
LINK = "https://read.readwise.io/read/x"


def updates(*changed: Highlight, deleted: tuple[Highlight, ...] = (), about: tuple[str, ...] = ()) -> str:
    return render_updates(style(), BOOK, changed=changed, deleted=deleted, about=about, now=NOW)


def test_an_updated_section_tells_the_book_then_the_changed_then_the_deleted() -> None:
    gone = (
        one("One two three four five six seven eight nine", url=LINK),
        one("Gone", location=7, location_type="page"),
    )
    assert updates(one("Changed.", url=LINK), deleted=gone, about=("tags", "author")) == (
        "- Changed at Readwise: tags [[a]] [[b]], no author\n"
        f"- Changed. ([View Highlight]({LINK}))\n"
        f"- Deleted at Readwise: “One two three four five six seven eight…” ([View Highlight]({LINK}))\n"
        f"- Deleted at Readwise: “Gone” (Page{NBSP}7)\n"
    )
    assert updates(deleted=(one("Gone"),)) == "- Deleted at Readwise: “Gone”\n"


def test_a_chapter_that_changed_is_a_highlight_there() -> None:
    assert updates(one("Title", tags=("h2",))) == "- Title\n"


def test_what_would_run_is_shown_in_a_line_of_an_updated_section_too() -> None:
    assert updates(about=("title",)) == "- Changed at Readwise: title “Deep \\`= x\\` Work”\n"
    fence = "~~~\nb\n~~~"
    assert updates(deleted=(one(fence),)) == "- Deleted at Readwise: “~~~ b ~~~”\n"
    bare = render_updates(style(neutralise=False), BOOK, changed=[], deleted=[], about=["title"], now=NOW)
    assert bare == "- Changed at Readwise: title “Deep `= x` Work”\n"


class Late(list[Highlight]):
    """Highlights at which the time is up: the limit's signal comes when they are asked for."""

    def __iter__(self) -> Iterator[Highlight]:
        signal.raise_signal(signal.SIGVTALRM)
        return super().__iter__()


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no interval timer")
@pytest.mark.parametrize(
    "render",
    [
        lambda late: render_note(style(), BOOK, late, now=NOW),
        lambda late: render_section(style(), BOOK, late, now=NOW, with_heading=True),
        lambda late: render_updates(style(), BOOK, changed=late, deleted=[], about=[], now=NOW),
    ],
    ids=["note", "section", "updates"],
)
def test_time_that_is_up_between_two_templates_is_told_of_the_highlights(render: Callable[[Late], str]) -> None:
    with pytest.raises(ConfigError, match=r"^template highlight: longer than 2 s$"):
        render(Late())


def test_the_heading_of_an_updated_section_is_a_line() -> None:
    heading = updated_heading(style(), BOOK, now=NOW)
    assert heading.endswith("9:56 AM\n")
    assert heading.count("\n") == 1
    assert "pdated highlights" in heading


@pytest.mark.parametrize(
    ("highlight", "fields"),
    [
        ("- {{ highlight_text }}", {"text"}),
        ("- {{ highlight_text }} {{ highlight_note }}", {"text", "note"}),
        ("- {{ highlight_tags | join(' ') }}{{ 'x' if highlight_text else '' }}", {"tags"}),
        ("- x{% if highlight_note %}!{% endif %}", {"note"}),
    ],
)
def test_only_what_the_template_shows_can_have_changed(tmp_path: Path, highlight: str, fields: set[str]) -> None:
    (tmp_path / "highlight.md").write_text(highlight, encoding="utf-8")
    own = Style(load_templates(str(tmp_path), base=tmp_path), UTC, neutralise=True, tags=(), link_safe_names=False)
    assert shown_fields(own, NOW) == fields


def test_the_shipped_templates_show_all_that_can_change() -> None:
    assert shown_fields(style(), NOW) == shown_fields(style("readwise"), NOW) == {"text", "note", "tags"}


def test_places_that_are_equal_or_lacking_are_told_apart_by_the_rest() -> None:
    def ordered(*places: int | None) -> list[int]:
        numbered = reversed(list(enumerate(places)))
        return [
            each.id
            for each in document_order(
                Highlight(id=HighlightId(at), text="x", location=place) for at, place in numbered
            )
        ]

    assert ordered(5, 5, 5) == [0, 1, 2]
    assert ordered(None, 5) == [1, 0]
    assert ordered(None, -3, 4) == [1, 2, 0]
    assert ordered(1, 0, -1) == [2, 1, 0]
    assert ordered(1, 0, -1, -1) == [2, 3, 1, 0]
    assert ordered(None, None) == [0, 1]
    assert ordered(0, 1) == ordered(-1, 0) == [0, 1]


def test_a_new_note_says_that_it_is_new_and_a_section_that_it_is_none(tmp_path: Path) -> None:
    (tmp_path / "highlights_header.md").write_text("## {{ is_new_page }} {{ has_new_highlights }}", encoding="utf-8")
    (tmp_path / "highlight.md").write_text("- {{ highlight_text }}{{ '!' if is_new_page }}", encoding="utf-8")
    own = Style(load_templates(str(tmp_path), base=tmp_path), UTC, neutralise=True, tags=(), link_safe_names=False)
    assert "\n## True True\n- x!\n" in render_note(own, BOOK, [one("x")], now=NOW)
    assert render_section(own, BOOK, [one("x")], now=NOW, with_heading=True) == "## False True\n- x\n"
    assert render_updates(own, BOOK, changed=[one("x")], deleted=[], about=[], now=NOW) == "- x\n"


def test_a_chapters_title_is_shown_like_any_text_of_a_line() -> None:
    assert section(style(), one("`= x`", tags=("h1",))) == "### \\`= x\\`\n"
    assert section(style(), one("~~~ x", tags=("h1",))) == "### ~~~ x\n"
    assert section(style(neutralise=False), one("`= x`", tags=("h1",))) == "### `= x`\n"


def section(look: Style, *highlights: Highlight) -> str:
    return render_section(look, BOOK, list(highlights), now=NOW, with_heading=False)


@pytest.mark.parametrize("end", ["", "\n", "\n\n", "\n\n\n\n"])
def test_exactly_one_line_end_is_last_and_blank_lines_within_stay(tmp_path: Path, end: str) -> None:
    (tmp_path / "highlight.md").write_text(f"\n\n{{{{ highlight_text }}}}\n\nx{end}", encoding="utf-8")
    own = Style(load_templates(str(tmp_path), base=tmp_path), UTC, neutralise=True, tags=(), link_safe_names=False)
    assert section(own, one("a")) == "\n\na\n\nx\n"
    (tmp_path / "highlight.md").write_text(f"{{{{ highlight_text }}}}{end}", encoding="utf-8")
    own = Style(load_templates(str(tmp_path), base=tmp_path), UTC, neutralise=True, tags=(), link_safe_names=False)
    assert section(own, one("a")) == "a\n"
    assert section(own, one("a"), one("b")).endswith("b\n")
    assert section(own) == ""
