"""The life of a ticket: owner, department, promises, time limits, files."""

from __future__ import annotations

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Nothing yet."""
