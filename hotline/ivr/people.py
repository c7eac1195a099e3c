"""Ringing people: one after another, until one presses the accepting key.

An answered leg is not a person who has taken the matter: only the key is (a voicemail, a child or
a colleague who picks up by chance never gets the caller).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import Enum

import structlog

from hotline.call import events
from hotline.call.clock import Clock
from hotline.call.errors import CallGone, DialFailed, NoChannel
from hotline.call.ports import Call, CallLog, Dialer, DialOrder, Duty, DutyContact
from hotline.ivr.commands import RingPeople
from hotline.ivr.items import Spoken
from hotline.ivr.voice import Voice
from hotline.ivr.within import within

log = structlog.get_logger(__name__)

ACCEPT, DECLINE = "1", "2"
ANSWER_SECONDS = 6.0
"""Silence after the question before everything is said again."""
TELLINGS = 3
"""How often a person is told before the next one is rung."""
CHANNEL_WAIT = 2.0
"""Seconds until the next try when our own channels are all taken."""


class Reply(Enum):
    """What a person who was rung made of it."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    SILENT = "no key"
    GONE = "hung up"


@dataclass(frozen=True, slots=True)
class Somebody:
    """Who took it, and their leg."""

    contact: DutyContact
    leg: Call


class People:
    """Rings the people one :class:`RingPeople` asks for."""

    def __init__(
        self,
        order: RingPeople,
        *,
        call: Call,
        dialer: Dialer,
        duty: Duty,
        clock: Clock,
        voice: Voice,
        record: CallLog,
    ) -> None:
        """Prepare; :meth:`ring` does it."""
        self._order = order
        self._whisper = order.whisper
        self._call = call
        self._dialer = dialer
        self._duty = duty
        self._clock = clock
        self._voice = voice
        self._record = record

    def brief(self, whisper: tuple[Spoken, ...]) -> None:
        """Tell people this from now on."""
        self._whisper = whisper

    async def ring(self) -> Somebody | None:
        """Return who accepted; ``None`` after all rounds.

        Raises :class:`KeyError` for a roster that is not configured, unless it is optional.
        Cancelling ends whatever leg is ringing or answered.
        """
        rounds_with_nobody = 0
        for turn in range(self._order.rounds):
            if turn:
                await self._clock.sleep(self._order.pause_seconds)
            contacts = self._on_duty()
            rounds_with_nobody += not contacts
            if rounds_with_nobody > 1:
                return None  # an empty list does not fill by waiting; the caller is told instead
            for contact in contacts:
                somebody = await self._try(contact)
                if somebody is not None:
                    return somebody
        return None

    def _on_duty(self) -> tuple[DutyContact, ...]:
        # asked anew each round: a shift may change while the phones ring
        try:
            return self._duty.on_duty(self._order.roster, self._clock.now())
        except KeyError:
            if self._order.optional:
                return ()
            raise

    async def _try(self, contact: DutyContact) -> Somebody | None:
        order = DialOrder(
            to=contact.number,
            linkedid=self._call.facts.linkedid,
            purpose=self._order.purpose,
            timeout=self._order.ring_seconds,
        )
        self._note(contact, "ringing")
        try:
            leg = await self._dialer.dial(order)
        except DialFailed as failure:
            self._note(contact, failure.disposition.lower())
            if isinstance(failure, NoChannel):
                await self._clock.sleep(CHANNEL_WAIT)
            return None
        return await self._tell(contact, leg)

    async def _tell(self, contact: DutyContact, leg: Call) -> Somebody | None:
        try:
            reply = await self._ask(leg)
        except CallGone:
            reply = Reply.GONE
        except BaseException:
            # cancelled (nobody needs to be rung any more) or broken: either way nobody stays on a dead line
            await leg.hangup()
            raise
        self._note(contact, reply.value)
        if reply is Reply.ACCEPTED:
            return Somebody(contact, leg)
        if reply is Reply.DECLINED:
            await say_and_hang_up(leg, self._voice, self._order.declined, self._clock)
        else:
            await leg.hangup()
        return None

    async def _ask(self, leg: Call) -> Reply:
        for _ in range(TELLINGS):
            leg.stop_playing()
            sounds = self._voice.sounds((*self._whisper, *self._order.question))
            playback = leg.play(sounds) if sounds else 0
            reply = await self._reply(leg, playback)
            if reply is not Reply.SILENT:
                return reply
        return Reply.SILENT

    async def _reply(self, leg: Call, playback: int) -> Reply:
        """Wait for a key, to the end of the words and a while longer; 9 and others say it again."""
        speaking = bool(playback)
        while True:
            try:
                event = await (
                    leg.next_event() if speaking else within(self._clock, ANSWER_SECONDS, leg.next_event())
                )
            except TimeoutError:
                return Reply.SILENT
            match event:
                case events.Digit(key=key) if key == ACCEPT:
                    return Reply.ACCEPTED
                case events.Digit(key=key) if key == DECLINE:
                    return Reply.DECLINED
                case events.Digit():
                    return Reply.SILENT
                case events.HungUp():
                    return Reply.GONE
                case events.PromptEnded(playback=number) if number == playback:
                    speaking = False
                case _:
                    pass

    def _note(self, contact: DutyContact, result: str) -> None:
        detail = {"purpose": self._order.purpose, "name": contact.name, "result": result}
        self._record.event(self._call.facts.leg, "RING", detail)


async def say_and_hang_up(leg: Call, voice: Voice, items: tuple[Spoken, ...], clock: Clock) -> None:
    """Say something to a person at once, whatever they are hearing, and end their leg; one that is over is
    left alone."""
    sounds = voice.sounds(items)
    try:
        leg.stop_playing()
        if sounds:
            playback = leg.play(sounds)
            await within(clock, 30.0, _played(leg, playback))
        await leg.hangup()
    except CallGone:
        return
    except TimeoutError:
        await leg.hangup()
    except asyncio.CancelledError:
        await leg.hangup()
        raise


async def _played(leg: Call, playback: int) -> None:
    while True:
        event = await leg.next_event()
        if isinstance(event, events.HungUp):
            return
        if isinstance(event, events.PromptEnded) and event.playback == playback:
            return
