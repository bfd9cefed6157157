"""`python -m benchmarks [--quick] [--keep]`: a table, each row with its limit and whether it is kept.

    once, nothing to do, 5,000 notes              1.41 × the floor   (limit 1.60)   0.21 s CPU   40 MiB   ok

`--keep` writes what was measured to benchmarks/results.json, draws benchmarks/growth.svg, and puts the table into the
README. What is measured, and against what, is in rows.py; the made-up vaults in workload.py; the picture in plot.py.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Iterator, Sequence
from datetime import date

import msgspec

from benchmarks.plot import drawn
from benchmarks.rows import Row, rows
from benchmarks.workload import REPOSITORY

BEGIN, END = "<!-- measured: begin -->\n", "<!-- measured: end -->\n"
HERE = REPOSITORY / "benchmarks"


def main() -> int:
    """Print the table; return 1 where a limit is not kept."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure syncer against its limits.")
    parser.add_argument("--quick", action="store_true", help="leave out what takes more than a minute")
    parser.add_argument("--keep", action="store_true", help="write results.json and growth.svg, and into the README")
    arguments = parser.parse_args()
    measured = []
    for row in rows(quick=arguments.quick):
        measured.append(row)
        print(_line(row), flush=True)
    if arguments.keep:
        keep(measured)
    return 0 if all(row.kept for row in measured) else 1


def keep(measured: Sequence[Row]) -> None:
    """Write the rows as JSON, the plot, and the table into the README."""
    (HERE / "results.json").write_bytes(msgspec.json.format(msgspec.json.encode(measured), indent=2) + b"\n")
    (HERE / "growth.svg").write_text(drawn(measured), encoding="utf-8")
    readme = REPOSITORY / "README.md"
    text = readme.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    readme.write_text(f"{before}{BEGIN}{''.join(table(measured))}{END}{after}", encoding="utf-8")


def table(measured: Sequence[Row]) -> Iterator[str]:
    """Yield the lines of the README's table."""
    cores = os.cpu_count() or 1
    machine = f"{platform.system()}, {cores} cores, Python {platform.python_version()}"
    yield f"Measured on {date.today():%Y-%m-%d} by `make bench` ({machine}).\n\n"
    yield "| | measured | limit | CPU | peak memory |\n|---|---:|---:|---:|---:|\n"
    for row in measured:
        limit = "" if row.limit is None else f"{row.limit:g}{'' if row.kept else ' (not kept)'}"
        cpu = f"{row.cost.cpu:.2f} s" if row.cost.cpu else ""
        mib = f"{row.cost.mib:.0f} MiB" if row.cost.mib else ""
        yield f"| {row.name} | {row.value:.2f} {row.unit} | {limit} | {cpu} | {mib} |\n"


def _line(row: Row) -> str:
    limit = "" if row.limit is None else f"(limit {row.limit:g})"
    verdict = "" if row.limit is None else "ok" if row.kept else "OVER"
    cost = f"{row.cost.cpu:7.2f} s CPU {row.cost.mib:5.0f} MiB"
    return f"{row.name:76} {row.value:8.2f} {row.unit:28} {limit:14} {cost}  {verdict}".rstrip()


if __name__ == "__main__":
    sys.exit(main())
