"""What goes wrong with SQLite, in sentences that say what to do."""

from __future__ import annotations

import sqlite3

from ..errors import StoreCorrupt, StoreError, StoreUnavailable

RESTORE = "Stop the monitor, move the database aside and put the newest backup in its place."

_BAD = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_DISK = "and that the disk is not read-only"
_PERMISSION = f"it may not be written to; check the permissions of the file and of its folder, {_DISK}"
_BUSY = "another process is writing to it; try again in a moment"
_LATER = {
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_LOCKED: _BUSY,
    sqlite3.SQLITE_FULL: "the disk is full; make room, nothing of this was written",
    sqlite3.SQLITE_READONLY: _PERMISSION,
    sqlite3.SQLITE_PERM: _PERMISSION,
    sqlite3.SQLITE_CANTOPEN: f"it cannot be opened; check that its folder exists, that this user may write there, {_DISK}",
    sqlite3.SQLITE_IOERR: "the disk did not do what was asked; check that it has room and is healthy",
    sqlite3.SQLITE_NOMEM: "there is not enough memory",
}


def explain_sqlite(error: BaseException, name: str) -> StoreError:
    """An error of the driver as one of ours; `name` is how the database is called in sentences."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    detail = str(error).strip().split("\n", maxsplit=1)[0]
    if code in _BAD:
        return StoreCorrupt(f"{name} cannot be read ({detail}); nothing was overwritten. {RESTORE}")
    if code in _LATER:
        return StoreUnavailable(f"{name} could not be used ({detail}): {_LATER[code]}.")
    return StoreError(f"{name} refused: {detail}")
