"""One call led through a menu: performs the interpreter's commands, feeds it what happens.

One task owns the interpreter; everything that waits is a task of the session's own group and
reports through one inbox. Nothing that fails in here leaves the caller in silence.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import structlog

from hotline.call.errors import CallGone
from hotline.call.ports import Call, Deed, IntakeDraft, TicketAction
from hotline.ivr import commands, events
from hotline.ivr.afterwards import Afterwards
from hotline.ivr.archive import Archive
from hotline.ivr.caller import facts_of
from hotline.ivr.casework import Casework
from hotline.ivr.company import Company
from hotline.ivr.deskwords import DeskWords, menu_language
from hotline.ivr.deskwork import Deskwork
from hotline.ivr.enquirywork import Enquirywork
from hotline.ivr.equipment import Equipment
from hotline.ivr.intake import CallFacts, Value
from hotline.ivr.interpreter import Interpreter
from hotline.ivr.line import Line
from hotline.ivr.model import Menu
from hotline.ivr.outsidecalls import OutsideCalls
from hotline.ivr.paperwork import Paperwork
from hotline.ivr.performing import Perform, result_of
from hotline.ivr.requests import Requests, TellOutcome
from hotline.ivr.roomwork import Roomwork
from hotline.ivr.voice import Voice
from hotline.ivr.within import within

log = structlog.get_logger(__name__)

FILLER_AFTER = 1.0
"""Seconds a command may take in silence (DESIGN section 3)."""
PAPER_PATIENCE = 10.0
"""Seconds the last notes may take after the call; the draft in the database survives them."""

LASTING = (
    *(commands.OpenTicket, commands.Act, commands.AddTo, commands.Report),
    *(commands.BookWakeup, commands.ChangeWakeup, commands.CancelWakeup, commands.SkipWakeup),
    *(commands.BookCallBack, commands.TakeMessage),
)
"""Requests that are finished even when the caller is gone: somebody was promised something."""


class Session:
    """The conversation of one call. Make it, await :meth:`run` once."""

    def __init__(
        self,
        call: Call,
        menu: Menu,
        equipment: Equipment,
        *,
        start: str | None = None,
        given: Mapping[str, Value] | None = None,
        report: TellOutcome | None = None,
    ) -> None:
        """Lead ``call`` through ``menu``, from ``start`` if it is another step than the menu's own.

        For a flow on a leg that was placed and answered: ``given`` are its slots (``ticket.number``,
        ``place``, ``words``, ``language`` …), ``report`` is told what came of it and returns once
        that is committed.
        """
        own = self._own = equipment
        self._call = call
        self._menu = menu
        self._start = start
        self._given = given or {}
        self._report = report
        self._inbox: asyncio.Queue[events.Event] = asyncio.Queue()
        self._voice = Voice(call, own.prompts, own.clock, own.estate.timezone)
        self._line = Line(call, voice=self._voice, ears=own.ears, record=own.log, feed=self._inbox.put_nowait)
        self._archive = Archive(self._voice, own.recording_of)
        self._afterwards = Afterwards(
            flows=own.flows, record_to=own.record_to, record=own.log, converse=self._converse_with
        )
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
        self._deskwork = self._operators()
        self._requests = self._slices()
        self._perform = self._performers()
        self._interpreter = Interpreter(self._menu, facts, start=self._start, given=self._given)
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
            self._call,
            dialer=self._own.dialer,
            duty=self._own.duty,
            clock=self._own.clock,
            voice=self._voice,
            record=self._own.log,
            paperwork=self._paperwork,
            emergency_roster=self._own.estate.emergency_roster,
            feed=self._inbox.put_nowait,
            passing=self._passing_task,
            lasting=self._duty_task,
            afterwards=lambda leg, order: self._group.create_task(self._afterwards.talk_with(leg, order)),
        )

    def _slices(self) -> Requests:
        casework = Casework(self._own.desk, self._own.staff, self._own.clock, self._own.estate, self._archive)
        own = self._own
        roomwork = Roomwork(own.wakeups, own.fees, own.door, own.clock, own.estate)
        return Requests(
            self._own.desk,
            self._own.directory,
            self._own.duty,
            self._own.clock,
            self._own.estate,
            casework=casework,
            roomwork=roomwork,
            deskwork=self._deskwork,
            enquirywork=Enquirywork(self._call, own, line=self._line),
            report=self._report,
        )

    def _operators(self) -> Deskwork:
        return Deskwork(
            self._own.operators,
            self._call,
            estate=self._own.estate.id,
            line=self._line,
            clock=self._own.clock,
            feed=self._inbox.put_nowait,
            passing=self._passing_task,
            words=self._desk_words,
            earlier=self._own.earlier_calls,
        )

    def _outside_calls(self) -> OutsideCalls:
        own = self._own
        return OutsideCalls(
            own.outside,
            self._call,
            estate=own.estate.id,
            dialer=own.dialer,
            clock=own.clock,
            voice=self._voice,
            record=own.log,
            feed=self._inbox.put_nowait,
            lasting=self._duty_task,
        )

    def _desk_words(self, command: commands.EnterQueue) -> DeskWords:
        house_language = menu_language(self._menu, self._own.estate.language)
        return DeskWords(
            self._voice, dict(command.words), self._interpreter.talk, house_language=house_language
        )

    # --- the beginning -------------------------------------------------------------------------

    async def _answer(self) -> None:
        if self._call.answered:
            return
        if self._call.over:
            raise CallGone("the call was over before it was answered")
        await self._own.clock.sleep(self._own.ringing.answer_after)
        await self._call.answer()

    async def _facts(self) -> CallFacts:
        return await facts_of(
            self._call,
            clock=self._own.clock,
            directory=self._own.directory,
            estate=self._own.estate,
            ringing=self._own.ringing,
            announce=self._own.announce,
            refusal_key=self._own.refusal_key,
            understood=frozenset(one for one in self._menu.languages if self._own.ears.understands(one)),
            accept_score=self._own.accept_score,
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
            log.exception("a call's menu failed", leg=self._call.facts.leg, step=self._interpreter.step)
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
            commands.RefuseRecording: self._refuse_recording,
            **dict.fromkeys(self._requests.kinds, self._ask_slices),
            commands.RingPeople: self._company.ring,
            commands.Brief: self._company.brief,
            commands.StopRinging: self._company.stop_ringing,
            commands.Dismiss: self._company.dismiss,
            commands.Bridge: self._bridge,
            commands.EnterQueue: self._deskwork.enter,
            commands.LeaveQueue: self._deskwork.leave,
            **self._outside_calls().performers,
            commands.Hangup: lambda _: self._duty_task(self._hang_up()),
        }

    def _start_timer(self, command: commands.StartTimer) -> None:
        self._timers[command.timer] = self._passing_task(self._count_down(command.timer, command.seconds))

    def _stop_timer(self, command: commands.StopTimer) -> None:
        if command.timer in self._timers:
            self._timers.pop(command.timer).cancel()

    def _log(self, command: commands.Log) -> None:
        self._own.log.event(self._call.facts.leg, command.kind, dict(command.detail))

    def _refuse_recording(self, _: commands.RefuseRecording) -> None:
        self._call.discard_recording()
        if self._own.unrecorded is not None:
            self._own.unrecorded(self._call)
        self._paperwork.put(lambda: self._own.log.recording_refused(self._call.facts.leg))

    def _bridge(self, command: commands.Bridge) -> None:
        # who is asked something afterwards stays on the line when the caller has hung up
        start = self._passing_task if command.afterwards is None else self._duty_task
        start(self._answered(command, lambda: self._company.bridge(command)))

    def _ask_slices(self, command: commands.Request) -> None:
        start = self._duty_task if isinstance(command, LASTING) else self._passing_task
        start(self._answered(command, lambda: self._requests.perform(command)))

    def _write(self, command: commands.SaveDraft | commands.NoteTicket | commands.TakeTicket) -> None:
        leg = self._call.facts.leg
        match command:
            case commands.SaveDraft(ticket=None):
                self._paperwork.put(lambda: self._own.log.draft(leg, None))
            case commands.SaveDraft(ticket=ticket, said_something=said) if ticket is not None:
                draft = IntakeDraft(ticket=ticket, said_something=said)
                self._paperwork.put(lambda: self._own.log.draft(leg, draft))
            case commands.NoteTicket(number=number, event=event, detail=detail):
                self._paperwork.put(lambda: self._own.desk.note(number, event, detail))
            case commands.TakeTicket(number=number, who=who):
                deed = Deed(action=TicketAction.ACCEPT, who=who, why="took the call")
                self._paperwork.put(lambda: self._own.desk.act(number, deed))

    async def _hang_up(self) -> None:
        try:
            await self._call.hangup()
        except CallGone:
            return

    async def _count_down(self, timer: int, seconds: float) -> None:
        await self._own.clock.sleep(seconds)
        self._timers.pop(timer, None)
        self._inbox.put_nowait(events.TimedOut(timer=timer))

    # --- requests ------------------------------------------------------------------------------

    async def _answered(self, command: commands.Request, perform: Perform) -> None:
        """Perform a request; whatever happens, exactly one result is fed."""
        filler = None if isinstance(command, commands.Bridge) else self._passing_task(self._fill_silence())
        try:
            result = await result_of(command, perform, clock=self._own.clock, leg=self._call.facts.leg)
        finally:
            if filler is not None:
                filler.cancel()
        self._inbox.put_nowait(result)

    async def _fill_silence(self) -> None:
        await self._own.clock.sleep(FILLER_AFTER)
        sounds = self._voice.sounds(self._interpreter.talk.spoken(self._menu.filler))
        if sounds and not self._call.over and not self._line.lent:
            self._call.play(sounds)

    async def _converse_with(self, leg: Call, flow: Menu, given: Mapping[str, Value]) -> str:
        """Run a flow on another leg of this call: a conversation of its own, with the same slices."""
        return await Session(leg, flow, self._own, given=given).run()

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
            log.exception("a part of a call failed", leg=self._call.facts.leg)
            self._inbox.put_nowait(events.Broken(code=getattr(error, "code", type(error).__name__)))

    async def _wind_up(self, paperwork: asyncio.Task[None]) -> None:
        for task in tuple(self._passing):
            task.cancel()
        self._line.close()
        self._company.dismiss_all()
        if not self._call.over:
            self._duty_task(self._hang_up())
        self._paperwork.close()
        try:
            await within(self._own.clock, PAPER_PATIENCE, _all_done({paperwork, *self._duties}))
        except TimeoutError:
            log.warning("a call's last notes were given up", leg=self._call.facts.leg)
            paperwork.cancel()


async def _all_done(tasks: set[asyncio.Task[None]]) -> None:
    if tasks:
        await asyncio.wait(tasks)
