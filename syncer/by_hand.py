"""What a person decides against the plan: that a note is a book's, or that what was removed shall come back.

    adopt(setup, book_id=60110123, note="Readwise/Deep.md")     → ("Deep", "Readwise/Deep.md")
    restore(setup, note="Readwise/Deep.md")                     → the report of what was appended

Guarantee: only records in the state change here; what is then written is decided by the plan, as ever.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from syncer.errors import UsageError
from syncer.library.ledger import NEVER
from syncer.model import NotePath
from syncer.opening import Setup, locked, opened


def adopt(setup: Setup, *, book_id: int, note: str) -> tuple[str, NotePath]:
    """Decide that a note is a book's, and return the book's title and the note's path in the vault.

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
            placed = library.ledger.placed(book.id)
            inode = (root / found).stat().st_ino
            with library.transaction():
                adopted = msgspec.structs.replace(placed, path=found, inode=inode, adopted=True)
                library.ledger.record(book.id, adopted, settled=NEVER)
    return book.title, found


def path_in_vault(root: Path, note: str) -> NotePath:
    """Return a note's path relative to the vault, given from there or from anywhere; raise UsageError for none."""
    given = Path(note).expanduser()
    inside = given.resolve() if given.is_absolute() or given.exists() else (root / given).resolve()
    if not inside.is_relative_to(root) or not inside.is_file() or inside.suffix.lower() != ".md":
        raise UsageError(f"there is no note {note} in the vault {root}", hint="give its path from the vault's root")
    return NotePath(inside.relative_to(root).as_posix())
