"""The conversation of a self-call: really listen, press a key, really listen again."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from hotline.app.soundalike import Likeness, PromptTemplate, Samples, as_samples, silent
from hotline.call.audio import RATE, Clip
from hotline.call.clock import Clock
from hotline.call.errors import CallGone
from hotline.call.ports import Call, PromptBook
from hotline.outbound.policies import SelfTest
from hotline.telephony.media.clips import decode_clip
from hotline.telephony.media.wavfile import NotWav

GREETING_WITHIN = 8.0
"""Seconds from the answer to the beginning of the greeting."""
MENU_WITHIN = 25.0
"""From there to the beginning of the menu: the notice of the recording and of the emergency lie between."""
ANSWER_WITHIN = 5.0
"""From the key to the beginning of what it leads to."""
LOOK_EVERY = 0.4
BEFORE = 0.5
"""Seconds of a prompt that may be missing at the beginning of the call."""


class Step(StrEnum):
    """What is checked, in this order."""

    PROMPTS = "prompts"
    """The prompts to compare with are there."""
    CALL = "call"
    """It rings and is answered."""
    GREETING = "greeting"
    MENU = "menu"
    KEY = "key"
    """The key was understood: what it leads to is heard."""


@dataclass(frozen=True, slots=True)
class Finding:
    """How a self-call went."""

    failed: Step | None
    """``None``: everything was heard."""
    reason: str
    """A sentence for people: what was (not) heard, and where to look."""
    figures: Mapping[str, float] = field(default_factory=dict)
    """Seconds and scores by what was heard."""


class _Missed(Exception):
    def __init__(self, step: Step, reason: str) -> None:
        super().__init__(reason)
        self.finding = Finding(step, reason)


class _Tape:
    """Keeps what the far end sends. :meth:`take` runs on the media thread.

    It begins with silence: the first words may have been said before we could listen, and a prompt is
    still found whose beginning is missing.
    """

    def __init__(self) -> None:
        self._frames: list[bytes] = [bytes(int(BEFORE * RATE) * 2)]

    def take(self, frame: bytes) -> None:
        self._frames.append(frame)

    @property
    def seconds(self) -> float:
        return sum(map(len, self._frames)) / (2 * RATE)

    def since(self, second: float) -> Samples:
        first = max(0, int(second * RATE))
        return as_samples(b"".join(self._frames))[first:]


class SelfCall:
    """Listens on one placed leg after another."""

    def __init__(self, prompts: PromptBook, clock: Clock) -> None:
        """``prompts``: those the hotline plays; an administrator's own recordings win there too."""
        self._prompts = prompts
        self._clock = clock

    async def listen(self, call: Call, wanted: SelfTest, language: str) -> Finding:
        """Check greeting, menu and key on an answered leg, and hang up."""
        tape = _Tape()
        call.tap(tape.take)
        try:
            return await self._conversation(call, tape, wanted, language)
        except _Missed as missed:
            return missed.finding
        except CallGone:
            return Finding(
                Step.KEY,
                "The call was cut off in the middle: the far end hung up. Look at the call's record "
                "(`hotline calls list`) for what ended it.",
            )
        finally:
            call.untap(tape.take)
            await _hang_up(call)

    async def _conversation(self, call: Call, tape: _Tape, wanted: SelfTest, language: str) -> Finding:
        greeting = await self._template(wanted.greeting, language)
        menu = await self._template(wanted.menu, language)
        answer = await self._template(wanted.answer, language)
        heard = await self._expect(call, tape, greeting, after=0.0, within=GREETING_WITHIN)
        if not heard.alike:
            raise _Missed(Step.GREETING, _no_greeting(tape.since(BEFORE)))
        figures = {"greeting_after": max(0.0, heard.at - BEFORE), "greeting_score": heard.score}
        heard = await self._expect(call, tape, menu, after=heard.at, within=MENU_WITHIN)
        if not heard.alike:
            raise _Missed(Step.MENU, _no_menu(wanted))
        figures |= {"menu_after": heard.at - BEFORE, "menu_score": heard.score}
        pressed = tape.seconds
        await call.send_digits(wanted.key)
        heard = await self._expect(call, tape, answer, after=pressed, within=ANSWER_WITHIN)
        if not heard.alike:
            raise _Missed(Step.KEY, _no_answer(wanted))
        figures |= {"key_after": max(0.0, heard.at - pressed), "key_score": heard.score}
        return Finding(None, _summary(figures, wanted), figures)

    async def _expect(
        self, call: Call, tape: _Tape, template: PromptTemplate, *, after: float, within: float
    ) -> Likeness:
        """Listen until the prompt was heard, or did not begin in time; returns the best likeness."""
        best, looked = Likeness(0.0, after), after
        until = self._clock.monotonic() + within + template.seconds + LOOK_EVERY
        last = False
        while not best.alike and not last:
            await self._clock.sleep(LOOK_EVERY)
            last = call.over or self._clock.monotonic() >= until
            sound = tape.since(looked)
            found = await asyncio.to_thread(template.look, sound)
            if found.score > best.score:
                best = Likeness(found.score, looked + found.at)
            # the next look begins where a prompt that has only half come may have begun
            looked = max(looked, looked + len(sound) / RATE - template.seconds - LOOK_EVERY)
        if call.over and not best.alike:
            raise CallGone("The far end hung up.")
        return best

    async def _template(self, prompt: str, language: str) -> PromptTemplate:
        clip = next((c for c in self._prompts.clips(language, (prompt,)) if isinstance(c, Clip)), None)
        if clip is not None:
            try:
                return PromptTemplate(await asyncio.to_thread(decode_clip, clip))
            except (OSError, NotWav, ValueError):
                clip = None
        raise _Missed(
            Step.PROMPTS,
            f'The prompt "{prompt}" has no recording in {language} to compare with. `hotline prompts check` '
            "lists what is missing; selftest in outbound.yaml may name another prompt.",
        )


async def _hang_up(call: Call) -> None:
    try:
        await call.hangup()
    except CallGone:
        return


def _no_greeting(sound: Samples) -> str:
    if silent(sound):
        return (
            "The call was answered and there was silence. The sound does not come through: check "
            "sip.rtp_ports against the firewall, and the address the trunk is told (NAT)."
        )
    return (
        "The call was answered, but by something else: the hotline's greeting was not heard, other sound "
        "was. Check that the number really leads to this hotline (an announcement of the carrier, another "
        "extension), or name the greeting of your menu under selftest in outbound.yaml."
    )


def _no_menu(wanted: SelfTest) -> str:
    return (
        f'The greeting was heard, the prompt "{wanted.menu}" was not within {MENU_WITHIN:.0f} s. The sound '
        "broke off, or the menu says something else: name its prompt under selftest in outbound.yaml."
    )


def _no_answer(wanted: SelfTest) -> str:
    return (
        f'Key {wanted.key} was pressed in the menu and "{wanted.answer}" was not heard within '
        f"{ANSWER_WITHIN:.0f} s: keys get lost on the way. Ask the carrier for RFC 4733 "
        "(telephone-event), or name another key under selftest in outbound.yaml."
    )


def _summary(figures: Mapping[str, float], wanted: SelfTest) -> str:
    return (
        f"The greeting was heard {figures['greeting_after']:.1f} s after the answer, the menu after "
        f"{figures['menu_after']:.1f} s, and {figures['key_after']:.1f} s after key "
        f"{wanted.key} it answered."
    )
