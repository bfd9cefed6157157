"""Which vault is read in the tests, and how does its time pass?

    write(vault, b"text", changed=LONG_AGO)     a note that has been left alone for long
    clock.meanwhile = [lambda: …]               what somebody does while the vault waits
    scan(vault).stamps                          the notes that it lists

Each test that is given `vault` runs twice: with folders that are held open, and with plain paths, as on Windows.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from syncer.model import NotePath
from syncer.vault import Scan, Vault

NOTE = NotePath("Readwise/State of AI.md")
LONG_AGO = 1_700_000_000.0


class Clock:
    """A clock that a test moves, and that waiting moves; `meanwhile` happens in the next wait."""

    def __init__(self, now: float) -> None:
        self.now = now
        self.waits: list[float] = []
        self.meanwhile: list[Callable[[], object]] = []

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds
        if self.meanwhile:
            self.meanwhile.pop(0)()


@pytest.fixture
def clock() -> Clock:
    return Clock(LONG_AGO + 1000)


@pytest.fixture(params=["descriptors", "plain paths"])
def vault(tmp_path: Path, clock: Clock, request: pytest.FixtureRequest) -> Iterator[Vault]:
    (tmp_path / "Vault" / "Readwise").mkdir(parents=True)
    with Vault(
        str(tmp_path / "Vault"),
        quiet_time=2.0,
        patience=3.0,
        clock=clock,
        wait=clock.wait,
        by_descriptor=request.param == "descriptors",
    ) as opened:
        yield opened


def write(vault: Vault, data: bytes, path: str = NOTE, *, changed: float = LONG_AGO) -> Path:
    note = Path(vault.path, path)
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_bytes(data)
    os.utime(note, (changed, changed))
    return note


def scan(vault: Vault, *search: str) -> Scan:
    return vault.scan(search or [""], leave_alone=lambda path: "sync-conflict" in path)
