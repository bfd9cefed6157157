"""Which lines of a note are its metadata, by the label they begin with?

    - Full Title: State of AI        full-title
    **Real Title**:: Deep            real-title
    - Summary of the talk: it ends   ""           no label of METADATA_LABELS, or not at the line's start

Guarantees: pure; letter case, bullets, quotes and marks before the label do not matter.
"""

from __future__ import annotations

import re

_LABEL = re.compile(r"[\s>]*(?:[-*+]\s+)?[*_]*([A-Za-z][\w -]{1,24}?)[*_]*\s*::?[*_]*(?:\s|$)")
METADATA_LABELS = frozenset(
    [
        "author",
        "authors",
        "title",
        "full-title",
        "real-title",
        "category",
        "url",
        "source",
        "source-url",
        "link",
        "document-note",
        "document-tags",
        "summary",
        "tags",
        "type",
        "readwise-link",
        "readwise-source",
        "readwise-id",
        "readwiseid",
        "published-date",
        "last-highlighted-date",
        "date",
        "synced",
        "deck",
        "aliases",
        "alias",
        "cover",
        "image",
        "highlights-url",
        "related-to",
        "review-for-repurpose",
    ]
)


def label_of(line: str) -> str:
    """Return the metadata label that a line begins with, as in METADATA_LABELS, or ""."""
    found = _LABEL.match(line)
    label = found[1].strip().lower().replace(" ", "-").replace("_", "-") if found else ""
    return label if label in METADATA_LABELS else ""
