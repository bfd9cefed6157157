"""Why nothing may be appended to a note as it stands: its end would swallow the section, or git is half done with it.

    "…text\\n```python\\nprint(1)\\n"       → "it ends inside a code fence that opens in line 12"
    "…text\\n<!-- to do\\n"                 → "it ends inside an HTML comment that opens in line 7"
    "<<<<<<< HEAD\\n…=======\\n…>>>>>>> x"  → "it has git conflict markers, from line 3 on"
    "- item\\n  ```python\\n"               → None: a heading at the line's start ends the list item, and its fence

A line scanner that answers this one question as a CommonMark parser does (the tests hold it against one), and knows
Obsidian's `%%` comments and `$$` blocks besides. An HTML element such as `</details>` in the last line is none: what it
swallows ends at the next blank line. Where a highlight is already there is identity's question.
"""

from __future__ import annotations

import re

_ITEM = re.compile(r" {0,3}(?:[-*+]|\d{1,9}[.)])( {1,4}(?! )|\t| *$)")
_NEVER_IN_TEXT = re.compile(r" {0,3}(?:[-*+]|\d{1,9}[.)])\s*$|(?! {0,3}0*1[.)]) {0,3}\d{1,9}[.)]")
"""List items that do not end a paragraph: empty ones, and ordered ones that do not begin with 1."""
_RULE = re.compile(r" {0,3}(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})$")
_FENCE = re.compile(r" {0,3}(`{3,}(?=[^`]*$)|~{3,})")
_STARTS = re.compile(
    r" {0,3}(?:`{3,}(?=[^`]*$)|~{3}|#{1,6}(?:\s|$)|>|<|%%|\$\$\s*$|(?:[-*+]|\d{1,9}[.)])(?:\s|$)"
    r"|(?:[-*_][ \t]*){3,}$|=+\s*$)"
)
"""What is not the next line of a paragraph, or at least may be something else."""
_RAW = re.compile(r" {0,3}<(script|pre|style|textarea)(?=[\s>]|$)", re.IGNORECASE)
_OPENERS = (("<!--", "-->", "an HTML comment"), ("<?", "?>", "an HTML block"), ("<![CDATA[", "]]>", "an HTML block"))
_OPENING = ("<", "```", "~~~", "%%", "$$")
"""Without one of these no block opens that a heading does not end; most notes have none."""
_CONFLICT = ("<<<<<<< ", "=======", ">>>>>>> ")


def obstacle(text: str) -> str | None:
    """Return why nothing may be appended to a note with this text, or None where nothing is in the way."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    conflict = _conflict(lines) if _CONFLICT[0].strip() in text else None
    return conflict or (_open_end(lines) if any(mark in text for mark in _OPENING) else None)


def _conflict(lines: list[str]) -> str | None:
    """Find git's three markers, each at the start of a line and in order; a highlight may quote one of them."""
    wanted, first = 0, 0
    for number, line in enumerate(lines, 1):
        marker = _CONFLICT[wanted]
        if line == marker.strip() or (wanted != 1 and line.startswith(marker)):
            first = first or number
            wanted += 1
            if wanted == len(_CONFLICT):
                return f"it has git conflict markers, from line {first} on"
    return None


def _front_matter_end(lines: list[str]) -> int:
    """Return the index of the first line after the front matter."""
    if lines[0].rstrip() == "---":
        for number, line in enumerate(lines[1:], 1):
            if line.rstrip() == "---":
                return number + 1
    return 0


def _open_end(lines: list[str]) -> str | None:
    """Walk through the blocks of the document's own level and return what is still open after the last line.

    What a list item or a quote opens is closed together with it by any heading at the start of a line. A line of
    plain text at the start of a line goes on with an item's paragraph, and leaves the item open.
    """
    closer, what, opened = "", "", 0
    item, in_text, quoted = _Item(), False, False
    for number in range(_front_matter_end(lines), len(lines)):
        line = lines[number]
        if closer:
            if _closes(line, closer):
                closer = ""
            continue
        if item.holds(line):
            in_text = quoted = False
            continue
        goes_on = in_text and _NEVER_IN_TEXT.match(line)
        marker = None if _RULE.match(line) or goes_on else _ITEM.match(line)
        indent = len(line) - len(line.lstrip(" "))
        begins = marker or (_STARTS.match(line) and not goes_on)
        plain = not begins and (in_text or quoted or indent < 4)
        quoted = line.lstrip(" ").startswith(">") or (quoted and plain)  # a quote's paragraph goes on without its mark
        in_text = plain and not quoted
        item = _Item(_content_offset(marker)) if marker else _Item()
        if marker:
            item.reads(line[marker.end() :])
        elif indent < 4:
            closer, what = _opens(line)
            opened = number + 1
    return f"it ends inside {what} that opens in line {opened}" if closer else None


class _Item:
    """The list item that is open, if any: where its content begins, and whether a paragraph or fence in it is open."""

    def __init__(self, offset: int = 0) -> None:
        self._offset = offset
        self._fence = ""
        self._paragraph = self._filled = False

    def holds(self, line: str) -> bool:
        """Return whether a line belongs to the item, and take note of what it opens there; a blank line always does."""
        if not line.strip():
            self._paragraph = False
            self._offset = self._offset if self._filled else 0  # an empty item ends with a blank line
            return True
        if not self._offset:
            return False
        if line.startswith("\t") or len(line) - len(line.lstrip(" ")) >= self._offset:
            self.reads(line[self._offset :] if line.startswith(" ") else line)
            return True
        return self._paragraph and not _STARTS.match(line)

    def reads(self, content: str) -> None:
        """Take note of what one line of the item's content opens or closes."""
        self._filled = self._filled or bool(content.strip())
        if self._fence:
            self._fence = "" if _closes(content, self._fence) else self._fence
            return
        fence = _FENCE.match(content)
        self._fence = fence[1] if fence else ""
        inner = _ITEM.match(content)
        text = content[inner.end() :] if inner else content
        self._paragraph = bool(text.strip()) and not _STARTS.match(text)


def _content_offset(marker: re.Match[str]) -> int:
    """Return the indentation from which a line still belongs to the list item with this marker."""
    return marker.end() if marker[1].strip("\n") and marker[1] != "\t" else len(marker[0].rstrip()) + 1


def _opens(line: str) -> tuple[str, str]:
    """Return what would close the block that this line opens, and the block's name; "" where it opens none."""
    bare = line.strip()
    if fence := _FENCE.match(line):
        return fence[1], "a code fence"
    if raw := _RAW.match(line):
        closer = f"</{raw[1].lower()}>"
        return ("", "") if closer in line.lower() else (closer, f"an HTML block <{raw[1].lower()}>")
    for opener, closer, what in _OPENERS:
        if bare.startswith(opener):
            return ("", "") if closer in bare[len(opener) :] else (closer, what)
    if bare.startswith("%%") and bare.count("%%") % 2:
        return "%%", "an Obsidian comment (%%)"
    return ("$$", "a formula ($$)") if bare == "$$" else ("", "")


def _closes(line: str, closer: str) -> bool:
    if closer[0] in "`~":
        bare = line.strip()
        indent = len(line) - len(line.lstrip(" "))
        return indent < 4 and len(bare) >= len(closer) and not bare.strip(closer[0])
    return closer in line.lower()
