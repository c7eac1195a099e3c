"""Where people named on tickets are reached: the roster's numbers, else those of their staff accounts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from hotline.accounts import repository, users
from hotline.call.ports import DutyContact
from hotline.duty import repository as duty_rows
from hotline.duty.service import DutyBook
from hotline.tickets.rules import same_person

_EVER = datetime(2000, 1, 1, tzinfo=UTC)
"""Who was a stand-in once still works here."""


class Reach:
    """Finds numbers by name. See :class:`hotline.tickets.reopening.People`."""

    def __init__(self, duty: Mapping[str, DutyBook]) -> None:
        """``duty``: the duty books by estate."""
        self._duty = duty

    def telephone(self, session: Session, estate: str, name: str) -> str:
        """Return somebody's number, as roster.yaml or their account has it; empty when neither does."""
        book = self._duty.get(estate)
        if book is not None:
            book.look()  # the people are those last taken up: somebody may just have been added
        people = book.people.values() if book is not None else ()
        found = next((person.number for person in people if same_person(person.name, name)), "")
        member = None if found else repository.named(session, estate, name.strip())
        return found or (member.telephone if member is not None else "")

    def names(self, session: Session, estate: str) -> Collection[str]:
        """Return everybody who works here: active accounts, the people of roster.yaml, stand-ins."""
        found = {row.name for row in repository.everybody(session, estate)}
        found |= {row.name for row in users.listed(session) if row.estate in ("", estate)}
        book = self._duty.get(estate)
        if book is not None:
            book.look()
            found |= {person.name for person in book.people.values()}
        stand_ins = (change.put for change in duty_rows.changes(session, estate, since=_EVER))
        return found | {contact.name for contact in stand_ins if contact is not None}

    def on_duty(self, estate: str, roster: str, at: datetime) -> Sequence[DutyContact]:
        """Return who is on a roster; nobody for one that is not there."""
        book = self._duty.get(estate)
        try:
            return () if book is None else book.on_duty(roster, at)
        except KeyError:
            return ()
