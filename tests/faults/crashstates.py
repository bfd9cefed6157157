"""What may a power cut leave on the disk, and does the next run put every such state right?

By the model of POSIX: what was fsync'ed is there; of what was not, a cut may keep any part. A name (create, link,
rename, unlink, mkdir) is safe only after fsync of its folder; a file's bytes only after fsync of the file.

    trees(ops, start)  for each moment between two calls: all that is not synced kept, or lost, or all but one, or only
                       one; and each write that is not synced cut in half, or there as zeros, with or without the names

Each different tree is put in place of the watched folders; `check` must find nothing; then the command runs once, and
`final` must find nothing. Not modelled: mmap, extended attributes, and what changes.py does not record.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.changes import Op, record
from tests.faults.scenario import Problems, Scenario, at_once

Tree = dict[str, bytes | None]
"""Path to content; None is a folder."""

# ---------------------------------------------------------------- the model


@dataclass
class Event:
    """Something that reaches the disk or not: names that come and go in a folder, or a change of a file's bytes."""

    key: str | int
    put: dict[str, int] = field(default_factory=dict)
    drop: tuple[str, ...] = ()
    data: bytes | None = None
    offset: int = 0
    is_synced: bool = False


class World:
    """Files by number, names in front of them, and the events since the start."""

    def __init__(self, start: Tree) -> None:
        self.names = {path: number for number, path in enumerate(start)}
        self.sizes = {number: len(start[path] or b"") for path, number in self.names.items()}
        self.places: dict[str, int] = {}
        self.folders = {number for path, number in self.names.items() if start[path] is None}
        self.start = {self.names[path]: data for path, data in start.items()}
        self.start_names = dict(self.names)
        self.events: list[Event] = []

    def apply(self, op: Op) -> None:
        """Take one change in."""
        match op.kind:
            case "open":
                self._open(op)
            case "write":
                self._write(op)
            case "cut":
                self._cut(self.names[op.path], op.offset)
            case "sync":
                self._sync(op.path)
            case "name":
                self._put(op.other, self.names[op.path])
            case "move":
                number = self.names.pop(op.path)
                self._put(op.other, number, drop=(op.path,))
            case "drop":
                self.names.pop(op.path, None)
                self.events.append(Event(parent(op.path), drop=(op.path,)))
            case "folder":
                number = self._new()
                self.folders.add(number)
                self._put(op.path, number)

    def _new(self) -> int:
        number = len(self.sizes)
        self.sizes[number] = 0
        return number

    def _put(self, path: str, number: int, *, drop: tuple[str, ...] = ()) -> None:
        self.names[path] = number
        self.events.append(Event(parent(path), put={path: number}, drop=drop))

    def _open(self, op: Op) -> None:
        self.places[op.path] = 0
        if op.path not in self.names:
            self._put(op.path, self._new())
        elif op.other:
            self._cut(self.names[op.path], 0)

    def _cut(self, number: int, size: int) -> None:
        self.sizes[number] = size
        self.events.append(Event(number, offset=size))

    def _write(self, op: Op) -> None:
        """An appending write; every writer here either appends or fills a file that it has just emptied."""
        number = self.names.get(op.path)
        if number is None:
            return  # its name is gone already
        offset = op.offset if op.offset >= 0 else self.sizes[number]
        self.sizes[number] = max(self.sizes[number], offset + len(op.data))
        self.events.append(Event(number, data=op.data, offset=offset))

    def _sync(self, path: str) -> None:
        for event in self.events:
            if event.key in (path, self.names.get(path)):
                event.is_synced = True

    def tree(self, fate: dict[int, str]) -> Tree:
        """Return what is on the disk; `fate` says of some events: lost, half, zeros."""
        names, data = dict(self.start_names), {number: bytearray(one or b"") for number, one in self.start.items()}
        for number, event in enumerate(self.events):
            how = fate.get(number, "kept")
            if how == "lost":
                continue
            if isinstance(event.key, str):
                for path in event.drop:
                    names.pop(path, None)
                names.update(event.put)
                continue
            content = data.setdefault(event.key, bytearray())
            if event.data is None:
                del content[event.offset :]
                continue
            written = {"half": event.data[: len(event.data) // 2], "zeros": bytes(len(event.data))}.get(how, event.data)
            content.extend(bytes(max(0, event.offset - len(content))))
            content[event.offset : event.offset + len(written)] = written
        found: Tree = {}
        for path in sorted(names):
            if parent(path) in names or parent(path) not in self.names:
                number = names[path]
                found[path] = None if number in self.folders else bytes(data.get(number, b""))
        return {path: one for path, one in found.items() if _has_parents(path, found, self.names)}


def _has_parents(path: str, found: Tree, known: dict[str, int]) -> bool:
    above = parent(path)
    while above in known:
        if above not in found:
            return False
        above = parent(above)
    return True


def parent(path: str) -> str:
    """Return the folder of a path."""
    return path.rpartition("/")[0]


def trees(ops: Sequence[Op], start: Tree) -> Iterator[tuple[str, Tree]]:
    """Yield every different tree that a cut may leave, with the moment and what was lost."""
    seen = set()
    for moment in range(len(ops) + 1):
        world = World(start)
        for op in ops[:moment]:
            world.apply(op)
        for fate in _fates(world.events):
            tree = world.tree(fate)
            key = tuple(sorted(tree.items(), key=lambda item: item[0]))
            if key not in seen:
                seen.add(key)
                after = f"{ops[moment - 1].kind} {ops[moment - 1].path}" if moment else "nothing"
                yield f"cut after {moment}/{len(ops)} ({after}), {fate or 'all kept'}", tree


def _fates(events: Sequence[Event]) -> Iterator[dict[int, str]]:
    loose = [number for number, event in enumerate(events) if not event.is_synced]
    names = [number for number in loose if isinstance(events[number].key, str)]
    yield {}
    yield dict.fromkeys(loose, "lost")
    for one in loose:
        yield {one: "lost"}
        yield {other: "lost" for other in loose if other != one}
        if events[one].data is not None:
            for how in ("half", "zeros"):
                yield {one: how}
                yield {one: how} | dict.fromkeys(names, "lost")
                yield {one: how} | {other: "lost" for other in loose if other != one and events[other].data is not None}


# ---------------------------------------------------------------- trying them


def snapshot(folders: Sequence[Path]) -> Tree:
    """Return the watched folders' content."""
    found: Tree = {}
    for top in folders:
        for path in (top, *sorted(top.rglob("*"))):
            found[str(path)] = path.read_bytes() if path.is_file() else None
    return found


def put(tree: Tree, folders: Sequence[Path]) -> None:
    """Make the watched folders hold exactly this tree."""
    for top in folders:
        shutil.rmtree(top, ignore_errors=True)
        top.mkdir(parents=True)
    for path, data in sorted(tree.items()):
        if data is None:
            Path(path).mkdir(exist_ok=True)
        else:
            Path(path).write_bytes(data)


def crash(scenarios: Sequence[Scenario], *, most: int) -> tuple[int, Problems]:
    """Try at most so many trees, evenly spread, each on one of these equal scenarios, all of them at work at once.

    Return how many came right, and what the others are.
    """
    passed, failures = [0] * len(scenarios), Problems()

    def work(number: int) -> None:
        scenario = scenarios[number]
        scenario.reset()
        start, ops = snapshot(scenario.watch), record(scenario)
        count = sum(1 for _ in trees(ops, start))
        tried = range(count) if count <= most else {place * count // most for place in range(most)}
        mine = set(sorted(tried)[number :: len(scenarios)])
        for place, (label, tree) in enumerate(trees(ops, start)):
            if place not in mine:
                continue
            scenario.reset()
            put(tree, scenario.watch)
            if problems := scenario.heal():
                failures.append(f"{scenario.name}: {label}: {problems[0]}")
            else:
                passed[number] += 1

    at_once(work, len(scenarios))
    return sum(passed), failures
