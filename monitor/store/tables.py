"""The tables of the ledger, with an index for every question that is asked; rows never leave this package.

Moments are microseconds since 1970 (UTC), so that they compare alike on every engine; JSON is text, because strangers'
words may hold what a database's own JSON type refuses.
"""

from __future__ import annotations

from typing import Any, ClassVar, cast

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    event,
    text,
)
from sqlmodel import Field, SQLModel

NAME = Text().with_variant(Text(collation="C"), "postgresql")
"""Text that is compared and ordered by code point, whatever the server's locale."""

SERIAL = BigInteger().with_variant(Integer(), "sqlite")


def _name(*args: Any, **kwargs: Any) -> Any:
    return Field(sa_column=Column(NAME, *args, nullable=False, **kwargs))


def _words(default: str | None = None) -> Any:
    return Field(sa_column=Column(Text(), nullable=False, server_default=default))


def _moment(*, null: bool = True, key: bool = False) -> Any:
    return Field(sa_column=Column(BigInteger(), nullable=null, primary_key=key))


def _number(default: str | None = None) -> Any:
    return Field(sa_column=Column(BigInteger(), nullable=False, server_default=default))


def _serial() -> Any:
    return Field(sa_column=Column(SERIAL, primary_key=True, autoincrement=True))


def _where(condition: str) -> dict[str, Any]:
    """For an index of some rows: put into the words of an engine when the index is made there, so that none is loaded for its words."""
    return {"info": {"where": condition}}


class SourceRow(SQLModel, table=True):
    """Where we stand with a source.

    `due` is empty while it is not configured, `origin` tells when its cursor is void,
    `shown` is the last day (since 1970) on which it said which keys it still shows.
    """

    __tablename__: ClassVar[str] = "sources"
    __table_args__ = (Index("sources_due", "due", **_where("due IS NOT NULL")),)

    id: str = _name(primary_key=True)
    origin: str = _name()
    configured: bool = Field(sa_column=Column(Boolean(), nullable=False))
    poll: int = _number()
    etag: str = _words()
    last_modified: str = _words()
    body_hash: str = _words()
    state: str = _words()
    why: str = _words()
    since: int | None = _moment()
    seen_well: int | None = _moment()
    polled: int | None = _moment()
    failures: int = _number()
    due: int | None = _moment()
    baseline: bool = Field(sa_column=Column(Boolean(), nullable=False))
    counts: str = _words()
    newest: int | None = _moment()
    touches: int = _number()
    shown: int | None = Field(sa_column=Column(Integer()))


class SeenRow(SQLModel, table=True):
    """Which wording of which item a source showed last, and on which day (since 1970) it was last seen there.

    Found by a hash, since keys have no bound on their length.
    """

    __tablename__: ClassVar[str] = "seen"
    __table_args__ = ({"sqlite_with_rowid": False},)

    source: str = _name(primary_key=True)
    hash: bytes = Field(sa_column=Column(LargeBinary(), primary_key=True))
    key: bytes = Field(sa_column=Column(LargeBinary(), nullable=False))
    digest: str = _words()
    shown: int = Field(sa_column=Column(Integer(), nullable=False))


class BlobRow(SQLModel, table=True):
    """Raw evidence, compressed, once, under the SHA-256 of what it was."""

    __tablename__: ClassVar[str] = "blobs"

    hash: str = _name(primary_key=True)
    size: int = _number()
    data: bytes = Field(sa_column=Column(LargeBinary(), nullable=False))


class EditionRow(SQLModel, table=True):
    """One version of one item."""

    __tablename__: ClassVar[str] = "editions"
    __table_args__ = (Index("editions_seen", "seen"), Index("editions_blob", "blob"))

    id: str = _name(primary_key=True)
    source: str = _name()
    key: str = _words()
    digest: str = _words()
    places: str = _words()
    issuer: str | None = Field(sa_column=Column(Text()))
    title: str = _words()
    url: str = _words()
    published: int | None = _moment()
    seen: int = _moment(null=False)
    blob: str = _name(ForeignKey("blobs.hash"))


class EditionPlaceRow(SQLModel, table=True):
    """Which editions are about a place, in the order in which they are read."""

    __tablename__: ClassVar[str] = "edition_places"
    __table_args__ = (Index("edition_places_edition", "edition"), {"sqlite_with_rowid": False})

    place: str = _name(primary_key=True)
    seen: int = _moment(null=False, key=True)
    edition: str = _name(ForeignKey("editions.id", ondelete="CASCADE"), primary_key=True)


class MemoryRow(SQLModel, table=True):
    """The detector's memory."""

    __tablename__: ClassVar[str] = "memory"
    __table_args__ = (Index("memory_due", "due", **_where("due IS NOT NULL")),)

    key: str = _name(primary_key=True)
    payload: str = _words()
    version: int = _number()
    due: int | None = _moment()


class PostureRow(SQLModel, table=True):
    """What an issuer holds about a place now."""

    __tablename__: ClassVar[str] = "postures"
    __table_args__ = (Index("postures_issuer", "issuer", "place"),)

    place: str = _name(primary_key=True)
    issuer: str = _name(primary_key=True)
    standings: str = _words()
    at: int = _moment(null=False)


class HistoryRow(SQLModel, table=True):
    """What an issuer held about a place from a moment on; a row only when a value became different."""

    __tablename__: ClassVar[str] = "posture_history"
    __table_args__ = (Index("posture_history_place", "place", "at", "id"), Index("posture_history_at", "at"))

    id: int = _serial()
    place: str = _name()
    issuer: str = _name()
    standings: str = _words()
    at: int = _moment(null=False)


class ChangeRow(SQLModel, table=True):
    """One change: columns for what is asked by, JSON for the rest."""

    __tablename__: ClassVar[str] = "changes"
    __table_args__ = (
        Index("changes_at", "at", "id"),
        Index("changes_place", "place", "at", "id"),
        Index("changes_issuer", "issuer", "at", "id"),
        Index("changes_source", "source", "at", "id"),
        Index("changes_situation", "situation", "at", "id"),
        Index("changes_kind", "kind", "at", "id"),
        Index("changes_held", "at", "id", **_where("held")),
    )

    id: str = _name(primary_key=True)
    at: int = _moment(null=False)
    source: str = _name()
    place: str = _name()
    issuer: str | None = Field(sa_column=Column(NAME))
    kind: str = _name()
    situation: str = _name()
    held: bool = Field(sa_column=Column(Boolean(), nullable=False))
    body: str = _words()


class DeliveryRow(SQLModel, table=True):
    """One ledger line. `wake` is when it may next be claimed (its due time, or the end of its lease), empty once settled."""

    __tablename__: ClassVar[str] = "deliveries"
    __table_args__ = (
        Index("deliveries_wake", "wake", **_where("wake IS NOT NULL")),
        Index("deliveries_queue", "situation", "channel", "seq", **_where("wake IS NOT NULL")),
        Index("deliveries_situation", "situation", "seq"),
        Index("deliveries_state", "state", "seq"),
        Index("deliveries_channel", "channel", "state", "seq"),
        Index("deliveries_settled", "settled", **_where("settled IS NOT NULL")),
    )

    seq: int = _serial()
    id: str = _name(unique=True)
    channel: str = _name()
    type: str = _words()
    changes: str = _words()
    created: int = _moment(null=False)
    due: int = _moment(null=False)
    route: str = _words()
    situation: str = _name()
    cluster: str = _name()
    state: str = _name()
    attempts: int = _number()
    why: str = _words()
    payload: str = _words()
    refs: str = _words()
    settled: int | None = _moment()
    receipt: str = _words()
    token: int = _number()
    wake: int | None = _moment()
    worker: str = _words()


class AttemptRow(SQLModel, table=True):
    """One try of one line; its number is the token it was made under."""

    __tablename__: ClassVar[str] = "attempts"
    __table_args__ = ({"sqlite_with_rowid": False},)

    delivery: str = _name(ForeignKey("deliveries.id", ondelete="CASCADE"), primary_key=True)
    number: int = Field(sa_column=Column(BigInteger(), primary_key=True))
    at: int = _moment(null=False)
    outcome: str = _words()
    why: str = _words()
    receipt: str = _words()


class TimerRow(SQLModel, table=True):
    """A promise with a due time."""

    __tablename__: ClassVar[str] = "timers"
    __table_args__ = (Index("timers_due", "due", "id"),)

    id: str = _name(primary_key=True)
    kind: str = _name()
    due: int = _moment(null=False)
    subject: str = _words()
    payload: str = _words()


class TallyRow(SQLModel, table=True):
    """How often a reason was the answer for a source on a day (days since 1970)."""

    __tablename__: ClassVar[str] = "tallies"
    __table_args__ = (Index("tallies_day", "day"), {"sqlite_with_rowid": False})

    source: str = _name(primary_key=True)
    day: int = Field(sa_column=Column(Integer(), primary_key=True, autoincrement=False))
    reason: str = _name(primary_key=True)
    times: int = _number()


class MetaRow(SQLModel, table=True):
    """Small facts about the database itself; `schema` is the newest migration it has had."""

    __tablename__: ClassVar[str] = "meta"

    name: str = _name(primary_key=True)
    value: str = _words()


def _table(row: type[SQLModel]) -> Table:
    return cast(Table, row.__table__)  # type: ignore[attr-defined]


sources = _table(SourceRow)
seen = _table(SeenRow)
blobs = _table(BlobRow)
editions = _table(EditionRow)
edition_places = _table(EditionPlaceRow)
memory = _table(MemoryRow)
postures = _table(PostureRow)
posture_history = _table(HistoryRow)
changes = _table(ChangeRow)
deliveries = _table(DeliveryRow)
attempts = _table(AttemptRow)
timers = _table(TimerRow)
tallies = _table(TallyRow)
meta = _table(MetaRow)

metadata = SQLModel.metadata


@event.listens_for(metadata, "before_create")
def _put_conditions(target: MetaData, connection: Connection, **_: Any) -> None:
    for index in (index for table in target.tables.values() for index in table.indexes if "where" in index.info):
        index.dialect_kwargs[f"{connection.dialect.name}_where"] = text(index.info["where"])
