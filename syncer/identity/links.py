"""Which targets of links are the same, and which links does a line of a note hold?

    https://read.readwise.io/read/01J9ABC…, …/new/read/01j9abc…         reader:01j9abc…
    https://readwise.io/open/801, ^rw801, rw801                        rw:801
    https://readwise.io/to_kindle?action=open&asin=B01&location=12     kindle:B01:12
    https://x.com/a/status/7, https://mobile.twitter.com/a/status/7    tweet:7
    http://www.site.org/a/?utm_source=mail                             url:site.org/a

Guarantees: pure; equal targets have equal keys, "" means no link; no key ever raises, whatever the text.
What a key then says about a book is for `shelf.py`, about a highlight for `find.py`.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from syncer.model import Book, Highlight

_READER = re.compile(r"read\.readwise\.io/(?:[\w-]+/)?read/([0-9a-z]+)", re.I)
_READER_URL = "https://read.readwise.io/read/"
_OPEN = re.compile(r"readwise\.io/open/(\d+)", re.I)
_KINDLE = re.compile(r"readwise\.io/to_kindle|^kindle:|read\.amazon\.", re.I)
_ASIN = re.compile(r"[?&]asin=([0-9a-z]+)", re.I)
_LOCATION = re.compile(r"[?&]location=(\d+)", re.I)
_TWEET = re.compile(r"^https?://(?:[\w-]+\.)?(?:twitter|x)\.com/[^?#]*?status(?:es)?/(\d+)", re.I)
_TWITTER_HOSTS = frozenset({"twitter.com", "x.com", "mobile.twitter.com", "mobile.x.com", "m.twitter.com"})
_TRACKING = frozenset(
    [
        "fbclid",
        "gclid",
        "dclid",
        "msclkid",
        "yclid",
        "twclid",
        "mc_cid",
        "mc_eid",
        "igsh",
        "igshid",
        "ref",
        "ref_",
        "ref_src",
        "ref_url",
        "source",
        "referrer",
        "cmdid",
        "cmpid",
        "ncid",
        "mkt_tok",
        "vero_id",
        "_hsenc",
        "_hsmi",
        "__hstc",
        "__hssc",
        "s_cid",
        "spm",
        "smid",
    ]
)
_TRACKING_FRAGMENT = re.compile(r":~:text=|utm_|xtor=|ref=|source=", re.I)

_URL = re.compile(r"""(?:https?|kindle)://[^\s<>"\]]+""", re.I)
_MARK = re.compile(r"(?:\^|\b)rw(\d{3,})\b")
_HEADING_ID = re.compile(r"^[\s>]*#{1,6}\s+id(\d{6,})\b")
OWN_LINK = re.compile(
    r"\s*(?P<open>\()?(?<!!)\[(?P<label>[^\[\]\n]{0,80})\]\((?P<url>[^\s()]+(?:\([^\s()]*\)[^\s()]*)*)\)"
    r"(?(open)\))",
    re.I,
)
"""A Markdown link, with the brackets around it that Readwise's export writes."""

_LABEL = re.compile(
    r"\W*(?:view(?: \w+)?|location\W*[\d,]+.*|loc\.?\W*\d+|page\W*[\w,-]+|none|open(?: in \w+)?)\W*", re.I
)
_LEFT_OUT = re.compile(r"[\t\r\n]")
"""What a browser drops from an address."""
_WRITTEN = re.compile(r"view (?:highlight|tweet)|(?:location|page) \d+", re.I)
"""The labels that Readwise and we write, in brackets, whatever the address: `([View Highlight](zotero://…))`."""
_ADDRESS = re.compile(r"(?:https?|kindle)://", re.I)
_SURE = ("reader:", "rw:", "kindle:")


def link_key(url: str) -> str:
    """Return the key under which this link's target is compared, "" for no link; never raises."""
    url = url.strip()
    if not url:
        return ""
    if url.startswith(_READER_URL) and (own := url[len(_READER_URL) :]).isalnum() and own.isascii():
        return f"reader:{own.lower()}"  # what most of them are
    if "&amp;" in url:
        from html import unescape

        url = unescape(url)
    if found := _READER.search(url):
        return f"reader:{found[1].lower()}"
    if found := _OPEN.search(url):
        return f"rw:{int(found[1])}" if len(found[1]) < 20 else f"rw:{found[1]}"
    if _KINDLE.search(url) and (asin := _ASIN.search(url)):
        place = _LOCATION.search(url)
        return kindle_key(asin[1], int(place[1][:18]) if place else None)
    if found := _TWEET.match(url):
        return f"tweet:{found[1]}"
    return f"url:{_canonical(url)}"


def kindle_key(asin: str, location: int | None) -> str:
    """Return the key of a place in a Kindle book."""
    return f"kindle:{asin.upper()}:{'' if location is None else location}"


def source_key(url: str) -> str:
    """Return the key of a page, for comparing `source_url`: as `link_key`, with every fragment dropped."""
    return link_key(url.partition("#")[0]) if "#/" not in url and "#!" not in url else link_key(url)


def _canonical(url: str) -> str:
    try:
        parts = urlsplit(url)
        host = (parts.netloc or "").lower().removeprefix("www.").removesuffix(":80").removesuffix(":443")
    except ValueError:  # a bracket that is no IPv6 address
        return url
    if parts.scheme.lower() not in ("http", "https", ""):
        return unquote(_LEFT_OUT.sub("", url)).rstrip("/")
    path = unquote(parts.path).rstrip("/")
    if host in _TWITTER_HOSTS:
        return f"twitter.com{path.lower()}"
    return f"{host}{path}{_kept_query(parts.query)}{_kept_fragment(parts.fragment)}"


def _kept_query(query: str) -> str:
    pairs = [
        (name, value)
        for name, value in parse_qsl(query, keep_blank_values=True)
        if name.lower() not in _TRACKING and not name.lower().startswith("utm_")
    ]
    return f"?{urlencode(sorted(pairs))}" if pairs else ""


def _kept_fragment(fragment: str) -> str:
    return f"#{fragment}" if fragment and not _TRACKING_FRAGMENT.search(fragment) else ""


def highlight_links(book: Book, highlight: Highlight) -> tuple[str, ...]:
    """Return every key under which a note may link this highlight; the last one is its id's."""
    own = f"rw:{highlight.id}"
    key = link_key(highlight.url) if highlight.url else ""
    if book.asin and highlight.location is not None and highlight.location_type in ("location", ""):
        place = kindle_key(book.asin, highlight.location)
        return tuple(dict.fromkeys((key, place, own) if key else (place, own)))
    return (key, own) if key and key != own else (own,)


def shared_keys(book: Book, highlights: Collection[Highlight]) -> set[str]:
    """Return the keys of these highlights' links that another book may have too: all but those of their ids."""
    if book.asin:
        return {key for one in highlights for key in highlight_links(book, one)[:-1]}
    return {key for one in highlights if (key := link_key(one.url)) and key != f"rw:{one.id}"}


def link_keys(book: Book) -> set[str]:
    """Return the keys of all links of a book's highlights that another book may have too."""
    return shared_keys(book, book.highlights)


def is_own_link(found: re.Match[str]) -> bool:
    """Say whether a match of OWN_LINK is a highlight's link, and not one that its text holds."""
    label = found["label"].replace("\xa0", " ")
    if not _ADDRESS.match(found["url"]):
        return bool(found["open"] and _WRITTEN.fullmatch(label))
    if _LABEL.fullmatch(label):
        return True
    key = link_key(found["url"])
    return key.startswith(_SURE) or "instapaper.com/read/" in key


def is_sure(key: str) -> bool:
    """Say whether the key's target is a highlight by itself (a tweet or a page may be linked for other reasons)."""
    return key.startswith(_SURE)


def marks(line: str) -> list[str]:
    """Return the keys of the highlight ids that the line bears as a mark: `^rw801`, `rw801`, `### id801`."""
    found = [f"rw:{number.lstrip('0')}" for number in _MARK.findall(line)] if "rw" in line else []
    if "id" in line and (heading := _HEADING_ID.match(line)):
        found.append(f"rw:{heading[1].lstrip('0')}")
    return found


def links_in(line: str) -> list[str]:
    """Return the keys of all links and marks in a line, in their order."""
    found = [link_key(_trimmed(url)) for url in _URL.findall(line)] if "://" in line else []
    return [*found, *marks(line)]


def _trimmed(url: str) -> str:
    """Drop the closing brackets and stops that belong to the text around a bare or bracketed URL."""
    depth = 0
    for at, char in enumerate(url):
        depth += (char == "(") - (char == ")")
        if depth < 0:
            return url[:at]
    return url.rstrip(".,;:!?'*")
