"""Does a note that grew over many syncs hold its first note and then its sections, each highlight once, in order?

Any made-up article: texts of one word and of many lines, in every script, with marks, quotes and lists, equal texts at
two places, one text inside another, the same link at several texts, and none; twins under two ids.
"""

from __future__ import annotations

import tempfile
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from syncer.identity.lines import text_lines
from syncer.model import Book, Highlight
from syncer.note import document_order, render_note, render_section
from tests.direct import MEMORY, SOME, Direct
from tests.harness import CEST
from tests.made import START, book, highlight, words
from tests.styles import style

pytestmark = pytest.mark.slow

SYNCS = 4
STYLE = style(zone=CEST)

LONG = [words(number, count) for number, count in ((1, 12), (2, 25), (3, 8), (4, 60))]
SOLID = st.sampled_from(
    [
        *LONG,
        f"{LONG[0]} {LONG[2]}",
        f"{LONG[2]}\n\n{LONG[1]}",
        f"- {LONG[0]}\n- {LONG[2]}\n  - {words(5, 6)}",
        f"1. {words(6, 9)}\n2. {words(7, 9)}",
        f"> {words(8, 11)}\n> {words(9, 11)}",
        f"# {words(10, 5)}\n{words(11, 20)}",
        f"**{words(12, 6)}** and ==marked== {words(13, 6)} and `code`",
        f"![](https://example.org/a.png)\n{words(14, 9)}",
        f"{words(15, 5)} [a link](https://example.org/b) {words(16, 5)}",
        "日本語の文章には空白がないので、単語の区切りはどこにも見えません。",
        "Кириллица и латиница вместе дают хорошую проверку для узнавания текста.",
        "A \\ backslash, a | pipe, $5 and 50 %, a <b>tag</b> &amp; an entity; “quotes” – dashes…",
        "x",
        "Yes",
        "Yes.",
        "yes and no",
        "1984",
        "C'est la vie",
    ]
)
SHAPES = st.fixed_dictionaries(
    {
        "text": SOLID,
        "location": st.integers(min_value=0, max_value=12),
        "link": st.sampled_from(["own", "own", "none", "none", "page"]),
        "note": st.sampled_from(["", "", "", "mine", "two\nlines"]),
        "tags": st.sampled_from([(), (), ("a",), ("a", "b c")]),
        "sync": st.integers(min_value=0, max_value=SYNCS - 1),
    }
)


def moment(number: int) -> datetime:
    """Return when the sync of this number is."""
    return START + timedelta(hours=24 * number)


def article(shapes: list[dict[str, object]]) -> tuple[Book, dict[int, int]]:
    """Return a book with these highlights, and the sync at which each comes."""
    highlights, comes = [], {}
    for number, shape in enumerate(shapes, 1000):
        at = int(str(shape["sync"]))
        made = highlight(number, at=moment(at), linked=shape["link"] == "own", text=shape["text"], note=shape["note"])
        fields = {"location": shape["location"], "tags": shape["tags"]}
        if shape["link"] == "page":
            fields["url"] = "https://example.org/page"
        highlights.append(Highlight(**{name: getattr(made, name) for name in made.__struct_fields__} | fields))
        comes[number] = at
    return book(1, "A Made-up Article", highlights), comes


def expected(made: Book, comes: dict[int, int]) -> bytes:
    """Return the note after all syncs: the first note and a section for each sync that brought something.

    What differs at one place by its marks alone ("Yes" and "Yes.") is one, as soon as it stands in the note.
    """
    there: set[tuple[object, ...]] = set()
    text = ""
    for number in range(SYNCS):
        new: dict[tuple[object, ...], Highlight] = {}
        for one in document_order(each for each in made.highlights if comes[each.id] == number):
            if _as_compared(one) not in there:
                new.setdefault((one.url or one.location, " ".join(one.text.split())), one)
        there.update(map(_as_compared, new.values()))
        if new and not text:
            text = render_note(STYLE, made, [*new.values()], now=moment(number))
        elif new:
            text += render_section(STYLE, made, [*new.values()], now=moment(number), with_heading=True)
    return text.encode()


def _as_compared(one: Highlight) -> tuple[object, ...]:
    return (one.url or one.location, *text_lines(one.text))


@SOME
@given(st.lists(SHAPES, min_size=1, max_size=9))
@example(
    [
        {"text": "Yes.", "location": 0, "link": "none", "note": "", "tags": (), "sync": 0},
        {"text": "Yes", "location": 0, "link": "none", "note": "", "tags": (), "sync": 1},
    ]
)
def test_a_note_is_its_first_highlights_and_then_a_section_for_each_sync(shapes: list[dict[str, object]]) -> None:
    made, comes = article(shapes)
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        user = Direct(Path(folder) / "home")
        user.books = [made]
        for number in range(SYNCS):
            report = user.sync(at=moment(number))
            assert (report.exit_code, report.holds) == (0, [])
        (path,) = user.text()
        assert user.text()[path].decode() == expected(made, comes).decode()
        before = user.tree()
        user.sync(at=moment(SYNCS))
        assert user.tree() == before
        user.forget()
        user.sync(at=moment(SYNCS + 1))
        assert user.tree() == before
