"""Which of the pieces that nothing claims yet are an edited text, or one with its owner's words around it?

    "the recurring revenue went up 43 percent"   in the book
    "> ==recurring revenue== went up 43 percent (wow!)"   in the note: similar

Candidates come from an index of the note's pairs of words (the rarest of a text decide), so that 5,000 texts against
5,000 pieces are a few comparisons each. Guarantees: pure; deterministic; a piece stands for one similar text only,
the best one first; texts too short to tell are never similar. `find.py` says what comes before this.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise

import msgspec

from syncer.identity.fold import words
from syncer.identity.ground import Ground, Wanted
from syncer.model import How

_RARE = 16  # pairs of words of a text that vote for candidates
_COMMON = 40  # passages that may share a pair before it tells nothing
_SHORT = 8  # words up to which single words vote too
_CANDIDATES = 3
_TELLING = 12  # folded characters from which similarity means something
_CERTAIN = 60  # folded characters that nobody writes twice by accident


class _Passage(msgspec.Struct):
    """A free piece, or all free pieces of one block that follow each other."""

    span: list[int]
    text: str
    words: list[str]


def likeness(text: str, other: str) -> float:
    """Return how like two folded texts are, 0–100; 100 when one of them is the other."""
    if text == other:
        return 100.0
    if not text or not other:
        return 0.0
    from rapidfuzz import fuzz  # 20 ms at start-up, and most notes need none

    whole = fuzz.ratio(text, other)
    if min(len(text), len(other)) >= _TELLING:
        return max(whole, 0.95 * fuzz.partial_ratio(text, other))
    return whole


def claim_similar(ground: Ground, items: list[Wanted]) -> None:
    """Find the texts that stand in free pieces with words around or within them changed, the best first."""
    if not items:
        return
    passages = _passages(ground)
    index: dict[str, list[int]] = defaultdict(list)
    for number, passage in enumerate(passages):
        for gram in _grams(passage.words):
            index[gram].append(number)
    scored: list[tuple[float, int, int, int]] = []
    for order, item in enumerate(items):
        said = item.words()
        for number in _candidates(index, _grams(said)):
            score = _score(item.text, said, passages[number])
            if score:
                scored.append((score, -len(passages[number].span), -order, -number))
    for _, _, order, number in sorted(scored, reverse=True):
        item, passage = items[-order], passages[-number]
        if item.how or any(ground.taken[at] for at in passage.span):
            continue
        item.how = How.TEXT if item.text in passage.text else How.SIMILAR
        ground.take(passage.span)


def _passages(ground: Ground) -> list[_Passage]:
    blocks: dict[int, list[int]] = defaultdict(list)
    for at, piece in enumerate(ground.pieces):
        if ground.is_free(at) and not piece.heading:  # an owner's heading sums a text up; it is not the text
            blocks[piece.block].append(at)
    found: list[_Passage] = []
    for span in blocks.values():
        pieces = [_Passage([at], ground.pieces[at].fold, words(ground.pieces[at].raw)) for at in span]
        found.extend(pieces)
        if len(span) > 1:
            text = "".join(piece.text for piece in pieces)
            found.append(_Passage(span, text, [word for piece in pieces for word in piece.words]))
    return found


def _grams(said: list[str]) -> set[str]:
    """Return the pairs of neighbouring words, and of a short text each word: what an edit leaves mostly alone."""
    pairs = {f"{first} {second}" for first, second in pairwise(said)}
    return pairs | set(said) if len(said) <= _SHORT else pairs


def _candidates(index: dict[str, list[int]], grams: set[str]) -> list[int]:
    """Return the passages that share the most of the text's rarest pairs of words."""
    known = sorted((gram for gram in grams if gram in index), key=lambda gram: (len(index[gram]), gram))
    votes: Counter[int] = Counter()
    for gram in known[:_RARE]:
        if len(index[gram]) <= _COMMON or not votes:
            votes.update(index[gram][:_COMMON])
    return [number for number, _ in sorted(votes.items(), key=lambda pair: (-pair[1], pair[0]))[:_CANDIDATES]]


def _score(text: str, said: list[str], passage: _Passage) -> float:
    """Return how surely the passage is the text (1–100), 0 when it is not."""
    from rapidfuzz import fuzz

    size, other = len(text), len(passage.text)
    if text in passage.text:
        return 100.0 * (0.5 + 0.5 * size / other) if _stands_out(text, said, passage) else 0.0
    if size < _TELLING:
        return 0.0
    whole = fuzz.ratio(text, passage.text, score_cutoff=80.0 if size >= 20 else 85.0)
    if whole:
        return whole
    if size <= other:
        enough = size >= 30 and (size >= 0.4 * other or size >= 2 * _CERTAIN)
        cutoff = 90.0
    else:
        enough = other >= 30 and other >= 0.6 * size
        cutoff = 93.0
    return 0.9 * fuzz.partial_ratio(text, passage.text, score_cutoff=cutoff) if enough else 0.0


def _stands_out(text: str, said: list[str], passage: _Passage) -> bool:
    """Say whether a text that stands within the owner's words is most of them, or too long for an accident."""
    if len(text) >= _CERTAIN:
        return True
    run = len(said)
    as_words = any(passage.words[at : at + run] == said for at in range(len(passage.words) - run + 1))
    return as_words and 2 * len(text) >= len(passage.text)
