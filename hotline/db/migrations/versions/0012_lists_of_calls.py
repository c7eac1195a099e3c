"""Campaigns beyond surveys: notices and reminders."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
OLD = "uq_campaign_people_campaign_number"
NEW = "uq_campaign_people_campaign_number_about"


def upgrade() -> None:
    """Say what campaigns and people on their lists are about."""
    op.add_column(
        "campaigns", sa.Column("kind", sa.String(), nullable=False, server_default=sa.text("'survey'"))
    )
    op.add_column("campaigns", sa.Column("facts", JSON, nullable=False, server_default=sa.text("'{}'")))
    for name in ("about", "result", "ticket"):
        column = sa.Column(name, sa.String(), nullable=False, server_default=sa.text("''"))
        op.add_column("campaign_people", column)
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(op.f(OLD), "campaign_people", type_="unique")
        op.create_unique_constraint(op.f(NEW), "campaign_people", ["campaign", "number", "about"])
    else:
        _by_making_it_anew()
    op.create_index(op.f("ix_campaign_people_about"), "campaign_people", ["about"])


def _by_making_it_anew() -> None:
    """SQLite drops the old table, and with its people their answers: these are put aside meanwhile."""
    op.execute("CREATE TEMPORARY TABLE kept_answers AS SELECT * FROM campaign_answers")
    with op.batch_alter_table("campaign_people") as people:
        people.drop_constraint(op.f(OLD), type_="unique")
        people.create_unique_constraint(op.f(NEW), ["campaign", "number", "about"])
    op.execute("DELETE FROM campaign_answers")
    op.execute("INSERT INTO campaign_answers SELECT * FROM kept_answers")
    op.execute("DROP TABLE kept_answers")
