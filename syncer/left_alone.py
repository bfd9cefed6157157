"""Which files of a vault does nobody here read, whatever they hold?

    Deep.sync-conflict-20241014-095600-ABCDEFG.md      a sync tool's conflict copy
    Deep (conflicted copy 2024-10-14).md               the same, of another tool
    Full Document Contents/Articles/Deep.md            Readwise's own full texts
    .trash/Deep.md                                     anything below a folder with a dot

    The Ukraine-conflict-2022.md                       but this is a title: the day is six digits or more

A name decides; the file is not opened. Such a file is no book's note, is never written, and its name is still taken.
"""

from __future__ import annotations

import re

_CONFLICT = re.compile(
    r"\.sync-conflict-\d{8}-\d{6}|\(conflicted copy [^)]*\)|\([^)]*conflicted copy[^)]*\)|conflict(?:ed)? copy \d"
    r"|^\.syncthing\.|^~syncthing~|\.syncthing\.|_conf\(\d+\)|\(case conflict|\[conflict(?:ed)?\b|-conflict-\d{6}",
    re.I,
)
_FULL_TEXTS = "full document contents"


def is_left_alone(path: str) -> bool:
    """Return whether the path is a sync tool's conflict copy, one of Readwise's full texts, or hidden."""
    if path.startswith(".") or "/." in path:
        return True
    lower = path.lower()
    if "conf" not in lower and "syncthing" not in lower and _FULL_TEXTS not in lower:
        return False  # each of the ways to name such a file has one of these in it; most paths have none
    folder, _, name = path.rpartition("/")
    return _FULL_TEXTS in folder.lower().split("/") or _CONFLICT.search(name) is not None
