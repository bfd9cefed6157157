"""What is a note's file called, and in which folder does it lie?

    What is "AI": a/b?  →  What is AI ab.md
    CON                 →  CON_.md
    ...hidden.          →  hidden.md
    A conflict copy 2   →  A con_flict copy 2.md        else it were taken for a sync tool's (left_alone.py)
    (nothing is left)   →  Untitled.md

Guarantees, for every title: the name is NFC, at most 200 bytes before its ending and its ` (id)`, has none
of `< > : " / \\ | ? *`, no control, direction or invisible character (a joiner between two emoji stays),
starts with no dot, ends in no dot or blank, is no Windows device, and none that is left alone when notes are
looked for; a folder never is absolute, hidden, or outside the vault. Two names that differ only for `folded`
are one file on some systems: plan then uses `with_id`. What the templates of `vault.folder` and
`vault.file_name` may say is in template.py.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from syncer.left_alone import is_left_alone
from syncer.model import NotePath
from syncer.values import path_values

if TYPE_CHECKING:
    from datetime import datetime

    from syncer.model import Book
    from syncer.note import Style
    from syncer.template import PathTemplates

LONGEST_NAME = 200
"""Bytes of UTF-8: leaves room below 255 for ` (user_book_id).md` and for a sync tool's conflict suffix."""

LONGEST_TITLE = 4_096
"""Characters of a title that are looked at: Readwise's own longest has 511."""

LONGEST_DECOMPOSED = 228
"""UTF-16 units of the name in NFD, as HFS+ stores it: 255 without ` (user_book_id).md`."""

_RESERVED = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f-\x9f]')
_LINK_MARKS = re.compile(r"[#^\[\]]")
_ORDINARY = re.compile(r"[A-Za-z0-9 ,;'()&!+=_-]*")
_DEVICE = re.compile(r"(?i:CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|COM[0-9¹²³]|LPT[0-9¹²³])(?=\s*(?:\.|\Z))")
_TELLING = re.compile(r"(?<=con)(?=f)|(?<=sync)(?=thing)|(?<=full)(?= document contents)", re.IGNORECASE)
"""Where the words are broken by which a name, or a folder, is left alone."""
_JOINER = "\u200d"
_EDGE = re.compile(r"\A[\s.]+|[\s.]+\Z")


def file_name(title: str, *, link_safe: bool) -> str:
    """Return the name, without its ending, that a note with this title gets (docs/format.md)."""
    name = _RESERVED.sub("", title[:LONGEST_TITLE])
    if link_safe:
        name = _LINK_MARKS.sub("", name)
    if not _ORDINARY.fullmatch(name):
        name = _visible(unicodedata.normalize("NFC", name))
    name = _EDGE.sub("", name)
    name = _EDGE.sub("", _cut(_not_a_device(name)))
    if _would_be_left_alone(name):
        name = _EDGE.sub("", _cut(_TELLING.sub("_", name)))
    return name or "Untitled"


def _would_be_left_alone(name: str) -> bool:
    """Say whether a note of this name, also with an id behind it, or one in a folder of it would never be read."""
    return any(map(is_left_alone, (f"{name}.md", f"{name} (1).md", f"{name}/a.md")))


def note_path(paths: PathTemplates, style: Style, book: Book, *, now: datetime) -> NotePath:
    """Return where a book's new note goes, relative to the vault, before any other note is asked about."""
    folder, name = paths.render(path_values(book, style.timezone, now))
    parts = [_part(part, link_safe=style.link_safe_names) for part in folder.split("/")]
    return NotePath(
        "/".join([part for part in parts if part] + [file_name(name, link_safe=style.link_safe_names) + ".md"])
    )


def folder_of_all(template: str, *, link_safe: bool) -> str:
    """Return the folder below which every new note lies, as far as `vault.folder` says so for all: "" is the vault."""
    fixed, mark, _ = template.partition("{")
    if mark:
        fixed = fixed.rpartition("/")[0]
    return "/".join(filter(None, (_part(part, link_safe=link_safe) for part in fixed.split("/"))))


def with_id(path: NotePath, book_id: int) -> NotePath:
    """Return the path of a note whose name is taken: ` (user_book_id)` before its ending."""
    return NotePath(f"{path.removesuffix('.md')} ({book_id}).md")


@lru_cache(maxsize=256)
def _part(text: str, *, link_safe: bool) -> str:
    """Return one folder's name, or "" where nothing is left of it."""
    return file_name(text, link_safe=link_safe) if _EDGE.sub("", _visible(_RESERVED.sub("", text))) else ""


def _visible(name: str) -> str:
    """Drop what cannot be seen: Cf, Zl, Zp and lone surrogates; a joiner between two emoji stays."""
    kept = [
        char
        for place, char in enumerate(name)
        if unicodedata.category(char) not in {"Cf", "Zl", "Zp", "Cs", "Cc"} or (char == _JOINER and _joins(name, place))
    ]
    return unicodedata.normalize("NFC", "".join(kept))


def _joins(name: str, place: int) -> bool:
    before = name[max(0, place - 4) : place].rstrip("\ufe0f\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")
    return bool(before) and _is_emoji(before[-1]) and _is_emoji(name[place + 1 : place + 2])


def _is_emoji(char: str) -> bool:
    return char in {"\u2194", "\u2195"} or (char != "" and unicodedata.category(char) == "So")


def _not_a_device(name: str) -> str:
    """Put `_` after a Windows device's name, before any ending: `con.txt` is the device as well."""
    match = _DEVICE.match(name)
    return f"{match.group()}_{name[match.end() :].lstrip()}" if match else name


def _cut(name: str) -> str:
    """Cut a name to its longest, between two characters as a reader sees them."""
    if len(name) * 4 <= LONGEST_NAME and len(name) * 3 <= LONGEST_DECOMPOSED:
        return name
    end = min(len(name), LONGEST_NAME)
    while end and not (_fits(name[:end]) and _is_break(name, end)):
        end -= 1
    return name[:end] or _cut_inside(name)


def _cut_inside(name: str) -> str:
    """Cut a name whose first visible character alone is too long: a letter under a hundred marks."""
    end = min(len(name), LONGEST_NAME)
    while not _fits(unicodedata.normalize("NFC", name[:end])):
        end -= 1
    return unicodedata.normalize("NFC", name[:end])


def _fits(name: str) -> bool:
    decomposed = unicodedata.normalize("NFD", name)
    return len(name.encode()) <= LONGEST_NAME and len(decomposed.encode("utf-16-le")) // 2 <= LONGEST_DECOMPOSED


def _is_break(name: str, place: int) -> bool:
    """Say whether a reader sees two characters meet at `place`: Unicode's UAX 29, as far as titles need it."""
    if place >= len(name):
        return True
    after, before = name[place], name[place - 1]
    if _extends(after) or before == _JOINER or after == _JOINER:
        return False
    if before in _LINKERS and unicodedata.category(after) == "Lo":
        return False
    if _is_flag(before) and _is_flag(after):
        flags = len(name[:place]) - len(name[:place].rstrip(_FLAGS))
        return flags % 2 == 0
    return not _same_syllable(before, after)


_LINKERS = "\u094d\u09cd\u0acd\u0b4d\u0c4d\u0d4d"
_FLAGS = "".join(chr(code) for code in range(0x1F1E6, 0x1F200))
_JAMO = re.compile("[\u1100-\u115f\ua960-\ua97c]")
_VOWEL = re.compile("[\u1160-\u11a7\ud7b0-\ud7c6]")
_FINAL = re.compile("[\u11a8-\u11ff\ud7cb-\ud7fb]")
_SYLLABLE = re.compile("[\uac00-\ud7a3]")
_PREPENDED = re.compile("[\u0d4e\U000111c2\U000111c3\U0001193f\U00011941\U00011a3a\U00011a84-\U00011a89\U00011d46]")


def _extends(char: str) -> bool:
    return (
        unicodedata.category(char) in {"Mn", "Me", "Mc"} or char in "\uff9e\uff9f\u0e33\u0eb3" or "🏻" <= char <= "🏿"
    )


def _is_flag(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _same_syllable(before: str, after: str) -> bool:
    """Say whether two letters belong to one Hangul syllable, or the first one to whatever follows it."""
    if _PREPENDED.match(before):
        return True
    if _JAMO.match(before):
        return bool(_JAMO.match(after) or _VOWEL.match(after) or _SYLLABLE.match(after))
    open_syllable = _SYLLABLE.match(before) and (ord(before) - 0xAC00) % 28 == 0
    if _VOWEL.match(before) or open_syllable:
        return bool(_VOWEL.match(after) or _FINAL.match(after))
    return bool((_FINAL.match(before) or _SYLLABLE.match(before)) and _FINAL.match(after))
