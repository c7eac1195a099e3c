"""Lists of people to call, and what they answered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    _campaigns()
    _people()
    _answers()
    op.create_table(
        "campaign_stops",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("estate", sa.String(), nullable=False),
        sa.Column("said_on", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_campaign_stops")),
    )


def _campaigns() -> None:
    op.create_table(
        "campaigns",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("estate", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("flow", sa.String(), nullable=False),
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaigns")),
        sa.UniqueConstraint("estate", "name", name=op.f("uq_campaigns_estate_name")),
    )


def _people() -> None:
    op.create_table(
        "campaign_people",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("raw", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("building", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("room", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign"], ["campaigns.id"], name=op.f("fk_campaign_people_campaign"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_people")),
        sa.UniqueConstraint("campaign", "number", name=op.f("uq_campaign_people_campaign_number")),
    )
    op.create_index(op.f("ix_campaign_people_number"), "campaign_people", ["number"], unique=False)
    op.create_index(
        op.f("ix_campaign_people_campaign_state"), "campaign_people", ["campaign", "state"], unique=False
    )


def _answers() -> None:
    op.create_table(
        "campaign_answers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign", sa.Integer(), nullable=False),
        sa.Column("person", sa.Integer(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("recording", sa.String(), nullable=False),
        sa.Column("words_start", sa.Double(), nullable=True),
        sa.Column("words_end", sa.Double(), nullable=True),
        sa.Column("leg", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign"], ["campaigns.id"], name=op.f("fk_campaign_answers_campaign"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person"], ["campaign_people.id"], name=op.f("fk_campaign_answers_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_answers")),
        sa.UniqueConstraint("person", "question", name=op.f("uq_campaign_answers_person_question")),
    )
    op.create_index(
        op.f("ix_campaign_answers_campaign_question"),
        "campaign_answers",
        ["campaign", "question"],
        unique=False,
    )
