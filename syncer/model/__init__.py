"""Every type that crosses a border between two files of this package, frozen.

    what Readwise has            Book, Highlight, Page, …                    books.py
    what is in the vault         NotePath, NoteEntry, Stamp, How, Rule, …    notes.py
    what is to be done           Plan, Decision, Hold, CreateNote, …         plans.py
    what the state knows of it   Placed, Delivery, Status, Addition, …       deliveries.py

Guarantees: a value never changes; text is valid Unicode without lone surrogates; "" means absent. There is no
behaviour here beyond what follows from the fields alone.
"""

from syncer.model.books import Book, BookId, Highlight, HighlightId, Page, Received
from syncer.model.deliveries import Addition, Delivery, Intent, Placed, Status
from syncer.model.notes import Fingerprint, How, NoteEntry, NoteFacts, NotePath, NoteText, Rule, Stamp, Unread
from syncer.model.plans import (
    AppendSection,
    Change,
    CreateNote,
    Decision,
    Failure,
    Footing,
    Hold,
    Part,
    Plan,
    Update,
    UpdateSection,
)

__all__ = [
    "Addition",
    "AppendSection",
    "Book",
    "BookId",
    "Change",
    "CreateNote",
    "Decision",
    "Delivery",
    "Failure",
    "Fingerprint",
    "Footing",
    "Highlight",
    "HighlightId",
    "Hold",
    "How",
    "Intent",
    "NoteEntry",
    "NoteFacts",
    "NotePath",
    "NoteText",
    "Page",
    "Part",
    "Placed",
    "Plan",
    "Received",
    "Rule",
    "Stamp",
    "Status",
    "Unread",
    "Update",
    "UpdateSection",
]
