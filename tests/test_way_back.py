"""What was written can be listed, held against the library, and taken back; what was removed can come back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from syncer.model import Book, BookId, Highlight, HighlightId
from tests.harness import NOW, Home, home

pytestmark = pytest.mark.slow  # whole syncs, one after the other

LATER = NOW + timedelta(hours=2)
NOTE = "Readwise/Lighthouses.md"


def highlight(number: int, text: str = "", *, url: bool = True, day: int = 1) -> Highlight:
    moment = f"2024-10-{day:02}T08:00:00.000Z"
    return Highlight(
        id=HighlightId(number),
        text=text or f"Sentence number {number} says something of its own",
        location=number,
        location_type="offset",
        url=f"https://read.readwise.io/read/01jabc{number:020}" if url else "",
        created_at=moment,
        updated_at=moment,
    )


def book(*highlights: Highlight, title: str = "Lighthouses", number: int = 7) -> Book:
    return Book(id=BookId(number), title=title, author="A. Keeper", category="articles", highlights=highlights)


@pytest.fixture
def user(tmp_path: Path) -> Iterator[Home]:
    with home(tmp_path, [book(highlight(1), highlight(2))]) as made:
        assert made.once().code == 0
        made.server.serve([book(highlight(1), highlight(2), highlight(3, day=14), highlight(4, day=14))])
        yield made


def test_undo_gives_the_bytes_back_and_no_later_sync_brings_the_highlights_again(user: Home) -> None:
    before = user.note(NOTE)
    assert user.once(at=LATER).code == 0
    assert user.note(NOTE) != before
    ran = user.run("undo", "--yes", at=LATER)
    assert ran.code == 0
    assert user.note(NOTE) == before
    assert user.once(at=LATER + timedelta(hours=1)).code == 0
    assert user.note(NOTE) == before


def test_undo_that_forgets_lets_the_next_sync_bring_the_highlights_again(user: Home) -> None:
    assert user.once(at=LATER).code == 0
    after = user.note(NOTE)
    assert user.run("undo", "--yes", "--forget", at=LATER).code == 0
    assert user.once(at=LATER).code == 0
    assert user.note(NOTE) == after


def test_undo_removes_a_note_that_the_run_made_and_nobody_changed(user: Home) -> None:
    assert user.run("undo", "1", "--yes").code == 0
    assert not (user.vault / NOTE).exists()
    assert user.once(at=LATER).code == 0
    made = user.note(NOTE).decode()
    assert "number 3" in made
    assert "number 1 " not in made


def test_undo_leaves_a_note_alone_where_text_follows_and_shows_the_piece(user: Home) -> None:
    assert user.once(at=LATER).code == 0
    path = user.vault / NOTE
    path.write_bytes(path.read_bytes() + b"my own last words\n")
    before = user.tree()
    ran = user.run("undo", "--yes", at=LATER)
    assert ran.code == 74
    assert "text follows it, this piece:" in ran.out
    assert "- - Sentence number 3" in ran.out
    assert user.tree() == before


@pytest.mark.parametrize("forget", [[], ["--forget"]])
def test_undo_takes_an_addition_out_below_what_its_owner_wrote_in_a_note_that_was_moved(
    user: Home, forget: list[str]
) -> None:
    before = user.note(NOTE).replace(b"## Highlights\n", b"Mine.\n\n## Highlights\n")
    assert user.once(at=LATER).code == 0
    added = user.note(NOTE)[len(before) - len(b"Mine.\n\n") :]
    (user.vault / NOTE).unlink()
    (user.vault / "Mine.md").write_bytes(before + added)
    assert user.once(at=LATER).code == 0
    assert user.run("undo", "--yes", *forget, at=LATER).code == 0
    assert user.tree().keys() == {"Mine.md"}
    assert user.note("Mine.md") == before
    user.once(at=LATER)
    assert user.note("Mine.md") == before + (added if forget else b"")


def test_undo_leaves_a_note_alone_that_it_made_and_that_was_moved(user: Home) -> None:
    (user.vault / NOTE).rename(user.vault / "Mine.md")
    user.server.serve([book(highlight(1), highlight(2))])
    assert user.once(at=LATER).code == 0
    assert user.run("undo", "1", "--yes", at=LATER).code == 74
    assert user.tree().keys() == {"Mine.md"}


def test_undo_leaves_a_section_alone_that_was_changed(user: Home) -> None:
    assert user.once(at=LATER).code == 0
    path = user.vault / NOTE
    path.write_bytes(path.read_bytes().replace(b"Sentence number 3", b"**Sentence** number 3"))
    before = user.tree()
    ran = user.run("undo", "--yes", at=LATER)
    assert (ran.code, "it was changed since" in ran.out) == (74, True)
    assert user.tree() == before


def test_undo_asks_first_and_refuses_where_nobody_can_be_asked(user: Home) -> None:
    before = user.tree()
    ran = user.run("undo")
    assert (ran.code, "say --yes" in ran.err) == (2, True)
    assert user.tree() == before


def test_undo_of_a_run_that_added_nothing_is_wrong_use(user: Home) -> None:
    assert user.run("undo", "99", "--yes").code == 2


def test_history_names_what_each_run_wrote(user: Home) -> None:
    assert user.once(at=LATER).code == 0
    assert user.once(at=LATER).code == 0
    lines = user.run("history").out.splitlines()
    assert lines == [
        "run    2  2024-10-14 11:56  1 note extended, 2 highlights",
        "run    1  2024-10-14 09:56  1 note made, 2 highlights",
    ]
    assert [run["id"] for run in json.loads(user.run("history", "--all", "--json").out)["runs"]] == [3, 2, 1]


def verified(user: Home) -> dict[str, object]:
    ran = user.run("verify", "--json")
    finding: dict[str, object] = json.loads(ran.out)["findings"][0]
    return finding | {"code": ran.code}


def test_verify_tells_what_is_there_edited_and_removed(user: Home) -> None:
    assert user.once(at=LATER).code == 0
    path = user.vault / NOTE
    lines = path.read_text().splitlines(keepends=True)
    kept = [line for line in lines if "number 2" not in line]
    path.write_text("".join(kept).replace("Sentence number 1 says something of its own", "Words of mine"))
    found = verified(user)
    assert (found["present"], found["edited"], found["removed"], found["code"]) == (3, [1], [2], 0)


def test_verify_finds_what_stands_there_twice(user: Home) -> None:
    path = user.vault / NOTE
    line = next(one for one in path.read_text().splitlines(keepends=True) if "number 2" in one)
    path.write_text(path.read_text() + "## New highlights added October 14, 2024 at 9:57 AM\n" + line)
    found = verified(user)
    assert (found["twice"], found["code"]) == ([2], 1)


def test_verify_finds_a_second_note_that_holds_the_same(user: Home) -> None:
    """As when two machines both made the note, and one of them was renamed before it came to the other."""
    (user.vault / "Mine.md").write_bytes(user.note(NOTE))
    found = verified(user)
    assert (found["path"], found["twice"], found["others"], found["code"]) == (NOTE, [1, 2], ["Mine.md"], 1)
    assert 'also in "Mine.md"' in user.run("verify", at=LATER).out
    quoting = user.vault / "Mine.md"
    quoting.write_text("".join(one for one in quoting.read_text().splitlines(True) if "number 2" not in one))
    assert verified(user)["others"] == []


def test_verify_finds_a_text_without_a_link_that_stands_there_twice(tmp_path: Path) -> None:
    with home(tmp_path, [book(highlight(1, url=False), highlight(2, url=False))]) as user:
        user.once()
        path = user.vault / NOTE
        path.write_text(path.read_text() + "- Sentence number 2 says something of its own\n")
        found = verified(user)
    assert (found["twice"], found["code"]) == ([2], 1)


def test_verify_tells_what_changed_at_readwise_since_and_that_blanks_are_no_change(user: Home) -> None:
    noted = msgspec.structs.replace(highlight(1, day=14), note="a thought", tags=("sea",))
    blanks = msgspec.structs.replace(highlight(2, day=14), text="Sentence  number 2 says\nsomething of its own")
    user.server.serve([book(noted, blanks)])
    assert user.once(at=LATER).code == 0
    assert verified(user)["changed"] == [{"id": 1, "what": ["note", "tags"]}]


def test_verify_tells_what_was_deleted_at_readwise_since(user: Home) -> None:
    gone = msgspec.structs.replace(highlight(1, day=14), is_deleted=True)
    user.server.serve([book(gone, highlight(2))])
    before = user.tree()
    assert user.once(at=LATER).code == 0
    assert verified(user)["deleted"] == [1]
    assert user.tree() == before


def test_verify_repairs_what_is_missing(user: Home) -> None:
    before = user.note(NOTE)
    (user.state.parent / "syncer").mkdir(exist_ok=True)
    user.server.tokens = {"another"}
    assert user.once(at=LATER).code == 77
    user.server.tokens = {user.env["READWISE_TOKEN"]}
    assert user.once(at=LATER).code == 0
    assert user.run("undo", "--yes", "--forget").code == 0
    assert user.note(NOTE) == before
    assert verified(user)["missing"] == [3, 4]
    assert user.run("verify", "--repair", at=LATER).code == 0
    assert verified(user)["missing"] == []


def test_restore_brings_back_what_was_removed_from_a_note(user: Home) -> None:
    path = user.vault / NOTE
    path.write_text("".join(one for one in path.read_text().splitlines(keepends=True) if "number 2" not in one))
    user.server.serve([book(highlight(1), highlight(2))])
    assert user.once(at=LATER).code == 0
    assert b"number 2" not in user.note(NOTE)
    ran = user.run("restore", NOTE, at=LATER)
    assert ran.code == 0
    assert user.note(NOTE).count(b"number 2") == 1
    assert user.note(NOTE).endswith(b"00002))\n")


def test_restore_brings_back_a_note_that_was_deleted(user: Home) -> None:
    before = user.note(NOTE)
    (user.vault / NOTE).unlink()
    user.server.serve([book(highlight(1), highlight(2))])
    assert user.once().code == 0
    assert not (user.vault / NOTE).exists()
    assert user.run("restore", NOTE).code == 0
    assert user.note(NOTE) == before


def test_restore_of_what_is_no_books_note_is_wrong_use(user: Home) -> None:
    assert user.run("restore", "Readwise/Nothing.md").code == 2


def test_adopt_decides_which_note_is_a_books(tmp_path: Path) -> None:
    with home(tmp_path, [book(highlight(1, url=False))]) as user:
        for name in ("A/Lighthouses.md", "B/Lighthouses.md"):
            (user.vault / name).parent.mkdir()
            header = "## Metadata\n- Author: [[A. Keeper]]\n- Full Title: Lighthouses\n- Category: #articles\n"
            (user.vault / name).write_text(f"# Lighthouses\n\n{header}\n## Highlights\n- of another kind {name}\n")
        before = user.tree()
        ran = user.once()
        assert ran.code == 74
        assert '"A/Lighthouses.md" and "B/Lighthouses.md"' in ran.err
        assert "syncer adopt 7 NOTE" in ran.err
        assert user.tree() == before
        assert user.run("adopt", "7", "B/Lighthouses.md").code == 0
        assert user.once().code == 0
        assert user.note("A/Lighthouses.md") == before["A/Lighthouses.md"][0]
        assert user.note("B/Lighthouses.md").count(b"number 1") == 1


def test_adopting_another_note_for_a_book_that_has_one_fills_that_note(user: Home) -> None:
    (user.vault / "Mine.md").write_text("# Mine\n")
    assert user.run("adopt", "7", "Mine.md").code == 0
    before = user.note(NOTE)
    assert user.once(at=LATER).code == 0
    assert user.note("Mine.md").count(b"View Highlight") == 4
    assert user.note(NOTE) == before


def test_adopting_the_note_of_another_book_says_so(tmp_path: Path) -> None:
    books = [book(highlight(1)), book(highlight(2), title="Harbours", number=8)]
    with home(tmp_path, books) as user:
        assert user.once().code == 0
        ran = user.run("adopt", "8", NOTE)
        assert (ran.code, "it is also the note of 1 other book: 7" in ran.err) == (0, True)
