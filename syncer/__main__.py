"""`python -m syncer` is `syncer`."""

from syncer.cli import entry

entry()
