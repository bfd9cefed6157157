"""What do real file systems leave after a power cut, and what happens on a disk that is full?

    python -m tests.faults.disks ext4 MOST         cuts at calls of the command line: an image's copy is what is left
    python -m tests.faults.disks full MOST         a disk with so many blocks free, or so many inodes

An image's file holds only what its file system has sent to the disk. The run is killed at a call, the file copied, the
copy mounted in its place (the file system's own journal replays), and the next run must put everything right. Needs
root, loop devices and the mkfs of the file system; runs in a mount namespace of its own (`in_own_namespace`), so that
nothing stays mounted. `reason_not_to_run` says what is missing.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.faults.command_line import Site, freeze, scenario_of, site
from tests.faults.points import Fault, cuts_of, spread
from tests.faults.scenario import Problems, Scenario
from tests.faults.sweep import names_cause, watched_calls
from tests.faults.trace import traced

SIZES = {"ext4": "32M", "xfs": "320M", "btrfs": "128M"}
PACKAGES = {"ext4": "e2fsprogs", "xfs": "xfsprogs", "btrfs": "btrfs-progs"}
PLOTS_ON_DISKS = ("append", "create", "mixed", "update", "undo")
BLOCK = 4096


def reason_not_to_run(kind: str) -> str:
    """Return why a kind of disk cannot be had here, "" where it can."""
    if os.geteuid():
        return "mounting needs root"
    if kind in SIZES and not shutil.which(f"mkfs.{kind}"):
        return f"there is no mkfs.{kind} (package {PACKAGES[kind]})"
    if kind in SIZES and not Path("/dev/loop-control").exists():
        return "there are no loop devices"
    tried = subprocess.run(["unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True, check=False)
    return "" if tried.returncode == 0 else f"nothing may be mounted here: {tried.stderr.decode().strip()}"


def is_installable(reason: str) -> bool:
    """Tell whether a package would help against this reason, rather than other rights or another kernel."""
    return "(package " in reason


def in_own_namespace(kind: str, *, most: int) -> subprocess.CompletedProcess[str]:
    """Run this file for one kind of disk, in a mount namespace that ends with it."""
    command = ["unshare", "-m", "--propagation", "private", sys.executable, "-m", "tests.faults.disks", kind, str(most)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])


def main(kind: str, most: int) -> int:
    """Try one kind of disk; print a line for each plot, and one for each failure."""
    failures = Problems()
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        tree = freeze(Path(folder))
        for plot in PLOTS_ON_DISKS:
            disk = Path(folder, plot, "disk")
            with site(Path(folder, plot), tree=tree, disk=disk) as here:
                disk.mkdir()
                passed, found = full(here, plot, most=most) if kind == "full" else cut(here, plot, kind, most=most)
            print(f"{kind} {plot}: {passed} passed, {len(found)} failed", flush=True)
            failures += found
    for failure in failures:
        print("FAIL", failure)
    return 1 if failures else 0


# ---------------------------------------------------------------- power cuts


@dataclass(frozen=True)
class Image:
    """A file system in a file, to be mounted at `point`."""

    file: Path
    kind: str
    point: Path

    def make(self) -> None:
        """Make an empty file system."""
        _run("truncate", "-s", SIZES[self.kind], str(self.file))
        _run(f"mkfs.{self.kind}", "-q", str(self.file))

    @contextlib.contextmanager
    def mounted(self, file: Path) -> Iterator[None]:
        """Have the image, or a copy of it, mounted."""
        options = "loop,nouuid" if self.kind == "xfs" else "loop"
        _run("mount", "-o", options, str(file), str(self.point))
        try:
            yield
        finally:
            _run("umount", str(self.point))


def cut(here: Site, plot: str, kind: str, *, most: int) -> tuple[int, Problems]:
    """Cut the power at most so many calls of a plot, and at its end; return how many came right, and what did not."""
    image = Image(here.home.parent / f"{plot}.img", kind, here.disk)
    image.make()
    passed, failures = 0, Problems()
    with contextlib.ExitStack() as stack:
        with image.mounted(image.file):
            scenario = stack.enter_context(scenario_of(here, plot).warmed())
            cuts = cuts_of(watched_calls(scenario))
        for fault in (*spread(cuts, most), None):
            problems = _cut_at(scenario, image, fault)
            passed += not problems
            failures += [f"{kind} {plot}: {fault or 'at the end'}: {problems[0]}"] if problems else []
    image.file.unlink()
    return passed, failures


def _cut_at(scenario: Scenario, image: Image, fault: Fault | None) -> Problems:
    """Kill a run at a call, or let it end; copy what the disk has by then, and have the next run go on from there."""
    copy = image.file.with_suffix(".cut")
    with image.mounted(image.file):
        scenario.reset()
        _run("sync", "-f", str(image.point))
        if fault:
            traced(scenario, [fault.call.name], inject=[fault.inject])
        else:
            scenario.act()
        _run("cp", "--sparse=always", str(image.file), str(copy))
    try:
        with image.mounted(copy):
            return scenario.heal()
    finally:
        copy.unlink()


# ---------------------------------------------------------------- full disks


def full(here: Site, plot: str, *, most: int) -> tuple[int, Problems]:
    """Run a plot on disks with ever less room; return how often it came right in the end, and what did not."""
    _run("mount", "-t", "tmpfs", "-o", "size=8m,nr_inodes=400", "none", str(here.disk))
    passed, failures = 0, Problems()
    try:
        with scenario_of(here, plot).warmed() as scenario:
            for blocks, inodes in _rooms(most):
                problems = _fill_and_run(here, scenario, blocks, inodes)
                passed += not problems
                room = f"{blocks} blocks free" if blocks >= 0 else f"{inodes} inodes free"
                failures += [f"full {plot}: {room}: {problems[0]}"] if problems else []
    finally:
        _run("umount", str(here.disk))
    return passed, failures


def _rooms(most: int) -> Iterator[tuple[int, int]]:
    """Yield how many blocks, or inodes, are to be free."""
    for number in range(min(most, 60)):
        yield number, -1
    for number in range(min(most, 12)):
        yield -1, number


def _fill_and_run(here: Site, scenario: Scenario, blocks: int, inodes: int) -> Problems:
    scenario.reset()
    filler = here.disk / "filler"
    filler.mkdir()
    room = os.statvfs(here.disk)
    if blocks >= 0:
        filler.joinpath("bytes").write_bytes(bytes(max(0, room.f_bavail - blocks) * BLOCK))
    else:
        for number in range(max(0, room.f_favail - inodes)):
            filler.joinpath(str(number)).touch()
    ran = scenario.act()
    problems = scenario.check()
    shutil.rmtree(filler)
    if problems:
        return problems
    if ran.exit_code == 0:
        return scenario.done()
    if not names_cause(ran.stderr, os.strerror(errno.ENOSPC)):
        return [f"it ended with {ran.exit_code} and does not say why: {ran.stderr[-300:]!r}"]
    return scenario.heal()


def _run(*command: str) -> None:
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise RuntimeError(f"{' '.join(command)}: {ran.stderr.strip()}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
