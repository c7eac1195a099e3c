"""People who sign in at the console, and their sessions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "users",
        *_words("username", "name", "estate", "number"),
        sa.Column("roles", JSON, nullable=False),
        *_words("language", "password_hash"),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        *_words("totp_secret"),
        sa.Column("totp_counter", sa.Integer(), nullable=False),
        sa.Column("recovery", JSON, nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("locks", sa.Integer(), nullable=False),
        sa.Column("locked_until", INSTANT, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        *_words("created_by"),
        sa.Column("last_seen_at", INSTANT, nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("username", name=op.f("pk_users")),
    )
    op.create_index(op.f("ix_users_estate_number"), "users", ["estate", "number"])
    op.create_table(
        "user_sessions",
        *_words("id", "username", "csrf"),
        sa.Column("passed", sa.Boolean(), nullable=False),
        *_words("offered"),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        *_words("address", "agent"),
        sa.ForeignKeyConstraint(
            ["username"], ["users.username"], name=op.f("fk_user_sessions_username_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_sessions")),
    )
    for column in ("username", "expires_at"):
        op.create_index(op.f(f"ix_user_sessions_{column}"), "user_sessions", [column])
    op.create_index(op.f("ix_api_audit_at"), "api_audit", ["at"])


def _words(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(), nullable=False) for name in names]
