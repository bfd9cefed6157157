"""Does the background service run, and is it the right one?

ok       service    runs since 3 days, next sync at 10:42
problem  service    it is installed and does not run → systemctl --user restart syncer
note     service    there is none → syncer service install

Guarantees: what the service says of itself is read from the small file beside the state, and whether it runs is told
by the lock that it holds; nothing is started or stopped.
"""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from syncer.config import Config
from syncer.daemon.facts import facts_file, read_facts, service_lock
from syncer.doctor.case import Case, pasted
from syncer.doctor.finding import Finding, note, ok, problem
from syncer.lock import holder
from syncer.report import shown
from syncer.service import installed

START = "syncer service restart && syncer service logs"


def service(case: Case, config: Config) -> Iterator[Finding]:
    """Yield what there is to say of the service of this vault."""
    root = config.vault.path.resolve()
    facts = read_facts(facts_file(case.state, root))
    owner = holder(service_lock(case.state, root))
    units = installed.units(case.env, home=case.home, platform=case.platform)
    runs = owner is not None
    if owner is not None:
        yield ok("service", "runs", f"process {owner.pid}, next sync {facts.next or 'not planned'}")
    elif any(unit.name == installed.TIMER[0] for unit in units):
        yield ok("service", "timer", f"a timer syncs ({installed.TIMER[1]})")
    elif units:
        yield problem("service", "stopped", f"it is installed ({units[0]}) and does not run", START)
    else:
        yield note("service", "none", "no background service is installed", "syncer service install")
    if runs and facts.config and Path(facts.config).resolve() != config.file.resolve():
        text = f"the service goes by another configuration, {facts.config}"
        yield problem("service", "config", text, "syncer service install")
    if facts.config_problem and runs:
        text = f"it goes by the configuration as it was before this: {shown(facts.config_problem)}"
        yield problem("service", "config-wrong", text, f"${{EDITOR:-nano}} {pasted(config.file)}")
    for unit in units:
        yield from _program_of(unit)
    if runs and facts.failures >= 3:
        text = f"{facts.failures} syncs in a row failed since {facts.failing_since}"
        yield problem("service", "failing", text, "syncer once")
    if units and case.platform == "linux" and not case.env.get("DISPLAY") and not case.env.get("WAYLAND_DISPLAY"):
        yield from _linger(case)


def _program_of(unit: Path) -> Iterator[Finding]:
    """Yield whether the program that a unit starts is still there, and is the one that runs now."""
    text = ""
    with contextlib.suppress(OSError):
        text = unit.read_text(encoding="utf-8", errors="replace")
    found = re.search(r"^ExecStart=\"?([^\s\"]+)|<array>\s*<string>([^<]+)", text, re.MULTILINE)
    if not found:
        return
    program = Path(found[1] or found[2])
    if not program.exists():
        text = f"{unit.name} starts {program}, which is gone (after an upgrade, or a move)"
        yield problem("service", "program", text, "syncer service install")
    elif program.is_absolute() and program.parent.resolve() != Path(sys.executable).parent.resolve():
        text = f"{unit.name} starts another installation of syncer: {program}"
        yield note("service", "another", text, "syncer service install")


def _linger(case: Case) -> Iterator[Finding]:
    user = case.env.get("USER") or case.env.get("LOGNAME") or ""
    folder = Path("/var/lib/systemd/linger")
    if user and folder.is_dir() and not (folder / user).exists():
        text = "without lingering, the service runs only while you are logged in"
        yield note("service", "linger", text, pasted("loginctl", "enable-linger", user))
