"""How does a shipped unit become this machine's? Each @word@ in it is replaced, quoted as systemd wants it.

    ExecStart=@command@ --config @config@ run
    ExecStart="/opt/syncer/bin/python" "-P" "-m" "syncer" --config "/home/me/My notes/config.toml" run

Guarantees: no character of a path is taken for anything else (a blank, a quote, `%`, `$`); a word that has no value
is an error of ours, never a line of the unit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

WRITTEN = (
    "# Written by `syncer service install`, which replaces it; your own changes go into a drop-in (systemctl edit)."
)
_TEMPLATE = "# `syncer service install` fills in"
_WORD = re.compile(r"@([a-z]+)@")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "%": "%%"}


def shipped(folder: str, name: str) -> str:
    """Return a file of systemd/ or launchd/: beside this module in an installation, at the root in a checkout."""
    here = Path(__file__).resolve()
    found = [place / folder / name for place in (here.parent, here.parents[2]) if (place / folder / name).is_file()]
    return found[0].read_text(encoding="utf-8")


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return the unit with each word replaced; a line that is only an empty value goes."""
    lines = []
    for line in text.splitlines():
        if line.startswith(_TEMPLATE):
            line = WRITTEN
        replaced = _WORD.sub(lambda found: values[found[1]], line) if not line.startswith("#") else line
        if replaced or not line:
            lines.append(replaced)
    return "\n".join(lines) + "\n"


def quoted(text: str, *, in_command: bool = False) -> str:
    """Return a word for a unit, as a path (in quotes a `:` does not end it) or as an argument of a command."""
    escapes = {**_ESCAPES, **({"$": "$$"} if in_command else {})}
    return '"' + "".join(escapes.get(character, character) for character in text) + '"'


def command_line(words: Iterable[str]) -> str:
    """Return the words of a command as ExecStart= wants them."""
    return " ".join(quoted(word, in_command=True) for word in words)


def environment_lines(variables: Mapping[str, str]) -> str:
    """Return an Environment= line for each variable."""
    return "\n".join("Environment=" + quoted(f"{name}={value}") for name, value in sorted(variables.items()))
