"""Questions on a scripted call, on virtual time, with scripted recognition slots."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hotline.call.audio import FRAME_BYTES, FRAME_SECONDS
from hotline.call.events import CallEvent, Heard, HeardNothing, SpeechStarted
from hotline.call.ports import Question, QuestionKind
from hotline.call.virtual_time import VirtualClock, run_virtual
from hotline.settings import Speech
from hotline.speech.grammar.place import PlaceBlock
from hotline.speech.live import LiveEars, wire
from hotline.speech.live import slots as slots_module
from hotline.speech.live.slots import Slots
from hotline.speech.live.wire import Answer, Op
from hotline.speech.models import store

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


@pytest.fixture(autouse=True)
def _only_these_models(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("HOTLINE_MODELS", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "nobody"))
    monkeypatch.setattr(store, "shipped", lambda name: tmp_path / "none-came-along")


def test_an_answer_is_posted_once_with_its_words_and_place_in_the_recording(tmp_path: Path) -> None:
    async def scene() -> None:
        worker = ScriptedWorker(says="报修", score=0.9)
        ears = await ears_with(tmp_path, [worker])
        call = ScriptedCall()
        hearing = ears.listen(call, question())  # type: ignore[arg-type]
        hearing.expect()
        await call.sound(1.0, voice=False)
        await call.sound(1.0, voice=True)
        await call.sound(3.0, voice=False)
        assert call.kinds() == [SpeechStarted, Heard]
        assert (call.heard.hearing, call.heard.text, call.heard.score) == (hearing.number, "报修", 0.9)
        assert 0.8 <= call.heard.started <= 1.1
        assert 1.9 <= call.heard.ended <= 2.1
        assert call.sinks == []
        assert ears.counters.recognised == 1
        await ears.close()

    run_virtual(scene())


def test_a_sure_choice_is_answered_before_the_long_silence(tmp_path: Path) -> None:
    async def scene(score: float) -> float:
        ears = await ears_with(tmp_path / str(score), [ScriptedWorker(score=score)])
        call = ScriptedCall()
        ears.listen(call, question())  # type: ignore[arg-type]
        await call.sound(1.0, voice=False)
        await call.sound(1.0, voice=True)
        began = asyncio.get_running_loop().time()
        await call.sound(2.0, voice=False)
        await ears.close()
        return next(at for at, event in call.events if isinstance(event, Heard)) - began

    assert run_virtual(scene(0.9)) == pytest.approx(0.26, abs=0.05)
    assert run_virtual(scene(0.3)) == pytest.approx(0.8, abs=0.05)


def test_an_address_waits_whether_the_caller_goes_on(tmp_path: Path) -> None:
    async def scene() -> None:
        worker = ScriptedWorker(says="三号楼二单元六零二")
        ears = await ears_with(tmp_path, [worker])
        call = ScriptedCall()
        ears.listen(call, question(kind=QuestionKind.PLACE, phrases=()))  # type: ignore[arg-type]
        await call.sound(0.5, voice=False)
        await call.sound(1.0, voice=True)
        await call.sound(0.5, voice=False)
        assert Heard not in call.kinds()
        worker.says = "三号楼二单元六零二厨房漏水"
        await call.sound(1.0, voice=True)
        await call.sound(0.4, voice=False)
        assert call.heard.text == "三号楼二单元六零二厨房漏水"
        assert worker.bodies[0] == {"estate": "e1", "blocks": [["3", "2", ["602"]]]}
        await ears.close()

    run_virtual(scene())


def test_silence_ends_in_heard_nothing_counted_from_the_prompts_end(tmp_path: Path) -> None:
    async def scene() -> None:
        ears = await ears_with(tmp_path, [ScriptedWorker()])
        call = ScriptedCall()
        hearing = ears.listen(call, question(begin_timeout=3.0))  # type: ignore[arg-type]
        await call.sound(5.0, voice=False)
        assert call.events == []
        began = asyncio.get_running_loop().time()
        hearing.expect()
        await call.sound(4.0, voice=False)
        assert [(type(event), round(at - began, 1)) for at, event in call.events] == [(HeardNothing, 3.0)]
        assert ears.counters.silences == 1
        await ears.close()

    run_virtual(scene())


def test_a_call_without_any_sound_ends_in_heard_nothing_too(tmp_path: Path) -> None:
    async def scene() -> None:
        ears = await ears_with(tmp_path, [ScriptedWorker()])
        call = ScriptedCall()
        ears.listen(call, question()).expect()  # type: ignore[arg-type]
        await asyncio.sleep(10)
        assert call.kinds() == [HeardNothing]
        await ears.close()

    run_virtual(scene())


def test_an_answer_ends_when_the_far_end_stops_sending(tmp_path: Path) -> None:
    async def scene() -> None:
        ears = await ears_with(tmp_path, [ScriptedWorker()])
        call = ScriptedCall()
        ears.listen(call, question()).expect()  # type: ignore[arg-type]
        await call.sound(0.5, voice=False)
        await call.sound(1.0, voice=True)
        await asyncio.sleep(3)
        assert call.heard.text == "报修"
        await ears.close()

    run_virtual(scene())


def test_a_monologue_is_cut_at_the_longest(tmp_path: Path) -> None:
    async def scene() -> None:
        ears = await ears_with(tmp_path, [ScriptedWorker()])
        call = ScriptedCall()
        ears.listen(call, question(longest=2.0))  # type: ignore[arg-type]
        await call.sound(0.5, voice=False)
        began = asyncio.get_running_loop().time()
        await call.sound(5.0, voice=True)
        assert 2.0 <= next(at for at, event in call.events if isinstance(event, Heard)) - began <= 2.4
        await ears.close()

    run_virtual(scene())


def test_nothing_is_posted_after_close(tmp_path: Path) -> None:
    async def scene() -> None:
        worker = ScriptedWorker()
        ears = await ears_with(tmp_path, [worker])
        for spoken in (0.0, 1.0):
            call = ScriptedCall()
            hearing = ears.listen(call, question())  # type: ignore[arg-type]
            hearing.expect()
            await call.sound(0.5, voice=False)
            await call.sound(spoken, voice=True)
            before = len(call.events)
            hearing.close()
            hearing.close()
            await call.sound(8, voice=False)
            assert len(call.events) == before
            assert call.sinks == []
        assert worker.ops[-1] is Op.DROP
        await ears.close()

    run_virtual(scene())


def test_a_late_answer_is_dropped_but_its_worker_goes_on(tmp_path: Path) -> None:
    async def scene() -> None:
        slow = ScriptedWorker(takes=3.5)
        ears = await ears_with(tmp_path, [slow])
        call = ScriptedCall()
        ears.listen(call, question())  # type: ignore[arg-type]
        await call.sound(0.5, voice=False)
        await call.sound(1.0, voice=True)
        await call.sound(6.0, voice=False)
        assert call.heard.text == ""
        assert (ears.counters.late, slow.ended) == (1, False)
        slow.takes = 0.1
        again = ScriptedCall()
        ears.listen(again, question())  # type: ignore[arg-type]
        await _speak(again)
        assert again.heard.text == "报修"
        await ears.close()

    run_virtual(scene())


def test_a_stuck_worker_is_replaced_and_its_answer_given_up(tmp_path: Path) -> None:
    async def scene() -> None:
        stuck, fresh = ScriptedWorker(stuck=True), ScriptedWorker()
        ears = await ears_with(tmp_path, [stuck, fresh], live_slots=1)
        call = ScriptedCall()
        ears.listen(call, question())  # type: ignore[arg-type]
        await call.sound(0.5, voice=False)
        await call.sound(1.0, voice=True)
        began = asyncio.get_running_loop().time()
        await call.sound(9.0, voice=False)
        ((at, heard),) = [(at, event) for at, event in call.events if isinstance(event, Heard)]
        assert (heard.text, heard.score) == ("", 0.0)
        assert at - began <= 0.8 + slots_module.LATEST + 0.1
        assert stuck.ended
        assert ears.counters.late == 1
        assert ears.understands("zh")
        await ears.close()

    run_virtual(scene())


def test_a_worker_that_dies_ends_its_answer_without_words_and_is_replaced(tmp_path: Path) -> None:
    async def scene() -> None:
        dying, fresh = ScriptedWorker(stuck=True), ScriptedWorker(says="投诉")
        ears = await ears_with(tmp_path, [dying, fresh], live_slots=1)
        call = ScriptedCall()
        ears.listen(call, question())  # type: ignore[arg-type]
        await call.sound(0.5, voice=False)
        await call.sound(1.0, voice=True)
        dying.die()
        await call.sound(3.0, voice=False)
        assert call.heard.text == ""
        again = ScriptedCall()
        ears.listen(again, question())  # type: ignore[arg-type]
        await again.sound(0.5, voice=False)
        await again.sound(1.0, voice=True)
        await again.sound(1.0, voice=False)
        assert again.heard.text == "投诉"
        await ears.close()

    run_virtual(scene())


def test_without_a_free_slot_the_voice_is_noticed_and_the_words_stay_empty(tmp_path: Path) -> None:
    async def scene() -> None:
        ears = await ears_with(tmp_path, [ScriptedWorker()])
        first, second = ScriptedCall(), ScriptedCall()
        for call in (first, second):
            ears.listen(call, question())  # type: ignore[arg-type]
        async with asyncio.TaskGroup() as tasks:
            for call in (first, second):
                tasks.create_task(_speak(call))
        assert first.heard.text == "报修"
        assert (second.heard.text, second.heard.score) == ("", 0.0)
        assert second.kinds() == [SpeechStarted, Heard]
        assert ears.counters.without_slot == 1
        await ears.close()

    run_virtual(scene())


def test_the_last_slot_is_kept_for_emergencies(tmp_path: Path) -> None:
    async def scene() -> None:
        ears = await ears_with(
            tmp_path, [ScriptedWorker(), ScriptedWorker()], live_slots=1, emergency_slots=1
        )
        calls = [ScriptedCall() for _ in range(3)]
        for call, urgent in zip(calls, (False, False, True), strict=True):
            ears.listen(call, question(urgent=urgent))  # type: ignore[arg-type]
        async with asyncio.TaskGroup() as tasks:
            for call in calls:
                tasks.create_task(_speak(call))
        assert [call.heard.text for call in calls] == ["报修", "", "报修"]
        await ears.close()

    run_virtual(scene())


def test_without_a_model_only_voice_is_judged(tmp_path: Path) -> None:
    async def scene() -> None:
        ears = LiveEars(Speech(), tmp_path / "none", Addresses(), VirtualClock())
        await ears.start()
        await asyncio.sleep(1)
        assert not ears.understands("zh")
        assert ears.engine("zh") == ""
        call = ScriptedCall()
        ears.listen(call, question())  # type: ignore[arg-type]
        await _speak(call)
        assert call.heard.text == ""
        await ears.close()

    run_virtual(scene())


def test_a_model_that_appears_is_taken_up_without_a_restart(tmp_path: Path) -> None:
    async def scene() -> None:
        made: list[Any] = []

        def spawner(engines: Any) -> Any:
            made.append(engines)

            async def spawn() -> ScriptedWorker:
                return ScriptedWorker()

            return spawn

        ears = LiveEars(Speech(), tmp_path, Addresses(), VirtualClock(), spawner=spawner)
        await ears.start()
        await asyncio.sleep(30)
        assert not ears.understands("zh")
        for name in ("am/final.mdl", "conf/mfcc.conf"):
            path = tmp_path / "vosk-model-small-cn-0.22" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        await asyncio.sleep(11)
        assert ears.understands("zh")
        assert not ears.understands("en")
        assert ears.engine("zh") == "vosk"
        assert [(languages, model.engine) for languages, model in made[0]] == [(("zh",), "vosk")]
        await ears.close()
        assert not ears.understands("zh")

    run_virtual(scene())


def test_the_addresses_are_told_to_a_worker_once() -> None:
    async def scene() -> None:
        worker = ScriptedWorker()

        async def spawn() -> ScriptedWorker:
            return worker

        from hotline.speech.live.counters import SpeechCounters
        from hotline.speech.live.slots import Wanted
        from hotline.speech.recogniser import Task

        pool = Slots(spawn, count=1, reserved=0, clock=VirtualClock(), counters=SpeechCounters())
        running = asyncio.create_task(pool.run())
        await asyncio.sleep(0.1)
        for rooms in (("602",), ("602",), ("602", "603")):
            wanted = Wanted(
                task=Task(kind=QuestionKind.PLACE, language="zh"),
                estate="e1",
                places=(PlaceBlock("3", "2", rooms),),
                urgent=False,
                on_pause=lambda heard: None,
                on_final=lambda heard: None,
            )
            loan = pool.borrow(wanted)
            assert loan is not None
            loan.drop()
        assert [op for op in worker.ops if op is Op.PLACES] == [Op.PLACES, Op.PLACES]
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    run_virtual(scene())


def test_messages_survive_the_pipe() -> None:
    import io

    blocks = (PlaceBlock("3", "2", ("602", "603")), PlaceBlock("A", "", ()))
    packed = wire.packed_json(Op.PLACES, wire.places_body("e1", blocks)) + wire.packed(Op.SOUND, b"\1\2")
    stream = io.BytesIO(packed)
    op, body = wire.read(stream) or (Op.DROP, b"")
    import json

    assert (op, wire.places_of(json.loads(body))) == (Op.PLACES, blocks)
    assert wire.read(stream) == (Op.SOUND, b"\1\2")
    assert wire.read(stream) is None
    with pytest.raises(ValueError, match="bytes"):
        wire.read(io.BytesIO(b"S\xff\xff\xff\xff"))


async def _speak(call: ScriptedCall) -> None:
    await call.sound(0.5, voice=False)
    await call.sound(1.0, voice=True)
    await call.sound(2.0, voice=False)
