"""Which highlights of a book are in a note's text, and by what was each recognised?

    find_highlights(book, text=note) → {801: How.LINK, 802: How.TEXT, 805: How.SIMILAR}

The rules, in their order; each takes the pieces it stands on, so that a piece stands for one highlight only:

1. `by_link.py`: an own link or mark that no other highlight of the book bears (nor in a header: a tweet, a page);
2. `by_link.py`: a shared link, with the most similar of the texts that stand at it;
3. `by_text.py`: its text as whole lines; then line by line with the owner's lines between;
4. `similar.py`: within the owner's words, or a similar text, for those that remain.

Guarantees: pure; deterministic; work grows with the size of book and note, never with their product.
"""

from __future__ import annotations

from collections.abc import Iterator

from syncer.identity.by_link import claim_linked
from syncer.identity.by_text import claim_headings, claim_scattered_lines, claim_whole_lines
from syncer.identity.fold import fold
from syncer.identity.ground import Ground, Wanted
from syncer.identity.lines import read_pieces, text_lines
from syncer.identity.links import highlight_links, link_key, links_in
from syncer.identity.similar import claim_similar
from syncer.model import Book, HighlightId, How


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
    claim_linked(ground, wanted, quoted=_quoted(book))
    ground.own_links_found = any(item.how for item in wanted)
    rest = [item for item in wanted if not item.how and item.text]
    rest.sort(key=lambda item: -len(item.text))
    claim_whole_lines(ground, rest)
    claim_headings(ground, [item for item in rest if not item.how])
    claim_scattered_lines(ground, [item for item in rest if not item.how])
    claim_similar(ground, [item for item in rest if not item.how])
    for item in wanted:
        if not item.text and len(item.keys) == len(item.ids):
            item.how = How.TEXT  # no letter and no link: there is nothing that a note could lack
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
