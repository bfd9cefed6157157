"""A home with a vault, a Readwise on loopback and a clock, to run the command line in.

    home = Home(tmp_path, books)            # a folder, a configuration, a server
    home.once(at=datetime(2024, 10, 11, 9, 0, tzinfo=CEST)).code     # 0
    home.note("Readwise/State of AI.md")    # its bytes

The command line is called as it is, in this process, with the clock as an argument; the server is a real one. All JSON
that it prints is held against its schema, and nothing that it prints may hold the token.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from pathlib import Path

from syncer.cli import main
from syncer.loopback import Loopback
from syncer.model import Book
from tests import schema

CEST = timezone(timedelta(hours=2))
TOKEN = "tok-3f81c2e97ab04d65"
NOW = datetime(2024, 10, 14, 9, 56, tzinfo=CEST)


@dataclass(frozen=True)
class Ran:
    """What one call of the command line gave."""

    code: int
    out: str
    err: str
    raw: bytes = field(repr=False)


class Home:
    """One user's files and Readwise account."""

    def __init__(self, folder: Path, books: Sequence[Book], *, settings: str = "", quiet_time: str = "0s") -> None:
        self.folder = folder
        self.vault = folder / "vault"
        self.vault.mkdir(parents=True, exist_ok=True)
        self.state = folder / "state" / "syncer"
        self.server = Loopback(books, tokens={TOKEN}, now=NOW)
        self.config = folder / "config.toml"
        self.env: dict[str, str] = {
            "READWISE_TOKEN": TOKEN,
            "XDG_STATE_HOME": str(folder / "state"),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "HOME": str(folder),
        }
        self.configure(settings, quiet_time=quiet_time)

    def configure(self, settings: str = "", *, quiet_time: str = "0s") -> None:
        """Write the configuration; `settings` is more TOML."""
        self.config.write_text(
            f'vault.path = "{self.vault}"\nvault.quiet_time = "{quiet_time}"\n'
            f'readwise.base_url = "{self.server.url}"\nreadwise.retry_first_wait = "10ms"\n'
            f'readwise.retry_max_wait = "50ms"\nreadwise.retry_deadline = "30s"\nreadwise.timeout = "30s"\n'
            f'note.timezone = "Europe/Berlin"\n{settings}\n',
            encoding="utf-8",
        )

    def unanswered(self) -> None:
        """Have nobody answer at Readwise's address from now on."""
        text = self.config.read_text(encoding="utf-8").replace(self.server.url, "http://127.0.0.1:9")
        self.config.write_text(text.replace('retry_deadline = "30s"', 'retry_deadline = "100ms"'), encoding="utf-8")

    def run(self, *arguments: str, at: datetime = NOW, env: Mapping[str, str] | None = None) -> Ran:
        """Call the command line at this moment; the server's clock says the same."""
        self.server.now = at.astimezone(UTC)

        def now(zone: tzinfo) -> datetime:
            return at.astimezone(zone)

        out, err = _stream(), _stream()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main(["--config", str(self.config), *arguments], env=self.env if env is None else env, now=now)
        raw = _bytes(out)
        ran = Ran(code, raw.decode("utf-8", "replace"), _bytes(err).decode("utf-8", "replace"), raw)
        schema.holds(arguments, ran.out, ran.err)
        hides_token(ran)
        return ran

    def once(self, *arguments: str, at: datetime = NOW) -> Ran:
        """Sync now."""
        return self.run("once", *arguments, at=at)

    def note(self, path: str) -> bytes:
        """Return a note's bytes."""
        return (self.vault / path).read_bytes()

    def tree(self) -> dict[str, tuple[bytes, int]]:
        """Return every file of the vault with its bytes and mtime."""
        files = sorted(path for path in self.vault.rglob("*") if path.is_file())
        return {str(path.relative_to(self.vault)): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}

    def everything(self) -> dict[str, tuple[bytes, int]]:
        """Return every file of the whole home with its bytes and mtime."""
        files = sorted(path for path in self.folder.rglob("*") if path.is_file())
        return {str(path.relative_to(self.folder)): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


@contextlib.contextmanager
def home(folder: Path, books: Sequence[Book], *, settings: str = "", quiet_time: str = "0s") -> Iterator[Home]:
    """Give a home whose server runs until the block ends."""
    made = Home(folder, books, settings=settings, quiet_time=quiet_time)
    with made.server:
        yield made


def hides_token(ran: Ran) -> None:
    """Raise where a call has printed the token."""
    assert TOKEN not in ran.out + ran.err


def _stream() -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="")


def _bytes(stream: io.TextIOWrapper) -> bytes:
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue()
