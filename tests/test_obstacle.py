"""What would swallow a section, against a CommonMark parser as the oracle."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from syncer.obstacle import obstacle

HEADING = "## New highlights added October 14, 2024 at 9:56 AM"


def heading_survives(text: str) -> bool:
    """Say whether a heading after this text is a heading of the document's own level to a CommonMark parser."""
    tokens = MarkdownIt("commonmark").parse(f"{text}{HEADING}\n- a highlight\n")
    headings = [i for i, token in enumerate(tokens) if token.type == "heading_open" and token.level == 0]
    return any(tokens[i + 1].content == HEADING[3:] for i in headings)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a\n```python\nprint(1)\n", "a code fence that opens in line 2"),
        ("a\n~~~\n```\n", "a code fence that opens in line 2"),
        ("a\n````\n```\n", "a code fence that opens in line 2"),
        ("---\ntitle: x\n---\n```\n", "a code fence that opens in line 4"),
        ("a\r\n```\r\nb\r\n", "a code fence that opens in line 2"),
        ("<!-- later\ntext\n", "an HTML comment that opens in line 1"),
        ("<script>\nx\n", "an HTML block <script> that opens in line 1"),
        ("%%\nmine\n", "an Obsidian comment (%%) that opens in line 1"),
        ("$$\nx^2\n", "a formula ($$) that opens in line 1"),
        ("<<<<<<< HEAD\na\n=======\nb\n>>>>>>> other\n", "git conflict markers, from line 1 on"),
    ],
)
def test_what_would_swallow_a_section_is_named_with_its_line(text: str, reason: str) -> None:
    assert reason in (obstacle(text) or "")


@pytest.mark.parametrize(
    "text",
    [
        "a\n```\nb\n```\n",
        "- item\n  ```python\n  print(1)\n",
        "> ```\n> quoted\n",
        "1. one\n   <!-- inside the item\n",
        "a sentence with <!-- in it\n",
        "100 %% sure\n",
        "%% one line %%\n",
        "a line\n=======\nanother\n",
        ">>>>>>> quoted by a highlight\n",
        "---\nnote: ```\n---\ntext\n",
        "    ```\n",
        "``` `inline` ```\n",
        "",
    ],
)
def test_what_swallows_nothing_is_no_obstacle(text: str) -> None:
    assert obstacle(text) is None


FENCES = ["```", "~~~", "````", "  ```", "    ```", "``` a`b"]
CONTAINERS = ["- a", "- ```", "  b", "> q", "> ```", "1. n", "   c", "* s", "*", "\tt"]
OTHERS = ["", "text", "<!-- x", "x -->", "<!-- y -->", "<pre>", "b </pre>", "# h", "* * *", "---x"]
LINES = st.sampled_from([*FENCES, *CONTAINERS, *OTHERS])


@given(st.lists(LINES, max_size=9))
def test_a_commonmark_parser_agrees_about_what_swallows_the_heading(lines: list[str]) -> None:
    text = "".join(f"{line}\n" for line in lines)
    assert (obstacle(text) is None) == heading_survives(text)
