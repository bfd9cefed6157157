"""Does the whole command line lose or double anything while an editor saves the same notes over and over?

    race_with_command_line(here, kind="rename", seconds=10, quiet_time="0s")
    Sync(saves=1730, sections=132, problems=[])

A library of a few books gets one more highlight a book each round; `syncer once` runs round after round, while an
editor (editors.py) saves the books' notes in turn. Once it has stopped, plain runs must end with every line that the
editor saved, every highlight once, the owner's text, and nothing else; and a further run changes nothing.
"""

from __future__ import annotations

import collections
import json
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.account import books, tokens, tokens_of
from tests.faults.command_line import Site
from tests.faults.editors import REST, START, lines_of, started
from tests.faults.scenario import Problems

NOTES = 20
"""No more: twenty-one notes that lack more than half of what is older than they are would set off the brake."""
MOST_RUNS = 6
"""So many runs may be needed after the editor has stopped: the first may still find a note that is young."""


@dataclass
class Sync:
    """What came of it: how often the editor saved, the sections written meanwhile, and what is wrong."""

    saves: int = 0
    sections: int = 0
    rounds: int = 0
    problems: Problems = field(default_factory=list)


def race_with_command_line(here: Site, *, kind: str, seconds: float, quiet_time: str, notes: int = NOTES) -> Sync:
    """Let an editor and the command line work on the same notes for so many seconds; say what is left of both."""
    here.configure(quiet_time=quiet_time)
    here.vault.mkdir(parents=True)
    here.readwise.serve(books([2] * notes))
    here.run("once")
    paths = sorted((here.vault / "Readwise").glob("*.md"))
    for path in paths:
        with path.open("ab") as note:
            note.write(b"\n" + START + REST)
    result = Sync()
    editor = started(kind, paths)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        result.rounds += 1
        here.readwise.serve(books([2 + result.rounds] * notes))
        ran = here.run("once", "--json")
        if ran.returncode not in (0, 74):
            result.problems.append(f"once ended with {ran.returncode}: {ran.stderr[-300:]}")
        result.sections += json.loads(ran.stdout)["summary"]["notes_extended"] if ran.stdout else 0
    saves = {Path(name): count for name, count in json.loads(editor.communicate()[0]).items()}
    result.saves = sum(saves.values())
    result.problems += _ended(here) or _left(here, saves, rounds=result.rounds, notes=notes)
    return result


def _ended(here: Site) -> Problems:
    """Run until all is written; say so where that does not come, or where one more run still changes something."""
    for _ in range(MOST_RUNS):
        ran = here.run("once")
        if ran.returncode == 0:
            before = here.notes()
            here.run("once")
            return [] if here.notes() == before else ["a further run changed something"]
    return [f"after {MOST_RUNS} runs there is still something to do: {ran.stderr[-300:]}"]


def _left(here: Site, saves: dict[Path, int], *, rounds: int, notes: int) -> Problems:
    """Return what was lost or doubled."""
    problems = []
    for path, count in saves.items():
        data = path.read_bytes()
        if lost := set(range(1, count + 1)) - lines_of(data):
            problems.append(f"{path.name}: {len(lost)} of the editor's {count} saves are lost")
        if REST not in data:
            problems.append(f"{path.name}: its owner's text is not whole")
    counts = collections.Counter(token for data in here.notes().values() for token in tokens(data))
    wanted = set(tokens_of(books([2 + rounds] * notes)))
    missing = wanted - set(counts)
    problems += [f"{len(missing)} highlights are missing: {', '.join(sorted(missing)[:3])}"] if missing else []
    problems += [f"{token} is there {number} times" for token, number in counts.items() if number > 1]
    verified = here.run("verify")
    problems += [f"verify says: {verified.stdout[-300:]}"] if verified.returncode else []
    return problems
