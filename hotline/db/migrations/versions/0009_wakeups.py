"""Wake-ups: bookings, the register, what happened to each."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    _bookings()
    _register()
    _history()
    op.create_table(
        "wakeup_counter",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wakeup_counter")),
    )
    op.create_table(
        "wakeup_watch",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_wakeup_watch")),
    )


def _bookings() -> None:
    op.create_table(
        "wakeups",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("estate", sa.String(), nullable=False),
        sa.Column("building", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("room", sa.String(), nullable=False),
        sa.Column("place_note", sa.String(), nullable=False),
        sa.Column("to", sa.String(), nullable=False),
        sa.Column("to_raw", sa.String(), nullable=False),
        sa.Column("at", sa.Time(), nullable=False),
        sa.Column("repeat", sa.String(), nullable=False),
        sa.Column("days", JSON, nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("until_day", sa.Date(), nullable=True),
        sa.Column("skips", JSON, nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("requested_by", sa.String(), nullable=False),
        sa.Column("call", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("stay", sa.String(), nullable=True),
        sa.Column("next_day", sa.Date(), nullable=True),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=False),
        sa.Column("ended_why", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_wakeups")),
    )
    op.create_index(
        op.f("ix_wakeups_estate_building_unit_room"),
        "wakeups",
        ["estate", "building", "unit", "room"],
        unique=False,
    )
    op.create_index(op.f("ix_wakeups_state_next_at"), "wakeups", ["state", "next_at"], unique=False)
    op.create_index(op.f("ix_wakeups_estate_at"), "wakeups", ["estate", "at"], unique=False)


def _register() -> None:
    op.create_table(
        "wakeup_occurrences",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wakeup", sa.String(), nullable=False),
        sa.Column("estate", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("turn_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("escalate_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("knock_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("snoozes", sa.Integer(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by", sa.String(), nullable=False),
        sa.Column("minutes_late", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("rounds", sa.Integer(), nullable=False),
        sa.Column("alarmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["wakeup"], ["wakeups.number"], name=op.f("fk_wakeup_occurrences_wakeup"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wakeup_occurrences")),
        sa.UniqueConstraint("wakeup", "day", name=op.f("uq_wakeup_occurrences_wakeup_day")),
    )
    op.create_index(
        op.f("ix_wakeup_occurrences_estate_due_at"), "wakeup_occurrences", ["estate", "due_at"], unique=False
    )
    op.create_index(
        op.f("ix_wakeup_occurrences_state_escalate_at"),
        "wakeup_occurrences",
        ["state", "escalate_at"],
        unique=False,
    )


def _history() -> None:
    op.create_table(
        "wakeup_history",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wakeup", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["wakeup"], ["wakeups.number"], name=op.f("fk_wakeup_history_wakeup"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wakeup_history")),
    )
    op.create_index(op.f("ix_wakeup_history_wakeup"), "wakeup_history", ["wakeup"], unique=False)
