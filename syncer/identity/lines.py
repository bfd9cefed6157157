"""What are the pieces of a note's text, and which of them can be a highlight?

    ## Metadata                                header   (with all lines up to the Highlights heading)
    ## Highlights                              structure
    - first line ([View Highlight](https://…)) ^rw8   start of block 1, own link and mark, fold "firstline"
      my words                                 block 1 goes on after the link: a piece of its own
        - Note: remember                       aside: never a highlight's text
    > quoted                                   start of block 2, fold "quoted"

Guarantees: pure; every line of the note gives at least one piece, in order; work grows with the note's length only.
A highlight's text goes through `text_lines`, so that both sides are cut and folded alike.
"""

from __future__ import annotations

import re

import msgspec

from syncer.identity.fold import fold
from syncer.identity.labels import label_of
from syncer.identity.links import OWN_LINK, is_own_link, link_key, links_in, marks

_PREFIX = re.compile(
    r"[\s>\ufeff]*(?:\[![\w-]+\][+-]?\s*)?(?:\[.\](?:\s+|$))?"
    r"(?:(?:[-*+•●]|\d{1,3}[.)])(?:[ \t]+|$)(?:\[.\](?:\s+|$))?)*(?:#{1,6}(?:\s+|$))?"
)
_BULLET = re.compile(r"([ \t]*)(?:[-*+]|\d{1,3}[.)])(?:[ \t]+|$)")
_QUOTE = re.compile(r"\s{0,3}>(?:\s?>)*[ \t]?")
_MARKS = "*_=~>#\\-+|`"
_ONE_BULLET = re.compile(r"[\s>]*(?:[-*+](?:\s+|$))?")
_HEADING = re.compile(r"[\s>]*(?:[-*+]\s+)?(#{1,6})(?:\s+|$)")
_BLOCK_ID = re.compile(r"\s+\^[\w-]+\s*$")
_PLACE = re.compile(r"\s*\((?:location|page|loc\.?)[\s\u00a0]*[\d,-]+\)\s*$", re.I)
_ASIDE = re.compile(r"(?:[-*+]\s+)?[*_]*(?:note|notes|tags?|highlight tags|my note)[*_]*::?(?:[*_]*)(?:\s|$)", re.I)
_UNWRITTEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")  # all controls but blanks and line ends
_GLUED = re.compile(r"(?<=[^\s#])(?=#{1,6} New highlights added )")
_NEW_SECTION = re.compile(r"new\s?highlights\s?added", re.I)
_EXPORTED = "([View Highlight](https://read.readwise.io/read/"
LONGEST = 40_000  # characters of a line above which it is an embedded file, not text (Readwise cuts at 8,191)
_HEAD_PIECES = 40  # lines that an owner may put above the metadata


class Piece(msgspec.Struct):
    """A line of the note, or the part of it up to or after an own link."""

    fold: str
    raw: str
    block: int
    starts: bool
    heading: bool = False
    keys: tuple[str, ...] = ()
    mentions: tuple[str, ...] = ()
    header: bool = False
    aside: bool = False


class _Reader(msgspec.Struct):
    """The state of the walk over a note's lines."""

    pieces: list[Piece] = []
    block: int = 0
    fresh: bool = True
    aside_indent: int = -1
    empty_bullet: bool = False


def split_lines(text: str) -> list[str]:
    """Return the lines of a text as Markdown has them: neither a form feed nor U+2028 ends one."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.split("\n")


def lines_as_written(text: str) -> list[str]:
    """Return the lines of a highlight's text as they come into a note, and a note's own: without control characters.

    A `+` before one of them may be a bullet there, and a `^` after one no block id.
    """
    return split_lines(text if text.isprintable() else _UNWRITTEN.sub("", text))


def text_lines(text: str) -> list[str]:
    """Return the folded lines of a highlight's text; of a text of mere Markdown marks, those."""
    if text.isprintable() and (folded := fold(bare(text))):
        return [folded]  # one line, as most are
    raw = lines_as_written(text)
    lines = [folded for line in raw if (folded := fold(bare(line)))]
    return lines or [only for line in raw if (only := _marks_only(line))][:1]


def _marks_only(line: str) -> str:
    """Return a line of nothing but marks (`* * *`) as a text that no other kind of line folds to."""
    marks = "".join(char for char in line if char != "\\" and char.isprintable() and not char.isspace())
    return f"\0{marks}" if marks else ""


def bare(line: str) -> str:
    """Return a line without its bullet, quote and heading marks, block id and unlinked `(Location N)`."""
    line = line[_prefix_end(line) :]
    if "^" in line:
        line = _BLOCK_ID.sub("", line)
    return _PLACE.sub("", line) if line.rstrip().endswith(")") else line


def _prefix_end(line: str) -> int:
    found = None if line[:1].isalpha() else _PREFIX.match(line)  # as most lines of a highlight begin
    return found.end() if found else 0


def read_pieces(text: str) -> list[Piece]:
    """Cut a note's text into its pieces and tell which of them belong to a header or are an aside."""
    reader = _Reader()
    if "ew highlights added" in text:
        text = _GLUED.sub("\n", text)
    for line in lines_as_written(body_of(text)):
        if _read_exported(reader, line):
            continue
        if len(line) <= LONGEST:
            _read_line(reader, line)
        else:
            reader.pieces.append(Piece("", "", reader.block, starts=False, mentions=tuple(links_in(line))))
    _mark_headers(reader.pieces)
    return reader.pieces


def body_of(text: str) -> str:
    """Return a note's text without its front matter; offsets are not kept."""
    return text[front_matter_end(text) :]


def front_matter_end(text: str) -> int:
    """Return where the text after the front matter begins: 0 without one, or with one that is not closed."""
    start = 1 if text.startswith("\ufeff") else 0
    if not text.startswith("---", start):
        return 0
    found = re.compile(r"---[ \t]*\r?\n(?:.*\r?\n)*?---[ \t]*(?:\r?\n|$)").match(text, start)
    return found.end() if found else 0


def _read_exported(reader: _Reader, line: str) -> bool:
    """Read a line as most highlights have it, quicker than `_read_line` and with the same result; else return False."""
    at = line.find("[") - 1
    own = line[at + len(_EXPORTED) : -2]
    if not (line.startswith(_EXPORTED, at) and own.isalnum() and own.isascii() and line.endswith("))")):
        return False
    if not (line.startswith("- ") and line[2].isalpha() and len(line) <= LONGEST):
        return False
    reader.block += 1
    reader.fresh, reader.aside_indent, reader.empty_bullet = False, -1, False
    keys = (f"reader:{own.lower()}",)
    _add(reader, line[2:at].rstrip(), starts=True, heading=False, aside=False, keys=keys)
    return True


def _read_line(reader: _Reader, line: str) -> None:
    quote = _QUOTE.match(line)
    rest = line[quote.end() :] if quote else line
    if not rest.strip():
        reader.fresh, reader.aside_indent = True, -1
        return
    bullet = _BULLET.match(line if not quote else rest)
    indent = len(line) - len(line.lstrip(" \t")) if not quote else len(bullet[1]) if bullet else 0
    indent += 3 * line[:indent].count("\t") if not quote else 0
    heading = "#" in line and _HEADING.match(line) is not None
    aside = _is_aside(reader, rest.lstrip(), indent)
    own_heading = heading and indent < 2  # else it is one of the text that the item holds
    if not aside and (own_heading or (bullet and indent < 2) or reader.fresh):
        reader.block += 1
    starts = heading or reader.fresh or bullet is not None or reader.empty_bullet
    reader.fresh = own_heading and bullet is None
    _split_at_links(reader, line, starts=starts, heading=heading, aside=aside)
    last = reader.pieces[-1]
    reader.empty_bullet = starts and not (last.fold.strip("\0" + _MARKS) or last.keys)


def _is_aside(reader: _Reader, rest: str, indent: int) -> bool:
    """Say whether the line is a `Note:` or `Tags:` below a highlight, or goes on with one."""
    if indent >= 2 and _ASIDE.match(rest):
        reader.aside_indent = indent
        return True
    if 0 <= reader.aside_indent < indent:
        return True
    reader.aside_indent = -1
    return False


def _split_at_links(reader: _Reader, line: str, *, starts: bool, heading: bool, aside: bool) -> None:
    at, first = _prefix_end(line), len(reader.pieces)
    own = [found for found in OWN_LINK.finditer(line, _before_links(line, at)) if is_own_link(found)]
    for found in own:
        keys: tuple[str, ...] = (link_key(found["url"]),)
        _add(reader, line[at : found.start()], starts=starts, heading=heading, aside=aside, keys=keys)
        at, starts = found.end(), True
    tail = line[at:]
    if own and not aside:
        reader.pieces[-1].keys += tuple(marks(tail))
        tail = _BLOCK_ID.sub("", f" {tail}")
    if not own or tail.strip(" \t)*_.\\"):
        rest = () if own else tuple(marks(line))
        _add(reader, tail, starts=starts, heading=heading, aside=aside, keys=rest)
    if starts and not reader.pieces[first].fold:
        shown = line[: own[0].start()] if own else _PLACE.sub("", line)
        reader.pieces[first].fold = _marks_only(_ONE_BULLET.sub("", shown, count=1))


def _before_links(line: str, at: int) -> int:
    """Return where the first link of a line can begin at the earliest, with what may stand before its bracket."""
    if "](" not in line:
        return len(line)
    start = line.find("[", at)
    start -= start > at and line[start - 1] == "("
    while start > at and line[start - 1].isspace():
        start -= 1
    return max(start, at)


def _add(reader: _Reader, raw: str, *, starts: bool, heading: bool, aside: bool, keys: tuple[str, ...]) -> None:
    text = bare(raw)
    mentions = tuple(links_in(raw)) if "://" in raw else ()
    reader.pieces.append(Piece(fold(text), text, reader.block, starts, heading, keys, mentions, aside=aside))


def _mark_headers(pieces: list[Piece]) -> None:
    """Mark titles, metadata and the headings of the export's parts: their text is no highlight's."""
    ends = [at for at in range(len(pieces)) if _is_highlights_heading(pieces, at)]
    starts = [
        _title_before(pieces, at) for at, piece in enumerate(pieces) if piece.heading and piece.fold == "metadata"
    ]
    if starts and starts[0] <= _HEAD_PIECES:
        starts[0] = 0
    else:
        starts.insert(0, 0)
    for start, following in zip(starts, [*starts[1:], len(pieces)], strict=True):
        _mark_header(pieces, start, next((at for at in ends if start <= at < following), None))
    for piece in pieces:
        piece.header = piece.header or (piece.heading and _NEW_SECTION.search(piece.raw) is not None)


def _mark_header(pieces: list[Piece], start: int, end: int | None) -> None:
    if end is not None and _is_header(pieces[start:end]):
        for piece in pieces[start : end + 1]:
            piece.header = True
        return
    for piece in pieces[start : start + _HEAD_PIECES]:
        if any(piece.keys) or (piece.heading and _NEW_SECTION.search(piece.raw)):
            return
        piece.header = bool(label_of(piece.raw)) or (piece.heading and piece is pieces[start])
        piece.header = piece.header or piece.fold == "metadata" or "rw-book-cover" in piece.raw


def _is_header(pieces: list[Piece]) -> bool:
    """Say whether what stands before a Highlights heading is a header, and not highlights of its own."""
    if any(piece.heading and _NEW_SECTION.search(piece.raw) for piece in pieces):
        return False
    labelled = any(piece.fold == "metadata" or label_of(piece.raw) for piece in pieces)
    return sum(bool(piece.keys) for piece in pieces) <= 2 and (labelled or len(pieces) <= _HEAD_PIECES)


def _is_highlights_heading(pieces: list[Piece], at: int) -> bool:
    piece = pieces[at]
    if piece.fold != "highlight" and not piece.fold.endswith("highlights"):
        return False
    short = len(piece.fold) <= 12
    underlined = at + 1 < len(pieces) and set(pieces[at + 1].raw.strip()) <= set("=-") and bool(pieces[at + 1].raw)
    return short and (piece.heading or underlined)


def _title_before(pieces: list[Piece], metadata: int) -> int:
    """Return where the header begins whose Metadata heading this is: at the nearest heading a few lines above."""
    for at in range(metadata - 1, max(metadata - 6, -1), -1):
        if pieces[at].keys or pieces[at].aside:
            break
        if pieces[at].heading:
            return at
    return metadata
