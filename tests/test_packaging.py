"""What is in the wheel and in the source distribution, and does it work where nothing else is?

The installations are real ones, by `uv tool install` and `pipx install`, into empty folders; what is then run are the
README's own words.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Mapping
from email.parser import Parser
from pathlib import Path

import pytest

from syncer import __version__
from syncer.export_file import read_export
from tests import apart
from tests.conftest import REAL_HOME

ROOT = Path(__file__).resolve().parents[1]
KINDS = {".py", ".md", ".json", ".toml", ".html", ".css", ".js", ".service", ".timer", ".plist", ".1", ".bash", ".fish"}
NAMES = {"py.typed", "_syncer", "syncer", "METADATA", "WHEEL", "RECORD", "LICENSE", "entry_points.txt"}
OUTSIDE = dict(os.environ)
"""The environment before the sandbox: package tools need its certificates and proxies."""
NOT_FROM_OUTSIDE = ("PYTHON", "VIRTUAL_ENV", "XDG_", "SYNCER", "READWISE", "DBUS")
LONGEST = 300.0
"""Seconds that one step of an installation may take; usually it is a few."""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with a wheel and a source distribution of this checkout."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def wheel(built: Path) -> Path:
    """Give the wheel."""
    (found,) = built.glob("*.whl")
    return found


@pytest.mark.slow
def test_the_wheel_holds_what_the_program_needs_and_nothing_else(wheel: Path) -> None:
    files = {name for name in zipfile.ZipFile(wheel).namelist() if not name.endswith("/")}
    needed = {
        *(str(path.relative_to(ROOT)) for path in (ROOT / "syncer").rglob("*.py")),
        *(str(path.relative_to(ROOT)) for path in (ROOT / "syncer/templates").rglob("*.md")),
        *(f"syncer/page_assets/page.{kind}" for kind in ("html", "css", "js")),
        *(f"syncer/service/systemd/{path.name}" for path in (ROOT / "systemd").iterdir()),
        *(f"syncer/service/launchd/{path.name}" for path in (ROOT / "launchd").iterdir()),
        "syncer/config.example.toml",
        "syncer/demo_library.json",
        "syncer/output.schema.json",
        "syncer/py.typed",
        *(f"syncer/shell/{name}" for name in ("syncer.1", "syncer.bash", "_syncer", "syncer.fish")),
        f"syncer-{__version__}.data/data/share/man/man1/syncer.1",
        f"syncer-{__version__}.data/data/share/bash-completion/completions/syncer",
        f"syncer-{__version__}.data/data/share/zsh/site-functions/_syncer",
        f"syncer-{__version__}.data/data/share/fish/vendor_completions.d/syncer.fish",
    }
    assert needed - files == set()
    odd = {name for name in files if Path(name).suffix not in KINDS and Path(name).name not in NAMES}
    assert odd == set()
    assert {name.partition("/")[0] for name in files} == {
        "syncer",
        f"syncer-{__version__}.data",
        f"syncer-{__version__}.dist-info",
    }


@pytest.mark.slow
def test_the_wheel_says_what_it_is(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as file:
        text = file.read(f"syncer-{__version__}.dist-info/METADATA").decode()
    about = Parser().parsestr(text)
    assert (about["Name"], about["Version"], about["Requires-Python"]) == ("syncer", __version__, ">=3.11")
    assert about["License-Expression"] == "MIT"
    assert {f"Programming Language :: Python :: 3.{minor}" for minor in (11, 12, 13, 14)} <= set(
        about.get_all("Classifier", [])
    )


@pytest.mark.slow
def test_the_source_distribution_can_be_tested_and_built_anew(built: Path) -> None:
    (found,) = built.glob("*.tar.gz")
    with tarfile.open(found) as file:
        names = {name.partition("/")[2] for name in file.getnames()}
    for needed in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE", "Makefile", "uv.lock", "pyproject.toml"):
        assert needed in names
    for needed in (".ci/make_environment", "docs/format.md", "tests/harness.py", "systemd/syncer-hardened.service"):
        assert needed in names
    assert not [name for name in names if "__pycache__" in name or name.startswith((".git/", ".venv/"))]


# ---------------------------------------------------------------- in an empty environment


@pytest.mark.system
@pytest.mark.timeout(600)
@pytest.mark.parametrize("tool", ["uv", "pipx"])
def test_what_the_readme_says_works_where_nothing_else_is(tool: str, wheel: Path, tmp_path: Path) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert re.search(r"^pipx install \.$", readme, re.MULTILINE)
    env = empty_environment(tmp_path)
    module = [sys.executable, "-m", tool]
    command = [*module, "tool", "install"] if tool == "uv" else [*module, "install"]
    if ran(
        [*command, "--python", sys.executable, str(wheel)], env | {"PYTHONPATH": str(apart.FOLDER)}, tmp_path, code=None
    ):
        if os.environ.get("CI") == "true":
            pytest.fail(f"{tool} could not install the wheel")
        pytest.skip(f"{tool} could not install the wheel: is there a package index?")
    assert said(["syncer", "--version"], env, tmp_path) == f"syncer {__version__}\n"
    assert "The vault is finished: syncer-demo" in said(["syncer", "demo"], env, tmp_path)
    assert "complete" in said(["syncer", "completion", "bash"], env, tmp_path)
    library = tmp_path / "library.json"
    library.write_bytes((ROOT / "syncer" / "demo_library.json").read_bytes())
    assert sum(len(page.books) for page in read_export(library)) == 5
    config = tmp_path / "config.toml"
    config.write_text('vault.path = "syncer-demo"\n', encoding="utf-8")
    env["SYNCER_CONFIG"] = str(config)
    page = ["syncer", "dry-run", "--load", str(library), "--html", "plan.html"]
    assert "open it in a browser" in said(page, env, tmp_path)
    assert b"</html>" in (tmp_path / "plan.html").read_bytes()


def empty_environment(folder: Path) -> dict[str, str]:
    """Return an environment in which nothing is installed, but for what package tools have in their caches."""
    caches = {"UV_CACHE_DIR": REAL_HOME / ".cache/uv", "PIP_CACHE_DIR": REAL_HOME / ".cache/pip"}
    return {
        **{name: value for name, value in OUTSIDE.items() if not name.startswith(NOT_FROM_OUTSIDE)},
        **{name: OUTSIDE.get(name, str(path)) for name, path in caches.items()},
        "PATH": f"{folder / 'bin'}:/usr/bin:/bin",
        "HOME": str(folder),
        "UV_TOOL_DIR": str(folder / "tools"),
        "UV_TOOL_BIN_DIR": str(folder / "bin"),
        "PIPX_HOME": str(folder / "tools"),
        "PIPX_BIN_DIR": str(folder / "bin"),
        "PIPX_MAN_DIR": str(folder / "man"),
    }


def ran(command: list[str], env: Mapping[str, str], folder: Path, *, code: int | None) -> int:
    """Run a command, and return its exit code."""
    done = subprocess.run(
        command, cwd=folder, env=dict(env), capture_output=True, text=True, check=False, timeout=LONGEST
    )
    assert code is None or done.returncode == code, done.stdout + done.stderr
    return done.returncode


def said(command: list[str], env: Mapping[str, str], folder: Path) -> str:
    """Return what an installed command prints; it must end well."""
    program = str(folder / "bin" / command[0])
    done = subprocess.run(
        [program, *command[1:]], cwd=folder, env=dict(env), capture_output=True, text=True, check=False, timeout=LONGEST
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
