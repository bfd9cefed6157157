"""What does a real browser make of the page: search, keys, dark and light, a phone, 5,000 notes, hostile texts?

SCREENSHOTS=FOLDER keeps the pictures that the tests take; without it they go with the test's own folder.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncer.page import Entry, page
from syncer.page_entries import PLAN_FILTERS, in_order, readable
from tests.browser import Browser, Keys
from tests.hostile import NAMES, TEXTS
from tests.made import highlight, line, words

pytestmark = pytest.mark.system

ACTIVE = "return document.querySelectorAll('script, style, link, meta, iframe, object, embed, img').length"
HEADING = "## New highlights added October 14, 2024 at 9:56 AM\n"
MOST_ROWS = 300
"""Rows that any one thing that a person does may leave in the list."""
ALIVE = (
    *TEXTS,
    "<img src=x onerror=\"document.title='owned'\">",
    "</script><script>document.title='owned'</script>",
    "[x](javascript:document.title='owned')",
    "![x](https://example.com/beacon.png)",
    "<svg onload=\"document.title='owned'\">",
)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Give one browser for all."""
    with Browser(tmp_path_factory.mktemp("profile")) as one:
        yield one


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Give the folder of the pictures."""
    return Path(os.environ.get("SCREENSHOTS", tmp_path))


def entries(number: int) -> list[Entry]:
    """Return rows of every kind, for this number of notes."""
    made = [Entry(path="Readwise/Held.md", badge="held", kinds=("held",), notices=("Held back: it is being edited",))]
    for one in range(1, number):
        added = HEADING + "".join(line(highlight(one * 10 + more)) for more in range(1 + one % 4))
        made.append(
            Entry(
                path=f"Readwise/{words(one, 3)} {one}.md",
                badge="more" if one % 3 else "new",
                kinds=("more" if one % 3 else "new", *(["odd"] if one == 7 else [])),
                count=f"+{1 + one % 4}",
                facts=(("Book", f"Book of {words(one, 2)}"),),
                before="## Highlights\n" + line(highlight(one * 10 + 9)),
                added=added,
            )
        )
    return in_order(made)


def opened(browser: Browser, folder: Path, rows: list[Entry]) -> None:
    """Open a page with these rows, in light and on a desk."""
    file = folder / "plan.html"
    file.write_bytes(page(title="A plan", summary="so many", remarks=["one"], filters=PLAN_FILTERS, entries=rows))
    browser.looks()
    browser.opens(file)


def chosen(browser: Browser) -> str:
    """Return the name of the chosen note, in the list and beside it."""
    name = browser.sees("[aria-selected=true] .name")
    assert name in browser.sees("main h2")
    assert browser.find("#list").get_attribute("aria-activedescendant") == browser.find(
        "[aria-selected=true]"
    ).get_attribute("id")
    return name


def test_search_and_filters_choose_the_notes(browser: Browser, tmp_path: Path) -> None:
    opened(browser, tmp_path, entries(30))
    assert browser.sees("#found") == "30 of 30 shown"
    assert chosen(browser) == "Held"
    assert [one.text for one in browser.all("#kinds label")] == [
        "All 30",
        "Held back 1",
        "Odd 1",
        "New notes 9",
        "Extended 20",
    ]
    browser.presses("/", "29")
    assert chosen(browser).endswith(" 29")
    browser.presses(Keys.ESCAPE)
    assert browser.sees("#found") == "30 of 30 shown"
    browser.all("#kinds label")[3].click()
    assert browser.sees("#found") == "9 of 30 shown"
    browser.find("#search").send_keys("no such words")
    assert (browser.sees("#found"), browser.sees("main")) == ("0 of 30 shown", "No note fits.")
    assert browser.complaints() == []


def test_what_is_added_is_searched_and_marked_both_ways(browser: Browser, tmp_path: Path) -> None:
    opened(browser, tmp_path, entries(30))
    text = highlight(150).text
    browser.find("#search").send_keys(text)
    assert chosen(browser).endswith(" 15")
    rendered, raw = browser.sees(".rendered ins"), browser.sees(".raw ins")
    assert "New highlights added October 14" in rendered
    assert "##" not in rendered
    assert raw.startswith(HEADING.strip())
    assert text in rendered
    assert text in raw
    assert highlight(159).text in browser.sees(".rendered .old")
    assert browser.find(".rendered a").get_attribute("href") == highlight(159).url


def test_the_keyboard_is_enough(browser: Browser, tmp_path: Path) -> None:
    opened(browser, tmp_path, entries(250))
    browser.presses("/", "o", Keys.ARROW_DOWN)
    first = chosen(browser)
    browser.presses(Keys.ARROW_DOWN, "j")
    third = chosen(browser)
    browser.presses("k", Keys.ARROW_UP)
    assert (chosen(browser), first == third) == (first, False)
    browser.presses(Keys.END)
    assert browser.find("[aria-selected=true]").get_attribute("aria-posinset") == browser.sees("#found").split()[0]
    browser.presses(Keys.HOME, Keys.ENTER)
    assert browser.asks("return document.activeElement.tagName") == "H2"
    browser.presses(Keys.ESCAPE)
    assert browser.asks("return document.activeElement.id") == "list"


@pytest.mark.parametrize("number", [3, 300, 5000])
def test_it_looks_right_in_light_dark_and_on_a_phone(
    browser: Browser, tmp_path: Path, pictures: Path, number: int
) -> None:
    opened(browser, tmp_path, entries(number))
    assert browser.sees("#found") == f"{number:,} of {number:,} shown"
    browser.presses(Keys.TAB, Keys.TAB, Keys.TAB, Keys.TAB, Keys.ARROW_DOWN)
    grounds = {}
    for scheme in ("light", "dark"):
        browser.looks(scheme=scheme)
        grounds[scheme] = browser.asks("return getComputedStyle(document.querySelector('main')).backgroundColor")
        browser.picture(pictures / f"page-{number}-{scheme}.png")
    assert grounds == {"light": "rgb(255, 255, 255)", "dark": "rgb(22, 25, 29)"}
    browser.looks(width=390, height=844, touch=True)
    assert not browser.find("main").is_displayed()
    browser.all("#list [role=option]")[1].click()
    assert browser.find("main").is_displayed()
    assert not browser.find("#list").is_displayed()
    assert browser.asks("return document.documentElement.scrollWidth") == 390
    browser.picture(pictures / f"page-{number}-phone.png")
    browser.find("#back").click()
    assert browser.find("#list").is_displayed()


def test_of_five_thousand_notes_only_the_rows_that_are_looked_at_are_made(browser: Browser, tmp_path: Path) -> None:
    opened(browser, tmp_path, entries(5000))
    made = browser.asks("""
        const search = document.getElementById("search"), list = document.getElementById("list"), made = [];
        const counted = (act) => { act(); made.push(list.children.length); };
        const typed = (text) => { search.value = text; search.dispatchEvent(new Event("input")); };
        const pressed = (key) => list.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
        for (const text of ["b", "ba", "bado", "bado ra", ""]) counted(() => typed(text));
        for (const key of ["ArrowDown", "PageDown", "End", "PageUp", "Home", "End"]) counted(() => pressed(key));
        counted(() => { list.scrollTop = 0; list.dispatchEvent(new Event("scroll")); });
        return made;
    """)
    assert isinstance(made, list)
    assert 0 < max(made) <= MOST_ROWS
    assert browser.find("[aria-selected=true]").get_attribute("aria-posinset") == "5000"


def test_scrolling_and_keys_reach_every_row_from_both_ends(browser: Browser, tmp_path: Path) -> None:
    opened(browser, tmp_path, entries(600))
    browser.asks("document.getElementById('list').focus()")
    for start, key, expected in ((Keys.HOME, Keys.PAGE_DOWN, "600"), (Keys.END, Keys.PAGE_UP, "1")):
        browser.presses(start, *[key] * 120)
        assert browser.find("[aria-selected=true]").get_attribute("aria-posinset") == expected
        places = browser.asks("return [...document.querySelectorAll('#list li')].map((one) => +one.ariaPosInSet)")
        assert places == list(range(1, 601))


def test_nothing_hostile_runs_or_asks_for_anything(browser: Browser, tmp_path: Path) -> None:
    rows = [
        Entry(
            path=readable(f"Readwise/{NAMES[number % len(NAMES)]}.md".encode()),
            badge="new",
            kinds=("new",),
            notices=(readable(text.encode()),),
            facts=(("Book", readable(text.encode())),),
            before=readable(text.encode()),
            added=readable(text.encode()),
        )
        for number, text in enumerate(ALIVE)
    ]
    opened(browser, tmp_path, rows)
    before = browser.asks(ACTIVE)
    shown = browser.asks("""
        const list = document.getElementById("list"), shown = [];
        const rows = JSON.parse(document.getElementById("data").textContent).notes.length;
        for (let number = 0; number < rows; number += 1) {
          shown.push(document.querySelector(".raw ins")?.textContent ?? "");
          for (const one of document.querySelectorAll(".rendered [href]")) {
            if (!/^https?:/.test(one.protocol)) throw new Error(one.href);
          }
          list.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowDown", bubbles: true }));
        }
        return shown;
    """)
    assert shown == [row.added for row in rows]
    assert browser.asks("return document.title") == "A plan"
    after = browser.asks(ACTIVE)
    assert after == before
    assert browser.asks("return performance.getEntriesByType('resource').length") == 0
    assert browser.complaints() == []


def test_a_script_that_got_into_the_page_all_the_same_would_be_refused(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "plan.html"
    made = page(title="A plan", summary="", remarks=[], filters=PLAN_FILTERS, entries=entries(3))
    evil = b"<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
    file.write_bytes(made.replace(b"<header>", b"<header>" + evil))
    browser.opens(file)
    assert browser.asks("return document.title") == "A plan"
    refused = browser.complaints()
    assert sum("Content Security Policy" in one for one in refused) >= 2, refused


def test_axe_finds_nothing_that_keeps_anybody_out(browser: Browser, tmp_path: Path) -> None:
    from axe_selenium_python import Axe

    opened(browser, tmp_path, entries(40))
    for scheme in ("light", "dark"):
        browser.looks(scheme=scheme)
        axe = Axe(browser.driver)
        axe.inject()
        found = axe.run()["violations"]
        nodes = [f"{one['id']}: {node['html']} {node['failureSummary']}" for one in found for node in one["nodes"]]
        assert nodes == []
