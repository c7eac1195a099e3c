"""One call led through a menu: performs the interpreter's commands, feeds it what happens.

One task owns the interpreter; everything that waits is a task of the session's own group and
reports through one inbox. Nothing that fails in here leaves the caller in silence.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import structlog

from hotline.call.clock import Clock
from hotline.call.errors import CallGone
from hotline.call.ports import (
    Call,
    CallLog,
    CaseDesk,
    Deed,
    Dialer,
    Directory,
    Duty,
    Ears,
    IntakeDraft,
    PromptBook,
    StaffDesk,
    TicketAction,
)
from hotline.ivr import commands, events
from hotline.ivr.afterwards import Afterwards, Flows, RecordTo
from hotline.ivr.archive import Archive, RecordingOf
from hotline.ivr.caller import facts_of
from hotline.ivr.casework import Casework
from hotline.ivr.company import Company
from hotline.ivr.intake import CallFacts, Value
from hotline.ivr.interpreter import Interpreter
from hotline.ivr.line import Line
from hotline.ivr.model import Menu
from hotline.ivr.paperwork import Paperwork
from hotline.ivr.performing import Perform, result_of
from hotline.ivr.requests import Requests, TellOutcome
from hotline.ivr.voice import Voice
from hotline.ivr.within import within
from hotline.settings import Estate, Ringing

log = structlog.get_logger(__name__)

FILLER_AFTER = 1.0
"""Seconds a command may take in silence (DESIGN section 3)."""
PAPER_PATIENCE = 10.0
"""Seconds the last notes may take after the call; the draft in the database survives them."""

LASTING = (commands.OpenTicket, commands.Act, commands.AddTo, commands.Report)
"""Requests that are finished even when the caller is gone: somebody was promised something."""


class Session:
    """The conversation of one call. Make it, await :meth:`run` once."""

    def __init__(
        self,
        call: Call,
        menu: Menu,
        *,
        clock: Clock,
        prompts: PromptBook,
        ears: Ears,
        desk: CaseDesk,
        directory: Directory,
        duty: Duty,
        dialer: Dialer,
        log: CallLog,
        estate: Estate,
        ringing: Ringing | None = None,
        announce: bool = True,
        accept_score: float = 0.5,
        start: str | None = None,
        given: Mapping[str, Value] | None = None,
        report: TellOutcome | None = None,
        recording_of: RecordingOf | None = None,
        staff: StaffDesk | None = None,
        flows: Flows | None = None,
        record_to: RecordTo | None = None,
    ) -> None:
        """Take the ports. ``announce``: the caller is told about the recording, if there is one.

        For a flow on a leg that was placed and answered: ``given`` are its slots (``ticket.number``,
        ``place``, ``words``, ``language`` …), ``report`` is told what came of it and returns once
        that is committed. ``recording_of`` finds the recording of an earlier leg, so that its words
        can be played. ``staff`` lets people report by telephone. ``flows`` (by name) are said to
        people afterwards whom the caller was connected with; ``record_to`` says where those legs
        are recorded.
        """
        self._inbox: asyncio.Queue[events.Event] = asyncio.Queue()
        self.call = call
        self.menu = menu
        self.clock = clock
        self.duty = duty
        self.dialer = dialer
        self.record = log
        self.estate = estate
        self.voice = Voice(call, prompts, clock, estate.timezone)
        self._ears = ears
        self._line = Line(call, voice=self.voice, ears=ears, record=log, feed=self._inbox.put_nowait)
        self._directory = directory
        self._desk = desk
        self._staff = staff
        self._ringing = ringing or Ringing()
        self._announce = announce
        self._accept_score = accept_score
        self._start = start
        self._given = given or {}
        self._report = report
        self._archive = Archive(self.voice, recording_of)
        self._recording_of = recording_of
        self._afterwards = Afterwards(
            flows=flows, record_to=record_to, record=log, converse=self._converse_with
        )
        self._prompts = prompts
        self._paperwork = Paperwork()
        self._timers: dict[int, asyncio.Task[None]] = {}
        self._passing: set[asyncio.Task[None]] = set()
        self._duties: set[asyncio.Task[None]] = set()

    async def run(self) -> str:
        """Lead the call to its end; return the outcome for the record.

        May go on after the caller hung up: an emergency is rung on until somebody takes it.
        """
        try:
            await self._answer()
        except CallGone:
            return "abandoned"
        facts = await self._facts()
        await self._archive.fetch(self._given.values())
        self._company = self._people()
        self._requests = self._slices()
        self._perform = self._performers()
        self._interpreter = Interpreter(self.menu, facts, start=self._start, given=self._given)
        async with asyncio.TaskGroup() as group:
            self._group = group
            paperwork = group.create_task(self._paperwork.run())
            try:
                await self._converse()
            finally:
                await self._wind_up(paperwork)
        return self._interpreter.outcome

    def _people(self) -> Company:
        return Company(
            self.call,
            dialer=self.dialer,
            duty=self.duty,
            clock=self.clock,
            voice=self.voice,
            record=self.record,
            paperwork=self._paperwork,
            emergency_roster=self.estate.emergency_roster,
            feed=self._inbox.put_nowait,
            passing=self._passing_task,
            lasting=self._duty_task,
            afterwards=lambda leg, order: self._group.create_task(self._afterwards.talk_with(leg, order)),
        )

    def _slices(self) -> Requests:
        casework = Casework(self._desk, self._staff, self.clock, self.estate, self._archive)
        return Requests(
            self._desk,
            self._directory,
            self.duty,
            self.clock,
            self.estate,
            casework=casework,
            report=self._report,
        )

    # --- the beginning -------------------------------------------------------------------------

    async def _answer(self) -> None:
        if self.call.answered:
            return
        if self.call.over:
            raise CallGone("the call was over before it was answered")
        await self.clock.sleep(self._ringing.answer_after)
        await self.call.answer()

    async def _facts(self) -> CallFacts:
        return await facts_of(
            self.call,
            clock=self.clock,
            directory=self._directory,
            estate=self.estate,
            ringing=self._ringing,
            announce=self._announce,
            understood=frozenset(one for one in self.menu.languages if self._ears.understands(one)),
            accept_score=self._accept_score,
        )

    # --- the loop ------------------------------------------------------------------------------

    async def _converse(self) -> None:
        self._passing_task(self._line.follow())
        self._feed(events.Started())
        while not self._interpreter.ended:
            self._feed(await self._inbox.get())

    def _feed(self, event: events.Event) -> None:
        try:
            for command in self._interpreter.feed(event):
                self._perform[type(command)](command)
        except Exception as error:
            # our own fault must not cost the caller the call: apologise, hand over, record it
            log.exception("a call's menu failed", leg=self.call.facts.leg, step=self._interpreter.step)
            self._recover(getattr(error, "code", type(error).__name__), event)

    def _recover(self, code: str, event: events.Event) -> None:
        if isinstance(event, events.Broken):
            self._interpreter.give_up()
            return
        self._inbox.put_nowait(events.Broken(code=code))

    # --- commands ------------------------------------------------------------------------------

    def _performers(self) -> dict[type[commands.Command], Callable[[Any], object]]:
        """Who performs what; every command of the interpreter is here."""
        return {
            commands.Play: self._line.play,
            commands.Hush: self._line.hush,
            commands.Listen: self._line.listen,
            commands.Expect: self._line.expect,
            commands.StopListening: self._line.stop_listening,
            commands.StartTimer: self._start_timer,
            commands.StopTimer: self._stop_timer,
            commands.Log: self._log,
            commands.SaveDraft: self._write,
            commands.NoteTicket: self._write,
            commands.TakeTicket: self._write,
            commands.Conceal: self._line.conceal,
            **dict.fromkeys(self._requests.kinds, self._ask_slices),
            commands.RingPeople: self._company.ring,
            commands.Brief: self._company.brief,
            commands.StopRinging: self._company.stop_ringing,
            commands.Dismiss: self._company.dismiss,
            commands.Bridge: self._bridge,
            commands.Hangup: lambda _: self._duty_task(self._hang_up()),
        }

    def _start_timer(self, command: commands.StartTimer) -> None:
        self._timers[command.timer] = self._passing_task(self._count_down(command.timer, command.seconds))

    def _stop_timer(self, command: commands.StopTimer) -> None:
        if command.timer in self._timers:
            self._timers.pop(command.timer).cancel()

    def _log(self, command: commands.Log) -> None:
        self.record.event(self.call.facts.leg, command.kind, dict(command.detail))

    def _bridge(self, command: commands.Bridge) -> None:
        # who is asked something afterwards stays on the line when the caller has hung up
        start = self._passing_task if command.afterwards is None else self._duty_task
        start(self._answered(command, lambda: self._company.bridge(command)))

    def _ask_slices(self, command: commands.Request) -> None:
        start = self._duty_task if isinstance(command, LASTING) else self._passing_task
        start(self._answered(command, lambda: self._requests.perform(command)))

    def _write(self, command: commands.SaveDraft | commands.NoteTicket | commands.TakeTicket) -> None:
        leg = self.call.facts.leg
        match command:
            case commands.SaveDraft(ticket=None):
                self._paperwork.put(lambda: self.record.draft(leg, None))
            case commands.SaveDraft(ticket=ticket, said_something=said) if ticket is not None:
                draft = IntakeDraft(ticket=ticket, said_something=said)
                self._paperwork.put(lambda: self.record.draft(leg, draft))
            case commands.NoteTicket(number=number, event=event, detail=detail):
                self._paperwork.put(lambda: self._desk.note(number, event, detail))
            case commands.TakeTicket(number=number, who=who):
                deed = Deed(action=TicketAction.ACCEPT, who=who, why="took the call")
                self._paperwork.put(lambda: self._desk.act(number, deed))

    async def _hang_up(self) -> None:
        try:
            await self.call.hangup()
        except CallGone:
            return

    async def _count_down(self, timer: int, seconds: float) -> None:
        await self.clock.sleep(seconds)
        self._timers.pop(timer, None)
        self._inbox.put_nowait(events.TimedOut(timer=timer))

    # --- requests ------------------------------------------------------------------------------

    async def _answered(self, command: commands.Request, perform: Perform) -> None:
        """Perform a request; whatever happens, exactly one result is fed."""
        filler = None if isinstance(command, commands.Bridge) else self._passing_task(self._fill_silence())
        try:
            result = await result_of(command, perform, clock=self.clock, leg=self.call.facts.leg)
        finally:
            if filler is not None:
                filler.cancel()
        self._inbox.put_nowait(result)

    async def _fill_silence(self) -> None:
        await self.clock.sleep(FILLER_AFTER)
        sounds = self.voice.sounds(self._interpreter.talk.spoken(self.menu.filler))
        if sounds and not self.call.over:
            self.call.play(sounds)

    async def _converse_with(self, leg: Call, flow: Menu, given: Mapping[str, Value]) -> str:
        """Run a flow on another leg of this call: a conversation of its own, with the same slices."""
        session = Session(
            leg,
            flow,
            clock=self.clock,
            prompts=self._prompts,
            ears=self._ears,
            desk=self._desk,
            directory=self._directory,
            duty=self.duty,
            dialer=self.dialer,
            log=self.record,
            estate=self.estate,
            announce=self._announce,
            accept_score=self._accept_score,
            given=given,
            recording_of=self._recording_of,
            staff=self._staff,
        )
        return await session.run()

    # --- tasks and the end ---------------------------------------------------------------------

    def _passing_task(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Start something that ends with the conversation."""
        return self._task(work, self._passing)

    def _duty_task(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Start something that is finished even when the conversation is over."""
        return self._task(work, self._duties)

    def _task(self, work: Coroutine[Any, Any, None], tasks: set[asyncio.Task[None]]) -> asyncio.Task[None]:
        task = self._group.create_task(self._guarded(work))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        # a task cancelled before its first step never awaits what it was given
        task.add_done_callback(lambda _: work.close())
        return task

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception as error:
            log.exception("a part of a call failed", leg=self.call.facts.leg)
            self._inbox.put_nowait(events.Broken(code=getattr(error, "code", type(error).__name__)))

    async def _wind_up(self, paperwork: asyncio.Task[None]) -> None:
        for task in tuple(self._passing):
            task.cancel()
        self._line.close()
        self._company.dismiss_all()
        if not self.call.over:
            self._duty_task(self._hang_up())
        self._paperwork.close()
        try:
            await within(self.clock, PAPER_PATIENCE, _all_done({paperwork, *self._duties}))
        except TimeoutError:
            log.warning("a call's last notes were given up", leg=self.call.facts.leg)
            paperwork.cancel()


async def _all_done(tasks: set[asyncio.Task[None]]) -> None:
    if tasks:
        await asyncio.wait(tasks)
