"""Which highlights does the note hold by their links, and which text belongs to each link?

    - edited beyond recognition ([View Highlight](https://read.readwise.io/read/01j9…))      own link: found
    - one text ([Location 12](…location=12))  - another ([Location 12](…location=12))        shared link: by its text
    - URL: https://x.com/a/status/7   in the header                                          no highlight's link

Guarantees: a link that one highlight alone bears is enough, whatever became of its text; at a link that several bear,
each text is one highlight's; a tweet or page that is linked in a header, or quoted in another highlight, is not found
by that. Highlights without a link in the note are for `by_text.py`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from syncer.identity.ground import Ground, Wanted
from syncer.identity.lines import Piece
from syncer.identity.links import is_sure
from syncer.identity.similar import likeness
from syncer.model import How

_DUPLICATE = 80.0  # likeness from which a second text at a link is the first one again
_PAIRS = 4000  # comparisons at one shared link above which its texts are left to the rules for text
_BACK = 60  # pieces before a link that stands alone which may be its text


def claim_linked(ground: Ground, wanted: list[Wanted], *, quoted: set[str]) -> None:
    """Find the highlights whose links stand in the note, and take the text that stands at each."""
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
        run = run_within(ground.pieces, region, item.text)
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


def run_within(pieces: list[Piece], region: list[int], text: str) -> list[int]:
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
    ground.take(run_within(ground.pieces, region, item.text) or region)
    ground.taken[at] = True
