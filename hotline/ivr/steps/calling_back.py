"""Being called back in one's place: which number, is it right, and the booking."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hotline.call.ports import ServeOrder
from hotline.ivr import events
from hotline.ivr.commands import BookCallBack, LeaveQueue
from hotline.ivr.faults import Jump, Summoned
from hotline.ivr.intake import CALL_BACK
from hotline.ivr.standing import Standing
from hotline.ivr.steps.base import Items, Turn
from hotline.ivr.steps.collect import Collect
from hotline.ivr.steps.confirm import Confirm
from hotline.ivr.steps.desk import Desk
from hotline.ivr.steps.filing import Filing, file_ticket
from hotline.ivr.steps.refs import StepRef, WrittenSlot

if TYPE_CHECKING:
    from hotline.ivr.talk import Talk

BOOKED = "call_back"
"""Outcome of a call whose caller is called back in their place."""
YES, NO, NONE = StepRef("yes"), StepRef("no"), StepRef("none")
LEAST, MOST = 5, 12
"""Digits of a telephone number."""
ROUNDS = 3
"""How often a number is asked for anew after it was said to be wrong."""


def book_call_back(talk: Talk, desk: Desk, queue: Standing, order: Callable[[], ServeOrder]) -> Turn[bool]:
    """Ask where, have it confirmed, book; False: the caller goes on waiting, their place is kept.

    Until it is booked an operator who becomes free still takes the call.
    """
    try:
        sure = yield from _number(talk, desk)
    except Jump as jump:
        if jump.emergency:
            raise
        # “0: a human” is what they are waiting for
        return False
    if not sure:
        return False
    if (yield from _booked(talk, queue, order)):
        queue.over = True
        talk.do(LeaveQueue(queue=queue.request))
        talk.outcome = BOOKED if talk.outcome not in ("emergency", "transferred") else talk.outcome
        yield from talk.say(talk.spoken(desk.booked))
        return True
    yield from talk.say(talk.spoken(desk.not_booked))
    return False


def _booked(talk: Talk, queue: Standing, order: Callable[[], ServeOrder]) -> Turn[bool]:
    queue.holding = True
    number = talk.slots.text(CALL_BACK)
    if talk.worth_a_call_back:
        yield from file_ticket(talk, Filing(complete=False, note=f"to be called back from {order().queue}"))
    result = yield from talk.request(BookCallBack(request=talk.number(), order=order(), number=number))
    booked = isinstance(result, events.Found)
    if queue.release() and not booked:
        raise Summoned
    return booked


def _number(talk: Talk, desk: Desk) -> Turn[bool]:
    """Return True when ``call_back`` holds a number the caller has confirmed."""
    usual = talk.slots.text("callback") or talk.facts.number
    if usual:
        talk.fill(CALL_BACK, usual, by_caller=False)
        answer = yield from _yes_or_no(talk, desk.own_number)
        if answer != NO:
            return answer == YES
    for _ in range(ROUNDS):
        if (yield from _ask(talk, desk)) != YES:
            return False
        answer = yield from _yes_or_no(talk, desk.check_number)
        if answer != NO:
            return answer == YES
    return False


def _ask(talk: Talk, desk: Desk) -> Turn[str | None]:
    step = Collect(
        what="phone",
        into=WrittenSlot(CALL_BACK),
        least=LEAST,
        most=MOST,
        speech=True,
        prompts=desk.ask_number,
        nomatch=desk.wrong_number,
        timeout=12.0,
        next=YES,
        failed=NONE,
    )
    return (yield from step.run(talk))


def _yes_or_no(talk: Talk, question: Items) -> Turn[str | None]:
    return (yield from Confirm(prompts=question, yes=YES, no=NO, failed=NONE).run(talk))
