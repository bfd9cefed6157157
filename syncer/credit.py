"""Which of several highlights with one text does that text in a note stand for? Those that were delivered into it.

    two highlights "Yes", at two locations: 801 was delivered, 803 is new; the note holds one "Yes"
    credited(book, share, {803: How.TEXT}, delivered=(801,))   → {801}: 803 is still missing

Guarantees: as many highlights are found as before; one that its own link tells is never exchanged. How a highlight is
found in a note is identity's question.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from syncer.identity.lines import text_lines
from syncer.model import Book, HighlightId, How
from syncer.selection import Wanted


def credited(
    book: Book, share: Wanted, found: Mapping[HighlightId, How], *, delivered: Sequence[HighlightId]
) -> set[HighlightId]:
    """Return which highlights are found, where of equal texts the `delivered` ones come first, in their order."""
    result = set(found)
    lost = [one for one in delivered if one not in found]
    if not lost:
        return result
    before = set(delivered)
    loose = [one for one, how in found.items() if how is not How.LINK and one not in before]
    if not loose:
        return result
    texts = {one.id: tuple(text_lines(one.text)) for one in book.highlights}
    groups = {twin: twins for twins in share.twins.values() for twin in twins}
    spare: dict[tuple[str, ...], list[HighlightId]] = defaultdict(list)
    for one in reversed(loose):
        spare[texts[one]].append(one)
    for one in lost:
        equal = spare[texts[one]] if one in texts and one not in result else []
        while equal and equal[-1] not in result:
            equal.pop()
        if equal:
            other = equal.pop()
            result.difference_update(groups.get(other, (other,)))
            result.update(groups.get(one, (one,)))
    return result
