"""What do the pictures in the documents show? The program at work on a real terminal: `make pictures` makes them.

    docs/pictures/demo.svg      syncer demo
    docs/pictures/dry-run.svg   syncer dry-run, with the demo's library, on the Wednesday of its week
    docs/pictures/page.png      the page of the same plan, where there is a Chromium

Each run is on a terminal of its own, with the demo's clock, so that the same program makes the same picture; a test
holds the texts of those that are kept against a fresh run.
"""

from __future__ import annotations

import io
import re
import sys
import tempfile
from datetime import UTC
from html import unescape
from importlib import resources
from pathlib import Path

from rich.console import Console
from rich.text import Text

from syncer import demo
from syncer.export_file import parse_export
from tests.harness import Home
from tests.terminal import Terminal

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "pictures"
COLUMNS = 108
_FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
"""Fonts from elsewhere: a picture asks nobody for anything, and the reader's own will do."""
PROGRAM = (
    "import os, sys; from datetime import datetime; from syncer.cli import main; "
    "moment = datetime.fromisoformat(sys.argv.pop(1)); "
    "sys.exit(main(sys.argv[1:], env=os.environ, now=lambda zone: moment.astimezone(zone)))"
)
"""The command line, at a moment that is given to it first."""


def screens(folder: Path) -> dict[str, str]:
    """Return what is on the terminal, codes and all, by the name of the picture."""
    return {"demo": _demo(folder / "demo"), "dry-run": _dry_run(folder / "dry-run")}


def picture(title: str, seen: str) -> str:
    """Return a screen as an SVG picture."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, legacy_windows=False)
    console.print(Text.from_ansi(f"$ {title}\n{seen.rstrip()}"), soft_wrap=True)
    svg = console.export_svg(title=title, unique_id=title.replace(" ", "-"))
    return _FONTS.sub("", svg) + "\n"


def words(svg: str) -> list[str]:
    """Return the lines of text in a picture, as they are read."""
    lines: dict[str, str] = {}
    for place, text in re.findall(r'<text [^>]*?y="([\d.]+)"[^>]*>(.*?)</text>', svg):
        lines[place] = lines.get(place, "") + unescape(text).replace("\u00a0", " ")
    return [line.rstrip() for line in lines.values()]


def _demo(folder: Path) -> str:
    folder.mkdir()
    with Terminal(["demo"], env={"PYTHONUTF8": "1"}, folder=folder, size=(COLUMNS, 60), term="xterm-256color") as one:
        assert one.end() == 0
    return one.left


def home_on_wednesday(folder: Path) -> Home:
    """Return a home that synced the demo's library on Monday, with its server at Wednesday; start the server."""
    books = parse_export(resources.files("syncer").joinpath("demo_library.json").read_bytes()).books
    made = Home(folder, books, settings="")
    made.server.__enter__()
    made.run("once", at=demo.MONDAY)
    note = made.vault / "Readwise/静かな書庫.md"
    note.write_bytes(note.read_bytes() + b"```\na fence that I forgot to close\n")
    made.server.now = demo.WEDNESDAY.astimezone(UTC)
    return made


def _dry_run(folder: Path) -> str:
    user = home_on_wednesday(folder)
    try:
        words = [demo.WEDNESDAY.isoformat(), "--config", str(user.config), "dry-run"]
        env = {**user.env, "PYTHONUTF8": "1", "PAGER": "", "TZ": "UTC"}
        program = ("-c", PROGRAM)
        with Terminal(words, env=env, folder=folder, size=(COLUMNS, 60), term="xterm-256color", program=program) as one:
            one.end()
    finally:
        user.server.__exit__(None, None, None)
    return one.left


def page_picture(folder: Path) -> None:
    """Make the picture of the page."""
    from tests.browser import Browser

    user = home_on_wednesday(folder / "home")
    try:
        user.run("dry-run", "--html", str(folder / "plan.html"), at=demo.WEDNESDAY)
    finally:
        user.server.__exit__(None, None, None)
    with Browser(folder / "profile") as browser:
        browser.looks(width=1280, height=720)
        browser.opens(folder / "plan.html")
        browser.all("#list [role=option]")[2].click()
        browser.picture(FOLDER / "page.png")


def main() -> None:
    """Make every picture anew."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for name, seen in screens(Path(folder)).items():
            (FOLDER / f"{name}.svg").write_text(picture(f"syncer {name}", seen), encoding="utf-8")
        if "--page" in sys.argv:
            page_picture(Path(folder))


if __name__ == "__main__":
    main()
