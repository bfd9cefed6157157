"""What is measured, and how much it may be: each function yields the rows of one question.

    nothing_to_do(10_000)   once, nothing to do, 10,000 notes    1.41 × the floor   (limit 1.60)

The floor is a bare interpreter that imports httpx and makes one request. What is compared is measured in turns, and
of each the best of several counts. Limits are those that are promised; a row without one is there to be looked at.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from benchmarks.workload import Cost, Home, best, books, grown, prepared
from syncer.identity import link_keys
from syncer.library import Library
from syncer.vault.read import SETTLES
from syncer.wire import parse_page

LINE = 100_000_000
"""Bits a second."""
NOTHING = Cost(0.0, 0.0, 0.0)


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One measurement: its value and the limit, in the same unit, and what the run took; `size` is for the plot."""

    name: str
    value: float
    unit: str
    cost: Cost
    limit: float | None = None
    series: str = ""
    size: int = 0

    @property
    def kept(self) -> bool:
        """Whether the limit is kept."""
        return self.limit is None or self.value <= self.limit


def in_turns(home: Home, *commands: tuple[str, ...], rounds: int) -> tuple[Cost, list[Cost]]:
    """Return the floor's cost and that of each command, all run in turns."""
    floors: list[Cost] = []
    runs: list[list[Cost]] = [[] for _ in commands]
    for _ in range(rounds):
        floors.append(home.floor())
        for command, costs in zip(commands, runs, strict=True):
            costs.append(home.run(*command))
    return best(floors), [best(costs) for costs in runs]


def startup() -> Iterator[Row]:
    """Measure what each command takes in a vault of 1,000 notes, against an interpreter that does nothing."""
    commands: dict[str, float | None] = {
        "--version": 3.3,
        "--help": 3.3,
        "status": 7.5,
        "history": None,
        "dry-run": None,
    }
    with prepared(books(1_000, 20)) as home:
        home.run("once")
        home.run("once")
        bare: list[Cost] = []
        runs: dict[str, list[Cost]] = {command: [] for command in commands}
        for _ in range(9):
            bare.append(home.bare())
            for command, costs in runs.items():
                costs.append(home.run(command))
    for command, limit in commands.items():
        run = best(runs[command])
        value = run.wall / best(bare).wall
        yield Row(name=f"syncer {command}", value=value, unit="× bare Python", cost=run, limit=limit)


def nothing_to_do(notes: int, *, rounds: int = 9) -> Iterator[Row]:
    """Measure `once` over a vault of so many notes in which nothing has changed."""
    with prepared(books(notes, 2)) as home:
        home.run("once")
        home.run("once")
        home.run("once")
        floor, (run,) = in_turns(home, ("once",), rounds=rounds)
    limit = 1.3 if notes <= 1_000 else 1.6 if notes <= 10_000 else None
    name = f"once, nothing to do, {notes:,} notes"
    value = run.wall / floor.wall
    yield Row(name=name, value=value, unit="× the floor", cost=run, limit=limit, series="nothing to do", size=notes)
    yield Row(name=f"{name}: memory", value=run.mib, unit="MiB", cost=run, limit=80.0 if notes <= 10_000 else None)


def a_large_library(books_of_it: int, few: int, many: int) -> Iterator[Row]:
    """Measure the memory of `once` with nothing to do, with few and with many highlights in the same books.

    The last book comes again each time, and has as many more highlights: a page of a thousand is held for a moment.
    """
    sizes = []
    for highlights in (few, many):
        with prepared(books(books_of_it, highlights)) as home:
            home.run("once")
            home.run("once")
            sizes.append(best([home.run("once") for _ in range(3)]))
    name = f"memory of once, {books_of_it * many:,} highlights against {books_of_it * few:,}"
    yield Row(name=name, value=sizes[1].mib / sizes[0].mib, unit="×", cost=sizes[1], limit=1.2)


def new_highlights(number: int, *, of: int) -> Iterator[Row]:
    """Measure a run that adds one highlight to each of so many notes, against one that finds nothing to do."""
    served = books(of, 20)
    with prepared(served) as home:
        home.run("once")
        time.sleep(SETTLES + 1.0)  # a note that is younger is read again and again, and a vault's are years old
        home.run("once")
        home.run("once")
        nothing = best([home.run("once") for _ in range(5)])
        home.server.serve(grown(served, number))
        run = home.run("once")
    limit = 1.5 if number == 50 else None
    name = f"one new highlight in {number:,} of {of:,} notes"
    yield Row(name=name, value=run.cpu / nothing.cpu, unit="× nothing new", cost=run, limit=limit)


def first_sync(number: int, highlights: int, *, cpu: float | None, mib: float | None) -> Iterator[Row]:
    """Measure a first sync of so many books with so many highlights each, and a loop that writes the same files."""
    with prepared(books(number, highlights)) as home:
        cost = home.run("once")
        for _ in range(2 if number <= 1_000 else 0):
            home.begin_anew()
            cost = best([cost, home.run("once")])
        synced = min(home.copied(with_fsync=True) for _ in range(2))
        plain = min(home.copied(with_fsync=False) for _ in range(2))
    name = f"first sync, {number * highlights:,} highlights in {number:,} books"
    size = number * highlights
    yield Row(name=name, value=cost.cpu, unit="s of CPU", cost=cost, limit=cpu, series="first sync", size=size)
    yield Row(name=f"{name}: memory", value=cost.mib, unit="MiB", cost=cost, limit=mib)
    over = "over a loop that writes the same files"
    yield Row(
        name=f"{name}: wall, {over} with fsync", value=cost.wall - synced, unit="s", cost=cost, limit=_two(number)
    )
    yield Row(name=f"{name}: wall, against such a loop without fsync", value=cost.wall / plain, unit="×", cost=cost)


def _two(number: int) -> float | None:
    return 2.0 if number == 1_000 else None


def decoding(number: int, highlights: int) -> Iterator[Row]:
    """Measure what decoding pages and bringing them into the mirror takes, of the time that a line needs for them."""
    with prepared(books(number, highlights)) as home, tempfile.TemporaryDirectory() as folder:
        bodies = home.answers()
        with Library.open(Path(folder) / "state") as library:
            library.mirror.begin()
            began = time.process_time()
            for body in bodies:
                library.mirror.add(parse_page(body))
            with library.transaction():
                library.mirror.merge(full=True, whole=True, certain=True, keys=link_keys)
            cpu = time.process_time() - began
    value = cpu / (sum(map(len, bodies)) * 8 / LINE)
    name = f"decoding and mirroring {number * highlights:,} highlights"
    yield Row(name=name, value=value, unit="of a 100 Mbit/s line's time", cost=Cost(cpu, cpu, 0.0), limit=0.15)


def passing_through(number: int, highlights: int) -> Iterator[Row]:
    """Measure the memory that fetching a whole library into the mirror takes, and all of its CPU time."""
    with prepared(books(number, highlights)) as home:
        cost = home.mirror(number * highlights)
    name = f"{number * highlights:,} highlights through the client into the mirror"
    yield Row(name=f"{name}: memory", value=cost.mib, unit="MiB", cost=cost, limit=200.0)


def adoption(number: int, highlights: int, *, linked: bool) -> Iterator[Row]:
    """Measure the first run over a vault that holds everything already, with no state to tell it so."""
    with prepared(books(number, highlights, linked=linked)) as home:
        home.run("once")
        home.forget()
        cost = home.run("once")
    kind = "with links" if linked else "without links"
    name = f"no state: recognising {number * highlights:,} highlights in {number:,} notes, {kind}"
    yield Row(name=name, value=cost.cpu, unit="s of CPU", cost=cost, limit=40.0)


def idle_service() -> Iterator[Row]:
    """Measure what the service keeps in memory between two syncs."""
    with prepared(books(1_000, 2)) as home:
        mib = home.idle_service()
    yield Row(name="the service between two syncs: memory", value=mib, unit="MiB", cost=NOTHING, limit=40.0)


def growth(measured: list[Row]) -> Iterator[Row]:
    """Say how the cost grows from the second largest size to the largest: 1 is linear; the floor is taken off."""
    for series in ("nothing to do", "first sync"):
        rows = sorted((row for row in measured if row.series == series), key=lambda row: row.size)
        if len(rows) < 3:
            continue
        least, before, last = rows[0].cost.cpu, rows[-2], rows[-1]
        value = (last.cost.cpu - least) / (before.cost.cpu - least) / (last.size / before.size)
        name = f"growth of {series}, {before.size:,} to {last.size:,}"
        yield Row(name=name, value=value, unit="× linear", cost=last.cost, limit=1.3)


def rows(*, quick: bool) -> Iterator[Row]:
    """Yield all measurements; a quick run leaves out the largest."""
    measured: list[Row] = []
    for some in _all(quick=quick):
        for row in some:
            measured.append(row)
            yield row
    yield from growth(measured)


def _all(*, quick: bool) -> Iterator[Iterator[Row]]:
    yield startup()
    yield nothing_to_do(0)
    yield nothing_to_do(1_000)
    yield new_highlights(1, of=1_000)
    yield new_highlights(50, of=1_000)
    yield new_highlights(1_000, of=1_000)
    yield first_sync(50, 20, cpu=None, mib=None)
    yield first_sync(1_000, 20, cpu=1.0, mib=100.0)
    yield decoding(1_000, 20)
    yield idle_service()
    if quick:
        return
    yield nothing_to_do(5_000)
    yield nothing_to_do(10_000)
    yield nothing_to_do(50_000, rounds=4)
    yield first_sync(5_000, 20, cpu=10.0, mib=150.0)
    yield passing_through(50_000, 20)
    yield a_large_library(1_000, 10, 1_000)
    yield adoption(10_000, 10, linked=True)
    yield adoption(10_000, 10, linked=False)
