"""`completion`: the script that completes `syncer` in a shell, as it was made from the parser.

    syncer completion bash > ~/.local/share/bash-completion/completions/syncer
    syncer completion zsh > "${fpath[1]}/_syncer"
    syncer completion fish > ~/.config/fish/completions/syncer.fish

The scripts and the man page lie in `syncer/shell/`; a wheel also puts them where shells and `man` look by themselves.
"""

from __future__ import annotations

from syncer.cli.commands import Call
from syncer.errors import EXIT_OK
from syncer.program import PACKAGE

FILES = {"bash": "syncer.bash", "zsh": "_syncer", "fish": "syncer.fish"}


def completion(call: Call) -> int:
    """Print a shell's completion script."""
    call.screen.data((PACKAGE / "shell" / FILES[call.arguments.shell]).read_bytes())
    return EXIT_OK
