"""`run`: the worker in the foreground, as a service manager runs it."""

from __future__ import annotations

from syncer.cli.commands import Call
from syncer.config import load
from syncer.places import find_config


def run(call: Call) -> int:
    """Sync at once and then at every interval, until a signal ends it."""
    path = find_config(call.arguments.config, call.env).resolve()
    config = load(path)
    from syncer.daemon import Daemon, child_command

    command = child_command(str(path), verbose=call.screen.verbose, quiet=call.screen.quiet)
    daemon = Daemon(command, interval=config.schedule.every, jitter=config.schedule.jitter, tell=call.screen.tell)
    return daemon.run()
