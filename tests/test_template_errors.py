"""What does a mistake in a template say, to the last word?"""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from syncer.errors import ConfigError
from syncer.template import load_path_templates, load_templates, of_allowed_size, part_of, template_texts
from tests.calls import call, failing
from tests.harness import home
from tests.made import book, highlight

FILES = "yaml_front_matter.md, page_title.md, metadata.md, highlights_header.md, highlight.md, updated_header.md"


def error_of(folder: Path, choice: str | None = None) -> tuple[str, str]:
    with pytest.raises(ConfigError) as raised:
        load_templates(choice or str(folder), base=folder)
    return raised.value.message.replace(str(folder), "FOLDER"), raised.value.hint


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("{{ titel }}", "line 1: 'titel' is undefined", "did you mean title?"),
        ("a\n{{ title | lowwer }}", "line 2: no filter named 'lowwer'", "did you mean lower?"),
        ("a\n\n{% if %}", "line 3: expected an expression, got 'end of statement block'", ""),
        ("a\n{{ 1 / 0 }}", "line 2: division by zero", ""),
        ("{% include 'gone.md' %}", "line 1: gone.md", ""),
    ],
)
def test_a_mistake_names_file_line_and_what(tmp_path: Path, text: str, message: str, hint: str) -> None:
    (tmp_path / "metadata.md").write_text(text, encoding="utf-8")
    assert error_of(tmp_path) == (f"FOLDER: template metadata.md, {message}", hint)


def test_a_mistake_in_an_included_file_names_that_file(tmp_path: Path) -> None:
    (tmp_path / "metadata.md").write_text("a\n{% include 'more.md' %}", encoding="utf-8")
    (tmp_path / "more.md").write_text("b\nc\n{{ titel }}", encoding="utf-8")
    assert error_of(tmp_path)[0] == "FOLDER: template more.md, line 3: 'titel' is undefined"
    (tmp_path / "more.md").write_text("b\n{% if %}", encoding="utf-8")
    assert error_of(tmp_path)[0].startswith("FOLDER: template more.md, line 2: expected")


def test_a_variable_that_is_like_none_is_told_with_all_that_there_are(tmp_path: Path) -> None:
    (tmp_path / "metadata.md").write_text("{{ zzzzzzzzz }}", encoding="utf-8")
    hint = error_of(tmp_path)[1]
    assert hint.startswith("known are ")
    assert "highlight_text, " in hint


def test_all_mistakes_are_told_in_one_message(tmp_path: Path) -> None:
    (tmp_path / "metadata.md").write_text("{{ titel }}", encoding="utf-8")
    (tmp_path / "highlight.md").write_text("{{ highlight_txt }}{{ titel }}", encoding="utf-8")
    assert error_of(tmp_path) == (
        (
            "FOLDER: template metadata.md, line 1: 'titel' is undefined\n"
            "FOLDER: template highlight.md, line 1: 'highlight_txt' is undefined"
        ),
        "did you mean title?; did you mean highlight_text?",
    )


def test_a_folder_that_cannot_be_used_says_why(tmp_path: Path) -> None:
    gone = str(tmp_path / "gone")
    assert error_of(tmp_path, gone) == (
        "note.template: there is no folder FOLDER/gone",
        'name a folder, or use "seed" or "readwise"',
    )
    assert error_of(tmp_path) == ("note.template: FOLDER has no template", f"it may have any of {FILES}")
    (tmp_path / "metadata.md").write_bytes(b"ab\xff")
    assert error_of(tmp_path) == ("note.template: FOLDER/metadata.md: not UTF-8 at byte 2", "save it as UTF-8")
    (tmp_path / "metadata.md").write_bytes(b"x" * 1_000_001)
    assert error_of(tmp_path) == (
        "note.template: FOLDER/metadata.md: longer than 1 MB",
        "a template has a few lines: is it the right file?",
    )
    (tmp_path / "metadata.md").write_bytes(b"x" * 1_000_000)
    load_templates(str(tmp_path), base=tmp_path)
    (tmp_path / "Metadata.j2").touch()
    assert error_of(tmp_path) == (
        "note.template: FOLDER: both Metadata.j2 and metadata.md are the metadata part",
        "keep one of them there",
    )


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads every file")
def test_a_file_that_may_not_be_read_says_so(tmp_path: Path) -> None:
    (tmp_path / "metadata.md").touch(0o000)
    assert error_of(tmp_path) == (
        "note.template: FOLDER/metadata.md: Permission denied",
        "look at the file's permissions",
    )


def test_what_is_hidden_or_no_text_is_no_part_of_a_set(tmp_path: Path) -> None:
    for name in (".metadata.md", "metadata.png", "highlight.md"):
        (tmp_path / name).write_text("x", encoding="utf-8")
    (tmp_path / "page_title.md").mkdir()
    (tmp_path / "README").write_text("x", encoding="utf-8")
    assert sorted(template_texts(str(tmp_path), base=Path("/"))) == ["README", "highlight.md"]
    assert sorted(template_texts("seed", base=tmp_path)) == sorted(FILES.split(", "))


def test_a_mistake_in_the_template_of_a_path_names_its_key() -> None:
    with pytest.raises(ConfigError) as raised:
        load_path_templates("{{ titel }}", "{% if %}")
    first, second = raised.value.message.splitlines()
    assert first == "configuration: template vault.folder, line 1: 'titel' is undefined"
    assert second.startswith("configuration: template vault.file_name, line 1: ")
    assert raised.value.hint == "did you mean title?"


def test_a_mistake_in_the_template_of_a_path_names_the_line_of_the_configuration(tmp_path: Path) -> None:
    settings = 'updates.mode = "append"\nvault.folder = "{{ titel }}"\nvault.file_name = "{% if %}"'
    with home(tmp_path, []) as user:
        user.configure(settings)
        told = user.once()
    first, second = told.err.splitlines()[:2]
    assert told.code == 78
    assert first == f"syncer: {user.config}:10: template vault.folder, line 1: 'titel' is undefined"
    assert second.startswith(f"syncer: {user.config}:11: template vault.file_name, line 1: ")


def test_a_template_of_a_path_that_one_book_breaks_names_the_configuration(tmp_path: Path) -> None:
    template = "{{ title }}{% if title == 'Deep Work' %}{{ 1 / 0 }}{% endif %}"
    with home(tmp_path, [book(1, "Deep Work", [highlight(11)])], settings=f'vault.file_name = "{template}"') as user:
        told = user.once()
    where = f"{user.config}: template vault.file_name, line 1"
    assert (told.code, told.err.splitlines()[0]) == (78, f"syncer: {where}: division by zero")


def test_a_note_of_exactly_five_megabytes_is_allowed() -> None:
    assert len(of_allowed_size("x" * 5_000_000)) == 5_000_000
    with pytest.raises(ConfigError) as raised:
        of_allowed_size("x" * 5_000_001)
    assert raised.value.message == "the templates made a note of more than 5 MB"
    assert raised.value.hint == "try them with: syncer template check"


@pytest.mark.parametrize(
    ("file", "part"),
    [
        ("highlight", "highlight"),
        ("Page Title.txt", "page_title"),
        ("page-title.md.j2", "page_title"),
        ("front matter.md", "yaml_front_matter"),
        ("yaml.jinja", "yaml_front_matter"),
        ("FrontMatter.md", "yaml_front_matter"),
        (" highlight .MD", "highlight"),
        ("highlight.md.png", None),
        ("highlight.png", None),
        ("highlights.md", None),
        ("my_highlight.md", None),
    ],
)
def test_a_file_is_a_part_by_its_whole_name(file: str, part: str | None) -> None:
    assert part_of(file) == part


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="a file whose reading fails for root too is Linux's")
def test_a_file_that_the_system_does_not_read_says_so(tmp_path: Path) -> None:
    (tmp_path / "metadata.md").symlink_to("/proc/self/mem")
    assert error_of(tmp_path) == (
        "note.template: FOLDER/metadata.md: Input/output error",
        "look at the file's permissions",
    )


def test_a_folder_that_cannot_be_listed_says_so(tmp_path: Path) -> None:
    with call("listdir", failing(errno.EACCES)), call("scandir", failing(errno.EACCES)):
        assert error_of(tmp_path) == ("note.template: FOLDER: Permission denied", "name a folder that can be read")
