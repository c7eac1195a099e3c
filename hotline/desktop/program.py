"""From the options of ``hotline headset`` to a headset at work."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from hotline.call.clock import SystemClock
from hotline.desktop import choice as devices
from hotline.desktop.card import Device, list_devices
from hotline.desktop.client import DesktopHeadset, Parts
from hotline.desktop.errors import HeadsetProblem
from hotline.desktop.leveltest import level_test
from hotline.desktop.line import Line, in_the_clear
from hotline.desktop.media import Media
from hotline.desktop.ringer import Ringer
from hotline.desktop.screen import Screen, is_dumb, meter
from hotline.desktop.situation import Situation
from hotline.desktop.sound import Earpiece, Microphone, SoundNews
from hotline.desktop.telling import device_lines
from hotline.desktop.typed import Typed, can_take_single_keys
from hotline.desktop.views import LineView, View
from hotline.desktop.wording import Wording


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Where and how to work."""

    url: str
    token: str
    """Secret: never shown."""
    ca: Path | None = None
    plain: bool = False


async def show_devices(wording: Wording) -> None:
    """Print the devices.

    Raises:
        HeadsetProblem: There is none, or no sound library.
    """
    for line in device_lines(_usable(await list_devices()), wording):
        _print(line)


async def test_level(wanted: Mapping[str, str | None], wording: Wording) -> None:
    """Record three seconds, play them back and say how loud it was.

    Raises:
        HeadsetProblem: A device is missing or unknown.
    """
    choice = await _choose(wanted)
    await level_test(
        (choice.input, choice.output),
        wording,
        _print,
        lambda level: _print(f"  {meter(level)}  {level:4.0f} dB"),
    )


async def work(order: Order, wanted: Mapping[str, str | None], wording: Wording) -> None:
    """Be an operator's headset until they quit.

    Raises:
        HeadsetProblem: It cannot be used so, or another headset took the line over.
    """
    for library in ("aioice", "aiortc"):  # they would tell addresses of the network in between
        logging.getLogger(library).setLevel(logging.ERROR)
    clock = SystemClock()
    line = Line(order.url, order.token, clock, ca=order.ca)
    choice = await _choose(wanted)
    plain = order.plain or not can_take_single_keys() or is_dumb()
    if not plain and not os.isatty(1):
        raise HeadsetProblem("not-a-terminal")
    situation, told = Situation(), _Told()
    microphone = Microphone(choice.input, told.sound, clock)
    earpiece = Earpiece(choice.output, told.sound, clock)
    media = Media(microphone, earpiece, told.failed)
    screen = Screen(situation, wording, clock, sys.stdout, Typed(), lambda: media.spoken_level)
    view: View = LineView(situation, sys.stdout, Typed()) if plain else screen
    parts = Parts(
        line=line, microphone=microphone, earpiece=earpiece, ringer=Ringer(choice.ring or choice.output),
        view=view, situation=situation, wording=wording, clock=clock, choice=choice,
        choice_file=devices.config_file(),
    )  # fmt: skip
    told.headset = DesktopHeadset(parts, media)
    if in_the_clear(order.url):
        view.tell(wording.text("plain-http"))
    with nullcontext() if plain else screen.shown():
        await told.headset.run()


class _Told:
    """Passes on what sound and media tell; they are made before the headset is."""

    def __init__(self) -> None:
        self.headset: DesktopHeadset | None = None

    def sound(self, news: SoundNews) -> None:
        if self.headset is not None:
            self.headset.sound_changed(news)

    def failed(self) -> None:
        if self.headset is not None:
            self.headset.media_failed()


async def _choose(wanted: Mapping[str, str | None]) -> devices.Choice:
    """Return the remembered choice with what is wanted now, and remember that."""
    present = _usable(await list_devices())
    for direction, problem in (("inputs", "no-input"), ("outputs", "no-output")):
        if not any(getattr(device, direction) for device in present):
            raise HeadsetProblem(problem)
    file = devices.config_file()
    choice = before = devices.remembered(file)
    for end, name in wanted.items():
        if name is not None:
            choice = devices.choose(choice, end, name, present)
    if choice != before:
        devices.remember(choice, file)
    return choice


def _usable(present: Sequence[Device]) -> Sequence[Device]:
    if not present:
        raise HeadsetProblem("no-sound-server")
    return present


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
