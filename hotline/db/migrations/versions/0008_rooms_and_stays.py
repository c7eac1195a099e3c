"""Addresses of rooms to ring, and who stays in them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    _addresses()
    _stays()
    op.create_table(
        "stay_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("stay", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["stay"], ["stays.id"], name=op.f("fk_stay_events_stay"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stay_events")),
    )
    op.create_index(op.f("ix_stay_events_stay"), "stay_events", ["stay"])


def _addresses() -> None:
    op.add_column("rooms", sa.Column("address", sa.String(), nullable=False, server_default=sa.text("''")))
    op.add_column(
        "rooms", sa.Column("address_number", sa.String(), nullable=False, server_default=sa.text("''"))
    )
    op.create_index(op.f("ix_rooms_estate_address_number"), "rooms", ["estate", "address_number"])


def _stays() -> None:
    op.create_table(
        "stays",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("estate", sa.String(), nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["room_id"], ["rooms.id"], name=op.f("fk_stays_room_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stays")),
    )
    op.create_index(op.f("ix_stays_estate_left_at"), "stays", ["estate", "left_at"])
    op.create_index(op.f("ix_stays_room_id_left_at"), "stays", ["room_id", "left_at"])
