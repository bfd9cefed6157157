"""Are the small faults of `make mutants` the ones that it says, and do they get into the running program?"""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutants.faults import faults_of

ROOT = Path(__file__).resolve().parents[1]
FAULTS = {
    "return a < 3": ["a < 3 → a <= 3", "a < 3 → a >= 3", "3 → 4", "3 → 2", "return a < 3 → return None"],
    "return a and b": ["a and b → a or b", "a and b → b", "a and b → a", "return a and b → return None"],
    "return not a": ["not a → a", "return not a → return None"],
    "return any(a)": ["any(a) → all(a)", "return any(a) → return None"],
    "return a[b:]": ["a[b:] → a[:]", "a[b:] → a[b + 1:]", "return a[b:] → return None"],
    "return [c for c in a if c]": [
        "[c for c in a if c] → [c for c in a]",
        "return [c for c in a if c] → return None",
    ],
    "a.append('x')": ["'x' → ''", "a.append('x') → pass"],
    "a += 1": ["1 → 2", "1 → 0", "a += 1 → pass"],
    "if a: b()": ["if a: b() → if not a: b()", "b() → pass"],
    "for c in a: continue": ["continue → pass", "continue → break"],
    "return a if b else None": ["a if b else None → a if not b else None", "return a if b else None → return None"],
    "return False": ["False → True"],
    '"""What it does."""': [],
    "import os": [],
    "x: str | None": [],
}


@pytest.mark.parametrize("line", FAULTS)
def test_a_line_has_these_faults(line: str) -> None:
    tree = ast.parse(f"def f(a, b=1):\n    {line}\n")
    assert [f"{fault.before} → {fault.after}" for fault in faults_of(tree)] == FAULTS[line]
    assert {(fault.line, fault.function) for fault in faults_of(tree)} <= {(2, "f")}


def test_what_only_another_system_runs_has_no_faults() -> None:
    source = "if sys.platform == 'nowhere':\n    A = 1\nelse:\n    B = 2\nC = 3 if os.name == 'nowhere' else 4\n"
    assert [fault.before for fault in faults_of(ast.parse(source))] == ["2", "2"]


def test_methods_are_named_by_their_class_and_constants_by_nothing() -> None:
    method = "    def m(self):\n        def inner():\n            return 3\n        return inner\n"
    source = f"A = 1\nclass K:\n    x = 2\n{method}"
    found = [(fault.function, fault.before) for fault in faults_of(ast.parse(source))]
    assert found == [("", "1"), ("", "1"), *[("K.m", "3")] * 2, ("K.m", "return 3"), ("K.m", "return inner")]


PLANTED = """
import sys
from pathlib import Path
import syncer.identity.similar
from syncer.identity.similar import likeness
from tests.mutants.planting import modules_of_core
(module,) = modules_of_core(Path(sys.argv[1]), ("identity/similar.py",))
before = likeness("abc", "abc"), syncer.identity.similar._SHORT
module.plant(next(fault for fault in module.faults if fault.before == "return 100.0"))
module.plant(next(fault for fault in module.faults if (fault.before, fault.after) == ("8", "9")))
print(before, (likeness("abc", "abc"), syncer.identity.similar._SHORT))
"""


def test_a_planted_fault_is_in_the_running_program() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PLANTED, str(ROOT)], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout == "(100.0, 8) (None, 9)\n"
