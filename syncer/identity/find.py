"""Which highlights of a book are in a note's text, and by what was each recognised?

    find_highlights(book, text=note) → {801: How.LINK, 802: How.TEXT, 805: How.SIMILAR}

The rules, in their order; each takes the pieces it stands on, so that a piece stands for one highlight only:

1. an own link or mark that no other highlight of the book bears (a tweet or page in a header does not count);
2. a shared link, with the most similar of the texts that stand at it;
3. its text as whole lines; then line by line with the owner's lines between; then within the owner's words;
4. a similar text (`similar.py`), for those that remain.

Guarantees: pure; deterministic; work grows with the size of book and note, never with their product.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from syncer.identity.fold import fold, words
from syncer.identity.lines import Piece, bare, read_pieces, text_lines
from syncer.identity.links import highlight_links, is_sure, link_key, links_in
from syncer.identity.similar import claim_similar, likeness
from syncer.model import Book, HighlightId, How

_KEYS = (40, 12)  # folded characters by which a text's beginning is looked up; shorter ones by their first line
_LONG = 30  # folded characters from which a text may begin within a block
_GAP = 8  # pieces that an owner may put between two lines of one highlight
_DUPLICATE = 80.0  # likeness from which a second text at a link is the first one again
_PAIRS = 4000  # comparisons at one shared link above which its texts are left to the rules for text
_BACK = 60  # pieces before a link that stands alone which may be its text


@dataclass(slots=True)
class Wanted:
    """One highlight to look for, with all ids that mean it."""

    ids: list[HighlightId]
    lines: list[str]
    keys: tuple[str, ...]
    text: str = ""
    source: str = ""
    how: How | None = None

    def words(self) -> list[str]:
        """Return the words of the text, for finding similar ones."""
        return [word for line in self.source.splitlines() for word in words(bare(line))]


@dataclass(slots=True)
class Ground:
    """The pieces of the note, and which of them are taken."""

    pieces: list[Piece]
    taken: list[bool] = field(default_factory=list)
    linked: set[str] = field(default_factory=set)
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


def find_highlights(book: Book, text: str) -> dict[HighlightId, How]:
    """Return which of the book's highlights the note's text holds, and by which rule each was found."""
    wanted = list(_wanted(book))
    pieces = read_pieces(text)
    title = fold(book.title)
    for piece in pieces:
        piece.header = piece.header or (piece.heading and piece.fold == title)
    ground = Ground(
        pieces, [False] * len(pieces), {key for item in wanted for key in item.keys}, asin=book.asin.upper()
    )
    _by_link(ground, wanted, quoted=_quoted(book))
    ground.own_links_found = any(item.how for item in wanted)
    rest = [item for item in wanted if not item.how and item.text]
    rest.sort(key=lambda item: -len(item.text))
    _by_whole_lines(ground, rest)
    _by_scattered_lines(ground, [item for item in rest if not item.how])
    claim_similar(ground, [item for item in rest if not item.how])
    return {number: item.how for item in wanted if item.how for number in item.ids}


def _wanted(book: Book) -> Iterator[Wanted]:
    """Yield the highlights, live ones first; those that mean the same are one (same link or place, same text)."""
    same: dict[tuple[str, ...], Wanted] = {}
    for highlight in sorted(book.highlights, key=lambda each: (each.is_deleted or each.is_discard, each.id)):
        lines = text_lines(highlight.text)
        keys = highlight_links(book, highlight)
        place = keys[0] if len(keys) > 1 else f"{highlight.location}:{highlight.location_type}"
        item = same.setdefault((place, *lines), Wanted([], lines, (), "".join(lines), highlight.text))
        item.ids.append(highlight.id)
        item.keys = tuple(dict.fromkeys((*item.keys, *keys)))
    yield from same.values()


def _quoted(book: Book) -> set[str]:
    """Return the links that stand in a note for other reasons: the source's own, and those in texts."""
    found = {link_key(book.source_url), link_key(book.unique_url)}
    for highlight in book.highlights:
        for text in (highlight.text, highlight.note):
            if "://" in text:
                found.update(links_in(text))
    return found - {""}


# ---------------------------------------------------------------- 1 and 2: links


def _by_link(ground: Ground, wanted: list[Wanted], *, quoted: set[str]) -> None:
    places = _link_places(ground.pieces, quoted=quoted)
    bearers: Counter[str] = Counter(key for item in wanted for key in item.keys if key in places)
    shared: dict[str, list[Wanted]] = defaultdict(list)
    for item in wanted:
        for key in item.keys:
            if bearers[key] == 1:
                item.how = How.LINK
                _take_linked(ground, item, places[key])
            elif bearers[key] > 1:
                shared[key].append(item)
    for key, items in shared.items():
        _by_shared_link(ground, [item for item in items if not item.how], places[key])


def _link_places(pieces: list[Piece], *, quoted: set[str]) -> dict[str, list[int]]:
    """Return where each link stands as a highlight's own."""
    places: dict[str, list[int]] = defaultdict(list)
    for at, piece in enumerate(pieces):
        for key in piece.keys:
            if is_sure(key) or not piece.header:
                places[key].append(at)
        for key in piece.mentions:
            if key not in quoted and (is_sure(key) or not (piece.header or piece.aside)):
                places[key].append(at)
    return places


def _take_linked(ground: Ground, item: Wanted, places: list[int]) -> None:
    for at in places:
        region = _region(ground, at)
        run = _run_within(ground.pieces, region, item.text)
        ground.take(run or region)
        ground.taken[at] = True


def _region(ground: Ground, at: int) -> list[int]:
    """Return the pieces that a link at this piece stands for: its block, or the text next to a link alone."""
    pieces = ground.pieces
    block = [at]
    while block[0] > 0 and pieces[block[0] - 1].block == pieces[at].block and not pieces[block[0] - 1].keys:
        block.insert(0, block[0] - 1)
    if any(pieces[each].fold and not pieces[each].heading for each in block):
        return block
    if pieces[at].heading:
        return [at, *_after_heading(pieces, at)]
    while block[0] > 0 and at - block[0] < _BACK and not (pieces[block[0] - 1].keys or ground.taken[block[0] - 1]):
        block.insert(0, block[0] - 1)
        if pieces[block[0]].heading:
            break
    return block


def _after_heading(pieces: list[Piece], at: int) -> Iterator[int]:
    for each in range(at + 1, min(at + _BACK, len(pieces))):
        if pieces[each].heading:
            return
        yield each
        if pieces[each].keys:
            return


def _run_within(pieces: list[Piece], region: list[int], text: str) -> list[int]:
    """Return the pieces of the region that are exactly this text, [] when its owner changed it."""
    for first in range(len(region)):
        joined = ""
        for last in range(first, len(region)):
            joined += pieces[region[last]].fold if not pieces[region[last]].aside else ""
            if joined == text:
                return region[first : last + 1]
            if not text.startswith(joined):
                break
    return []


def _by_shared_link(ground: Ground, items: list[Wanted], places: list[int]) -> None:
    """Give each text at the link to the highlight that it is most like; one text is never two highlights."""
    regions = {at: _region(ground, at) for at in dict.fromkeys(places) if not ground.taken[at]}
    by_text = {item.text: item for item in reversed(items)}
    rest: dict[int, str] = {}
    for at, region in regions.items():
        text = "".join(ground.pieces[each].fold for each in region if not ground.pieces[each].heading)
        if text in by_text:
            _take_shared(ground, by_text[text], at, region)
        else:
            rest[at] = text
    if len(items) * len(rest) > _PAIRS:
        return  # a page's link at hundreds of texts tells nothing: the texts do
    scores = [(likeness(item.text, text), -order, -at) for order, item in enumerate(items) for at, text in rest.items()]
    for score, order, spot in sorted(scores, reverse=True):
        item = items[-order]
        if not ground.taken[-spot] and (not item.how or score >= _DUPLICATE):
            _take_shared(ground, item, -spot, regions[-spot])


def _take_shared(ground: Ground, item: Wanted, at: int, region: list[int]) -> None:
    item.how = How.SHARED_LINK
    ground.take(_run_within(ground.pieces, region, item.text) or region)
    ground.taken[at] = True


# ---------------------------------------------------------------- 3: text


def _by_whole_lines(ground: Ground, items: list[Wanted]) -> None:
    """Find texts that are whole lines of the note, the longest first, each at a place of its own."""
    spots = [at for at in range(len(ground.pieces)) if ground.is_free(at)]
    joined = "".join(ground.pieces[at].fold for at in spots)
    starts: list[int] = []
    ends: dict[int, int] = {}
    index: dict[str, list[int]] = defaultdict(list)
    offset = 0
    for order, at in enumerate(spots):
        size = len(ground.pieces[at].fold)
        starts.append(offset)
        for key in {
            joined[offset : offset + _KEYS[0]],
            joined[offset : offset + _KEYS[1]],
            joined[offset : offset + size],
        }:
            index[key].append(order)
        offset += size
        ends[offset] = order
    for item in items:
        key = _index_key(item)
        for order in index.get(key, ()):
            last = ends.get(starts[order] + len(item.text))
            if last is None or not joined.startswith(item.text, starts[order]):
                continue
            if _is_whole(ground, spots[order : last + 1], item):
                item.how = How.TEXT
                ground.take(spots[order : last + 1])
                index[key] = [other for other in index[key] if not ground.taken[spots[other]]]
                break


def _index_key(item: Wanted) -> str:
    """Return by which of its beginnings a text is looked up: a fixed length, or its first line when it is short."""
    fitting = next((size for size in _KEYS if size <= len(item.text)), None)
    return item.lines[0] if fitting is None else item.text[:fitting]


def _is_whole(ground: Ground, span: list[int], item: Wanted) -> bool:
    """Say whether these pieces are free and a highlight of their own, not the middle of a longer one."""
    if any(ground.taken[at] for at in span):
        return False
    first, last = ground.pieces[span[0]], ground.pieces[span[-1]]
    if first.starts or len(item.text) >= _LONG:
        return len(item.text) >= _LONG or not _goes_on(ground, span[-1], last)
    return False


def _goes_on(ground: Ground, at: int, last: Piece) -> bool:
    """Say whether the block goes on after a short text, with lines that belong to the same text."""
    after = at + 1
    if last.keys or last.heading or after >= len(ground.pieces):
        return False
    following = ground.pieces[after]
    return following.block == last.block and not (following.aside or following.starts) and bool(following.fold)


def _by_scattered_lines(ground: Ground, items: list[Wanted]) -> None:
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
    return span
