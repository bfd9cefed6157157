"""Can a sync use what these templates make? A made-up book goes through them as through two syncs.

    refuse_unusable(templates, where="/home/me/mine")
    ConfigError: /home/me/mine: template highlight.md: a highlight that it makes would not be recognised again by …

Every highlight of that book has a link of its own and a text of some length, so that a template that keeps either is
fine. Guarantees: what is asked of the note is what a sync asks of it (change.py), and so is the hint.
That a template renders at all is template.py's question.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from msgspec.structs import replace

from syncer.change import KEEPS_NEITHER, make_append, make_create
from syncer.errors import ConfigError
from syncer.model import Decision, Highlight, HighlightId, Hold, NotePath
from syncer.note import Style
from syncer.template import Templates
from syncer.template_trial import FULL

_NOW = datetime(2024, 10, 14, 9, 56, tzinfo=UTC)
_TEXTS = (
    "The harbour was quiet before sunrise, and the boats that had come back at night lay side by side along the wall.",
    "Whoever measures rainfall for forty years learns that no single summer proves anything about the next one.",
    "Bread needs flour, water, salt and patience; of these four only the last cannot be bought in any shop.",
)
_IDS = (801_000_001, 801_000_002, 801_000_003)
"""As long as Readwise's own: a shorter one is no mark in a note."""
_BOOK = replace(
    FULL,
    highlights=tuple(
        Highlight(
            id=HighlightId(number),
            text=text,
            location=number % 10,
            location_type="offset",
            url=f"https://read.readwise.io/read/01j9xcy14s3nbehbhtstxnm3s{number % 10}",
            highlighted_at="2024-10-14T07:56:00.000Z",
        )
        for number, text in zip(_IDS, _TEXTS, strict=True)
    ),
)


def refuse_unusable(templates: Templates, *, where: str) -> None:
    """Raise ConfigError where a sync would hold back what these templates make of any book; `where` names them."""
    style = Style(templates, timezone=UTC, neutralise=True, tags=(), link_safe_names=False)
    note, rest = b"", [_decision(_IDS[1:])]
    for made in make_create(_decision(_IDS[:1]), _BOOK, style=style, now=_NOW):
        if isinstance(made, Hold):
            raise _mistake(made, templates, where)
        note = made.data
    for later in make_append(rest, {_BOOK.id: _BOOK}, note=note, last=None, style=style, now=_NOW):
        if isinstance(later, Hold):
            raise _mistake(later, templates, where)


def _decision(missing: Sequence[int]) -> Decision:
    ids = tuple(map(HighlightId, missing))
    return Decision(book_id=_BOOK.id, title=_BOOK.title, path=NotePath("A made-up title.md"), missing=ids)


def _mistake(held: Hold, templates: Templates, where: str) -> ConfigError:
    if held.hint.startswith(KEEPS_NEITHER):
        what = "a highlight that it makes would not be recognised again by the next sync"
        return ConfigError(f"{where}: template {templates.highlight.name}: {what}", hint=KEEPS_NEITHER)
    what = f"a later sync would hold back the note that these templates make: {held.reason}"
    return ConfigError(f"{where}: {what}", hint="mend the template that makes that place in the note")
