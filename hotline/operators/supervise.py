"""A supervisor listens to a talk, whispers to the operator or joins in; each change is in the record.

The supervisor stays through hold, consultation and transfer: they hear whoever talks, and nothing while
nobody does. The caller hears them only when they barge in.
"""

from __future__ import annotations

from hotline.call.errors import OperatorRefused
from hotline.call.ports import Call
from hotline.operators.stage import Stage
from hotline.operators.talkstate import Mode

LEAVE = "leave"


class Supervision:
    """Supervisors of one talk."""

    def __init__(self, stage: Stage) -> None:
        """Work on ``stage``."""
        self._stage = stage

    async def change(self, leg: Call, mode: str, who: str) -> None:
        """Begin, change or end; raises ``OperatorRefused``, nothing has changed then."""
        if mode == LEAVE:
            await self._leave(leg, who)
            return
        wanted = self._mode(mode)
        if leg.over:
            raise OperatorRefused("Your line is down: call in again, then listen.", code="supervisor-gone")
        if leg in (self._stage.call, self._stage.operator):
            raise OperatorRefused("You are in this call already.", code="supervisor-inside")
        number = leg.facts.leg
        if self._stage.situation.supervisors.get(number) is wanted:
            return
        self._stage.supervisors[number] = leg
        self._stage.situation.supervisors[number] = wanted
        self._note(wanted.name, number, who)
        await self._stage.refresh()

    async def _leave(self, leg: Call, who: str) -> None:
        number = leg.facts.leg
        if self._stage.supervisors.pop(number, None) is None:
            raise OperatorRefused("You are not listening to this call.", code="supervisor-outside")
        del self._stage.situation.supervisors[number]
        self._note("LEAVE", number, who)
        await self._stage.refresh()
        await self._stage.silence(leg)

    def _note(self, mode: str, number: str, who: str) -> None:
        """Without a name whoever let the supervisor in has written it down: the desk."""
        if who:
            self._stage.note(f"SUPERVISE_{mode}", **{"with": number}, who=who)

    @staticmethod
    def _mode(mode: str) -> Mode:
        try:
            return Mode(mode)
        except ValueError:
            modes = ", ".join([*Mode, LEAVE])
            raise OperatorRefused(f"There is no mode “{mode}”; there are {modes}.") from None
