"""Whom to ring next: down the roster, round and round, then with the supervisor. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hotline.call.ports import DutyContact


@dataclass(frozen=True, slots=True)
class Turn:
    """The person whose turn it is."""

    contact: DutyContact
    new_round: bool
    """The roster begins again with this one."""


def next_turn(
    people: Sequence[DutyContact], supervisors: Sequence[DutyContact], tried: Sequence[str]
) -> Turn | None:
    """Return who is rung after the numbers ``tried`` (oldest first); ``None`` with nobody on the roster.

    ``people`` is asked anew for each turn: a shift may change while the telephones ring. The first round
    is over once everybody on it was tried; from then on ``supervisors`` are part of it.
    """
    before = set(tried)
    everybody = list(people)
    first_round = any(person.number not in before for person in people)
    if not first_round or not people:
        everybody += [one for one in supervisors if one.number not in {p.number for p in people}]
    if not everybody:
        return None
    if first_round:
        contact = next(person for person in people if person.number not in before)
        return Turn(contact, new_round=not tried)
    numbers = [person.number for person in everybody]
    last = next((number for number in reversed(tried) if number in numbers), None)
    position = 0 if last is None else (numbers.index(last) + 1) % len(numbers)
    return Turn(everybody[position], new_round=position == 0)
