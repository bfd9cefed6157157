"""What syncer remembers: one SQLite file a vault, a cache and a journal, safe to delete.

    store.py     the file itself: opening, checksums, what is put aside, the copy for a dry run
    schema.py    its tables, and how those of an older version become them
    mirror.py    the account's books as Readwise has them; all pages of a fetch in one transaction
    ledger.py    which note is which book's, which highlight was delivered; the index's cache
    deliveries.py   a copy of those records beside the file, for when it is damaged or gone
    journal.py   intents of the batch that is being written, runs, and what each added

Losing the file costs one full fetch and the memory of what was removed from notes, never a duplicate or a byte:
what is in a *note* decides what is missing, and the records here only make that quicker or remember a removal.
Every value is sealed with a checksum of its key and bytes; one that does not fit is never used.
"""

from syncer.library.journal import Journal, Run, Undoing
from syncer.library.ledger import Ledger
from syncer.library.mirror import Mirror
from syncer.library.store import Corrupt, Library, find_state, private_copy, state_name

__all__ = [
    "Corrupt",
    "Journal",
    "Ledger",
    "Library",
    "Mirror",
    "Run",
    "Undoing",
    "find_state",
    "private_copy",
    "state_name",
]
