"""Recognition slots: a few worker processes, each lent to one utterance at a time."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

import structlog

from hotline.call.clock import Clock
from hotline.call.errors import EnvironmentFault
from hotline.speech.grammar.place import PlaceBlock
from hotline.speech.live import wire
from hotline.speech.live.counters import SpeechCounters
from hotline.speech.live.wire import Answer, Op
from hotline.speech.recogniser import NOTHING, Recognition, Task

log = structlog.get_logger(__name__)

LATEST = 2.0
"""Seconds a caller is kept waiting for words (DESIGN section 7); later ones are dropped."""
STUCK = 6.0
"""Seconds without an answer after which a worker is replaced. A busy machine makes workers late, and
replacing those would only keep it busier."""
READY_WITHIN = 120.0
"""Seconds a worker may take to load its models."""
_RESTART_AFTER = 1.0
_RESTART_AT_MOST = 60.0


class WorkerProcess(Protocol):
    """A running worker, as the slots use it."""

    @property
    def alive(self) -> bool:
        """False once it ended."""
        ...

    def send(self, message: bytes) -> None:
        """Hand a message over without waiting; lost when the worker is gone."""
        ...

    async def answer(self) -> Answer | None:
        """The next answer; ``None`` when the worker ended."""
        ...

    async def end(self, *, now: bool) -> None:
        """Stop it, ``now`` by force, else if it does not end by itself; returns when it has ended."""
        ...


Heard = Callable[[Recognition], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a slot is lent for."""

    task: Task
    estate: str
    places: tuple[PlaceBlock, ...]
    urgent: bool
    on_pause: Heard
    """Told what it was so far, some time after :meth:`Loan.pause`."""
    on_final: Heard
    """Told exactly once after :meth:`Loan.finish`, with nothing if the worker failed or was late."""
    patience: float = LATEST
    """Seconds for that, less than ``stuck``."""
    stuck: float = STUCK
    """Seconds without an answer after which the worker is replaced."""


class Slot:
    """One worker and what it is doing."""

    def __init__(self, number: int) -> None:
        """Empty until its process is ready."""
        self.number = number
        self.process: WorkerProcess | None = None
        self.loan: Loan | None = None
        self.places: dict[str, tuple[PlaceBlock, ...]] = {}
        """What the process was told of the estates."""

    @property
    def free(self) -> bool:
        """True when it can be lent."""
        return self.process is not None and self.process.alive and self.loan is None

    def settle(self, answer: Answer) -> None:
        """Give an answer to whoever it is for; those of utterances long gone are dropped."""
        loan = self.loan
        if loan is None or answer.utterance != loan.number:
            return
        if answer.kind == "pause":
            loan.wanted.on_pause(answer.recognition)
        elif answer.kind == "final":
            loan.settle(answer.recognition)

    def lost(self) -> None:
        """The process is gone: its utterance ends without words."""
        self.process = None
        self.places.clear()
        if self.loan is not None:
            self.loan.settle(NOTHING)


class Loan:
    """A slot lent to one utterance. After :meth:`finish` or :meth:`drop` it is over."""

    def __init__(
        self,
        slot: Slot,
        number: int,
        wanted: Wanted,
        *,
        counters: SpeechCounters,
        on_stuck: Callable[[Slot], None],
    ) -> None:
        """Taken by :meth:`Slots.borrow`."""
        self.number = number
        self.wanted = wanted
        self._slot = slot
        self._counters = counters
        self._on_stuck = on_stuck
        self._finishing = False
        self.was_late = False
        """True once it was given up to wait for the answer."""
        self._timer: asyncio.TimerHandle | None = None

    @property
    def finishing(self) -> bool:
        """True once :meth:`finish` was called and until its answer."""
        return self._finishing

    def feed(self, pcm: bytes) -> None:
        """Hand sound over."""
        self._send(wire.packed(Op.SOUND, pcm))

    def pause(self) -> None:
        """The speaker pauses; ``on_pause`` follows."""
        self._send(wire.packed(Op.PAUSE))

    def finish(self) -> None:
        """The speaker is done; ``on_final`` follows within what is wanted, :data:`LATEST` for questions."""
        if self._slot.loan is not self:
            asyncio.get_running_loop().call_soon(self.wanted.on_final, NOTHING)
            return
        self._finishing = True
        self._send(wire.packed(Op.FINISH))
        self._timer = asyncio.get_running_loop().call_later(self.wanted.patience, self._late)

    def drop(self) -> None:
        """Nobody wants the words any more."""
        if self._slot.loan is self:
            self._send(wire.packed(Op.DROP))
            self._give_back()

    def settle(self, recognition: Recognition) -> None:
        """The worker's final word, or nothing when it failed."""
        finishing = self._finishing
        self._give_back()
        if finishing:
            self.wanted.on_final(recognition)

    def _late(self) -> None:
        """The caller is not kept any longer; the slot is free once the worker is done after all."""
        self._finishing, self.was_late = False, True
        self._timer = asyncio.get_running_loop().call_later(
            self.wanted.stuck - self.wanted.patience, self._stuck
        )
        self._counters.late += 1
        self.wanted.on_final(NOTHING)

    def _stuck(self) -> None:
        self._give_back()
        self._on_stuck(self._slot)

    def _give_back(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._slot.loan is self:
            self._slot.loan = None

    def _send(self, message: bytes) -> None:
        if self._slot.loan is self and self._slot.process is not None:
            self._slot.process.send(message)


class SpawnWorker(Protocol):
    """Starts a worker process."""

    async def __call__(self) -> WorkerProcess:
        """Return the process as soon as it runs; it says ``ready`` once its models are loaded.

        Raises :class:`~hotline.call.errors.EnvironmentFault` when it cannot be started.
        """
        ...


class Slots:
    """The workers of one choice of engines. :meth:`run` keeps them running until cancelled."""

    def __init__(
        self,
        spawn: SpawnWorker,
        *,
        count: int,
        reserved: int,
        clock: Clock,
        counters: SpeechCounters,
    ) -> None:
        """``count`` slots for everybody and ``reserved`` more that only urgent questions may take."""
        self._spawn = spawn
        self._slots = [Slot(number) for number in range(count + reserved)]
        self._reserved = reserved
        self._clock = clock
        self._counters = counters
        self._numbers = itertools.count(1)
        self._killing: dict[int, asyncio.Event] = {}

    @property
    def ready(self) -> int:
        """Workers that could be lent, or are."""
        return sum(1 for slot in self._slots if slot.process is not None)

    def borrow(self, wanted: Wanted, *, leaving: int = 0) -> Loan | None:
        """Lend a slot, or ``None`` when none is free for this question. Never waits.

        ``leaving``: slots that must stay free for others, besides the reserved ones.
        """
        free = [slot for slot in self._slots if slot.free]
        if len(free) <= (0 if wanted.urgent else self._reserved + leaving):
            return None
        slot = free[0]
        assert slot.process is not None
        loan = Loan(slot, next(self._numbers), wanted, counters=self._counters, on_stuck=self._replace)
        slot.loan = loan
        if wanted.places and slot.places.get(wanted.estate) != wanted.places:
            slot.process.send(wire.packed_json(Op.PLACES, wire.places_body(wanted.estate, wanted.places)))
            slot.places[wanted.estate] = wanted.places
        body = wire.question(wanted.task, wanted.estate, loan.number)
        slot.process.send(wire.packed_json(Op.BEGIN, body))
        return loan

    async def run(self) -> None:
        """Keep every slot's worker running until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for slot in self._slots:
                tasks.create_task(self._keep(slot))

    async def _keep(self, slot: Slot) -> None:
        wait = _RESTART_AFTER
        while True:
            if await self._serve(slot):
                wait = _RESTART_AFTER
            await self._clock.sleep(wait)
            wait = min(2 * wait, _RESTART_AT_MOST)

    async def _serve(self, slot: Slot) -> bool:
        """Run one worker to its end; True when it was ever ready."""
        try:
            process = await self._spawn()
        except EnvironmentFault as fault:
            log.warning("recognition worker not started", slot=slot.number, reason=fault.sentence)
            return False
        stop = self._killing[slot.number] = asyncio.Event()
        serving = asyncio.create_task(self._answers(slot, process))
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait((serving, stopping), return_when=asyncio.FIRST_COMPLETED)
            return slot.process is not None
        finally:
            slot.lost()
            await _cancelled((serving, stopping))
            await process.end(now=stop.is_set())
            self._counters.workers_ended += 1

    async def _answers(self, slot: Slot, process: WorkerProcess) -> None:
        async with asyncio.timeout(READY_WITHIN):
            answer = await process.answer()
        while answer is not None:
            if answer.kind == "ready":
                slot.process = process
                log.info("recognition worker ready", slot=slot.number)
            elif answer.kind == "failed":
                log.warning("recognition failed", slot=slot.number, reason=answer.sentence)
            else:
                slot.settle(answer)
            answer = await process.answer()
        log.warning("recognition worker ended", slot=slot.number)

    def _replace(self, slot: Slot) -> None:
        log.warning("recognition worker stuck, replaced", slot=slot.number)
        self._killing[slot.number].set()


async def _cancelled(tasks: Iterable[asyncio.Task[object]]) -> None:
    pending = list(tasks)
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
