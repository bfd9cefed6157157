"""Where does the state keep what nobody else may see, and what nobody misses?

    aside(connection)      then tables can be made in the schema `incoming`

A private database of SQLite's own, on the disk and not in memory, which vanishes with the connection. It is none of the
state: a transaction that brings it nothing to keep costs no fsync.
"""

from __future__ import annotations

import sqlite3


def aside(connection: sqlite3.Connection) -> None:
    """Let the connection have the schema `incoming`, empty, unless it has it; not inside a transaction."""
    if any(row[1] == "incoming" for row in connection.execute("PRAGMA database_list")):
        return
    connection.execute("ATTACH DATABASE '' AS incoming")
    connection.execute("PRAGMA incoming.synchronous = OFF")
    connection.execute("PRAGMA incoming.journal_mode = MEMORY")
    connection.execute("PRAGMA incoming.page_size = 16384")
