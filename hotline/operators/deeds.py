"""What operators ask of the desk: from the console, the command line and headsets."""

from __future__ import annotations

from collections.abc import Callable, Collection, Coroutine, Mapping
from typing import Any

from hotline.call.errors import OperatorRefused
from hotline.call.ports import CallLog, OperatorSummary, Presence
from hotline.operators.attending import Attending
from hotline.operators.config import OperatorEntry, line_problem
from hotline.operators.crew import Crew
from hotline.operators.hall import Hall
from hotline.operators.lines import OperatorKey, members
from hotline.operators.overhear import LEAVE, MODES, Overhearing
from hotline.operators.papers import Papers
from hotline.operators.presence import Deed
from hotline.operators.seat import DoOutsideTalk

LONGEST_NOTE = 500
"""Characters of a note on a call."""
TAKE, TAKE_ANY = "take", "take_any"
"""Take the caller with ``leg`` out of the queue: an operator of it, or whoever ``operators.yaml`` calls a
supervisor; whoever may supervise by their account. Headsets cannot ask for the second."""
_WHO_AND_WHAT = ("estate", "operator", "action", "args")
_Handler = Callable[[str, OperatorEntry, Mapping[str, Any]], Coroutine[Any, Any, None]]


class Deeds:
    """Does what operators ask, within what they may."""

    def __init__(
        self,
        crew: Crew,
        hall: Hall,
        attending: Attending,
        overhearing: Overhearing,
        papers: Papers,
        log: CallLog,
        outside: DoOutsideTalk | None,
    ) -> None:
        """``outside`` does what is left when an operator talks with no caller of a queue."""
        self._crew = crew
        self._hall = hall
        self._attending = attending
        self._overhearing = overhearing
        self._papers = papers
        self._log = log
        self._outside = outside
        self._handlers: Mapping[str, _Handler] = {
            "status": self._status,
            "sign_in": self._sign_in,
            "ready": self._ready,
            "pause": self._pause,
            "sign_out": self._sign_out,
            "wrap_up": self._wrap_up,
        }

    async def command(self, args: dict[str, Any]) -> dict[str, Any]:
        """See :meth:`hotline.operators.desk.Desk.command`."""
        rest = {name: value for name, value in args.items() if name not in _WHO_AND_WHAT}
        nested = args.get("args")
        rest |= nested if isinstance(nested, dict) else {}
        action = str(args.get("action", "status"))
        if action == "overview":
            return self.overview()
        return await self.do(str(args.get("estate", "")), str(args.get("operator", "")), action, rest)

    async def do(self, estate: str, number: str, action: str, args: Mapping[str, Any]) -> dict[str, Any]:
        """See :meth:`hotline.operators.desk.Desk.do`."""
        entry = self._crew.entry(estate, number)
        if action in MODES:
            await self._listen(estate, entry, action, args)
        elif action == LEAVE and self._overhearing.listens(entry.key):
            self._overhearing.leave(entry.key)
        elif action in (TAKE, TAKE_ANY):
            self._hall.pick(str(args.get("leg", "")), entry, supervises=action == TAKE_ANY)
        elif action in self._handlers:
            await self._handlers[action](estate, entry, args)
        else:
            return await self._in_talk(estate, entry, action, args)
        return self.state(entry.key)

    async def _in_talk(
        self, estate: str, entry: OperatorEntry, action: str, args: Mapping[str, Any]
    ) -> dict[str, Any]:
        found = None if action == "parked" else self._attending.talk_of(entry.key)
        if found is not None:
            answer = await found.talk.do(action, args)
        elif self._outside is not None:
            line = self._crew.line(entry)
            answer = await self._outside(entry.seated(estate or entry.estate), line, action, args)
        else:
            raise OperatorRefused("You talk with nobody.", code="no-talk")
        return self.state(entry.key) | answer

    async def change(
        self, estate: str, number: str, deed: Deed, *, reason: str = "", line: str = ""
    ) -> OperatorSummary:
        """Change a presence and return it once it is committed; ``line``: one that can be rung."""
        entry = self._crew.entry(estate, number)
        problem = line_problem(line, {entry.number}) if line else ""
        if problem:
            raise OperatorRefused(f"Operator {number} stays as they are: {problem}.", code="line-unknown")
        self._crew.do(entry.key, deed, reason=reason, line=line)
        await self._papers.settle()
        return self._crew.summary(entry)

    def find(self, estate: str, number: str) -> OperatorSummary | None:
        """Return an operator by number."""
        try:
            return self._crew.summary(self._crew.entry(estate, number))
        except OperatorRefused:
            return None

    # --- what screens show ---------------------------------------------------------------------------

    def state(self, key: OperatorKey) -> dict[str, Any]:
        """Return what the screen of an operator shows; of a caller only the leg."""
        return self.states([key])[key]

    def states(self, keys: Collection[OperatorKey]) -> dict[OperatorKey, dict[str, Any]]:
        """Return what the screens of several operators show."""
        state, queues = self._hall.state(), self._hall.overview()
        serving = {
            (name, one.key)
            for name, rules in state.queues.items()
            for estate in {estate for estate, _number in keys}
            for one in members(state, rules, estate)
        }
        return {
            key: self._screen(key, [one for one in queues if (one["queue"], key) in serving]) for key in keys
        }

    def _screen(self, key: OperatorKey, queues: list[dict[str, Any]]) -> dict[str, Any]:
        entry = self._hall.rules.by_key.get(key)
        standing, talk = self._crew.standing(key), self._attending.talk_of(key)
        found: dict[str, Any] = {
            "operator": key[1],
            "estate": key[0],
            "name": entry.name if entry is not None else "",
            "presence": standing.presence.value,
            "since": standing.since.isoformat() if standing.since is not None else None,
            "reason": standing.reason,
            "until": standing.until.isoformat() if standing.until is not None else None,
            "afterwards": standing.afterwards,
            "line": self._crew.line(entry) if entry is not None else standing.line,
            "call": talk.leg if talk is not None else "",
            "supervising": self._overhearing.state(key),
            "queues": queues,
        }
        return found if talk is None else found | talk.talk.state()

    def overview(self) -> dict[str, Any]:
        """Return queues, who waits, and operators."""
        operators = [
            {
                "number": one.number,
                "name": one.name,
                "estate": one.estate,
                "presence": one.presence.value,
                "since": one.since.isoformat() if one.since is not None else None,
                "reason": one.reason,
                "line": one.line,
            }
            for one in map(self._crew.summary, self._hall.rules.operators)
        ]
        return {"queues": self._hall.overview(), "waits": self._hall.waits(), "operators": operators}

    # --- single deeds --------------------------------------------------------------------------------

    async def _status(self, _estate: str, _entry: OperatorEntry, _args: Mapping[str, Any]) -> None:
        """Nothing is changed."""

    async def _sign_in(self, estate: str, entry: OperatorEntry, args: Mapping[str, Any]) -> None:
        await self.change(estate, entry.number, Deed.SIGN_IN, line=str(args.get("line", "")))

    async def _ready(self, estate: str, entry: OperatorEntry, _args: Mapping[str, Any]) -> None:
        await self.change(estate, entry.number, Deed.READY)

    async def _pause(self, estate: str, entry: OperatorEntry, args: Mapping[str, Any]) -> None:
        reason = str(args.get("reason", "")).strip()[:40] or "break"
        await self.change(estate, entry.number, Deed.PAUSE, reason=reason)

    async def _sign_out(self, estate: str, entry: OperatorEntry, _args: Mapping[str, Any]) -> None:
        await self.change(estate, entry.number, Deed.SIGN_OUT)

    async def _wrap_up(self, estate: str, entry: OperatorEntry, args: Mapping[str, Any]) -> None:
        """File ticket and note of the last call; with ``done`` the next one may come."""
        written = {name: str(args[name])[:LONGEST_NOTE] for name in ("ticket", "note") if args.get(name)}
        leg = self._attending.last_leg(entry.key)
        if written and not leg:
            raise OperatorRefused("There was no call to write up.", code="no-talk")
        if written:
            self._log.event(leg, "WRAP_UP", {"operator": entry.number, **written})
        if args.get("done") and self._crew.standing(entry.key).presence is Presence.WRAP_UP:
            await self.change(estate, entry.number, Deed.READY)

    async def _listen(self, estate: str, entry: OperatorEntry, mode: str, args: Mapping[str, Any]) -> None:
        of = str(args.get("of") or args.get("operator", ""))
        target = self._crew.entry(estate, of)
        await self._overhearing.begin(entry, estate or target.estate, target, mode)
