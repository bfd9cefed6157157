"""Which names are one and the same for a disk that folds case and Unicode form?

    folded("Été.md") == folded("e\u0301te\u0301.MD")

Two names that differ only for `folded` may be one file: no second note is made under the other.
"""

from __future__ import annotations

import unicodedata


def folded(name: str) -> str:
    """Return what a file system that folds case and composition takes a name for."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
