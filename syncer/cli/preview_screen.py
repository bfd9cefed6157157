"""How does a plan look on a terminal? A summary first, then each note's change, as wide as the terminal is.

    2 notes to make, 1 to extend, 17 highlights

    recognised  1 note recognised: same title and author
      new  +13  Readwise/Deep.md
            +4  Readwise/State of AI.md

    ── Readwise/State of AI.md  +4
       the end of the note as it is
     + ## New highlights added October 14, 2024 at 9:56 AM
     + - The first words of a long highlight, which goes on for some lines and is then folded
     …   512 more characters

Guarantees: data is never markup, and no control character in it reaches the terminal; colour is what the caller
decided, whatever the environment says to rich; no line is wider than the terminal.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.text import Text

from syncer import report as reporting
from syncer.page_entries import oddities
from syncer.report import Line, Report, counted, hold_sentences, shown

NOTES_LISTED = 20
FOLDED_AFTER = 4
"""Lines of the terminal that one line of a note may take."""
GUTTER = 3
NARROWEST = 40
_MARKS = {"+": ("+", "green"), "-": ("-", "red"), " ": (" ", "dim"), "\\": (" ", "dim italic")}


class Sheet:
    """A text for a terminal of so many columns, in the making."""

    def __init__(self, *, columns: int, has_colour: bool) -> None:
        self._columns = max(columns, NARROWEST)
        self._file = io.StringIO()
        self._console = Console(
            file=self._file,
            width=self._columns,
            force_terminal=True,
            color_system="standard" if has_colour else None,
            no_color=not has_colour,
            legacy_windows=False,
            markup=False,
            emoji=False,
            highlight=False,
            soft_wrap=True,
        )

    def text(self) -> str:
        """Return what was put on the sheet."""
        return self._file.getvalue()

    # ------------------------------------------------------------ the summary

    def summary(self, report: Report) -> None:
        """Put the whole plan on the sheet: the sum, what is in the way or odd, and the notes."""
        self._line(Text(reporting.summary(report), style="bold"))
        rows = list(_remarks(report))
        if rows:
            self._line(Text())
        width = max((len(name) for name, _ in rows), default=0) + 2
        for name, text in rows:
            style = "yellow" if name in ("held back", "warning", "look at") else "dim"
            self._hanging(Text.assemble((f"{name:<{width}}", style)), Text(shown(text)), indent=width)
        if report.lines:
            self._line(Text())
        for line in report.lines[:NOTES_LISTED]:
            new = "new" if line.created else ""
            head = Text.assemble((f"  {new:<4}", "dim"), (f"{_count(line):>6}  ", "green"))
            self._hanging(head, Text(shown(line.path)), indent=14)
        if len(report.lines) > NOTES_LISTED:
            self._line(Text(f"      and {counted(len(report.lines) - NOTES_LISTED, 'more note')}", style="dim"))

    # ------------------------------------------------------------ one change

    def change(self, line: Line, diff: bytes) -> None:
        """Put one note's change on the sheet, from its unified diff."""
        self._line(Text())
        count = f"  {_count(line)}" + ("  new" if line.created else "")
        title = Text.assemble((shown(line.path), "bold"), (count, "green"))
        self._hanging(Text.assemble(("── ", "dim")), title, indent=GUTTER)
        body = diff.decode("utf-8", "replace").split("\n")[3:-1]
        for one in body:
            mark, style = _MARKS[one[:1]]
            self._folded(mark, one[1:].removesuffix("\r"), style)

    def _folded(self, mark: str, text: str, style: str) -> None:
        """Put one line of a note on the sheet, on a few lines of the terminal, and say how much of it is left out."""
        visible = shown(text.replace("\t", "    "))
        room = self._columns - GUTTER
        most = visible[: room * FOLDED_AFTER * 2]  # what cannot fit is not worth wrapping
        pieces = self._wrapped(Text(most, style=style), room)
        kept = pieces[:FOLDED_AFTER]
        for number, piece in enumerate(kept):
            self._line(Text(f" {mark if not number else ' '} ", style=style).append_text(piece))
        left = len(visible) - sum(len(piece) for piece in kept)
        if len(pieces) > FOLDED_AFTER or len(most) < len(visible):
            self._line(Text(f" …   {counted(left, 'more character')}", style="dim"))

    # ------------------------------------------------------------ lines

    def _hanging(self, head: Text, text: Text, *, indent: int) -> None:
        pieces = self._wrapped(text, max(self._columns - indent, NARROWEST // 4))
        for number, piece in enumerate(pieces):
            self._line((head if not number else Text(" " * indent)).append_text(piece))

    def _wrapped(self, text: Text, room: int) -> list[Text]:
        pieces = list(text.wrap(self._console, room, overflow="fold", tab_size=4))
        for piece in pieces:
            piece.rstrip()
        return pieces or [Text()]

    def _line(self, text: Text) -> None:
        text.rstrip()
        self._console.print(text)


def _remarks(report: Report) -> Iterator[tuple[str, str]]:
    """Yield what is to be known before the diffs, each with the word for its kind."""
    for line in hold_sentences(report):
        yield "held back", line.removeprefix("held back: ")
    for decision in report.decisions:
        if decision.path and decision.missing:
            yield from (("look at", f'"{decision.path}": {text}') for text in oddities(decision))
    yield from _named("warning", report.warnings)
    if report.plugin_active and any(one.first_meeting for one in report.decisions):
        yield "note", reporting.PLUGIN_IS_ACTIVE
    yield from _named("recognised", reporting.first_meetings(report.decisions))
    told = list(reporting.told_sentences(report.decisions))
    yield from _named("changed", told[:NOTES_LISTED])
    if len(told) > NOTES_LISTED:
        yield "changed", f"and {len(told) - NOTES_LISTED} more; syncer verify names them all"


def _count(line: Line) -> str:
    """Return how much is added, and after ~ how much of what is there would be told anew."""
    return " ".join([f"+{line.highlights}"] * bool(line.highlights) + [f"~{line.updates}"] * bool(line.updates))


def _named(name: str, texts: Iterable[str]) -> Iterator[tuple[str, str]]:
    yield from ((name, text) for text in texts)
