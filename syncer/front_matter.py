"""How does a value get into YAML front matter, and does it come out again as it went in?

    Nathan Benaich          →  [[Nathan Benaich]]            as a link, bare where YAML reads [["…"]]
    @someone on Twitter     →  "[[@someone on Twitter]]"     as a link, quoted: YAML cannot read it bare
    A "quoted" <% title     →  "A \\"quoted\\" \\x3C% title"   as a text: always double-quoted

Guarantees: a quoted value reads back to exactly the text that it was made from, holds no line end and no
`<%`; a bare one is bare only where YAML reads it as that one text. PyYAML's own emitter is not used: it
escapes every emoji. Which values a note has is in the templates; nothing here reads a note of the vault.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache

_ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
"""What YAML does not allow as it is, beside what JSON escapes anyway."""

_PLAIN = re.compile(r"[^\W\d_]{2,}(?:[ '’.-]+[^\W_]+)*\.?")
"""Words that begin with letters: bare in YAML without asking it, except those that it takes for a truth value."""

_WORDS_WITH_A_MEANING = frozenset({"yes", "no", "on", "off", "true", "false", "null", "nan", "inf"})

_ANY_NAME = 2000
"""How many answers about names are remembered: most libraries have fewer authors."""


def quoted(value: str) -> str:
    """Return a text as a double-quoted YAML scalar of one line that reads back to the same text."""
    return _ESCAPED.sub(_hex, json.dumps(value, ensure_ascii=False)).replace("<%", "\\x3C%")


def _hex(match: re.Match[str]) -> str:
    return f"\\u{ord(match.group()):04x}"


@lru_cache(maxsize=_ANY_NAME)
def word(value: str) -> str:
    """Return a text bare where YAML reads it as that text in a list's item, else double-quoted."""
    return value if _reads_as(value, value, value) else quoted(value)


@lru_cache(maxsize=_ANY_NAME)
def link(name: str, shown: str) -> str:
    """Return `[[name]]` bare where YAML reads a list in a list of one text, else `shown` double-quoted."""
    bare = f"[[{name}]]"
    return bare if shown == bare and _reads_as(bare, name, [[name]]) else quoted(shown)


def _reads_as(bare: str, name: str, meant: object) -> bool:
    if _PLAIN.fullmatch(name) and name.lower() not in _WORDS_WITH_A_MEANING:
        return True
    if "<%" in bare or "\n" in bare or "\r" in bare:
        return False
    found, problem = read(f"---\nkey: {bare}\n---\n")
    return not problem and found.get("key") == meant and found.keys() == {"key"} and bare == bare.strip()


def read(note: str) -> tuple[dict[str, object], str]:
    """Return a note's front matter as python-frontmatter reads it, and why it could not ("" where it could)."""
    if not note.startswith("---\n"):
        return {}, ""
    import frontmatter
    import yaml
    from frontmatter.default_handlers import YAMLHandler

    try:
        found, _ = frontmatter.parse(note, handler=YAMLHandler())
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        return {}, _reason(error)
    return found, ""


def _reason(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    what = getattr(error, "problem", None) or type(error).__name__
    return f"{what} in line {mark.line + 2}" if mark is not None else str(what)


def is_fast() -> bool:
    """Return whether PyYAML has libyaml here, without which reading a note takes five times as long."""
    import yaml

    return bool(yaml.__with_libyaml__)
