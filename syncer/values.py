"""Which variables does a template get, and in which form?

    title "What is AI?"   author "N. B."   date 2024-10-14   time "9:56 AM"   is_new_page True …   of the book
    highlight_text "first line\\n  second"   highlight_location "View Highlight"   highlight_tags ["a"]

The names are those of Readwise's own templates (title and full_title are the same here; readable_title,
note_tags are ours). Guarantees: every name is always there, "" or an empty list where Readwise says
nothing; in `note_values` and `highlight_values` a value that is not a text of several lines by nature is
one line, and where the style asks for it nothing in it runs (neutralise.py); in `raw_values`, for front
matter and paths, values are as Readwise has them.
"""

from __future__ import annotations

import re
from datetime import datetime, tzinfo
from functools import lru_cache
from typing import TYPE_CHECKING

from syncer.block import lines_of
from syncer.instants import instant
from syncer.neutralise import neutralise

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from syncer.model import Book, Highlight

Values = dict[str, object]

_LINE_ENDS = re.compile("[ \t]*[\r\n\v\f\x85\u2028\u2029]+[ \t]*")
_NOT_IN_A_LINK = re.compile(r"[\s<>\\`\x00-\x1f\x7f-\x9f]|%%|\$\$")
_LEFT_OUT = re.compile(r"[\t\r\n]")
"""What a browser drops from an address, and so does who compares two."""
_ORDINARY_LINK = re.compile(r"https?://[A-Za-z0-9_./?=&#:~,+@!;*'-]*(?:%[0-9A-Fa-f]{2}[A-Za-z0-9_./?=&#:~,+@!;*'-]*)*")
_TWITTER = re.compile(r"https?://(?:www\.|mobile\.)?(?:twitter|x)\.com/", re.IGNORECASE)
_READER = ("https://read.readwise.io/", "https://readwise.io/")
OWN_TAGS = frozenset({"favorite", "discard", "h1", "h2", "h3", "h4", "h5", "h6"})
"""Tags that Readwise makes itself of a star, a discarded highlight and a chapter heading."""

_NBSP = "\u00a0"


class Moment(datetime):
    """A point in time that prints as its day, as `{{ date }}` does in Readwise's templates."""

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}-{self.day:02d}"


@lru_cache(maxsize=16)
def moment(when: datetime, zone: tzinfo) -> Moment:
    """Return a time in the zone that the notes are written in."""
    local = when.astimezone(zone)
    return Moment.combine(local.date(), local.timetz(), local.tzinfo)


def clock(when: datetime) -> str:
    """Return the time of day as Readwise's headings have it: `9:56 AM`."""
    return f"{when.hour % 12 or 12}:{when.minute:02d} {'AM' if when.hour < 12 else 'PM'}"


def one_line(text: str) -> str:
    """Return a value as one line: each line end becomes a blank."""
    return text.strip() if text.isprintable() else _LINE_ENDS.sub(" ", text).strip()


def raw_values(book: Book, zone: tzinfo, now: datetime) -> Values:
    """Return a book's values as Readwise has them, for front matter and paths."""
    local = moment(now, zone)
    return {
        "title": book.title,
        "full_title": book.title,
        "readable_title": book.readable_title or book.title,
        "author": book.author,
        "category": book.category,
        "source": book.source,
        "url": book.source_url,
        "source_url": book.source_url,
        "highlights_url": book.readwise_url,
        "image_url": book.cover_image_url,
        "document_tags": list(book.tags),
        "document_note": book.document_note,
        "summary": book.summary,
        "published_date": "",
        "last_highlighted_date": _last_highlighted(book, zone),
        "book_id": book.id,
        "date": local,
        "time": clock(local),
    }


def path_values(book: Book, zone: tzinfo, now: datetime) -> Values:
    """Return a book's values for the template of a path: none of them can begin a folder of its own."""
    return {name: _without_slash(value) for name, value in raw_values(book, zone, now).items()}


def _without_slash(value: object) -> object:
    if isinstance(value, list):
        return [_without_slash(item) for item in value]
    return value.replace("/", "").replace("\\", "") if isinstance(value, str) else value


def _last_highlighted(book: Book, zone: tzinfo) -> Moment | str:
    return _date(max((one.highlighted_at for one in book.highlights), default=""), zone)


def note_values(raw: Mapping[str, object], *, safe: bool) -> Values:
    """Return the values of a note's own text: one line each, addresses fit for a link, nothing that runs."""
    shown = _shown(safe=safe)
    values: Values = {}
    for name, value in raw.items():
        if not value:
            values[name] = value
        elif isinstance(value, str):
            values[name] = link_address(value, safe=safe) if name.endswith("url") else shown(value)
        elif isinstance(value, list):
            values[name] = [shown(item) for item in value]
        else:
            values[name] = value
    return values


def _shown(*, safe: bool) -> Callable[[str], str]:
    return (lambda text: neutralise(one_line(text), first_line_is_inline=True)) if safe else one_line


def link_address(url: str, *, safe: bool) -> str:
    """Return an address that cannot end its own `(…)`, and that runs nothing where `safe` asks for it."""
    if _ORDINARY_LINK.fullmatch(url):
        return url
    url = url.strip()
    if url.count("(") != url.count(")") or ")" in url.partition("(")[0]:
        url = url.replace("(", "%28").replace(")", "%29")
    url = _NOT_IN_A_LINK.sub(_percent, _LEFT_OUT.sub("", url))
    return url.replace(":", "%3A", 1) if safe and _is_dangerous(url) else url


def _is_dangerous(url: str) -> bool:
    from syncer.dangers import is_dangerous_url

    return is_dangerous_url(url)


def _percent(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match.group().encode("utf-8", "replace"))


def highlight_values(book: Book, highlight: Highlight, *, zone: tzinfo | None, safe: bool) -> Values:
    """Return the values of one highlight, its text and note already the lines of a list item.

    Without a zone there is no `highlight_date`: a template that does not ask for it saves the time.
    """
    label, url = where(book, highlight, safe=safe)
    text = lines_of(highlight.text, indent="  ", safe=safe, before_link=bool(label))
    return {
        "highlight_text": text,
        "highlight_id": highlight.id,
        "highlight_location": label,
        "highlight_location_url": url,
        "highlight_tags": shown_tags(highlight.tags, safe=safe) if highlight.tags else [],
        "highlight_note": lines_of(highlight.note, indent="      ", safe=safe, inline=True) if highlight.note else "",
        "highlight_date": _date(highlight.highlighted_at, zone) if zone else "",
        "color": one_line(highlight.color) if highlight.color else "",
    }


def _date(text: str, zone: tzinfo) -> Moment | str:
    when = instant(text) if text else None
    try:
        return moment(when, zone) if when else ""
    except OverflowError:  # the year 1 or 9999, shifted by the zone
        return ""


def shown_tags(tags: Sequence[str], *, safe: bool) -> list[str]:
    """Return a highlight's tags without those that Readwise makes itself."""
    shown = _shown(safe=safe)
    return [shown(tag) for tag in tags if tag.lower() not in OWN_TAGS]


def where(book: Book, highlight: Highlight, *, safe: bool) -> tuple[str, str]:
    """Return the label of a highlight's link and its address; ("", "") where it has none (docs/format.md)."""
    kind, location = highlight.location_type, highlight.location
    url = link_address(highlight.url, safe=safe) if highlight.url else ""
    if kind == "page" and location is not None:
        return f"Page{_NBSP}{location}", url
    if kind == "location" and location is not None and not url:
        asin = link_address(book.asin, safe=safe)
        kindle = f"https://readwise.io/to_kindle?action=open&asin={asin}&location={location}" if asin else ""
        return f"Location{_NBSP}{location}", kindle
    if not url:
        return "", ""
    return ("View Tweet" if _is_tweet(book, url) else "View Highlight"), url


def _is_tweet(book: Book, url: str) -> bool:
    if url.startswith(_READER):
        return False
    return bool(_TWITTER.match(url)) or book.category == "tweets" or book.source == "twitter"
