"""A command that adds a few notes and sections to a vault, by the writer and a journal of JSON; or as one should not.

    python -m tests.faults.driver WAY VAULT STATE JOB
    JOB: [{"path": "Old.md", "size": 57, "data": "\\n\\n## New…"}, …]    size: the note's before; 0: a new one

WAY is `syncer`, or one of the naive ways that every harness must catch: `replace` (a temporary file and a rename,
with no fsync), `rewrite` (open, truncate, write), `unjournalled` (append, with no journal), `state-first`. What was
done is kept in STATE/done.json, what is being done in STATE/intents.json; exit code 1 says that some was not.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypedDict

import msgspec

from syncer.model import Fingerprint, NotePath
from syncer.vault import NotRead, Vault
from syncer.writer import (
    Done,
    Fate,
    Intent,
    Outcome,
    Refused,
    append,
    confirm,
    create,
    recover,
    sync_folders,
)


class Change(TypedDict):
    """One line of the job."""

    path: str
    size: int
    data: str


def keep(file: Path, data: bytes) -> None:
    """Replace a file of the state durably: the file, then its name."""
    temp = file.with_suffix(".tmp")
    with temp.open("wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    temp.replace(file)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def read_json(file: Path) -> list[str]:
    """Return a list that `keep` wrote, empty where there is none."""
    try:
        return list(json.loads(file.read_bytes()))
    except FileNotFoundError:
        return []


def intents_of(state: Path) -> list[Intent]:
    """Return the journal."""
    try:
        return msgspec.json.decode((state / "intents.json").read_bytes(), type=list[Intent])
    except FileNotFoundError:
        return []


def run(vault: Vault, state: Path, changes: list[Change]) -> bool:
    """Recover, decide from the bytes what is missing, write it, confirm it, remember it."""
    done = set(read_json(state / "done.json"))
    journal = intents_of(state)
    fates = [(intent, recover(vault, intent)) for intent in journal]
    late = [intent for intent, found in fates if found.fate is Fate.LATER]
    intents, ok = [], not late
    for change in changes:
        if change["path"] in {intent.path for intent in late}:
            continue
        match decide(vault, change):
            case Intent() as intent:
                intents.append(intent)
            case found:
                ok = ok and found
                done |= {change["path"]} if found else set()
    if intents or journal:
        keep(state / "intents.json", msgspec.json.encode(late + intents))
    outcomes = [(intent, write(vault, intent)) for intent in intents]
    failures = sync_folders(vault, {outcome.folder for _, outcome in outcomes if isinstance(outcome, Done)})
    for intent, outcome in outcomes:
        if (
            isinstance(outcome, Done)
            and outcome.folder not in failures
            and confirm(vault, intent.path, data=intent.data)
        ):
            done.add(intent.path)
        else:
            ok = False
            late += [] if isinstance(outcome, Refused) else [intent]
    if sorted(done) != sorted(read_json(state / "done.json")):
        keep(state / "done.json", json.dumps(sorted(done)).encode())
    if intents or journal:
        keep(state / "intents.json", msgspec.json.encode(late))
    return ok


def decide(vault: Vault, change: Change) -> Intent | bool:
    """Return what is to be written; True where it is there, False where the note cannot be read."""
    path, data = NotePath(change["path"]), change["data"].encode()
    try:
        now = vault.read(path).data
    except FileNotFoundError:
        return Intent(kind="create", path=path, temp=f".syncer-{len(data)}.tmp", data=data)
    except (NotRead, OSError):
        return False
    if data in now:
        return True
    return Intent(kind="append", path=path, before=Fingerprint.of(now), data=data)


def write(vault: Vault, intent: Intent) -> Outcome:
    """Do what an intent says."""
    if intent.before is None:
        return create(vault, intent.path, intent.data, temp_name=intent.temp)
    return append(vault, intent.path, intent.data, before=intent.before)


# ---------------------------------------------------------------- ways that must be caught


def replace(note: Path, whole: bytes) -> None:
    """Write a temporary file and rename it, with no fsync."""
    temp = note.with_name(f".{note.name}.tmp")
    temp.write_bytes(whole)
    temp.replace(note)


def rewrite(note: Path, whole: bytes) -> None:
    """Open the note itself, truncate it and write it anew."""
    note.write_bytes(whole)


def unjournalled(note: Path, whole: bytes) -> None:
    """Append and sync, but with nothing that could tell a torn section after a crash."""
    with note.open("ab") as file:
        file.write(whole[file.tell() :])
        file.flush()
        os.fsync(file.fileno())


NAIVE: dict[str, Callable[[Path, bytes], None]] = {
    "replace": replace,
    "rewrite": rewrite,
    "unjournalled": unjournalled,
    "state-first": unjournalled,
}


def run_naively(way: str, vault: Path, state: Path, changes: list[Change]) -> bool:
    """Do the job as one should not."""
    names = sorted(change["path"] for change in changes)
    if way == "state-first":
        if read_json(state / "done.json") == names:
            return True
        keep(state / "done.json", json.dumps(names).encode())
    for change in changes:
        note = vault / change["path"]
        note.parent.mkdir(parents=True, exist_ok=True)
        now = note.read_bytes() if note.exists() else b""
        if change["data"].encode() not in now:
            NAIVE[way](note, now + change["data"].encode())
    keep(state / "done.json", json.dumps(names).encode())
    return True


def main(way: str, vault: str, state: str, job: str) -> int:
    """Return 0 where all of the job is done."""
    changes: list[Change] = json.loads(Path(job).read_bytes())
    if way != "syncer":
        return 0 if run_naively(way, Path(vault), Path(state), changes) else 1
    with Vault(vault, quiet_time=0.0, patience=0.0) as opened:
        return 0 if run(opened, Path(state), changes) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
