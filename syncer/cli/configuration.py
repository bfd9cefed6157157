"""Which configuration does this call use? The one named on the command line, or the usual one, as a valid Config."""

from __future__ import annotations

from pathlib import Path

from syncer.cli.commands import Call
from syncer.config import Config, load
from syncer.places import find_config


def config_of(call: Call) -> Config:
    """Return the configuration of this call; raise ConfigError with all of its mistakes."""
    path = find_config(call.arguments.config, call.env)
    if not _is_pipe(path):
        return load(path)
    from syncer.cli.questions import interruptible

    with interruptible(call):
        return load(path)


def _is_pipe(path: Path) -> bool:
    try:
        return path.is_fifo()
    except OSError:
        return False  # what is wrong with it is told when it is read
