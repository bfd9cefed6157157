"""`init`: from nothing to a vault that is kept up to date, by a few questions that all have an answer already.

    the vault  →  what is in it  →  folder and look  →  the token  →  a dry run  →  go on? sync now? as a service?
    …and only then: the configuration, the token, the first notes, the service

Guarantees: nothing at all is written before the last question is answered, so that Ctrl-C leaves nothing behind; a
configuration that is there is replaced only when a person says so, and stays as a backup; configuration and token are
both kept, or neither. What is asked is in `init_answers.py`, how in `questions.py`, the file in `first_run.py`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from syncer import report as reporting
from syncer.cli.commands import Call
from syncer.cli.init_answers import found_in, token_for, token_of, values_of, vault_of
from syncer.cli.questions import Questions
from syncer.config import Config, load
from syncer.credentials import Sources, Token, store_token
from syncer.errors import EXIT_OK, ConfigError, Interrupted, UsageError, VaultError
from syncer.first_run import Kept, draft, example, filled, keep, take_back
from syncer.places import config_places, find_config
from syncer.report import Report, counted, shown

if TYPE_CHECKING:
    from syncer.plugin import PluginState

NOTES_SHOWN = 8
HOLDS_SHOWN = 5


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    """What was answered: the configuration's text (None where the one that is there is kept), and the token."""

    path: Path
    text: str | None
    token: Token
    store: bool
    replaces: bool = False


def init(call: Call) -> int:
    """Set everything up."""
    ask = Questions(call, yes=call.arguments.yes, no_input=call.arguments.no_input)
    try:
        answers, report = _asked(call, ask)
        go_on = ask.agree("Keep this configuration and the token?")
        if not go_on:
            call.screen.tell("Nothing was written.")
            return EXIT_OK
        sync = report is not None and ask.agree(_sync_question(report), writes=True)
        service = _can_have_service(call) and ask.agree("Install the background service, which syncs on?", writes=True)
        if call.stop.is_set():
            raise KeyboardInterrupt
    except (KeyboardInterrupt, Interrupted):
        call.screen.tell("")
        call.screen.tell("Stopped: nothing was written, and nothing is kept.")
        raise
    _keep(call, answers)
    return _go_on(call, answers.path, sync=sync, service=service)


# ---------------------------------------------------------------- the questions, in their order


def _asked(call: Call, ask: Questions) -> tuple[Answers, Report | None]:
    """Ask for everything, show what the first sync would do, and return both; no report where it was refused."""
    path = _place(call)
    config = _kept_config(call, ask, path)
    if config is not None:
        plugin = found_in(call, config.vault.path).plugin
        token, store = token_for(call, ask, config)
        made = Answers(path=path, text=None, token=token, store=store)
        report = _previewed(call, ask, config, token)
    else:
        vault = vault_of(call, ask)
        found = found_in(call, vault)
        plugin = found.plugin
        values = values_of(call, ask, vault, found)
        token, store = token_of(call, ask, values, path=path)
        report = _previewed(call, ask, draft(path, values), token)
        if _lacks(report) and not call.arguments.adopt and not _append(ask, report):
            values["vault.adopt"] = "skip"
            report = _previewed(call, ask, draft(path, values), token)
        text = filled(example(), values)
        made = Answers(path=path, text=text, token=token, store=store, replaces=path.exists())
    for line in _about_plugin(plugin):
        call.screen.tell(line)
    return made, report


def _place(call: Call) -> Path:
    """Return where the configuration is, or is to be."""
    named = call.arguments.config or call.env.get("SYNCER_CONFIG")
    places = config_places(call.env)
    if named or any(path.exists() for path in places):
        return find_config(call.arguments.config, call.env).absolute()
    return places[0]


def _kept_config(call: Call, ask: Questions, path: Path) -> Config | None:
    """Return the configuration that is there and stays, or None where one is to be made."""
    if not path.exists():
        return None
    try:
        config = load(path)
    except ConfigError as error:
        if not ask.can_ask:
            raise
        for line in error.message.splitlines():
            call.screen.tell(line)
        if not ask.by_person("Replace this configuration? It stays as a backup", default=False):
            raise
        return None
    call.screen.tell(f"There is a configuration already, {shown(str(path))}, for {shown(str(config.vault.path))}.")
    if ask.by_person("Keep it?", default=True):
        wished = call.arguments.vault
        if wished and Path(wished).expanduser().resolve() != config.vault.path.resolve():
            raise UsageError(
                f"{path} is for another vault, {config.vault.path}",
                hint="run syncer init in a terminal to replace it, or name another file with --config",
            )
        return config
    return None


def _previewed(call: Call, ask: Questions, config: Config, token: Token) -> Report | None:
    """Show what the first sync would do; None where it would be refused, and a person wants to go on anyway."""
    call.screen.tell("Asking Readwise for your highlights, to show what the first sync would do…")
    try:
        report = _dry_run(call, config, token)
    except VaultError as error:
        if not ask.can_ask:
            raise
        call.screen.tell(error.message)
        call.screen.tell(f"hint: {error.hint}")
        if not ask.by_person("Keep the configuration all the same, without a sync?", default=False):
            raise
        return None
    for line in _summary(report):
        call.screen.tell(line)
    return report


def _dry_run(call: Call, config: Config, token: Token) -> Report:
    from syncer.cli.connecting import connect
    from syncer.cli.sync_commands import setup_of
    from syncer.sync import preview

    with ExitStack() as stack:
        usual = setup_of(call, config, stack)
        setup = msgspec.structs.replace(usual, connect=lambda: connect(call, config, stack, token=token))
        report, drawn = stack.enter_context(preview(setup))
        for _ in drawn:
            if call.stop.is_set():
                raise Interrupted("stopped while looking at what the first sync would do")
        return report


def _summary(report: Report) -> Iterator[str]:
    for line in report.lines[:NOTES_SHOWN]:
        yield f"  {reporting.line_sentence(line, dry=True)}"
    if len(report.lines) > NOTES_SHOWN:
        yield f"  and {len(report.lines) - NOTES_SHOWN:,} more notes"
    yield from reporting.first_meetings(report.decisions)
    held = list(reporting.hold_sentences(report))
    yield from held[:HOLDS_SHOWN]
    if len(held) > HOLDS_SHOWN:
        yield f"and {len(held) - HOLDS_SHOWN:,} more held back"
    yield f"The first sync: {reporting.summary(report)}. `syncer dry-run` shows each line."


def _lacks(report: Report | None) -> int:
    return sum(not line.created for line in report.lines) if report else 0


def _append(ask: Questions, report: Report | None) -> bool:
    """Return whether what notes lack that are there already is to be added, rather than taken as removed."""
    lines = [line for line in report.lines if not line.created] if report else []
    highlights = sum(line.highlights for line in lines)
    return ask.by_person(
        f"{counted(len(lines), 'note')} that are there already lack {counted(highlights, 'highlight')}. "
        "Add them? (n: they are taken as removed by you)",
        default=True,
    )


def _about_plugin(plugin: PluginState) -> Iterator[str]:
    if not plugin.active:
        return
    yield (
        "Readwise's own plug-in is switched on in this vault. It does not see what syncer writes, and would add it once"
        " more; syncer never doubles what the plug-in wrote."
    )
    if plugin.automatic:
        yield (
            "Switch its automatic sync off in Obsidian: Settings → Readwise Official → Configure resync frequency: "
            "Manual, and Sync automatically when Obsidian opens: off."
        )


def _sync_question(report: Report) -> str:
    return "Sync now, and write this?" if report.lines else "Sync now, so that the state knows your notes?"


def _can_have_service(call: Call) -> bool:
    """Return whether there is a service manager of the user's here; say what to do where there is none."""
    runtime = Path(call.env.get("XDG_RUNTIME_DIR", "/nowhere"))
    if sys.platform == "darwin" or (sys.platform == "linux" and (runtime / "systemd" / "private").exists()):
        return True
    call.screen.tell(
        "No service manager of yours runs here: keep `syncer run` running, or call `syncer -q once` from cron."
    )
    return False


# ---------------------------------------------------------------- what was agreed on


def _keep(call: Call, made: Answers) -> None:
    """Keep configuration and token, both or neither."""
    kept: Kept | None = None
    if made.text is not None:
        stamp = f"{call.now(UTC):%Y%m%dT%H%M%S}"
        kept = keep(made.path, made.text, stamp=stamp, replace=made.replaces)
    try:
        keyring = store_token(made.token, Sources(env=call.env)) if made.store else ""
    except BaseException:
        if kept is not None:
            take_back(kept)
        raise
    if kept is not None:
        call.screen.say(f"wrote {shown(str(kept.path))}")
        if kept.backup is not None:
            call.screen.say(f"the earlier configuration is {shown(str(kept.backup))}")
    if keyring:
        call.screen.say(f"the token is kept in {keyring}")


def _go_on(call: Call, path: Path, *, sync: bool, service: bool) -> int:
    """Sync and install the service, as was agreed on; return the exit code of what went worst."""
    call.arguments.config = str(path)
    codes = [EXIT_OK]
    if sync:
        from syncer.cli.sync_commands import once

        codes.append(once(call))
    if service and not call.stop.is_set():
        from syncer.cli import main

        codes.append(main(["--config", str(path), "service", "install"], env=call.env, now=call.now))
    if not sync:
        call.screen.say("next: syncer dry-run shows what a sync would write, syncer once writes it")
    call.screen.say("on a bad day: syncer doctor")
    return max(codes)
