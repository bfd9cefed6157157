"""Taking a run's additions back: which, what stands in the way, and how the library remembers it.

    pieces = look(setup, run=None)         # Piece("Readwise/Deep.md", taken=True, text=b"## New highlights…", why="")
    take_back_all(setup, run=3, forget=False)

Only what a run added is taken out, only where it still is the end of its note (or all of a note that the run made),
and only where not a byte of it changed. Guarantees: what was taken out counts as removed by its owner, so that no
later sync brings it back, unless it is to be forgotten; what cannot be taken out is left, and shown; a crash in
between is made good by the next run, from the bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import msgspec

from syncer.errors import UsageError, reason_of
from syncer.library import Library, Undoing
from syncer.library.ledger import NEVER
from syncer.model import Addition, NotePath, Status
from syncer.opening import Setup, locked, opened
from syncer.records import given_back
from syncer.vault import NotRead, Vault
from syncer.vault.root import VANISHED
from syncer.writer import Done, Failed, Outcome, Refused, sync_folders, take_back

TEXT_FOLLOWS = "text follows it"
CHANGED = "it was changed since"
GONE = "the note is gone"


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """One addition: whether it can be (or was) taken out, and why not; `data` is the piece as it stands there."""

    addition: Addition
    taken: bool
    data: bytes = b""
    why: str = ""

    @property
    def path(self) -> NotePath:
        """The note's path."""
        return self.addition.path


def look(setup: Setup, *, run: int | None) -> tuple[int, list[Piece]]:
    """Return the run that is meant, and what taking it back would do; raise UsageError where there is nothing."""
    with locked(setup) as (root, path), opened(setup, root, path) as (library, vault):
        number = _run_meant(library, run)
        return number, [_piece(vault, addition) for addition in library.journal.additions(number)]


def take_back_all(setup: Setup, *, run: int, forget: bool) -> list[Piece]:
    """Take a run's additions out of their notes; return what came of each."""
    with locked(setup) as (root, path), opened(setup, root, path) as (library, vault):
        with library.transaction():
            library.set("undoing", Undoing(run, forget))
        pieces = [_taken(vault, _piece(vault, addition)) for addition in library.journal.additions(run)]
        sync_folders(vault, {piece.path.rpartition("/")[0] for piece in pieces if piece.taken})
        _remember(library, [piece.addition for piece in pieces if piece.taken], forget=forget)
        return pieces


def finish(library: Library, vault: Vault) -> None:
    """Remember what an undo had taken out when it was cut short."""
    undoing = library.get("undoing", Undoing)
    if undoing is None or undoing.run == 0:
        return
    gone = [one for one in library.journal.additions(undoing.run) if _is_out(vault, one)]
    _remember(library, gone, forget=undoing.forget)


def _run_meant(library: Library, run: int | None) -> int:
    known = [one.id for one in library.journal.runs(newest=-1)]
    with_additions = [number for number in known if next(library.journal.additions(number), None)]
    if run is None:
        if not with_additions:
            what = "there is nothing to take back: no run of the last 30 days added anything"
            raise UsageError(what, hint="see: syncer history --all")
        return with_additions[0]
    if run not in with_additions:
        hint = "syncer history lists the runs"
        raise UsageError(f"run {run} added nothing that could be taken back, or is not known", hint=hint)
    return run


def _piece(vault: Vault, addition: Addition) -> Piece:
    """Return what the note still holds of an addition."""
    try:
        note = vault.read(addition.path).data
    except NotRead as error:
        return Piece(addition=addition, taken=False, why=error.reason)
    except VANISHED:
        return Piece(addition=addition, taken=False, why=GONE)
    except OSError as error:
        return Piece(addition=addition, taken=False, why=f"it could not be read: {reason_of(error)}")
    piece = note[addition.offset : addition.offset + addition.size]
    if hashlib.sha256(piece).hexdigest() != addition.sha256:
        return Piece(addition=addition, taken=False, why=CHANGED)
    follows = len(note) > addition.offset + addition.size
    return Piece(addition=addition, taken=not follows, data=piece, why=TEXT_FOLLOWS if follows else "")


def _taken(vault: Vault, piece: Piece) -> Piece:
    if not piece.taken:
        return piece
    addition = piece.addition
    outcome: Outcome = take_back(vault, addition.path, size=addition.offset, tail=piece.data, created=addition.created)
    match outcome:
        case Done():
            return piece
        case Refused(why):
            return msgspec.structs.replace(piece, taken=False, why=why)
        case Failed(error, _, what):
            return msgspec.structs.replace(piece, taken=False, why=f"could not {what}: {error.strerror}")


def _is_out(vault: Vault, addition: Addition) -> bool:
    """Return whether the note no longer reaches as far as the addition did: it was cut, or removed."""
    try:
        return len(vault.read(addition.path).data) <= addition.offset and not addition.created
    except NotRead:
        return False
    except OSError:
        return addition.created


def _remember(library: Library, additions: Iterable[Addition], *, forget: bool) -> None:
    with library.transaction():
        for addition in additions:
            for part in addition.parts:
                placed = library.ledger.placed(part.book_id)
                records = dict(placed.highlights)
                for highlight_id in part.highlights:
                    old = records.pop(highlight_id, None)
                    if old is not None and not forget:
                        records[highlight_id] = msgspec.structs.replace(old, status=Status.REMOVED)
                changed = msgspec.structs.replace(placed, highlights=records)
                changed = given_back(changed, part.updates, forget=forget)
                library.ledger.record(part.book_id, changed, settled=NEVER)
            library.journal.drop_addition(addition)
        library.set("undoing", Undoing(0, False))
