"""Can anything of the data become markup, style or script on the page, and does each row say what a person must see?

What a browser makes of the page is test_page_browser.py's.
"""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.page import Entry, page
from syncer.page_entries import PLAN_FILTERS, readable
from tests.harness import Home, home
from tests.hostile import NAMES
from tests.made import START, book, highlight, later

pytestmark = pytest.mark.slow  # whole syncs, one after the other

FENCE = b"```\nopen\n"
HOSTILE = st.one_of(
    st.text(), st.sampled_from(["</script><script>alert(1)</script>", "<!--<script>", "\u2028", "&lt;"])
)


class Elements(HTMLParser):
    """Every element of a page with its attributes, and the text of each script."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.found and self.found[-1][0] == "script" and self.cdata_elem:
            self.scripts.append(data)


def elements(made: bytes) -> Elements:
    """Return a page's elements."""
    found = Elements()
    found.feed(made.decode())
    return found


def data_of(made: bytes) -> dict[str, list[dict[str, object]]]:
    """Return what the page holds for its script."""
    text = made.decode().partition('<script type="application/json" id="data">')[2].partition("</script>")[0]
    return dict(json.loads(text))


def made_of(text: str) -> bytes:
    """Return a page in which everything that can hold data holds this text."""
    entry = Entry(
        path=text,
        badge="new",
        kinds=("new",),
        notices=(text,),
        facts=((text, text),),
        before=text,
        added=text,
        count=text,
    )
    return page(title=text, summary=text, remarks=[text], filters=PLAN_FILTERS, entries=[entry])


# ---------------------------------------------------------------- nothing of the data runs


@given(HOSTILE)
def test_no_text_adds_an_element_or_changes_an_attribute(text: str) -> None:
    assert elements(made_of(text)).found == elements(made_of("plain")).found


@given(HOSTILE.filter(lambda text: "\ufffd" not in text))
def test_the_script_gets_every_text_as_it_is(text: str) -> None:
    (note,) = data_of(made_of(text))["notes"]
    assert note["added"] == text


@given(HOSTILE)
def test_nothing_in_the_data_can_end_its_element(text: str) -> None:
    """A browser ends a script element at `</script` and a blank, too, which not every parser knows."""
    data = made_of(text).decode().partition('id="data">')[2].partition("</script>")[0]
    assert not set("<>&\u2028\u2029") & set(data)


def test_the_policy_allows_this_script_and_this_style_alone() -> None:
    made = made_of("<b>")
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', made.decode())
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    assert re.fullmatch(r"'sha256-[\w+/=]{44}'", rules["script-src"])
    assert re.fullmatch(r"'sha256-[\w+/=]{44}'", rules["style-src"])
    first = [tag for tag, _ in elements(made).found if tag in ("meta", "script", "style", "link")]
    assert first.index("style") > 1, "the policy stands before what it is about"


def test_the_page_names_no_address() -> None:
    assert re.findall(rb"(?:src|href|action)=|@import|url\(|https?://(?!\?)", page_without_data()) == []


def page_without_data() -> bytes:
    """Return an empty page, without the one test for an address in its script."""
    made = page(title="", summary="", remarks=[], filters=PLAN_FILTERS, entries=[])
    return made.replace(rb"/^https?:\/\//i", b"")


def test_control_characters_and_turned_writing_are_visible() -> None:
    assert readable("a\x1b[31m\u202eb\r\nc\td\x00".encode()) == "a\\x1b[31m\\u202eb\nc\td\\x00"


# ---------------------------------------------------------------- what a row says


@pytest.fixture
def user(tmp_path: Path) -> Iterator[Home]:
    """Give a home with three notes, of which one cannot be extended, and one more book."""
    old = [book(number, f"Note {number}", [highlight(number * 10)]) for number in (1, 2, 3)]
    grown = [
        book(number, f"Note {number}", [highlight(number * 10), highlight(number * 10 + 1, at=later(1))])
        for number in (1, 2, 3)
    ]
    with home(tmp_path, old) as made:
        made.once(at=START)
        note = made.vault / "Readwise/Note 3.md"
        note.write_bytes(note.read_bytes() + FENCE)
        made.server.serve([*grown, book(4, NAMES[0], [highlight(40, at=later(1))])])
        yield made


def written(user: Home, *options: str) -> dict[str, list[dict[str, object]]]:
    """Return what the page of a dry run holds."""
    file = user.folder / "plan.html"
    ran = user.run("dry-run", "--html", str(file), *options, at=later(2))
    assert (ran.code, str(file) in ran.out) == (74, True)
    return data_of(file.read_bytes())


def test_what_is_held_back_comes_first_with_its_reason(user: Home) -> None:
    first, *rest = written(user)["notes"]
    assert (first["path"], first["kinds"]) == ("Readwise/Note 3.md", ["held"])
    assert "code fence" in str(first["notices"])
    assert [one["badge"] for one in rest] == ["more", "more", "new"]


def test_a_note_shows_its_end_and_what_would_be_added(user: Home) -> None:
    note = written(user)["notes"][1]
    assert str(note["before"]).endswith(f"([View Highlight]({highlight(10).url}))\n")
    assert "author:" not in str(note["before"]), "front matter is no end of a note"
    assert str(note["added"]).startswith("## New highlights added ")
    assert note["count"] == "+1"


def test_the_added_text_is_what_the_sync_then_adds(user: Home) -> None:
    notes = {str(one["path"]): one for one in written(user)["notes"]}
    before = user.tree()
    user.once(at=later(2))
    for path, (data, _) in user.tree().items():
        old = before[path][0] if path in before else b""
        if old != data:
            assert notes[path]["added"] == readable(data[len(old) :])


def test_a_book_recognised_by_its_words_alone_is_odd(user: Home, tmp_path: Path) -> None:
    unlinked = [highlight(90, linked=False)]
    with home(tmp_path / "second", [book(9, "By Title", unlinked, source_url="")]) as other:
        note = other.vault / "Readwise/By Title.md"
        note.parent.mkdir(parents=True)
        note.write_text("# By Title\n\n- Author: [[Ada Lovelace]]\n- Full Title: By Title\n", encoding="utf-8")
        other.run("dry-run", "--html", str(tmp_path / "odd.html"), "--accept-large", at=later(2))
        first = data_of((tmp_path / "odd.html").read_bytes())["notes"][0]
    assert first["kinds"] == ["more", "odd"]
    assert "by words alone" in str(first["notices"])


def test_only_the_notes_that_were_asked_for_are_on_the_page(user: Home) -> None:
    paths = [one["path"] for one in written(user, "--note", "note 1")["notes"]]
    assert paths == ["Readwise/Note 3.md", "Readwise/Note 1.md"]
    assert len(written(user, "--limit", "1")["notes"]) == 2


def test_a_dry_run_that_writes_a_page_writes_nothing_else(user: Home) -> None:
    before = user.everything()
    written(user)
    after = user.everything()
    assert after.pop("plan.html")
    assert after == before


def test_verify_says_what_each_note_holds(user: Home) -> None:
    user.once(at=later(2))
    note = user.vault / "Readwise/Note 1.md"
    note.write_bytes(note.read_bytes() + note.read_bytes().splitlines(keepends=True)[-1])
    file = user.folder / "found.html"
    assert user.run("verify", "--html", str(file), at=later(2)).code == 1
    notes = data_of(file.read_bytes())["notes"]
    assert [(one["path"], one["kinds"]) for one in notes[:3]] == [
        ("Readwise/Note 3.md", ["held"]),
        ("Readwise/Note 1.md", ["wrong"]),
        ("Readwise/Note 3.md", ["wrong"]),
    ]
    assert "['There twice', '1 highlight: 11']" in str(notes[1]["facts"])
    assert "['Missing', '1 highlight: 31']" in str(notes[2]["facts"])
    assert {str(one["kinds"]) for one in notes[3:]} == {"['well']"}


def test_findings_are_shown_or_mended(user: Home) -> None:
    assert user.run("verify", "--repair", "--html", str(user.folder / "found.html"), at=later(2)).code == 2


# ---------------------------------------------------------------- the file


def test_a_page_is_its_owners_alone_and_replaces_an_earlier_one(user: Home) -> None:
    written(user)
    written(user)
    assert stat.S_IMODE((user.folder / "plan.html").stat().st_mode) == 0o600


def test_no_other_file_is_ever_replaced(user: Home) -> None:
    before = user.everything()
    ran = user.run("dry-run", "--html", str(user.vault / "Readwise/Note 1.md"), at=later(2))
    assert (ran.code, "no page of syncer's" in ran.err) == (2, True)
    assert user.everything() == before


def test_a_folder_that_is_not_there_is_wrong_use(user: Home) -> None:
    ran = user.run("dry-run", "--html", str(user.folder / "none/plan.html"), at=later(2))
    assert (ran.code, "cannot be written" in ran.err) == (2, True)
