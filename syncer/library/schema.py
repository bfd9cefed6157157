"""How do the state's tables come about, in a new file and in one that an older version wrote?

    upgrade(connection, Corrupt)      0 (an empty file) → 1 → … → the version of this program (PRAGMA user_version)

`STEPS[n]` leads from version n to n + 1; the first makes the tables. Guarantees: each step is one transaction, so a
crash leaves the version before or after it; a file that is somebody else's, or a newer version's, is left as it is.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Sequence

APPLICATION_ID = 0x53594E43  # "SYNC"

TALLIES_SINCE = 2
STEPS = (
    """
CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE books (id INTEGER PRIMARY KEY, digest INTEGER NOT NULL, complete INTEGER NOT NULL, value BLOB NOT NULL);
CREATE INDEX books_by_digest ON books (id, digest);
CREATE TABLE links (link INTEGER NOT NULL, book_id INTEGER NOT NULL, PRIMARY KEY (link, book_id)) WITHOUT ROWID;
CREATE TABLE placed (book_id INTEGER PRIMARY KEY, settled INTEGER NOT NULL, path TEXT NOT NULL, value BLOB NOT NULL);
CREATE INDEX placed_by_settled ON placed (book_id, settled);
CREATE INDEX placed_by_path ON placed (path);
CREATE TABLE notes (path TEXT PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
                    ctime_ns INTEGER NOT NULL, inode INTEGER NOT NULL, facts BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE intents (id INTEGER PRIMARY KEY, value BLOB NOT NULL);
CREATE TABLE runs (id INTEGER PRIMARY KEY, value BLOB NOT NULL);
CREATE TABLE additions (run INTEGER NOT NULL, path TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (run, path));
CREATE INDEX additions_by_path ON additions (path, run)
""",
    """
CREATE INDEX books_incomplete ON books (id, digest) WHERE complete = 0;
CREATE TABLE tallies (book_id INTEGER PRIMARY KEY, digest INTEGER NOT NULL, highlights INTEGER NOT NULL,
                      updates INTEGER NOT NULL)
""",
    """
CREATE TABLE linked (book_id INTEGER PRIMARY KEY, digest INTEGER NOT NULL);
INSERT INTO linked SELECT id, digest FROM books
""",
)


def upgrade(
    connection: sqlite3.Connection, refuse: Callable[[str], Exception], *, steps: Sequence[str] = STEPS
) -> sqlite3.Connection:
    """Return the connection with the tables of the newest version in it; raise what `refuse` makes of a sentence."""
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if application == APPLICATION_ID and version > len(steps):
        raise refuse(f"a newer syncer wrote it (format {version}, this one knows {len(steps)})")
    if application != APPLICATION_ID and (application or version or _has_tables(connection)):
        raise refuse("the file is not a state of syncer's")
    if application == APPLICATION_ID and version < 1:
        raise refuse(f"there is no format {version}")
    for number in range(version, len(steps)):
        connection.execute("BEGIN IMMEDIATE")
        for statement in steps[number].split(";"):
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {number + 1}")
        connection.execute("COMMIT")
    return connection


def is_newest(connection: sqlite3.Connection) -> bool:
    """Return whether this is a state that has the tables of the newest version."""
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    return bool((application, version) == (APPLICATION_ID, len(STEPS)))


def is_as_made(connection: sqlite3.Connection) -> bool:
    """Return whether the tables and indexes are those of the newest version, to the letter."""
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as made:
        return _written(connection) == _written(upgrade(made, ValueError))


def _written(connection: sqlite3.Connection) -> set[tuple[object, ...]]:
    return set(connection.execute("SELECT type, name, tbl_name, sql FROM main.sqlite_master"))


def _has_tables(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])
