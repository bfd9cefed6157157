"""What do the tools that carry a vault from one machine to another do when both have changed the same note?

    syncthing(Pair(left, right, base), at=…)     the older file becomes "Deep Work.sync-conflict-….md" on both
    obsidian_sync(…)                             a three-way merge that keeps both ends; without a common base the
                                                 remote note wins over a local one that is younger than three minutes
    git(…)                                       both ends, between conflict markers

Each brings both vaults to one state, as the tool's own documents describe it; `base` is what both had after the last
delivery. Times are logical: a note's age is told by the caller.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

Merge = Callable[[str, bytes | None, bytes, bytes, bool], dict[str, bytes]]
YOUNG = timedelta(minutes=3)


@dataclass
class Pair:
    """Two copies of one vault; the right one is the remote."""

    left: Path
    right: Path
    base: dict[str, bytes] = field(default_factory=dict)
    born: dict[str, datetime] = field(default_factory=dict)
    """When each note was first seen on the left."""

    def look(self, *, at: datetime) -> None:
        """Note which notes are new on the left."""
        for path in _files(self.left):
            self.born.setdefault(path, at)


def deliver(pair: Pair, merge: Merge, *, at: datetime) -> None:
    """Bring both vaults to one state."""
    left, right = _files(pair.left), _files(pair.right)
    for path in sorted(left.keys() | right.keys()):
        ours, theirs, base = left.get(path), right.get(path), pair.base.get(path)
        if ours == theirs:
            continue
        if ours is None or theirs is None:
            kept = ours or theirs or b""
            wanted = {} if kept == base else {path: kept}  # deleted on one side, unless changed on the other
        elif base in (ours, theirs):
            wanted = {path: theirs if ours == base else ours}
        else:
            young = base is None and at - pair.born.get(path, at) < YOUNG
            wanted = merge(path, base, ours, theirs, young)
        for vault in (pair.left, pair.right):
            _put(vault, path, wanted)
    pair.base = _files(pair.left)


def syncthing(path: str, base: bytes | None, ours: bytes, theirs: bytes, young: bool) -> dict[str, bytes]:
    """Keep the newer file, and the older beside it under a name of its own."""
    del base, young
    stem = path.removesuffix(".md")
    return {path: theirs, f"{stem}.sync-conflict-20241014-095600-ABCDEFG.md": ours}


def obsidian_sync(path: str, base: bytes | None, ours: bytes, theirs: bytes, young: bool) -> dict[str, bytes]:
    """Merge both additions into one note; with no common base, take a young local note's remote version."""
    if base is None:
        return {path: theirs} if young else {path: _both_ends(_common_start(ours, theirs), ours, theirs)}
    return {path: _both_ends(base, ours, theirs)}


def git(path: str, base: bytes | None, ours: bytes, theirs: bytes, young: bool) -> dict[str, bytes]:
    """Leave both ends between markers."""
    del young
    head = _common_start(ours, theirs) if base is None else base
    mine, other = ours[len(head) :], theirs[len(head) :]
    return {path: head + b"\n<<<<<<< HEAD" + mine + b"\n=======" + other + b"\n>>>>>>> theirs\n"}


def _common_start(ours: bytes, theirs: bytes) -> bytes:
    count = next((at for at, (one, other) in enumerate(zip(ours, theirs, strict=False)) if one != other), len(ours))
    return ours[: min(count, len(theirs))]


def _both_ends(head: bytes, ours: bytes, theirs: bytes) -> bytes:
    return head + ours[len(head) :] + theirs[len(head) :]


def _files(vault: Path) -> dict[str, bytes]:
    return {str(path.relative_to(vault)): path.read_bytes() for path in sorted(vault.rglob("*.md"))}


def _put(vault: Path, path: str, wanted: dict[str, bytes]) -> None:
    """Write what is wanted, by rename as sync tools do; remove `path` where it is not among it."""
    for name, data in wanted.items():
        if not (vault / name).exists() or (vault / name).read_bytes() != data:
            (vault / name).parent.mkdir(parents=True, exist_ok=True)
            temp = vault / name.replace(".md", ".syncthing.tmp")
            temp.write_bytes(data)
            os.replace(temp, vault / name)  # noqa: PTH105 - as the tools do it
    if path not in wanted:
        (vault / path).unlink(missing_ok=True)
