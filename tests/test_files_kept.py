"""Is a file that was asked for, an export or a page, on the disk when the command says so, with its name?"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncer.writer.disk import sync_names
from tests.calls import Real, call, failing
from tests.harness import Home, home
from tests.made import book, highlight

COMMANDS = (["export", "--save"], ["dry-run", "--html"], ["verify", "--html"])


@pytest.fixture
def user(tmp_path: Path) -> Iterator[Home]:
    with home(tmp_path, [book(1, "Deep Work", [highlight(11)])]) as made:
        assert made.once().code == 0
        (tmp_path / "kept").mkdir()
        yield made


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_the_file_and_then_its_name_are_on_the_disk(user: Home, command: list[str]) -> None:
    file = user.folder / "kept" / "file"
    synced: list[tuple[bool, int, list[str]]] = []

    def noted(real: Real) -> Real:
        def made(descriptor: int) -> object:
            facts = os.fstat(descriptor)
            if facts.st_ino == file.parent.stat().st_ino:
                synced.append((True, 0, [path.name for path in file.parent.iterdir()]))
            elif stat.S_ISREG(facts.st_mode):
                synced.append((False, facts.st_size, []))
            return real(descriptor)

        return made

    with call("fsync", noted):
        assert user.run(*command, str(file)).code == 0
    assert synced[-2:] == [(False, file.stat().st_size, []), (True, 0, ["file"])]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_what_the_disk_did_not_take_is_told_and_leaves_nothing_half(user: Home, command: list[str]) -> None:
    file = user.folder / "kept" / "file"
    with call("fsync", failing(errno.EIO)):
        ran = user.run(*command, str(file))
    assert (ran.code, list(file.parent.iterdir())) == (2, [])
    assert f"{file} " in ran.err
    assert "input/output error" in ran.err.lower()


def test_a_folder_that_offers_no_sync_or_may_not_be_read_is_none_that_fails(tmp_path: Path) -> None:
    for name, number in (("fsync", errno.EINVAL), ("open", errno.EACCES)):
        with call(name, failing(number)):
            sync_names(tmp_path)
    with call("fsync", failing(errno.EIO)), pytest.raises(OSError, match="Input/output"):
        sync_names(tmp_path)
