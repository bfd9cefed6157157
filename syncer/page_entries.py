"""What is there to say of a note in a preview? Changes, holds and findings as the rows of a page, the odd ones first.

    of_change(AppendSection("Readwise/Deep.md", …), note, decisions)
    → Entry(path="Readwise/Deep.md", badge="more", kinds=("more",), count="+4", facts=(("Book", "Deep"), …), …)

Odd is what a person should look at before it is done: a note recognised by its words alone, a book with several notes,
a note met for the first time that would get most of its highlights again. Guarantees: control characters and marks
that turn the direction of writing are visible in every text; a note's end is shown, not all of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from syncer.model import AppendSection, BookId, Change, CreateNote, Decision, Failure, Hold, Rule
from syncer.page import Entry
from syncer.report import counted, shown
from syncer.verify import Finding

BEFORE_LINES = 4
BEFORE_BYTES = 6_000
"""How much of a note's end is shown: enough to know the place."""
_FRONT_MATTER = re.compile(rb"\A(?:\xef\xbb\xbf)?---\r?\n.*?^---\r?\n", re.DOTALL | re.MULTILINE)
UNCERTAIN = (Rule.URL, Rule.TITLE, Rule.EMPTY)
"""Rules that go by words, not by a link or an id."""

PLAN_FILTERS = (
    ("all", "All"),
    ("held", "Held back"),
    ("odd", "Odd"),
    ("new", "New notes"),
    ("more", "Extended"),
)
VERIFY_FILTERS = (
    ("all", "All"),
    ("held", "Held back"),
    ("wrong", "Needs you"),
    ("edited", "Edited"),
    ("removed", "Removed by you"),
    ("upstream", "Changed at Readwise"),
    ("well", "As delivered"),
)


def of_change(change: Change, note: bytes, decisions: Mapping[BookId, Decision]) -> Entry:
    """Return a change's row; `note` are the bytes that its note has now, `decisions` those of its books."""
    mine = [decisions[part.book_id] for part in change.parts if part.book_id in decisions]
    odd = [text for one in mine for text in oddities(one)]
    kind = "new" if isinstance(change, CreateNote) else "more"
    facts = [("Book", f"{part.title} (book {part.book_id})") for part in change.parts]
    number = sum(len(part.highlights) for part in change.parts)
    updates = sum(len(part.updates) for part in change.parts)
    if number:
        facts.append(("Highlights", f"{counted(number, 'highlight')} {'in a new note' if kind == 'new' else 'to add'}"))
    if updates:
        facts.append(("Updates", f"{counted(updates, 'update')} of what was delivered before"))
    facts += [("Recognised", one.rule.value) for one in mine if one.rule is not None]
    if isinstance(change, AppendSection) and b"\r\n" in change.data:
        facts.append(("Line ends", "CRLF, as in the note"))
    return Entry(
        path=shown(change.path),
        badge=kind,
        kinds=(kind, "odd") if odd else (kind,),
        count=" ".join([f"+{number}"] * bool(number) + [f"~{updates}"] * bool(updates)),
        notices=tuple(odd),
        facts=tuple((name, shown(text)) for name, text in facts),
        before=_end_of(note) if isinstance(change, AppendSection) else "",
        added=readable(change.data),
    )


def of_hold(hold: Hold) -> Entry:
    """Return the row of a change that is held back."""
    return Entry(
        path=shown(hold.paths[0] if hold.paths else hold.title),
        badge="waits" if hold.soon else "held",
        kinds=("held",),
        notices=tuple(shown(text) for text in (f"Held back: {hold.reason}", hold.hint) if text),
        facts=(
            ("Book", f"{shown(hold.title)} (book {hold.book_id})"),
            *(("Note", shown(path)) for path in hold.paths[1:]),
        ),
    )


def of_failure(failure: Failure) -> Entry:
    """Return the row of a note that could not be written."""
    return Entry(path=shown(failure.path), badge="failed", kinds=("held",), notices=(shown(failure.cause),))


def of_finding(finding: Finding) -> Entry:
    """Return the row of what `verify` found in one book's note."""
    lists = (
        ("wrong", "Missing", finding.missing),
        ("wrong", "There twice", finding.twice),
        ("edited", "Edited by you", finding.edited),
        ("removed", "Removed by you", finding.removed),
        ("upstream", "Changed at Readwise", tuple(one.id for one in finding.changed)),
        ("upstream", "Deleted at Readwise", finding.deleted),
    )
    found = [(kind, name, ids) for kind, name, ids in lists if ids]
    kinds = tuple(dict.fromkeys(kind for kind, _, _ in found)) or ("well",)
    facts = [("Book", f"{shown(finding.title)} (book {finding.book_id})")]
    facts.append(("There", counted(finding.present, "highlight")))
    facts += [("Also in", shown(other)) for other in finding.others]
    facts += [(name, f"{counted(len(ids), 'highlight')}: {', '.join(map(str, ids))}") for _, name, ids in found]
    return Entry(
        path=shown(finding.path or finding.title),
        badge="look" if kinds[0] == "wrong" else "fine" if kinds[0] == "well" else kinds[0],
        kinds=kinds,
        count=f"{finding.present}",
        facts=tuple(facts),
    )


def in_order(entries: Iterable[Entry]) -> list[Entry]:
    """Return the rows with what is held back or wrong first, then what is odd, each by path."""
    ranks = {"held": 0, "wrong": 1, "odd": 2, "well": 4}
    return sorted(entries, key=lambda one: (min(ranks.get(kind, 3) for kind in one.kinds), one.path))


def by_book(decisions: Iterable[Decision]) -> dict[BookId, Decision]:
    """Return the decisions by their book."""
    return {one.book_id: one for one in decisions}


def readable(data: bytes) -> str:
    """Return text whose line ends are plain, and in which every other control character is visible."""
    lines: Sequence[str] = data.decode("utf-8", "replace").replace("\r\n", "\n").split("\n")
    return "\n".join("\t".join(map(shown, line.split("\t"))) for line in lines)


def _end_of(note: bytes) -> str:
    """Return the last lines of a note, from the beginning of a line on, without its front matter."""
    body = _FRONT_MATTER.sub(b"", note)
    end = body[-BEFORE_BYTES:]
    if len(end) < len(body):
        end = end.partition(b"\n")[2] or end
    return readable(b"".join(end.splitlines(keepends=True)[-BEFORE_LINES:]))


def oddities(decision: Decision) -> Iterable[str]:
    """Yield what a person should look at before this is done."""
    if decision.copies:
        yield f"another note of this book is left alone: {', '.join(map(shown, decision.copies))}"
    if not decision.first_meeting or decision.creates:
        return
    if decision.rule in UNCERTAIN:
        yield f"met for the first time, and recognised by words alone ({decision.rule.value}): is it this book's note?"
    if decision.before and decision.lacking * 2 > decision.before:
        yield f"the note lacks {decision.lacking} of {counted(decision.before, 'highlight')} that are older than it is"
