"""Does `syncer template check` find fine what a sync can use, and nothing else?

Each set is checked, looked at by the doctor and then used by a sync; all of them must say the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from syncer.change import KEEPS_NEITHER
from syncer.template import SHIPPED
from tests.harness import Home, home
from tests.made import book, highlight, later

NOTE = "Readwise/Deep.md"
SENTENCE = "Whoever measures rainfall for forty years learns that no single summer proves anything about the next."
HALF = r"half a character (U+D800), which UTF-8 cannot hold"


@pytest.fixture
def user(tmp_path: Path) -> Iterator[Home]:
    with home(tmp_path, [book(1, "Deep", [highlight(1, text=SENTENCE)])]) as made:
        (made.folder / "mine").mkdir()
        made.configure('note.template = "mine"')
        yield made


def write(user: Home, name: str, text: str) -> None:
    (user.folder / "mine" / f"{name}.md").write_text(text, encoding="utf-8", newline="")


USELESS = [
    "",
    "{% if false %}x{% endif %}",
    "- {{ highlight_id }}",
    "{{ highlight_text | truncate(20) }}",
    "{% set text = highlight_text %}",
    "{{ highlight_text | date('Y') }}",
    "{% if is_new_page %}- {{ highlight_text }}{% endif %}",
    "{% if not is_new_page %}- {{ highlight_text }}{% endif %}",
]


@pytest.mark.parametrize("text", USELESS)
def test_a_set_by_whose_notes_no_highlight_is_known_again_is_a_mistake(user: Home, text: str) -> None:
    write(user, "highlight", text)
    ran = user.run("template", "check")
    why = "a highlight that it makes would not be recognised again by the next sync"
    what = f"{user.folder}/mine: template highlight.md: {why}"
    assert (ran.code, ran.out) == (78, "")
    assert ran.err.splitlines() == [f"syncer: {what}", f"hint: {KEEPS_NEITHER}"]
    looked = user.run("doctor", "--no-network")
    assert (looked.code, f"problem  templates  {what}\n" in looked.out) == (1, True)
    user.once(at=later(1))
    user.server.serve([book(1, "Deep", [highlight(1, text=SENTENCE), highlight(2, text=SENTENCE[::-1], at=later(3))])])
    synced = user.once(at=later(4))
    assert (synced.code, KEEPS_NEITHER in synced.err) == (74, True)


USED = [
    "- {{ highlight_text }}",
    "- [source]({{ highlight_location_url }})",
    "- {{ highlight_text | truncate(20) }} ([View Highlight]({{ highlight_location_url }}))",
    "> {{ highlight_text | upper | wordwrap(30) }} ^rw{{ highlight_id }}",
    "> {{ highlight_text | truncate(20) }} ^rw{{ highlight_id }}",
    "- {{ highlight_text | truncate(20) }} [Open](https://readwise.io/open/{{ highlight_id }})",
]


@pytest.mark.parametrize("text", USED)
def test_a_set_that_keeps_the_text_or_the_link_is_fine(user: Home, text: str) -> None:
    write(user, "highlight", text)
    link = "https://read.readwise.io/read/01j9xcy14s3nbehbhtstxnm3s1"
    user.server.serve([book(1, "Deep", [highlight(801, text=SENTENCE, url=link)])])
    assert user.run("template", "check").code == 0
    assert user.run("doctor", "--no-network").code == 0
    assert user.once(at=later(1)).code == 0
    assert user.once(at=later(2)).out == "nothing added: nothing is missing\n"


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_set_is_fine(user: Home, name: str) -> None:
    assert user.run("template", "check", name).code == 0


@pytest.mark.parametrize(
    ("text", "why"),
    [("```\n{{ highlight_text }}", "a code fence"), ("%% {{ highlight_text }}", "an Obsidian comment")],
)
def test_a_set_after_whose_notes_nothing_can_stand_is_a_mistake(user: Home, text: str, why: str) -> None:
    write(user, "highlight", text)
    ran = user.run("template", "check")
    assert ran.code == 78
    first, hint = ran.err.splitlines()
    assert why in first
    assert first.startswith(
        f"syncer: {user.folder}/mine: a later sync would hold back the note that these templates make: it ends in"
    )
    assert hint == "hint: mend the template that makes that place in the note"
    assert user.once(at=later(1)).code == 0
    user.server.serve([book(1, "Deep", [highlight(1, text=SENTENCE), highlight(2, at=later(3))])])
    assert user.once(at=later(4)).code == 74


# ---------------------------------------------------------------- what no file can hold


@pytest.mark.parametrize("part", ["highlight", "metadata", "yaml_front_matter", "updated_header"])
def test_half_a_character_is_a_mistake_that_names_the_file(user: Home, part: str) -> None:
    write(user, part, 'x{{ "\\ud800" }}')
    for command in (["template", "check"], ["once"], ["dry-run"]):
        ran = user.run(*command)
        assert (ran.code, ran.out) == (78, "")
        assert ran.err == f"syncer: {user.folder}/mine: template {part}.md: {HALF}\n"


def test_half_a_character_in_the_name_of_a_note_names_the_key(user: Home) -> None:
    user.configure("vault.file_name = '{{ title }}{{ \"\\ud800\" }}'")
    ran = user.once()
    assert (ran.code, ran.err) == (78, f"syncer: {user.config}:9: template vault.file_name: {HALF}\n")


def test_half_a_character_that_only_some_highlight_makes_holds_its_note_back(user: Home) -> None:
    write(user, "highlight", '- {{ highlight_text }}{% if highlight_note == "x" %}{{ "\\ud800" }}{% endif %}')
    user.server.serve([book(1, "Deep", [highlight(1)]), book(2, "Odd", [highlight(2, note="x")])])
    assert user.run("template", "check").code == 0
    told = f'"Readwise/Odd.md" (book 2): a template cannot render it: template highlight.md: {HALF}'
    for command in ("dry-run", "once"):
        ran = user.run(command, at=later(1))
        assert (ran.code, told in ran.err) == (74, True)
    assert user.note(NOTE).endswith(b"\n")
