"""Does anything get lost while an editor saves the same note a hundred times a second?

    python -m tests.faults.editors in-place|rename NOTE…   the editor; it ends with its input and tells its saves

    race(note, add, kind="in-place", seconds=60)   Race(saves=7301, lost=0, sections=412, missing=0, twice=0, torn=b"")

The editor reads the note, adds a numbered line, saves: in place as Obsidian does (truncate, write), or by rename as
vim does; it takes no lock. `add(number)` tries once to bring a section into the note and says whether it is there
to stay; it may be a function of the writer (`by_writer`), or run the whole command line. At the end every line that
the editor saved must be there, every section once, and nothing else.
"""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from syncer.model import Fingerprint, NotePath
from syncer.vault import NotRead, Vault
from syncer.writer import Done, append, confirm

START = b"start\n"
REST = b"What its owner wrote, and keeps.\n" * 20
SETTLED = 0.05
"""Seconds after which no editor here can still save a copy from before: each saves within a few milliseconds."""

MOST_TRIES = 200


@dataclass(frozen=True)
class Race:
    """What came of it: the editor's saves and how many of its lines are lost; sections, how many are lost or twice."""

    saves: int
    lost: int
    sections: int
    missing: int
    twice: int
    torn: bytes

    @property
    def is_clean(self) -> bool:
        """Tell whether nothing is lost, doubled or torn."""
        return not (self.lost or self.missing or self.twice or self.torn)


def section(number: int) -> bytes:
    """Return the section of a number; none is part of another."""
    return b"\n## section %d.\n- a highlight\n" % number


def race(note: Path, add: Callable[[int], bool], *, kind: str, seconds: float) -> Race:
    """Let an editor and `add` work on one note for so many seconds; count what is left of both."""
    note.write_bytes(START + REST)
    editor = started(kind, [note])
    end = time.monotonic() + seconds
    number = 0
    while time.monotonic() < end:
        number += 1
        _add_at_last(add, number, end)
    (saves,) = json.loads(editor.communicate()[0]).values()
    for again in range(1, number + 1):
        _add_at_last(add, again, time.monotonic() + 10)
    return _judge(note.read_bytes(), saves, number)


def started(kind: str, notes: Sequence[Path]) -> subprocess.Popen[str]:
    """Start an editor that saves these notes in turn until its input ends; it has begun when this returns."""
    editor = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.editors", kind, *map(str, notes)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).resolve().parents[2],
        text=True,
    )
    assert editor.stdout
    editor.stdout.readline()
    return editor


def lines_of(data: bytes) -> set[int]:
    """Return the numbers of the editor's lines that stand in a note."""
    return {int(number) for number in re.findall(rb"<(\d+)>\n", data)}


def _add_at_last(add: Callable[[int], bool], number: int, end: float) -> None:
    for _ in range(MOST_TRIES):
        if add(number) or time.monotonic() > end:
            return


def _judge(data: bytes, saves: int, sections: int) -> Race:
    counts = [data.count(section(number)) for number in range(1, sections + 1)]
    lines = lines_of(data)
    rest = re.sub(rb"<\d+>\n", b"", data)
    for number in range(1, sections + 1):
        rest = rest.replace(section(number), b"")
    return Race(
        saves=saves,
        lost=saves - len(lines),
        sections=sections,
        missing=counts.count(0),
        twice=sum(count > 1 for count in counts),
        torn=rest if rest != START + REST else b"",
    )


def by_writer(vault: Vault, path: NotePath) -> Callable[[int], bool]:
    """Return an `add` on the writer: decide from a stable read, append, look again a moment later."""

    def add(number: int) -> bool:
        try:
            now = vault.read(path).data
        except (NotRead, OSError):
            return False
        if section(number) in now:
            return True
        if not isinstance(append(vault, path, section(number), before=Fingerprint.of(now)), Done):
            return False
        threading.Event().wait(SETTLED)
        return confirm(vault, path, data=section(number))

    return add


def naively(note: Path) -> Callable[[int], bool]:
    """Return an `add` as one should not: read, write another file, rename it over the note."""

    def add(number: int) -> bool:
        whole = note.read_bytes() + section(number)
        temp = note.with_name(".naive.tmp")
        temp.write_bytes(whole)
        threading.Event().wait(0.005)
        temp.replace(note)
        return True

    return add


# ---------------------------------------------------------------- the editor


def edit(kind: str, notes: Sequence[Path]) -> dict[str, int]:
    """Save the notes in turn, over and over, until the input ends; return how often each."""
    ended = threading.Event()

    def listen() -> None:
        sys.stdin.read()
        ended.set()

    threading.Thread(target=listen, daemon=True).start()
    pauses = random.Random(kind)  # noqa: S311 - a rhythm, no secret
    saves = dict.fromkeys(map(str, notes), 0)
    print("begins", flush=True)
    while not ended.wait(pauses.uniform(0.002, 0.006)):
        note = notes[sum(saves.values()) % len(notes)]
        data = note.read_bytes()
        if START not in data:
            continue
        saves[str(note)] += 1
        new = data.replace(START, START + b"<%d>\n" % saves[str(note)], 1)
        if kind == "in-place":
            note.write_bytes(new)
        else:
            temp = note.with_name(".editor.tmp")
            temp.write_bytes(new)
            temp.replace(note)
    return saves


if __name__ == "__main__":
    print(json.dumps(edit(sys.argv[1], [Path(name) for name in sys.argv[2:]])))
