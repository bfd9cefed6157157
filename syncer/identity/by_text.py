"""Which highlights does the note hold word for word, as whole lines of it?

    - First line.                 text "First line.\\nSecond line.": found, whole lines
      Second line.
    - First line.                 the same text: found, the owner wrote between its lines
      (Nonsense!)
      Second line.

Guarantees: the longest text takes its lines first, so that a text inside a longer highlight is not found by it; the
same text twice needs two places; a short text in the middle of a block is not found. Edited texts: `similar.py`.
"""

from __future__ import annotations

from collections import defaultdict

from syncer.identity.ground import Ground, Wanted
from syncer.identity.lines import Piece, read_pieces
from syncer.model import How

_KEYS = (40, 12)  # folded characters by which a text's beginning is looked up; shorter ones by their first line
_LONG = 30  # folded characters from which a text may begin within a block
_HEADING = "\0#"  # what a heading of mere marks has before them
_GAP = 8  # pieces that an owner may put between two lines of one highlight


def claim_whole_lines(ground: Ground, items: list[Wanted]) -> None:
    """Find texts that are whole lines of one block, then those of several; the longest first, each at its place."""
    spots = [at for at in range(len(ground.pieces)) if ground.is_free(at)]
    joined = "".join(ground.pieces[at].fold for at in spots)
    starts, ends, index = _beginnings(ground, spots, joined)
    for blocks in (1, len(spots)):
        for item in items:
            key = _index_key(item)
            for order in index.get(key, ()) if not item.how else ():
                last = ends.get(starts[order] + len(item.text))
                if last is None or not joined.startswith(item.text, starts[order]):
                    continue
                if _is_whole(ground, spots[order : last + 1], item, blocks=blocks):
                    item.how = How.TEXT
                    ground.take(spots[order : last + 1])
                    index[key] = [other for other in index[key] if not ground.taken[spots[other]]]
                    break


def _beginnings(
    ground: Ground, spots: list[int], joined: str
) -> tuple[list[int], dict[int, int], dict[str, list[int]]]:
    """Return where each free piece begins and ends in the joined text, and the pieces by their beginnings."""
    starts: list[int] = []
    ends: dict[int, int] = {}
    index: dict[str, list[int]] = defaultdict(list)
    offset = 0
    for order, at in enumerate(spots):
        size = len(ground.pieces[at].fold)
        starts.append(offset)
        for key in {joined[offset : offset + length] for length in (*_KEYS, size)}:
            index[key].append(order)
        offset += size
        ends[offset] = order
    return starts, ends, index


def _index_key(item: Wanted) -> str:
    """Return by which of its beginnings a text is looked up: a fixed length, or its first line when it is short."""
    fitting = next((size for size in _KEYS if size <= len(item.text)), None)
    return item.lines[0] if fitting is None else item.text[:fitting]


def _is_whole(ground: Ground, span: list[int], item: Wanted, *, blocks: int) -> bool:
    """Say whether these pieces are free and a highlight of their own, not the middle of a longer one."""
    if any(ground.taken[at] for at in span):
        return False
    first, last = ground.pieces[span[0]], ground.pieces[span[-1]]
    if first.block != last.block and (blocks == 1 or len(item.text) < _LONG):
        return False
    return len(item.text) >= _LONG or (first.starts and not _goes_on(ground, span[-1], last))


def _goes_on(ground: Ground, at: int, last: Piece) -> bool:
    """Say whether the block goes on after a short text, with lines that belong to the same text."""
    after = at + 1
    if last.keys or after >= len(ground.pieces):
        return False
    following = ground.pieces[after]  # a line of another block, or below a heading, starts something
    return not (following.aside or following.starts) and bool(following.fold)


def claim_headings(ground: Ground, items: list[Wanted]) -> None:
    """Find texts that stand as a heading of one line, as a chapter's title does whatever its lines hold."""
    index: dict[str, list[int]] = defaultdict(list)
    for at, piece in enumerate(ground.pieces):
        if piece.heading and ground.is_free(at):
            index[piece.fold.lstrip(_HEADING)].append(at)
    for item in items if index else ():
        shown = read_pieces(f"# {' '.join(item.source.split())}")[0].fold
        if places := index.get(shown.lstrip(_HEADING)):
            item.how = How.TEXT
            ground.take([places.pop(0)])


def claim_scattered_lines(ground: Ground, items: list[Wanted]) -> None:
    """Find texts of several lines between which their owner wrote (a translation, a comment)."""
    several = [item for item in items if len(item.lines) > 1 and len(item.text) >= _KEYS[1]]
    if not several:
        return
    index: dict[str, list[int]] = defaultdict(list)
    for at, piece in enumerate(ground.pieces):
        if ground.is_free(at):
            index[piece.fold].append(at)
    for item in several:
        for first in index.get(item.lines[0], [])[:20]:
            span = _walk(ground, item.lines, first)
            if span:
                item.how = How.TEXT
                ground.take(span)
                break


def _walk(ground: Ground, lines: list[str], first: int) -> list[int]:
    if ground.taken[first]:
        return []
    span = [first]
    for line in lines[1:]:
        reach = range(span[-1] + 1, min(span[-1] + _GAP + 1, len(ground.pieces)))
        following = next((at for at in reach if ground.is_free(at) and ground.pieces[at].fold == line), None)
        if following is None:
            return []
        span.append(following)
    crosses = ground.pieces[span[0]].block != ground.pieces[span[-1]].block
    return [] if crosses and sum(map(len, lines)) < _LONG else span
