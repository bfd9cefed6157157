"""Which lines of a text belong to a closed fence?"""

from __future__ import annotations

import pytest

from syncer.fences import Fence, Opening, closed_fences, closing_line, fence_at, opening, quote_depth

FENCES = {
    "```python\nx\n```": [Fence(0, 2, "python", 0)],
    "a\n~~~\nx\n~~~\nb\n```\n```": [Fence(1, 3, "", 0), Fence(5, 6, "", 0)],
    "````\n```\n````": [Fence(0, 2, "", 0)],
    "```\n````": [Fence(0, 1, "", 0)],
    "```\n~~~": [],
    "```\nx": [],
    "``\n``": [],
    "```\nx ```": [],
    "```\n~~~\n```": [Fence(0, 2, "", 0)],
    "~~~\n```\n~~~": [Fence(0, 2, "", 0)],
    "x\n> ```\n> y\n> ```\nz": [Fence(1, 3, "", 1)],
    "```a`b\n```": [],
    "~~~a`b\n~~~": [Fence(0, 1, "a`b", 0)],
    "```\n``` x": [],
    "- ```\n```": [],
    "> ```\n> x\n> ```": [Fence(0, 2, "", 1)],
    "> > ```\n>> x\n> > ```": [Fence(0, 2, "", 2)],
    "> ```\nx\n> ```": [],
    "> ```\n```": [],
    "```\n> ```": [],
    "```\n> x\n```": [Fence(0, 2, "", 0)],
    ">  ```\n> ```": [],
    "> ```\n>  ```": [],
    "  ```\n\t```": [Fence(0, 1, "", 0)],
    "```a\n```\n```b\n```": [Fence(0, 1, "a", 0), Fence(2, 3, "b", 0)],
}


@pytest.mark.parametrize("text", FENCES)
def test_closed_fences_are_found_one_after_the_other(text: str) -> None:
    assert list(closed_fences(text.split("\n"))) == FENCES[text]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("```js x", Opening(0, "```", "js x", "")),
        ("> - 1. ~~~~", Opening(7, "~~~~", "", "> - 1. ")),
        ("a ```", None),
        ("-```", None),
        ("``", None),
    ],
)
def test_a_line_may_open_a_fence_inside_quotes_and_lists(line: str, found: Opening | None) -> None:
    assert opening(line) == found


def test_a_fence_that_is_too_long_counts_as_never_closed() -> None:
    lines = ["```", *["x"] * 398, "```", "```"]
    assert closing_line(lines, 0, "```") == 399
    assert fence_at(lines, 0) == Fence(0, 399, "", 0)
    assert closing_line(["```", "x", *lines[1:-1]], 0, "```") is None


def test_a_line_closes_a_fence_with_nothing_before_its_mark_and_no_shorter_one() -> None:
    assert [closing_line(["~~~~", line], 0, "~~~~") for line in ("> ~~~~ ", "~~~~~", "~~~", "````", "x ~~~~")] == [
        *(1, 1, None, None, None),
    ]


def test_the_depth_of_a_line_is_how_many_quotes_begin_it() -> None:
    assert [quote_depth(line) for line in ("a > b", "> a", " >\t> a", "")] == [0, 1, 2, 0]
