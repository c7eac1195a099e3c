"""Workers that are late, stuck, dead, busy or not there: the call goes on, with the words or without."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from hearing_kit import Addresses, ScriptedCall, ScriptedWorker, ears_with, question, speak

from hotline.call.events import Heard, SpeechStarted
from hotline.call.ports import QuestionKind
from hotline.call.virtual_time import VirtualClock, run_virtual
from hotline.settings import Speech
from hotline.speech.grammar.place import PlaceBlock
from hotline.speech.live import LiveEars, wire
from hotline.speech.live import slots as slots_module
from hotline.speech.live.slots import Slots
from hotline.speech.live.wire import Op

pytestmark = pytest.mark.usefixtures("only_these_models")


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
        await speak(again)
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
                tasks.create_task(speak(call))
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
                tasks.create_task(speak(call))
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
        await speak(call)
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
