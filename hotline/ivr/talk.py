"""One conversation as the steps see it: what is known, and how to say, ask and request."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from hotline.call.ports import (
    BillSummary,
    NewTicket,
    Place,
    Question,
    QuestionKind,
    Span,
    StaffMember,
    StaffRole,
    TicketSummary,
    WakeupSummary,
)
from hotline.ivr import commands, events
from hotline.ivr.alarm import Alarm
from hotline.ivr.ask import Answer, Ask, Asking, Interrupted, Keys, Said, Wrong
from hotline.ivr.faults import CallerLeft, Jump
from hotline.ivr.intake import (
    ADDS_TO,
    RECORDED,
    CallFacts,
    Slots,
    Value,
    known_values,
    of_ticket,
    ticket_of,
    worth_a_call_back,
)
from hotline.ivr.items import Spoken
from hotline.ivr.keypad import Choices
from hotline.ivr.resolve import Resolver
from hotline.ivr.standing import Standing

if TYPE_CHECKING:
    from hotline.ivr.model import Menu
    from hotline.ivr.steps.base import Item, Language, Turn

NEEDS_CALLER = (
    commands.Play,
    commands.Hush,
    commands.Listen,
    commands.Expect,
    commands.StopListening,
    commands.Hangup,
)
"""Commands that mean nothing once the caller's leg is over."""
STAFF = "staff"
"""Outcome of a call in which staff reported."""
LANGUAGE = "language"
"""The given slot that says in which language to speak."""
MOST_AHEAD = 20
"""Keys typed ahead that are kept; more are a stuck key."""


class Talk:
    """State of one call's conversation. Steps change it; the interpreter drains :attr:`outbox`."""

    def __init__(self, menu: Menu, facts: CallFacts, given: Mapping[str, Value]) -> None:
        """Start with what the facts and ``given`` say; nothing came from the caller yet."""
        self.menu = menu
        self.facts = facts
        wanted = given.get(LANGUAGE, facts.language)
        self.language = next((one for one in menu.languages if one == wanted), menu.languages[0])
        self.slots = Slots({**known_values(facts), **given})
        self.ahead: deque[events.KeyPressed] = deque(maxlen=MOST_AHEAD)
        self.swallow = ""
        """A terminator that may still follow an entry complete by length."""
        self.outbox: list[commands.Command] = []
        self.step = ""
        """Name of the step under way."""
        self.outcome = "abandoned"
        self.ticket = ""
        """Number of the ticket filed last in this call."""
        self.staff: StaffMember | None = None
        """Who reports by telephone, once number and PIN were right."""
        self.cases: tuple[str, ...] = ()
        """Numbers of the tickets that are gone through."""
        self.wakeups: tuple[WakeupSummary, ...] = ()
        self.bills: tuple[BillSummary, ...] = ()
        """Those of the caller's room that are gone through."""
        self.opened: Place | None = None
        """The room whose PIN the caller gave."""
        self.in_emergency = False
        self.bridged = False
        self.through = False
        """Keys pressed while connected reach the step: it passes them on to the far end."""
        self.queue: Standing | None = None
        """The caller's place in an operators' queue, while they have one."""
        self.only_silence = False
        """The last question got nothing but silence, however often it was asked."""
        self.gone = False
        """The caller's leg is over."""
        self.alarm = Alarm(self)
        self._asking: tuple[Asking, str] | None = None
        self._count = 0

    # --- commands ------------------------------------------------------------------------------

    def number(self) -> int:
        """Return a fresh number for a playback, hearing, timer or request."""
        self._count += 1
        return self._count

    def do(self, command: commands.Command) -> None:
        """Ask the session for something; nothing is said to a caller who is gone."""
        if not (self.gone and isinstance(command, NEEDS_CALLER)):
            self.outbox.append(command)

    def log(self, kind: str, **detail: str) -> None:
        """Add an event to the call record."""
        self.do(commands.Log(kind=kind, detail=tuple(detail.items())))

    # --- slots ---------------------------------------------------------------------------------

    def fill(self, slot: str, value: Value, *, by_caller: bool = True) -> None:
        """Set a slot; what came from the caller is worth a call-back."""
        self.slots = self.slots.filled(slot, value, by_caller=by_caller)

    def keep_words(self, slot: str, said: Said) -> None:
        """Keep the caller's own words: where they are on the recording, and the text if any."""
        if self.facts.recording:
            self.fill(slot, Span(self.facts.leg, round(said.started, 2), round(said.ended, 2)))
        if said.text and slot == "words":
            self.fill("description", said.text)
        elif slot == "words":
            self.slots = self.slots.cleared(frozenset({"description"}))
            self.slots = replace(self.slots, given=self.slots.given | {slot})

    def refuse_recording(self) -> None:
        """Record nothing more of this call; own words are kept as text where they are understood."""
        self.facts = replace(self.facts, recording=False)
        self.slots = self.slots.cleared(frozenset({RECORDED}))
        self.do(commands.RefuseRecording())

    def type_ahead(self, keys: str) -> None:
        """Hand keys to the next question."""
        self.ahead.extend(events.KeyPressed(key=key, at=0.0) for key in keys)

    @property
    def room(self) -> Place | None:
        """The room the caller may hear and settle things about: opened by its PIN, or their telephone's."""
        own = self.facts.known.place if self.facts.known is not None else None
        room = self.opened or own
        return room if room is not None and room.room else None

    @property
    def worth_a_call_back(self) -> bool:
        """True when something was said that no ticket holds yet; a flow says itself what comes of it."""
        return self.menu.flow is None and worth_a_call_back(self.facts, self.slots)

    def filed(self, number: str) -> None:
        """Note that a ticket holds everything said so far."""
        self.ticket = number or self.ticket
        self.slots = replace(self.slots, given=frozenset())

    def learn(self, found: events.Found) -> bool:
        """Take up a ticket that was found: ``ticket.…`` can be said; False when it is none."""
        if not isinstance(found.value, TicketSummary):
            return False
        self.slots = of_ticket(self.slots, found.value, found.who)
        return True

    def let_in(self, member: StaffMember, role: StaffRole) -> None:
        """From now on this is a member of staff, in that role."""
        self.staff = member
        above = {StaffRole.SUPERVISOR, StaffRole.MANAGER} & member.roles
        facts = {
            "staff.number": member.number,
            "staff.name": member.name,
            "staff.role": role.value,
            "staff.supervisor": "yes" if above else "",
        }
        for name, value in facts.items():
            self.fill(name, value, by_caller=False)
        self.outcome = STAFF if self.outcome == "abandoned" else self.outcome

    def addition(self, words: str, note: str) -> NewTicket:
        """Return what the call adds to a ticket; staff bring words, no number to call back."""
        new = ticket_of(self.facts, self.slots, language=self.language, words=words, note=note)
        if self.staff is None:
            return new
        by = f"{note} ({self.staff.name})".strip()
        return replace(new, caller_number="", callback_number="", caller_name="", note=by)

    def placed(self, words: str, number: str) -> None:
        """Own words have reached a ticket: they are not added to it a second time."""
        self.filed(number)
        self.slots = self.slots.cleared(frozenset({words, "description", ADDS_TO}))

    # --- saying --------------------------------------------------------------------------------

    def spoken(self, items: Iterable[Item]) -> tuple[Spoken, ...]:
        """Resolve what the menu says: slots filled in, conditions applied."""
        return self.resolver().spoken(items)

    def resolver(self, language: str = "", facts: Mapping[str, str] | None = None) -> Resolver:
        """Return what resolves items now; ``facts`` are slots known for the moment only."""
        slots = Slots({**self.slots.values, **(facts or {})}, self.slots.given)
        return Resolver(slots, language or self.language, self.next_language(), self.facts.timezone)

    def say(self, items: tuple[Spoken, ...], *, barge_in: bool = True) -> Turn[None]:
        """Say ``items``; a key cuts it short and is kept for the next question."""
        if not items or self.gone:
            return
        if self.ahead and barge_in:
            return
        playback = self.number()
        self.do(commands.Play(playback=playback, items=items))
        while True:
            try:
                event = yield
            except CallerLeft:
                if self.in_emergency:
                    return  # help is called all the same
                raise
            match event:
                case events.Played(playback=number) if number == playback:
                    return
                case events.KeyPressed():
                    self.ahead.append(event)
                    self.leave_for_emergency()
                    if barge_in:
                        self.do(commands.Hush())
                        return

    def leave_for_emergency(self) -> None:
        """Raise :class:`Jump` when the keys typed ahead end in those of the emergency."""
        if self.in_emergency:
            return
        typed = "".join(pressed.key for pressed in self.ahead)
        if any(typed.endswith(key) for key in self.menu.emergency.keys):
            raise self.emergency_jump()

    # --- asking --------------------------------------------------------------------------------

    def ask(
        self, ask: Ask, *, own: frozenset[str] = frozenset(), into: str = "", until: int = 0
    ) -> Turn[Answer | Interrupted]:
        """Ask one question once.

        ``own`` are the step's own choices; keys of the emergency and of ``everywhere`` leave the
        step by :class:`Jump`. ``into`` is the slot that gets the caller's own words even when a
        key or the end of the call cuts them off. The result of request ``until`` ends the asking.
        """
        if self.gone:
            raise CallerLeft
        if ask.finish:
            self.ahead.clear()
        urgent = frozenset(self.menu.emergency.keys) if self._may_panic(ask) else frozenset()
        asking = Asking(ask, self, urgent=urgent)
        self._asking = (asking, into)
        asking.begin()
        try:
            while asking.answer is None:
                event = yield
                if until and isinstance(event, events.Result) and event.request == until:
                    return Interrupted(event, asking.abandon(event.at))
                self.alarm.notice(event)
                asking.feed(event)
        finally:
            self._asking = None
        if asking.cut_off is not None and into:
            self.keep_words(into, asking.cut_off)
        if isinstance(asking.answer, Said) and self.alarm.raised_by(asking.answer):
            return (yield from self.alarm.verified(asking.answer, ask, into, until))
        return self._judged(asking.answer, ask, own)

    def _may_panic(self, ask: Ask) -> bool:
        return isinstance(ask.pad, Choices) and not self.in_emergency

    def stop_asking(self, at: float) -> None:
        """The call is over or the step is left: keep the words being spoken."""
        if self._asking is None:
            return
        asking, into = self._asking
        said = asking.abandon(at)
        if said is not None and into:
            self.keep_words(into, said)

    def choices(self, own: Iterable[str] = ()) -> Choices:
        """Return the pad of a step with these keys: plus everywhere keys and the emergency's."""
        if self.in_emergency:
            return Choices(frozenset(own))
        return Choices(frozenset({*own, *self.menu.everywhere, *self.menu.emergency.keys}))

    def question(
        self, kind: QuestionKind, *, timeout: float, longest: float = 15.0, phrases: Iterable[str] = ()
    ) -> Question:
        """Return a question in the language of the conversation."""
        return Question(
            kind=kind,
            language=self.language,
            estate=self.facts.estate,
            phrases=tuple(phrases),
            emergency_phrases=() if self.in_emergency else self.emergency_words(),
            begin_timeout=timeout,
            end_silence=2.0 if kind is QuestionKind.FREE else 0.8,
            longest=longest,
            urgent=self.in_emergency or self.alarm.verifying,
        )

    @property
    def understands(self) -> bool:
        """True when words in the conversation's language can be understood."""
        return self.language in self.facts.understood

    def emergency_words(self) -> tuple[str, ...]:
        """Return the spoken keywords of the emergency in the present language."""
        return self.menu.emergency.words.get(self.language, ())

    def enter_emergency(self) -> None:
        """From now on this call is an emergency, whatever else happens in it."""
        self.in_emergency = True
        self.outcome = "emergency"
        self.slots = self.slots.cleared(frozenset({ADDS_TO}))
        self.alarm.keep_words()

    def emergency_jump(self) -> Jump:
        """Return the way to the emergency."""
        return Jump(str(self.menu.emergency.step), emergency=True)

    def _judged(self, answer: Answer, ask: Ask, own: frozenset[str]) -> Answer:
        match answer:
            case Keys(typed=typed) if isinstance(ask.pad, Choices) and typed not in own:
                if self.in_emergency:
                    return Wrong()
                if typed in self.menu.emergency.keys:
                    raise self.emergency_jump()
                if typed in self.menu.everywhere:
                    raise Jump(self.menu.everywhere[typed])
        return answer

    # --- requests ------------------------------------------------------------------------------

    def request(self, command: commands.Request) -> Turn[events.Result]:
        """Ask the session for something that has a result; keys meanwhile are typed ahead."""
        self.do(command)
        return (yield from self.result_of(command.request))

    def result_of(self, request: int) -> Turn[events.Result]:
        """Wait for a request's result."""
        while True:
            try:
                event = yield
            except CallerLeft:
                if self.in_emergency and not self.bridged:
                    continue  # help is called all the same
                raise
            if isinstance(event, events.Result) and event.request == request:
                return event
            if isinstance(event, events.KeyPressed):
                self.ahead.append(event)

    def result_soon(self, request: int, seconds: float) -> Turn[events.Result | None]:
        """Return a request's result if it comes within ``seconds``."""
        timer = self.number()
        self.do(commands.StartTimer(timer=timer, seconds=seconds))
        while True:
            event = yield
            match event:
                case events.Result(request=number) if number == request:
                    self.do(commands.StopTimer(timer=timer))
                    return event
                case events.TimedOut(timer=number) if number == timer:
                    return None
                case events.KeyPressed():
                    self.ahead.append(event)

    # --- languages -----------------------------------------------------------------------------

    def next_language(self) -> Language:
        """Return the menu's language after the present one."""
        languages = self.menu.languages
        return languages[(languages.index(self.language) + 1) % len(languages)]
