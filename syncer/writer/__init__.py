"""What happens to my file, byte by byte, and if the power goes? Paths, bytes, fingerprints, no meaning.

    a section at the end of a note   append.py      one appending write; no byte of yours is written over
    a new note                       create.py      whole or not at all; no name is ever overwritten
    after a crash                    recover.py     what was begun is finished, where it is provably ours alone
    undo                             take_back.py   exactly what was written is taken out again
    how bytes reach the disk         disk.py        writing, fsync, names that never overwrite
    nobody opens it meanwhile        lease.py       for the moment of a cut
    the types                        outcome.py     Done, Refused, Failed, Recovered

    keep the intents → create, append, … → sync_folders → confirm → keep what was done and drop the intents

This is the only code that opens a note for writing. What is to be written is the plan's, and where it is
kept that it is being written is the library's journal.
"""

from syncer.model import Intent
from syncer.writer.append import append, confirm
from syncer.writer.create import create
from syncer.writer.disk import sync_folders
from syncer.writer.outcome import Done, Failed, Fate, Outcome, Recovered, Refused
from syncer.writer.recover import recover
from syncer.writer.take_back import take_back

__all__ = [
    "Done",
    "Failed",
    "Fate",
    "Intent",
    "Outcome",
    "Recovered",
    "Refused",
    "append",
    "confirm",
    "create",
    "recover",
    "sync_folders",
    "take_back",
]
