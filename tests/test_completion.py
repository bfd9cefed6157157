"""The completions, the man page and the help: made from the parser, complete, and in the wheel."""

from __future__ import annotations

import argparse
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

from syncer.cli.arguments import GLOBAL, build_parser
from tests.harness import Home
from tests.shell_files import FOLDER, NAMES, shell_files

REPO = Path(__file__).resolve().parents[1]
MADE_WITH = {"python": "3.11", "shtab": "1.13", "argparse-manpage": "4.8"}
"""The versions that made the files; another argparse words its usage lines otherwise."""


def every_parser(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for child in action.choices.values():
                yield from every_parser(child)


def options() -> set[str]:
    """Return every long option that the help shows."""
    actions = [action for parser in every_parser(build_parser()) for action in parser._actions]
    shown = [action for action in actions if action.help != argparse.SUPPRESS]
    return {option for action in shown for option in action.option_strings if option.startswith("--")}


def commands() -> set[str]:
    return {parser.prog.removeprefix("syncer ") for parser in every_parser(build_parser())} - {"syncer"}


def test_the_files_are_what_the_parser_makes_now() -> None:
    here = {name: metadata.version(name) for name in ("shtab", "argparse-manpage")}
    here["python"] = f"{sys.version_info.major}.{sys.version_info.minor}"
    if any(not here[name].startswith(version) for name, version in MADE_WITH.items()):
        pytest.skip(f"the files were made with {MADE_WITH}")
    for name, text in shell_files().items():
        assert (FOLDER / name).read_text(encoding="utf-8") == text, "make them anew: make generated"


@pytest.mark.parametrize("shell", NAMES)
def test_a_completion_knows_every_command_and_option(shell: str, tmp_path: Path) -> None:
    script = Home(tmp_path, []).run("completion", shell).out
    assert script == (FOLDER / NAMES[shell]).read_text(encoding="utf-8")
    for word in set(" ".join(commands()).split()):
        assert re.search(rf"\b{word}\b", script), word
    for option in options():
        found = option if shell != "fish" else option.removeprefix("--")
        assert re.search(rf"(?<![\w-]){found}(?![\w-])", script), option
    assert "from-service" not in script


@pytest.mark.parametrize("shell", NAMES)
def test_a_shell_takes_its_completion(shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"no {shell} here")
    subprocess.run([shell, "-n", FOLDER / NAMES[shell]], check=True, timeout=60)


def test_bash_completes_what_is_begun() -> None:
    if shutil.which("bash") is None:
        pytest.skip("no bash here")
    script = f"source '{FOLDER / NAMES['bash']}'; COMP_WORDS=(syncer do); COMP_CWORD=1; _shtab_syncer; echo $COMPREPLY"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "doctor\n"


def test_the_man_page_knows_every_command_option_and_exit_code() -> None:
    page = re.sub(r"\\f[A-Z]|\\(?=-)", "", (FOLDER / "syncer.1").read_text(encoding="utf-8"))
    for name in (options() - {"--help"}) | {f"syncer {command}" for command in commands()}:
        assert re.search(rf"(?<![\w-]){name}(?![\w-])", page), name
    assert ".SH EXIT STATUS" in page
    assert re.search(r"78 +the configuration is wrong", page)


def test_the_wheel_takes_the_files_along() -> None:
    wheel = tomllib.loads((REPO / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]["targets"][
        "wheel"
    ]
    assert {Path(path).name for path in wheel["shared-data"]} >= {*NAMES.values(), "syncer.1"}
    assert all((REPO / path).is_file() for path in wheel["shared-data"])


@pytest.mark.parametrize("parser", [*every_parser(build_parser())], ids=lambda parser: parser.prog)
def test_each_help_has_an_example_that_can_be_typed(parser: argparse.ArgumentParser) -> None:
    epilog = str(parser.epilog).partition("\n\n")[0]
    assert epilog.startswith(f"example: {parser.prog}"), epilog
    words = re.split(r" [|<>]", epilog.removeprefix("example: syncer "))[0]
    if " " in parser.prog and any(isinstance(action, argparse._SubParsersAction) for action in parser._actions):
        assert len(words.split()) > 1
    build_parser().parse_args(shlex.split(words))


def test_the_options_that_stand_before_the_command_are_those_of_the_program_itself() -> None:
    own = {text for action in build_parser()._actions for text in action.option_strings}
    assert own == {*GLOBAL, "-h", "--help"}


@pytest.mark.parametrize(
    ("typed", "named"),
    [
        (["export", "--save", ""], "--save"),
        (["dry-run", "--html", ""], "--html"),
        (["dry-run", "--load="], "--load"),
        (["adopt", "1", ""], "NOTE"),
        (["restore", ""], "NOTE"),
        (["template", "new", ""], "FOLDER"),
        (["init", "--folder", ""], "--folder"),
        (["demo", ""], "DIR"),
        (["--config", "", "status"], "--config"),
    ],
)
def test_an_argument_with_nothing_in_it_is_wrong_use(typed: list[str], named: str, tmp_path: Path) -> None:
    ran = Home(tmp_path, []).run(*typed)
    assert (ran.code, ran.err.splitlines()[0]) == (2, f"syncer: argument {named}: must not be empty")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.toml", "vault"]


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (["onec"], "there is no command 'onec'; did you mean 'once'?"),
        (["doctr"], "did you mean 'doctor'?"),
        (["token", "stats"], "did you mean 'status'?"),
        (["completion", "bsh"], "did you mean 'bash'?"),
        (["once", "--wiat"], "there is no option '--wiat'; did you mean '--wait'?"),
        (["xyzzy"], "there is no command 'xyzzy'\n"),
        (["once", "--wai", "5s"], "there is no option '--wai'; did you mean '--wait'?"),
        (["token", "set", "tok-0123"], "there is one argument too many"),
        (["token", "set", "-tok-0123"], "there is one argument too many"),
        (["token", "set", "--token=tok-0123"], "there is no option '--token'\nhint: syncer token set --help"),
        (["once", "--config", "x"], "the option '--config' stands before the command: syncer --config … once"),
        (["token", "set", "-q"], "the option '-q' stands before the command: syncer -q … token set"),
        (["once", "--vebose"], "there is no option '--vebose'; did you mean '--verbose', before the command?"),
        (["once", "--acc"], "did you mean '--accept-missing' or '--accept-large'?\nhint: syncer once --help"),
        (["--stat", "dry-run"], "the option '--stat' stands after its command\n"),
        (["--verbos", "status"], "there is no option '--verbos'; did you mean '--verbose'?"),
    ],
)
def test_a_slip_of_the_finger_is_answered_with_what_was_meant(typed: list[str], told: str, tmp_path: Path) -> None:
    ran = Home(tmp_path, []).run(*typed)
    assert ran.code == 2
    assert told in ran.err
    assert "hint: " in ran.err
    assert "tok-0123" not in ran.err
