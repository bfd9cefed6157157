"""What does the doctor look at? One set-up: the configuration, where its state lies, and what of the world it may ask.

The world comes as arguments, so that a test can give a full disk or a clock that is wrong. Guarantee: nothing here, and
nothing in the checks, writes a file, starts anything but a question to the service manager, or changes anything.
"""

from __future__ import annotations

import os
import shlex
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from syncer.config import Config
    from syncer.credentials import Token
    from syncer.readwise import Client


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One set-up to be looked at.

    `named` is the configuration that the command line names, "" for the usual place. `connect` makes a client that
    gives up within 20 s; `free_bytes` says how much room a folder's disk has; `network` whether Readwise is asked;
    `keyring_seconds` is how long the keyring may take.
    """

    env: Mapping[str, str]
    platform: str
    home: Path
    named: str
    state: Path
    network: bool
    clock: Callable[[], datetime]
    connect: Callable[[Config | None, Token], Client]
    free_bytes: Callable[[Path], int]
    keyring_seconds: float
    stop: threading.Event


def may_write(folder: Path) -> bool:
    """Return whether this process has the permission to make a file in the folder; nothing is tried."""
    return os.access(folder, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids)


def pasted(*words: str | Path) -> str:
    """Return a command line that a shell takes as it is."""
    return shlex.join(str(word) for word in words)
