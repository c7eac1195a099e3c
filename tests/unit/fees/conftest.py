from __future__ import annotations

import pytest
from fees_kit import Office


@pytest.fixture
def office(db, clock, tmp_path):
    """Bills on both databases; it is Monday, 2026-11-23, in Shanghai."""
    return Office(db, clock, tmp_path)
