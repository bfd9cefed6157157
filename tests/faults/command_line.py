"""What is broken where the whole command line runs: `syncer once` and `syncer undo`, and when has it come through?

    with site(Path("/dev/shm/x/1"), tree=frozen) as here:      a home with a vault, a state, a configuration, a Readwise
        scenario_of(here, "append")                            Scenario(command=("python", "-m", "syncer", …), …)

The program that runs is a frozen copy of this checkout (`freeze`), so that an edit while a sweep is under way moves
no call. Every byte that was in a note must stay, in its place; every highlight is there at most once; after one more
plain run it is there once, nothing else lies about, and a further run changes nothing.
"""

from __future__ import annotations

import collections
import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from syncer.loopback import Loopback
from tests.faults.account import tokens, tokens_of
from tests.faults.plots import PLOTS, Plot
from tests.faults.scenario import REPOSITORY, Problems, Scenario
from tests.faults.trace import traced

TOKEN = "tok-3f81c2e97ab04d65"


def freeze(folder: Path) -> Path:
    """Copy the program and its tests, compiled, so that later edits of the checkout change nothing in it."""
    tree = folder / "tree"
    for name in ("syncer", "tests"):
        shutil.copytree(REPOSITORY / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    compiled = [sys.executable, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", str(tree)]
    subprocess.run(compiled, check=True)
    return tree


@dataclass(frozen=True)
class Site:
    """A home of its own: `disk` holds the vault and the state, and may be a mounted image."""

    home: Path
    disk: Path
    tree: Path
    readwise: Loopback

    @property
    def vault(self) -> Path:
        """The vault's folder."""
        return self.disk / "vault"

    @property
    def state(self) -> Path:
        """The folder in which syncer's own lies."""
        return self.disk / "state"

    @property
    def base(self) -> Path:
        """Where a plot's beginning is kept."""
        return self.home / "base"

    def environment(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return what the command line runs with: nothing of the machine's own settings but PATH."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "READWISE_TOKEN": TOKEN,
            "XDG_STATE_HOME": str(self.state),
            "PYTHONPATH": str(self.tree),
            "PYTHONHASHSEED": "0",
            "PYTHONDONTWRITEBYTECODE": "1",
            **(more or {}),
        }

    def configure(self, *, quiet_time: str = "0s", settings: str = "") -> None:
        """Write the configuration; `settings` is more of it."""
        (self.home / "config.toml").write_text(
            f'vault.path = "{self.vault}"\nvault.quiet_time = "{quiet_time}"\n'
            f'readwise.base_url = "{self.readwise.url}"\nnote.timezone = "Europe/Berlin"\n{settings}'
        )

    def command(self, *arguments: str) -> tuple[str, ...]:
        """Return a call of the command line."""
        return (sys.executable, "-m", "syncer", "--config", str(self.home / "config.toml"), *arguments)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Call the command line."""
        return subprocess.run(
            self.command(*arguments),
            env=self.environment(),
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def notes(self) -> dict[str, bytes]:
        """Return every file of the vault with its bytes."""
        files = sorted(path for path in self.vault.rglob("*") if path.is_file())
        return {str(path.relative_to(self.vault)): path.read_bytes() for path in files}

    def put_back(self) -> None:
        """Have vault and state as they were when the plot began."""
        for folder in (self.vault, self.state):
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(self.base / folder.name, folder)

    def keep(self) -> None:
        """Keep vault and state as they are as the plot's beginning; its notes were last saved an hour ago.

        A note that is young when a run reads it is read by the next, too: what a run has to do must not hang on that.
        """
        hour_ago = time.time() - 3600
        for path in self.vault.rglob("*.md"):
            os.utime(path, (hour_ago, hour_ago))
        shutil.rmtree(self.base, ignore_errors=True)
        for folder in (self.vault, self.state):
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copytree(folder, self.base / folder.name)


@contextlib.contextmanager
def site(home: Path, *, tree: Path, disk: Path | None = None) -> Iterator[Site]:
    """Give a home whose Readwise answers until the block ends."""
    home.mkdir(parents=True)
    with Loopback([], tokens={TOKEN}, now=datetime.now(UTC)) as readwise:
        here = Site(home, disk or home / "disk", tree, readwise)
        here.configure()
        yield here


# ---------------------------------------------------------------- a plot at a site


def scenario_of(here: Site, name: str) -> Scenario:
    """Prepare a plot at this site and return its scenario."""
    plot = PLOTS[name]
    here.configure(settings=plot.settings)
    here.vault.mkdir(parents=True, exist_ok=True)
    if plot.before:
        here.readwise.serve(plot.before)
        _well(here.run("once"))
        plot.owner(here.vault)
        _well(here.run("once"))
    here.readwise.serve(plot.after)
    if plot.torn:
        _tear(here, here.vault / plot.torn)
    for command in plot.first:
        _well(here.run(*command))
    here.keep()
    return Scenario(
        name=f"once {name}" if plot.command == ("once",) else name,
        command=here.command(*plot.command),
        again=here.command(*(plot.command if plot.repeats else ("once",))),
        watch=(here.vault, here.state),
        environment=here.environment(),
        folder=here.home,
        reset=here.put_back,
        check=lambda: _harmed(here, plot),
        final=lambda: _unfinished(here, plot),
        done=lambda: _unfinished(here, plot) + _still_there(here, plot),
        explains=True,
        also=(here.home / "config.toml",),
    )


def _well(ran: subprocess.CompletedProcess[str]) -> None:
    if ran.returncode:
        raise RuntimeError(f"a run with no fault ended with {ran.returncode}: {ran.stderr[-400:]}")


def _tear(here: Site, note: Path) -> None:
    """Kill a run right before the fsync of the note, and leave half of what it had written."""
    here.keep()
    old = len(note.read_bytes())
    scenario = Scenario.of_command(here.command("once"), here.environment(), folder=here.home)
    nth = next(
        call.nth for call in traced(scenario, ("fsync",)).calls if call.name == "fsync" and str(note) in call.text
    )
    here.put_back()
    traced(scenario, ("fsync",), inject=[f"fsync:signal=KILL:when={nth}"])
    new = note.read_bytes()
    if len(new) <= old:
        raise RuntimeError("the kill came before the write")
    note.write_bytes(new[: old + (len(new) - old) // 2])


# ---------------------------------------------------------------- what must hold


def _harmed(here: Site, plot: Plot) -> Problems:
    """Return what was lost, what is there twice, and what lies where nobody asked for it."""
    kept = {path.relative_to(here.base / "vault"): path for path in (here.base / "vault").rglob("*") if path.is_file()}
    problems = []
    for path, old in kept.items():
        now = (here.vault / path).read_bytes() if (here.vault / path).exists() else None
        if now is None or not now.startswith(_own(old.read_bytes(), plot)):
            problems.append(f"{path} has lost bytes of its owner: {now!r:.80}")
    notes = {path: data for path, data in here.notes().items() if path.endswith(".md")}
    counts = collections.Counter(token for data in notes.values() for token in tokens(data))
    problems += [
        f"{token} is there {count} times" for token, count in counts.items() if count > 1 + (token in plot.again)
    ]
    problems += [f"{path} is nobody's" for path in here.notes() if Path(path) not in kept and "Readwise/" not in path]
    entries = {path.name for path in here.home.iterdir()} - {"base", "disk", "config.toml"}
    problems += [f"{name} lies in the home" for name in sorted(entries)]
    return problems


def _own(data: bytes, plot: Plot) -> bytes:
    """Return the part of a note that the command must keep: all, but for a section that is torn or taken out."""
    marks = [data.find(b"\n## New highlights") for _ in (1,) if plot.torn or plot.takes_out]
    return data[: marks[0]].rstrip(b"\n") if marks and marks[0] >= 0 else data


def _unfinished(here: Site, plot: Plot) -> Problems:
    """Return what one more plain run has not put right."""
    problems = _harmed(here, plot)
    found = sorted(token for data in here.notes().values() for token in tokens(data))
    wanted = {*tokens_of(plot.after), *(token for one in plot.before for token in tokens_of([one]))}
    missing = sorted(wanted - set(found) - plot.takes_out)
    problems += [f"missing: {', '.join(missing)}"] if missing else []
    problems += [f"{path} was left behind" for path in here.notes() if not path.endswith(".md")]
    left = [path.name for path in here.state.rglob("*") if ".damaged-" in path.name or path.name.endswith("-journal")]
    problems += [f"{name} lies in the state" for name in left]
    return problems


def _still_there(here: Site, plot: Plot) -> Problems:
    """Return what the command said to have taken out, and has not."""
    found = {token for data in here.notes().values() for token in tokens(data)}
    return [f"{token} is still there" for token in sorted(found & plot.takes_out)]
