"""Parking: a caller waits in a numbered slot until any operator fetches them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from hotline.call.clock import Clock
from hotline.call.errors import OperatorRefused
from hotline.call.ports import Phrase
from hotline.operators.recall import Recall
from hotline.operators.seat import SeatedOperator
from hotline.operators.stage import Stage
from hotline.operators.talkstate import Phase

SLOTS = 9
"""A house; one key names any of them."""
Fetch = Callable[[SeatedOperator, str], Awaitable[dict[str, Any]]]
"""Rings an operator's line for the parked caller."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parked:
    """A caller in a slot, as screens show it. Name and topic are personal data."""

    slot: int
    since: datetime
    by: str
    """Operator's number."""
    name: str
    topic: str
    fetch: Fetch


class ParkingLot:
    """The slots of all estates; one a calls process."""

    def __init__(self, clock: Clock, *, slots: int = SLOTS) -> None:
        """Offer so many slots to each estate, numbered from 1."""
        self._clock = clock
        self._slots = slots
        self._parked: dict[tuple[str, int], Parked] = {}

    def park(self, estate: str, *, by: str, name: str, topic: str, fetch: Fetch) -> int:
        """Return the number of the slot; raises ``OperatorRefused`` when none is free.

        A number that is taken nowhere is preferred: who serves all estates says the number alone.
        """
        elsewhere = {slot for _estate, slot in self._parked}
        for slot in sorted(range(1, self._slots + 1), key=lambda slot: (slot in elsewhere, slot)):
            if (estate, slot) not in self._parked:
                self._parked[estate, slot] = Parked(
                    slot=slot, since=self._clock.now(), by=by, name=name, topic=topic, fetch=fetch
                )
                return slot
        raise OperatorRefused(
            f"All {self._slots} parking slots are taken: fetch a caller first, or hold this one.",
            code="parking-full",
        )

    def give_back(self, estate: str, slot: int) -> None:
        """The slot is free."""
        self._parked.pop((estate, slot), None)

    def parked(self, estate: str) -> tuple[Parked, ...]:
        """Return who is parked, by slot."""
        return tuple(self._parked[key] for key in sorted(self._parked) if key[0] == estate)

    def within_reach(self, operator: SeatedOperator) -> tuple[Parked, ...]:
        """Return whom an operator may fetch, by slot."""
        if not operator.everywhere:
            return self.parked(operator.estate)
        return tuple(sorted(self._parked.values(), key=lambda parked: parked.slot))

    async def unpark(self, slot: int, operator: SeatedOperator, line: str) -> dict[str, Any]:
        """Ring ``operator`` at ``line`` and connect them with the caller in ``slot``.

        Returns the talk's state when it rings. Raises ``OperatorRefused`` for an empty slot, for a caller
        a colleague is fetching, and for an operator who is busy.
        """
        found = self._parked.get((operator.estate, slot))
        estate = operator.estate
        if found is None and operator.everywhere:
            places = [key for key in sorted(self._parked) if key[1] == slot]
            found, estate = (self._parked[places[0]], places[0][0]) if len(places) == 1 else (None, estate)
        if found is None:
            taken = ", ".join(str(parked.slot) for parked in self.within_reach(operator))
            there = f"There are callers in {taken}." if taken else "Nobody is parked."
            raise OperatorRefused(f"There is nobody in slot {slot}. {there}", code="slot-empty")
        return await found.fetch(replace(operator, estate=estate), line)


class Parking:
    """Parks one talk's caller."""

    def __init__(self, stage: Stage, recall: Recall, fetch: Fetch) -> None:
        """Work on ``stage``; ``fetch`` is what the lot calls."""
        self._stage = stage
        self._recall = recall
        self._fetch = fetch

    async def park(self) -> None:
        """Music for the caller; the operator hears the slot and is free."""
        stage, order = self._stage, self._stage.order
        by = stage.seat.operator
        stage.slot = stage.tools.lot.park(
            by.estate, by=by.number, name=order.caller_name, topic=order.topic, fetch=self._fetch
        )
        stage.note("PARK", by=by.number, slot=str(stage.slot))
        stage.waiting.disarm("hold")
        await self._wait()
        await stage.tell(Phrase.PARKED, {"slot": str(stage.slot)}, self._operator_free)

    async def fetch(self, args: Mapping[str, Any]) -> None:
        """Another operator takes the caller: they are rung; raises ``OperatorRefused`` when they are busy."""
        operator, line = args["operator"], args["line"]
        self._operator_out()
        await self._recall.ring(operator, line, "unpark", parked=True)
        self._stage.waiting.disarm("park")
        self._stage.after_words = None

    async def fetched(self) -> None:
        """The operator who fetches the caller has answered."""
        self._stage.note("UNPARK", by=self._stage.seat.operator.number, slot=str(self._stage.slot or ""))
        self.give_back()

    async def still_parked(self) -> None:
        """Who wanted to fetch the caller did not answer."""
        await self._wait()

    async def too_long(self) -> None:
        """Nobody has fetched the caller: whoever parked them is rung."""
        if self._stage.situation.phase is not Phase.PARKED:
            return
        self._stage.note("PARK_TIMEOUT", slot=str(self._stage.slot or ""))
        self.give_back()
        self._operator_out()
        await self._recall.operator()

    def give_back(self) -> None:
        """The slot is free."""
        if self._stage.slot is not None:
            self._stage.tools.lot.give_back(self._stage.seat_estate, self._stage.slot)
            self._stage.slot = None

    async def _wait(self) -> None:
        await self._stage.enter(Phase.PARKED)
        self._stage.waiting.arm("park", self._stage.rules.park)

    async def _operator_free(self) -> None:
        self._operator_out()
        await self._stage.refresh()

    def _operator_out(self) -> None:
        self._stage.after_words = None
        if self._stage.operator is not None:
            self._stage.operator_left()


def slot_of(args: Mapping[str, Any]) -> int:
    """Return the slot that is named; raises ``OperatorRefused`` for anything else."""
    try:
        return int(args.get("slot", ""))
    except (TypeError, ValueError):
        raise OperatorRefused("Say which slot: its number, for instance 1.") from None
