"""Outside lines: approvals, bookings and what calls cost."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "outside_calls",
        *_words("slip", "estate", "linkedid", "leg", "extension", "building", "unit", "room", "stay"),
        *_words("operator", "dialled", "sent", "number", "rated_as", "category", "rule", "service_class"),
        *_words("trunk", "booking"),
        sa.Column("approval", sa.Integer(), nullable=True),
        *_words("approved_by"),
        sa.Column("permitted_at", INSTANT, nullable=False),
        sa.Column("answered_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("seconds", sa.Integer(), nullable=True),
        *_words("disposition"),
        sa.Column("lost", sa.Boolean(), nullable=False),
        *_words("tariff"),
        sa.Column("cost_cents", sa.BigInteger(), nullable=True),
        *_words("currency", "state"),
        sa.Column("billed_at", INSTANT, nullable=True),
        *_words("billed_by", "billed_as"),
        sa.PrimaryKeyConstraint("slip", name=op.f("pk_outside_calls")),
    )
    op.create_table(
        "outside_approvals",
        sa.Column("id", sa.Integer(), nullable=False),
        *_words("estate", "extension", "building", "unit", "room", "category", "number"),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        *_words("given_by"),
        sa.Column("given_at", INSTANT, nullable=False),
        sa.Column("until", INSTANT, nullable=False),
        *_words("reason"),
        sa.Column("withdrawn_at", INSTANT, nullable=True),
        *_words("withdrawn_by"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outside_approvals")),
    )
    op.create_table(
        "outside_bookings",
        *_words("number", "estate", "extension", "rings", "building", "unit", "room", "operator"),
        *_words("dialled", "wanted", "category", "trunk", "language"),
        sa.Column("arrived_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("needs_approval", sa.Boolean(), nullable=False),
        *_words("approved_by"),
        sa.Column("approved_at", INSTANT, nullable=True),
        *_words("state", "slip"),
        sa.Column("ended_at", INSTANT, nullable=True),
        *_words("result"),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_outside_bookings")),
    )
    op.create_table(
        "outside_counters",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_outside_counters")),
    )
    _index("outside_calls", "estate", "permitted_at")
    _index("outside_calls", "estate", "building", "unit", "room", "permitted_at")
    _index("outside_calls", "state", "permitted_at")
    _index("outside_calls", "leg")
    _index("outside_approvals", "estate", "until")
    _index("outside_bookings", "state", "arrived_at")
    _index("outside_bookings", "estate", "arrived_at")


def _words(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(), nullable=False) for name in names]


def _index(table: str, *columns: str) -> None:
    op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns))
