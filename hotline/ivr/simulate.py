"""Walking a menu in a terminal: type keys or words, read what would be said.

Time is virtual and stands still while somebody types; an empty line lets it pass.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from hotline.call.audio import Clip, Playable, Silence, Tone
from hotline.call.ports import Direction, KnownCaller, LegFacts
from hotline.call.scripted import Heard, ScriptedCall
from hotline.call.virtual_time import VirtualClock, run_virtual
from hotline.ivr.equipment import Equipment
from hotline.ivr.house import House, desks
from hotline.ivr.model import Menu
from hotline.ivr.rehearsal import (
    Hours,
    RehearsalDesk,
    RehearsalDialer,
    RehearsalDirectory,
    RehearsalDuty,
    RehearsalEars,
    RehearsalLog,
    RehearsalPrompts,
)
from hotline.ivr.rehearsal_operators import Operators, RehearsalOperators
from hotline.ivr.session import Session
from hotline.ivr.texts import Texts
from hotline.language.readback import vocabulary
from hotline.settings import Estate

HELP = "keys: 1, 3*2*602#, 00 … · anything else is spoken · empty line: stay silent · hang up: ctrl-d"
SILENCE = 8.0
"""Virtual seconds an empty line lasts."""
KEYS = frozenset("0123456789*#")
Ask = Callable[[str], str]
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """One simulated call."""

    menu: Menu
    texts: Texts
    hours: Hours
    estate: Estate
    caller: str = "13900139000"
    callers: dict[str, KnownCaller] = field(default_factory=dict)
    rosters: Mapping[str, Sequence[str]] = field(default_factory=dict)
    people: Mapping[str, Sequence[str]] = field(default_factory=dict)
    at: datetime | None = None
    """When the call is; aware."""
    house: House = field(default_factory=House)
    """What is booked and billed."""
    operators: Operators | None = None
    """Who answers in queues; none: nobody is signed in."""
    hear: Callable[[Sequence[Heard]], None] | None = None
    """Gets what was played besides the sentences: a browser plays it."""

    def run(self, ask: Ask, tell: Tell) -> str:
        """Lead the call; ``ask`` returns a line (EOFError hangs up); returns the outcome."""
        return run_virtual(_Walking(self, ask, tell).run())


class _Walking:
    def __init__(self, walk: Walk, ask: Ask, tell: Tell) -> None:
        self._walk = walk
        self._ask = ask
        self._tell = tell
        self._printed = 0

    async def run(self) -> str:
        walk = self._walk
        zone = ZoneInfo(walk.estate.timezone)
        clock = VirtualClock(walk.at) if walk.at is not None else VirtualClock()
        prompts = RehearsalPrompts(walk.texts)
        self._ears = RehearsalEars()
        desk = RehearsalDesk(clock, zone)
        facts = LegFacts(
            leg="c" * 32,
            linkedid="c" * 32,
            direction=Direction.INBOUND,
            caller=walk.caller,
            dialled="",
            offered_at=clock.now(),
        )
        self._call = ScriptedCall(facts, clock, seconds_of=prompts.seconds_of)
        self._clock = clock
        await self._call.answer()
        self._call.start_recording(Path("recording.wav"))
        dialer = RehearsalDialer(clock, prompts, walk.people)
        house = desks(walk.house, House(), clock, zone)
        operators = (
            RehearsalOperators(walk.operators, clock, prompts.seconds_of, dialer.legs)
            if walk.operators is not None
            else None
        )
        session = Session(
            self._call,
            walk.menu,
            Equipment(
                clock=clock,
                prompts=prompts,
                ears=self._ears,
                desk=desk,
                directory=RehearsalDirectory(walk.callers, frozenset()),
                duty=RehearsalDuty(walk.hours, walk.rosters),
                dialer=dialer,
                log=RehearsalLog(),
                estate=walk.estate,
                wakeups=house.wakeups,
                fees=house.fees,
                door=house.door,
                operators=operators,
            ),
        )
        running = asyncio.ensure_future(session.run())
        try:
            while not self._call.over:
                await self._until_quiet(running)
                if not self._call.over:
                    await self._turn()
            outcome = await running
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await dialer.close()
        self._show()
        for filed in desk.filed:
            state = "" if filed.ticket.complete else " (incomplete)"
            place, kind = filed.ticket.place, filed.ticket.kind.value
            self._tell(f"[ticket {filed.summary.number}: {filed.ticket.urgency.value} {kind} {place}{state}]")
        for booked in house.wakeups.booked if house.wakeups is not None else ():
            when = booked.summary.when
            self._tell(
                f"[wake-up {booked.summary.place} {when.at:%H:%M} {when.repeat} {booked.summary.state}]"
            )
        return outcome

    async def _until_quiet(self, running: asyncio.Future[str]) -> None:
        """Let everything be said; a ring-back tone counts as quiet, it may last."""
        quiet = 0
        while quiet < 4 and not self._call.over and not running.done():
            await self._clock.sleep(0.1)
            last = self._call.heard[-1] if self._call.heard else None
            sounding = last is not None and last.ended is None and not last.cut
            quiet = 0 if sounding and last is not None and not isinstance(last.item, Tone) else quiet + 1

    async def _turn(self) -> None:
        self._show()
        try:
            line = self._ask("> ").strip()
        except EOFError:
            self._call.far_hangs_up()
            return
        if not line:
            await self._clock.sleep(SILENCE)
        elif set(line) <= KEYS:
            for key in line:
                self._call.far_presses(key)
                await self._clock.sleep(0.2)
            await self._clock.sleep(2.0)
        elif not await self._ears.speak(self._call, line, score=0.9):
            self._tell("[nobody listens to words here: press keys]")

    def _show(self) -> None:
        fresh, self._printed = self._call.heard[self._printed :], len(self._call.heard)
        if self._walk.hear is not None:
            self._walk.hear(fresh)
        for line in as_lines(fresh, self._walk.texts):
            self._tell(line)


def as_lines(sounds: Sequence[Heard], texts: Texts) -> list[str]:
    """Return what was played as sentences; values stand in the line of the words before them."""
    lines: list[str] = []
    open_line = value_before = False
    for heard in sounds:
        text, is_value = _text_of(heard.item, texts)
        if not text:
            continue
        if lines and open_line and (is_value or not value_before):
            lines[-1] += text
        else:
            lines.append(text)
        open_line = not text.endswith(("。", ".", "]"))
        value_before = is_value
    return lines


def _text_of(item: Playable, texts: Texts) -> tuple[str, bool]:
    """Return the words of a sound and whether they are (part of) a value."""
    match item:
        case Clip(path=path) if path.name == "recording.wav":
            return "[the caller's own words]", True
        case Clip(path=path):
            language = str(path.parent)
            text = texts.get(language, {}).get(path.name, f"<{path.name}>")
            gap = " " if text.isascii() and not text.endswith(".") else ""
            return text + gap, path.name in vocabulary(language)
        case Tone(name=name):
            return f"[{name.value}]", False
        case Silence():
            return "", False
