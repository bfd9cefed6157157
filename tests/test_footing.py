"""When a section that was made for a note fits other bytes of it, and when it must be decided anew."""

from __future__ import annotations

import pytest

from syncer.footing import fits_on, footing_of
from syncer.model import Footing, Highlight, HighlightId

URL = "https://read.readwise.io/read/01jabc00000000000000000001"
NOTE = (
    b"# Deep\n\n"
    + b"A line of my own.\n" * 20
    + b"\n## Highlights\n- one ([View Highlight](https://read.readwise.io/read/01jabc0))\n"
)
LINKED = Highlight(id=HighlightId(1), text="Short", url=URL)


def footing(note: bytes = NOTE, *, continues: bool = False) -> Footing:
    made = footing_of(note, [LINKED], continues=continues)
    assert made
    return made


@pytest.mark.parametrize(
    "saved",
    [
        NOTE,
        NOTE.replace(b"# Deep\n", b"# Deep\n<1>\n"),
        NOTE + b"a line of mine\n",
        NOTE.replace(b"- one", b"- **one**"),
    ],
)
def test_a_save_that_changes_nothing_of_what_it_stands_on_fits(saved: bytes) -> None:
    assert fits_on(footing(), saved)


@pytest.mark.parametrize(
    "saved",
    [
        b"",
        NOTE[:30],
        NOTE[:-1],
        NOTE.replace(b"\n", b"\r\n"),
        NOTE + b"```\ncode\n",
        NOTE + b"<!-- later\n",
        NOTE + b"<<<<<<< HEAD\n",
        NOTE + b"<PRE>\n",
        NOTE + f"- Short ([View Highlight]({URL}))\n".encode(),
    ],
)
def test_a_save_that_changes_what_it_stands_on_does_not_fit(saved: bytes) -> None:
    assert not fits_on(footing(), saved)


def test_a_section_that_goes_on_under_a_heading_needs_the_end_that_it_goes_on_from() -> None:
    assert fits_on(footing(continues=True), NOTE.replace(b"# Deep", b"# Deeper"))
    assert not fits_on(footing(continues=True), NOTE + b"mine\n")


@pytest.mark.parametrize("text", ["Yes", "", "one"])
def test_a_highlight_without_a_mark_of_its_own_has_no_footing(text: str) -> None:
    assert footing_of(NOTE, [Highlight(id=HighlightId(2), text=text)], continues=False) is None


def test_a_highlight_that_is_in_the_note_already_has_no_footing() -> None:
    assert footing_of(NOTE + URL.encode() + b"\n", [LINKED], continues=False) is None
