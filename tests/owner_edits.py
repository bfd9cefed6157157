"""Which edits do owners make to their notes, so that a highlight must be found afterwards as it was before?

    EDITS["bold"](note, random.Random(1)) → the note with a word of some lines in **bold**

Each takes a note's text and a source of chance and returns the edited text. `LINK_ONLY` holds those after which
only a link can tell (a full rewrite); all others must be survived by a text without a link as well. Every run of the
tests has the edits of seed 0; `make fuzz` has those of a hundred.
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable

from hypothesis import settings

SEEDS = range(max(1, settings().max_examples // 1_000))
Edit = Callable[[str, random.Random], str]

_OWN_LINK = re.compile(r"\s*\(?\[[^\]\n]*\]\((?:https?|kindle)://[^)\s]*\)\)?.*$")
_WORD = re.compile(r"(?<![\w/\[(<&.:|#=-])[^\W\d_]{4,12}(?![\w/\])>|.:=-])")


def chance_of(what: str | int, seed: int) -> random.Random:
    """Return the chance that a vault or a book has under a seed, the same in each run."""
    return random.Random(f"{what} {seed}" if seed else what)  # noqa: S311 - for made-up edits, no secret


def is_text(line: str) -> bool:
    """Say whether a line is a bullet with enough words that a change of one leaves it recognisable."""
    return line.startswith("- ") and len(_prose(line).split()) >= 9 and "](" not in _prose(line)


def _prose(line: str) -> str:
    return _OWN_LINK.sub("", line)


def _each_line(note: str, change: Callable[[str], str]) -> str:
    head, found, body = note.partition("## Highlights")
    if not found:
        return note
    return head + found + "\n".join(change(line) if is_text(line) else line for line in body.split("\n"))


def _word(line: str, chance: random.Random, change: Callable[[str], str]) -> str:
    found = list(_WORD.finditer(_prose(line), 2))
    if len(found) < 2:
        return line
    word = chance.choice(found[1:])
    return line[: word.start()] + change(word[0]) + line[word.end() :]


def _on_words(change: Callable[[str], str]) -> Edit:
    return lambda note, chance: _each_line(note, lambda line: _word(line, chance, change))


def _on_lines(change: Callable[[str], str]) -> Edit:
    return lambda note, chance: _each_line(note, change)


def _quoted(note: str, chance: random.Random) -> str:
    head, found, body = note.partition("## Highlights\n")
    return head + found + "".join(f"> {line}" for line in body.splitlines(keepends=True))


def _callout(note: str, chance: random.Random) -> str:
    head, found, body = note.partition("## Highlights\n")
    return head + found + "> [!quote]- Mine\n" + "".join(f"> {line}" for line in body.splitlines(keepends=True))


def _own_tail(note: str, chance: random.Random) -> str:
    return note + "\n## My thoughts\n\nThis changed how I plan a week, see [[Planning]].\n- [ ] read it again\n"


def _reordered(note: str, chance: random.Random) -> str:
    found = re.match(r"---\n(.*?\n)---\n", note, re.S)
    if not found or any(line[:1] in " -\t%" for line in found[1].splitlines()):
        return note
    lines = found[1].splitlines(keepends=True)
    chance.shuffle(lines)
    return "---\n" + "".join(lines) + note[found.end(1) :]


def _linked_id(line: str) -> str:
    return line + f" ^b{sum(map(ord, line)) % 99_999}" if _OWN_LINK.search(line) and "^" not in line else line


EDITS: dict[str, Edit] = {
    "nothing": lambda note, chance: note,
    "bold": _on_words(lambda word: f"**{word}**"),
    "mark": _on_words(lambda word: f"=={word}=="),
    "wikilink": _on_words(lambda word: f"[[{word}]]"),
    "aliased wikilink": _on_words(lambda word: f"[[Some page|{word}]]"),
    "word deleted": _on_words(lambda word: ""),
    "word added": _on_words(lambda word: f"{word} indeed"),
    "line below": _on_lines(lambda line: f"{line}\n\n  I do not believe this.\n"),
    "own words after": _on_lines(lambda line: f"{line} (so true)"),
    "own tail": _own_tail,
    "crlf": lambda note, chance: note.replace("\r\n", "\n").replace("\n", "\r\n"),
    "byte order mark": lambda note, chance: "\ufeff" + note,
    "block ids": _on_lines(_linked_id),
    "front matter reordered": _reordered,
    "stars": lambda note, chance: re.sub(r"^- ", "* ", note, flags=re.M),
    "quoted": _quoted,
    "callout": _callout,
    "sub-bullet": _on_lines(lambda line: f"{line}\n    - [[Planning]] and more"),
    "translated below": _on_lines(lambda line: f"{line}\n  Das glaube ich gern, sagte der Mann am Fenster."),
    "heading above": _on_lines(lambda line: f"### A point of mine\n{line}"),
    "decomposed": lambda note, chance: unicodedata.normalize("NFD", note),
}


def _rewritten(line: str) -> str:
    found = _OWN_LINK.search(line)
    return f"- Gist: plan less, do more{found[0]}" if found else line


LINK_ONLY: dict[str, Edit] = {"rewritten": _on_lines(_rewritten)}
