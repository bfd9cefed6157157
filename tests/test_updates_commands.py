"""Do the commands count, tell, verify and undo an update as they do a new highlight?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.annotated import ANNOTATED, APPEND, FIRST, NOTE, REPORT, SECOND, section
from tests.harness import Home, home
from tests.made import book, later, line
from tests.terminal import Terminal

pytestmark = pytest.mark.slow  # whole syncs, one after the other


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Home]:
    """Give a home whose note has both highlights; since then FIRST was annotated, which run 2 delivers."""
    with home(tmp_path, [book(1, "Deep Work", [FIRST, SECOND])], settings=APPEND) as made:
        assert made.once(at=later(1)).code == 0
        made.server.serve([book(1, "Deep Work", [ANNOTATED, SECOND])])
        yield made


def test_the_first_sentence_the_sum_the_history_and_the_json_count_updates(reader: Home) -> None:
    diff = reader.run("dry-run", at=later(3)).out
    assert diff.endswith("".join(f"+{one}" for one in section("12:00 PM").decode().splitlines(keepends=True)))
    assert reader.run("dry-run", "--stat", at=later(3)).out == f"M     0  {NOTE}  (1 update)\n"
    ran = reader.once("--json", at=later(3))
    (change,) = json.loads(ran.out)["changes"]
    assert (change["action"], change["highlights"], change["updates"]) == ("update", 0, 1)
    assert change["books"][0]["updates"] == [{"highlight": 11, "what": ["note"]}]
    assert reader.run("history", at=later(3)).out.splitlines()[0].endswith("1 note extended, 1 update")


def test_once_says_what_it_added(reader: Home) -> None:
    assert reader.once(at=later(3)).out == f'added 1 update to "{NOTE}"\n1 note extended, 1 update\n'


def test_verify_takes_an_updated_section_for_no_second_copy_and_finds_a_real_one(reader: Home) -> None:
    assert reader.once(at=later(3)).code == 0
    ran = reader.run("verify", at=later(3))
    assert (ran.code, ran.out) == (0, "2 highlights in 1 note, each once\n")
    path = reader.vault / NOTE
    path.write_bytes(path.read_bytes() + b"## Mine\n" + line(FIRST).encode())
    (finding,) = json.loads(reader.run("verify", "--json", at=later(3)).out)["findings"]
    assert finding["twice"] == [11]


def test_verify_and_status_count_what_was_told_and_not_written(reader: Home) -> None:
    reader.configure(REPORT)
    told = reader.once(at=later(3))
    assert f'changed at Readwise, and not written to "{NOTE}": 1 highlight (note 1)' in told.err
    assert told.out == "nothing added: nothing is missing; 1 changed at Readwise\n"
    assert "1 changed at Readwise since" in reader.run("verify", at=later(3)).out
    assert "1 change at Readwise not in the notes" in reader.run("status", at=later(3)).out
    reader.configure(APPEND)
    assert reader.once("--updates-since", "2024-10-11", "--yes", at=later(4)).code == 0
    assert reader.note(NOTE).endswith(section("1:00 PM"))
    assert "not in the notes" not in reader.run("status", at=later(4)).out


def test_what_was_told_comes_only_from_the_day_that_is_asked_for(reader: Home) -> None:
    reader.configure(REPORT)
    assert reader.once(at=later(3)).code == 0
    reader.configure(APPEND)
    before = reader.tree()
    assert reader.once("--updates-since", "2024-10-12", "--yes", at=later(4)).code == 0
    assert reader.tree() == before
    assert "+    - Note: mine" in reader.run("dry-run", "--updates-since", "2024-10-11", at=later(4)).out
    ran = reader.once("--updates-since", "2024-10-11", at=later(4))
    assert (ran.code, "say --yes" in ran.err) == (2, True)
    assert reader.once("--updates-since", "yesterday", "--yes", at=later(4)).code == 2
    assert reader.tree() == before


@pytest.mark.slow
def test_a_person_is_asked_with_the_number_and_may_say_no(reader: Home) -> None:
    reader.configure(REPORT)
    assert reader.once(at=later(3)).code == 0
    reader.configure(APPEND)
    before = reader.tree()
    arguments = ["--config", str(reader.config), "once", "--updates-since", "2024-10-11"]
    with Terminal(arguments, env=reader.env, folder=reader.folder) as one:
        one.answers("add 1 update since 2024-10-11 00:00 to 1 note? [y/N]", "n")
        assert one.end() == 0
    assert reader.tree() == before
    with Terminal(arguments, env=reader.env, folder=reader.folder) as one:
        one.answers("[y/N]", "y")
        assert one.end() == 0
    assert b"Note: mine" in reader.note(NOTE)


def test_undo_takes_an_update_out_and_no_later_sync_brings_it_again(reader: Home) -> None:
    before = reader.note(NOTE)
    assert reader.once(at=later(3)).code == 0
    assert reader.run("undo", "--yes", at=later(3)).code == 0
    assert reader.note(NOTE) == before
    assert reader.once(at=later(4)).code == 0
    assert reader.note(NOTE) == before
    assert reader.run("verify", at=later(4)).out == "2 highlights in 1 note, each once\n"


def test_undo_that_forgets_lets_the_next_sync_bring_the_update_again(reader: Home) -> None:
    before = reader.note(NOTE)
    assert reader.once(at=later(3)).code == 0
    assert reader.run("undo", "--yes", "--forget", at=later(3)).code == 0
    assert reader.once(at=later(4)).code == 0
    assert reader.note(NOTE) == before + section("1:00 PM")
