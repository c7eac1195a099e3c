"""Bills, debts and promises as rows for tables, JSON and sheets."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, tzinfo
from typing import Any

from hotline.call.ports.fees import room_subject
from hotline.cli import tables
from hotline.cli.personal import Shown
from hotline.fees import repository
from hotline.fees.late_fee import LateFeeRule
from hotline.fees.models import BillHistoryRow, BillRow, PromiseRow
from hotline.fees.money import yuan
from hotline.fees.repository import Debt
from hotline.fees.rooms import Contact

BILL_COLUMNS = (
    "number", "estate", "room", "month", "items", "total", "late_fee", "due_on", "notice_on", "state",
    "paid_on", "paid_how", "paid_by",
)  # fmt: skip
DEBT_COLUMNS = (
    "estate", "room", "name", "number", "months", "total", "late_fee", "oldest_due_on", "promised_on",
    "bills",
)  # fmt: skip
PROMISE_COLUMNS = (
    "id", "estate", "room", "said_on", "promised_on", "total", "months", "state", "said_to", "leg",
    "decided_at",
)  # fmt: skip


def bill(row: BillRow, today: date) -> dict[str, Any]:
    """Return a bill; ``late_fee`` is as of today, for a paid one as of the day the money came."""
    found = repository.summary(row, today)
    return {
        "number": row.number,
        "estate": row.estate,
        "room": str(row.place),
        "month": row.month,
        "items": [
            {"kind": item.kind, "label": item.label, "amount": str(item.amount)} for item in found.items
        ],
        "total": str(found.total),
        "late_fee": str(found.late_fee),
        "due_on": row.due_on.isoformat(),
        "notice_on": _day(row.notice_on),
        "state": row.state.value,
        "paid_on": _day(row.paid_on),
        "paid_how": row.paid_how,
        "paid_by": row.paid_by,
    }


def flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row with its lists as one text, for tables and sheets."""
    return {name: _joined(value) for name, value in row.items()}


def rule(kept: Mapping[str, str]) -> str:
    """Return a late-fee rule as a line to read."""
    found = LateFeeRule.from_kept(kept)
    if found is None:
        return "none"
    often = "per day" if found.charged.value == "per_day" else "once"
    since = f"after day {found.after_day} of the month it is due in"
    if found.after_day is None:
        since = f"after {found.days_past_due} days past due"
    caps = [f"{found.cap_percent} %"] if found.cap_percent is not None else []
    caps += [f"{found.cap_yuan} yuan"] if found.cap_yuan is not None else []
    most = f", at most {' and '.join(caps)}" if caps else ""
    return f"{found.percent} % {often}, {since}{most}"


def history(row: BillHistoryRow, zone: tzinfo) -> dict[str, Any]:
    """Return a line of a bill's history."""
    return {"at": tables.local(row.at, zone), "who": row.who, "event": row.event, "detail": row.detail}


def debt(found: Debt, estate: str, people: Mapping[str, Contact], shown: Shown) -> dict[str, Any]:
    """Return what a room owes, and whom to call."""
    contact = people.get(room_subject(estate, found.place))
    return {
        "estate": estate,
        "room": str(found.place),
        "name": shown.name(contact.name) if contact else "",
        "number": shown.number(contact.number) if contact else "",
        "months": [one.month for one in found.bills],
        "total": str(found.total),
        "late_fee": str(found.late_fee),
        "oldest_due_on": min(one.due_on for one in found.bills).isoformat(),
        "promised_on": _day(found.promised_on),
        "bills": [one.number for one in found.bills],
    }


def promise(row: PromiseRow, zone: tzinfo) -> dict[str, Any]:
    """Return a promise."""
    return {
        "id": row.id,
        "estate": row.estate,
        "room": str(row.place),
        "said_on": row.said_on.isoformat(),
        "promised_on": row.promised_on.isoformat(),
        "total": str(yuan(row.amount_fen)),
        "months": [one.month for one in row.bills],
        "state": row.state.value,
        "said_to": row.said_to,
        "leg": row.leg,
        "decided_at": tables.local(row.decided_at, zone),
    }


def _day(day: date | None) -> str:
    return "" if day is None else day.isoformat()


def _joined(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    return " ".join(f"{one['label']} {one['amount']}" if isinstance(one, dict) else one for one in value)
