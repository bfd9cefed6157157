"""Does nothing from a web page run or swallow in a note, and is everything else left alone?

A CommonMark parser is the oracle: what follows a text has the same blocks whatever the text is, and nothing in
the parsed note is a plug-in's fence, an inline query, an element that runs, or a link that runs something.
"""

from __future__ import annotations

import html
import json
import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from syncer.block import lines_of
from syncer.dangers import is_a_plugin
from syncer.neutralise import neutralise
from tests.hostile import TEXTS

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus" / "books.jsonl"

PIECES = [
    *"`~<>%$=[]()!-_*#&;:/\\\n \t'\"abx",
    *(
        "```",
        "~~~",
        "````",
        "\n```\n",
        "\n~~~\n",
        "```js\n",
        "\n> ",
        "\n- ",
        "\n1. ",
        "> ```\n",
        "dataviewjs",
        "%%",
        "$$",
    ),
    *(
        "<script>",
        "</script>",
        "<div>",
        "</div>",
        "<!--",
        "-->",
        "<a href='",
        "`= ",
        "`$=",
        "](",
        "javascript:",
        "file:",
    ),
    *(
        "obsidian://",
        "<%",
        "%>",
        "&#106;",
        "&colon;",
        "<?",
        "?>",
        "\n---\n",
        "\n===\n",
        "- -",
        "    ",
        "x",
        "\n[x]: ",
        "<br>",
    ),
]
hostile_text = st.one_of(st.lists(st.sampled_from(PIECES), max_size=24).map("".join), st.text(max_size=60))


def parser() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"maxNesting": 120}).enable("table")
    markdown.validateLink = lambda url: True  # type: ignore[method-assign]  # see every link, also those it would refuse
    return markdown


PARSER = parser()


def item(text: str) -> str:
    """Return a highlight as the stock template writes it."""
    return f"- {lines_of(text, indent='  ', safe=True, before_link=True)} ([View Highlight](https://example.com/h))\n"


def item_with_note(note: str) -> str:
    return f"- A text.\n    - Note: {lines_of(note, indent='      ', safe=True, inline=True)}\n"


FOLLOWS = (
    "- What follows. ([View Highlight](https://example.com/f))\n    - Note: one\n## New highlights added\n- last\n"
)


def blocks(tokens: list[Token]) -> list[tuple[object, ...]]:
    return [(token.type, token.tag, token.level, token.content, token.info) for token in tokens]


def blocks_of_what_follows(before: str) -> list[tuple[object, ...]]:
    count = len(PARSER.parse(f"## Highlights\n- x\n{FOLLOWS}")) - len(PARSER.parse("## Highlights\n- x\n")) + 1
    return blocks(PARSER.parse(f"## Highlights\n{before}{FOLLOWS}"))[-count:]


def all_tokens(markdown: str) -> list[Token]:
    tokens = PARSER.parse(markdown)
    return tokens + [child for token in tokens for child in token.children or []]


RUNS = re.compile(r"(?i)</?(script|style|iframe|webview|embed|object|link|meta)(?=[\s/>]|\Z)")
BAD_ADDRESS = re.compile(r"(?i)(javascript|file|obsidian):|data:text/html")


def dangers_in(markdown: str) -> list[str]:
    """Return what would run in a note, as a CommonMark parser sees it."""
    found = ["<%"] if "<%" in markdown else []
    for token in all_tokens(markdown):
        if token.type == "fence" and is_a_plugin(token.info, token.content.split("\n")):
            found.append(token.info)
        if token.type == "code_inline" and re.match(r"\s*\$?=", token.content):
            found.append(token.content)
        if token.type in {"html_block", "html_inline"}:
            found += RUNS.findall(token.content)
            values = re.findall(r"=\s*[\"']?([^>]*)", token.content)
            found += [value for value in values if bad_address(value)]
        address = token.attrGet("href") or token.attrGet("src")
        if isinstance(address, str) and bad_address(address):
            found.append(address)
    return found


def bad_address(address: str) -> bool:
    squeezed = "".join(html.unescape(address).split())
    return bool(BAD_ADDRESS.match(squeezed)) or address.lstrip().startswith("\\\\")


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: repr(text[:30]))
def test_what_follows_a_hostile_text_has_the_same_blocks_as_without_it(text: str) -> None:
    assert blocks_of_what_follows(item(text)) == blocks_of_what_follows("- x\n")
    assert blocks_of_what_follows(item_with_note(text)) == blocks_of_what_follows("- x\n")


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: repr(text[:30]))
def test_nothing_in_a_hostile_text_runs(text: str) -> None:
    assert dangers_in(item(text) + item_with_note(text)) == []


@given(hostile_text)
@example("```\n<script>\n``` ")
@example("1. ```\n<script>\n```")
@example("<div>\n```\n<script>\n```")
@example("a ` b\n` <script>")
@example("- -")
def test_no_text_leaves_its_block_and_none_runs(text: str) -> None:
    plain = blocks_of_what_follows("- x\n")
    assert blocks_of_what_follows(item(text)) == plain
    assert blocks_of_what_follows(item_with_note(text)) == plain
    assert dangers_in(item(text)) == []
    assert dangers_in(item_with_note(text)) == []


@given(hostile_text)
@example("[\n[x]: javascript:")
def test_doing_it_twice_is_doing_it_once(text: str) -> None:
    once = neutralise(text)
    assert neutralise(once) == once
    inline = neutralise(text, first_line_is_inline=True)
    assert neutralise(inline, first_line_is_inline=True) == inline


@given(hostile_text)
def test_no_character_is_deleted_but_controls(text: str) -> None:
    """Taking the backslashes and entities out again gives the text that came in."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in lines if not is_control(char))
    bare = neutralise(text).replace("&lt;", "<").replace("\\", "")
    assert bare == kept.replace("&lt;", "<").replace("\\", "")


def is_control(char: str) -> bool:
    return (char < " " and char not in "\t\n") or "\x7f" <= char <= "\x9f"


HARMLESS = [
    "Plain words.",
    "A [link](https://example.com) and an image ![](https://example.com/a.png)",
    "**bold**, `code`, ==mark==, [[wiki]], #tag, ^block",
    "> quote\n> [!note] callout",
    "```python\n    print('<script>')\n```",
    "> ```js\n> closed\n> ```",
    "````js\n```\n  <b>\n````",
    "* * *\n# heading\n---",
    "`<script>` and `%%` in code",
    '<video controls><source src="https://example.com/a.mp4"></video>',
    "%% a closed comment %% and $$x^2$$",
    "<!-- a closed comment -->",
    "<div>closed</div> and 3 < 4 > 2",
    "file: a word, javascript: another, profile://x",
    "C:\\path and 100% sure",
    "click me\n```mermaid\nA\n```\nclick",
    "```mermaid click\nA\n```",
    "x" * 5000,
]


@pytest.mark.parametrize("text", HARMLESS, ids=lambda text: repr(text[:30]))
def test_a_harmless_text_stays_byte_for_byte(text: str) -> None:
    assert neutralise(text) == text


SHOWN = {
    "```dataviewjs\nx\n```": "\\`\\`\\`dataviewjs\nx\n\\`\\`\\`",
    "```dataviewjs\nx\n```\n```js\n  y\n```": "\\`\\`\\`dataviewjs\nx\n\\`\\`\\`\n```js\n  y\n```",
    "> ```tasks\n> x\n> ```": "> \\`\\`\\`tasks\n> x\n> \\`\\`\\`",
    "~~~js\nnever closed": "\\~\\~\\~js\nnever closed",
    "`= this.x`": "\\`= this.x\\`",
    "`$= dv.x`": "\\`$= dv.x\\`",
    "<% tp %>": "<\\% tp %>",
    "<script>": "&lt;script>",
    "[x](javascript:y)": "[x]\\(javascript:y)",
    "<javascript:y>": "&lt;javascript:y>",
    "[x]: file:y": "\\[x]: file:y",
    "go to obsidian://open": "go to obsidian\\://open",
    "100 %% sure": "100 %\\% sure",
    "$$ open": "$\\$ open",
    "<!-- open": "&lt;!-- open",
    "<div>open": "&lt;div>open",
    "a\x00b\x07\tc\x9d": "ab\tc",
    "a\ud800b": "a\ufffdb",
    "- -": "\\- -",
    "  - -": "  \\- -",
    "- -\n- -": "\\- -\n- -",
    "`= x`\n- -": "\\`= x\\`\n- -",
    "a\r\nb\rc": "a\nb\nc",
    "see file://x": "see file\\://x",
    "a <b\n```js\nx\n```": "a <b\n\\`\\`\\`js\nx\n\\`\\`\\`",
    "a <b\nplain\n```js\n<script>\n```": "a <b\nplain\n\\`\\`\\`js\n&lt;script>\n\\`\\`\\`",
    "```mermaid\nclick A\n```": "\\`\\`\\`mermaid\nclick A\n\\`\\`\\`",
    "```dataview\nx\n```\n```\nz\n```": "\\`\\`\\`dataview\nx\n\\`\\`\\`\n```\nz\n```",
}
BEHIND_OTHER_WORDS = {
    "a `= x`\nb": "a \\`= x\\`\nb",
    "a <b\n```js\nx\n```": "a <b\n\\`\\`\\`js\nx\n\\`\\`\\`",
    "~~~ a": "~~~ a",
    "x\n~~~ a": "x\n\\~\\~\\~ a",
    "- -": "- -",
}


@pytest.mark.parametrize(("text", "shown"), SHOWN.items(), ids=lambda text: repr(text[:30]))
def test_what_is_dangerous_is_shown_by_a_backslash_or_an_entity(text: str, shown: str) -> None:
    assert neutralise(text) == shown


@pytest.mark.parametrize(("text", "shown"), BEHIND_OTHER_WORDS.items(), ids=lambda text: repr(text[:30]))
def test_behind_other_words_no_fence_and_no_list_begins(text: str, shown: str) -> None:
    assert neutralise(text, first_line_is_inline=True) == shown


def kind_of_change(before: str, after: str) -> str:
    if after == "".join(char for char in before if not is_control(char)):
        return "a control character"
    return (
        "three or more $ in a row" if before == after.replace("$\\$", "$$").replace("$\\$", "$$") else "something else"
    )


def test_real_highlights_are_changed_as_good_as_never_and_each_change_is_explained() -> None:
    if not CORPUS.exists():
        pytest.skip(f"needs the collection of real notes beside the repository ({CORPUS})")
    books = [json.loads(line)["book"] for line in CORPUS.read_text(encoding="utf-8").splitlines()]
    texts = [highlight["text"] for book in books for highlight in book["highlights"]]
    changes = Counter(kind_of_change(text, shown) for text in texts if (shown := neutralise(text)) != text)
    print(f"{len(texts)} highlights, changed: {dict(changes)}")
    assert len(texts) > 2000
    assert set(changes) <= {"a control character", "three or more $ in a row"}
    assert changes.total() <= len(texts) // 200
