"""What has changed at Readwise, of the two highlights that one note holds?

    FIRST, ANNOTATED                    a highlight, and the same with a note of its reader's two hours later
    at(3, FIRST, text="other words")    the same as it is changed an hour after that
    section("9:05 AM")                  what is appended for ANNOTATED at that time

The mode of updates is APPEND or REPORT, as a line of the configuration.
"""

from __future__ import annotations

from syncer.instants import written
from syncer.model import Highlight
from tests.made import changed, highlight, later, line

APPEND = 'updates.mode = "append"\n'
REPORT = 'updates.mode = "report"\n'
NOTE = "Readwise/Deep Work.md"
FIRST, SECOND, THIRD = highlight(11), highlight(12), highlight(13)


def at(hours: float, made: Highlight, **fields: object) -> Highlight:
    """Return the highlight as it is changed at this moment."""
    return changed(made, updated_at=written(later(hours)), **fields)


ANNOTATED = at(2, FIRST, note="mine")
UPDATE = line(FIRST) + "    - Note: mine\n"


def section(clock: str) -> bytes:
    """Return the updated section of that time of 11 October 2024 with the first highlight's note."""
    return f"## Updated highlights October 11, 2024 at {clock}\n{UPDATE}".encode()
