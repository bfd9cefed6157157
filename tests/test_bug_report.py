"""What does a user see when the program itself is wrong, or is not there as a whole?

The program is a copy of the real one, of which one file is broken.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[1]


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """Return a copy of the package."""
    copy = tmp_path / "program" / "syncer"
    shutil.copytree(REPO / "syncer", copy, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


def run(program: Path, home: Path, *, modules: str = "") -> subprocess.CompletedProcess[str]:
    """Run `syncer history` of this copy, over a state that is not there yet."""
    home.mkdir()
    (home / "vault").mkdir()
    (home / "config.toml").write_text(f'vault.path = "{home / "vault"}"\n', encoding="utf-8")
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "XDG_STATE_HOME": str(home),
        "PYTHONPATH": os.pathsep.join(filter(None, (str(program.parent), modules))),
    }
    command = [sys.executable, "-m", "syncer", "--config", "config.toml", "history"]
    return subprocess.run(command, cwd=home, env=env, capture_output=True, text=True, timeout=60)


def break_(file: Path, *, error: str = 'KeyError("what a note says")') -> None:
    file.write_text(f'"""Broken."""\nraise {error}\n', encoding="utf-8")


def test_a_bug_is_told_with_a_report_that_quotes_nothing(program: Path, tmp_path: Path) -> None:
    break_(program / "cli" / "look_back_commands.py")
    ran = run(program, tmp_path / "home")
    assert (ran.returncode, ran.stdout) == (70, "")
    assert ran.stderr.startswith(
        "syncer: this is a bug in syncer (KeyError); your notes are as they were or complete\n"
    )
    (report,) = (tmp_path / "home" / "syncer").glob("bug-*.txt")
    assert str(report) in ran.stderr
    written = report.read_text(encoding="utf-8")
    assert "syncer/cli/look_back_commands.py:2 in <module>" in written
    assert "what a note says" not in written + ran.stderr


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        ("", "cannot import name 'look_back_commands' from"),
        ('KeyError("what a note says")', "KeyError"),
        ('OSError(5, "Input/output error")', "input/output error"),
    ],
)
def test_a_program_that_is_not_whole_says_so(program: Path, tmp_path: Path, error: str, cause: str) -> None:
    if error:
        break_(program / "cli" / "look_back_commands.py", error=error)
    else:
        (program / "cli" / "look_back_commands.py").unlink()
    (program / "cli" / "bug_report.py").unlink()
    ran = run(program, tmp_path / "home")
    assert (ran.returncode, ran.stdout) == (70, "")
    told, hint = ran.stderr.splitlines()
    assert told.startswith(f"syncer: the program in {program} cannot be loaded: {cause}")
    assert hint == "hint: is it installed whole, and may its files be read? install it again"


def test_a_folder_of_modules_that_cannot_be_looked_into_is_named(program: Path, tmp_path: Path) -> None:
    (program / "cli" / "look_back_commands.py").unlink()
    (program / "cli" / "bug_report.py").unlink()
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    told, _ = run(program, tmp_path / "home", modules=str(loop)).stderr.splitlines()
    assert told.endswith(f"({loop}: too many levels of symbolic links)")
