"""Which name may a new note take? One that no file has and no other book's note, not even with other letter case.

    claim("Readwise/Deep.md", 801)   → "Readwise/Deep.md", or "Readwise/Deep (801).md" where that one is taken

Where both are taken, Unreadable says so. How a name is made of a title is names.py's question.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping

from syncer.model import BookId, NotePath
from syncer.plan.world import Unreadable
from syncer.spelling import folded


class Names:
    """The names that new notes may take: none that is taken, also when folded, by a file or by another book's note."""

    def __init__(self, *, reserved: Mapping[str, BookId], folder: Callable[[str], Container[str]]) -> None:
        self._reserved = dict(reserved)
        self._folder = folder

    def claim(self, path: NotePath, book_id: BookId) -> NotePath:
        """Return the path, or the path with the book's id in its name, and keep it for this book."""
        from syncer.names import with_id

        for candidate in (path, with_id(path, book_id)):
            if self._free(candidate, book_id):
                self._reserved[folded(candidate)] = book_id
                return candidate
        reason = f"the names {path} and {with_id(path, book_id)} are both taken by other files"
        raise Unreadable(reason, soon=False, hint="rename one of the files")

    def belongs_to_another(self, path: NotePath, book_id: BookId) -> bool:
        """Return whether the state knows the note at this path as another book's."""
        return self._reserved.get(folded(path), book_id) != book_id

    def _free(self, path: NotePath, book_id: BookId) -> bool:
        owner = self._reserved.get(folded(path))
        folder, _, name = path.rpartition("/")
        return owner in (None, book_id) and folded(name) not in self._folder(folder)
