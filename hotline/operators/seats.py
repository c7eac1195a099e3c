"""Which operator sits with which caller: who is out of a call is out once, however many say so."""

from __future__ import annotations

from hotline.call.ports import Call, Presence
from hotline.operators.crew import Crew
from hotline.operators.lines import OperatorKey
from hotline.operators.presence import Absence, Deed


class Seats:
    """Keeps presence in step with the talks of callers from queues."""

    def __init__(self, crew: Crew) -> None:
        """Nobody sits with anybody yet."""
        self._crew = crew
        self._taken: dict[OperatorKey, Call] = {}

    def take(self, key: OperatorKey, leg: Call) -> None:
        """An operator has taken a caller."""
        self._taken[key] = leg
        self._crew.do(key, Deed.TALK)

    def sits(self, key: OperatorKey, leg: Call) -> bool:
        """True until an operator is out of the call they took with that leg."""
        return self._taken.get(key) is leg

    def leave(self, key: OperatorKey, leg: Call, wrap_up: float) -> bool:
        """They are out of that call; wrap-up begins. False, and nothing happens, when they were before."""
        if not self._out_of(key, leg):
            return False
        self._crew.do(key, Deed.FINISH, wrap_up=wrap_up)
        return True

    def lose(self, key: OperatorKey, leg: Call, *, estate: str = "") -> None:
        """Their line has vanished: they are set to pause, and that is noticed in the caller's ``estate``."""
        if self._out_of(key, leg):
            self._crew.do(key, Deed.LOSE, reason=Absence.LINE_LOST, estate=estate)

    def _out_of(self, key: OperatorKey, leg: Call) -> bool:
        if not self.sits(key, leg):
            return False
        del self._taken[key]
        return self._crew.standing(key).presence is Presence.TALKING
