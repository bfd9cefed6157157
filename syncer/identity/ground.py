"""What is looked for, and where: the highlights of one book and the pieces of one note, with what is taken already.

    Wanted(ids=[801, 955], lines=["firstline"], keys=("reader:01j9…", "rw:801"), text="firstline")
    Ground(pieces=[…], taken=[False, True, …])

Guarantees: a piece that is taken stands for no second highlight; a header's or an aside's text, and text that bears
the link of another book's highlight, stands for none. Who takes what is for `by_link.py`, `by_text.py`, `similar.py`.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from syncer.identity.fold import words
from syncer.identity.lines import Piece, bare, lines_as_written
from syncer.model import HighlightId, How


class Wanted(msgspec.Struct):
    """One highlight to look for, with all ids that mean it."""

    ids: list[HighlightId]
    lines: list[str]
    keys: tuple[str, ...]
    text: str = ""
    source: str = ""
    how: How | None = None

    def words(self) -> list[str]:
        """Return the words of the text, for finding similar ones."""
        return [word for line in lines_as_written(self.source) for word in words(bare(line))]


class Ground(msgspec.Struct):
    """The pieces of the note, and which of them are taken."""

    pieces: list[Piece]
    taken: list[bool] = []
    linked: set[str] = msgspec.field(default_factory=set)
    own_links_found: bool = False
    asin: str = ""

    def take(self, span: Sequence[int]) -> None:
        """Take these pieces for one highlight."""
        for at in span:
            self.taken[at] = True

    def is_free(self, at: int) -> bool:
        """Say whether the piece's text may still stand for a highlight that is recognised by its text."""
        piece = self.pieces[at]
        return bool(piece.fold) and not (self.taken[at] or piece.header or piece.aside) and not self._is_foreign(piece)

    def _is_foreign(self, piece: Piece) -> bool:
        """Say whether the piece bears the link of another book's highlight (two documents in one file)."""
        if not piece.keys or not self.own_links_found:
            return False
        if self.asin and any(key.startswith(f"kindle:{self.asin}:") for key in piece.keys):
            return False
        return not any(key in self.linked for key in piece.keys)
