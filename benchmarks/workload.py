"""What the benchmarks work on: made-up books, a home with a vault, and child processes whose cost is read from the OS.

    with prepared(books(1_000, 20)) as home:
        home.run("once")        → Cost(wall=1.9, cpu=1.4, mib=61.2)

Cost is of the child alone: wall and CPU seconds, and its largest resident size in MiB.
"""

from __future__ import annotations

import atexit
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import msgspec

from syncer.loopback import Loopback
from syncer.model import Book, BookId, Highlight, HighlightId

REPOSITORY = Path(__file__).resolve().parents[1]
TOKEN = "benchmark-token"  # noqa: S105 - of a server on this machine
SENTENCE = "some words that go on for a while and say little, "
YEAR = "2024"
"""When the highlights were made: a book an hour, so that an increment brings the newest alone."""
FLOOR = (
    "import sys, httpx; c = httpx.Client(base_url=sys.argv[1], trust_env=False);"
    "c.get('/api/v2/auth/', headers={'Authorization': 'Token ' + sys.argv[2]}).raise_for_status()"
)

LAUNCHER = """
import os, sys, time
began = time.perf_counter()
quiet = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=quiet)
_, status, usage = os.wait4(child, 0)
wall = time.perf_counter() - began
print(os.waitstatus_to_exitcode(status), wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss)
"""
"""Starts a child from a small process: what a large one starts counts its starter's size as its own largest."""

MIRROR = """
import sys, tempfile, threading
from datetime import UTC, datetime
from pathlib import Path
from syncer.asking import ReadwiseSettings
from syncer.credentials import Token
from syncer.fetch import fetch
from syncer.library import Library
from syncer.readwise import Client
settings = ReadwiseSettings(base_url=sys.argv[1], timeout=30, retry_first_wait=1, retry_max_wait=1, retry_deadline=600)
with Client(settings, Token(sys.argv[2], source="a test"), stop=threading.Event(), on_progress=print) as client:
    with tempfile.TemporaryDirectory() as folder, Library.open(Path(folder) / "state") as library:
        got = fetch(library, client, now=datetime.now(UTC), full_every=600.0, on_page=lambda pages, highlights: None)
        assert got.highlights == int(sys.argv[3]), got.highlights
"""


class Cost(msgspec.Struct, frozen=True):
    """What one process took: wall and CPU seconds, and its largest resident size in MiB."""

    wall: float
    cpu: float
    mib: float


def books(number: int, highlights: int, *, linked: bool = True) -> list[Book]:
    """Return made-up books, each with so many highlights of some 250 characters, with or without a link."""
    return [_book(1 + place, highlights, linked=linked) for place in range(number)]


def grown(served: Sequence[Book], number: int) -> list[Book]:
    """Return these books, the first `number` of them with one highlight more, made a year later."""
    return [_with_one_more(book) if place < number else book for place, book in enumerate(served)]


def _with_one_more(book: Book) -> Book:
    one = _highlight(book.id, 9_000, linked=True)
    later = one.updated_at.replace(YEAR, "2025", 1)
    new = msgspec.structs.replace(one, created_at=later, updated_at=later, highlighted_at=later)
    return msgspec.structs.replace(book, highlights=(*book.highlights, new))


def _book(number: int, highlights: int, *, linked: bool) -> Book:
    return Book(
        id=BookId(number),
        title=f"A made-up book, number {number}",
        author=f"Author {number % 50}",
        category="articles",
        source="reader",
        source_url=f"https://example.org/{number}",
        cover_image_url=f"https://example.org/{number}.png",
        highlights=tuple(_highlight(number, place, linked=linked) for place in range(highlights)),
    )


def _highlight(book: int, place: int, *, linked: bool) -> Highlight:
    made = f"{YEAR}-{1 + book // 672 % 12:02}-{1 + book // 24 % 28:02}T{book % 24:02}:00:00.000Z"
    return Highlight(
        id=HighlightId(book * 10_000 + place),
        text=f"Highlight {place} of book {book}: {SENTENCE * 5}",
        location=place,
        location_type="offset",
        url=f"https://read.readwise.io/read/01j{book:08}{place:015}" if linked else "",
        created_at=made,
        updated_at=made,
        highlighted_at=made,
    )


class Home:
    """A home folder with a vault and a configuration, and the server that it syncs with."""

    def __init__(self, folder: Path, server: Loopback) -> None:
        self.folder = folder
        self.vault = folder / "vault"
        self.vault.mkdir()
        self.server = server
        self.config = folder / "config.toml"
        self.config.write_text(f'vault.path = "{self.vault}"\nreadwise.base_url = "{server.url}"\n', encoding="utf-8")

    def run(self, *arguments: str) -> Cost:
        """Run a command of syncer's to its end and return its cost; raise where it fails."""
        return self._child("-m", "syncer", "--config", str(self.config), "-q", *arguments)

    def forget(self) -> None:
        """Delete the state."""
        shutil.rmtree(self.folder / "state")

    def begin_anew(self) -> None:
        """Put the state and the notes away."""
        away = Path(tempfile.mkdtemp(dir=self.folder))
        (self.folder / "state").rename(away / "state")
        self.vault.rename(away / "vault")
        self.vault.mkdir()

    def idle_service(self) -> float:
        """Return how many MiB the service keeps in memory between two syncs."""
        with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
            heard.bind(f"{folder}/notify")
            heard.settimeout(60)
            command = [sys.executable, "-m", "syncer", "--config", str(self.config), "-q", "run"]
            env = self.env() | {"NOTIFY_SOCKET": f"{folder}/notify"}
            service = subprocess.Popen(command, cwd=REPOSITORY, env=env, stdout=subprocess.DEVNULL)
            try:
                while b"last sync" not in heard.recv(4096):
                    pass
                size = subprocess.run(["ps", "-o", "rss=", "-p", str(service.pid)], stdout=subprocess.PIPE, check=True)
                return int(size.stdout) / 1024
            finally:
                service.terminate()
                service.wait()

    def copied(self, *, with_fsync: bool) -> float:
        """Return the seconds that a plain loop takes to write the vault's files anew, each with an fsync or without."""
        notes = [path.read_bytes() for path in sorted(self.vault.rglob("*.md"))]
        target = Path(tempfile.mkdtemp(dir=self.folder))
        began = time.perf_counter()
        for number, data in enumerate(notes):
            with (target / f"{number}.md").open("wb") as file:
                file.write(data)
                if with_fsync:
                    file.flush()
                    os.fsync(file.fileno())
        if with_fsync:
            folder = os.open(target, os.O_RDONLY)
            os.fsync(folder)
            os.close(folder)
        return time.perf_counter() - began

    def floor(self) -> Cost:
        """Return the cost of a bare interpreter that imports httpx and makes one request."""
        return self._child("-c", FLOOR, self.server.url, TOKEN)

    def mirror(self, highlights: int) -> Cost:
        """Return the cost of fetching so many highlights into an empty library, without a vault."""
        return self._child("-c", MIRROR, self.server.url, TOKEN, str(highlights))

    def answers(self) -> list[bytes]:
        """Return the pages of the server's whole export, as they go over the line."""
        pages, cursor = [], ""
        with httpx.Client(base_url=self.server.url, trust_env=False, timeout=60) as client:
            while cursor is not None:
                query = {"includeDeleted": "true"} | ({"pageCursor": cursor} if cursor else {})
                answer = client.get("/api/v2/export/", params=query, headers={"Authorization": f"Token {TOKEN}"})
                pages.append(answer.content)
                cursor = answer.json()["nextPageCursor"]
        return pages

    def bare(self) -> Cost:
        """Return the cost of an interpreter that does nothing."""
        return self._child("-c", "pass")

    def env(self) -> dict[str, str]:
        """Return the variables that a command is run with."""
        places = {"HOME": str(self.folder), "XDG_STATE_HOME": str(self.folder / "state")}
        return {"PATH": os.defpath, "READWISE_TOKEN": TOKEN} | places

    def _child(self, *arguments: str) -> Cost:
        ran = subprocess.run(
            [sys.executable, "-I", "-S", "-c", LAUNCHER, sys.executable, *arguments],
            cwd=REPOSITORY,
            env=self.env(),
            stdout=subprocess.PIPE,
            check=True,
        )
        status, wall, cpu, largest = ran.stdout.split()
        if int(status):
            raise SystemExit(f"{' '.join(arguments)} ended with {int(status)}")
        scale = 1 << 20 if sys.platform == "darwin" else 1 << 10
        return Cost(float(wall), float(cpu), int(largest) / scale)


@contextmanager
def prepared(served: Sequence[Book]) -> Iterator[Home]:
    """Give a home in a temporary folder, with a server that has these books, until the block ends.

    The folder stays until all is measured: where many files were just deleted, some disks take ten times as long to
    make new ones (ext4 without a journal passes over their inodes for five minutes).
    """
    folder = tempfile.mkdtemp(prefix="syncer-bench-")
    atexit.register(shutil.rmtree, folder)
    with Loopback(served, tokens={TOKEN}, now=datetime.now(UTC)) as server:
        yield Home(Path(folder), server)


def best(costs: Sequence[Cost]) -> Cost:
    """Return the least of each number: what the work takes when nothing else is in the way."""
    return Cost(min(one.wall for one in costs), min(one.cpu for one in costs), min(one.mib for one in costs))
