"""What a person decides against the plan: that a note is a book's, or that what was removed shall come back.

    adopt(setup, book_id=60110123, note="Readwise/Deep.md")     → ("Deep", "Readwise/Deep.md", [])
    books_of(library, root, note="Readwise/Deep.md")            → [60110123], whose note it is, or was
    give_back(library, plan, [60110123])                        what the plan brings back is missing again

Guarantee: only records in the state change here; what is then written is decided by the plan, as ever.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import msgspec

from syncer.errors import UsageError
from syncer.library import Library
from syncer.library.ledger import NEVER
from syncer.model import BookId, NotePath, Plan, Status
from syncer.opening import Setup, locked, opened
from syncer.selection import wanted


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


def books_of(library: Library, root: Path, *, note: str) -> list[BookId]:
    """Return the books whose note this is; it may be gone. Raise UsageError where no book was ever in it."""
    inside = _meant(root, note)
    path = NotePath(inside.relative_to(root).as_posix()) if inside.is_relative_to(root) else NotePath("")
    known = library.ledger.paths()
    if path not in known:
        raise UsageError(f"{note} is not the note of a book", hint="give its path from the vault's root")
    return known[path]


def give_back(library: Library, plan: Plan, books: Collection[BookId]) -> None:
    """Forget that the owner took out of these books' notes what the plan brings back into them, and nothing else."""
    written = {one.book_id: one for one in plan.decisions if one.missing and one.book_id in books}
    with library.transaction():
        for book, _ in library.mirror.books(sorted(written)):
            twins = wanted(book).twins
            back = {twin for number in written[book.id].missing for twin in twins[number]}
            placed = library.ledger.placed(book.id)
            kept = {number: one for number, one in placed.highlights.items() if number not in back}
            library.ledger.record(book.id, msgspec.structs.replace(placed, highlights=kept), settled=NEVER)


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
