"""The desktop headset at work: messages of the hotline, wishes of the operator, sound."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from hotline.call.clock import Clock
from hotline.desktop import choice as devices
from hotline.desktop.card import list_devices
from hotline.desktop.commands import (
    Command,
    DeskAction,
    HangUpCall,
    NotUnderstood,
    PickUpCall,
    Press,
    Quit,
    Show,
    ToggleMute,
    UseDevice,
)
from hotline.desktop.errors import HeadsetProblem
from hotline.desktop.line import Line
from hotline.desktop.media import Media
from hotline.desktop.ringer import Ringer
from hotline.desktop.situation import Link, Notice, Situation
from hotline.desktop.sound import Earpiece, Microphone, SoundNews, opened
from hotline.desktop.telling import device_lines, notice_text, sound_text, state_text
from hotline.desktop.views import View
from hotline.desktop.wording import Wording
from hotline.headsets.protocol import (
    Answer,
    Connected,
    Desk,
    Do,
    Done,
    HangUp,
    Hello,
    Key,
    Message,
    Mute,
    Offer,
    PickUp,
    Refused,
)

OFFER_SPACING = 2.0
"""Seconds between two offers at least."""
SILENT_AFTER = 4.0
"""Seconds without sound of a call after which the media is offered anew while the line is up."""
LOOK_EVERY = 1.0
GREETED_WITHIN = 5.0
SIGN_OUT_WITHIN = 3.0
QUIT_AGAIN_WITHIN = 5.0


@dataclass(slots=True)
class Parts:
    """What the headset consists of."""

    line: Line
    microphone: Microphone
    earpiece: Earpiece
    ringer: Ringer
    view: View
    situation: Situation
    wording: Wording
    clock: Clock
    choice: devices.Choice
    choice_file: Path


class DesktopHeadset:
    """One operator's headset until they quit."""

    def __init__(self, parts: Parts, media: Media) -> None:
        """Work with ``parts``; ``media`` connects microphone and earpiece to the gateway."""
        self._parts, self._media = parts, media
        self._offer_wanted = asyncio.Event()
        self._number = 0
        self._awaited: dict[int, asyncio.Future[Message]] = {}
        self._quitting: list[float] = []
        self._signing_in = False
        self._greeted = asyncio.Event()

    async def run(self) -> None:
        """Work until the operator quits.

        Raises:
            HeadsetProblem: The line cannot be had, or was taken over.
        """
        parts = self._parts
        async with opened(parts.microphone), opened(parts.earpiece):
            tasks = [
                asyncio.create_task(parts.line.run(self), name="line"),
                asyncio.create_task(self._keep_media(), name="media"),
                asyncio.create_task(self._obey(), name="commands"),
            ]
            try:
                finished, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                await parts.ringer.stop()
                await self._media.close()
        for task in finished:
            task.result()

    def media_failed(self) -> None:
        """Have the media offered anew."""
        self._offer_wanted.set()

    def sound_changed(self, news: SoundNews) -> None:
        """Tell the operator what became of a device."""
        self._parts.view.tell(sound_text(news, self._parts.wording))

    # --- what the hotline says

    async def said(self, message: Message) -> None:
        """Take one message; see :class:`~hotline.desktop.line.LineUser`."""
        if isinstance(message, Answer):
            await self._media.answered(message.sdp)
            return
        if isinstance(message, Hello):
            self._media.ice = message.ice
            self._offer_wanted.set()
            self._signing_in = True
            self._greeted.set()
        notices = self._parts.situation.take(message)
        if isinstance(message, Connected):
            await self._parts.line.send(Mute(on=self._media.muted))  # it may know better from one before
        if isinstance(message, (Done, Refused)):
            self._settle(message)
        for notice in notices:
            self._tell(notice)
        await self._follow_ring()
        self._parts.view.refresh()
        if isinstance(message, Desk) and self._signing_in:
            self._signing_in = False
            if self._parts.situation.presence == "signed_out":
                await self._do("sign_in", line=f"headset:{self._parts.situation.operator}")

    async def broken(self, seconds: float) -> None:
        """Note the break. The media stays: it may outlive the line, and the caller hears the operator."""
        for notice in self._parts.situation.lost(seconds):
            self._tell(notice)
        await self._parts.ringer.stop()
        self._parts.view.refresh()

    async def _follow_ring(self) -> None:
        if self._parts.situation.ringing is not None:
            self._parts.ringer.start()
        elif self._parts.ringer.ringing:
            await self._parts.ringer.stop()

    def _settle(self, message: Done | Refused) -> None:
        awaited = self._awaited.pop(message.id, None)
        if awaited is not None and not awaited.done():
            awaited.set_result(message)

    async def _keep_media(self) -> None:
        """Offer the media whenever it is missing, broken or silent for too long in a call."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY):
                    await self._offer_wanted.wait()
            if not (self._offer_wanted.is_set() or self._gone_silent()) or not self._parts.line.up:
                continue
            self._offer_wanted.clear()
            await self._parts.line.send(Offer(sdp=await self._media.offer()))
            await self._parts.clock.sleep(OFFER_SPACING)

    def _gone_silent(self) -> bool:
        heard = self._media.heard_at
        talking = self._parts.situation.talking is not None
        return talking and heard > 0 and asyncio.get_running_loop().time() - heard > SILENT_AFTER

    # --- what the operator wants

    async def _obey(self) -> None:
        async for command in self._parts.view.commands():
            if isinstance(command, Quit):
                if await self._may_quit(command):
                    self._parts.view.tell(self._parts.wording.text("bye"))
                    return
            else:
                await self._carry_out(command)
            self._parts.view.refresh()

    async def _carry_out(self, command: Command) -> None:
        match command:
            case PickUpCall():
                await self._send(PickUp())
            case HangUpCall():
                await self._send(HangUp())
            case Press(key):
                await self._send(Key(key=key))
            case ToggleMute(on):
                await self._mute(on)
            case DeskAction(action, arguments):
                await self._do(action, **arguments)
            case UseDevice(end, name):
                await self._use(end, name)
            case Show(what):
                await self._show(what)
            case NotUnderstood(key, facts):
                worded = {name: self._parts.wording.text(fact) for name, fact in facts.items()}
                self._parts.view.tell(self._parts.wording.text(key, **worded))

    async def _send(self, message: Message) -> bool:
        if await self._parts.line.send(message):
            return True
        self._tell(Notice("not-connected"))
        return False

    async def _do(self, action: str, **arguments: str | bool) -> asyncio.Future[Message] | None:
        if action == "unpark":
            self._parts.situation.parked = ""
        self._number += 1
        answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._awaited[self._number] = answer
        done = Do.model_validate({"id": self._number, "action": action, **arguments})
        if await self._send(done):
            return answer
        del self._awaited[self._number]
        return None

    async def _mute(self, on: bool | None) -> None:
        muted = not self._media.muted if on is None else on
        self._media.mute(muted)
        self._parts.situation.muted = muted
        self._tell(Notice("muted" if muted else "unmuted"))
        await self._parts.line.send(Mute(on=muted))

    async def _use(self, end: str, name: str) -> None:
        """Change a device in the middle of whatever goes on, and remember it."""
        parts = self._parts
        try:
            parts.choice = devices.choose(parts.choice, end, name, await list_devices())
        except HeadsetProblem as problem:
            parts.view.tell(problem.worded(parts.wording))
            return
        devices.remember(parts.choice, parts.choice_file)
        chosen = getattr(parts.choice, end)
        if end == "ring":
            parts.ringer.device = chosen
        else:
            (parts.microphone if end == "input" else parts.earpiece).want(chosen)

    async def _show(self, what: str) -> None:
        parts = self._parts
        match what:
            case "devices":
                lines = device_lines(await list_devices(), parts.wording)
                parts.view.tell("\n".join(lines))
            case "status":
                parts.view.tell(state_text(parts.situation, parts.wording, parts.clock.now()))
            case "counts":
                for end in (parts.microphone, parts.earpiece):
                    parts.view.tell(f"{end.mode}: {end.counted()}")
            case _:
                parts.view.tell(parts.wording.text(what))

    async def _may_quit(self, quit_: Quit) -> bool:
        """Sign out; refused while a call is talked on. Asked twice, it ends all the same.

        Whoever quits before the hotline has answered (a script whose input has ended) still learns that
        their token is wrong.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(GREETED_WITHIN):
                await self._greeted.wait()
        now = self._parts.clock.monotonic()
        again = bool(self._quitting) and now - self._quitting[-1] < QUIT_AGAIN_WITHIN
        self._quitting.append(now)
        if quit_.anyway or again or self._parts.situation.link is not Link.UP:
            return True
        answer = await self._do("sign_out")
        if answer is None:
            return True
        try:
            async with asyncio.timeout(SIGN_OUT_WITHIN):
                refused = isinstance(await answer, Refused)
        except TimeoutError:
            return True
        if refused:
            self._tell(Notice("quit_again"))
        return not refused

    def _tell(self, notice: Notice) -> None:
        if notice.key == "state" and self._parts.view.shows_state:
            return
        self._parts.view.tell(notice_text(notice, self._parts.situation, self._parts.wording))
