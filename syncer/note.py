"""What will a note look like?

    ---                                     the front matter           templates/…/yaml_front_matter.md
    author: [[N. B.]]
    title: "State of AI"
    date: 2024-10-11
    tags:␠
    - articles
    ---
    ![rw-book-cover](https://…)             page title and metadata    page_title.md, metadata.md

    ## Metadata
    - Full Title: State of AI

    ## Highlights                           the header                 highlights_header.md
    - first line                            each highlight             highlight.md
      second line ([View Highlight](https://read.readwise.io/read/01j9…))
    ## New highlights added October 14, 2024 at 9:56 AM                a section, added by a later sync
    ## Updated highlights October 14, 2024 at 9:56 AM                  what changed      updated_header.md

The parts are joined by one line end; one that ends in a line end gets no second, an empty one is left out.
A highlight that Readwise calls a chapter (`.h1` to `.h3`) is a heading of its own, outside of the
templates. Guarantees: equal arguments, equal text; line ends are `\\n`, and exactly one is last. How a text
becomes lines is in block.py, which values the templates see in values.py, where the file lies in names.py;
reading notes is identity's question.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from syncer.instants import instant
from syncer.neutralise import neutralise
from syncer.values import Values, highlight_values, note_values, one_line, raw_values, where
from syncer.wording import CHANGED, DELETED, about_pieces, first_words

if TYPE_CHECKING:
    from syncer.model import Book, Highlight
    from syncer.template import Part, Templates

_CHAPTERS = {"h1": "###", "h2": "####", "h3": "#####"}
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Style(Struct, frozen=True):
    """How notes are to look: `note.*` and `vault.link_safe_names` of the configuration."""

    templates: Templates
    timezone: tzinfo
    neutralise: bool
    tags: tuple[str, ...]
    link_safe_names: bool


def render_note(style: Style, book: Book, highlights: Sequence[Highlight], *, now: datetime) -> str:
    """Return a whole new note with these highlights, in this order."""
    from syncer.template import limited

    raw, values = _values(style, book, now, is_new=True)
    parts = style.templates
    with limited("highlight"):
        yaml = parts.yaml_front_matter.render(parts.yaml_front_matter.values(raw))
        top = [part.render(part.values(values)) for part in (parts.page_title, parts.metadata, parts.highlights_header)]
        return _joined([_fenced(yaml), *top, *_highlights(style, book, highlights, values)])


def render_section(
    style: Style, book: Book, highlights: Sequence[Highlight], *, now: datetime, with_heading: bool
) -> str:
    """Return what a later sync adds: a heading, unless it is the note's last one already, and highlights."""
    from syncer.template import limited

    _, values = _values(style, book, now, is_new=False)
    header = style.templates.highlights_header
    with limited("highlight"):
        heading = [header.render(header.values(values))] if with_heading else []
        return _joined([*heading, *_highlights(style, book, highlights, values)])


def section_heading(style: Style, book: Book, *, now: datetime) -> str:
    """Return the heading of a section made now, with its line end: two of one minute are one section."""
    return _heading(style, style.templates.highlights_header, book, now)


def updated_heading(style: Style, book: Book, *, now: datetime) -> str:
    """Return the heading of an updated section made now, with its line end."""
    return _heading(style, style.templates.updated_header, book, now)


def _heading(style: Style, header: Part, book: Book, now: datetime) -> str:
    from syncer.template import limited

    _, values = _values(style, book, now, is_new=False)
    with limited(header.name):
        return _joined([header.render(header.values(values))])


def front_matter_problem(note: str) -> str:
    """Return why a note's front matter does not parse, as a warning's words; "" where it does, or there is none."""
    from syncer.front_matter import read

    return read(note)[1]


def render_updates(
    style: Style,
    book: Book,
    *,
    changed: Sequence[Highlight],
    deleted: Sequence[Highlight],
    about: Sequence[str],
    now: datetime,
) -> str:
    """Return the lines of an updated section, without its heading.

    First comes one line for `about`, the book's own fields that changed; then each changed highlight, whole; then a
    line for each that was deleted.
    """
    from syncer.template import limited

    _, values = _values(style, book, now, is_new=False)
    with limited("highlight"):
        lines = [f"- {CHANGED} {_inline(style, ', '.join(about_pieces(book, about)))}"] if about else []
        lines += _highlights(style, book, changed, values, with_chapters=False)
        return _joined([*lines, *(_deleted_line(style, book, one) for one in deleted)])


def shown_fields(style: Style, now: datetime) -> frozenset[str]:
    """Return which of "text", "note" and "tags" the highlight template shows at all."""
    from syncer.template_trial import FULL

    one = FULL.highlights[0]
    lacking = {"text": replace(one, text="Other"), "note": replace(one, note=""), "tags": replace(one, tags=())}

    def rendered(highlight: Highlight) -> str:
        return render_updates(style, FULL, changed=[highlight], deleted=[], about=[], now=now)

    return frozenset(name for name, other in lacking.items() if rendered(other) != rendered(one))


def _deleted_line(style: Style, book: Book, highlight: Highlight) -> str:
    """Return the line that names a deleted highlight by its first words and its link."""
    label, url = where(book, highlight, safe=style.neutralise)
    link = f" ([{label}]({url}))" if label and url else f" ({label})" if label else ""
    return f"- {DELETED} “{_inline(style, first_words(highlight.text))}”{link}"


def _inline(style: Style, text: str) -> str:
    return neutralise(text, first_line_is_inline=True) if style.neutralise else text


def document_order(highlights: Iterable[Highlight]) -> list[Highlight]:
    """Return highlights as they stand in the document: by location, time, id; without a location last."""
    listed = list(highlights)
    locations = {highlight.location for highlight in listed}
    if len(locations) == len(listed) and None not in locations:
        return sorted(listed, key=lambda highlight: highlight.location or 0)
    return sorted(listed, key=_place)


def _place(highlight: Highlight) -> tuple[bool, int, datetime, int]:
    when = instant(highlight.highlighted_at) if highlight.highlighted_at else None
    return highlight.location is None, highlight.location or 0, when or _LONG_AGO, highlight.id


def chapter_level(highlight: Highlight) -> str:
    """Return "h1", "h2" or "h3" for a highlight that is a chapter's heading, else ""."""
    if not highlight.tags and not highlight.note:
        return ""
    words = [f".{tag.lower()}" for tag in highlight.tags] + [highlight.note.strip().lower()]
    return next((word[1:] for word in words if word[:1] == "." and word[1:] in _CHAPTERS), "")


def _values(style: Style, book: Book, now: datetime, *, is_new: bool) -> tuple[Values, Values]:
    """Return the values of the front matter, as Readwise has them, and those of the note's own text."""
    raw = raw_values(book, style.timezone, now)
    raw |= {"is_new_page": is_new, "has_new_highlights": True, "note_tags": list(style.tags)}
    return raw, note_values(raw, safe=style.neutralise)


def _highlights(
    style: Style, book: Book, highlights: Sequence[Highlight], values: Values, *, with_chapters: bool = True
) -> list[str]:
    part = style.templates.highlight
    shared = part.values(values)
    zone = style.timezone if part.dates_highlights else None
    render = part.renderer(shared)
    rendered: list[str] = []
    for highlight in highlights:
        level = chapter_level(highlight) if with_chapters else ""
        if level and (title := _chapter(style, highlight)):
            rendered.append(f"{_CHAPTERS[level]} {title}")
            continue
        shared.update(highlight_values(book, highlight, zone=zone, safe=style.neutralise))
        rendered.append(render())
    return rendered


def _chapter(style: Style, highlight: Highlight) -> str:
    title = one_line(highlight.text)
    return neutralise(title, first_line_is_inline=True) if style.neutralise else title


def _fenced(yaml: str) -> str:
    """Put the front matter's `---` lines around it, unless there is none or it brings its own."""
    yaml = yaml.strip("\n")
    return yaml if not yaml or yaml.startswith("---\n") else f"---\n{yaml}\n---"


def _joined(parts: Iterable[str]) -> str:
    """Join parts by one line end each, and let exactly one be last."""
    from syncer.template import of_allowed_size

    text = "".join(part if part.endswith("\n") else f"{part}\n" for part in parts if part)
    return of_allowed_size(text.rstrip("\n") + "\n" if text.endswith("\n\n") else text)
