"""Messages taken for somebody."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "messages",
        sa.Column("id", sa.Integer(), nullable=False),
        *_words("estate", "key", "building", "unit", "room", "staff", "staff_name", "to"),
        *_words("from_name", "from_number"),
        sa.Column("words", JSON, nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        *_words("language", "taken_by"),
        sa.Column("taken_at", INSTANT, nullable=False),
        *_words("call", "state"),
        sa.Column("deliver_at", INSTANT, nullable=False),
        sa.Column("settled_at", INSTANT, nullable=True),
        *_words("settled_by", "leg", "note"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("estate", "key", name=op.f("uq_messages_estate_key")),
    )
    for columns in (["estate", "state"], ["estate", "building", "unit", "room"], ["staff"]):
        op.create_index(op.f(f"ix_messages_{'_'.join(columns)}"), "messages", columns)


def _words(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(), nullable=False) for name in names]
