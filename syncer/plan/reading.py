"""Which note is a book's, what of the book is in it, and what does it show? The vault's notes as one plan reads them.

    reading.match(book, placed)   → Match("Readwise/Deep.md", Rule.STATE), Rivals(…), or None where there is no note
    reading.found(book, match)    → {801: How.LINK}      found_in: and the checksum of the text
    reading.shown(match)          → Shown: what the note shows of updates

A note that cannot be read raises Unreadable. The rules by which a note is recognised, and a highlight in it, are
identity's; what follows from them is planner.py's.
"""

from __future__ import annotations

from syncer.footing import sha256_of
from syncer.identity import Match, Rivals, find_highlights
from syncer.model import Book, HighlightId, How, NotePath, Placed, Rule, Stamp
from syncer.plan.world import Rules, Unreadable, World
from syncer.shown import Shown


class Reading:
    """The vault's notes, read when they are asked for."""

    def __init__(self, world: World, rules: Rules) -> None:
        self._world = world
        self._rules = rules
        self._looked_at: tuple[tuple[NotePath, ...], Shown] = ((), Shown(""))

    def match(self, book: Book, placed: Placed) -> Match | Rivals | None:
        """Ask which note is the book's; one that the state knows and that still bears it out needs no asking.

        A file that took the place of a note that was moved away does not bear it out, and the moved one does.
        """
        if placed.path not in self._world.notes:
            return self._asked(book, placed.path or None, placed.inode)
        match = Match(placed.path, Rule.ADOPTED if placed.adopted else Rule.STATE)
        same = self._world.notes[placed.path].stamp.inode == placed.inode
        if same or placed.adopted or not placed.highlights or self.found(book, match):
            return match
        other = self._asked(book, None, 0)
        moved = isinstance(other, Match) and other.path != placed.path and bool(self.found(book, other))
        return other if moved else match

    def _asked(self, book: Book, known: NotePath | None, inode: int) -> Match | Rivals | None:
        if not self._world.notes:
            return None
        return self._world.shelf().match(
            book,
            known=known,
            known_stamp=Stamp(0, 0, 0, inode) if inode else None,
            wanted=None if known else self._rules.place(book),
            read=self._text_or_none,
        )

    def found(self, book: Book, match: Match) -> dict[HighlightId, How]:
        """Return which of the book's highlights are in its note, or in one that holds a part of it."""
        return self.found_in(book, match)[0]

    def found_in(self, book: Book, match: Match) -> tuple[dict[HighlightId, How], str]:
        """Return the same, and the SHA-256 of the note's text in which they were looked for."""
        text = self._world.read(match.path)
        found = find_highlights(book, text)
        for path in match.companions:
            found = find_highlights(book, self._text_or_none(path) or "") | found
        return found, sha256_of(text)

    def shown(self, match: Match) -> Shown:
        """Return what the note shows of updates, read once for each note."""
        where = (*match.companions, match.path)
        if self._looked_at[0] != where:
            texts = [*(self._text_or_none(path) or "" for path in match.companions), self._world.read(match.path)]
            self._looked_at = (where, Shown("\n".join(texts)))
        return self._looked_at[1]

    def _text_or_none(self, path: NotePath) -> str | None:
        try:
            return self._world.read(path)
        except Unreadable:
            return None
