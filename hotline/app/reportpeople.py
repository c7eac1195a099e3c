"""Who is meant: operators by number, name and account, as reports put them together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.accounts.usermodels import UserRow
from hotline.call.errors import InvalidInput
from hotline.operators import config
from hotline.operators.config import OperatorRules


@dataclass(frozen=True, slots=True)
class Crew:
    """What ``operators.yaml`` and the accounts say; a file that does not hold just now says nothing."""

    USUAL_LEVEL: ClassVar[float] = 20.0
    """Seconds of the service level of a queue that is not in the file any more."""

    folder: Path
    """With ``operators.yaml``."""

    def names(self, estate: str) -> Mapping[str, str]:
        """Return the operators of an estate: number to name."""
        rules = self._rules()
        listed = () if rules is None else rules.operators
        return {one.number: one.name for one in listed if one.estate in ("", estate) and one.name}

    def levels(self) -> Mapping[str, float]:
        """Return the seconds of each queue's service level."""
        rules = self._rules()
        queues = {} if rules is None else rules.queues
        return {name: queue.service_level.within for name, queue in queues.items()}

    def numbers(self, session: Session, estate: str) -> Mapping[str, str]:
        """Return the operator's number by every way in which histories and tickets name them."""
        found: dict[str, str] = {}
        for number, name in self.names(estate).items():
            found |= {name: number, number: number, f"api:operator:{number}": number}
        people = select(UserRow.username, UserRow.name, UserRow.number).where(
            UserRow.number != "", UserRow.estate.in_(("", estate))
        )
        for username, name, number in session.execute(people):
            found[f"user:{username}"] = number
            found.setdefault(name, number)
        return found

    def _rules(self) -> OperatorRules | None:
        try:
            return config.load(self.folder)
        except InvalidInput:
            return None
