"""What long lists look for stands in an index of its own: steps of menus, operators, rooms, departments."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"

INDEXES = (
    ("queue_waits", ["estate", "operator", "leg"]),
    ("tickets", ["estate", "room"]),
    ("tickets", ["estate", "department"]),
)
STEPS = "ix_call_events_estate_kind_step_at_uniqueid"


def upgrade() -> None:
    """Add the column, fill it from what is there, make the indexes."""
    op.add_column("call_events", sa.Column("step", sa.String(), nullable=True))
    if op.get_bind().dialect.name == "postgresql":
        found = "UPDATE call_events SET step = detail ->> 'step' WHERE kind IN ('MENU', 'CHOICE')"
    else:
        found = (
            "UPDATE call_events SET step = json_extract(detail, '$.step') WHERE kind IN ('MENU', 'CHOICE')"
        )
    op.execute(found)
    some = sa.text("step IS NOT NULL")
    columns = ["estate", "kind", "step", "at", "uniqueid"]
    op.create_index(op.f(STEPS), "call_events", columns, sqlite_where=some, postgresql_where=some)
    for table, columns in INDEXES:
        op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, columns)
