"""What does a preview look like in a browser? One page that holds everything it shows, and asks nobody for anything.

    page(title="What a sync would do", summary="3 notes to make", remarks=(…), filters=FILTERS, entries=[Entry(…), …])
    → b"<!DOCTYPE html>…"

The notes lie in it as JSON, which its own script turns into elements, a note when it is chosen. Guarantees: nothing of
the data becomes markup, style or script: in the HTML it is escaped, in the JSON no `<` is left, and the script makes
elements by name and sets text as text; the Content-Security-Policy allows that one script and that one style, by their
hashes, and no address at all. What an entry says of a note is page_entries.py's; the looks are in `page_assets/`.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Sequence
from functools import cache
from hashlib import sha256
from html import escape
from pathlib import Path
from string import Template

import msgspec

from syncer.report import shown

_IN_JSON = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the page: `kinds` are the filters that it belongs to, the first one colours its badge.

    `before` is the end of the note as it is, `added` what comes after it; `notices` are what is odd, or in the way.
    """

    path: str
    badge: str
    kinds: tuple[str, ...]
    count: str = ""
    notices: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    before: str = ""
    added: str = ""


def page(
    *,
    title: str,
    summary: str,
    remarks: Sequence[str],
    filters: Sequence[tuple[str, str]],
    entries: Iterable[Entry],
) -> bytes:
    """Return the page; `filters` are pairs of an entry's kind and the words for it, in the order of their buttons."""
    style, script = _asset("page.css"), _asset("page.js")
    policy = (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    text = Template(_asset("page.html")).substitute(
        policy=escape(policy, quote=False),
        title=escape(shown(title)),
        style=style,
        summary=escape(shown(summary)),
        remarks=_remarks(remarks),
        data=_json({"filters": filters, "notes": list(entries)}),
        script=script,
    )
    return text.encode("utf-8", "backslashreplace")


def _remarks(remarks: Sequence[str]) -> str:
    if not remarks:
        return ""
    items = "".join(f"<li>{escape(shown(one))}</li>" for one in remarks)
    return f"<details><summary>Also ({len(remarks)})</summary><ul>{items}</ul></details>"


def _json(value: object) -> str:
    """Return JSON that can stand in a script element: nothing in it can end the element."""
    text = msgspec.json.encode(value).decode()
    for char, instead in _IN_JSON.items():
        text = text.replace(char, instead)
    return text


@cache
def _asset(name: str) -> str:
    return (Path(__file__).with_name("page_assets") / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"
