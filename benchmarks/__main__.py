"""`python -m benchmarks [--quick] [--json FILE]`: a table, each row with its limit and whether it is kept.

    once, nothing to do, 5,000 notes     wall 0.21 s   1.41 × the floor   (limit 1.60 ×)   ok

The floor is a bare interpreter that imports httpx and makes one request, measured between the rows it is held against.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from benchmarks.workload import Cost, best, books, prepared

ROUNDS = 7
LINE = 100_000_000
"""Bits a second."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One measurement: its value and the limit, in the same unit."""

    name: str
    value: float
    limit: float
    unit: str
    cost: Cost

    @property
    def kept(self) -> bool:
        """Whether the limit is kept."""
        return self.value <= self.limit


def nothing_to_do(notes: int) -> Iterator[Row]:
    """Measure `once` over a vault of so many notes in which nothing has changed, in turns with its floor."""
    with prepared(books(notes, 2)) as home:
        home.run("once")
        home.run("once")
        floors, runs = [], []
        for _ in range(ROUNDS):
            floors.append(home.floor())
            runs.append(home.run("once"))
    floor, run = best(floors), best(runs)
    limit = 1.3 if notes <= 1_000 else 1.6
    name = f"once, nothing to do, {notes:,} notes"
    yield Row(name=name, value=run.wall / floor.wall, limit=limit, unit="× the floor", cost=run)
    yield Row(name=f"{name}: memory", value=run.mib, limit=80.0, unit="MiB", cost=run)


def first_sync(number: int, highlights: int, *, cpu: float, mib: float) -> Iterator[Row]:
    """Measure a first sync of so many books with so many highlights each."""
    with prepared(books(number, highlights)) as home:
        cost = home.run("once")
    name = f"first sync, {number * highlights:,} highlights in {number:,} books"
    yield Row(name=name, value=cost.cpu, limit=cpu, unit="s of CPU", cost=cost)
    yield Row(name=f"{name}: memory", value=cost.mib, limit=mib, unit="MiB", cost=cost)


def durability(number: int) -> Iterator[Row]:
    """Hold a first sync of so many small notes against loops that write the same files, with its fsyncs and without.

    The sync also fetches, decides, renders and journals; the loops only write.
    """
    with prepared(books(number, 1)) as home:
        cost = home.run("once")
        synced = min(home.copied(with_fsync=True) for _ in range(3))
        plain = min(home.copied(with_fsync=False) for _ in range(3))
    name = f"first sync of {number:,} notes, against writing them"
    yield Row(name=f"{name} with fsync", value=cost.wall / synced, limit=6.0, unit="× the loop", cost=cost)
    yield Row(name=f"{name} without fsync", value=cost.wall / plain, limit=20.0, unit="× the loop", cost=cost)


def passing_through(number: int, highlights: int) -> Iterator[Row]:
    """Measure fetching a whole library into the mirror, against the time of a line of 100 Mbit/s."""
    served = books(number, highlights)
    with prepared(served) as home:
        size = home.answered()
        cost = home.mirror(number * highlights)
    name = f"{number * highlights:,} highlights through the client into the mirror"
    yield Row(name=name, value=cost.cpu / (size * 8 / LINE), limit=0.15, unit="of the line's", cost=cost)
    yield Row(name=f"{name}: memory", value=cost.mib, limit=200.0, unit="MiB", cost=cost)


def adoption(number: int, highlights: int, *, linked: bool) -> Iterator[Row]:
    """Measure the first run over a vault that holds everything already, with no state to tell it so."""
    with prepared(books(number, highlights, linked=linked)) as home:
        home.run("once")
        home.forget()
        cost = home.run("once")
    kind = "with links" if linked else "without links"
    name = f"recognising {number * highlights:,} highlights in {number:,} notes, {kind}"
    yield Row(name=name, value=cost.cpu, limit=40.0, unit="s of CPU", cost=cost)


def rows(*, quick: bool) -> Iterator[Row]:
    """Yield all measurements; a quick run leaves out the largest."""
    yield from nothing_to_do(0)
    yield from nothing_to_do(1_000)
    if not quick:
        yield from nothing_to_do(5_000)
    yield from first_sync(1_000, 20, cpu=1.0, mib=100.0)
    yield from durability(1_000)
    if not quick:
        yield from first_sync(5_000, 20, cpu=10.0, mib=150.0)
        yield from passing_through(50_000, 20)
        yield from adoption(10_000, 10, linked=True)
        yield from adoption(10_000, 10, linked=False)


def main() -> int:
    """Print the table; return 1 where a limit is not kept."""
    parser = argparse.ArgumentParser(description="Measure syncer against its limits.")
    parser.add_argument("--quick", action="store_true", help="leave out what takes more than a minute")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the rows to a file, too")
    arguments = parser.parse_args()
    measured = []
    for row in rows(quick=arguments.quick):
        measured.append(row)
        verdict = "ok" if row.kept else "OVER"
        limit = f"(limit {row.limit:.2f})"
        print(
            f"{row.name:74} {row.value:8.2f} {row.unit:12} {limit:16} wall {row.cost.wall:6.2f} s  {verdict}",
            flush=True,
        )
    if arguments.json:
        arguments.json.write_bytes(msgspec.json.format(msgspec.json.encode(measured), indent=2) + b"\n")
    return 0 if all(row.kept for row in measured) else 1


if __name__ == "__main__":
    sys.exit(main())
