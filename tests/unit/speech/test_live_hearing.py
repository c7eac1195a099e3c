"""Questions on a scripted call: when an answer begins, when it ends, and what is posted."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hearing_kit import ScriptedCall, ScriptedWorker, ears_with, question

from hotline.call.events import Heard, HeardNothing, SpeechStarted
from hotline.call.ports import QuestionKind
from hotline.call.virtual_time import run_virtual
from hotline.speech.live.wire import Op

pytestmark = pytest.mark.usefixtures("only_these_models")


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
