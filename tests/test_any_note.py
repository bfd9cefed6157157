"""Whatever bytes a note holds: it can be read, no byte of it goes, and nothing comes into it twice.

Random bytes, pieces that mean something to Markdown, YAML or syncer in any order, or a note of syncer's own with a few
places taken out, doubled or changed.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from syncer.identity import find_highlights, read_entries, read_facts, shows, without_updates
from syncer.note import render_note
from syncer.obstacle import obstacle
from tests.direct import MEMORY, SOME, Direct
from tests.harness import CEST
from tests.made import START, book, changed, highlight, later, line, section, words
from tests.styles import style

STYLE = style(zone=CEST)
KNOWN = [highlight(11), highlight(12, linked=False, text=f"{words(12)}\n\n- {words(13)}", note="mine", tags=("a b",))]
NEW = [highlight(21, at=later(2)), highlight(22, at=later(2), linked=False)]
BEFORE = book(1, "Deep Work", KNOWN)
AFTER = book(
    1, "Deep Work", [changed(KNOWN[0], text=words(99), note="now", updated_at=NEW[0].updated_at), *KNOWN[1:], *NEW]
)
NOTE = render_note(STYLE, BEFORE, KNOWN, now=START).encode()
PATH = "Readwise/Deep Work.md"

PIECES = [
    *NOTE.splitlines(keepends=True),
    *(line(one).encode() for one in [*KNOWN, *NEW]),
    section(later(1), *NEW),
    b"## New highlights added October 11, 2024 at 11:00 AM\n", b"## Updated highlights October 11, 2024 at 11:00 AM\n",
    b"---\n", b"---", b"...\n", b"title: \"Deep Work\"\n", b"uri: https://readwise.io/bookreview/1\n", b"tags: [a\n",
    b"- Full Title: Deep Work\n", b"- Author: ", b"- URL: https://example.org/1\n", b"# Deep Work\n",
    b"## Highlights\n", b"```\n", b"~~~~ python\n", b"<!-- ", b"-->", b"%%", b"$$\n", b"<div>", b"<?", b"<script>",
    b"> ", b"> [!quote]-\n", b"- ", b"  - Note: ", b"  - Tags: [[a b]]\n", b"    ", b"\t", b"1. ", b"* ", b"| a |\n",
    b" ^rw11\n", b"[^1]: x\n", b"<<<<<<< HEAD\n", b"=======\n", b">>>>>>> theirs\n", b"[[", b"]]", b"](",
    b"([View Highlight](", b"**", b"==", b"`", b"\n", b"\r\n", b"\r", b"\x00", b"\xef\xbb\xbf", b"\xff\xfe", b"\xc3",
    b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\x0c", b"\x1b[", "\u2028".encode(), "\u0085".encode(), "\u200b".encode(),
    "e\u0301".encode(), "\U0001f680".encode(),
]  # fmt: skip  # a table to read


def damaged(data: bytes, harm: Sequence[tuple[int, int, bytes]]) -> bytes:
    """Return the bytes with, at each of these places, so many of them replaced by others; less than none: doubled."""
    for at, length, piece in harm:
        here = at % (len(data) + 1)
        data = data[:here] + piece + data[here + length :] if length >= 0 else data[:here] + data[here + length * 9 :]
    return data


PIECE = st.sampled_from(PIECES) | st.binary(max_size=4)
HARM = st.lists(st.tuples(st.integers(0, 5_000), st.integers(-40, 60), PIECE), max_size=4)
NOTES = (
    st.binary(max_size=300) | st.lists(PIECE, max_size=25).map(b"".join) | HARM.map(lambda harm: damaged(NOTE, harm))
)


@given(NOTES)
def test_any_bytes_can_be_read_as_a_note(data: bytes) -> None:
    facts = read_facts(PATH, data=data)
    text = data.decode("utf-8-sig", "replace")
    assert set(find_highlights(AFTER, text)) <= {one.id for one in AFTER.highlights}
    entries = read_entries(text)
    for one in AFTER.highlights:
        assert shows(entries, AFTER, one, what=["text", "note", "tags"], tags=one.tags) in {True, False}
    assert len(without_updates(text)) <= len(text)
    assert obstacle(text) is None or obstacle(text)
    assert facts == read_facts(PATH, data=data)


class Grown:
    """What each note of a vault gained, and that it lost nothing."""

    def __init__(self, user: Direct) -> None:
        self._user = user
        self._first = user.text()

    def since(self) -> bytes:
        """Return all that was added since the beginning; no byte that was there may be gone or elsewhere."""
        after = self._user.text()
        assert all(after[path].startswith(data) for path, data in self._first.items())
        return b"".join(data[len(self._first.get(path, b"")) :] for path, data in sorted(after.items()))


@pytest.mark.slow
@pytest.mark.parametrize("known", [True, False], ids=["a note it has made", "a note it has found"])
@SOME
@given(data=NOTES, other=NOTES)
@example(data=b"", other=b"\x00")
def test_whatever_a_note_holds_no_byte_of_it_goes_and_nothing_comes_twice(
    known: bool, data: bytes, other: bytes
) -> None:
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        user = Direct(Path(folder) / "home", settings='updates.mode = "append"')
        user.books = [BEFORE if known else AFTER]
        if known:
            assert user.sync(at=START).exit_code == 0
        for path, content in ((PATH, data), ("Mine/Other.md", other)):
            (user.vault / path).parent.mkdir(exist_ok=True)
            (user.vault / path).write_bytes(content)
        grown = Grown(user)
        user.books = [AFTER]
        last, before = user.sync(at=later(3)), user.tree()
        for hours in (4, 5):
            again = user.sync(at=later(hours))
            assert user.tree() == before or last.holds  # what was held back is looked at again
            last, before = again, user.tree()
        added = grown.since()
        assert all(added.count(one.url.encode()) <= 1 for one in NEW if one.url)
        user.forget()
        user.sync(at=later(6))
        assert all(grown.since().count(one.url.encode()) <= 1 for one in NEW if one.url)
