"""What proves to recovery that a write was ours, and what does it say of the rest?"""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from syncer.model import Fingerprint, NotePath
from syncer.vault import Vault
from syncer.writer import Fate, Intent, Recovered, Refused, recover, take_back
from tests.calls import call
from tests.written import (
    CHANGED,
    LONG,
    NOTE,
    OLD,
    SECTION,
    TEMP,
    held_open,
    intent_to_append,
    intent_to_create,
    needs_leases,
    on_disk,
    vault,
    write,
)

__all__ = ["vault"]


def test_what_recovery_left_says_why(vault: Vault) -> None:
    left = Recovered(Fate.LEFT, CHANGED)
    write(vault, OLD[:-1] + b"!" + SECTION[:20])
    assert recover(vault, intent_to_append()) == left
    write(vault, OLD + b"typed")
    assert recover(vault, intent_to_append()) == left
    write(vault, OLD)
    assert recover(vault, intent_to_append()) == Recovered(Fate.ABSENT)
    later = recover(vault, Intent(kind="append", path=LONG, before=Fingerprint.of(b""), data=b"x"))
    assert (later.fate, later.why) == (Fate.LATER, "it could not be finished: file name too long")
    assert later.error is not None


def test_recovery_follows_no_link_out_of_the_vault_and_says_so(vault: Vault, tmp_path: Path) -> None:
    (tmp_path / "outside.md").write_bytes(OLD + SECTION[:50])
    on_disk(vault).symlink_to(tmp_path / "outside.md")
    on_disk(vault, "Folder").symlink_to(tmp_path)
    why = "a link leads out of the vault"
    assert recover(vault, intent_to_append()) == Recovered(Fate.LATER, why)
    made = Intent(kind="create", path=NotePath("Folder/New.md"), temp=TEMP, data=SECTION)
    assert recover(vault, made) == Recovered(Fate.LEFT, f"Folder/New.md: {why}")
    assert (tmp_path / "outside.md").read_bytes() == OLD + SECTION[:50]


def test_an_error_without_words_is_told_as_one(vault: Vault) -> None:
    def without_words(*_: object) -> object:
        raise OSError

    write(vault, OLD + SECTION[:50])
    with call("fsync", lambda _: without_words):
        assert recover(vault, intent_to_append()).why == "it could not be finished: the system gives no reason"


def test_a_temporary_name_is_looked_for_beside_the_name_and_not_where_a_link_leads(vault: Vault) -> None:
    on_disk(vault, "Elsewhere").mkdir()
    write(vault, b"theirs", "Elsewhere/T.md")
    on_disk(vault).symlink_to("../Elsewhere/T.md")
    temp = write(vault, SECTION, f"Readwise/{TEMP}")
    assert recover(vault, intent_to_create()) == Recovered(Fate.LEFT, CHANGED)
    assert not temp.exists()


def test_a_blank_first_line_proves_nothing(vault: Vault) -> None:
    data = b"\n\n## New highlights added May 1\n- one\n"
    write(vault, b"edited " + OLD + data[:-3])
    assert recover(vault, intent_to_append(data=data)) == Recovered(Fate.LEFT, CHANGED)


def test_a_new_note_that_is_torn_is_not_taken_back(vault: Vault) -> None:
    write(vault, SECTION[:50])
    assert take_back(vault, NOTE, size=0, tail=SECTION, created=True) == Refused(CHANGED)


def test_a_section_whose_first_line_is_whole_is_ours_though_the_note_changed_before_it(vault: Vault) -> None:
    heading = b"\n## New highlights added May 1\n"
    data = heading + b"- one\n- two\n"
    intent = intent_to_append(data=data)
    for reach, completed in ((len(heading) - 1, False), (len(heading), True), (len(data) - 1, True), (len(data), True)):
        write(vault, b"edited " + OLD + data[:reach])
        found = recover(vault, intent)
        assert (found.fate, found.why) == ((Fate.COMPLETED, "") if completed else (Fate.LEFT, CHANGED))
        assert on_disk(vault).read_bytes() == b"edited " + OLD + data[: len(data) if completed else reach]


@pytest.mark.parametrize(("size", "fate"), [(23, Fate.LEFT), (24, Fate.COMPLETED)])
def test_a_first_line_of_twenty_four_bytes_proves_whose_it_is(vault: Vault, size: int, fate: Fate) -> None:
    data = b"\n" + b"x" * (size - 2) + b"\n- one\n"
    write(vault, b"edited " + OLD + data[:-3])
    assert recover(vault, intent_to_append(data=data)).fate is fate


@needs_leases
def test_zeros_are_not_filled_while_another_program_has_the_note_open(vault: Vault) -> None:
    note = write(vault, OLD + bytes(len(SECTION)))
    with held_open(note):
        found = recover(vault, intent_to_append())
    assert (found.fate, found.why) == (Fate.LATER, "it could not be finished: another program has the note open")
    assert found.error is not None
    assert found.error.errno == errno.EBUSY
    assert recover(vault, intent_to_append()).fate is Fate.COMPLETED
    assert note.read_bytes() == OLD + SECTION
