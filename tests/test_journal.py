"""What does the journal keep of the batch under way, of runs, and of what each run added?"""

from __future__ import annotations

from pathlib import Path

from syncer.library import Library, Run
from syncer.library.journal import Recorded
from syncer.model import BookId, Fingerprint, Part
from syncer.writer import Intent
from tests.kept import NOTE, library, path
from tests.made import addition

__all__ = ["library", "path"]


def test_an_intent_is_kept_until_it_is_decided(library: Library, path: Path) -> None:
    intent = Intent(kind="append", path=NOTE, temp="", before=Fingerprint(10, "00"), data=b"\xff\x00bytes")
    recorded = Recorded(intent, 3, (Part(BookId(1), "A", ()),), "## New")
    with library.transaction():
        first, second = library.journal.intend([recorded, recorded])
    with Library.view(path) as other:
        assert other.journal.intents() == [(first, recorded), (second, recorded)]
    with library.transaction():
        library.journal.drop_intents([first])
    assert library.journal.intents() == [(second, recorded)]


def test_the_last_addition_to_a_note_is_the_newest_runs(library: Library) -> None:
    with library.transaction():
        for run in (2, 10, 9):
            library.journal.keep_addition(addition(run, NOTE))
        library.journal.keep_addition(addition(11, "Other.md"))
    last = library.journal.last_addition(NOTE)
    assert last is not None
    assert last.run == 10
    assert [one.run for one in library.journal.additions(9)] == [9]
    with library.transaction():
        library.journal.drop_addition(last)
    assert library.journal.last_addition(NOTE) == addition(9, NOTE)


def test_old_runs_are_forgotten_with_what_they_added(library: Library) -> None:
    with library.transaction():
        for number, started in enumerate(("2024-08-01T00:00:00.000Z", "2024-10-01T00:00:00.000Z"), 1):
            library.journal.keep_run(Run(id=number, started=started))
            library.journal.keep_addition(addition(number, NOTE))
        library.journal.forget_before("2024-09-01T00:00:00.000Z")
    assert [run.id for run in library.journal.runs(newest=9)] == [2]
    assert list(library.journal.additions(1)) == []
    assert library.journal.next_run() == 3
