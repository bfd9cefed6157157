"""What does a shipped set of templates make of one book, at a moment that the tests choose?

    style("seed", UTC)              its templates, and the zone of the note
    one("Text", 7, note="mine")     a highlight with this text and id

The zone is that of a summer in Central Europe unless another one is given.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone, tzinfo
from functools import cache
from pathlib import Path
from typing import Any

from syncer.model import Highlight, HighlightId
from syncer.note import Style
from syncer.template import load_templates

NOW = datetime.fromisoformat("2024-10-14T09:56:00+02:00")
SUMMER = timezone(timedelta(hours=2))
NBSP = "\u00a0"


@cache
def style(templates: str = "seed", zone: tzinfo = SUMMER, *, neutralise: bool = True) -> Style:
    loaded = load_templates(templates, base=Path())
    return Style(loaded, timezone=zone, neutralise=neutralise, tags=("literature-note",), link_safe_names=False)


def one(text: str, number: int = 1, **fields: Any) -> Highlight:  # noqa: ANN401  # whatever a highlight has
    return Highlight(id=HighlightId(number), text=text, **fields)
