"""What does `syncer status` say of the last run by hand: what it held back or failed at, and the way out of it?"""

from __future__ import annotations

import errno
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from syncer.daemon.outcome import outcome_of
from syncer.errors import VaultError
from syncer.library import Library, Run, find_state
from syncer.status import look
from syncer.sync import once
from tests.calls import Real, Stead, call, failing
from tests.direct import Direct
from tests.harness import Home, home
from tests.made import book, highlight, later

WHERE = "Readwise/Deep.md"
MARKERS = b"<<<<<<< mine\nx\n=======\ny\n>>>>>>> theirs\n"
TWIN = "# Deep\n## Metadata\n- Author: [[Ada Lovelace]]\n- Full Title: Deep\n- URL: https://example.org/1\n\n- {}\n"


@pytest.fixture
def user(tmp_path: Path) -> Iterator[Home]:
    with home(tmp_path, [book(1, "Deep", [highlight(1)])]) as made:
        yield made


def grow(user: Home, *more: int) -> None:
    user.server.serve([book(1, "Deep", [highlight(1), *(highlight(number, at=later(4)) for number in more)])])


def said(user: Home, *, at: float = 9) -> tuple[list[str], dict[str, Any]]:
    """Return what `status` says that a person is needed for, and its JSON."""
    ran, told = user.run("status", at=later(at)), user.run("status", "--json", at=later(at))
    assert (ran.code, told.code) == (1, 1)
    return ran.out.partition("needs you")[2].splitlines(), json.loads(told.out)


def test_two_notes_that_fit_are_told_with_the_book_and_the_command_that_decides(user: Home) -> None:
    for name in "AB":
        (user.vault / f"{name}.md").write_text(TWIN.format(name), encoding="utf-8")
    assert user.once(at=later(3)).code == 74
    lines, document = said(user)
    assert lines == [
        '  held back: "A.md, B.md" (book 1): 2 notes fit equally well: "A.md" and "B.md"',
        "           hint: decide with: syncer adopt 1 NOTE",
    ]
    (held,) = document["holds"]
    assert (held["book_id"], held["hint"], held["soon"]) == (1, "decide with: syncer adopt 1 NOTE", False)
    (need,) = document["needs"]
    assert need["hint"] == held["hint"]
    (run,) = json.loads(user.run("history", "--json", at=later(9)).out)["runs"]
    assert run["ways"] == [{"book_id": 1, "hint": held["hint"]}]


def test_a_place_to_mend_is_told_with_what_is_to_be_done(user: Home) -> None:
    assert user.once(at=later(1)).code == 0
    (user.vault / WHERE).write_bytes(user.note(WHERE) + MARKERS)
    grow(user, 2)
    assert user.once(at=later(5)).code == 74
    lines, _ = said(user)
    assert "git conflict markers" in lines[0]
    assert lines[1:] == ["           hint: mend that place in the note; the next sync then goes on"]


def test_a_refused_token_is_told_with_where_to_get_another(user: Home) -> None:
    user.server.tokens = set()
    assert user.once(at=later(1)).code == 77
    lines, document = said(user)
    hint = "get one at https://readwise.io/access_token, then: syncer token set"
    assert lines == ["  the last sync failed: readwise refused the token", f"           hint: {hint}"]
    assert document["last"]["hint"] == hint
    (run,) = json.loads(user.run("history", "--json", at=later(9)).out)["runs"]
    assert (run["message"], run["hint"]) == ("readwise refused the token", hint)


def test_mistakes_in_templates_are_told_with_their_files(user: Home) -> None:
    assert user.once(at=later(1)).code == 0
    (user.folder / "mine").mkdir()
    (user.folder / "mine" / "highlight.md").write_text("- {{ highlight_txt }}", encoding="utf-8")
    (user.folder / "mine" / "metadata.md").write_text("{{ titel }}", encoding="utf-8")
    user.configure('note.template = "mine"')
    assert user.once(at=later(5)).code == 78
    lines, document = said(user)
    mine = f"{user.folder}/mine: template"
    what = (
        f"{mine} metadata.md, line 1: 'titel' is undefined; {mine} highlight.md, line 1: 'highlight_txt' is undefined"
    )
    hint = "did you mean title?; did you mean highlight_text?"
    assert lines == [f"  the last sync failed: {what}", f"           hint: {hint}"]
    assert document["last"]["exit_code"] == 78


def test_the_brake_is_told_with_how_to_go_on(user: Home) -> None:
    user.server.serve([book(number, f"Book {number}", [highlight(number)]) for number in range(1, 31)])
    assert user.once(at=later(1)).code == 0
    for note in (user.vault / "Readwise").glob("*.md"):
        note.unlink()
    assert user.once(at=later(5)).code == 74
    lines, _ = said(user)
    assert lines[-1].endswith("go on with: syncer once --accept-missing")


def test_a_note_that_could_not_be_written_is_named_with_the_cause(user: Home) -> None:
    with call("link", failing(errno.EIO)):
        assert user.once(at=later(1)).code == 74
    lines, document = said(user)
    assert lines == [
        f'  held back: "{WHERE}": could not make the note: Input/output error',
        "           hint: the next sync tries again",
    ]
    (held,) = document["holds"]
    assert held["where"] == WHERE


def test_a_note_that_was_being_edited_waits_and_needs_nobody(tmp_path: Path) -> None:
    user = Direct(tmp_path / "home")
    user.books = [book(1, "Deep", [highlight(1), highlight(2, at=later(4))])]
    user.sync(at=later(1))
    (user.vault / WHERE).write_bytes(user.text()[WHERE] + b"just typed")
    user.config = user.configured(quiet_time="1h")
    assert user.sync(at=later(5)).exit_code == 74
    found = look(user.config, state=user.state, now=later(9), timer=None)
    assert (found.needs, [held.soon for held in found.holds]) == ((), [True])


def test_a_service_tells_of_its_run_what_a_sync_by_hand_does(tmp_path: Path) -> None:
    user = Direct(tmp_path / "home")
    user.books = [book(1, "Deep", [highlight(1)]), book(2, "Slow", [highlight(2)])]
    for name in "AB":
        (user.vault / f"{name}.md").write_text(TWIN.format(name), encoding="utf-8")
    with call("link", failing(errno.EIO)):
        told = outcome_of(user.sync(at=later(1))).holds
    assert [held.book_id for held in told] == [1, 0]
    assert look(user.config, state=user.state, now=later(9), timer=None).holds == told


def test_a_run_that_an_older_version_kept_is_told_without_a_way_on(user: Home) -> None:
    assert user.once(at=later(1)).code == 0
    held = (("A.md", "it has git conflict markers"), ("B.md", "it is gone"))
    with Library.open(find_state(user.state, user.vault)) as library, library.transaction():
        library.journal.keep_run(Run(id=9, started="2024-10-14T07:00:00.000Z", exit_code=74, holds=held))
    lines, document = said(user)
    assert lines == ['  held back: "A.md": it has git conflict markers', 'needs you  held back: "B.md": it is gone']
    assert [(one["hint"], one["book_id"]) for one in document["holds"]] == [("", 0), ("", 0)]


# ---------------------------------------------------------------- a run that a bug ended


def odd_at(number: int) -> Stead:
    """Return a call that no one foresaw to end as it does, at its `number`th time."""
    made = []

    def stead(real: Real) -> Real:
        def called(*arguments: object, **options: object) -> object:
            made.append(arguments)
            if len(made) == number:
                raise ValueError("embedded null byte")
            return real(*arguments, **options)

        return called

    return stead


@pytest.mark.parametrize("number", [1, 2])
def test_a_run_that_a_bug_ended_is_one_that_failed(user: Home, number: int) -> None:
    assert user.once(at=later(1)).code == 0
    before = json.loads(user.run("status", "--json", at=later(2)).out)
    user.server.serve([book(one, f"Book {one}", [highlight(one * 10, at=later(4))]) for one in range(2, 6)])
    with call("link", odd_at(number)):
        assert user.once(at=later(5)).code == 70
    lines, document = said(user)
    assert lines == [
        "  the last sync failed: a bug in syncer; a report was written",
        "           hint: send it in: syncer doctor --report prints it",
    ]
    assert (document["last"]["exit_code"], document["success"]) == (70, before["success"])
    assert "a bug in syncer; a report was written" in user.run("history", at=later(9)).out
    assert "ValueError" in user.run("doctor", "--report", "--no-network", at=later(9)).out
    assert user.once(at=later(10)).code == 0
    assert (user.run("status", at=later(11)).code, len(list((user.vault / "Readwise").iterdir()))) == (0, 5)


def test_a_bug_before_anything_is_written_is_kept_too(user: Home) -> None:
    assert user.once(at=later(1)).code == 0
    grow(user, 2)
    with call("scandir", odd_at(1)):
        assert user.once(at=later(5)).code == 70
    lines, _ = said(user)
    assert lines[0] == "  the last sync failed: a bug in syncer; a report was written"


def test_an_error_of_the_system_that_nobody_foresaw_is_kept_with_its_words(tmp_path: Path) -> None:
    user = Direct(tmp_path / "home")
    user.books = [book(1, "Deep", [highlight(1)])]

    def stale(*_: object) -> None:
        raise OSError(errno.ESTALE, "Stale file handle", "/mnt/notes")

    with pytest.raises(VaultError) as ended:
        once(msgspec.structs.replace(user.setup(later(1)), on_step=stale))
    (need,) = look(user.config, state=user.state, now=later(9), timer=None).needs
    assert need.what == f"the last sync failed: {ended.value.message}"
    assert need.hint == ended.value.hint


def test_what_was_written_before_a_bug_is_known_and_can_be_taken_back(user: Home) -> None:
    long = [highlight(number, text="word " * 640_000) for number in (1, 2)]  # together more than one batch holds
    user.server.serve([book(number, f"Book {number}", [one]) for number, one in enumerate([*long, highlight(3)], 1)])
    with call("link", odd_at(3)):
        assert user.once(at=later(5)).code == 70
    (run,) = json.loads(user.run("history", "--json", at=later(9)).out)["runs"]
    assert (run["exit_code"], run["notes_created"], run["highlights"]) == (70, 2, 2)
    ran = user.run("undo", "--yes", at=later(9))
    assert (ran.code, ran.out.splitlines()[-2]) == (0, "2 additions of run 1 taken back")
