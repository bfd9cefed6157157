"""Does a note show a highlight as Readwise has it now, and which texts stand in the note at all?

    entries = read_entries(note)
    [Entry(text="Firstline.", keys=("reader:01j9…",), note="remember", tags={"a", "b"}, more="")]
    shows(entries, book, highlight, what=("note",))    → True when the last of its entries has this note

An entry is a highlight with what hangs on it: its `Tags:` and `Note:`. The last one counts, since a later one says how
it is now. Guarantees: pure; blanks, marks and the order of tags do not matter, letters and punctuation do. Whether a
highlight is in the note at all is find.py's question.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence

import msgspec

from syncer.identity.fold import to_the_letter
from syncer.identity.lines import Piece, bare, lines_as_written, read_pieces
from syncer.identity.links import highlight_links
from syncer.model import Book, Highlight

_NOTE = re.compile(r"[*_]*(?:my )?notes?[*_]*::?[*_]*\s*", re.I)
_TAGS = re.compile(r"[*_]*(?:highlight )?tags?[*_]*::?[*_]*\s*(.*)", re.I)
_TAG = re.compile(r"\[\[([^\[\]]*)\]\]")
_UPDATED = re.compile(r"^#{1,6}[ \t]+[^\n]*updated highlights?\b[^\n]*$", re.I | re.M)
_HEADING = re.compile(r"^#{1,6}[ \t]", re.M)
_TELLING = 12  # letters from which a note or text that stands among other words is not there by accident


class Entry(msgspec.Struct):
    """One highlight of a note, to the letter; `tags` and `note` are None where it has no such line."""

    text: str = ""
    keys: tuple[str, ...] = ()
    note: str | None = None
    tags: frozenset[str] | None = None
    more: str = ""
    last: str = ""


def comparable(text: str) -> str:
    """Return a text of several lines so that only a change of its words or punctuation changes it."""
    if text.isprintable():
        return to_the_letter(bare(text))  # one line, as most are
    return "".join(to_the_letter(bare(line)) for line in lines_as_written(text))


def read_entries(text: str) -> list[Entry]:
    """Return the highlights of a note in their order, those without a link too."""
    entries: list[Entry] = []
    block = -1
    for piece in read_pieces(text):
        if piece.heading or piece.header:
            block = -1
            continue
        if piece.block != block or not entries:
            entries.append(Entry())
            block = piece.block
        elif entries[-1].keys and piece.keys and not piece.aside:
            entries.append(Entry())
        _take(entries[-1], piece)
    return entries


def _take(entry: Entry, piece: Piece) -> None:
    words = to_the_letter(piece.raw)
    if piece.aside:
        _take_aside(entry, piece.raw)
        entry.more += words
    elif entry.keys:
        entry.more += words
    else:
        entry.text += words
        entry.keys = piece.keys


def _take_aside(entry: Entry, raw: str) -> None:
    if tags := _TAGS.match(raw):
        names = _TAG.findall(tags[1]) or re.split(r"[\s,]+", tags[1])
        entry.tags = frozenset(filter(None, map(to_the_letter, names)))
        entry.last = "tags"
    elif note := _NOTE.match(raw):
        entry.note = (entry.note or "") + to_the_letter(raw[note.end() :])
        entry.last = "note"
    elif entry.last == "note":
        entry.note = (entry.note or "") + to_the_letter(raw)


def texts_of(entries: Iterable[Entry]) -> set[str]:
    """Return the texts of these highlights, to the letter."""
    return {entry.text for entry in entries if entry.text}


def shows(
    entries: Sequence[Entry], book: Book, highlight: Highlight, *, what: Collection[str], tags: Collection[str]
) -> bool:
    """Return whether the last entry of the highlight shows what is new in it; `tags` are those that a note shows."""
    text = comparable(highlight.text)
    keys = own_keys(book, highlight)
    mine = [one for one in entries if keys.intersection(one.keys)] or [one for one in entries if one.text == text != ""]
    if not mine:
        return False
    last = mine[-1]
    return (
        ("text" not in what or _holds(last.text, text))
        and ("note" not in what or _shows_note(last, comparable(highlight.note)))
        and ("tags" not in what or _shows_tags(last, {to_the_letter(tag) for tag in tags}))
    )


def own_keys(book: Book, highlight: Highlight) -> set[str]:
    """Return the keys of those links of the highlight that no other of the book's has."""
    bearers = Counter(key for one in book.highlights for key in highlight_links(book, one))
    return {key for key in highlight_links(book, highlight) if bearers[key] == 1}


def _holds(where: str, words: str) -> bool:
    return where == words or (len(words) >= _TELLING and words in where)


def _shows_note(entry: Entry, note: str) -> bool:
    if entry.note is not None:
        return entry.note == note
    return not note or _holds(entry.more, note)


def _shows_tags(entry: Entry, tags: set[str]) -> bool:
    if entry.tags is not None:
        return entry.tags == tags
    return all(tag in entry.more for tag in tags)


# ---------------------------------------------------------------- updated sections


def without_updates(text: str) -> str:
    """Return a note's text without its updated sections, as far as their headings tell."""
    kept, at = "", 0
    while found := _UPDATED.search(text, at):
        following = _HEADING.search(text, found.end())
        kept += text[at : found.start()]
        at = following.start() if following else len(text)
    return kept + text[at:]
