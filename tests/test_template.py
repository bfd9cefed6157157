"""Which templates make a note, what may they do, and how are their mistakes told?

What they are given, and what the filters make of it, is in test_template_values.py.
"""

from __future__ import annotations

import signal
import threading
from datetime import UTC
from pathlib import Path

import pytest

from syncer.cli.arguments import build_parser
from syncer.config_values import TEMPLATE_SETS
from syncer.errors import ConfigError
from syncer.note import Style, render_note, render_section
from syncer.template import PARTS, SHIPPED, load_templates, part_of
from tests.own_templates import BOOK, HIGHLIGHT, NOW, folder_of, note_with, only

SETS = Path(__file__).resolve().parents[1] / "syncer" / "templates"


def mistake(folder: Path) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        load_templates(str(folder), base=Path())
    return caught.value


# ---------------------------------------------------------------- which files


def test_a_part_that_the_folder_lacks_is_the_seeds(tmp_path: Path) -> None:
    note = note_with(folder_of(tmp_path, highlight="* {{ highlight_text }}"))
    assert note.startswith("---\nauthor: [[A. Writer]]\n")
    assert note.endswith("\n## Highlights\n* Text\n")


def test_an_empty_file_switches_its_part_off(tmp_path: Path) -> None:
    assert note_with(folder_of(tmp_path, yaml_front_matter="", metadata="")) == (
        "\n## Highlights\n- Text\n    - Tags: [[one]] [[two]] \n"
    )


@pytest.mark.parametrize(
    ("file", "part"),
    [
        ("page_title.md", "page_title"),
        ("Page Title.txt", "page_title"),
        ("HIGHLIGHTS-HEADER.jinja2", "highlights_header"),
        ("highlight.md.j2", "highlight"),
        ("highlight", "highlight"),
        ("metadata.html", "metadata"),
        ("front_matter.md", "yaml_front_matter"),
        ("yaml-front-matter.jinja", "yaml_front_matter"),
        ("highlight.py", None),
        ("notes.md", None),
    ],
)
def test_a_file_is_known_as_a_part_by_its_name(file: str, part: str | None) -> None:
    assert part_of(file) == part


def test_a_folder_without_a_template_is_an_error_that_says_what_was_looked_for(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("nothing")
    error = mistake(tmp_path)
    assert str(tmp_path) in error.message
    assert all(f"{part}.md" in error.hint for part in PARTS)


def test_a_folder_that_is_not_there_is_an_error_that_names_the_shipped_ones(tmp_path: Path) -> None:
    error = mistake(tmp_path / "missing")
    assert "missing" in error.message
    assert '"seed" or "readwise"' in error.hint


def test_two_files_for_one_part_are_an_error_that_names_both(tmp_path: Path) -> None:
    (tmp_path / "highlight.md").write_text("a")
    (tmp_path / "highlight.txt").write_text("b")
    assert "both highlight.md and highlight.txt" in mistake(tmp_path).message


def test_a_relative_folder_lies_beside_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    folder_of(tmp_path / "mine", highlight="> {{ highlight_text }}")
    assert load_templates("mine", base=tmp_path).highlight.name == "highlight.md"


def test_a_template_may_have_windows_line_ends_and_a_byte_order_mark(tmp_path: Path) -> None:
    assert only(tmp_path, "\ufeffA\r\nB\r\n") == "A\nB\n"


def test_a_template_may_include_and_import_from_its_own_folder_alone(tmp_path: Path) -> None:
    (tmp_path / "macros.md").write_text("{% macro shout(x) %}{{ x | upper }}!{% endmacro %}")
    (tmp_path / "rule.txt").write_text("***")
    assert (
        only(tmp_path, "{% import 'macros.md' as m %}{{ m.shout(title) }}{% include 'rule.txt' %}") == "A TITLE!***\n"
    )
    outside = folder_of(tmp_path, metadata="{% include '../secret' %}")
    assert "../secret" in mistake(outside).message


# ---------------------------------------------------------------- mistakes


MISTAKES = {
    "unknown variable": ("line one\n{{ titel }}", 2, "'titel'", "title"),
    "unknown filter": ("{{ title | uper }}", 1, "'uper'", "upper"),
    "syntax": ("a\nb\n{% if title %}", 3, "end of template", ""),
    "unknown tag": ("{% bogus %}", 1, "'bogus'", ""),
    "private attribute": ("{{ title.__class__.__mro__ }}", 1, "unsafe", ""),
    "private attribute by filter": ("{{ title | attr('__class__') }}", 1, "unsafe", ""),
    "changing a value": ("{{ document_tags.append('x') }}", 1, "unsafe", ""),
    "format to a private attribute": ("{{ '{0.__class__}'.format(title) }}", 1, "unsafe", ""),
    "division": ("{{ 1 / 0 }}", 1, "division", ""),
    "a file outside": ("{% include '/etc/passwd' %}", 1, "/etc/passwd", ""),
    "a long repetition": ("{{ 'a' * 1000000000 }}", 1, "too long", ""),
    "a big power": ("{{ 9 ** (9 ** 9) }}", 1, "too big", ""),
    "doubling": (
        "{% set n = namespace(x='aa') %}{% for i in range(40) %}{% set n.x = n.x + n.x %}{% endfor %}", 1, "5 MB", ""
    ),
    "a big range": ("{% for i in range(10000000) %}{% endfor %}", 1, "range", ""),
    "chance": ("{{ [1, 2] | random }}", 1, "'random'", ""),
    "latin": ("{{ lipsum() }}", 1, "'lipsum'", ""),
    "in a macro": ("{% macro m() %}\n{{ autor }}\n{% endmacro %}\n{{ m() }}", 2, "'autor'", "author"),
    "in a branch for sections": ("{% if not is_new_page %}{{ tiem }}{% endif %}", 1, "'tiem'", "time"),
}  # fmt: skip  # a table to read


@pytest.mark.parametrize(("template", "line", "what", "near"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_told_with_its_file_line_and_what(
    tmp_path: Path, template: str, line: int, what: str, near: str
) -> None:
    error = mistake(folder_of(tmp_path, metadata=template))
    assert error.message.startswith(f"{tmp_path}: template metadata.md, line {line}: ")
    assert what in error.message
    assert near in error.hint


def test_every_mistake_of_a_folder_is_told_at_once(tmp_path: Path) -> None:
    error = mistake(folder_of(tmp_path, metadata="{{ titel }}", highlight="{{ highlight_txt }}", page_title="{% if %}"))
    assert len(error.message.splitlines()) == 3
    assert "highlight_text" in error.hint


@pytest.mark.slow
def test_an_endless_template_ends(tmp_path: Path) -> None:
    if not hasattr(signal, "setitimer"):
        pytest.skip("this system has no interval timer")
    loop = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
    assert "longer than 2 s" in mistake(folder_of(tmp_path, metadata=loop)).message


def test_a_time_limit_puts_back_the_timer_that_was_there(tmp_path: Path) -> None:
    if not hasattr(signal, "setitimer"):
        pytest.skip("this system has no interval timer")
    signal.setitimer(signal.ITIMER_VIRTUAL, 500)
    note_with(folder_of(tmp_path, metadata="x"))
    assert 400 < signal.setitimer(signal.ITIMER_VIRTUAL, 0)[0] <= 501


def test_templates_work_outside_of_the_main_thread(tmp_path: Path) -> None:
    folder, found = folder_of(tmp_path, metadata="x"), []
    thread = threading.Thread(target=lambda: found.append(note_with(folder)))
    thread.start()
    thread.join()
    assert "x\n" in found[0]


def test_a_note_of_more_than_five_megabytes_is_refused(tmp_path: Path) -> None:
    folder = folder_of(
        tmp_path, highlight="{{ highlight_text }}{% for i in range(60000) %}xxxxxxxxxxxxxxxxxxxx{% endfor %}"
    )
    assert len(note_with(folder)) > 1_000_000
    with pytest.raises(ConfigError, match="5 MB"):
        note_with(folder, BOOK, *[HIGHLIGHT] * 5)


# ---------------------------------------------------------------- the shipped sets


def test_each_shipped_set_is_whole_and_can_be_named_wherever_a_set_is_named() -> None:
    there = {folder.name: sorted(file.stem for file in folder.iterdir()) for folder in SETS.iterdir()}
    assert there == {name: sorted(PARTS) for name in SHIPPED}
    assert TEMPLATE_SETS == SHIPPED
    for name in SHIPPED:
        assert build_parser().parse_args(["template", "new", "mine", "--from", name]).source == name


def test_a_part_is_made_once_and_nothing_else_is_one() -> None:
    templates = load_templates("seed", base=Path())
    assert templates.highlight is templates.highlight
    assert not hasattr(templates, "nonsense")


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_set_stands_the_trial_that_a_users_own_has_to(name: str) -> None:
    load_templates(str(SETS / name), base=Path())
    style = Style(load_templates(name, base=Path()), timezone=UTC, neutralise=True, tags=("t",), link_safe_names=False)
    assert render_note(style, BOOK, (HIGHLIGHT,), now=NOW) == note_with(SETS / name)


# ---------------------------------------------------------------- templates made for Readwise's own export


def test_a_customised_readwise_template_goes_in_unchanged(tmp_path: Path) -> None:
    folder = folder_of(
        tmp_path,
        highlights_header=(
            "{% if is_new_page %}\n### Notes from {{ date|date('Y-m-d') }}\n{% elif has_new_highlights -%}\n"
            "### More, {{ date|date('j M y') }} {{ time }}\n{% endif -%}\n"
        ),
        highlight=(
            "{% macro tags(list) %}{% for t in list %}#{{ t|replace(' ', '-')|lower }} {% endfor %}{% endmacro -%}\n"
            "> {{ highlight_text|truncate(80) }} ^rw{{ highlight_id }}\n{% raw %}{{literal}}{% endraw %}"
            " {{ tags(highlight_tags) }}"
        ),
        page_title="# {{ title }}",
        yaml_front_matter="",
        metadata="by {{ author|default('nobody') }}",
    )
    assert note_with(folder) == (
        "# A title\nby A. Writer\n\n### Notes from 2024-10-14\n> Text ^rw1\n{{literal}} #one #two \n"
    )
    style = Style(load_templates(str(folder), base=Path()), UTC, True, (), False)
    section = render_section(style, BOOK, [HIGHLIGHT], now=NOW, with_heading=True)
    assert section == "### More, 14 Oct 24 9:56 AM\n> Text ^rw1\n{{literal}} #one #two \n"
