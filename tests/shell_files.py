"""The completions and the man page, made from the parser: `python -m tests.shell_files` writes them into syncer/shell.

    syncer.bash   _syncer (zsh)   syncer.fish   syncer.1

They are in the repository, so that neither `syncer completion` nor the building of a wheel needs a generator; a test
holds them to the parser.
"""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Iterator
from pathlib import Path

import shtab
from argparse_manpage.manpage import Manpage

from syncer.cli.arguments import EXIT_CODES, build_parser

FOLDER = Path(__file__).resolve().parents[1] / "syncer" / "shell"
NAMES = {"bash": "syncer.bash", "zsh": "_syncer", "fish": "syncer.fish"}
COMPLETED = {"FILE": shtab.FILE, "NOTE": shtab.FILE, "DIR": shtab.DIRECTORY, "FOLDER": shtab.DIRECTORY}


def shell_files() -> dict[str, str]:
    """Return what each file is to hold, by its name."""
    os.environ["COLUMNS"] = "100"  # argparse wraps its usage lines to the terminal
    made = {name: shtab.complete(_prepared(build_parser()), shell=shell) for shell, name in NAMES.items()}
    return {**{name: _ended(text) for name, text in made.items()}, "syncer.1": _ended(_man_page())}


def _prepared(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """Return the parser with a mark on each action that takes a file or a folder."""
    for one in _all(parser):
        for action in one._actions:
            if action.metavar in COMPLETED:
                action.complete = COMPLETED[str(action.metavar)]  # type: ignore[attr-defined]  # shtab's own mark
    return parser


def _all(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for child in action.choices.values():
                yield from _all(child)


def _man_page() -> str:
    """Return the page; the date is left out, so that the same parser makes the same page."""
    data = {
        "prog": "syncer",
        "project_name": "syncer",
        "description": "keep the notes of an Obsidian vault up to date with Readwise highlights, by appending only",
        "manual_title": "syncer",
        "date": "",
    }
    page = str(Manpage(build_parser(), format="pretty", _data=data))
    page = re.sub(r"^(\.TH \S+ \S+) \"[^\"]*\"", r'\1 ""', page, flags=re.MULTILINE)
    page = page.replace(".SH\nPOSITIONAL ARGUMENTS", ".SH COMMANDS", 1).partition(".SH COMMENTS")[0]
    codes = EXIT_CODES.partition("\n")[2]
    return f"{page}.SH EXIT STATUS\n.nf\n{codes}.fi\n"


def _ended(text: str) -> str:
    return "".join(f"{line.rstrip()}\n" for line in text.rstrip("\n").split("\n"))


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, text in shell_files().items():
        (FOLDER / name).write_text(text, encoding="utf-8", newline="\n")
