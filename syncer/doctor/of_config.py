"""Is the configuration there, right, and the only one? Are its templates fine, and is the program whole?

ok       config     /home/me/.config/syncer/config.toml
problem  templates  highlight.md:3: there is no variable `higlight_text` → syncer template check /home/me/mine
note     program    there is another syncer on PATH, /usr/bin/syncer → which -a syncer
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path

from syncer import __version__
from syncer.config import Config, load
from syncer.doctor.case import Case, pasted
from syncer.doctor.finding import Finding, note, ok, problem
from syncer.errors import ConfigError, SyncerError
from syncer.front_matter import is_fast
from syncer.places import find_config, is_there


def config_of(case: Case) -> tuple[Config | None, list[Finding]]:
    """Return the configuration, None where there is none that counts, and what there is to say of it."""
    try:
        path = find_config(case.named or None, case.env, platform=case.platform)
    except ConfigError as error:
        what = "two" if error.message.startswith("there are two") else "missing"
        return None, [problem("config", what, error.message, "syncer init" if what == "missing" else error.hint)]
    try:
        config = load(path)
    except ConfigError as error:
        if not is_there(path):
            return None, [problem("config", "missing", error.message, "syncer init")]
        edit = f"${{EDITOR:-nano}} {pasted(path)}"
        return None, [problem("config", "wrong", line, edit) for line in error.message.splitlines()]
    return config, [ok("config", "right", str(config.file))]


def is_address_known(config: Config | None, findings: Sequence[Finding]) -> bool:
    """Return whether it is known where the token may be sent: the configuration is right, or there is none."""
    return config is not None or any((one.check, one.what) == ("config", "missing") for one in findings)


def templates(config: Config) -> Iterator[Finding]:
    """Yield whether the templates, and those of folder and file name, can be rendered, and used by a sync."""
    from syncer.template import load_path_templates, load_templates
    from syncer.template_use import refuse_unusable

    choice = config.note.template
    try:
        refuse_unusable(load_templates(choice, base=config.file.parent), where=choice)
    except SyncerError as error:
        yield problem("templates", "wrong", error.message, pasted("syncer", "template", "check", choice))
    else:
        yield ok("templates", "right", choice)
    try:
        load_path_templates(config.vault.folder, config.vault.file_name, where=config.where)
    except SyncerError as error:
        for line in error.message.splitlines():
            yield problem("templates", "path", line, f"mend {line.partition(': template ')[0]}")


def program(case: Case) -> Iterator[Finding]:
    """Yield which version runs on what, and whether its parts fit and are the only ones."""
    python = ".".join(map(str, sys.version_info[:3]))
    yield ok("program", "version", f"syncer {__version__}, Python {python}, {case.platform}")
    yield from _unfit()
    if not is_fast():
        yield note(
            "program", "slow-yaml", "PyYAML is without libyaml here: reading front matter takes five times as long"
        )
    others = [path for path in _programs(case) if not _is_ours(path)]
    if others:
        shown = ", ".join(map(str, others))
        yield note("program", "another", f"there is another syncer on PATH: {shown}", "which -a syncer")


def _unfit() -> Iterator[Finding]:
    """Yield each package that is older or newer than the installed syncer asks for."""
    try:
        wanted = metadata.requires("syncer") or []
    except metadata.PackageNotFoundError:
        return
    for line in wanted:
        requirement, _, marker = line.partition(";")
        found = re.match(r"\s*([\w.-]+)\s*(.*)", requirement)
        if not found or marker:
            continue
        name, limits = found[1], found[2]
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            yield problem("program", "package", f"the package {name} is missing", "pipx reinstall syncer")
            continue
        if not fits(version, limits):
            text = f"the package {name} is {version}, and syncer needs {limits.strip()}"
            yield problem("program", "package", text, "pipx reinstall syncer")


def fits(version: str, limits: str) -> bool:
    """Return whether a version keeps limits such as `>=3.11,<4`; other kinds of limits are not looked at."""
    have = _numbers(version)
    for operator, text in re.findall(r"(>=|<)\s*([\d.]+)", limits):
        limit = _numbers(text)
        if (have < limit) if operator == ">=" else (have >= limit):
            return False
    return True


def _numbers(version: str) -> tuple[int, ...]:
    found = re.match(r"[\d.]+", version)
    numbers = [int(part) for part in found[0].split(".") if part] if found else []
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)


def _programs(case: Case) -> list[Path]:
    """Return each `syncer` that the shell could start, by its real path."""
    found = [Path(folder) / "syncer" for folder in case.env.get("PATH", "").split(os.pathsep) if folder]
    return list(dict.fromkeys(path.resolve() for path in found if path.is_file() and os.access(path, os.X_OK)))


def _is_ours(path: Path) -> bool:
    """Return whether a program is the one that runs: in our environment, or what was called."""
    called = Path(sys.argv[0])
    return path.parent == Path(sys.prefix).resolve() / "bin" or (called.exists() and path == called.resolve())
