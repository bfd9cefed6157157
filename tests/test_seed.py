"""The note that the format is taken from, replayed through the command line."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from syncer.model import Book, BookId, Highlight, HighlightId
from tests.harness import CEST, home

SEED = Path(__file__).resolve().parents[2] / "shared" / "seed" / "State of AI Report - 2024.md"
NAME = "Readwise/State of AI Report - 2024.md"
SYNCS = (
    datetime(2024, 10, 11, 20, 0, tzinfo=CEST),
    datetime(2024, 10, 14, 9, 56, tzinfo=CEST),
    datetime(2024, 10, 14, 11, 56, tzinfo=CEST),
)
CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"


def ulid_time(ulid: str) -> datetime:
    """Return the instant in a ULID's first ten characters."""
    value = 0
    for char in ulid[:10].lower():
        value = value * 32 + CROCKFORD.index(char)
    return datetime.fromtimestamp(value / 1000, tz=UTC)


def books_of_seed(text: str) -> list[Book]:
    """Return the book that the seed was made of; its highlights appear at the time in their ULID."""
    cover = re.search(r"!\[rw-book-cover\]\((.*)\)", text)
    url = re.search(r"^- URL: (.*)$", text, re.M)
    assert cover and url
    pieces: list[list[str]] = []
    for line in text.partition("## Highlights\n")[2].splitlines():
        if line.startswith("## "):
            continue
        if line.startswith("- "):
            pieces.append([line[2:]])
        else:
            pieces[-1].append(line.removeprefix("  "))
    title = "State of AI Report - 2024"
    book = Book(
        id=BookId(44123456),
        title=title,
        readable_title=title,
        author="Nathan Benaich",
        category="articles",
        source="reader",
        source_url=url[1],
        cover_image_url=cover[1],
        highlights=tuple(highlight_of_seed(number, lines) for number, lines in enumerate(pieces)),
    )
    return [book]


def highlight_of_seed(number: int, lines: list[str]) -> Highlight:
    """Return the highlight that these lines of the seed were made of."""
    found = re.fullmatch(r"(.*) \(\[View Highlight\]\((.*/([0-9a-z]{26}))\)\)", "\n".join(lines), re.S)
    assert found
    moment = ulid_time(found[3]).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return Highlight(
        id=HighlightId(9000 + number),
        text=found[1].replace("\n", "\n\n"),
        location=number,
        location_type="offset",
        url=found[2],
        updated_at=moment,
        created_at=moment,
        highlighted_at=moment,
    )


@pytest.mark.skipif(not SEED.exists(), reason="the seed note is not beside this checkout")
def test_the_seed_is_replayed_byte_for_byte(tmp_path: Path) -> None:
    seed = SEED.read_bytes()
    with home(tmp_path, books_of_seed(seed.decode())) as user:
        for moment in SYNCS:
            ran = user.once(at=moment)
            assert (ran.code, ran.err) == (0, "")
        assert user.note(NAME) == seed
        before = user.tree()
        assert user.once(at=SYNCS[-1] + timedelta(hours=1)).code == 0
        shutil.rmtree(user.state)
        assert user.once(at=SYNCS[-1] + timedelta(hours=2)).code == 0
        assert user.tree() == before
