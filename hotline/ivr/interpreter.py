"""The pure interpreter: events in, commands out. No event loop, no socket, no database, no clock.

The transitions between steps are the menu's; inside a question they are the table of
:mod:`hotline.ivr.ask`. What can happen in every state is judged here:

=====================  ========================================================================
event                  whatever the step
=====================  ========================================================================
``**``                 the emergency, also in the middle of an entry of digits
caller gone            own words are kept, the step may finish, an unfinished intake is filed; in an
                       emergency the menu goes on: help is called all the same
limit timer            the call is too long: ``too_long``, unless in an emergency or connected;
                       asking whether it is one is waited for
queue's news           a caller who waits for an operator is taken, or waits again: the step is told
broken                 ``failure``: apology, then a human; the second time the call ends
everything else        goes to the step
=====================  ========================================================================
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hotline.ivr import events
from hotline.ivr.commands import AddTo, Command, Hangup, Hush, Log, OpenTicket, SaveDraft, StartTimer
from hotline.ivr.faults import CallerLeft, Jump, LoopWithoutInput, Summoned
from hotline.ivr.intake import ADDS_TO, CallFacts, Slots, Value, noting, ticket_of, unfinished
from hotline.ivr.model import Menu
from hotline.ivr.steps.base import InputStep, Turn
from hotline.ivr.talk import Talk

MOST_STEPS = 100
"""Steps entered on one event; more are a loop without input."""
PANIC_KEY = "*"
VERIFY_PATIENCE = 60.0
"""Seconds the longest call is extended by while an emergency is being made sure of."""


class Interpreter:
    """One call's way through a menu."""

    def __init__(
        self,
        menu: Menu,
        facts: CallFacts,
        *,
        start: str | None = None,
        given: Mapping[str, Value] | None = None,
    ) -> None:
        """Prepare; the first event is :class:`~hotline.ivr.events.Started`.

        ``start``: another step than the menu's (a restart after a fault). ``given``: slots that are
        filled from the first word on (machine-placed calls).
        """
        self.talk = Talk(menu, facts, given or {})
        self.step = ""
        """Name of the present step."""
        self.ended = False
        """No more events are wanted."""
        self._turn: Turn[str | None] | None = None
        self._start = start or _start_of(menu, facts)
        self._limit = 0
        self._last_key = ""
        self._faults = 0
        self._closing = False
        self._drafted: Slots | None = None

    @property
    def outcome(self) -> str:
        """How the call ended, in the words of call records."""
        return self.talk.outcome

    def feed(self, event: events.Event) -> list[Command]:
        """Take one event; return what is to be done, in order."""
        if self._closing:
            self._take_last(event)
        elif not self.ended:
            self._take(event)
            self._draft()
        drained, self.talk.outbox = self.talk.outbox, []
        return drained

    def give_up(self) -> None:
        """End without another word: even the apology failed. The draft stays for the app to file."""
        self.ended = True
        self.talk.outcome = "failed"

    # --- what can happen everywhere --------------------------------------------------------------

    def _take(self, event: events.Event) -> None:
        match event:
            case events.Started():
                self._begin()
            case events.CallerGone():
                self._caller_gone(event)
            case events.Broken():
                self._broken(event)
            case events.TimedOut(timer=timer) if timer == self._limit:
                self._too_long()
            case events.KeyPressed():
                self._key(event)
            case events.QueueTold() | events.Result() if self._of_queue(event):
                self._queue_news(event)
            case _:
                self._last_key = "" if isinstance(event, events.TimedOut | events.Played) else self._last_key
                self._send(event)

    def _take_last(self, event: events.Event) -> None:
        """The conversation is over, only its last ticket is still being filed."""
        match event:
            case events.CallerGone():
                self.talk.gone = True
            case events.Broken():
                self.ended = True
            case _:
                self._send(event)

    def _begin(self) -> None:
        if self._turn is not None:
            return
        menu = self.talk.menu
        if menu.longest is not None and menu.too_long is not None:
            self._limit = self.talk.number()
            self.talk.do(StartTimer(timer=self._limit, seconds=menu.longest))
        if self._start in (menu.emergency.step, menu.emergency.lift):
            self.talk.enter_emergency()
            self.talk.log("EMERGENCY", step=self._start)
        self._enter(self._start)

    def _key(self, event: events.KeyPressed) -> None:
        if self.talk.bridged:
            if self.talk.through:
                self._send(event)
            return
        swallowed, self.talk.swallow = self.talk.swallow, ""
        if swallowed == event.key:
            return
        panic = event.key == self._last_key == PANIC_KEY
        self._last_key = event.key
        if panic and "**" in self.talk.menu.emergency.keys and not self.talk.in_emergency:
            self._leave(event.at)
            self._jump(self.talk.emergency_jump())
        else:
            self._send(event)

    def _of_queue(self, event: events.QueueTold | events.Result) -> bool:
        queue = self.talk.queue
        return queue is not None and not queue.over and event.request == queue.request

    def _queue_news(self, event: events.QueueTold | events.Result) -> None:
        queue, turn = self.talk.queue, self._turn
        if queue is None or turn is None or not queue.heed(event):
            return
        self.talk.stop_asking(event.at)
        self._advance(lambda: turn.throw(Summoned()))

    def _caller_gone(self, event: events.CallerGone) -> None:
        if self.talk.gone:
            return
        self.talk.stop_asking(event.at)
        self.talk.gone = True
        if self._turn is None:
            self.ended = True
            return
        turn = self._turn
        self._advance(lambda: turn.throw(CallerLeft()))

    def _broken(self, event: events.Broken) -> None:
        self._faults += 1
        self.talk.do(Log(kind="FAULT", detail=(("code", event.code),)))
        self._leave(0.0)
        if self._faults > 1 or self.talk.gone:
            self.talk.do(Hangup())
            self._close()
        else:
            self._enter(self.talk.menu.failure)

    def _too_long(self) -> None:
        if self.talk.bridged or self.talk.in_emergency or self.talk.gone:
            return
        if self.talk.alarm.verifying:
            self.talk.do(StartTimer(timer=self._limit, seconds=VERIFY_PATIENCE))
            return
        self._leave(0.0)
        self._enter(str(self.talk.menu.too_long))

    # --- steps -----------------------------------------------------------------------------------

    def _send(self, event: events.Event) -> None:
        turn = self._turn
        if turn is not None:
            self._advance(lambda: turn.send(event))

    def _enter(self, name: str | None) -> None:
        """Go through steps until one waits, or the menu ends."""
        entered = 0
        while name is not None and not self.ended:
            entered += 1
            if entered > MOST_STEPS:
                raise LoopWithoutInput(name)
            name = self._first(name)
            if name is None:
                return
        self._close()

    def _first(self, name: str) -> str | None:
        """Begin one step; return the step it led to, ``None`` when it waits or the menu ended."""
        self.step = self.talk.step = name
        self.talk.log("MENU", step=name)
        step = self.talk.menu.steps[name]
        if isinstance(step, InputStep) and step.fresh:
            self.talk.ahead.clear()
        turn = self._turn = step.run(self.talk)
        return self._outcome_of(lambda: next(turn))

    def _advance(self, move: Callable[[], None]) -> None:
        name = self._outcome_of(move)
        if name is not None:
            self._enter(name)

    def _outcome_of(self, move: Callable[[], None]) -> str | None:
        try:
            move()
        except StopIteration as stop:
            following: str | None = stop.value
            if self._closing:
                self.ended = True
            elif following is None or (self.talk.gone and not self.talk.in_emergency):
                self._close()
            else:
                return following
        except CallerLeft:
            self._close()
        except Jump as jump:
            self.talk.stop_asking(0.0)
            return self._target(jump)
        return None

    def _jump(self, jump: Jump) -> None:
        self._enter(self._target(jump))

    def _target(self, jump: Jump) -> str:
        if jump.emergency:
            self.talk.enter_emergency()
            self.talk.log("EMERGENCY", step=self.step)
        return jump.step

    def _leave(self, at: float) -> None:
        """Stop the present step from outside: its words are kept, its sound is cut."""
        self.talk.stop_asking(at)
        self.talk.ahead.clear()
        if self._turn is not None:
            self._turn.close()
        self.talk.do(Hush())

    # --- the end ---------------------------------------------------------------------------------

    def _close(self) -> None:
        """File what an unfinished intake has given, then end."""
        if self.ended or self._closing:
            return
        self._closing, self._turn = True, None
        if not self.talk.worth_a_call_back:
            self._withdraw()
            self.ended = True
            return
        self._turn = self._file_rest()
        try:
            next(self._turn)
        except StopIteration:
            self.ended = True

    def _file_rest(self) -> Turn[str | None]:
        talk = self.talk
        ticket = ticket_of(talk.facts, talk.slots, language=talk.language)
        ended = "caller hung up" if talk.gone else "call ended before it was complete"
        note = noting(talk.slots, ended, *talk.alarm.remarks)
        result: events.Result | None = None
        adds_to = talk.slots.text(ADDS_TO)
        if adds_to and not talk.in_emergency:
            addition = AddTo(request=talk.number(), number=adds_to, ticket=talk.addition("words", note))
            result = yield from talk.request(addition)
        if not isinstance(result, events.Found):
            # also when the ticket was closed meanwhile: what was said is not lost
            request = OpenTicket(request=talk.number(), ticket=unfinished(ticket, note))
            result = yield from talk.request(request)
        if isinstance(result, events.Found):
            talk.filed("")
            self._withdraw()
            if talk.outcome in ("abandoned", "informed"):
                talk.outcome = "incomplete"
        return None

    def _draft(self) -> None:
        """Keep the intake as it grows, so that a crash loses nothing."""
        talk = self.talk
        if self.ended or talk.slots == self._drafted:
            return
        if not talk.worth_a_call_back:
            self._withdraw()
            return
        self._drafted = talk.slots
        ticket = ticket_of(talk.facts, talk.slots, language=talk.language)
        adds_to = talk.slots.text(ADDS_TO)
        interrupted = f"call interrupted; belongs to {adds_to}" if adds_to else "call interrupted"
        note = noting(talk.slots, interrupted)
        talk.do(SaveDraft(ticket=unfinished(ticket, note), said_something=True))

    def _withdraw(self) -> None:
        """Nothing said so far is without its ticket: a crash from here on leaves nothing open."""
        if self._drafted is not None:
            self._drafted = None
            self.talk.do(SaveDraft(ticket=None))


def _start_of(menu: Menu, facts: CallFacts) -> str:
    lift = facts.known is not None and facts.known.lift
    if (facts.emergency or lift) and menu.emergency.step is not None:
        return str(menu.emergency.lift or menu.emergency.step)
    return menu.start
