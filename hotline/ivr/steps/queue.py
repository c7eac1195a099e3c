"""``queue``: wait for an operator with music and news of one's place; the desk leads the talk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from hotline.call.audio import ToneName
from hotline.call.ports import Served, ServeEnd, ServeOrder
from hotline.ivr import events
from hotline.ivr.ask import Ask, Keys
from hotline.ivr.commands import EnterQueue, LeaveQueue, StartTimer
from hotline.ivr.faults import CallerLeft, Summoned
from hotline.ivr.intake import MATTER, WAITED
from hotline.ivr.items import Sound, Spoken
from hotline.ivr.keypad import Choices
from hotline.ivr.standing import Standing
from hotline.ivr.steps.base import Items, Seconds, Section, Step, Turn
from hotline.ivr.steps.calling_back import book_call_back
from hotline.ivr.steps.desk import Desk
from hotline.ivr.steps.filing import Filing, opening, settled
from hotline.ivr.steps.menu import KeyName
from hotline.ivr.steps.refs import QueueRef, StepRef

if TYPE_CHECKING:
    from hotline.ivr.talk import Talk

EARLY = 0.1
"""Seconds in which it is known that nobody is there: nobody hears “connecting” then."""
GAP = 0.2
"""Seconds between music and the next words; a key may come in it too."""
OFFER_EVERY = 3
"""The keys are named at first and then every third time something is said."""
URGENT = 0
"""Priority of an emergency: nobody goes before it."""


class Offer(Section):
    """A key that ends the waiting."""

    key: KeyName
    next: StepRef


class Queue(Step):
    """Queue the caller for an operator and let them be served.

    While they wait they hear music, their place when it gets better, and may leave a message or be
    called back in their place. From the moment an operator takes the call the menu is silent.
    """

    step: Literal["queue"] = "queue"
    queue: QueueRef
    priority: int = Field(50, ge=0, le=100)
    """Smaller goes first; in an emergency it is 0."""
    skills: tuple[str, ...] = ()
    """Wanted beyond those of the queue itself."""
    prompts: Items = ()
    """Said first."""
    announce_every: Annotated[Seconds, Field(ge=5)] = 30.0
    """Seconds of music between two announcements."""
    desk: Desk = Desk()
    """Words of this queue instead of the menu's own ``desk``."""
    message: Offer | None = None
    call_back: Offer | None = None
    """``next``: once it is booked."""
    sends: tuple[StepRef, ...] = ()
    """Steps an operator may send the caller to; the emergency's always counts."""
    next: StepRef
    """When the operator is gone and the caller is still there."""
    nobody: StepRef
    """No operator is there, or the desk is down."""
    waited: StepRef | None = None
    """Instead when the caller has waited: the longest wait is over, or everybody has gone home."""

    def run(self, talk: Talk) -> Turn[str | None]:
        """Wait, be served, go on."""
        desk = talk.menu.desk.with_own(self.desk)
        queue = talk.queue = Standing(talk.number(), before=talk.outcome)
        talk.fill(MATTER, talk.slots.text("topic") or talk.slots.text("kind"), by_caller=False)
        order = self.order(talk)
        talk.do(
            EnterQueue(request=queue.request, patience=float("inf"), order=order, words=tuple(desk.phrases()))
        )
        try:
            return (yield from self._until_served(talk, desk, queue))
        finally:
            leave(talk, queue)

    def order(self, talk: Talk) -> ServeOrder:
        """Return the caller's place and what the operator should know, as it is now."""
        known, place = talk.facts.known, talk.slots.place()
        if known is not None and not str(place):
            place = known.place  # who asks for a human at once was never asked where
        return ServeOrder(
            queue=self.queue,
            estate=talk.facts.estate,
            priority=URGENT if talk.in_emergency else self.priority,
            language=talk.language,
            skills=frozenset(self.skills),
            topic=talk.slots.text(MATTER),
            place=place,
            ticket=talk.ticket,
            caller_name=known.name if known is not None else "",
            callback=talk.slots.text("callback") or talk.facts.number,
        )

    def _until_served(self, talk: Talk, desk: Desk, queue: Standing) -> Turn[str | None]:
        early = True
        while True:
            try:
                if queue.taken:
                    yield from self._while_connected(talk, queue)
                else:
                    following = yield from self._wait(talk, desk, queue, early)
                    return following
            except Summoned:
                early = False
            if queue.result is not None:
                return self._after(talk, queue)
            if not queue.taken:
                talk.bridged, talk.outcome = False, queue.before

    # --- waiting -------------------------------------------------------------------------------

    def _wait(self, talk: Talk, desk: Desk, queue: Standing, early: bool) -> Turn[str | None]:
        """Return where a key of the caller led; everything else is news of the queue."""
        key = ""
        if early:
            yield from _moment(talk)
            queue.welcomed = True
            key = yield from self._listen(talk, talk.spoken(self.prompts))
        talk.fill(WAITED, "yes", by_caller=False)
        turn = 0
        while True:
            following = yield from self._chosen(talk, desk, queue, key)
            if following is not None:
                return following
            words = (*self._news(talk, desk, queue, turn), Sound(ToneName.MUSIC, self.announce_every))
            key = yield from self._listen(talk, words)
            turn += 1

    def _news(self, talk: Talk, desk: Desk, queue: Standing, turn: int) -> tuple[Spoken, ...]:
        better = queue.announcement()
        words: tuple[Spoken, ...] = ()
        if better is not None:
            for slot, value in better.items():
                talk.fill(slot, value, by_caller=False)
            words = talk.spoken(desk.announce)
        elif turn and desk.comfort:
            words = talk.spoken(desk.comfort[min(turn - 1, len(desk.comfort) - 1)])
        if turn % OFFER_EVERY == 0:
            words += talk.spoken(desk.offer_message) if self.message else ()
            words += talk.spoken(desk.offer_call_back) if self.call_back else ()
        return words

    def _listen(self, talk: Talk, items: tuple[Spoken, ...]) -> Turn[str]:
        """Say ``items``; return the key of ours that was pressed, empty when none was."""
        own = frozenset(offer.key for offer in (self.message, self.call_back) if offer is not None)
        urgent = frozenset() if talk.in_emergency else frozenset(talk.menu.emergency.keys)
        ask = Ask(
            items=items,
            pad=Choices(own | urgent),
            timeout=GAP,
            interdigit=talk.menu.defaults.choice_interdigit,
            # makes keys that fit nothing harmless: whoever presses 0 while waiting does not begin anew
            finish="#",
        )
        answer = yield from talk.ask(ask, own=own)
        return answer.typed if isinstance(answer, Keys) else ""

    def _chosen(self, talk: Talk, desk: Desk, queue: Standing, key: str) -> Turn[str | None]:
        if self.message is not None and key == self.message.key:
            return self.message.next
        if self.call_back is not None and key == self.call_back.key:
            booked = yield from book_call_back(talk, desk, queue, lambda: self.order(talk))
            return self.call_back.next if booked else None
        return None

    # --- served --------------------------------------------------------------------------------

    def _while_connected(self, talk: Talk, queue: Standing) -> Turn[None]:
        """Wait for news of the desk; what the caller said before becomes a ticket meanwhile."""
        talk.bridged = True
        talk.ahead.clear()
        if not talk.in_emergency:
            talk.outcome = "transferred"
        if talk.worth_a_call_back:
            yield from self._hand_over(talk, queue)
        while True:
            yield

    def _hand_over(self, talk: Talk, queue: Standing) -> Turn[None]:
        command = opening(talk, Filing(complete=False, note=f"handed to operator {queue.operator}"))
        queue.holding = True
        talk.do(command)
        try:
            result = yield from talk.result_of(command.request)
        except CallerLeft:
            leave(talk, queue)
            settled(talk, (yield from talk.result_of(command.request)))
            raise
        if settled(talk, result) is not None and queue.before in ("abandoned", "informed"):
            queue.before = "incomplete"
        if queue.release():
            raise Summoned

    def _after(self, talk: Talk, queue: Standing) -> str | None:
        talk.bridged = False
        talk.ahead.clear()
        served = queue.result.value if isinstance(queue.result, events.Found) else None
        if not isinstance(served, Served) or served.end is ServeEnd.NOBODY:
            talk.outcome = queue.before if talk.outcome == "transferred" else talk.outcome
            return (self.waited if queue.welcomed else None) or self.nobody
        if served.end is ServeEnd.SENT:
            return self._sent(talk, served.step)
        return self.next

    def _sent(self, talk: Talk, step: str) -> str:
        if step in (talk.menu.emergency.step, talk.menu.emergency.lift):
            raise talk.emergency_jump()
        if step in self.sends:
            return step
        talk.log("SENT_NOWHERE", step=step)
        return self.next


def leave(talk: Talk, queue: Standing) -> None:
    """Give the place up, unless it is over already."""
    talk.bridged = False
    talk.queue = None
    if queue.result is None and not queue.over:
        talk.do(LeaveQueue(queue=queue.request))
    queue.over = True


def _moment(talk: Talk) -> Turn[None]:
    """Let the desk say at once that nobody is there."""
    timer = talk.number()
    talk.do(StartTimer(timer=timer, seconds=EARLY))
    while True:
        event = yield
        match event:
            case events.TimedOut(timer=number) if number == timer:
                return
            case events.KeyPressed():
                talk.ahead.append(event)
