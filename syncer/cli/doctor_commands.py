"""`doctor`: each finding as a line, with what mends it below.

    ok       config     /home/me/.config/syncer/config.toml
    problem  token      there is no Readwise token
             → syncer token set
    1 problem, 0 notes

`--json` gives the findings to programs, `--report` the lines for a bug report, with nothing private in them. The exit
code is 1 where there is a problem. What is looked at is in `syncer/doctor/`.
"""

from __future__ import annotations

import shutil
import sys
from contextlib import ExitStack, suppress
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING

from syncer.cli.commands import Call
from syncer.doctor import Case, Finding, State, examine
from syncer.errors import EXIT_FOUND, EXIT_OK, SyncerError
from syncer.keyring_backend import DEADLINE
from syncer.places import state_folder
from syncer.report import counted, shown
from syncer.report_json import document

if TYPE_CHECKING:
    from syncer.config import Config
    from syncer.credentials import Token
    from syncer.readwise import Client


def doctor(call: Call) -> int:
    """Look for everything that can be wrong."""
    case = case_of(call)
    findings: list[Finding] = []
    for finding in examine(case):
        findings.append(finding)
        if not (call.arguments.json or call.arguments.report):
            _print(call, finding)
    problems = sum(finding.state is State.PROBLEM for finding in findings)
    notes = sum(finding.state is State.NOTE for finding in findings)
    if call.arguments.json:
        call.screen.data(document(problems=problems, notes=notes, findings=findings))
    elif call.arguments.report:
        _print_report(call, case, findings)
    else:
        call.screen.say(f"{counted(problems, 'problem')}, {counted(notes, 'note')}" if problems else "no problem found")
    return EXIT_FOUND if problems else EXIT_OK


def case_of(call: Call) -> Case:
    """Return the set-up of this call, with the real world round it."""

    def connect(config: Config | None, token: Token) -> Client:
        from syncer.cli.connecting import CHECK_SECONDS
        from syncer.cli.connecting import connect as client_of

        return client_of(call, config, ExitStack(), token=token, longest=CHECK_SECONDS)

    return Case(
        env=call.env,
        platform=sys.platform,
        home=Path.home(),
        named=call.arguments.config or "",
        state=state_folder(call.env),
        network=not call.arguments.no_network,
        clock=lambda: call.now(UTC),
        connect=connect,
        free_bytes=lambda folder: shutil.disk_usage(folder).free,
        keyring_seconds=DEADLINE,
        stop=call.stop,
    )


def _print(call: Call, finding: Finding) -> None:
    if finding.state is State.OK and call.screen.quiet:
        return
    call.screen.say(f"{finding.state:<8} {finding.check:<10} {shown(finding.text)}")
    if finding.remedy:
        call.screen.say(f"         → {shown(finding.remedy)}")


def _print_report(call: Call, case: Case, findings: list[Finding]) -> None:
    from syncer.doctor.bundle import bundle
    from syncer.doctor.of_config import config_of

    config = None
    with suppress(SyncerError):
        config, _ = config_of(case)
    for line in bundle(case, config, findings):
        call.screen.say(line)
