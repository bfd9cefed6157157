"""How does a text of Readwise's become the lines of a list item?

    "First line\\n\\n   • second  \\n![](u)"   →   First line
                                                  • second␠␠
                                                  ![](u)         each further line behind the item's indent

Guarantees (docs/format.md; counted in real notes): blank lines are dropped, leading blanks of a line are
stripped, trailing ones kept except at the text's end; nothing else is touched, so marks, quotes, HTML and a
`#` stay as they come. Lines of a closed fence keep their indentation. No line of the result can leave the
item: every further line is indented. What would run is shown instead by neutralise.py; which fences are
closed is in fences.py.
"""

from __future__ import annotations

from syncer.neutralise import neutralise


def lines_of(text: str, *, indent: str, safe: bool, before_link: bool = False, inline: bool = False) -> str:
    """Return a text as the lines of a list item whose further lines start with `indent`.

    `before_link` says that a link follows on the last line, `inline` that the text goes behind a word.
    """
    text = text.strip()
    if safe:
        text = neutralise(text, first_line_is_inline=inline)
    if "\n" not in text and "\r" not in text:
        return text
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if "```" not in text and "~~~" not in text:
        return f"\n{indent}".join([kept for line in lines if (kept := line.lstrip())])
    return _with_fences(lines, indent, before_link=before_link, inline=inline)


def _with_fences(lines: list[str], indent: str, *, before_link: bool, inline: bool) -> str:
    """Return the lines, those of a closed fence indented as they were; no link stands behind a fence's end."""
    from syncer import fences

    first = lines[:1] if inline else []
    rest = lines[len(first) :]
    inside = {
        number: len(rest[fence.first]) - len(rest[fence.first].lstrip(" \t"))
        for fence in fences.closed_fences(rest)
        if not fence.depth
        for number in range(fence.first + 1, fence.last)
    }
    last_marks = {fence.last for fence in fences.closed_fences(rest)}
    kept = [(number, line) for number, line in enumerate(rest) if line.strip()]
    shaped = first + [_dedented(line, inside[n]) if n in inside else line.lstrip() for n, line in kept]
    ends_in_fence = before_link and bool(kept) and kept[-1][0] in last_marks
    return f"\n{indent}".join(shaped) + ("\n" + indent[1:] if ends_in_fence else "")


def _dedented(line: str, blanks: int) -> str:
    """Strip what the opening mark's own indentation takes from a line of its fence."""
    return line[min(blanks, len(line) - len(line.lstrip(" \t"))) :]
