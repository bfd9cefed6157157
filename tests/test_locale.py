"""Are a vault's names UTF-8 where the locale has another encoding?"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.harness import home
from tests.made import book, highlight

REPO = Path(__file__).resolve().parents[1]
NO_UTF8 = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
"""Python then takes names and output for ASCII, as it would for another encoding under the locale of one."""


def test_a_note_has_its_name_in_utf8_and_is_found_again(tmp_path: Path) -> None:
    with home(tmp_path, [book(1, "Über Flüsse “日本”", [highlight(11)])]) as user:
        for told in ("made “Readwise/", "nothing added"):
            command = [sys.executable, "-m", "syncer", "--config", str(user.config), "once"]
            ran = subprocess.run(command, cwd=REPO, env=user.env | NO_UTF8, capture_output=True, timeout=60)
            assert (ran.returncode, told.replace("“", '"') in ran.stdout.decode()) == (0, True)
            assert list(user.tree()) == ["Readwise/Über Flüsse “日本”.md"]
