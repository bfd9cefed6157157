"""Where does the state keep what nobody else may see, and what nobody misses?

    empty_table(connection, "pages", "id INTEGER PRIMARY KEY, value BLOB NOT NULL")      incoming.pages, without a row

A private database of SQLite's own, on the disk and not in memory, which vanishes with the connection. It is none of the
state: a transaction that brings it nothing to keep costs no fsync.
"""

from __future__ import annotations

import sqlite3


def empty_table(connection: sqlite3.Connection, name: str, columns: str) -> None:
    """Let the connection have this table in the schema `incoming`, with nothing in it; not inside a transaction."""
    _attach(connection)
    connection.execute(f"CREATE TABLE IF NOT EXISTS incoming.{name} ({columns})")
    connection.execute(f"DELETE FROM incoming.{name}")  # noqa: S608 - our own names; none can be dropped while one reads


def _attach(connection: sqlite3.Connection) -> None:
    if any(row[1] == "incoming" for row in connection.execute("PRAGMA database_list")):
        return
    connection.execute("ATTACH DATABASE '' AS incoming")
    connection.execute("PRAGMA incoming.synchronous = OFF")
    connection.execute("PRAGMA incoming.journal_mode = MEMORY")
    connection.execute("PRAGMA incoming.page_size = 16384")
