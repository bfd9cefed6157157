"""The command line: arguments → one call → printed report → exit code; the only place that prints.

    what may be typed                     arguments.py
    which function a command is           commands.py, which also ends it: as a line and an exit code
    init                                  init_commands.py, init_answers.py, questions.py
    once, export                          sync_commands.py
    what any pass is given                `setup_of` of sync_commands.py; configuration.py, connecting.py
    dry-run                               dry_run_command.py; preview_screen.py, pager.py, page_file.py
    history, undo, verify, restore        look_back_commands.py
    token                                 token_commands.py
    run, and each of its polls            service_commands.py
    which configuration it is about       configuration.py
    service                               install_commands.py
    status, doctor, completion            status_command.py, doctor_commands.py, completion_commands.py
    template, adopt, demo                 other_commands.py
    what reaches a terminal               screen.py, and while it takes long progress.py
    a bug of ours                         bug_report.py

Every error ends here, as one line with what, where and how to go on, and as an exit code. Whatever is no error of
ours is a bug: a report is written to the state folder, its path printed, and the exit code is 70.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, tzinfo

Now = Callable[[tzinfo], datetime]


OBJECTS_BETWEEN_LOOKS = 200_000
"""After so many new objects Python looks for garbage: most are modules' and stay, and looking at them takes a while."""


def entry() -> None:
    """Run the command line of this process, and end it without a last look for garbage: it all goes at once."""
    import gc
    import os

    from syncer.cli.screen import open_streams

    if os.name == "posix" and sys.getfilesystemencoding() != "utf-8" and os.environ.get("PYTHONUTF8") != "1":
        os.environ["PYTHONUTF8"] = "1"  # a vault's names are UTF-8, whatever the locale says
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606  # this very program
    open_streams()
    gc.set_threshold(OBJECTS_BETWEEN_LOOKS)
    code = main(sys.argv[1:], env=os.environ, now=datetime.now)
    gc.freeze()
    sys.exit(code)


def main(argv: Sequence[str], *, env: Mapping[str, str], now: Now) -> int:
    """Carry out one command and return its exit code."""
    from syncer.cli.arguments import build_parser

    try:
        arguments = build_parser().parse_args(argv)
    except SystemExit as end:
        from syncer.cli.screen import unwritten

        if not (error := unwritten()):
            return int(end.code or 0)
        sys.stderr.write(f"syncer: {error.message}\nhint: {error.hint}\n")
        return int(end.code or error.exit_code)
    from syncer.cli.commands import carry_out

    return carry_out(arguments, env=env, now=now)
