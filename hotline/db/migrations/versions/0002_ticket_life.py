"""The life of a ticket: owner, department, promises, time limits, files."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _tickets()
    _ticket_parts()
    _ticket_limits()


def _tickets() -> None:
    for name in ("owner", "department", "fault", "accused"):
        op.add_column("tickets", sa.Column(name, sa.String(), server_default=sa.text("''"), nullable=False))
    op.add_column("tickets", sa.Column("nature", sa.String(), nullable=True))
    for name in (
        "promised_at",
        "postponed_at",
        "accepted_at",
        "arrived_at",
        "feedback_at",
        "done_at",
        "followed_up_at",
        "round_at",
        "next_due_at",
    ):
        op.add_column("tickets", sa.Column(name, INSTANT, nullable=True))
    op.add_column("tickets", sa.Column("satisfaction", sa.Integer(), nullable=True))
    op.add_column("tickets", sa.Column("round", sa.Integer(), server_default="0", nullable=False))
    op.add_column("tickets", sa.Column("limits_of", sa.String(), server_default=sa.text("''"), nullable=True))
    for columns in (
        ["estate", "caller_number"],
        ["estate", "callback_number"],
        ["next_due_at"],
        ["limits_of"],
    ):
        op.create_index(op.f(f"ix_tickets_{'_'.join(columns)}"), "tickets", columns, unique=False)
    op.add_column(
        "ticket_history", sa.Column("state", sa.String(), server_default=sa.text("''"), nullable=False)
    )


def _ticket_parts() -> None:
    op.create_table(
        "ticket_parts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("estate", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("recording", sa.String(), nullable=False),
        sa.Column("start", sa.Double(), nullable=True),
        sa.Column("end", sa.Double(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=True),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["number"], ["tickets.number"], name=op.f("fk_ticket_parts_number"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_parts")),
    )
    op.create_index(op.f("ix_ticket_parts_number_at"), "ticket_parts", ["number", "at"], unique=False)


def _ticket_limits() -> None:
    op.create_table(
        "ticket_limits",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT, nullable=True),
        sa.Column("met_at", INSTANT, nullable=True),
        sa.Column("next_fire_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["number"], ["tickets.number"], name=op.f("fk_ticket_limits_number"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("number", "round", "name", name=op.f("pk_ticket_limits")),
    )
    op.create_index(op.f("ix_ticket_limits_next_fire_at"), "ticket_limits", ["next_fire_at"], unique=False)
    op.create_table(
        "ticket_firings",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["number"], ["tickets.number"], name=op.f("fk_ticket_firings_number"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("number", "round", "name", "percent", name=op.f("pk_ticket_firings")),
    )
