"""What syncer remembers: one SQLite file a vault, a cache and a journal, safe to delete.

    store.py     the file itself: its name, opening it, one durable transaction
    seals.py     the checksum on each value, and what damage is
    look.py      which file is a vault's, and how it is looked at where nothing is to be changed
    whole.py     is it whole? The copy for a dry run, the second look, what is put aside
    schema.py    its tables, and how those of an older version become them
    mirror.py    the account's books as Readwise has them; all pages of a fetch in one transaction
    links.py     which links two books share, kept when it is first asked
    aside.py     where pages and links lie while they are sorted
    ledger.py    which note is which book's, which highlight was delivered; the index's cache
    deliveries.py   a copy of those records beside the file, for when it is damaged or gone
    journal.py   intents of the batch that is being written, runs, and what each added

Losing the file costs one full fetch and the memory of what was removed from notes, never a duplicate or a byte:
what is in a *note* decides what is missing, and the records here only make that quicker or remember a removal.
Every value is sealed with a checksum of its key and bytes; one that does not fit is never used.
"""

from syncer.library.journal import Journal, Run, Undoing
from syncer.library.ledger import Ledger
from syncer.library.look import find_state, in_the_way, is_found, viewed
from syncer.library.mirror import Mirror
from syncer.library.seals import Corrupt
from syncer.library.store import Library, state_name
from syncer.library.whole import private_copy

__all__ = [
    "Corrupt",
    "Journal",
    "Ledger",
    "Library",
    "Mirror",
    "Run",
    "Undoing",
    "find_state",
    "in_the_way",
    "is_found",
    "private_copy",
    "state_name",
    "viewed",
]
