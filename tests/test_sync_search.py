"""Is a note found wherever it lies, and whatever `vault.search` says of other places?"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.harness import home
from tests.made import START, book, highlight, later, section

pytestmark = pytest.mark.slow  # whole syncs, one after the other

NOTE = "Readwise/Deep Work.md"


@pytest.mark.parametrize("folder", ["Readwise", "{{ category }}/{{ source }}", "Reading #1/Books"])
def test_where_new_notes_are_made_is_searched_whatever_the_search_says(tmp_path: Path, folder: str) -> None:
    marks = [highlight(11)]
    settings = f'vault.search = ["Archive"]\nvault.folder = "{folder}"'
    with home(tmp_path, [book(1, "Deep Work", marks)], settings=settings) as user:
        user.once(at=START)
        (path,) = user.tree()
        shutil.rmtree(user.state)
        for hour in (3, 6):
            marks.append(highlight(10 + hour, at=later(hour)))
            user.server.serve([book(1, "Deep Work", marks)])
            user.once(at=later(hour))
        assert list(user.tree()) == [path]
        assert user.note(path).count(b"View Highlight") == 3


def test_a_known_note_is_found_when_neither_search_nor_folder_leads_to_it_any_more(tmp_path: Path) -> None:
    with home(tmp_path, [book(1, "Deep Work", [highlight(11)])]) as user:
        user.once(at=START)
        (user.vault / "Mine").mkdir()
        (user.vault / NOTE).rename(user.vault / "Mine/Deep Work.md")
        user.once(at=later(1))
        user.configure('vault.search = ["Archive"]\nvault.folder = "Reading"')
        user.server.serve([book(1, "Deep Work", [highlight(11), highlight(12, at=later(2))])])
        user.once(at=later(3))
        assert list(user.tree()) == ["Mine/Deep Work.md"]
        assert user.note("Mine/Deep Work.md").endswith(section(later(3), highlight(12)))
