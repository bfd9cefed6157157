"""What in a piece of Markdown is dangerous, and what only looks like it?"""

from __future__ import annotations

import pytest

from syncer.dangers import is_a_plugin, is_dangerous_url, shown

PLUGINS = [
    *("dataview", "DataviewJS x", "{dataview}", " .tasks", "query", "button", "js-engine", "meta-bind-x", "run-python"),
    *("ad-note", "run\\-x", "data&#118;iew"),
]
LANGUAGES = ["js", "dataviews", "tasks-list", "my dataview", "data\\view", "", "button_x"]


@pytest.mark.parametrize("info", PLUGINS)
def test_a_fence_of_a_plugin_is_told_by_its_first_word(info: str) -> None:
    assert is_a_plugin(info, [])


@pytest.mark.parametrize("info", LANGUAGES)
def test_a_fence_of_any_other_language_is_harmless(info: str) -> None:
    assert not is_a_plugin(info, ["click A"])


@pytest.mark.parametrize(
    ("info", "content", "runs"),
    [
        ("mermaid", ["a", "x Click A", "b"], True),
        ("{Mermaid}", ["&#99;lick"], True),
        ("mermaid", ["a --> b", "clicked", "onclick"], False),
        ("mermaids", ["click"], False),
        ("x mermaid", ["click"], False),
    ],
)
def test_a_diagram_runs_when_something_in_it_can_be_clicked(info: str, content: list[str], runs: bool) -> None:
    assert is_a_plugin(info, content) is runs


@pytest.mark.parametrize(
    ("url", "runs"),
    [
        ("javascript:x", True),
        (" Java script:x", True),
        ("java&#115;cript:x", True),
        ("javascript\\:x", True),
        ("file:x", True),
        ("obsidian://x", True),
        ("data:text/html,x", True),
        ("data:text/plain", False),
        ("\\\\server", True),
        ("  \\\\server", True),
        ("x\\\\server", False),
        ("\\x", False),
        ("https://a", False),
        ("/javascript:x", False),
    ],
)
def test_an_address_is_seen_through_entities_escapes_case_and_blanks(url: str, runs: bool) -> None:
    assert is_dangerous_url(url) is runs


SHOWN = {
    "``= x``": "\\`\\`= x\\`\\`",
    "`$=x` `y`": "\\`$=x\\` `y`",
    "`= x": "\\`= x",
    "`a` `= x`": "`a` \\`= x\\`",
    "`= a` `= b`": "\\`= a\\` \\`= b\\`",
    "`= a\\`": "\\`= a\\`",
    "<script> `<b>`": "&lt;script> `<b>`",
    "`a <script>": "`a &lt;script>",
    "`a\nb` `<script>`": "`a\nb` `&lt;script>`",
    "<b> `<script>`": "<b> `&lt;script>`",
    "</script>": "&lt;/script>",
    "<SCRIPT>": "&lt;SCRIPT>",
    "<p>x": "&lt;p>x",
    "<P>x</div>": "&lt;P>x</div>",
    "<p><div>x</p>": "<p>&lt;div>x</p>",
    "<p><p></p>": "&lt;p><p></p>",
    "<!-- a": "&lt;!-- a",
    "--> <!-- a": "--> &lt;!-- a",
    "<!-- a --> `<script>`": "<!-- a --> `&lt;script>`",
    "<? a": "&lt;? a",
    "<![CDATA[a": "&lt;![CDATA[a",
    "<javascript:x>": "&lt;javascript:x>",
    "<a href='javascript:x'>": "&lt;a href='javascript:x'>",
    "<a href=javascript:x>y</a> <b>": "&lt;a href=javascript:x>y</a> <b>",
    "<a> <b href='file:x'> <i>": "&lt;a> &lt;b href='file:x'> <i>",
    "<a href='https://a'> <b href='file:x'>": "&lt;a href='https://a'> &lt;b href='file:x'>",
    "<a href='file:x'> <b href='https://a'>": "&lt;a href='file:x'> <b href='https://a'>",
    "<a b='file:x'> <b a='file:y'> <i a='file:z'>": "&lt;a b='file:x'> &lt;b a='file:y'> &lt;i a='file:z'>",
    "`a\n<script>`\nc": "`a\n&lt;script>`\nc",
    "<!-- `<script>`": "&lt;!-- `<script>`",
    "<!x> <script>": "<!x> &lt;script>",
    "<script> `<script>`": "&lt;script> `<script>`",
    "<b> <https://a> `<script>`": "<b> <https://a> `&lt;script>`",
    "<b> `<script>` <https://a>": "<b> `&lt;script>` <https://a>",
    "%% a %% b %%": "%% a %% b %\\%",
    "%% a %% $$ b": "%% a %% $\\$ b",
    "%%% a": "%\\%\\% a",
    "$$$$": "$\\$\\$\\$",
    "\\%% a": "\\%\\% a",
    "`a` %%": "`a` %\\%",
    "[a](<file:x>)": "[a]\\(&lt;file:x>)",
    "[a](<https://a\tb file:>)": "[a]\\(<https://a\tb file:>)",
    "[a]( file:x)": "[a]\\( file:x)",
    "[a](\\\\server)": "[a]\\(\\\\server)",
    "[a](https://x) (file://y": "[a](https://x) (file\\://y",
    "[a]: file:x\n[b]: https://x": "\\[a]: file:x\n\\[b]: https://x",
    "> - [a]: <file:x>": "> - \\[a]: &lt;file:x>",
    "\\[x](file:x)": "\\[x]\\(file:x)",
}
STAYS = [
    *("a", "\\`= x`", "` <script> `", "<scripts>", "<p>x</p>", "</p>", "<span>x", "<!-- a -->", "<? a ?>", "``a` <b``"),
    *("<![CDATA[a]]>", "<https://a> `<script>`", "%% a %%", "[a](<https://a\tb>)", "profile://y", "[a]: https://x"),
    *("<b> javascript:", "[a](<>) javascript:", "[a](\thttps://x) javascript:", "`a`` <script> `", "<!---->"),
    "`a``` <script> `",
    *(
        "a [b]: file:x",
        "<!doctype>",
        "`` ` `= x` ``",
        "`x\ny`",
        "<https://a> <http://b> `<div>`",
        "[a](https://file:x)",
    ),
]


@pytest.mark.parametrize("text", SHOWN)
def test_one_character_is_enough_to_show_what_would_run_or_swallow(text: str) -> None:
    assert shown(text) == SHOWN[text]
    assert shown(SHOWN[text]) == SHOWN[text]


@pytest.mark.parametrize("text", STAYS)
def test_what_neither_runs_nor_swallows_stays(text: str) -> None:
    assert shown(text) == text
