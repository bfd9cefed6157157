"""What can be typed is a function; what is typed wrongly is answered in one line, with the nearest command."""

from __future__ import annotations

import argparse

import pytest

from syncer.cli.arguments import Commands, build_parser
from syncer.cli.commands import function_of


def commands_of(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    (commands,) = (action for action in parser._actions if isinstance(action, Commands))
    return dict(commands.choices)


def test_each_command_that_can_be_typed_is_a_function_that_is_named_after_it() -> None:
    typed = list(commands_of(build_parser()))
    found = [function_of(argparse.Namespace(command=command)).__name__.replace("_", "-") for command in typed]
    assert found == typed


def test_a_poll_of_the_service_is_another_function_than_a_sync_by_hand() -> None:
    once = argparse.Namespace(command="once", from_service=True)
    assert function_of(once).__name__ == "poll"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("onse", "syncer: there is no command 'onse'; did you mean 'once'?\nhint: syncer --help\n"),
        ("dryrun --stat", "syncer: there is no command 'dryrun'; did you mean 'dry-run'?\nhint: syncer --help\n"),
        ("token sett", "syncer: there is no command 'sett'; did you mean 'set'?\nhint: syncer token --help\n"),
        ("zzz", "syncer: there is no command 'zzz'\nhint: syncer --help\n"),
        ("once now", "syncer: there is one argument too many\nhint: syncer --help\n"),
    ],
)
def test_a_word_that_is_no_command_is_answered_with_the_nearest(
    typed: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        build_parser().parse_args(typed.split())
    assert end.value.code == 2
    assert capsys.readouterr().err == said
