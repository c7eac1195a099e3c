"""Whom an operator can be connected with: colleagues, rosters, departments, rooms, staff, outside numbers."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from hotline.accounts import repository as accounts
from hotline.call.clock import Clock
from hotline.call.errors import OperatorRefused
from hotline.call.ports import TEST_CALL, Call, Duty, Extension, Place, Presence
from hotline.call.ports.outside import OutsideCategory, OutsideLines, OutsideWish, Permitted
from hotline.db.engine import Database
from hotline.enquiries.service import Enquiries
from hotline.operators.config import OperatorBook, OperatorEntry
from hotline.operators.seat import Right
from hotline.residents import rooms

LineOf = Callable[[str, str], tuple[str, Presence]]
"""Estate and operator's number: the line they are rung at, and what they do."""
_ROOM = re.compile(r"^[0-9A-Za-z]+(-[0-9A-Za-z]+){1,2}$")
FAR = frozenset({OutsideCategory.LONG_DISTANCE, OutsideCategory.INTERNATIONAL})
"""What an operator needs a right of its own for: dialling approves it."""
ITSELF = frozenset({"hotline", "热线"})
"""What an operator dials to hear the hotline's own menu."""
_DIALLED = re.compile(r"^[+0-9*#][0-9*# ().-]*$")


class DeskSwitchboard:
    """Implements :class:`hotline.call.ports.Switchboard`.

    What is named is looked for in this order: the hotline itself (a test call), an operator's number, a
    roster, an entry of the directory, a room (``3-2-602``, or its telephone), a staff number, an outside
    number under the dial plan.
    """

    def __init__(
        self,
        book: OperatorBook,
        *,
        line_of: LineOf,
        duty: Callable[[str], Duty],
        enquiries: Enquiries,
        outside: OutsideLines,
        db: Database,
        clock: Clock,
        own_line: Callable[[], str] = str,
    ) -> None:
        """``duty`` returns an estate's rosters, ``own_line`` where the hotline takes calls (``sip:…``)."""
        self._own_line = own_line
        self._book = book
        self._line_of = line_of
        self._duty = duty
        self._enquiries = enquiries
        self._outside = outside
        self._db = db
        self._clock = clock
        self._permitted: dict[str, Permitted] = {}
        """Outside calls that are not charged yet, by slip."""

    async def find(self, wanted: str, *, operator: str, estate: str) -> Extension:
        """Return who ``wanted`` is; raises :class:`OperatorRefused` or ``OutsideRefused`` with the reason."""
        now = self._clock.now()
        found = (
            self._itself(wanted)
            or self._colleague(wanted, operator, estate)
            or self._on_duty(wanted, estate, now)
            or self._listed(wanted, estate, now)
            or await self._db.read(lambda session: _inside(session, estate, wanted))
        )
        if found is not None:
            return found
        if not _DIALLED.match(wanted):
            raise OperatorRefused(
                f'There is nobody called "{wanted}": give a number, a room like 3-2-602, a roster, or a name '
                "of the directory.",
                code="nobody-found",
            )
        return await self._dial_out(wanted, operator, estate)

    async def over(self, extension: Extension, leg: Call, *, operator: str, estate: str) -> None:
        """Charge an outside call; others cost nothing."""
        permitted = self._permitted.pop(extension.slip, None) if extension.slip else None
        if permitted is not None:
            await self._outside.charge(permitted, leg.report() if leg.over else None)

    # --- inside ----------------------------------------------------------------------------------

    def _itself(self, wanted: str) -> Extension | None:
        """The hotline's own menu, as a caller hears it: over the telephone line, both ways."""
        own = self._own_line() if wanted.strip().lower() in ITSELF else ""
        if not own:
            return None
        return Extension(name="热线", address=own, kind="department", asks=False, purpose=TEST_CALL)

    def _colleague(self, wanted: str, operator: str, estate: str) -> Extension | None:
        entry = self._entry(wanted, estate)
        if entry is None:
            return None
        if entry.number == operator:
            raise OperatorRefused("That is your own number.", code="own-number")
        line, presence = self._line_of(estate, entry.number)
        if presence is Presence.SIGNED_OUT:
            raise OperatorRefused(f"Operator {entry.number} is signed out.", code="operator-away")
        return Extension(name=entry.number, address=line, kind="operator", asks=False)

    def _entry(self, number: str, estate: str) -> OperatorEntry | None:
        entries = self._book.in_service().operators
        return next((one for one in entries if one.number == number and one.estate in ("", estate)), None)

    def _on_duty(self, wanted: str, estate: str, now: datetime) -> Extension | None:
        try:
            people = self._duty(estate).on_duty(wanted, now)
        except KeyError:
            return None
        if not people:
            raise OperatorRefused(f"Nobody is on the roster {wanted} now.", code="roster-empty")
        return Extension(name=people[0].name or wanted, address=people[0].number, kind="staff")

    def _listed(self, wanted: str, estate: str, now: datetime) -> Extension | None:
        found = self._enquiries.search(estate, wanted, at=now)
        if not found or (wanted.isdigit() and wanted not in (found[0].code, found[0].number)):
            return None
        if len(found) > 1:
            names = ", ".join(one.names["zh"] for one in found)
            raise OperatorRefused(f'"{wanted}" may be {names}: say which.', code="several-found")
        entry = found[0]
        if entry.connect:
            return Extension(name=entry.names["zh"], address=entry.number, kind="department", asks=False)
        if wanted == entry.number:
            return None  # it is dialled, under the dial plan
        raise OperatorRefused(
            f"{entry.names['zh']} has the number {entry.told}, which is told, not connected. Dial it as an "
            "outside number if you may.",
            code="told-only",
        )

    # --- outside ---------------------------------------------------------------------------------

    async def _dial_out(self, number: str, operator: str, estate: str) -> Extension:
        entry = self._entry(operator, estate)
        if entry is None or Right.OUTSIDE not in entry.seated(estate).may:
            raise OperatorRefused(
                "You may not dial outside numbers: a supervisor does, or gives you the right "
                "(operators.yaml, may: [outside]).",
                code="outside-right",
            )
        wish = OutsideWish(estate=estate, number=number, operator=operator)
        permitted = await self._outside.permit(wish)
        if permitted.category in FAR and Right.LONG_DISTANCE not in entry.seated(estate).may:
            await self._outside.charge(permitted, None)
            raise OperatorRefused(
                "You may not dial long-distance numbers: a supervisor does, or gives you the right "
                "(operators.yaml, may: [long_distance]).",
                code="long-distance-right",
            )
        self._permitted[permitted.slip] = permitted
        order = permitted.order
        return Extension(
            name=number[-4:].rjust(len(number), "*"), address=order.to, kind="outside", account=order.account,
            caller_id=order.caller_id, asks=False, longest=permitted.longest, purpose=order.purpose,
            slip=permitted.slip,
        )  # fmt: skip


def _inside(session: Session, estate: str, wanted: str) -> Extension | None:
    """A room by its name or its telephone, or a member of staff."""
    row = rooms.find(session, estate, _place(wanted)) if _ROOM.match(wanted) else None
    row = row or (rooms.called_from(session, estate, wanted) if wanted.isdigit() else None)
    if row is not None:
        if not row.address:
            raise OperatorRefused(f"Room {row.place} has no telephone: take a message.", code="no-telephone")
        return Extension(name=str(row.place), address=row.address, kind="room")
    member = accounts.find(session, estate, wanted)
    if member is None or not member.active:
        return None
    if not member.telephone:
        raise OperatorRefused(
            f"Staff number {wanted} has no telephone: `hotline staff change` gives them one.",
            code="no-telephone",
        )
    return Extension(name=wanted, address=member.telephone, kind="staff")


def _place(text: str) -> Place:
    parts = text.split("-")
    building, unit, room = parts if len(parts) == 3 else (parts[0], "", parts[-1])
    return Place(building, unit, room)
