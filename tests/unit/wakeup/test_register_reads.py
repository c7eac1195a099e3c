"""What the planner asks every second is answered by an index, however long the register is."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import event, insert, text

from hotline.call.clock import SystemClock
from hotline.call.ports.wakeups import Repeat
from hotline.db.engine import Database
from hotline.wakeup import course, repository
from hotline.wakeup.config import WakeupRules
from hotline.wakeup.models import BookingState, OccurrenceRow, WakeupRow

NOW = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)
LINES = 6000


def register(session):
    """Write a long register: half of it over, half of it due tomorrow; nothing to be alarmed about."""
    booking = {
        "number": "1001", "estate": "default", "building": "1", "unit": "", "room": "1", "place_note": "",
        "to": "", "to_raw": "", "at": NOW.time(), "repeat": Repeat.DAILY, "days": [],
        "first_day": NOW.date(), "until_day": None, "skips": [], "language": "zh",
        "state": BookingState.BOOKED, "requested_by": "guest", "call": "", "note": "", "stay": None,
        "next_day": None, "next_at": None, "created_at": NOW, "ended_at": None, "ended_by": "",
        "ended_why": "",
    }  # fmt: skip
    session.execute(insert(WakeupRow), [booking])
    lines = []
    for number in range(LINES):
        over = number % 2 == 0
        due = NOW + timedelta(hours=-1 if over else 1, seconds=-number if over else number)
        standing = course.begin(due, WakeupRules())
        line = {name: getattr(standing, name) for name in type(standing).__dataclass_fields__}
        line |= {
            "wakeup": "1001", "estate": "default", "day": date(2000, 1, 1) + timedelta(days=number),
            "place": "1-1", "rounds": 0, "minutes_late": None, "alarmed_at": None,
        }  # fmt: skip
        lines.append(line | ({"state": course.State.CONFIRMED} if over else {}))
    session.execute(insert(OccurrenceRow), lines)


@pytest.mark.parametrize("own_url", ["postgresql"], indirect=True)
def test_postgresql_reads_days_without_an_alarm_by_index(own_url):
    db = Database(own_url, clock=SystemClock())
    with db.transaction() as session:
        register(session)
        session.execute(text("ANALYZE"))
    asked = []

    def keep(_connection, _cursor, statement, parameters, *_):
        asked.append((statement, parameters))

    with db.reading() as session:
        engine = session.get_bind()
        event.listen(engine, "before_cursor_execute", keep)
        assert repository.unalarmed(session, before=NOW - timedelta(minutes=5), limit=200) == []
        event.remove(engine, "before_cursor_execute", keep)
        ((statement, parameters),) = asked
        plan = session.connection().exec_driver_sql(f"EXPLAIN {statement}", parameters).scalars().all()
    db.close()
    assert any("ix_wakeup_occurrences_state_escalate_at" in line for line in plan), plan
    assert not any("Seq Scan" in line for line in plan), plan
