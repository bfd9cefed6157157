"""What do the rules of recognition claim, one by one? A note's pieces and the texts that are looked for, made by hand.

claimed("- yes\\n- no\\n", wanted("yes"), by=claim_whole_lines)   → ([How.TEXT], ["yes"])
"""

from __future__ import annotations

from collections.abc import Callable

from syncer.identity.ground import Ground, Wanted
from syncer.identity.lines import read_pieces, text_lines
from syncer.model import HighlightId, How

Claim = Callable[[Ground, list[Wanted]], None]


def link(name: str) -> str:
    """Return a link as it ends a highlight; its key is `url:a.example/NAME`."""
    return f"([View Highlight](https://a.example/{name}))"


def wanted(text: str, *names: str, ids: tuple[int, ...] = (801,)) -> Wanted:
    """Return a highlight to look for, with the links of these names."""
    lines = text_lines(text)
    keys = tuple(f"url:a.example/{name}" for name in names)
    return Wanted([HighlightId(number) for number in ids], lines, keys, "".join(lines), text)


def claimed(text: str, *items: Wanted, by: Claim) -> tuple[list[How | None], list[str]]:
    """Return how each was found in this section of a note, and the folded pieces that were taken."""
    return claimed_of_note(f"## New highlights added\n{text}", *items, by=by)


def claimed_of_note(text: str, *items: Wanted, by: Claim) -> tuple[list[How | None], list[str]]:
    """Return the same of a whole note, with its header."""
    pieces = read_pieces(text)
    ground = Ground(pieces, [False] * len(pieces))
    by(ground, list(items))
    return [item.how for item in items], [
        piece.fold for piece, taken in zip(pieces, ground.taken, strict=True) if taken
    ]
