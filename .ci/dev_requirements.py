"""Which tools do the tests need? Prints the `dev` group of pyproject.toml, a requirement a line.

    pytest>=8.4
    pytest-timeout>=2.3

For pip before 25.1, which does not know `--group`; the group itself is in pyproject.toml, and nowhere else.
"""

import sys
import tomllib
from pathlib import Path

project = tomllib.loads((Path(__file__).resolve().parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
sys.stdout.write("\n".join(project["dependency-groups"]["dev"]) + "\n")
