"""When are two pieces of text the same, whatever marks, blanks and encodings stand between their letters?

    "**Bold**, [[page|word]] &amp; [label](https://…)\\u00ad"   fold → "boldwordlabel"
    "recurring ==revenue== up 43"                              words → ["recurring", "revenue", "up", "43"]
    "👍 …"                                                      fold → "👍"   (no letters: its signs)

Guarantees: pure; equal text under NFKC, case, blanks, Markdown marks, entities, backslashes, control and
zero-width characters folds to the same string; combining marks stay, since they carry meaning in many scripts.
"""

from __future__ import annotations

import re
import unicodedata

_IMAGE = re.compile(r"!\[[^\[\]\n]*\]\(([^()\s]*)[^()\n]*\)")
_LINK = re.compile(r"\[([^\[\]\n]+)\]\((?:[^()\n]|\([^()\n]*\))*\)")
_WIKILINK = re.compile(r"\[\[(?:[^\[\]\n|]*\|)?([^\[\]\n|]*)\]\]")
_STYLE_TAG = re.compile(r"</?(?:mark|b|i|u|em|strong|sup|sub|br|span|font|cite)\b[^<>\n]{0,200}>", re.I)
_NOT_TITLE = re.compile(r"[^0-9A-Za-z+$]+")
_NOT_WORD = re.compile(r"[\W_]+")
_NOT_WORD_ASCII = bytes(set(range(128)) - set(b"0123456789abcdefghijklmnopqrstuvwxyz+$"))
_WORD = re.compile(r"[^\W_]+")
_RENDERED = re.compile("[\\x00-\\x1f\\x7f*_=~`\\u00ad\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u2064\\ufeff]+")
_RENDERED_ASCII = bytes(range(0x21)) + b"\x7f*_=~`"
_MARKDOWN_SIGN = frozenset("*_=~>#\\-+|`•●○◦▪■□▫￼�")
_UNSPACED = (
    ("\u0e00", "\u0eff"),
    ("\u1000", "\u109f"),
    ("\u1780", "\u17ff"),
    ("\u2e80", "\u9fff"),
    ("\uf900", "\ufaff"),
)
"""Thai and Lao, Burmese, Khmer, Han and Kana; so is everything beyond the basic plane."""


def fold(text: str) -> str:
    """Return the letters, digits and telling signs of one line, folded; "" when there is nothing to compare."""
    plain = plain_text(text)
    if plain.isascii():
        return plain.encode().translate(None, _NOT_WORD_ASCII).decode() or _signs(plain)
    return _NOT_WORD.sub(_telling, plain) or _signs(plain)


def plain_text(text: str) -> str:
    """Return a line without entities, escapes, link targets and style tags, in NFKC and case-folded."""
    text = _without_markup(text)
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def to_the_letter(text: str) -> str:
    """Return a line with its case and punctuation, but without what only a rendering adds: blanks, marks, entities."""
    text = _without_markup(text)
    if text.isascii():
        return text.encode().translate(None, _RENDERED_ASCII).decode()
    return "".join(_RENDERED.sub(" ", unicodedata.normalize("NFKC", text)).split())


def _without_markup(text: str) -> str:
    if "&" in text:
        from html import unescape

        text = unescape(text)
    if "\\" in text:
        text = text.replace("\\", "")
    if "[" in text:
        text = _IMAGE.sub(r" \1 ", text)
        text = _WIKILINK.sub(r"\1", text)
        text = _LINK.sub(r"\1", text)
    return _STYLE_TAG.sub("", text) if "<" in text else text


def words(text: str) -> list[str]:
    """Return the words of a line; two-character pieces where a script puts no blanks between words."""
    found: list[str] = []
    for word in _WORD.findall(plain_text(text)):
        if len(word) > 1 and not word.isascii() and any(map(_is_unspaced, word)):
            found.extend(word[at : at + 2] for at in range(len(word) - 1))
        else:
            found.append(word)
    return found


def _is_unspaced(char: str) -> bool:
    """Say whether the character's script puts no blanks between words."""
    return char > "\uffff" or any(first <= char <= last for first, last in _UNSPACED)


def title_key(title: str) -> str:
    """Return what a title and a file name made of it have in common; case and emoji stay, they tell books apart."""
    if "&" in title:
        from html import unescape

        title = unescape(title)
    plain = unicodedata.normalize("NFC", title.replace("[[", "").replace("]]", ""))
    if plain.isascii():
        return _NOT_TITLE.sub("", plain) or " ".join(plain.split())
    kept = "".join(char for char in plain if unicodedata.category(char)[0] in "LNMS" and char not in "<>|`^~=")
    return kept or " ".join(plain.split())


def _telling(run: re.Match[str]) -> str:
    """Keep of a run between letters what changes the meaning: combining marks, currency, sums, emoji."""
    if run[0].isascii():
        return "".join(char for char in run[0] if char in "+$")
    return "".join(char for char in run[0] if _tells(char))


def _tells(char: str) -> bool:
    if char in "+$":
        return True
    if char.isascii() or char in _MARKDOWN_SIGN or "\ufe00" <= char <= "\ufe0f" or char == "\u20e3":
        return False
    category = unicodedata.category(char)
    return category[0] == "M" or category in ("Sc", "Sm", "So")


def _signs(plain: str) -> str:
    return "".join(
        char
        for char in plain
        if char not in _MARKDOWN_SIGN and not char.isspace() and unicodedata.category(char)[0] not in "CZ"
    )
