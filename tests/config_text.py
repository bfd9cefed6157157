"""How is a configuration read that a test wrote?

    read(VAULT + 'log.level = "debug"\\n', tmp_path)       the `Config` of a file with this text

VAULT is the least that a configuration has to say.
"""

from __future__ import annotations

from pathlib import Path

from syncer.config import Config, load

VAULT = '[vault]\npath = "/notes"\n'


def read(text: str, folder: Path) -> Config:
    file = folder / "config.toml"
    file.write_text(text, encoding="utf-8", newline="")
    return load(file)
