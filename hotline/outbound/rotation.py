"""Whom to ring next: down the roster, round and round, then with the supervisor. Pure."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass

from hotline.call.ports import DutyContact


@dataclass(frozen=True, slots=True)
class Turn:
    """The person whose turn it is."""

    contact: DutyContact
    new_round: bool
    """The roster begins again with this one."""


def next_turn(
    people: Sequence[DutyContact],
    supervisors: Sequence[DutyContact],
    tried: Sequence[str],
    occupied: Container[str] = (),
) -> Turn | None:
    """Return who is rung after the numbers ``tried`` (oldest first); ``None`` when nobody can be.

    ``people`` is asked anew for each turn: a shift may change while the telephones ring. The first round
    is over once everybody on it was tried; from then on ``supervisors`` are part of it. Whoever is
    ``occupied``, by another of our own calls, is passed over and comes again later.
    """
    before = set(tried)
    untried = [person for person in people if person.number not in before]
    if untried:
        free = next((person for person in untried if person.number not in occupied), None)
        return None if free is None else Turn(free, new_round=not tried)
    known = {person.number for person in people}
    everybody = [*people, *(one for one in supervisors if one.number not in known)]
    numbers = [person.number for person in everybody]
    last = next((number for number in reversed(tried) if number in numbers), None)
    start = len(numbers) if last is None else numbers.index(last) + 1
    for place in range(start, start + len(numbers)):
        person = everybody[place % len(numbers)]
        if person.number not in occupied:
            return Turn(person, new_round=place >= len(numbers))
    return None
