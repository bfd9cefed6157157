"""Which lines of a note are its metadata, by the label they begin with?"""

from __future__ import annotations

import pytest

from syncer.identity.labels import label_of


@pytest.mark.parametrize(
    ("line", "label"),
    [
        ("- Author: N", "author"),
        ("> **Full Title**:: N", "full-title"),
        ("real_title:", "real-title"),
        ("Author:N", ""),
        ("1. Author: N", ""),
        ("Author N", ""),
        ("Somebody: N", ""),
        ("URL:", "url"),
    ],
)
def test_a_label_of_metadata_begins_its_line(line: str, label: str) -> None:
    assert label_of(line) == label


LABELS = """
    author authors title full-title real-title category url source source-url link document-note document-tags summary
    tags type readwise-link readwise-source readwise-id readwiseid published-date last-highlighted-date date synced deck
    aliases alias cover image highlights-url related-to review-for-repurpose
    """


@pytest.mark.parametrize("label", LABELS.split())
def test_exports_and_their_owners_use_these_labels(label: str) -> None:
    for line in (f"{label}: x", f"- **{label.replace('-', ' ').title()}**:: x", f"> {label.replace('-', '_')}:"):
        assert label_of(line) == label
