"""Keeping the staff: added, given PINs, unlocked, removed – by people at the machine, on the record."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from hotline.accounts import pins, repository
from hotline.accounts.models import StaffRow
from hotline.accounts.pins import NewPin
from hotline.call.errors import HotlineError
from hotline.call.ports import StaffRole

LONGEST_NUMBER = 8
"""Digits of a staff number: it is keyed in."""


class BadStaff(HotlineError):
    """Something about a member of staff that cannot be; nothing was changed."""

    code = "bad-staff"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMember:
    """Somebody as people write them down. ``telephone`` is raw and may be empty."""

    number: str
    name: str
    telephone: str = ""
    roles: frozenset[StaffRole] = frozenset({StaffRole.TECHNICIAN})


@dataclass(frozen=True, slots=True)
class Given:
    """A PIN that was just made up: shown once, kept only as a hash."""

    number: str
    name: str
    pin: str


@dataclass(frozen=True, slots=True)
class Office:
    """Does it, in the name of ``by``, in one estate, inside the transaction of ``session``."""

    session: Session
    estate: str
    by: str
    at: datetime
    normalise: Callable[[str], str]

    def add(self, member: NewMember) -> StaffRow:
        """Add somebody under a number nobody has; who had left is back.

        Raises :class:`BadStaff` when somebody has the number, or the facts cannot be.
        """
        row = repository.find(self.session, self.estate, member.number)
        if row is not None and row.active:
            raise BadStaff(
                f"Somebody has the staff number {member.number} already. `hotline staff change "
                f"{member.number}` changes what is known of them; before the number goes to somebody else, "
                f"`hotline staff remove {member.number}`.",
                code="staff-number-taken",
            )
        return self.keep(member)

    def change(self, number: str, **new: Any) -> StaffRow:
        """Change what is known of somebody: ``name``, ``telephone`` or ``roles``; all else and the PIN stay.

        Raises :class:`BadStaff` for somebody who is not there, when nothing is given, or it cannot be.
        """
        row = self._somebody(number)
        if not new:
            raise BadStaff("Say what changes: --name, --telephone or --role.", code="nothing-to-change")
        known = {
            "name": row.name,
            "telephone": row.telephone_raw,
            "roles": frozenset(map(StaffRole, row.roles)),
        }
        return self.keep(NewMember(number=number, **(known | new)))

    def keep(self, member: NewMember) -> StaffRow:
        """Add somebody, or bring what is known of a number up to date; the PIN stays as it is.

        Raises :class:`BadStaff` when the facts cannot be (see :func:`problem_with`).
        """
        wrong = problem_with(member, self.normalise)
        if wrong:
            raise BadStaff(wrong)
        row = repository.find(self.session, self.estate, member.number)
        fresh = row is None or not row.active
        if row is None:
            row = _empty(self.estate, member.number)
            self.session.add(row)
        facts = {
            "name": member.name.strip(),
            "telephone": self.normalise(member.telephone),
            "telephone_raw": member.telephone.strip(),
            "roles": sorted(member.roles),
            "active": True,
        }
        changed = any(getattr(row, name) != value for name, value in facts.items())
        for name, value in facts.items():
            setattr(row, name, value)
        if changed:
            self._note(member.number, "added" if fresh else "changed")
        self.session.flush()
        return row

    def give_pin(self, number: str, pin: NewPin) -> Given:
        """Set a PIN; an account that was locked is open again.

        Raises :class:`BadStaff` for a PIN that is too easy, or somebody who is not there.
        """
        row = self._somebody(number)
        weak = pins.weakness(pin.digits, number=row.number, telephone=row.telephone)
        if weak:
            raise BadStaff(weak, code="weak-pin")
        row.pin_hash = pin.kept
        row.failed, row.locks, row.locked_until = 0, 0, None
        self._note(number, "pin")
        return Given(row.number, row.name, pin.digits)

    def unlock(self, number: str) -> None:
        """Open a locked account; raises :class:`BadStaff` for somebody who is not there."""
        row = self._somebody(number)
        row.failed, row.locks, row.locked_until = 0, 0, None
        self._note(number, "unlocked")

    def remove(self, number: str) -> None:
        """Let nobody in with this number any more; raises :class:`BadStaff` for somebody who is not there."""
        row = self._somebody(number)
        row.active, row.pin_hash, row.locked_until = False, "", None
        self._note(number, "removed")

    def _somebody(self, number: str) -> StaffRow:
        row = repository.find(self.session, self.estate, number)
        if row is None or not row.active:
            raise BadStaff(
                f"Nobody has the staff number {number} here: `hotline staff list` shows who does.",
                code="no-such-staff",
            )
        return row

    def _note(self, number: str, event: str) -> None:
        repository.audit(self.session, self.estate, number, event, by=self.by, at=self.at)


def problem_with(member: NewMember, normalise: Callable[[str], str]) -> str:
    """Return what cannot be about ``member``, as a sentence; empty when it holds."""
    number = member.number
    if not (number.isascii() and number.isdigit() and len(number) <= LONGEST_NUMBER):
        return f'"{number}" is no staff number: write 1 to {LONGEST_NUMBER} digits, it is keyed in.'
    if not member.name.strip():
        return f"The name of staff number {number} is missing."
    if member.telephone.strip() and not normalise(member.telephone):
        return f"The telephone of staff number {number} is no number: write it as it is dialled."
    if not member.roles:
        return f"Staff number {number} has no role; {roles_sentence()}"
    return ""


def roles_of(words: Collection[str]) -> frozenset[StaffRole]:
    """Return roles by their names, English or Chinese; raises :class:`BadStaff` for an unknown one."""
    found = set()
    for word in words:
        role = _ROLES.get(word.strip().lower())
        if role is None:
            raise BadStaff(f'There is no role "{word.strip()}"; {roles_sentence()}')
        found.add(role)
    return frozenset(found)


def roles_sentence() -> str:
    """Return which roles there are."""
    return f"roles are {', '.join(StaffRole)} ({'、'.join(_CHINESE)})."


_CHINESE = {
    "维修工": StaffRole.TECHNICIAN,
    "主管": StaffRole.SUPERVISOR,
    "经理": StaffRole.MANAGER,
    "楼层": StaffRole.FLOOR,
    "话务员": StaffRole.OPERATOR,
}
_ROLES = {**{role.value: role for role in StaffRole}, **_CHINESE, "总经理": StaffRole.MANAGER}


def _empty(estate: str, number: str) -> StaffRow:
    return StaffRow(
        estate=estate, number=number, name="", telephone="", telephone_raw="", roles=[],
        pin_hash="", failed=0, locks=0, locked_until=None, active=False,
    )  # fmt: skip
