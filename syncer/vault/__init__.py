"""Which notes are there, and what do they say? From the disk to the index; nothing here writes.

    how a path is opened without leaving the vault     root.py
    which notes the vault holds                        scan.py
    what is in a note, and is it being written         read.py
    what the notes say, read anew where they changed   index.py

    with Vault("/home/me/Vault", quiet_time=2.0, patience=3.0) as vault:
        index = build_index(vault, vault.scan([""], leave_alone=…), cached={}, read_facts=read_facts)

What a note's bytes mean is identity's question; how bytes get to the disk is the writer's.
"""

from syncer.vault.index import VaultIndex, build_index
from syncer.vault.read import BeingEdited, NotANote, NotRead, Unstable, Vault, cause_of, passes, why_not_read
from syncer.vault.scan import Scan

__all__ = [
    "BeingEdited",
    "NotANote",
    "NotRead",
    "Scan",
    "Unstable",
    "Vault",
    "VaultIndex",
    "build_index",
    "cause_of",
    "passes",
    "why_not_read",
]
