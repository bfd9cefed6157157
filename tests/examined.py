"""Which set-up does the doctor examine, and how is something in it made wrong?

    look(one).problems                              [] while it is healthy
    in_config("http:", "https:", "")(one)           an edit of its configuration; then a silent server costs 100 ms
    look(one).found["readwise.unreachable"]         what is said of that, with its remedy

`one` is a home after one sync. Each `look` also holds that nothing private was printed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from syncer.doctor import Finding, State
from tests.harness import NOW, TOKEN, Home, home
from tests.made import book, highlight

SECRET_TEXT = "a highlight that nobody else may read"
BOOKS = [book(1, "Deep", [highlight(11), highlight(12, text=SECRET_TEXT, note="me@example.org")])]


class Looked(NamedTuple):
    """What the doctor found, by `check.what`, its exit code, and all that it printed."""

    found: Mapping[str, Finding]
    code: int
    printed: str

    @property
    def problems(self) -> list[str]:
        return [name for name, finding in self.found.items() if finding.state is State.PROBLEM]


@pytest.fixture
def one(tmp_path: Path) -> Iterator[Home]:
    """A home with a healthy set-up: a vault, one sync, a token of one's own in a file."""
    with home(tmp_path, BOOKS) as made:
        (made.vault / ".obsidian").mkdir()
        file = tmp_path / "token"
        file.write_text(TOKEN)
        file.chmod(0o600)
        made.env = {**made.env, "READWISE_TOKEN_FILE": str(file), "READWISE_TOKEN": ""}
        assert made.once().code == 0
        yield made


def look(one: Home, *options: str) -> Looked:
    """Run `syncer doctor --json`, and hold everything that it prints against what is private."""
    ran = one.run("doctor", "--json", *options, at=NOW)
    document = json.loads(ran.out)
    findings = [msgspec.convert(finding, Finding) for finding in document["findings"]]
    assert_private(ran.out + ran.err)
    return Looked({f"{one.check}.{one.what}": one for one in findings}, ran.code, ran.out)


def assert_private(printed: str) -> None:
    for private in (TOKEN, TOKEN[-8:], SECRET_TEXT, "me@example.org"):
        assert private not in printed


def in_config(old: str, new: str, more: str) -> Callable[[Home], None]:
    def plant(one: Home) -> None:
        text = one.config.read_text().replace(old, new).replace('deadline = "30s"', 'deadline = "100ms"')
        one.config.write_text(f"{text}{more}\n")

    return plant


def unit(text: str, *, name: str = "syncer.service") -> Callable[[Home], None]:
    def plant(one: Home) -> None:
        folder = one.folder / "config" / "systemd" / "user"
        folder.mkdir(parents=True)
        (folder / name).write_text(text)

    return plant
