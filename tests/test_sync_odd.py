"""What becomes of a highlight that has nothing by which it could be told again, and of the others of its book?"""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from syncer.model import Highlight
from tests.harness import home
from tests.made import START, book, highlight, later, line

pytestmark = pytest.mark.slow  # whole syncs, one after the other

NOTE = "Readwise/Deep Work.md"
SAYS = "1 of the 2 highlights to write would not be recognised again by the next sync"


def odd(number: int) -> Highlight:
    """Return a highlight whose text looks like the place that is written behind a text, and which has no link."""
    return msgspec.structs.replace(highlight(number, at=later(2)), text="(Page 3)", url="", location=None)


@pytest.mark.parametrize("at_first", [True, False])
def test_one_that_cannot_be_told_again_keeps_no_other_back(tmp_path: Path, at_first: bool) -> None:
    first = [] if at_first else [highlight(11)]
    with home(tmp_path, [book(1, "Deep Work", first)]) as user:
        user.once(at=START)
        new = highlight(12, at=later(2))
        user.server.serve([book(1, "Deep Work", [*first, odd(13), new])])
        ran = user.once(at=later(3))
        assert (ran.code, SAYS in ran.err) == (74, True)
        written = user.note(NOTE)
        assert written.endswith(line(new).encode())
        assert b"(Page 3)" not in written
        assert user.once(at=later(4)).code == 74
        assert user.note(NOTE) == written
        user.server.serve([book(1, "Deep Work", [*first, msgspec.structs.replace(odd(13), is_deleted=True), new])])
        assert user.once(at=later(24 * 9)).code == 0
        assert user.note(NOTE) == written
