"""Does docs/ARCHITECTURE.md name what is there: every file of the program, each promise's code, and tests that exist?

`writer/append.py`                              a file of syncer/, or of tests/
`test_sync.py::test_a_second_sync_changes_…`    a test in that file of tests/
"""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

from tests import house

ROOT = Path(__file__).resolve().parents[1]
SYNCER, TESTS = ROOT / "syncer", ROOT / "tests"
DOCUMENT = (ROOT / "docs" / "ARCHITECTURE.md").read_text(encoding="utf-8")
MAP = "Which file answers which question"
RULES = "The rules that tests hold"
PROMISES = "The promises, where they are kept, where they are proven"


def section(heading: str, text: str = DOCUMENT) -> str:
    """Return what stands below a heading, up to the next one of its level."""
    return text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def words(text: str) -> list[str]:
    """Return what stands between backticks, outside of the picture."""
    return re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL))


def lost_files(text: str) -> list[str]:
    """Return the files and folders that are named and not there."""
    named = [word.partition("::")[0] for word in words(text) if re.fullmatch(r"[\w./]+(?:\.\w+(?:::\w+)?|/)", word)]
    files = [name for name in named if name.endswith((".py", ".json", ".toml", ".md", "/"))]
    return [name for name in files if not any((folder / name).exists() for folder in (SYNCER, TESTS, ROOT))]


def lost_tests(text: str) -> list[str]:
    """Return the tests that are named and not there."""
    named = [word.partition("::") for word in words(text) if "::" in word]
    return [f"{file}::{name}" for file, _, name in named if name not in _tests_of(file)]


@cache
def _tests_of(file: str) -> frozenset[str]:
    if not (TESTS / file).is_file():
        return frozenset()
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    return frozenset(one.name for one in ast.walk(tree) if isinstance(one, ast.FunctionDef))


def modules_without_a_line(text: str) -> list[str]:
    """Return the modules of the program that the map does not name."""
    every = {path.relative_to(SYNCER).as_posix() for path in SYNCER.rglob("*.py")} - {"__init__.py"}
    return sorted(every - set(words(section(MAP, text))))


def rows(heading: str) -> list[list[str]]:
    """Return the cells of the table below a heading, without its head."""
    lines = [line for line in section(heading).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def test_every_file_that_is_named_is_there() -> None:
    assert lost_files(DOCUMENT) == []


def test_every_test_that_is_named_is_there() -> None:
    assert lost_tests(DOCUMENT) == []


def test_every_module_has_its_line_in_the_map() -> None:
    assert modules_without_a_line(DOCUMENT) == []


def test_each_promise_names_the_code_that_keeps_it_and_a_test_that_proves_it() -> None:
    table = rows(PROMISES)
    assert len(table) >= 20
    for promise, code, tests in table:
        assert [one for one in words(code) if not (SYNCER / one).is_file()] == [], promise
        assert any("::" in one for one in words(tests)), promise
        assert all(word.startswith(("test_", "faults/")) for word in words(tests)), promise


def test_each_set_of_rules_that_is_named_is_one() -> None:
    named = [word for word in words(section(RULES)) if re.fullmatch(r"[A-Z_]{4,}", word)]
    assert {"CORE", "OWNERS", "WRITERS", "PRINTERS", "CLOCKS"} <= set(named)
    assert [name for name in named if not hasattr(house, name)] == []


def test_what_is_not_there_is_found() -> None:
    line = "| no byte | `writer/apend.py` | `test_sync.py::test_that_nobody_wrote` `test_snyc.py::test_x` |"
    assert lost_files(line) == ["writer/apend.py", "test_snyc.py"]
    assert lost_tests(line) == ["test_sync.py::test_that_nobody_wrote", "test_snyc.py::test_x"]
    assert "writer/append.py" in modules_without_a_line(DOCUMENT.replace("`writer/append.py`", ""))
