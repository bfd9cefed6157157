"""Why is a note (not) touched: the one decision, made from values alone, shown by `dry-run` and carried out by `once`.

    Decision(book_id=60110123, path="Readwise/State of AI.md", missing=(801, 802), rule=Rule.LINK, …)
    Hold(title="State of AI", paths=("a.md", "b.md"), reason="two notes fit equally well", hint="syncer adopt …")

Read planner.py first: book by book, left alone, met with its note, given a new one or held back with a reason.

    book by book, and every "no" with its reason            planner.py
    what of a book is missing in its note, and what not     judged.py
    which note is the book's, and what it shows             reading.py
    which name a new note gets                              free_names.py
    what the decision is made from                          world.py

What is in a note decides what is missing; the state adds only what its owner removed. Guarantees: a highlight that is
found in its note, or was delivered into it before, is never missing; each "no" to a change is a Hold with its reason;
equal inputs make equal plans. The bytes of a change are made by change.py, from these decisions.
"""

from syncer.plan.free_names import Names
from syncer.plan.planner import make_plan
from syncer.plan.world import Rules, Unreadable, World

__all__ = ["Names", "Rules", "Unreadable", "World", "make_plan"]
