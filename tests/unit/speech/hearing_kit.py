"""A scripted call and scripted recognition workers: questions on virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from hotline.call.audio import FRAME_BYTES, FRAME_SECONDS
from hotline.call.events import CallEvent, Heard
from hotline.call.ports import Question, QuestionKind
from hotline.call.virtual_time import VirtualClock
from hotline.settings import Speech
from hotline.speech.grammar.place import PlaceBlock
from hotline.speech.live import LiveEars
from hotline.speech.live.wire import Answer, Op

_T = np.arange(160) / 8000


def voiced(number: int) -> bytes:
    t = _T + number * FRAME_SECONDS
    wave = sum(
        np.sin(2 * np.pi * 140 * k * t) * np.exp(-(((140 * k - 600) / 500) ** 2)) for k in range(1, 20)
    )
    return (3000 * wave * (1 + 0.3 * np.sin(2 * np.pi * 5 * t))).clip(-32000, 32000).astype("<i2").tobytes()


SILENT = bytes(FRAME_BYTES)


class ScriptedCall:
    def __init__(self) -> None:
        self.sinks: list[Callable[[bytes], None]] = []
        self.events: list[tuple[float, CallEvent]] = []
        self.recorded_seconds = 0.0
        self.frames = 0

    def post(self, event: CallEvent) -> None:
        self.events.append((asyncio.get_running_loop().time(), event))

    def tap(self, sink: Callable[[bytes], None]) -> None:
        self.sinks.append(sink)

    def untap(self, sink: Callable[[bytes], None]) -> None:
        self.sinks = [other for other in self.sinks if other != sink]

    async def sound(self, seconds: float, *, voice: bool) -> None:
        for _ in range(round(seconds / FRAME_SECONDS)):
            await asyncio.sleep(FRAME_SECONDS)
            self.frames += 1
            self.recorded_seconds += FRAME_SECONDS
            for sink in list(self.sinks):
                sink(voiced(self.frames) if voice else SILENT)

    def kinds(self) -> list[type]:
        return [type(event) for _, event in self.events]

    @property
    def heard(self) -> Heard:
        (found,) = [event for _, event in self.events if isinstance(event, Heard)]
        return found


@dataclass
class ScriptedWorker:
    """Answers every pause and end with what it was told to say, after ``takes`` seconds."""

    says: str = "报修"
    score: float = 0.9
    takes: float = 0.05
    stuck: bool = False
    ops: list[Op] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    ended: bool = False

    def __post_init__(self) -> None:
        self._answers: asyncio.Queue[Answer | None] = asyncio.Queue()
        self._answers.put_nowait(Answer(kind="ready"))
        self._utterance = 0

    @property
    def alive(self) -> bool:
        return not self.ended

    def send(self, message: bytes) -> None:
        op, body = Op(message[:1]), message[5:]
        if not self.ops or self.ops[-1] is not op or op is not Op.SOUND:
            self.ops.append(op)
        if op in (Op.BEGIN, Op.PLACES):
            import json

            self.bodies.append(json.loads(body))
        if op is Op.BEGIN:
            self._utterance = self.bodies[-1]["id"]
        if op in (Op.PAUSE, Op.FINISH) and not self.stuck:
            kind = "pause" if op is Op.PAUSE else "final"
            answer = Answer(kind=kind, utterance=self._utterance, text=self.says, score=self.score)
            asyncio.get_running_loop().call_later(self.takes, self._answers.put_nowait, answer)

    def die(self) -> None:
        self.ended = True
        self._answers.put_nowait(None)

    async def answer(self) -> Answer | None:
        return await self._answers.get()

    async def end(self, *, now: bool) -> None:
        self.ended = True


class Addresses:
    def places(self, estate: str) -> list[PlaceBlock]:
        return [PlaceBlock("3", "2", ("602",))]


def question(**given: Any) -> Question:
    given = {"kind": QuestionKind.CHOICE, "phrases": ("报修", "投诉"), **given}
    return Question(language="zh", estate="e1", **given)


async def ears_with(models: Path, workers: list[ScriptedWorker], **settings: Any) -> LiveEars:
    """Ears whose workers come from ``workers`` one after the other, ready to listen."""
    (models / "pocketsphinx-zh-8k" / "tdt_sc_8k").mkdir(parents=True)
    (models / "pocketsphinx-zh-8k" / "lm").mkdir()
    for name in ("tdt_sc_8k/mdef", "tdt_sc_8k/sendump", "lm/mandarin_notone.dic"):
        (models / "pocketsphinx-zh-8k" / name).touch()
    waiting = list(workers)

    def spawner(engines: Any) -> Any:
        async def spawn() -> ScriptedWorker:
            if not waiting:
                await asyncio.sleep(1e6)
            return waiting.pop(0)

        return spawn

    chosen = Speech(live_slots=len(workers), emergency_slots=0).model_copy(update=settings)
    ears = LiveEars(chosen, models, Addresses(), VirtualClock(), spawner=spawner)
    await ears.start()
    await asyncio.sleep(0.1)
    return ears


async def speak(call: ScriptedCall) -> None:
    await call.sound(0.5, voice=False)
    await call.sound(1.0, voice=True)
    await call.sound(2.0, voice=False)
