"""What may be typed: every command, option and help text, as one argparse parser.

    syncer --config my.toml dry-run --stat        Namespace(command="dry-run", config="my.toml", stat=True, …)

Only argparse is imported here, so that `syncer --help` and `--version` are instant. What a command does is in the
other files of this folder; the exit codes are in errors.py.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, NoReturn

from syncer import __version__

EXIT_CODES = """\
exit codes:
  0    done, also when there was nothing to do
  1    something would change, or needs a person
  2    wrong use
  69   Readwise could not be reached
  70   a bug in syncer; a report is written
  74   a note, the state or the output could not be read or written, or a
       change was held back; the rest was done
  75   another sync holds the vault
  77   no token, or it was refused
  78   the configuration is wrong
  130  interrupted
  143  terminated
  any other: take it as a failure
"""


GLOBAL = ("--version", "--config", "-v", "--verbose", "-q", "--quiet")
"""The options that stand before the command."""


class Help(argparse.RawDescriptionHelpFormatter):
    """Help as wide as the terminal; argparse makes one for each argument, and would load `shutil` for the width."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_columns() - 2)


def _columns() -> int:
    with suppress(ValueError, OSError, AttributeError):  # no number, no terminal, no standard output
        return int(os.environ.get("COLUMNS") or 0) or os.get_terminal_size(sys.stdout.fileno()).columns or 80
    return 80


class Parser(argparse.ArgumentParser):
    """A parser that names the nearest command or option when it does not know one, and takes no shortened option.

    What stands in the place of a value that no command takes is not shown: it may be a token.
    """

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401 - they are handed on to argparse
        super().__init__(allow_abbrev=False, formatter_class=Help, **settings)

    def error(self, message: str) -> NoReturn:
        """Print one line and how to go on; exit with 2."""
        self.exit(2, f"syncer: {self._nearest(message)}\nhint: {self.prog} --help\n")

    def parse_known_args(self, *given: Any, **named: Any) -> tuple[Any, list[str]]:  # noqa: ANN401 - argparse's own
        """Parse; an option that a command does not know ends it here, where its own are known."""
        found, rest = super().parse_known_args(*given, **named)
        if unknown := [one for one in rest if one.startswith("-") and one != "-"]:
            self.error(f"unrecognized arguments: {unknown[0]}")
        return found, rest

    def _get_value(self, action: argparse.Action, arg_string: str) -> Any:  # noqa: ANN401 - as argparse has it
        if not arg_string and not isinstance(action, Commands):
            raise argparse.ArgumentError(action, "must not be empty")
        return super()._get_value(action, arg_string)

    def _nearest(self, message: str) -> str:
        import re
        from difflib import get_close_matches

        choice = r"argument (?:COMMAND|ACTION|SHELL): invalid choice: '(.*?)'.* \(choose from (.*)\)"
        if found := re.match(choice, message):
            near = get_close_matches(found[1], re.findall(r"[\w-]+", found[2]), n=1)
            return f"there is no command {found[1]!r}" + (f"; did you mean {near[0]!r}?" if near else "")
        if found := re.match(r"unrecognized arguments: (--[\w-]+|-\w\Z)", message):
            return self._no_option(found[1])
        return "there is one argument too many" if message.startswith("unrecognized arguments:") else message

    def _no_option(self, typed: str) -> str:
        from difflib import get_close_matches

        command = self.prog.removeprefix("syncer").strip()
        known = list(dict.fromkeys([*_options(self), *GLOBAL]))
        if typed in known:
            where = f"before the command: syncer {typed} … {command}" if command else "after its command"
            return f"the option {typed!r} stands {where}"
        near = [one for one in known if one.startswith(typed)][:2] or get_close_matches(typed, known, n=1)
        before = ", before the command" if command and {*near} & {*GLOBAL} else ""
        meant = f"; did you mean {' or '.join(map(repr, near))}{before}?" if near else ""
        return f"there is no option {typed!r}{meant}"


def _options(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Yield the options of a parser and of all commands below it."""
    for action in parser._actions:
        if isinstance(action, Commands):
            for child in action.choices.values():
                yield from _options(child)
        elif action.help != argparse.SUPPRESS:
            yield from action.option_strings


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    parser = Parser(
        prog="syncer",
        description="Keep the notes of an Obsidian vault up to date with your Readwise highlights, by appending only.",
        epilog=f"example: syncer init\n\n{EXIT_CODES}",
    )
    parser.add_argument("--version", action="version", version=f"syncer {__version__}")
    parser.add_argument("--config", metavar="FILE", help="the configuration (default: $SYNCER_CONFIG, or config.toml)")
    parser.add_argument("-v", "--verbose", action="count", default=0, help="say what is done; twice for debugging")
    parser.add_argument("-q", "--quiet", action="store_true", help="say only what went wrong")
    commands = parser.add_subparsers(
        prog="syncer", dest="command", metavar="COMMAND", required=True, parser_class=Parser
    )
    _add_first(commands)
    _add_sync(commands)
    _add_token(commands)
    _add_service(commands)
    _add_looking_back(commands)
    _add_others(commands)
    return parser


Commands = argparse._SubParsersAction  # the type has no public name


def _command(commands: Commands[Parser], name: str, about: str, example: str) -> Parser:
    return commands.add_parser(
        name,
        help=about,
        description=about[0].upper() + about[1:] + ".",
        epilog=f"example: {example}",
    )


def _add_first(commands: Commands[Parser]) -> None:
    init = _command(
        commands, "init", "set everything up, guided: vault, token, configuration, first sync", "syncer init"
    )
    init.add_argument("--vault", metavar="DIR", help="the vault's folder (default: the one that Obsidian used last)")
    init.add_argument("--folder", metavar="DIR", help="where new notes go in the vault (default: where exports went)")
    init.add_argument("--template", metavar="SET", help="seed, readwise or a folder (default: like the notes there)")
    init.add_argument(
        "--adopt",
        choices=("append", "skip"),
        help="what notes that are there lack: append it, or take it as removed by you (default: append)",
    )
    init.add_argument("--token-command", metavar="CMD", help="a command that prints the token, instead of the keyring")
    init.add_argument("--base-url", metavar="URL", help="where Readwise is (default: https://readwise.io)")
    init.add_argument("--yes", action="store_true", help="take what is proposed, write the notes, start the service")
    init.add_argument("--no-input", action="store_true", help="ask nothing, write no note, start nothing")
    doctor = _command(
        commands,
        "doctor",
        "look for everything that can be wrong, and say how to mend it",
        "syncer doctor --no-network",
    )
    doctor.add_argument("--no-network", action="store_true", help="do not ask Readwise")
    form = doctor.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print the findings as JSON")
    form.add_argument("--report", action="store_true", help="print a report for a bug, with nothing private in it")
    completion = _command(
        commands,
        "completion",
        "print the completion script of a shell",
        "syncer completion bash > ~/.local/share/bash-completion/completions/syncer",
    )
    completion.add_argument("shell", metavar="SHELL", choices=("bash", "zsh", "fish"), help="bash, zsh or fish")


def _add_sync(commands: Commands[Parser]) -> None:
    once = _command(commands, "once", "sync now: fetch, plan, write, report", "syncer once --wait 5m")
    once.add_argument("--wait", metavar="TIME", default="60s", help="wait so long for another sync (default: 60s)")
    once.add_argument("--json", action="store_true", help="print the result as JSON")
    once.add_argument("--from-service", action="store_true", help=argparse.SUPPRESS)
    once.add_argument("--yes", action="store_true", help="do not ask about --updates-since")
    dry = _command(
        commands, "dry-run", "show what `once` would write, as diffs; writes nothing", "syncer dry-run | less"
    )
    shown = dry.add_mutually_exclusive_group()
    shown.add_argument("--json", action="store_true", help="print the plan as JSON")
    shown.add_argument("--stat", action="store_true", help="print one line a note instead of diffs")
    shown.add_argument("--html", metavar="FILE", help="write a page to look through in a browser")
    dry.add_argument("--note", metavar="PATTERN", help="show only notes whose path or book fits; * fits anything")
    dry.add_argument("--limit", metavar="N", type=int, help="show only the first N notes")
    dry.add_argument("--exit-code", action="store_true", help="exit with 1 when something would change")
    dry.add_argument("--load", metavar="FILE", help="plan from a stored export, with no state, instead of Readwise")
    for parser in (once, dry):
        parser.add_argument("--accept-missing", action="store_true", help="go on although many known notes are gone")
        parser.add_argument("--accept-large", action="store_true", help="go on although the plan looks wrong")
        parser.add_argument(
            "--updates-since", metavar="DATE", help="write what changed at Readwise since then and was only told"
        )
    run = _command(
        commands, "run", "sync at once and then at every interval, in the foreground, as a service does", "syncer run"
    )
    run.add_argument("--log-file", metavar="FILE", help="log there instead of on standard error; kept below 4 MB")


def _add_token(commands: Commands[Parser]) -> None:
    token = _command(commands, "token", "keep the Readwise token in the system's keyring", "syncer token set")
    actions = token.add_subparsers(
        prog="syncer token", dest="action", metavar="ACTION", required=True, parser_class=Parser
    )
    _command(
        actions, "set", "read the token from a prompt or standard input, check it, keep it", "syncer token set < file"
    )
    _command(actions, "status", "say where the token is kept and whether Readwise takes it", "syncer token status")
    _command(actions, "delete", "remove the token from the keyring", "syncer token delete")


def _add_service(commands: Commands[Parser]) -> None:
    status = _command(commands, "status", "say how it goes, and what needs you; exit with 1 for that", "syncer status")
    status.add_argument("--json", action="store_true", help="print it as JSON")
    service = _command(commands, "service", "install, look at and remove the background service", "syncer service logs")
    actions = service.add_subparsers(
        prog="syncer service", dest="action", metavar="ACTION", required=True, parser_class=Parser
    )
    about = {
        "install": "write the unit or the agent, start it and see it come up",
        "uninstall": "stop the service and leave nothing of it",
        "start": "start it",
        "stop": "stop it",
        "restart": "stop it and start it again",
        "status": "show what the service manager says of it",
        "logs": "show the end of its log",
    }
    parsers = {name: _command(actions, name, text, f"syncer service {name}") for name, text in about.items()}
    for parser in parsers.values():
        parser.add_argument("--system", action="store_true", help="systemd's system unit instead of your own (root)")
    install = parsers["install"]
    install.add_argument("--print", action="store_true", help="print what would be installed; change nothing")
    kind = install.add_mutually_exclusive_group()
    kind.add_argument("--timer", action="store_true", help="a systemd timer, hourly, instead of a service that stays")
    kind.add_argument("--linger", action="store_true", help="have it run from boot on, logged in or not")
    parsers["logs"].add_argument("-f", "--follow", action="store_true", help="go on as new lines come")


def _add_looking_back(commands: Commands[Parser]) -> None:
    history = _command(commands, "history", "list what each run of the last 30 days wrote", "syncer history")
    history.add_argument("--all", action="store_true", help="list the runs that wrote nothing, too")
    history.add_argument("--json", action="store_true", help="print the runs as JSON")
    undo = _command(commands, "undo", "take back what a run added, where it is unchanged", "syncer undo 3")
    undo.add_argument(
        "run", metavar="RUN", type=int, nargs="?", help="its number in `syncer history` (default: the last)"
    )
    undo.add_argument("--forget", action="store_true", help="let the next sync bring it again")
    undo.add_argument("--yes", action="store_true", help="do not ask")
    verify = _command(commands, "verify", "hold the vault against the library; fetches nothing", "syncer verify")
    shown = verify.add_mutually_exclusive_group()
    shown.add_argument("--json", action="store_true", help="print the findings as JSON")
    shown.add_argument("--html", metavar="FILE", help="write the findings as a page to look through in a browser")
    verify.add_argument("--repair", action="store_true", help="append what is missing")
    restore = _command(
        commands, "restore", "bring back what you removed from a note", 'syncer restore "Readwise/Deep.md"'
    )
    restore.add_argument("note", metavar="NOTE", help="the note's path, in the vault or from the vault's root")
    for parser in (verify, restore):
        parser.add_argument("--accept-missing", action="store_true", help="go on although many known notes are gone")
        parser.add_argument("--accept-large", action="store_true", help="go on although the plan looks wrong")
    for parser in (undo, verify, restore):
        parser.add_argument("--wait", metavar="TIME", default="60s", help="wait so long for a sync (default: 60s)")


def _add_others(commands: Commands[Parser]) -> None:
    demo = _command(commands, "demo", "make a little vault from a built-in library; no account needed", "syncer demo")
    demo.add_argument("directory", metavar="DIR", nargs="?", default="syncer-demo", help="default: ./syncer-demo")
    export = _command(
        commands, "export", "save what Readwise answers, without the token", "syncer export --save answer.json"
    )
    export.add_argument("--save", metavar="FILE", required=True, help="the file to write; it must not be there yet")
    adopt = _command(commands, "adopt", "decide which note is a book's", 'syncer adopt 60110123 "Readwise/Deep.md"')
    adopt.add_argument("book", metavar="BOOK", type=int, help="the book's id, as a held-back change names it")
    adopt.add_argument("note", metavar="NOTE", help="the note's path, in the vault or from the vault's root")
    template = _command(commands, "template", "look at, check or start a set of templates", "syncer template new mine")
    actions = template.add_subparsers(
        prog="syncer template", dest="action", metavar="ACTION", required=True, parser_class=Parser
    )
    show = _command(actions, "show", "print a set of templates", "syncer template show readwise")
    show.add_argument("set", metavar="SET", nargs="?", help="seed, readwise or a folder (default: note.template)")
    check = _command(actions, "check", "try a set of templates with made-up books", "syncer template check mine")
    check.add_argument("set", metavar="SET", nargs="?", help="seed, readwise or a folder (default: note.template)")
    new = _command(actions, "new", "start a set of your own from a shipped one", "syncer template new mine")
    new.add_argument("folder", metavar="FOLDER", help="the folder to make; it must not hold anything yet")
    new.add_argument("--from", dest="source", choices=("seed", "readwise"), default="seed", help="default: seed")
