"""Taking a run's additions back: which, what stands in the way, and how the library remembers it.

    pieces = look(setup, run=None)         # Piece("Readwise/Deep.md", taken=True, text=b"## New highlights…", why="")
    take_back_all(setup, run=3, forget=False)

Only what a run added is taken out, only where it still is the end of its note (or all of a note that the run made),
and only where not a byte of it changed. Guarantees: what was taken out counts as removed by its owner, so that no
later sync brings it back, unless it is to be forgotten; what cannot be taken out is left, and shown. It begins as a
sync does: what an earlier run was writing, or an earlier undo taking out, is finished first. What a crash or an error
leaves is told from the note's bytes, then or by the next run; while they cannot be read, it stays open.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

import msgspec

from syncer.errors import UsageError, VaultError
from syncer.guards import refuse_if_missing, refuse_if_read_only
from syncer.intents import recover_all
from syncer.library import Library, Undoing
from syncer.library.ledger import NEVER
from syncer.model import Addition, Hold, NotePath
from syncer.one_pass import Pass
from syncer.opening import Setup, locked, opened
from syncer.records import given_back, taken_out
from syncer.spelling import folded
from syncer.vault import NotRead, Vault, why_not_read
from syncer.vault.root import VANISHED
from syncer.writer import Done, Failed, Outcome, Refused, sync_folders, take_back

TEXT_FOLLOWS = "text follows it"
CHANGED = "it was changed since"
GONE = "the note is gone"
ELSEWHERE = "its content is not on this disk"
NOTHING = Undoing(0, False)


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """One addition: whether it can be (or was) taken out, and what stood in the way; `data` is the piece in the note.

    One that was taken out and has a `why` may not be out for good; of one that is `open`, the next run can tell.
    """

    addition: Addition
    taken: bool
    data: bytes = b""
    why: str = ""
    open: bool = False

    @property
    def path(self) -> NotePath:
        """The note's path."""
        return self.addition.path

    @property
    def is_done(self) -> bool:
        """Whether it was taken out, and nothing is to be said of it."""
        return self.taken and not self.why


def look(setup: Setup, *, run: int | None) -> tuple[int, list[Piece]]:
    """Return the run that is meant, and what taking it back would do; raise UsageError where there is nothing."""
    with _begun(setup, run) as (library, vault):
        number = _run_meant(library, run)
        return number, [piece for _, piece in _pieces(library, vault, number)]


def take_back_all(setup: Setup, *, run: int, forget: bool) -> list[Piece]:
    """Take a run's additions out of their notes; return what came of each."""
    with _begun(setup, run) as (library, vault):
        found = _pieces(library, vault, run)
        pieces = [piece for _, piece in found]
        undoing = Undoing(run, forget, tuple(piece.path for piece in pieces if piece.taken))
        with library.transaction():
            for kept, piece in found:
                if piece.addition != kept:
                    library.journal.drop_addition(kept)
                    library.journal.keep_addition(piece.addition)
            library.set("undoing", undoing)
        pieces = _with_folders_synced(vault, [_taken(vault, piece) for piece in pieces])
        still_open = [piece.path for piece in pieces if piece.open]
        _remember(library, undoing, [piece.addition for piece in pieces if piece.taken], still_open)
        return pieces


def finish(library: Library, vault: Vault) -> list[Hold]:
    """Remember what an undo had taken out when it was cut short; return what cannot be told yet, which stays open."""
    undoing = library.get("undoing", Undoing)
    if undoing is None or undoing.run == 0:
        return []
    meant = [one for one in library.journal.additions(undoing.run) if undoing.means(one.path)]
    looks = [(one, *_looked_at(vault, one)) for one in meant]
    doubts = [(one, doubt) for one, _, doubt in looks if doubt]
    _remember(library, undoing, [one for one, is_out, _ in looks if is_out], [one.path for one, _ in doubts])
    return [_held(one, doubt) for one, doubt in doubts]


def _held(addition: Addition, doubt: str) -> Hold:
    part = addition.parts[0]
    reason = f"an earlier undo was taking text out of it, and {doubt}"
    hint = "the next sync looks again"
    return Hold(book_id=part.book_id, title=part.title, paths=(addition.path,), reason=reason, hint=hint)


@contextmanager
def _begun(setup: Setup, run: int | None) -> Iterator[tuple[Library, Vault]]:
    """Open state and vault as a sync does, and finish what was begun before; raise VaultError where that cannot be."""
    with locked(setup) as (root, path), opened(setup, root, path) as (library, vault):
        refuse_if_missing(setup, library, vault)
        refuse_if_read_only(vault)
        Pass(setup, library, vault).refuse_if_lost()
        for held in finish(library, vault):
            _refuse(held.paths[0], held.reason)
        if intents := library.journal.intents():
            unfinished = recover_all(library, vault, intents)
            for _, one in intents:
                if one.intent.path in unfinished and run in (None, one.run):
                    _refuse(one.intent.path, unfinished[one.intent.path])
        yield library, vault


def _refuse(path: NotePath, why: str) -> None:
    raise VaultError(f'nothing was taken back: "{path}": {why}', hint="when it can be read, try again: syncer undo")


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


def _pieces(library: Library, vault: Vault, run: int) -> list[tuple[Addition, Piece]]:
    """Return a run's additions as they are kept, each with what its note still holds of it, and where that is now."""
    return [(one, _piece(library, vault, one)) for one in library.journal.additions(run)]


def _piece(library: Library, vault: Vault, addition: Addition) -> Piece:
    """Return what the note still holds of an addition.

    Its owner may have written above it; and may have moved the note, which the last sync saw. A note that we made and
    its owner moved is no longer ours to remove.
    """
    known = addition.path if addition.created else library.ledger.placed(addition.parts[0].book_id).path
    why = GONE
    for path in dict.fromkeys((addition.path, known or addition.path)):
        try:
            note = vault.read(path).data
        except VANISHED:
            continue
        except (NotRead, OSError) as error:
            return Piece(addition=addition, taken=False, why=why_not_read(error))
        start = 0 if addition.created else max(0, len(note) - addition.size)
        if hashlib.sha256(note[start:]).hexdigest() == addition.sha256:
            now = msgspec.structs.replace(addition, path=path, offset=start)
            return Piece(addition=now, taken=True, data=note[start:])
        piece = note[addition.offset : addition.offset + addition.size]
        if hashlib.sha256(piece).hexdigest() == addition.sha256:
            return Piece(addition=addition, taken=False, data=piece, why=TEXT_FOLLOWS)
        why = CHANGED
    return Piece(addition=addition, taken=False, why=why)


def _taken(vault: Vault, piece: Piece) -> Piece:
    """Take a piece out; what did not go well is judged by what the note holds then."""
    if not piece.taken:
        return piece
    addition = piece.addition
    outcome: Outcome = take_back(vault, addition.path, size=addition.offset, tail=piece.data, created=addition.created)
    match outcome:
        case Done():
            return piece
        case Refused(why):
            pass
        case Failed(error, _, what):
            why = f"could not {what}: {error.strerror}"
    is_out, doubt = _looked_at(vault, addition)
    why = f"{why}; {doubt}; the next sync looks again" if doubt else why
    return msgspec.structs.replace(piece, taken=is_out, why=why, open=bool(doubt))


def _with_folders_synced(vault: Vault, pieces: Sequence[Piece]) -> list[Piece]:
    """Bring the folders of what was taken out to the disk; a piece of one that fails says so."""
    folders = {piece.path: piece.path.rpartition("/")[0] for piece in pieces if piece.taken}
    failed = sync_folders(vault, folders.values())
    synced = []
    for piece in pieces:
        error = failed.get(folders.get(piece.path, ""))
        if piece.is_done and error:
            why = f"could not bring its folder to the disk: {error.strerror}"
            piece = msgspec.structs.replace(piece, why=why)
        synced.append(piece)
    return synced


def _looked_at(vault: Vault, addition: Addition) -> tuple[bool, str]:
    """Return whether an addition is out of its note, and why that cannot be told."""
    try:
        return _is_out(vault, addition), ""
    except (NotRead, OSError) as error:
        return False, why_not_read(error)


def _is_out(vault: Vault, addition: Addition) -> bool:
    """Return whether the note no longer reaches as far as the addition did: it was cut, or it is gone.

    Of one that is gone under this name, wherever it is now, the next plan decides from its bytes.
    """
    try:
        size = len(vault.read(addition.path).data)
    except VANISHED:
        folder, _, name = addition.path.rpartition("/")
        if folded(name) in vault.folder_names(folder):
            raise NotRead(addition.path, ELSEWHERE) from None
        return True
    return not addition.created and size <= addition.offset


def _remember(
    library: Library, undoing: Undoing, additions: Sequence[Addition], still_open: Collection[NotePath]
) -> None:
    """Remember these additions as taken out, and of which notes that is still to be told."""
    with library.transaction():
        for addition in additions:
            for part in addition.parts:
                placed = library.ledger.placed(part.book_id)
                book = library.mirror.book(part.book_id)
                placed = taken_out(placed, book, part, addition, forget=undoing.forget)
                placed = given_back(placed, part.updates, forget=undoing.forget)
                library.ledger.record(part.book_id, placed, settled=NEVER)
            library.journal.drop_addition(addition)
        library.set("undoing", Undoing(undoing.run, undoing.forget, tuple(still_open)) if still_open else NOTHING)
