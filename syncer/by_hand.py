"""What a person decides against the plan: that a note is a book's, or that what was removed shall come back.

    adopt(setup, book_id=60110123, note="Readwise/Deep.md")     → ("Deep", "Readwise/Deep.md", [])
    give_back(library, root, note="Readwise/Deep.md")           what its owner took out is missing again

Guarantee: only records in the state change here; what is then written is decided by the plan, as ever.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from syncer.errors import UsageError
from syncer.library import Library
from syncer.library.ledger import NEVER
from syncer.model import BookId, NotePath, Status
from syncer.opening import Setup, locked, opened


def adopt(setup: Setup, *, book_id: int, note: str) -> tuple[str, NotePath, list[BookId]]:
    """Decide that a note is a book's; return the book's title, the note's path, and the other books it is the note of.

    Raise UsageError where the library knows no such book or the vault no such note.
    """
    with locked(setup) as (root, path):
        if not path.exists():
            raise UsageError("there is no state of this vault yet", hint="run first: syncer once")
        found = path_in_vault(root, note)
        with opened(setup, root, path) as (library, _):
            book = library.mirror.book(book_id)
            if book is None:
                raise UsageError(f"the library has no book {book_id}", hint="a held-back change names the book's id")
            others = [one for one in library.ledger.paths().get(found, []) if one != book.id]
            placed = library.ledger.placed(book.id)
            inode = (root / found).stat().st_ino
            with library.transaction():
                gone = (Status.REMOVED, Status.SKIPPED)
                kept = (
                    placed.highlights
                    if placed.path == found
                    else {number: one for number, one in placed.highlights.items() if one.status in gone}
                )
                adopted = msgspec.structs.replace(placed, path=found, inode=inode, adopted=True, highlights=kept)
                library.ledger.record(book.id, adopted, settled=NEVER)
    return book.title, found, others


def give_back(library: Library, root: Path, *, note: str) -> None:
    """Forget that the owner of a note took highlights out of it, so that the plan finds them missing.

    `note` may be the path of a note that is gone; raise UsageError where no book was ever in it.
    """
    known = library.ledger.paths()
    inside = _meant(root, note)
    path = NotePath(inside.relative_to(root).as_posix()) if inside.is_relative_to(root) else NotePath("")
    if path not in known:
        raise UsageError(f"{note} is not the note of a book", hint="give its path from the vault's root")
    gone = (Status.REMOVED, Status.SKIPPED)
    with library.transaction():
        for book_id in known[path]:
            placed = library.ledger.placed(book_id)
            missing = not inside.exists()
            kept = {key: one for key, one in placed.highlights.items() if not missing and one.status not in gone}
            library.ledger.record(book_id, msgspec.structs.replace(placed, highlights=kept), settled=NEVER)


def path_in_vault(root: Path, note: str) -> NotePath:
    """Return a note's path relative to the vault, given from there or from anywhere; raise UsageError for none."""
    inside = _meant(root, note)
    if not inside.is_relative_to(root) or not inside.is_file() or inside.suffix.lower() != ".md":
        raise UsageError(f"there is no note {note} in the vault {root}", hint="give its path from the vault's root")
    return NotePath(inside.relative_to(root).as_posix())


def _meant(root: Path, note: str) -> Path:
    """Return the whole path of what is named from the working directory, if it is there, else from the vault's root."""
    given = Path(note).expanduser()
    return given.resolve() if given.is_absolute() or given.exists() else (root / given).resolve()
