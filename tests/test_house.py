"""The rules of the house, held against every module, and each of them seen to find the fault that it is there for."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.house import HEAVY, LONGEST_FUNCTION, LONGEST_MODULE, OWNERS, faults, shape_faults

REPO = Path(__file__).resolve().parents[1]
SYNCER = REPO / "syncer"
MODULES = {
    ".".join(path.relative_to(SYNCER).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(SYNCER.rglob("*.py"))
}
BESIDE = {
    path: ".".join(path.relative_to(REPO / folder).with_suffix("").parts)
    for folder in ("benchmarks", "tests")
    for path in sorted((REPO / folder).rglob("*.py"))
    if path.read_bytes()
}
SAYS = '"""Which question is answered here? This one, and no other.\n\nA sample."""\n'


@pytest.mark.parametrize("module", MODULES)
def test_a_module_keeps_to_the_rules(module: str) -> None:
    assert faults(module, MODULES[module].read_text(encoding="utf-8")) == []


def test_a_module_of_the_tests_or_benchmarks_asks_one_question() -> None:
    found = {str(path): shape_faults(module, path.read_text(encoding="utf-8")) for path, module in BESIDE.items()}
    assert {path: told for path, told in found.items() if told} == {}


@pytest.mark.parametrize(
    ("module", "source", "told"),
    [
        ("test_fetch", SAYS + "import httpx\nprint(1)", []),
        ("test_fetch", SAYS + "\n" * LONGEST_MODULE, [f"1: test_fetch has {LONGEST_MODULE + 3} lines: two questions?"]),
        ("test_fetch", '"""fetch"""', ["1: test_fetch does not say which question it answers"]),
        ("helpers", SAYS, ["1: helpers is named after no question"]),
    ],
)
def test_a_test_may_do_what_it_needs_in_a_module_of_the_right_shape(module: str, source: str, told: list[str]) -> None:
    assert shape_faults(module, source) == told


@pytest.mark.parametrize(
    ("module", "code", "told"),
    [
        ("fetch", "import httpx", "httpx is for connection alone"),
        ("fetch", "def late():\n    from rich.table import Table", "rich is for cli alone"),
        ("writer.append", "import sqlite3", "sqlite3 is for library alone"),
        ("fetch", "import requests", "requests has no owner"),
        ("fetch", "from . import plan", "a relative import"),
        ("fetch", "from importlib import import_module\nimport_module('httpx')", "an import by name"),
        ("plan", "from syncer import vault", "plan is core and imports syncer.vault"),
        ("plan", "from syncer.vault import Vault", "plan is core and imports syncer.vault"),
        ("identity.find", "import syncer.library.store", "identity is core and imports syncer.library.store"),
        ("plan", "import os", "plan is core and imports os"),
        ("plan", "from os import path", "plan is core and imports os"),
        ("plan", "import urllib.request", "plan is core and imports urllib.request"),
        ("plan", "from pathlib import Path", "plan is core and imports pathlib.Path"),
        ("plan", "import random", "plan is core and imports random"),
        ("plan", "def late():\n    import time", "plan is core and imports time"),
        ("plan", "open('note.md')", "plan is core and opens a file"),
        ("plan", "p.read_text()", "plan is core and opens a file"),
        ("plan", "now = datetime.now(UTC)", "datetime.now: the clock"),
        ("fetch", "def f(clock=time.time): ...", "time.time: the clock"),
        ("fetch", "today = date.today()", "date.today: the clock"),
        ("fetch", "print('x')", "print is for cli alone"),
        ("fetch", "sys.stderr.write('x')", "sys.stderr: print"),
        ("fetch", "input()", "input is for cli alone"),
        ("fetch", "home = os.environ['HOME']", "os.environ: the environment"),
        ("vault.read", "open(path, 'w')", "open for writing"),
        ("vault.read", "path.open('r+b')", "open for writing"),
        ("vault.read", "open(path, mode='ab')", "open for writing"),
        ("vault.read", "os.open(path, os.O_RDWR)", "os.O_RDWR: writing"),
        ("vault.read", "spot.open(os.O_APPEND)", "os.O_APPEND: writing"),
        ("vault.read", "path.write_bytes(b'')", "write_bytes: writing"),
        ("vault.read", "path.unlink()", "unlink: writing"),
        ("vault.read", "os.replace(a, b)", "os.replace: writing"),
        ("vault.read", "shutil.rmtree(a)", "shutil.rmtree: writing"),
        ("utils", "", "utils is named after no question"),
        ("fetch", "\n" * LONGEST_MODULE, "two questions?"),
        ("fetch", "def f():\n" + "    x = 1\n" * LONGEST_FUNCTION, f"f has {LONGEST_FUNCTION + 1} lines"),
    ],
)
def test_a_planted_fault_is_found(module: str, code: str, told: str) -> None:
    found = faults(module, SAYS + code)
    assert any(told in fault for fault in found), found


def test_a_module_that_does_not_say_what_it_is_for_is_found() -> None:
    assert "does not say" in faults("fetch", '"""fetch"""')[0]


@pytest.mark.parametrize(
    ("module", "code"),
    [
        ("connection", "import httpx"),
        ("plan", "import re, msgspec\nfrom syncer.model import Book\nfrom pathlib import PurePosixPath"),
        ("fetch", "from syncer.vault import Vault\nimport os\npath.open('rb')\ntext.replace('a', 'b')"),
        ("writer.append", "spot.open(os.O_RDWR | os.O_APPEND)"),
        ("cli.screen", "print(datetime.now())"),
    ],
)
def test_what_the_rules_allow_is_no_fault(module: str, code: str) -> None:
    assert faults(module, SAYS + code) == []


def test_starting_up_loads_nothing_heavy() -> None:
    code = f"import sys, syncer.cli; print(*sorted({set(HEAVY)} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_the_http_client_does_not_load_its_own_command_line() -> None:
    code = "import sys, syncer.connection; print(*sorted({'click', 'rich', 'pygments'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_every_dependency_is_used_and_every_package_is_a_dependency() -> None:
    project = tomllib.loads((REPO / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = {re.split(r"[><=;\[ ]", line)[0] for line in project["dependencies"]}
    imported_as = {"python-frontmatter": "frontmatter", "tzdata": ""}
    wanted = {imported_as.get(name, name) for name in named} - {""}
    brought_along = {"yaml", "certifi"}  # by python-frontmatter and httpx, which cannot do without them
    assert wanted == (set(OWNERS) | {"msgspec"}) - {"sqlite3", "socket"} - brought_along


def test_an_exception_from_a_rule_of_the_linter_is_for_files_that_are_there() -> None:
    exceptions = tomllib.loads((REPO / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"]["lint"]
    assert [one for one in exceptions["per-file-ignores"] if not any(REPO.glob(one))] == []


def test_the_lock_names_the_public_index_alone() -> None:
    lock = (REPO / "uv.lock").read_text(encoding="utf-8")
    hosts = set(re.findall(r'(?:registry|url) = "(\w+://[^/"]+)', lock))
    assert hosts == {"https://pypi.org", "https://files.pythonhosted.org"}
    assert lock.count("hash = ") == lock.count('url = "https://files')


def test_nothing_is_left_to_do() -> None:
    unfinished = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|NotImplementedError")
    own = Path(__file__).resolve()
    for folder in ("syncer", "tests", "benchmarks", ".ci"):
        for path in (REPO / folder).rglob("*.py"):
            if path != own:
                found = unfinished.search(path.read_text(encoding="utf-8"))
                assert found is None, f"{path.relative_to(REPO)}: {found}"
