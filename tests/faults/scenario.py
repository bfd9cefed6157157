"""What is broken, and how is it seen that nothing was harmed?

    Scenario(name="append", command=("python", "-m", …), again=("python", "-m", …), watch=(vault, state),
             environment={…}, folder=…, reset=…, check=…, final=…, done=…)

`reset` puts the watched folders into their first state. `check` runs right after the fault, `final` after one more
plain run (of `again`), `done` where the broken run itself said that all is well; each returns what is wrong as
sentences. `scenarios_of_driver` are those of `driver.py`, those of the whole command line are in `command_line.py`.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import shutil
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from syncer.vault.read import SETTLES
from tests.faults.warm import Ran, Started, cold, warm

Problems = list[str]

REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Scenario:
    """A command to be broken, and the callables around it."""

    name: str
    command: tuple[str, ...]
    again: tuple[str, ...]
    watch: tuple[Path, ...]
    environment: Mapping[str, str]
    folder: Path
    reset: Callable[[], None]
    check: Callable[[], Problems]
    final: Callable[[], Problems]
    done: Callable[[], Problems]
    explains: bool = False
    """Whether a run that ends with an error must name the cause and a path."""
    also: tuple[Path, ...] = ()
    """What the command reads besides, whose calls are broken, too."""
    started: Started | None = None
    """What starts the command, and the runs after it, in a few milliseconds; None for a new interpreter each."""

    @classmethod
    def of_command(cls, command: tuple[str, ...], environment: Mapping[str, str], *, folder: Path) -> Scenario:
        """Return a bare command as a scenario in which nothing is looked at."""
        return cls("", command, command, (), environment, folder, lambda: None, list, list, list)

    @contextlib.contextmanager
    def warmed(self) -> Iterator[Scenario]:
        """Give the same scenario, with commands that start in a few milliseconds."""
        self.reset()
        learn = dict.fromkeys((self.command, self.again))
        with warm(self.environment, folder=self.folder, learn=tuple(learn)) as started:
            yield dataclasses.replace(self, started=started)
        self.reset()

    def aged(self) -> Scenario:
        """Return the same scenario, with notes that were saved long enough ago to be taken as they are."""

        def reset() -> None:
            self.reset()
            threading.Event().wait(SETTLES)  # no call makes what the system says of the last change older

        return dataclasses.replace(self, reset=reset)

    def act(self) -> Ran:
        """Run the command once, with nothing broken."""
        return self._run(self.command)

    def run(self) -> Ran:
        """Run what comes after the fault once, with nothing broken."""
        return self._run(self.again)

    def _run(self, command: tuple[str, ...]) -> Ran:
        return self.started.run(command) if self.started else cold(command, self.environment, folder=self.folder)

    def heal(self) -> Problems:
        """Return what is wrong now, after one more plain run, and whether a further one changes anything."""
        if problems := self.check():
            return [f"after the fault: {problem}" for problem in problems]
        again = self.run()
        if again.exit_code:
            return [f"the next run ended with {again.exit_code}: {again.stderr.strip()[-300:]}"]
        if problems := self.final():
            return [f"after the next run: {problem}" for problem in problems]
        before = self._files()
        further = self.run()
        if further.exit_code or self._files() != before:
            return [f"a further run changed the vault, or ended with {further.exit_code}"]
        return []

    def _files(self) -> dict[Path, tuple[int, bytes]]:
        """Return the files of the first watched folder, the vault, with their times and bytes."""
        files = [path for path in self.watch[0].rglob("*") if path.is_file()] if self.watch else []
        return {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in files}


def at_once(work: Callable[[int], None], count: int) -> None:
    """Call `work` with each number below `count`, each in a thread of its own; raise the first error of any."""
    with ThreadPoolExecutor(max_workers=count) as pool:
        for one in [pool.submit(work, number) for number in range(count)]:
            one.result()


OLD = "---\ntitle: State of AI\n---\n\nIch schreibe „dies“ selbst".encode()
SECTION = "\n\n## New highlights added October 14, 2024\n\n- „Erste Zeile“ 日本 ([View](https://x.test/1))\n".encode()
NEW = b"# A new note\n\n- one highlight ([View](https://x.test/2))\n" * 30


def scenarios_of_driver(work: Path, *, way: str) -> list[Scenario]:
    """Return the driver's scenarios below `work`; `way` is how it writes: "syncer", or a naive one to be caught."""
    return [
        _driver(work, way, "append", notes={"Old.md": OLD}, wanted={"Old.md": OLD + SECTION}),
        _driver(work, way, "create", notes={}, wanted={"Sub/New.md": NEW}),
        _driver(work, way, "both", notes={"Old.md": OLD, "Bystander.md": OLD}, wanted=_BOTH),
    ]


_BOTH = {"Old.md": OLD + SECTION, "Sub/New.md": NEW, "Second.md": NEW, "Bystander.md": OLD}


def _driver(work: Path, way: str, name: str, *, notes: dict[str, bytes], wanted: dict[str, bytes]) -> Scenario:
    home = work / f"{way}-{name}"
    vault, state, job = home / "vault", home / "state", home / "job.json"
    environment = dict(os.environ, PYTHONHASHSEED="0", PYTHONDONTWRITEBYTECODE="1", PYTHONPATH=str(REPOSITORY))

    def reset() -> None:
        shutil.rmtree(home, ignore_errors=True)
        for folder in (vault, state):
            folder.mkdir(parents=True)
        for path, data in notes.items():
            (vault / path).write_bytes(data)
        changes = [
            {"path": path, "size": len(notes.get(path, b"")), "data": data[len(notes.get(path, b"")) :].decode()}
            for path, data in wanted.items()
            if notes.get(path) != data
        ]
        job.write_text(json.dumps(changes))

    command = (sys.executable, "-m", "tests.faults.driver", way, str(vault), str(state), str(job))
    return Scenario(
        name=f"{way} {name}",
        command=command,
        again=command,
        watch=(vault, state),
        environment=environment,
        folder=work,
        reset=reset,
        check=lambda: _harmed(vault, notes, wanted),
        final=lambda: _unfinished(vault, state, wanted),
        done=lambda: _unfinished(vault, state, wanted),
    )


def _harmed(vault: Path, notes: Mapping[str, bytes], wanted: Mapping[str, bytes]) -> Problems:
    """Return which notes have lost a byte of their owner's, and which files nobody asked for."""
    problems = []
    for path, data in notes.items():
        now = (vault / path).read_bytes() if (vault / path).exists() else None
        if now is None or not now.startswith(data):
            problems.append(f"{path} has lost bytes of its owner: {now!r:.80}")
    for note in vault.rglob("*"):
        path = str(note.relative_to(vault))
        if note.is_file() and not note.name.startswith(".") and path not in wanted:
            problems.append(f"{path} is not a note that was asked for")
    return problems


def _unfinished(vault: Path, state: Path, wanted: Mapping[str, bytes]) -> Problems:
    problems = []
    found = {str(note.relative_to(vault)): note.read_bytes() for note in vault.rglob("*") if note.is_file()}
    for path in sorted(found.keys() | wanted.keys()):
        if found.get(path) != wanted.get(path):
            problems.append(f"{path} is {found.get(path)!r:.60}, not {wanted.get(path)!r:.60}")
    done = json.loads((state / "done.json").read_bytes())
    if sorted(done) != sorted(path for path in wanted if path != "Bystander.md"):
        problems.append(f"the state says {done}")
    return problems
