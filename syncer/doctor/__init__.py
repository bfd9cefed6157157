"""What is wrong, and what is to be done about it? Everything that can be, one line each.

finding.py     what can be said of one thing: ok, note or problem, with its remedy
case.py        what is looked at, and what of the world may be asked
of_config.py   configuration, templates, versions
of_access.py   token, keyring, Readwise, TLS, clock
of_vault.py    the folder, what cannot be read, who else writes: sync programs, the plug-in
of_state.py    whole, private, up to date, another writer
of_service.py  installed, running, the right program
bundle.py      the same for a bug report, with nothing private in it

for finding in examine(case): …        in the order in which things depend on each other
"""

from __future__ import annotations

from collections.abc import Iterator

from syncer.credentials import Found
from syncer.doctor.case import Case
from syncer.doctor.finding import Finding, State, problem
from syncer.doctor.of_access import not_asked, readwise, token
from syncer.doctor.of_config import config_of, is_address_known, program, templates
from syncer.doctor.of_service import service
from syncer.doctor.of_state import state
from syncer.doctor.of_vault import vault
from syncer.errors import Interrupted

__all__ = ["Case", "Finding", "State", "examine"]


def examine(case: Case) -> Iterator[Finding]:
    """Yield a finding for everything that was looked at; what needs a configuration is left out without one."""
    yield from _whole(program(case))
    config, findings = config_of(case)
    yield from findings
    found: list[Found] = []
    asked = readwise(case, config, found) if is_address_known(config, findings) else not_asked(case)
    checks = [token(case, config, found), asked]
    if config is not None:
        checks = [templates(config), *checks, vault(case, config), state(case, config), service(case, config)]
    for check in checks:
        if case.stop.is_set():
            raise Interrupted("stopped while looking")
        yield from _whole(check)


def _whole(check: Iterator[Finding]) -> Iterator[Finding]:
    """Yield a check's findings; one that ends by an error of its own becomes a finding, and the others go on."""
    try:
        yield from check
    except Interrupted:
        raise
    except Exception as bug:
        name = getattr(check, "__name__", "check")
        yield problem(
            "doctor",
            name,
            f"the check of {name} ended by {type(bug).__name__}: a bug in syncer",
            "syncer doctor --report",
        )
