"""Does every title give a file name that every desktop file system takes, and no two notes one file?"""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
import regex  # type: ignore[import-untyped]  # the package has no types
from hypothesis import example, given
from hypothesis import strategies as st

from syncer.errors import ConfigError
from syncer.left_alone import is_left_alone
from syncer.model import Book, BookId, NotePath
from syncer.names import LONGEST_DECOMPOSED, LONGEST_NAME, file_name, note_path, with_id
from syncer.note import Style
from syncer.spelling import folded
from syncer.template import PathTemplates, load_path_templates, load_templates
from tests.hostile import NAMES, hostile_books

NOW = datetime(2024, 10, 14, 7, 56, tzinfo=UTC)
DEVICES = {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"} | {
    f"{kind}{n}" for kind in ("COM", "LPT") for n in "0123456789¹²³"
}

titles = st.one_of(
    st.sampled_from(NAMES),
    st.text(max_size=80),
    st.lists(
        st.sampled_from([*"aé漢각ᄀ.:/ \u200d\u0301\ufe0f🏽👩🇩🇪", "CON", "\u0390", "\u200b", "👩‍👩‍👧"]), max_size=150
    ).map("".join),
)


@cache
def style(*, link_safe: bool = False) -> Style:
    templates = load_templates("seed", base=Path())
    return Style(templates=templates, timezone=UTC, neutralise=True, tags=(), link_safe_names=link_safe)


@cache
def paths(folder: str, name: str) -> PathTemplates:
    return load_path_templates(folder, name)


def path_of(book: Book, folder: str = "Readwise", name: str = "{{ title }}") -> NotePath:
    return note_path(paths(folder, name), style(), book, now=NOW)


def named(title: str, **fields: str) -> Book:
    return Book(id=BookId(7), title=title, **fields)  # type: ignore[arg-type]  # only fields that are text


def invisible(name: str) -> list[str]:
    """Return the control, direction and zero-width characters of a name, but for joiners inside an emoji."""
    joined = regex.sub(r"(?<=[\p{So}\ufe0f\U0001f3fb-\U0001f3ff↔↕])\u200d(?=[\p{So}↔↕])", "", name)
    return [char for char in joined if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"}]


def check_name(name: str) -> None:
    full = f"{name} (9223372036854775807).md"
    assert name
    assert len(name.encode()) <= LONGEST_NAME
    assert len(full.encode()) <= 255
    assert len(unicodedata.normalize("NFD", full).encode("utf-16-le")) // 2 <= 255
    assert name == unicodedata.normalize("NFC", name)
    assert not set(name) & set('<>:"/\\|?*')
    assert invisible(name) == []
    assert name[0] not in ". "
    assert name[-1] not in ". "
    assert name.partition(".")[0].strip().upper() not in DEVICES
    assert not any(map(is_left_alone, (f"{name}.md", full, f"{name}/a.md")))


@given(titles, st.booleans())
@example("a" * 199 + "👍🏽", False)
@example("con .txt", False)
@example("e\u200b\u0301", False)
@example("x (conflicted copy", False)
@example("x" * 191 + "[conflictual", False)
def test_every_title_gives_a_name_that_every_system_takes(title: str, link_safe: bool) -> None:
    name = file_name(title, link_safe=link_safe)
    check_name(name)
    assert not (link_safe and set(name) & set("#^[]"))


@given(titles)
def test_a_name_of_a_name_is_that_name(title: str) -> None:
    name = file_name(title, link_safe=False)
    assert file_name(name, link_safe=False) == name


SEEN = [
    "a",
    "é",
    "漢",
    "각",
    "ᄀ",
    "ᅡ",
    "ᆨ",
    "👩‍👩‍👧",
    "👍🏽",
    "🏳️‍🌈",
    "❤️‍🔥",
    "🇩🇪",
    "🇫",
    "q̄̂",
    "नि",
    "กำ",
    "ก",
    "ൎക",
    "각",
    "ﾞ",
    "1️⃣",
    "क्ष",
    "ക്ക",
]
long_titles = st.lists(st.sampled_from(SEEN), min_size=30, max_size=220).map("".join)


@given(long_titles)
def test_a_long_name_is_cut_where_a_reader_sees_two_characters_meet(title: str) -> None:
    kept = ""
    for seen in regex.findall(r"\X", unicodedata.normalize("NFC", title)):
        units = len(unicodedata.normalize("NFD", kept + seen).encode("utf-16-le")) // 2
        if len((kept + seen).encode()) > LONGEST_NAME or units > LONGEST_DECOMPOSED:
            break
        kept += seen
    assert file_name(title, link_safe=False) == kept


def test_a_letter_under_more_marks_than_fit_is_cut_inside() -> None:
    check_name(file_name("a" + "\u0301" * 400, link_safe=False))


NAMED = {
    "State of AI Report - 2024": "State of AI Report - 2024",
    "What is this: a <test>?": "What is this a test",
    "a / b": "a  b",
    "line\nend": "lineend",
    "...hidden. ": "hidden",
    "C# [in] 50% ^x": "C# [in] 50% ^x",
    "CON": "CON_",
    "nul.tar.gz": "nul_.tar.gz",
    "console": "console",
    "The Ukraine-conflict-2022": "The Ukraine-conflict-2022",
    "Notes-conflict-20241014-0956": "Notes-con_flict-20241014-0956",
    "Notes (conflicted copy 2024-10-14)": "Notes (con_flicted copy 2024-10-14)",
    "a.syncthing.b": "a.sync_thing.b",
    "Full Document Contents": "Full_ Document Contents",
    "A conflict, and how it ended": "A conflict, and how it ended",
    "": "Untitled",
    "???": "Untitled",
    "zero\u200bwidth\u202e": "zerowidth",
    "👩\u200d🚀 a\u200db": "👩\u200d🚀 ab",
    "e\u0301": "é",
    "漢" * 100: "漢" * 66,
    "x" * 198 + "👍🏽": "x" * 198,
    "x" * 196 + "ᄀᄀ": "x" * 196,
    "x" * 195 + "🇩🇪": "x" * 195,
    "x" * 191 + "🇩🇪🇫🇷": "x" * 191 + "🇩🇪",
    "x" * 199 + "q\u0304": "x" * 199,
    "x" * 197 + "ൎക": "x" * 197,
    "x" * 194 + "क्ष": "x" * 194,
    "x" * 190 + "👩\u200d🚀": "x" * 190,
}


@pytest.mark.parametrize(("title", "name"), NAMED.items(), ids=lambda text: repr(text[:30]))
def test_a_title_is_named_by_the_rule(title: str, name: str) -> None:
    assert file_name(title, link_safe=False) == name


def test_link_safe_names_lack_the_marks_that_break_a_link() -> None:
    assert file_name("C# [in] 50% ^x", link_safe=True) == "C in 50% x"


@pytest.mark.parametrize(("one", "other"), [("Straße", "STRASSE"), ("É", "e\u0301"), ("Same", "SAME"), ("ﬁx", "FIX")])
def test_names_that_some_systems_take_for_one_are_folded_to_one(one: str, other: str) -> None:
    assert folded(one) == folded(other)


def test_different_books_never_share_a_file_once_ids_tell_them_apart() -> None:
    books = hostile_books()
    taken: dict[str, int] = {}
    for book in books:
        path = path_of(book)
        if folded(path) in taken:
            path = with_id(path, book.id)
        assert folded(path) not in taken
        taken[folded(path)] = book.id
        check_name(path.rpartition("/")[2].removesuffix(".md").removesuffix(f" ({book.id})"))
    assert len(taken) == len(books)


def test_an_id_goes_before_the_ending() -> None:
    assert with_id(NotePath("Readwise/A.md.md"), 42) == "Readwise/A.md (42).md"


@given(titles, titles, titles)
def test_no_folder_is_absolute_hidden_or_outside_the_vault(title: str, author: str, category: str) -> None:
    path = path_of(
        named(title, author=author, category=category),
        "/{{ author }}/../.x/{{ category }}//",
        "{{ author }} {{ title }}",
    )
    parts = path.split("/")
    assert len(parts) <= 4
    for part in parts:
        check_name(part.removesuffix(".md"))


def test_a_value_with_a_slash_makes_no_folder_of_its_own() -> None:
    book = named("T/itle", author="AC/DC", category="articles")
    assert path_of(book, "Readwise/{{ author }}") == "Readwise/ACDC/Title.md"


def test_a_path_has_its_values_as_they_are_and_not_as_front_matter_has_them() -> None:
    assert path_of(named("Ti<% t\nle"), "Of {{ title }}") == "Of Ti% tle/Ti% tle.md"


def test_a_folder_whose_value_is_missing_is_left_out() -> None:
    assert path_of(named("Title"), "Readwise/{{ author }}/{{ category }}") == "Readwise/Title.md"
    assert path_of(named("Title"), "") == "Title.md"
    assert path_of(named("Title"), ".") == "Title.md"


def test_a_wrong_path_template_names_its_key_and_the_variable() -> None:
    with pytest.raises(ConfigError, match=r"vault\.folder.*'categorie'") as caught:
        load_path_templates("Readwise/{{ categorie }}", "{{ title }}")
    assert "category" in caught.value.hint
    with pytest.raises(ConfigError, match=r"vault\.file_name"):
        load_path_templates("Readwise", "{{ title")
