"""One call led through a menu: performs the interpreter's commands, feeds it what happens.

One task owns the interpreter; everything that waits is a task of the session's own group and
reports through one inbox. Nothing that fails in here leaves the caller in silence.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

from hotline.call import events as call_events
from hotline.call.clock import Clock
from hotline.call.errors import CallGone, HotlineError
from hotline.call.ports import (
    Call,
    CallLog,
    Dialer,
    Directory,
    Duty,
    Ears,
    Hearing,
    IntakeDraft,
    PromptBook,
    TicketDesk,
)
from hotline.ivr import commands, events
from hotline.ivr.intake import CallFacts
from hotline.ivr.interpreter import Interpreter
from hotline.ivr.model import Menu
from hotline.ivr.paperwork import Paperwork
from hotline.ivr.people import People, Somebody, say_and_hang_up
from hotline.ivr.requests import Requests
from hotline.ivr.voice import Voice
from hotline.ivr.within import within
from hotline.settings import Estate, Ringing

log = structlog.get_logger(__name__)

FILLER_AFTER = 1.0
"""Seconds a command may take in silence (DESIGN section 3)."""
DIRECTORY_PATIENCE = 1.0
"""Seconds the first words wait for the directory to say who is calling."""
PAPER_PATIENCE = 10.0
"""Seconds the last notes may take after the call; the draft in the database survives them."""


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
        desk: TicketDesk,
        directory: Directory,
        duty: Duty,
        dialer: Dialer,
        log: CallLog,
        estate: Estate,
        ringing: Ringing | None = None,
        announce: bool = True,
        accept_score: float = 0.5,
        start: str | None = None,
    ) -> None:
        """Take the ports. ``announce``: the caller is told about the recording, if there is one."""
        self.call = call
        self.menu = menu
        self.clock = clock
        self.duty = duty
        self.dialer = dialer
        self.record = log
        self.estate = estate
        self.voice = Voice(call, prompts, clock, estate.timezone)
        self._ears = ears
        self._directory = directory
        self._desk = desk
        self._ringing = ringing or Ringing()
        self._announce = announce
        self._accept_score = accept_score
        self._start = start
        self._inbox: asyncio.Queue[events.Event] = asyncio.Queue()
        self._paperwork = Paperwork()
        self._playbacks: dict[int, int] = {}
        self._hearings: dict[int, tuple[int, Hearing]] = {}
        self._timers: dict[int, asyncio.Task[None]] = {}
        self._people: dict[int, tuple[People, asyncio.Task[None]]] = {}
        self._accepted: dict[int, Somebody] = {}
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
        self._requests = Requests(self._desk, self._directory, self.duty, self.clock, self.estate)
        self._interpreter = Interpreter(self.menu, facts, start=self._start)
        async with asyncio.TaskGroup() as group:
            self._group = group
            paperwork = group.create_task(self._paperwork.run())
            try:
                await self._converse()
            finally:
                await self._wind_up(paperwork)
        return self._interpreter.outcome

    # --- the beginning -------------------------------------------------------------------------

    async def _answer(self) -> None:
        if self.call.answered:
            return
        if self.call.over:
            raise CallGone("the call was over before it was answered")
        await self.clock.sleep(self._ringing.answer_after)
        await self.call.answer()

    async def _facts(self) -> CallFacts:
        offered = self.call.facts
        rung = (self.clock.now() - offered.offered_at).total_seconds()
        known = None
        try:
            looking = self._directory.caller(self.estate.id, offered.caller)
            known = await within(self.clock, DIRECTORY_PATIENCE, looking)
        except TimeoutError:
            log.warning("the directory was too slow to say who is calling", leg=offered.leg)
        except Exception:
            log.exception("the directory failed", leg=offered.leg)
        return CallFacts(
            leg=offered.leg,
            estate=self.estate.id,
            language=self.estate.language,
            timezone=self.estate.timezone,
            number=_number_to_call(offered.caller),
            known=known,
            late=int(rung / self._ringing.ring_cycle) + 1 > self._ringing.apology_after_rings,
            announce=self._announce,
            recording=self.call.recording is not None,
            emergency=offered.emergency,
            understood=frozenset(one for one in self.menu.languages if self._ears.understands(one)),
            accept_score=self._accept_score,
        )

    # --- the loop ------------------------------------------------------------------------------

    async def _converse(self) -> None:
        self._passing_task(self._listen_to_call())
        self._feed(events.Started())
        while not self._interpreter.ended:
            self._feed(await self._inbox.get())

    def _feed(self, event: events.Event) -> None:
        try:
            for command in self._interpreter.feed(event):
                self._perform(command)
        except Exception as error:
            # our own fault must not cost the caller the call: apologise, hand over, record it
            log.exception("a call's menu failed", leg=self.call.facts.leg, step=self._interpreter.step)
            self._recover(getattr(error, "code", type(error).__name__), event)

    def _recover(self, code: str, event: events.Event) -> None:
        if isinstance(event, events.Broken):
            self._interpreter.give_up()
            return
        self._inbox.put_nowait(events.Broken(code=code))

    async def _listen_to_call(self) -> None:
        while True:
            try:
                event = await self.call.next_event()
            except CallGone:
                self._inbox.put_nowait(events.CallerGone(at=self.call.recorded_seconds))
                return
            meant = self._translated(event)
            if meant is not None:
                self._inbox.put_nowait(meant)
            if isinstance(event, call_events.HungUp):
                return

    def _translated(self, event: call_events.CallEvent) -> events.Event | None:
        at = self.call.recorded_seconds
        match event:
            case call_events.Digit(key=key):
                self.record.event(self.call.facts.leg, "DTMF", {"key": key, "source": event.source})
                return events.KeyPressed(key=key, at=at)
            case call_events.PromptEnded(playback=number):
                playback = self._playbacks.pop(number, 0)
                return events.Played(playback=playback, completed=event.completed) if playback else None
            case call_events.HungUp():
                return events.CallerGone(at=at)
            case call_events.SpeechStarted() | call_events.Heard() | call_events.HeardNothing():
                return self._heard(event, at)
            case call_events.Held() | call_events.Resumed():
                self.record.event(self.call.facts.leg, type(event).__name__.upper())
        return None

    def _heard(
        self, event: call_events.SpeechStarted | call_events.Heard | call_events.HeardNothing, at: float
    ) -> events.Event | None:
        known = next((n for n, (number, _) in self._hearings.items() if number == event.hearing), None)
        if known is None:
            return None
        if isinstance(event, call_events.SpeechStarted):
            return events.VoiceBegan(hearing=known, at=at)
        del self._hearings[known]
        if isinstance(event, call_events.HeardNothing):
            return events.SilenceHeard(hearing=known)
        return events.WordsHeard(
            hearing=known, text=event.text, score=event.score, started=event.started, ended=event.ended
        )

    # --- commands ------------------------------------------------------------------------------

    def _perform(self, command: commands.Command) -> None:
        match command:
            case commands.Play():
                self._play(command)
            case commands.Hush():
                self.call.stop_playing()
            case commands.Listen(hearing=number, question=question):
                hearing = self._ears.listen(self.call, question)
                self._hearings[number] = (hearing.number, hearing)
            case commands.Expect(hearing=number):
                if number in self._hearings:
                    self._hearings[number][1].expect()
            case commands.StopListening(hearing=number):
                if number in self._hearings:
                    self._hearings.pop(number)[1].close()
            case commands.StartTimer(timer=timer, seconds=seconds):
                self._timers[timer] = self._passing_task(self._count_down(timer, seconds))
            case commands.StopTimer(timer=timer):
                if timer in self._timers:
                    self._timers.pop(timer).cancel()
            case commands.Log(kind=kind, detail=detail):
                self.record.event(self.call.facts.leg, kind, dict(detail))
            case _:
                self._perform_slow(command)

    def _perform_slow(self, command: commands.Command) -> None:
        match command:
            case commands.RingPeople():
                self._ring(command)
            case commands.Brief(request=request, whisper=whisper):
                if request in self._people:
                    self._people[request][0].brief(whisper)
            case commands.StopRinging(request=request):
                self._stop_ringing(request)
            case commands.Bridge():
                self._passing_task(self._answered(command, self._bridge(command)))
            case commands.Dismiss(ringing=ringing, items=items):
                somebody = self._accepted.pop(ringing, None)
                if somebody is not None:
                    self._duty_task(say_and_hang_up(somebody.leg, self.voice, items, self.clock))
            case commands.OpenTicket():
                self._duty_task(self._answered(command, self._requests.perform(command)))
            case commands.Request():
                self._passing_task(self._answered(command, self._requests.perform(command)))
            case commands.SaveDraft() | commands.NoteTicket():
                self._write(command)
            case commands.Hangup():
                self._duty_task(self._hang_up())

    def _play(self, command: commands.Play) -> None:
        sounds = self.voice.sounds(command.items)
        if not sounds:
            self._inbox.put_nowait(events.Played(playback=command.playback, completed=True))
            return
        self._playbacks[self.call.play(sounds)] = command.playback

    def _write(self, command: commands.SaveDraft | commands.NoteTicket) -> None:
        leg = self.call.facts.leg
        match command:
            case commands.SaveDraft(ticket=None):
                self._paperwork.put(lambda: self.record.draft(leg, None))
            case commands.SaveDraft(ticket=ticket, said_something=said) if ticket is not None:
                draft = IntakeDraft(ticket=ticket, said_something=said)
                self._paperwork.put(lambda: self.record.draft(leg, draft))
            case commands.NoteTicket(number=number, event=event, detail=detail):
                self._paperwork.put(lambda: self._desk.note(number, event, detail))

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

    async def _answered(self, command: commands.Request, work: Coroutine[Any, Any, events.Result]) -> None:
        """Perform a request; whatever happens, exactly one result is fed."""
        filler = None if isinstance(command, commands.Bridge) else self._passing_task(self._fill_silence())
        result: events.Result
        try:
            if command.patience == float("inf"):
                result = await work
            else:
                result = await within(self.clock, command.patience, work)
        except TimeoutError:
            log.warning("too slow for a caller", what=type(command).__name__, leg=self.call.facts.leg)
            result = events.Late(request=command.request)
        except CallGone:
            result = events.Nothing(request=command.request)
        except Exception as error:
            log.exception("a call's request failed", what=type(command).__name__, leg=self.call.facts.leg)
            code = error.code if isinstance(error, HotlineError) else type(error).__name__
            result = events.Failed(request=command.request, code=code)
        finally:
            if filler is not None:
                filler.cancel()
        self._inbox.put_nowait(result)

    async def _fill_silence(self) -> None:
        await self.clock.sleep(FILLER_AFTER)
        sounds = self.voice.sounds(self._interpreter.talk.spoken(self.menu.filler))
        if sounds and not self.call.over:
            self.call.play(sounds)

    # --- people --------------------------------------------------------------------------------

    def _ring(self, order: commands.RingPeople) -> None:
        people = People(
            order,
            call=self.call,
            dialer=self.dialer,
            duty=self.duty,
            clock=self.clock,
            voice=self.voice,
            record=self.record,
        )
        self._people[order.request] = (people, self._passing_task(self._ring_until_accepted(order, people)))

    async def _ring_until_accepted(self, order: commands.RingPeople, people: People) -> None:
        try:
            somebody = await people.ring()
        except Exception as error:
            log.exception("ringing people failed", roster=order.roster, leg=self.call.facts.leg)
            code = error.code if isinstance(error, HotlineError) else type(error).__name__
            self._inbox.put_nowait(events.Failed(request=order.request, code=code))
            return
        at = self.call.recorded_seconds
        if somebody is None:
            self._inbox.put_nowait(events.Nothing(request=order.request, at=at))
            return
        self._accepted[order.request] = somebody
        value = events.Acceptance(somebody.contact.name)
        self._inbox.put_nowait(events.Found(request=order.request, at=at, value=value))
        # the acceptance is written down before it is thanked for (DESIGN section 6)
        await asyncio.sleep(0)
        await self._paperwork.done()
        if order.request in self._accepted and not somebody.leg.over:
            somebody.leg.stop_playing()
            somebody.leg.play(self.voice.sounds(order.accepted))

    def _stop_ringing(self, request: int) -> None:
        if request in self._people:
            self._people.pop(request)[1].cancel()
        somebody = self._accepted.pop(request, None)
        if somebody is not None:
            self._duty_task(say_and_hang_up(somebody.leg, self.voice, (), self.clock))

    async def _bridge(self, command: commands.Bridge) -> events.Result:
        somebody = self._accepted.pop(command.ringing, None)
        if somebody is None or somebody.leg.over:
            return events.Nothing(request=command.request)
        leg, ours = somebody.leg, self.call.facts.leg
        try:
            self.call.stop_playing()
            await self.call.bridge(leg)
            self.record.event(ours, "BRIDGE_ENTER", {"with": leg.facts.leg, "name": somebody.contact.name})
            while not isinstance(await leg.next_event(), call_events.HungUp):
                pass
        except CallGone:
            return events.Found(request=command.request)
        finally:
            self.record.event(ours, "BRIDGE_EXIT", {"with": leg.facts.leg})
            if not leg.over:
                await leg.hangup()
        return events.Found(request=command.request)

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
        for _, hearing in self._hearings.values():
            hearing.close()
        for somebody in self._accepted.values():
            self._duty_task(say_and_hang_up(somebody.leg, self.voice, (), self.clock))
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


def _number_to_call(raw: str) -> str:
    """Return a caller's number when somebody can be reached by it (not “anonymous”)."""
    digits = raw.removeprefix("+")
    return raw if digits.isdigit() and len(digits) >= 3 else ""
