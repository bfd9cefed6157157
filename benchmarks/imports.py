"""On which imports does a start spend its time? `python -m benchmarks.imports [TREE]`, TREE being another checkout.

    | ms                     | --version | --help | status | once, nothing new | once, one new |
    | Python's own           |      17.9 |   21.9 |   43.5 |              92.1 |          86.0 |
    | httpx and what it needs |      0.0 |    0.0 |    0.0 |              26.2 |          27.3 |

Counted are the milliseconds in which a module's own lines run, as `-X importtime` has them, which slows each import
down: it says where the time goes and not how much there is. Of several runs the least of each group counts. How long a
command takes as a whole is in rows.py.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.workload import REPOSITORY, Home, books, grown, prepared

GROUPS = {
    "httpx and what it needs": ("httpx", "httpcore", "h11", "anyio", "idna", "certifi", "sniffio"),
    "jinja2": ("jinja2", "markupsafe"),
    "frontmatter": ("frontmatter", "yaml"),
}
ALONE = ("syncer", "msgspec", "rapidfuzz", "tenacity", "rich", "keyring")
GROUP_OF = {name: group for group, names in GROUPS.items() for name in names} | {name: name for name in ALONE}
OTHER = "Python's own"
TIMES = 5
NO_SUCH_COMMAND = 2
LEAST = 0.1
"""Milliseconds; a group that takes less in every command has no row."""
_LINE = re.compile(r"import time:\s+(\d+) \|\s+\d+ \|\s*([\w.]+)")


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.imports", description="Break the start down.")
    parser.add_argument("tree", nargs="?", type=Path, default=REPOSITORY, help="another checkout, to compare with")
    for line in table(measured(parser.parse_args().tree.resolve())):
        print(line)
    return 0


def measured(tree: Path) -> dict[str, Mapping[str, float]]:
    """Return for each command the milliseconds of each group of modules."""
    served = books(1_000, 2)
    found: dict[str, Mapping[str, float]] = {}
    with prepared(served) as home:
        for _ in range(3):
            _run(home, tree, "once")
        for command in ("--version", "--help", "status"):
            found[command] = _least([_run(home, tree, command) for _ in range(TIMES)])
        found["once, nothing new"] = _least([_run(home, tree, "once") for _ in range(TIMES)])
        runs = []
        for number in range(1, TIMES + 1):
            home.server.serve(grown(served, number))
            runs.append(_run(home, tree, "once"))
        found["once, one new"] = _least(runs)
    return found


def table(found: Mapping[str, Mapping[str, float]]) -> Iterator[str]:
    """Yield the lines of the table, the largest group first."""
    named = {group for one in found.values() for group in one}
    groups = sorted((group for group in named if _most(found, group) >= LEAST), key=lambda group: -_most(found, group))
    yield "| ms | " + " | ".join(found) + " |"
    yield "|---|" + "---:|" * len(found)
    for group in groups:
        yield f"| {group} | " + " | ".join(f"{one.get(group, 0.0):.1f}" for one in found.values()) + " |"
    yield "| **all** | " + " | ".join(f"{sum(one.values()):.1f}" for one in found.values()) + " |"


def _most(found: Mapping[str, Mapping[str, float]], group: str) -> float:
    return max(one.get(group, 0.0) for one in found.values())


def _least(runs: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {group: min(run.get(group, 0.0) for run in runs) for group in {name for run in runs for name in run}}


def _run(home: Home, tree: Path, command: str) -> dict[str, float]:
    """Run a command of the tree's and return the milliseconds of each group."""
    words = [sys.executable, "-X", "importtime", "-m", "syncer", "--config", str(home.config), "-q", command]
    env = {**home.env(), "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "", "PATH": os.environ["PATH"]}
    ran = subprocess.run(words, cwd=tree, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if ran.returncode == NO_SUCH_COMMAND:
        return {}
    if ran.returncode:
        raise SystemExit(f"{command} of {tree} ended with {ran.returncode}")
    spent: Counter[str] = Counter()
    for microseconds, module in _LINE.findall(ran.stderr):
        spent[GROUP_OF.get(module.partition(".")[0], OTHER)] += int(microseconds)
    return {group: total / 1000 for group, total in spent.items()}


if __name__ == "__main__":
    sys.exit(main())
