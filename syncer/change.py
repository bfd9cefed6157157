"""Decisions → the final bytes: the new note, or the sections for the end of one, proven before anything is written.

    AppendSection(path="Readwise/State of AI.md", parts=(Part(60110123, "State of AI", (803,)),),
                  before=Fingerprint(5210, "9f…"), heading="## New highlights added October 14, 2024 at 9:56 AM",
                  data=b"## New highlights added October 14, 2024 at 9:56 AM\\n- Third ([View Highlight](…))\\n")

Guarantees: a section begins on a line of its own and ends with one line end, in the note's own kind of line ends; no
byte before it is touched; a change is made only where `identity` finds in the new text every highlight that was just
rendered, so that the next run finds them too. What a highlight looks like is note.py's question.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial

import msgspec

from syncer.credit import credited
from syncer.footing import footing_of, has_windows_ends, sha256_of
from syncer.identity import find_highlights, link_key
from syncer.identity.links import is_sure
from syncer.model import (
    Addition,
    AppendSection,
    Book,
    BookId,
    Change,
    CreateNote,
    Decision,
    Fingerprint,
    Highlight,
    HighlightId,
    Hold,
    Part,
    Update,
    UpdateSection,
)
from syncer.note import (
    Style,
    document_order,
    render_note,
    render_section,
    render_updates,
    section_heading,
    updated_heading,
)
from syncer.obstacle import obstacle
from syncer.selection import wanted
from syncer.shown import Shown
from syncer.updates import THE_BOOK

KEEPS_NEITHER = "keep text and link in the highlight template"
"""The way on for a template by whose notes no highlight is known again."""
_LINKED = re.compile(r"\]\(([^()\s]+)\)")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def text_of(data: bytes) -> str:
    """Return a note's bytes as text with LF line ends, for looking at; bytes that are no UTF-8 become U+FFFD."""
    return data.decode("utf-8", "replace").removeprefix("\ufeff").replace("\r\n", "\n")


def make_create(decision: Decision, book: Book, *, style: Style, now: datetime) -> list[Change | Hold]:
    """Return the new note of a book, and a hold for those of its highlights that cannot be recognised again in it."""
    made = _recognised(book, _chosen(book, decision), partial(render_note, style, book, now=now))
    holds: list[Change | Hold] = [_not_recognised(decision, made.lost)] if made.lost else []
    if decision.missing and not made.highlights:
        return holds
    part = Part(book.id, book.title, tuple(one.id for one in made.highlights))
    return [CreateNote(path=decision.path, parts=(part,), data=made.text.encode()), *holds]


def make_append(
    decisions: Sequence[Decision],
    books: Mapping[BookId, Book],
    *,
    note: bytes,
    last: Addition | None,
    style: Style,
    now: datetime,
) -> list[Change | Hold]:
    """Return the one piece that these decisions, all for one note, add to its end; and a hold for each that cannot.

    `note` is the note as it is now, `last` what syncer last added to it. A decision whose highlights have come into
    the note meanwhile adds nothing. What changed at Readwise comes last, in a section of its own.
    """
    text = text_of(note)
    if note.startswith(_UTF16) or b"\x00" in note[:4096]:
        return [hold_with(one, "it is not a UTF-8 text file", "save it as UTF-8") for one in decisions]
    if why := obstacle(text):
        return [hold_with(one, why, "mend that place in the note; the next sync then goes on") for one in decisions]
    if not text.strip() and not note.strip():
        return _fill_empty([one for one in decisions if one.missing], books, note=note, style=style, now=now)
    before = last.heading if last is not None and _still_ends(note, last) else ""
    new = _new_section(decisions, books, text=text, before=before, style=style, now=now)
    updated = _updated_section(decisions, books, text=text, before="" if new.text else before, style=style, now=now)
    if not new.parts and not updated.parts:
        return new.holds
    kind = UpdateSection if updated.parts else AppendSection
    change = kind(
        path=decisions[0].path,
        parts=_joined(new.parts, updated.parts),
        data=_in_line_ends(new.text + updated.text, note),
        before=Fingerprint.of(note),
        heading=updated.heading if updated.parts else new.heading,
        footing=None if updated.parts else footing_of(note, new.highlights, continues=before == new.heading),
    )
    return [change, *new.holds]


class _Section(msgspec.Struct):
    """One section, being made: its heading, its text with it, the books in it, and what could not be."""

    heading: str
    text: str = ""
    parts: list[Part] = []
    holds: list[Change | Hold] = []
    highlights: list[Highlight] = []


def _new_section(
    decisions: Sequence[Decision],
    books: Mapping[BookId, Book],
    *,
    text: str,
    before: str,
    style: Style,
    now: datetime,
) -> _Section:
    """Return the section of new highlights; `before` is the heading of the section that the note ends with, or ""."""
    made = _Section(section_heading(style, books[decisions[0].book_id], now=now))
    continues = before == made.heading
    seen = sha256_of(text)
    for decision in decisions:
        book = books[decision.book_id]
        highlights = _still_missing(book, decision, text, is_as_seen=decision.looked_at == seen)
        if not highlights:
            continue
        with_heading = not made.text and not continues
        render = partial(render_section, style, book, now=now, with_heading=with_heading)
        piece = _recognised(book, highlights, render, before=f"{text}\n{made.text}")
        if piece.lost:
            made.holds.append(_not_recognised(decision, piece.lost))
        if piece.highlights:
            made.text += piece.text
            made.parts.append(Part(book.id, book.title, tuple(one.id for one in piece.highlights)))
            made.highlights += piece.highlights
    return made


def _updated_section(
    decisions: Sequence[Decision],
    books: Mapping[BookId, Book],
    *,
    text: str,
    before: str,
    style: Style,
    now: datetime,
) -> _Section:
    """Return the section of what changed at Readwise, without what has come into the note meanwhile."""
    shown = Shown(text)
    made = _Section("")
    for decision in decisions:
        book = books[decision.book_id]
        updates = tuple(one for one in decision.updated if not shown.has(book, one))
        if not updates:
            continue
        if not made.parts:
            made.heading = updated_heading(style, book, now=now)
            made.text = "" if before == made.heading else made.heading
        made.text += _rendered(style, book, updates, now=now)
        made.parts.append(Part(book.id, book.title, (), updates))
    return made


def _rendered(style: Style, book: Book, updates: Sequence[Update], *, now: datetime) -> str:
    what = {one.id: one.what for one in updates}
    listed = [one for one in document_order(book.highlights) if one.id in what]
    return render_updates(
        style,
        book,
        changed=[one for one in listed if "deleted" not in what[one.id]],
        deleted=[one for one in listed if "deleted" in what[one.id]],
        about=what.get(THE_BOOK, ()),
        now=now,
    )


def _joined(new: Sequence[Part], updated: Sequence[Part]) -> tuple[Part, ...]:
    """Return one part a book."""
    updates = {part.book_id: part.updates for part in updated}
    both = [Part(one.book_id, one.title, one.highlights, updates.pop(one.book_id, ())) for one in new]
    return (*both, *(one for one in updated if one.book_id in updates))


def _fill_empty(
    decisions: Sequence[Decision], books: Mapping[BookId, Book], *, note: bytes, style: Style, now: datetime
) -> list[Change | Hold]:
    """Return the whole note as what is added to an empty file; a second book for it waits for the next run."""
    if not decisions:
        return []
    made = make_create(decisions[0], books[decisions[0].book_id], style=style, now=now)
    rest = [hold_with(one, "another book's note is just being written there", "", soon=True) for one in decisions[1:]]
    before = Fingerprint.of(note)
    filled = [
        AppendSection(path=one.path, parts=one.parts, data=one.data, before=before, heading="")
        if isinstance(one, CreateNote)
        else one
        for one in made
    ]
    return [*filled, *rest]


def _chosen(book: Book, decision: Decision) -> list[Highlight]:
    by_id = {highlight.id: highlight for highlight in book.highlights}
    return [by_id[highlight_id] for highlight_id in decision.missing]


def _still_missing(book: Book, decision: Decision, text: str, *, is_as_seen: bool) -> list[Highlight]:
    if is_as_seen or not decision.missing:
        return _chosen(book, decision)
    found = credited(book, wanted(book), find_highlights(book, text), delivered=decision.delivered)
    found.difference_update(decision.copied)
    return [highlight for highlight in _chosen(book, decision) if highlight.id not in found]


class _Recognised(msgspec.Struct):
    """What was rendered of these highlights, and how many others would not be found again in it."""

    text: str
    highlights: list[Highlight]
    lost: int


def _recognised(
    book: Book, highlights: Sequence[Highlight], render: Callable[[Sequence[Highlight]], str], *, before: str = ""
) -> _Recognised:
    """Render those highlights that the next sync finds again behind `before`; all else of the book does not wait."""
    chosen = list(highlights)
    text = render(chosen)
    while lost := _unrecognised(book, chosen, before + text):
        chosen = [one for one in chosen if one.id not in lost]
        text = render(chosen) if chosen else ""
    return _Recognised(text, chosen, len(highlights) - len(chosen))


def _unrecognised(book: Book, highlights: Sequence[Highlight], text: str) -> set[HighlightId]:
    """Return which of the rendered highlights would not be found again in the text.

    One whose own link stands in the text will be: the link alone is enough. Only the others are looked for.
    """
    links = Counter(highlight.url for highlight in highlights)
    linked = set(_LINKED.findall(text))
    unsure = [
        one for one in highlights if not (one.url in linked and links[one.url] == 1 and is_sure(link_key(one.url)))
    ]
    if not unsure:
        return set()
    found = find_highlights(msgspec.structs.replace(book, highlights=tuple(highlights)), text)
    return {highlight.id for highlight in unsure if highlight.id not in found}


def _still_ends(note: bytes, last: Addition) -> bool:
    """Return whether the note still ends with exactly the bytes that were last added to it."""
    if last.offset + last.size != len(note):
        return False
    return hashlib.sha256(note[last.offset :]).hexdigest() == last.sha256


def _in_line_ends(section: str, note: bytes) -> bytes:
    """Return the section's bytes in the note's own kind of line ends, with the final one that the note may lack."""
    windows = has_windows_ends(note)
    data = section.encode()
    if not note.endswith(b"\n"):
        data = b"\n" + data
    return data.replace(b"\n", b"\r\n") if windows else data


def _not_recognised(decision: Decision, lost: int) -> Hold:
    reason = f"{lost} of the {len(decision.missing)} highlights to write would not be recognised again by the next sync"
    hint = f"{KEEPS_NEITHER}; what has neither words nor a link is best deleted at Readwise"
    return hold_with(decision, reason, hint)


def hold_with(decision: Decision, reason: str, hint: str, *, soon: bool = False) -> Hold:
    """Return the hold of a decision that is not carried out."""
    return Hold(
        book_id=decision.book_id,
        title=decision.title,
        paths=(decision.path,),
        reason=reason,
        hint=hint,
        soon=soon,
    )
