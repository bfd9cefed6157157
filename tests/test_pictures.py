"""Do the pictures in the documents still show what the program prints? A fresh run is held against those that are kept.

`make pictures` makes them anew.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pictures import FOLDER, picture, screens, words


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Give what is on the terminals now."""
    return screens(tmp_path_factory.mktemp("screens"))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["demo", "dry-run"])
def test_a_picture_shows_what_the_program_prints(seen: dict[str, str], name: str) -> None:
    fresh = words(picture(f"syncer {name}", seen[name]))
    assert len(fresh) > 20
    assert words((FOLDER / f"{name}.svg").read_text(encoding="utf-8")) == fresh


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.svg")), ids=lambda path: path.name)
def test_a_picture_asks_nobody_for_anything(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "url(http" not in text
    assert "<script" not in text
    assert "href=" not in text
