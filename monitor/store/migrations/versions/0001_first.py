"""The first schema."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def upgrade() -> None:
    op.create_table(
        "blobs",
        sa.Column("hash", NAME, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_table(
        "changes",
        sa.Column("id", NAME, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("source", NAME, nullable=False),
        sa.Column("place", NAME, nullable=False),
        sa.Column("issuer", NAME, nullable=True),
        sa.Column("kind", NAME, nullable=False),
        sa.Column("situation", NAME, nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("changes_at", "changes", ["at", "id"])
    op.create_index("changes_held", "changes", ["at", "id"], **where("held"))
    op.create_index("changes_issuer", "changes", ["issuer", "at", "id"])
    op.create_index("changes_kind", "changes", ["kind", "at", "id"])
    op.create_index("changes_place", "changes", ["place", "at", "id"])
    op.create_index("changes_situation", "changes", ["situation", "at", "id"])
    op.create_index("changes_source", "changes", ["source", "at", "id"])
    op.create_table(
        "deliveries",
        sa.Column("seq", SERIAL, autoincrement=True, nullable=False),
        sa.Column("id", NAME, nullable=False),
        sa.Column("channel", NAME, nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("changes", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("situation", NAME, nullable=False),
        sa.Column("cluster", NAME, nullable=False),
        sa.Column("state", NAME, nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("refs", sa.Text(), nullable=False),
        sa.Column("settled", sa.BigInteger(), nullable=True),
        sa.Column("receipt", sa.Text(), nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.Column("wake", sa.BigInteger(), nullable=True),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("id"),
    )
    op.create_index("deliveries_channel", "deliveries", ["channel", "state", "seq"])
    op.create_index("deliveries_queue", "deliveries", ["situation", "channel", "seq"], **where("wake IS NOT NULL"))
    op.create_index("deliveries_settled", "deliveries", ["settled"], **where("settled IS NOT NULL"))
    op.create_index("deliveries_situation", "deliveries", ["situation", "seq"])
    op.create_index("deliveries_state", "deliveries", ["state", "seq"])
    op.create_index("deliveries_wake", "deliveries", ["wake"], **where("wake IS NOT NULL"))
    op.create_table(
        "memory",
        sa.Column("key", NAME, nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("memory_due", "memory", ["due"], **where("due IS NOT NULL"))
    op.create_table(
        "meta", sa.Column("name", NAME, nullable=False), sa.Column("value", sa.Text(), nullable=False), sa.PrimaryKeyConstraint("name")
    )
    op.create_table(
        "posture_history",
        sa.Column("id", SERIAL, autoincrement=True, nullable=False),
        sa.Column("place", NAME, nullable=False),
        sa.Column("issuer", NAME, nullable=False),
        sa.Column("standings", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("posture_history_at", "posture_history", ["at"])
    op.create_index("posture_history_place", "posture_history", ["place", "at", "id"])
    op.create_table(
        "postures",
        sa.Column("place", NAME, nullable=False),
        sa.Column("issuer", NAME, nullable=False),
        sa.Column("standings", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("place", "issuer"),
    )
    op.create_index("postures_issuer", "postures", ["issuer", "place"])
    op.create_table(
        "seen",
        sa.Column("source", NAME, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("shown", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("source", "hash"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sources",
        sa.Column("id", NAME, nullable=False),
        sa.Column("origin", NAME, nullable=False),
        sa.Column("configured", sa.Boolean(), nullable=False),
        sa.Column("poll", sa.BigInteger(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("last_modified", sa.Text(), nullable=False),
        sa.Column("body_hash", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=True),
        sa.Column("seen_well", sa.BigInteger(), nullable=True),
        sa.Column("polled", sa.BigInteger(), nullable=True),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=True),
        sa.Column("baseline", sa.Boolean(), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("newest", sa.BigInteger(), nullable=True),
        sa.Column("touches", sa.BigInteger(), nullable=False),
        sa.Column("shown", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("sources_due", "sources", ["due"], **where("due IS NOT NULL"))
    op.create_table(
        "tallies",
        sa.Column("source", NAME, nullable=False),
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("reason", NAME, nullable=False),
        sa.Column("times", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source", "day", "reason"),
        sqlite_with_rowid=False,
    )
    op.create_index("tallies_day", "tallies", ["day"])
    op.create_table(
        "timers",
        sa.Column("id", NAME, nullable=False),
        sa.Column("kind", NAME, nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("timers_due", "timers", ["due", "id"])
    op.create_table(
        "attempts",
        sa.Column("delivery", NAME, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("receipt", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["delivery"], ["deliveries.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("delivery", "number"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "editions",
        sa.Column("id", NAME, nullable=False),
        sa.Column("source", NAME, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("places", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("published", sa.BigInteger(), nullable=True),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.Column("blob", NAME, nullable=False),
        sa.ForeignKeyConstraint(
            ["blob"],
            ["blobs.hash"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("editions_blob", "editions", ["blob"])
    op.create_index("editions_seen", "editions", ["seen"])
    op.create_table(
        "edition_places",
        sa.Column("place", NAME, nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.Column("edition", NAME, nullable=False),
        sa.ForeignKeyConstraint(["edition"], ["editions.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("place", "seen", "edition"),
        sqlite_with_rowid=False,
    )
    op.create_index("edition_places_edition", "edition_places", ["edition"])
