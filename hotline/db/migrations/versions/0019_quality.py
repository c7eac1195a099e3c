"""Quality review: samples, scores, remarks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "quality_samples",
        sa.Column("id", sa.Integer(), nullable=False),
        *_words("estate", "operator"),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        *_words("seed"),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("candidates", sa.Integer(), nullable=False),
        sa.Column("drawn_at", INSTANT, nullable=False),
        *_words("drawn_by"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_samples")),
    )
    op.create_index(op.f("ix_quality_samples_estate_drawn_at"), "quality_samples", ["estate", "drawn_at"])
    op.create_table("quality_reviews", *_review(), *_keys())
    for columns in (["estate", "operator", "call_at"], ["estate", "state"], ["sample"]):
        op.create_index(op.f(f"ix_quality_reviews_{'_'.join(columns)}"), "quality_reviews", columns)


def _review() -> list[sa.Column[object]]:
    return [
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sample", sa.Integer(), nullable=False),
        *_words("estate", "operator", "call"),
        sa.Column("call_at", INSTANT, nullable=False),
        sa.Column("talked", sa.Double(), nullable=False),
        *_words("state"),
        sa.Column("form", JSON, nullable=False),
        sa.Column("points", JSON, nullable=False),
        sa.Column("percent", sa.Double(), nullable=True),
        sa.Column("passed", sa.Boolean(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("scored_at", INSTANT, nullable=True),
        *_words("scored_by"),
        sa.Column("example", sa.Boolean(), nullable=False),
        sa.Column("example_note", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
    ]


def _keys() -> list[sa.Constraint]:
    return [
        sa.ForeignKeyConstraint(
            ["sample"], ["quality_samples.id"], ondelete="CASCADE",
            name=op.f("fk_quality_reviews_sample_quality_samples"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_reviews")),
        sa.UniqueConstraint("operator", "call", name=op.f("uq_quality_reviews_operator_call")),
    ]  # fmt: skip


def _words(*names: str) -> list[sa.Column[object]]:
    return [sa.Column(name, sa.String(), nullable=False) for name in names]
