"""``consent``: the caller is told that the call is recorded and, where that is asked, may refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from hotline.ivr import commands, events
from hotline.ivr.intake import RECORDED, REFUSAL_KEY
from hotline.ivr.items import Spoken
from hotline.ivr.steps.base import Items, Step, Turn
from hotline.ivr.steps.refs import StepRef

if TYPE_CHECKING:
    from hotline.ivr.talk import Talk


class Consent(Step):
    """Say the notice of the recording; with ``recording.consent: ask`` also how to refuse, and wait for it.

    The key (``call.refusal_key``) counts from the first word of the notice until ``wait`` seconds after
    the last; others are typed ahead and end the waiting, those of the emergency lead there at once. Nobody
    presses the notice itself away: it must be heard by law (DOMAIN section 9). Not recorded, or refused
    before: nothing is said.
    """

    step: Literal["consent"] = "consent"
    prompts: Items
    """The notice."""
    ask: Items
    """How to refuse: ``[consent_refuse, {read_back: call.refusal_key}]``."""
    refused: Items = ()
    """Said to who refused."""
    wait: float = Field(2.5, gt=0, le=10)
    """Seconds after the question."""
    next: StepRef

    def run(self, talk: Talk) -> Turn[str | None]:
        """Tell, perhaps ask, and go on."""
        if talk.slots.get(RECORDED) is None:
            return self.next
        key = talk.slots.text(REFUSAL_KEY)
        if not key:
            yield from talk.say(talk.spoken(self.prompts), barge_in=False)
            return self.next
        words = (*talk.spoken(self.prompts), *talk.spoken(self.ask))
        if (yield from _refused(talk, words, key, self.wait)):
            talk.refuse_recording()
            yield from talk.say(talk.spoken(self.refused))
        return self.next


def _refused(talk: Talk, words: tuple[Spoken, ...], key: str, wait: float) -> Turn[bool]:
    playback, timer = talk.number(), talk.number()
    talk.do(commands.Play(playback=playback, items=words))
    said = pressed_on = False
    while True:
        event = yield
        match event:
            case events.KeyPressed(key=pressed) if pressed == key:
                talk.do(commands.Hush())
                if said:
                    talk.do(commands.StopTimer(timer=timer))
                return True
            case events.KeyPressed():
                pressed_on = True
                talk.ahead.append(event)
                talk.leave_for_emergency()
                if said:
                    talk.do(commands.StopTimer(timer=timer))
                    return False
            case events.Played(playback=number) if number == playback:
                if pressed_on:
                    return False
                said = True
                talk.do(commands.StartTimer(timer=timer, seconds=wait))
            case events.TimedOut(timer=number) if number == timer:
                return False
