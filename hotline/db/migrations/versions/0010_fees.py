"""Bills, promises to pay, and the reminders about them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Make the tables."""
    _bills()
    _parts_of_bills()
    _promises()


def _bills() -> None:
    op.create_table(
        "bills",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("estate", sa.String(), nullable=False),
        sa.Column("building", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("room", sa.String(), nullable=False),
        sa.Column("room_key", sa.String(), nullable=False),
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("notice_on", sa.Date(), nullable=True),
        sa.Column("late_fee", JSON, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paid_how", sa.String(), nullable=False),
        sa.Column("paid_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_bills")),
        sa.UniqueConstraint(
            "estate", "building", "unit", "room_key", "month",
            name=op.f("uq_bills_estate_building_unit_room_key_month"),
        ),
    )  # fmt: skip
    op.create_index(op.f("ix_bills_estate_state_due_on"), "bills", ["estate", "state", "due_on"])


def _parts_of_bills() -> None:
    op.create_table(
        "bill_items",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("bill", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bill"], ["bills.number"], name=op.f("fk_bill_items_bill"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bill_items")),
    )
    op.create_index(op.f("ix_bill_items_bill_position"), "bill_items", ["bill", "position"])
    op.create_table(
        "bill_history",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("bill", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bill"], ["bills.number"], name=op.f("fk_bill_history_bill"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bill_history")),
    )
    op.create_index(op.f("ix_bill_history_bill"), "bill_history", ["bill"])
    op.create_table(
        "bill_counters",
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("month", name=op.f("pk_bill_counters")),
    )


def _promises() -> None:
    op.create_table(
        "promises",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("estate", sa.String(), nullable=False),
        sa.Column("building", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("room", sa.String(), nullable=False),
        sa.Column("room_key", sa.String(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("said_on", sa.Date(), nullable=False),
        sa.Column("promised_on", sa.Date(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("said_to", sa.String(), nullable=False),
        sa.Column("leg", sa.String(), nullable=False),
        sa.Column("recording", sa.String(), nullable=False),
        sa.Column("words_start", sa.Double(), nullable=True),
        sa.Column("words_end", sa.Double(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promises")),
    )
    op.create_index(
        op.f("ix_promises_estate_building_unit_room_key"),
        "promises",
        ["estate", "building", "unit", "room_key"],
    )
    op.create_index(op.f("ix_promises_state_promised_on"), "promises", ["state", "promised_on"])
    op.create_table(
        "promise_bills",
        sa.Column("promise", sa.Integer(), nullable=False),
        sa.Column("bill", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["promise"], ["promises.id"], name=op.f("fk_promise_bills_promise"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["bill"], ["bills.number"], name=op.f("fk_promise_bills_bill"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("promise", "bill", name=op.f("pk_promise_bills")),
    )
    op.create_index(op.f("ix_promise_bills_bill"), "promise_bills", ["bill"])
