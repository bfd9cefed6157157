"""Which text would run or swallow something in a vault, and how is it shown instead?

    ```dataviewjs                  →  \\`\\`\\`dataviewjs            a plug-in's fence, or one without an end
    `= this.file`                  →  \\`= this.file\\`            an inline query
    <% tp.date.now() %>            →  <\\% tp.date.now() %>       a command of Templater
    <script>, <div> without end    →  &lt;script>, &lt;div>      an element that runs, or swallows
    [x](javascript:alert(1))       →  [x]\\(javascript:alert(1))  a link that runs something
    100 %% sure                    →  100 %\\% sure               a comment that is never closed

Guarantees: the same characters are seen in the note, as none is deleted but controls (a tab stays);
everything else stays byte for byte; the lines stay lines; doing it twice is doing it once. A text may come
from any web page, so what is not surely harmless is shown, not run: what exactly is dangerous is in
dangers.py, which fences are closed in fences.py. Values in front matter are made safe by front_matter.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from syncer.fences import Fence

_ODD = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_OTHER_LINK = re.compile(r"\]\(\s*(?!\s|https?://)")

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_OPENS_SOMETHING = re.compile(r"<[A-Za-z/!?]|%%|\$\$")
_ALL_DASHES = re.compile(r"([ \t]*)-(?=[ \t-]*-[ \t]*(?:\n|\Z))([ \t-]*)")


def neutralise(text: str, *, first_line_is_inline: bool = False) -> str:
    """Return a text whose every part is shown as it is and none of which runs or swallows (docs/format.md).

    `first_line_is_inline` says that the text goes behind other words on a line, where no fence can begin.
    """
    if _is_harmless(text):
        return text
    text = _SURROGATE.sub("\ufffd", _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))
    if not first_line_is_inline:
        text = _ALL_DASHES.sub(r"\1\\-\2", text, count=1) if _ALL_DASHES.match(text) else text
    lines = text.replace("<%", "<\\%").split("\n")
    return "\n".join(_pieces(lines, first_line_is_inline=first_line_is_inline))


def _is_harmless(text: str) -> bool:
    """Say at little cost of nearly every highlight that nothing in it can be dangerous."""
    return not (
        "%%" in text
        or "$$" in text
        or "~~~" in text
        or "]:" in text
        or ("](" in text and _OTHER_LINK.search(text))
        or ("://" in text and _names_a_program(text.lower()))
        or "`" in text
        or "<" in text
        or (not text.replace("\n", "").isprintable() and _ODD.search(text))
        or text.lstrip()[:1] == "-"
    )


def _names_a_program(text: str) -> bool:
    return "file://" in text or "obsidian://" in text


def _pieces(lines: list[str], *, first_line_is_inline: bool) -> Iterator[str]:
    """Give the text in pieces: closed harmless fences as they are, what lies between them made safe."""
    from syncer import dangers, fences

    live: list[str] = []
    if first_line_is_inline:
        live.append(lines.pop(0))
    opened = any(_OPENS_SOMETHING.search(line) for line in live)
    escape: set[int] = set()
    number = 0
    while number < len(lines):
        fence = None if opened or number in escape else fences.fence_at(lines, number)
        if fence is not None and not _runs(lines, fence):
            if live:
                yield dangers.shown("\n".join(live))
            yield from lines[fence.first : fence.last + 1]
            live, number = [], fence.last + 1
            continue
        live.append(_shown_fence(lines, number, escape))
        opened = opened or bool(_OPENS_SOMETHING.search(lines[number]))
        number += 1
    if live:
        yield dangers.shown("\n".join(live))


def _runs(lines: Sequence[str], fence: Fence) -> bool:
    """Say whether a plug-in runs what is in a closed fence."""
    from syncer import dangers

    return dangers.is_a_plugin(fence.info, lines[fence.first + 1 : fence.last])


def _shown_fence(lines: Sequence[str], number: int, escape: set[int]) -> str:
    """Return a line with its fence mark shown, and note the line that would have closed the fence."""
    from syncer import fences

    line = lines[number]
    found = fences.opening(line)
    if found is None:
        return line
    closing = fences.closing_line(lines, number, found.mark)
    if closing is not None and number not in escape:
        escape.add(closing)
    mark = "".join(f"\\{char}" for char in found.mark)
    return line[: found.start] + mark + line[found.start + len(found.mark) :]
