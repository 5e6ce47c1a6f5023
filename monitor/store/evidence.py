"""What was seen and what became of it: editions with their raw bodies, postures and their history, changes."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, Table, bindparam, select, text, tuple_

from ..errors import UnknownName
from ..ledger import ChangeQuery, Edition
from ..model import WORLD, Change, Posture
from . import codec
from .database import CHUNK, insert, insert_new, present
from .tables import blobs, changes, edition_places, editions, posture_history, postures

# --- editions --------------------------------------------------------------------------------------------------------


def put_editions(connection: Connection, new: Sequence[Edition], level: int) -> None:
    """Keep new versions of items with their raw bodies, each body once; `level` is how hard zlib tries."""
    if not new:
        return
    raws = {raw: hashlib.sha256(raw).hexdigest() for raw in {edition.raw for edition in new}}
    known = present(connection, blobs.c.hash, raws.values())
    fresh_raws = {hash: raw for raw, hash in raws.items() if hash not in known}
    packed = [{"hash": h, "size": len(raw), "data": zlib.compress(raw, level)} for h, raw in sorted(fresh_raws.items())]
    rows = [codec.edition_row(edition, raws[edition.raw]) for edition in new]
    places = [
        {"place": place, "seen": row["seen"], "edition": row["id"]}
        for edition, row in zip(new, rows, strict=True)
        for place in edition.places or (WORLD,)
    ]
    ids = {row["id"] for row in rows}
    fresh = ids - present(connection, editions.c.id, ids)
    _insert_new(connection, blobs, packed)
    _insert_new(connection, editions, [row for row in rows if row["id"] in fresh])
    _insert_new(connection, edition_places, [row for row in places if row["edition"] in fresh])


def _insert_new(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(insert_new(connection.dialect.name, table), rows)


def about(connection: Connection, place: str, limit: int) -> tuple[Edition, ...]:
    """The newest editions about a place with their raw bodies, newest first."""
    joined = edition_places.join(editions, editions.c.id == edition_places.c.edition).join(blobs, blobs.c.hash == editions.c.blob)
    newest = select(editions, blobs.c.data).select_from(joined).where(edition_places.c.place == place)
    newest = newest.order_by(edition_places.c.seen.desc(), edition_places.c.edition.desc()).limit(limit)
    return tuple(codec.edition(row) for row in connection.execute(newest).mappings())


def blob(connection: Connection, hash: str) -> bytes:
    """One raw body by its SHA-256."""
    data = connection.execute(select(blobs.c.data).where(blobs.c.hash == hash)).scalar()
    if data is None:
        raise UnknownName(f"there is no evidence {hash!r}")
    return zlib.decompress(data)


# --- postures --------------------------------------------------------------------------------------------------------


def put_postures(connection: Connection, now_held: Sequence[Posture], at: datetime) -> None:
    """The posture of now is replaced whenever anything about it differs; history gets a line only for another value."""
    for start in range(0, len(now_held), CHUNK):
        some = sorted(now_held[start : start + CHUNK], key=lambda posture: (posture.place, posture.issuer))
        stored = _stored_standings(connection, some)
        rows = [_posture_row(posture, at) for posture in some]
        differing = [row for row in rows if stored.get((row["place"], row["issuer"])) != row["standings"]]
        news = [row for row in differing if _says_else(stored.get((row["place"], row["issuer"])), row["standings"])]
        if differing:
            upsert = insert(connection.dialect.name, postures)
            fresh = {"standings": upsert.excluded.standings, "at": upsert.excluded.at}
            connection.execute(upsert.on_conflict_do_update(index_elements=["place", "issuer"], set_=fresh), differing)
        if news:
            connection.execute(insert(connection.dialect.name, posture_history), news)


def _stored_standings(connection: Connection, some: Sequence[Posture]) -> dict[tuple[str, str], str]:
    pairs = [(posture.place, posture.issuer) for posture in some]
    query = select(postures.c.place, postures.c.issuer, postures.c.standings)
    rows = connection.execute(query.where(tuple_(postures.c.place, postures.c.issuer).in_(pairs)))
    return {(place, issuer): standings for place, issuer, standings in rows}


def _posture_row(posture: Posture, at: datetime) -> dict[str, Any]:
    return {"place": posture.place, "issuer": posture.issuer, "standings": codec.standings(posture), "at": codec.micros(at)}


def _says_else(before: str | None, after: str) -> bool:
    return before is None or codec.held_values(before) != codec.held_values(after)


def held(connection: Connection, place: str | None, issuer: str | None) -> tuple[Posture, ...]:
    """Postures held now."""
    query = select(postures).order_by(postures.c.place, postures.c.issuer)
    if place is not None:
        query = query.where(postures.c.place == place)
    if issuer is not None:
        query = query.where(postures.c.issuer == issuer)
    return tuple(codec.posture(row) for row in connection.execute(query).mappings())


def history(connection: Connection, place: str) -> tuple[tuple[datetime, Posture], ...]:
    """Every posture ever held about a place, oldest first."""
    rows = select(posture_history).where(posture_history.c.place == place).order_by(posture_history.c.at, posture_history.c.id)
    return tuple((codec.moment(row["at"]), codec.posture(row)) for row in connection.execute(rows).mappings())


# --- changes ---------------------------------------------------------------------------------------------------------


def put_changes(connection: Connection, new: Sequence[Change]) -> None:
    """Keep new changes; one that was held becomes told when it comes again as told, and nothing else ever changes."""
    if not new:
        return
    upsert = insert(connection.dialect.name, changes)
    told = {name: upsert.excluded[name] for name in ("at", "kind", "situation", "held", "body")}
    upsert = upsert.on_conflict_do_update(index_elements=["id"], set_=told, where=changes.c.held & ~upsert.excluded.held)
    connection.execute(upsert, [codec.change_row(change) for change in new])


def read_changes(connection: Connection, query: ChangeQuery) -> tuple[Change, ...]:
    """One page of changes, newest first."""
    return tuple(codec.change(row) for row in connection.execute(changes_page(query)).mappings())


def changes_page(query: ChangeQuery) -> Select[Any]:
    """The statement for one page of changes."""
    page = select(changes).order_by(changes.c.at.desc(), changes.c.id.desc()).limit(query.limit)
    for column in ("place", "issuer", "source", "situation"):
        if (value := getattr(query, column)) is not None:
            page = page.where(changes.c[column] == value)
    if query.kinds:
        page = page.where(changes.c.kind.in_(query.kinds))
    if query.held is not None:
        page = page.where(text("held") if query.held else ~changes.c.held)  # in the very words of the partial index
    if query.since is not None:
        page = page.where(changes.c.at >= codec.micros(query.since))
    if query.before is not None:
        at, id = query.before
        page = page.where(tuple_(changes.c.at, changes.c.id) < tuple_(codec.micros(at), id))
    return page


def change(connection: Connection, id: str) -> Change:
    """One change."""
    row = connection.execute(_change_by_id(), {"value": id}).mappings().first()
    if row is None:
        raise UnknownName(f"there is no change {id!r}")
    return codec.change(row)


@cache
def _change_by_id() -> Select[Any]:
    return select(changes).where(changes.c.id == bindparam("value"))
