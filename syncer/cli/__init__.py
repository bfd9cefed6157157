"""The command line: arguments → one call → printed report → exit code; the only place that prints.

    what may be typed                     arguments.py
    once, export                          sync_commands.py
    dry-run                               dry_run_command.py, and on a terminal preview_screen.py
    history, undo, verify, restore        look_back_commands.py
    token, template, adopt, demo          other_commands.py
    run                                   service_commands.py
    what reaches a terminal               screen.py

Every error ends here, as one line with what, where and how to go on, and as an exit code. Whatever is no error of
ours is a bug: a report is written to the state folder, its path printed, and the exit code is 70.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, tzinfo

Now = Callable[[tzinfo], datetime]


def entry() -> None:
    """Run the command line of this process, and end it."""
    import os

    from syncer.cli.screen import quiet_end

    quiet_end(main(sys.argv[1:], env=os.environ, now=datetime.now))


def main(argv: Sequence[str], *, env: Mapping[str, str], now: Now) -> int:
    """Carry out one command and return its exit code."""
    from syncer.cli.arguments import build_parser

    try:
        arguments = build_parser().parse_args(argv)
    except SystemExit as end:
        return int(end.code or 0)
    from syncer.cli.commands import carry_out

    return carry_out(arguments, env=env, now=now)
