"""What goes into a bug report? What was found, by name, and numbers; no path, title, text, address or token.

    syncer 0.1.0
    program.version ok
    vault.cloud problem
    config: vault.adopt="append" vault.path=(set) schedule.every=3600.0 …
    state: 1235 books, 18211 highlights, schema 1
    runs: 0 74 0 0

Guarantees: only words that are in this program's source, and numbers, are in it: of the configuration the durations,
switches and choices; of the runs their exit codes; of a bug that was written down the places in syncer's code.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path

import msgspec

from syncer import __version__
from syncer.config import KEYS, Config
from syncer.config_values import TEMPLATE_SETS
from syncer.doctor.case import Case
from syncer.doctor.finding import Finding
from syncer.errors import SyncerError
from syncer.library import find_state, private_copy

CHOICES = frozenset(("vault.adopt", "updates.mode", "updates.deleted", "log.level", "log.format"))
"""Keys whose value is one of a few words that are ours; of all other texts only that they are set."""

PACKAGES = ("httpx", "tenacity", "python-frontmatter", "PyYAML", "apscheduler", "keyring", "msgspec", "jinja2")
BUGS_SHOWN = 3
_BUG_LINE = re.compile(r"syncer [\d.]+, Python [\d.]+, \w+|command: [a-z-]+|\w+|  [\w./-]+\.py:\d+ in [\w<>]+")


def bundle(case: Case, config: Config | None, findings: Sequence[Finding]) -> Iterator[str]:
    """Yield the lines of the report."""
    yield f"syncer {__version__}, Python {'.'.join(map(str, sys.version_info[:3]))}, {case.platform}"
    yield " ".join(f"{name} {_version(name)}" for name in PACKAGES)
    yield ""
    yield from (f"{finding.check}.{finding.what} {finding.state}" for finding in findings)
    if config is not None:
        yield ""
        yield from _settings(config)
        yield ""
        yield from _numbers(case, config)
    yield from _bugs(case.state)


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "absent"


def _settings(config: Config) -> Iterator[str]:
    """Yield each key that is written in the file, with its value where that cannot be private."""
    for key in KEYS:
        if key not in config.lines:
            continue
        value: object = config
        for part in key.split("."):
            value = getattr(value, part)
        plain = key in CHOICES or isinstance(value, bool | int | float)
        if key == "note.template" and value in TEMPLATE_SETS:
            plain = True
        yield f"config: {key} = {value}" if plain else f"config: {key} is set"


def _numbers(case: Case, config: Config) -> Iterator[str]:
    try:
        path = find_state(case.state, config.vault.path.resolve())
        if not path.exists():
            yield "state: none"
            return
        with private_copy(path) as library:
            books, highlights = library.mirror.counts()
            yield f"state: {path.stat().st_size} bytes, {books} books, {highlights} highlights"
            yield f"notes: {len(library.ledger.paths())} known, {len(library.ledger.stamps())} indexed"
            codes = " ".join(str(run.exit_code) for run in library.journal.runs(newest=20))
            yield f"runs, newest first: {codes or 'none'}"
    except (SyncerError, OSError, msgspec.MsgspecError) as error:
        yield f"state: {type(error).__name__}"


def _bugs(folder: Path) -> Iterator[str]:
    """Yield the newest reports of bugs, without any line that is not of the shape that syncer gives them."""
    try:
        files = sorted(folder.glob("bug-*.txt"), key=lambda file: -file.stat().st_mtime)[:BUGS_SHOWN]
        texts = [file.read_text(encoding="utf-8", errors="replace") for file in files]
    except OSError:
        return
    for text in texts:
        yield ""
        yield from (line for line in text.splitlines() if _BUG_LINE.fullmatch(line))
