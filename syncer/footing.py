"""Does a section that was made for a note still fit it, a moment later, when its owner has saved it once more?

    Footing(least=2605, ends_line=True, windows=False, counts=(0, 0, …), absent=(b"https://…",), end=b"")
    fits_on(footing, b"---\\n…")  → True: the bytes may be appended as they are

A note that an editor saves every few milliseconds is never the one that was read. What a section took from the note
is little: whether its last line is whole, its kind of line ends, that nothing is open at its end, and that the
highlights are not in it yet. Where all of that holds of the new bytes, and they are not half a save, the decision
would be the same. Anything else is decided anew, from the note.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from syncer.model import Footing, Highlight

LEAST_MARK = 20
"""Bytes of a link, or of a text's longest line, that tell a highlight from everything else in a note."""
END = 200
_BLOCKS = (b"```", b"~~~", b"<!--", b"-->", b"%%", b"$$", b"<<<<<<<", b"=======", b">>>>>>>", b"<?", b"<![")
_RAW = tuple(mark + name for name in (b"script", b"pre", b"style", b"textarea") for mark in (b"<", b"</"))


def footing_of(note: bytes, highlights: Iterable[Highlight], *, continues: bool) -> Footing | None:
    """Return what a section with these highlights stands on; None where one of them bears no mark of its own.

    `continues` says that the section goes under the heading that already ends the note.
    """
    marks = []
    for highlight in highlights:
        line = max(highlight.text.splitlines(), key=len, default="").strip()
        mark = (highlight.url or line).encode()
        if len(mark) < LEAST_MARK or mark in note:
            return None
        marks.append(mark)
    return Footing(
        least=len(note) // 2,
        ends_line=note.endswith(b"\n"),
        windows=has_windows_ends(note),
        counts=_counts(note),
        absent=tuple(marks),
        end=note[-END:] if continues else b"",
    )


def fits_on(footing: Footing, note: bytes) -> bool:
    """Return whether the section would be the same for a note with these bytes."""
    return (
        len(note) >= footing.least
        and note.endswith(b"\n") == footing.ends_line
        and note.endswith(footing.end)
        and has_windows_ends(note) == footing.windows
        and _counts(note) == footing.counts
        and not any(mark in note for mark in footing.absent)
    )


def sha256_of(text: str) -> str:
    """Return the checksum of a note's text: where it is still the same, so is what was found in it."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def has_windows_ends(note: bytes) -> bool:
    """Return whether most lines of a note end with CR LF."""
    return note.count(b"\r\n") * 2 > note.count(b"\n")


def _counts(note: bytes) -> tuple[int, ...]:
    folded = note.lower()
    return tuple(folded.count(mark) if mark[:1] in note else 0 for mark in (*_BLOCKS, *_RAW))
