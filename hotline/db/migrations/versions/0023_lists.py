"""Indexes of long lists."""

from __future__ import annotations

from alembic import op

revision = "0023"
down_revision = "0022"

REPORTS = (
    ("call_events", ["estate", "kind", "at"]),
    ("ticket_history", ["estate", "at"]),
    ("ticket_limits", ["due_at"]),
    ("promises", ["estate", "said_at"]),
)
"""What reports read by time."""
LISTS = (("calls", ["dst"]), ("transcripts", ["estate", "created_at"]))
"""What lists of the console look for."""


def upgrade() -> None:
    """Make the tables."""
    for table, columns in (*REPORTS, *LISTS):
        op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, columns)
