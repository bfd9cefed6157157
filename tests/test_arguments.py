"""What is typed wrongly is answered in one line, with the nearest command and the way to the help."""

from __future__ import annotations

import pytest

from syncer.cli.arguments import build_parser


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
