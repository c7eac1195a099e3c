"""Questions put to owners by telephone, and their answers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "confirmations",
        sa.Column("id", sa.Integer(), nullable=False),
        *_words("estate", "key", "building", "unit", "room", "matter", "who", "what"),
        sa.Column("persons", sa.Integer(), nullable=True),
        *_words("plate", "spot", "clip"),
        sa.Column("numbers", JSON, nullable=False),
        sa.Column("names", JSON, nullable=False),
        *_words("language", "asked_by"),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        *_words("standing"),
        sa.Column("answered_at", INSTANT, nullable=True),
        *_words("answered_by", "answered_on", "leg", "note"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_confirmations")),
        sa.UniqueConstraint("estate", "key", name=op.f("uq_confirmations_estate_key")),
    )
    for columns in (["standing", "expires_at"], ["estate", "building", "unit", "room"]):
        op.create_index(op.f(f"ix_confirmations_{'_'.join(columns)}"), "confirmations", columns)


def _words(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(), nullable=False) for name in names]
