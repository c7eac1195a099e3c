"""Changes of the roster, shifts and their handover."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    _duty_changes()
    _shifts()
    _handovers()
    _log()


def _duty_changes() -> None:
    op.create_table(
        "duty_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("estate", sa.String(), nullable=False),
        sa.Column("roster", sa.String(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=True),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("remove", sa.String(), nullable=False),
        sa.Column("put_name", sa.String(), nullable=False),
        sa.Column("put_number", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("swap_of", sa.Integer(), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "(first_day IS NOT NULL AND last_day IS NOT NULL AND begins_at IS NULL AND ends_at IS NULL)"
            " OR (first_day IS NULL AND last_day IS NULL AND begins_at IS NOT NULL AND ends_at IS NOT NULL)",
            name=op.f("ck_duty_changes_days_or_instants"),
        ),
        sa.CheckConstraint("remove <> '' OR put_name <> ''", name=op.f("ck_duty_changes_somebody")),
        sa.ForeignKeyConstraint(["swap_of"], ["duty_changes.id"], name=op.f("fk_duty_changes_swap_of")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_changes")),
    )
    op.create_index(
        op.f("ix_duty_changes_estate_cancelled_at"), "duty_changes", ["estate", "cancelled_at"], unique=False
    )


def _shifts() -> None:
    unfinished = sa.text("ended_at IS NULL")
    op.create_table(
        "shifts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("estate", sa.String(), nullable=False),
        sa.Column("post", sa.String(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_from", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["taken_from"], ["shifts.id"], name=op.f("fk_shifts_taken_from")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shifts")),
    )
    op.create_index(
        op.f("ix_shifts_estate_post"),
        "shifts",
        ["estate", "post"],
        unique=True,
        sqlite_where=unfinished,
        postgresql_where=unfinished,
    )
    op.create_index(op.f("ix_shifts_estate_opened_at"), "shifts", ["estate", "opened_at"], unique=False)


def _handovers() -> None:
    pending = sa.text("answer IS NULL")
    op.create_table(
        "shift_handovers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shift_id", sa.Integer(), nullable=False),
        sa.Column("outgoing", sa.String(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("snapshot", JSON, nullable=False),
        sa.Column("equipment", sa.Text(), nullable=False),
        sa.Column("remarks", sa.Text(), nullable=False),
        sa.Column("incoming", sa.String(), nullable=False),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["shift_id"], ["shifts.id"], name=op.f("fk_shift_handovers_shift_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift_handovers")),
    )
    op.create_index(
        op.f("ix_shift_handovers_shift_id"),
        "shift_handovers",
        ["shift_id"],
        unique=True,
        sqlite_where=pending,
        postgresql_where=pending,
    )


def _log() -> None:
    op.create_table(
        "shift_log",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shift_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["shift_id"], ["shifts.id"], name=op.f("fk_shift_log_shift_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift_log")),
    )
    op.create_index(op.f("ix_shift_log_shift_id_at"), "shift_log", ["shift_id", "at"], unique=False)
