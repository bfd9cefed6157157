"""What must be true of each highlight after a history, and which edits of notes no promise depends on?

    Model(removed={1003}, free={1007})      1003 must not be in its note, 1007 may be, all others must, once each
    EDITS["crlf"](b"a\\n", 0)               b"a\\r\\n"

`Watched` runs a sync and holds what must be true then; test_machine.py makes the histories.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis.stateful import RuleBasedStateMachine

from syncer.model import Book, Highlight
from tests.direct import MEMORY, Direct
from tests.made import START, line, words


@dataclass
class Model:
    """What must be true of each highlight, by id."""

    removed: set[int] = field(default_factory=set)
    """Taken out of its note, and a finished run saw that."""
    pending: set[int] = field(default_factory=set)
    """Taken out since the last run."""
    delivered: set[int] = field(default_factory=set)
    free: set[int] = field(default_factory=set)
    """May be in its note or not, once at most."""
    deleted_notes: set[int] = field(default_factory=set)
    """Books whose note was deleted after it was delivered."""


def _middle(data: bytes, at: int) -> bytes:
    lines = data.split(b"\n")
    here = at % len(lines)
    return b"\n".join([*lines[:here], b"mine " + words(at, 2).encode(), *lines[here:]])


def _front(data: bytes, at: int) -> bytes:
    """A property is added at the top, with front matter around it where there is none."""
    mark = b"\xef\xbb\xbf" if data.startswith(b"\xef\xbb\xbf") else b""
    rest = data[len(mark) :]
    end = b"\r\n" if b"\r\n" in rest else b"\n"
    line = b"mine%d: " % (at % 1000) + words(at, 2).encode() + end
    head = b"---" + end
    return mark + head + line + (rest.removeprefix(head) if rest.startswith(head) else head + rest)


EDITS: dict[str, Callable[[bytes, int], bytes]] = {
    "tail": lambda data, at: data + b"\n## Mine\n\nand " + words(at, 2).encode() + b"\n",
    "middle": _middle,
    "crlf": lambda data, at: data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"),
    "lf": lambda data, at: data.replace(b"\r\n", b"\n"),
    "bare": lambda data, at: data.rstrip(b"\r\n"),
    "mark": lambda data, at: data if data.startswith(b"\xef\xbb\xbf") else b"\xef\xbb\xbf" + data,
    "blank": lambda data, at: data + b"\n\n",
    "front": _front,
    "bold": lambda data, at: data.replace(b" (", b" **so** (", 1) if b"- " in data else data,
}


class Watched(RuleBasedStateMachine):
    """One account and one vault, and what is known of them; the steps of a history are its subclass's."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory(dir=MEMORY)
        self.user = Direct(Path(self._folder.name) / "home")
        (self.user.vault / "Mine.md").write_text("My own note.\n", encoding="utf-8")
        self.now = START
        self.model = Model()
        self.places: dict[int, str] = {}
        self.backup: bytes | None = None
        self.next_id = 1000

    def _book(self, which: int) -> Book:
        return self.user.books[which % len(self.user.books)]

    def _present(self) -> set[int]:
        found: set[int] = set()
        for number, path in self.places.items():
            data = (self.user.vault / path).read_bytes()
            found |= {one.id for one in self._book(number - 1).highlights if self._count(data, one)}
        return found

    @staticmethod
    def _key(one: Highlight) -> bytes:
        return one.url.encode() if one.url else words(one.id).encode()

    def _count(self, data: bytes, one: Highlight) -> int:
        return data.count(self._key(one))

    def _is_known_without(self, made: Book, number: int) -> bool:
        """Say whether the book's note, if there is one, holds another of its highlights than this one.

        Without any, and with the state lost, nobody can tell any more whose note it is.
        """
        path = self.places.get(made.id)
        data = (self.user.vault / path).read_bytes() if path else b""
        return not path or any(self._count(data, one) for one in made.highlights if one.id != number)

    def _taken_out(self, number: int) -> None:
        if number in self.model.delivered:
            self.model.pending.add(number)
        else:
            self.model.free.add(number)

    def _lose(self) -> None:
        """Nobody knows any more what was taken out, so it comes back."""
        self.user.forget()
        self.model = Model()
        self.backup = None

    def _restore(self, path: Path, backup: bytes) -> None:
        """What was taken out or delivered since then may be known or not."""
        path.write_bytes(backup)
        self.model.free |= self.model.removed | self.model.pending
        for number in self.model.deleted_notes:
            self.model.free |= {one.id for one in self._book(number - 1).highlights}
        gone = {one.id for made in self.user.books for one in made.highlights} - self._present()
        self.model.free |= gone & self.model.delivered
        self.model.delivered = set()  # what is taken out before the next run has seen it may come back

    def _was_killed(self) -> None:
        """Have what was taken out since the last run be free: nobody knows whether it was seen."""
        self._find_notes()
        self.model.free |= self.model.pending
        for number in self.model.deleted_notes:
            self.model.free |= {one.id for one in self._book(number - 1).highlights}
        self.model.deleted_notes -= set(self.places)

    def _run_whole(self, before: dict[str, tuple[bytes, int]]) -> None:
        """Run, and hold what must be true then of the vault that was like this before."""
        report = self.user.sync(at=self.now)
        assert report.exit_code == 0, (report.holds, report.failures)
        self._only_added(before)
        self._find_notes()
        self._finished()
        self._check()

    def _only_added(self, before: dict[str, tuple[bytes, int]]) -> None:
        """Hold that no byte that was in a note is gone or elsewhere, and that what is untouched keeps its mtime."""
        after = self.user.tree()
        for path, (data, mtime) in before.items():
            assert after[path][0].startswith(data), path
            assert len(after[path][0]) > len(data) or after[path][1] == mtime, path
        assert not [path for path in after if path.endswith(".tmp")]

    def _find_notes(self) -> None:
        """Learn where the notes are that the run made."""
        for path in sorted(path for path in self.user.tree() if path.endswith(".md") and "sync-conflict" not in path):
            text = (self.user.vault / path).read_bytes()
            for number in range(1, len(self.user.books) + 1):
                source = f"- URL: https://example.org/{number}".encode()
                if number not in self.places and any(each.strip() == source for each in text.splitlines()):
                    self.places[number] = path

    def _finished(self) -> None:
        model = self.model
        for number in sorted(set(self.places) & model.deleted_notes):
            model.deleted_notes.discard(number)
        model.removed |= model.pending & model.delivered
        model.pending.clear()
        model.delivered |= self._present()

    def _check(self) -> None:
        for made in self.user.books:
            path = self.places.get(made.id)
            data = (self.user.vault / path).read_bytes() if path else b""
            for one in made.highlights:
                count = self._count(data, one)
                what = f"{one.id} of {made.title}, {count} times in {path}: {line(one)}"
                assert count <= 1, what
                if one.id in self.model.free or one.is_deleted or one.is_discard or made.id in self.model.deleted_notes:
                    continue
                assert count == (one.id not in self.model.removed), what
