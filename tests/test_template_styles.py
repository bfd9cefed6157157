"""Ways in which people have their highlights rendered: each is written once, and recognised ever after."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from syncer.model import Book, Highlight
from tests.harness import NOW, home
from tests.made import book, highlight

LATER = NOW + timedelta(hours=2)
LINK = "{% if highlight_location_url %} ([{{ highlight_location }}]({{ highlight_location_url }})){% endif %}"
NOTE = "{% if highlight_note %}\n    - Note: {{ highlight_note }}{% endif %}"

STYLES: dict[str, tuple[dict[str, str], str]] = {
    "callouts": (
        {"highlight.md": f"> [!quote]+ {{{{ highlight_location }}}}\n> {{{{ highlight_text }}}}{LINK}{NOTE}\n\n"},
        "> [!quote]+ View Highlight\n> The lamp is trimmed at dusk ([View Highlight](",
    ),
    "a heading with the id": (
        {"highlight.md": f"### id{{{{ highlight_id }}}}\n{{{{ highlight_text }}}}{LINK}{NOTE}\n"},
        "### id9000001\nThe lamp is trimmed at dusk ([View Highlight](",
    ),
    "a block id": (
        {"highlight.md": f"- {{{{ highlight_text }}}}{LINK} ^rw{{{{ highlight_id }}}}{NOTE}"},
        ") ^rw9000001",
    ),
    "a macro for tags": (
        {
            "highlight.md": "{% macro hashes(names) %}{% for name in names %} #{{ name|replace(' ', '-') }}{% endfor %}"
            f"{{% endmacro %}}- {{{{ highlight_text }}}}{LINK}{{{{ hashes(highlight_tags) }}}}{NOTE}"
        },
        ") #night-watch #sea",
    ),
    "raw text beside variables": (
        {"highlight.md": f"- {{{{ highlight_text }}}}{LINK}{{% raw %}} {{{{not mine}}}}{{% endraw %}}{NOTE}"},
        " {{not mine}}",
    ),
    "built-in filters": (
        {
            "page_title.md": "# {{ title|upper|truncate(8, true, '…', 0) }}",
            "highlight.md": f"- {{{{ highlight_text|trim }}}}{LINK} {{{{ category|capitalize }}}}{NOTE}",
        },
        "# LIGHTHO…",
    ),
    "flash cards": (
        {"highlight.md": f"{{{{ highlight_text }}}}{LINK}\n?\n{{{{ highlight_note or 'say more' }}}}\n"},
        ")\n?\nsay more",
    ),
    "quotes": (
        {"highlight.md": f"> {{{{ highlight_text }}}}{LINK}{NOTE}\n"},
        "> The lamp is trimmed at dusk ([View Highlight](",
    ),
    "stars with the day": (
        {"highlight.md": f"* {{{{ highlight_text }}}} ({{{{ highlight_date|date('Y-m-d') }}}}){LINK}{NOTE}"},
        "* The lamp is trimmed at dusk (2024-10-01) ([View Highlight](",
    ),
    "inline fields": (
        {
            "metadata.md": "author:: [[{{ author }}]]\ntitle:: {{ full_title }}\nurl:: {{ source_url }}",
            "highlight.md": f"- {{{{ highlight_text }}}} [place:: {{{{ highlight_id }}}}]{LINK}{NOTE}",
        },
        "title:: Lighthouses",
    ),
    "the link on a line of its own": (
        {
            "highlights_header.md": "## {% if is_new_page %}Notes{% else %}Added {{ date|date('y.m.d') }}{% endif %}\n",
            "highlight.md": "{{ highlight_text }}\n[{{ highlight_location }}]({{ highlight_location_url }})\n",
        },
        "\n[View Highlight](https://read.readwise.io/read/",
    ),
}


def account(*numbers: int) -> Book:
    texts = {
        1: "The lamp is trimmed at dusk",
        2: "Fog comes\n\nfrom the sea in three kinds",
        3: "Write the log by hand",
    }
    return book(7, "Lighthouses", [linked(number, texts[number]) for number in numbers])


def linked(number: int, text: str) -> Highlight:
    moment = f"2024-10-{1 if number < 3 else 14:02}T07:00:00.000Z"
    return msgspec.structs.replace(
        highlight(9_000_000 + number),
        text=text,
        location=number,
        location_type="offset",
        url=f"https://read.readwise.io/read/01jstyle{number:018}",
        tags=("night watch", "sea") if number == 1 else (),
        note="see the second chapter" if number == 2 else "",
        highlighted_at=moment,
        created_at=moment,
        updated_at=moment,
    )


@pytest.mark.slow
@pytest.mark.parametrize("style", STYLES)
def test_a_style_is_written_as_its_templates_say_and_recognised_ever_after(style: str, tmp_path: Path) -> None:
    templates, expected = STYLES[style]
    (tmp_path / "mine").mkdir()
    for name, text in templates.items():
        (tmp_path / "mine" / name).write_text(text, encoding="utf-8")
    with home(tmp_path, [account(1, 2)], settings='note.template = "mine"') as user:
        assert user.once().code == 0
        (path,) = user.tree()
        first = user.note(path)
        assert expected in first.decode()
        shutil.rmtree(user.state)
        assert user.once().code == 0
        assert user.note(path) == first
        user.server.serve([account(1, 2, 3)])
        ran = user.once(at=LATER)
        assert (ran.code, ran.err) == (0, "")
        after = user.note(path)
        assert after.startswith(first)
        assert after[len(first) :].decode().count("Write the log by hand") == 1
        shutil.rmtree(user.state)
        assert user.once(at=LATER).code == 0
        assert user.note(path) == after
