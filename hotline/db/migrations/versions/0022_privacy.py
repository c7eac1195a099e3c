"""Requests of people about their own data, what was done every night, and recordings that were refused."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables and the column."""
    op.add_column("recordings", sa.Column("refused_at", INSTANT, nullable=True))
    op.create_table(
        "privacy_requests",
        sa.Column("id", sa.Integer(), nullable=False),
        *_words("estate", "kind"),
        sa.Column("at", INSTANT, nullable=False),
        *_words("by", "person", "reason"),
        sa.Column("counts", JSON, nullable=False),
        sa.Column("stays", JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_privacy_requests")),
    )
    op.create_index(op.f("ix_privacy_requests_at"), "privacy_requests", ["at"])
    op.create_index(op.f("ix_privacy_requests_person"), "privacy_requests", ["person"])
    op.create_table(
        "privacy_salts",
        *_words("name", "salt"),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_privacy_salts")),
    )
    op.create_table(
        "retention_runs",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("began_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("counts", JSON, nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_retention_runs")),
    )


def _words(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(), nullable=False) for name in names]
