"""How is this very program started again, as a child or by a service manager?

    started_again()     Program(command=("/opt/syncer/bin/python", "-P", "-m", "syncer"), env={})
    from a checkout     …, env={"PYTHONPATH": "/home/me/syncer"}

`-P` keeps a folder named `syncer` in the working directory from being taken for the program. A checkout that is not
installed is found by `PYTHONPATH`. Guarantees: the paths are absolute, and those of the program that is running.
"""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

PACKAGE = Path(__file__).resolve().parent


class Program(NamedTuple):
    """The first words of a command line, and the variables that they need."""

    command: tuple[str, ...]
    env: Mapping[str, str]


def started_again() -> Program:
    """Return how to start this program once more."""
    root = PACKAGE.parent
    installed = root in {Path(sysconfig.get_path(name)).resolve() for name in ("purelib", "platlib")}
    return Program((sys.executable, "-P", "-m", "syncer"), {} if installed else {"PYTHONPATH": str(root)})


def folders() -> list[Path]:
    """Return the folders that the program is read from: the environment, its Python, and the package's own."""
    found = [Path(sys.prefix), Path(sys.base_prefix), PACKAGE.parent]
    return sorted({path.resolve() for path in found} | {Path(sys.prefix)})
