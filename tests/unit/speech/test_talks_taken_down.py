"""Talks taken down while they go on: lines soon after the words, and never at the cost of a question."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hearing_kit import Addresses, ScriptedCall, ScriptedWorker, question, speak

from hotline.call.virtual_time import VirtualClock, run_virtual
from hotline.settings import Speech
from hotline.speech.live import LiveEars, utterances
from hotline.speech.live.talks import TalkWords
from hotline.speech.live.utterances import UtteranceWatch
from hotline.speech.live.wire import Op

pytestmark = pytest.mark.usefixtures("only_these_models")
VOSK = ("vosk-model-small-cn-0.22", ("am/final.mdl", "conf/mfcc.conf"))
POCKETSPHINX = ("pocketsphinx-zh-8k", ("tdt_sc_8k/mdef", "tdt_sc_8k/sendump", "lm/mandarin_notone.dic"))
WHISPER = ("whisper-base", ("model.bin", "config.json", "tokenizer.json"))


@dataclass
class Page:
    lines: list[tuple[float, str, str]] = field(default_factory=list)
    states: list[TalkWords] = field(default_factory=list)

    def said(self, who: str, text: str) -> None:
        self.lines.append((asyncio.get_running_loop().time(), who, text))

    def stands(self, words: TalkWords) -> None:
        self.states.append(words)


async def ears(
    models: Path, model: tuple[str, tuple[str, ...]], workers: list[ScriptedWorker], **settings: Any
) -> LiveEars:
    for name in model[1]:
        (models / model[0] / name).parent.mkdir(parents=True, exist_ok=True)
        (models / model[0] / name).touch()
    waiting = list(workers)

    def spawner(engines: Any) -> Any:
        async def spawn() -> ScriptedWorker:
            if not waiting:
                await asyncio.sleep(1e6)
            return waiting.pop(0)

        return spawn

    chosen = Speech(live_slots=len(workers), emergency_slots=0).model_copy(update=settings)
    found = LiveEars(chosen, models, Addresses(), VirtualClock(), spawner=spawner)
    await found.start()
    await asyncio.sleep(0.1)
    return found


def in_turns(scene: Callable[[], Any]) -> None:
    run_virtual(scene())


def test_what_both_say_is_on_the_page_within_a_second_again_and_again(tmp_path: Path) -> None:
    async def scene() -> None:
        first, second = ScriptedWorker(says="厨房漏水"), ScriptedWorker(says="厨房漏水")
        listening = await ears(tmp_path, VOSK, [first, second])
        caller, operator, page = ScriptedCall(), ScriptedCall(), Page()
        talk = listening.talks.follow({"caller": caller, "operator": operator}, "zh", page)
        ended = []
        for leg in (caller, operator, caller):
            await leg.sound(0.3, voice=False)
            await leg.sound(1.0, voice=True)
            ended.append(asyncio.get_running_loop().time())
            await leg.sound(1.5, voice=False)
        assert [(who, text) for _, who, text in page.lines] == [
            ("caller", "厨房漏水"),
            ("operator", "厨房漏水"),
            ("caller", "厨房漏水"),
        ]
        assert all(0.4 < at - end < 1.0 for end, (at, _, _) in zip(ended, page.lines, strict=True))
        assert page.states == [TalkWords.ON]
        assert {body["kind"] for body in first.bodies + second.bodies} == {"free"}
        talk.close()
        assert not caller.sinks and not operator.sinks
        await listening.close()

    in_turns(scene)


def test_a_question_of_the_menu_always_finds_a_slot_beside_a_talk(tmp_path: Path) -> None:
    async def scene() -> None:
        listening = await ears(tmp_path, VOSK, [ScriptedWorker(), ScriptedWorker()])
        caller, operator, page = ScriptedCall(), ScriptedCall(), Page()
        listening.talks.follow({"caller": caller, "operator": operator}, "zh", page)
        asked = ScriptedCall()
        listening.listen(asked, question())  # type: ignore[arg-type]
        await asyncio.gather(*(leg.sound(0.3, voice=False) for leg in (caller, operator)))
        await asyncio.gather(caller.sound(3.0, voice=True), operator.sound(3.0, voice=True), speak(asked))
        assert asked.heard.text == "报修"
        await asyncio.gather(caller.sound(3.0, voice=False), operator.sound(3.0, voice=False))
        # both spoke at once with one slot for them: whoever had to wait comes a little later
        assert {who for _, who, _ in page.lines} == {"caller", "operator"}
        assert listening.counters.without_slot == 0
        await listening.close()

    in_turns(scene)


def test_with_the_slots_taken_the_page_says_so_and_the_talk_is_followed_once_one_is_free(
    tmp_path: Path,
) -> None:
    async def scene() -> None:
        listening = await ears(tmp_path, VOSK, [ScriptedWorker(), ScriptedWorker()])
        one, other = Page(), Page()
        first = listening.talks.follow({"caller": ScriptedCall()}, "zh", one)
        second = listening.talks.follow({"caller": ScriptedCall()}, "zh", other)
        assert (one.states, other.states) == ([TalkWords.ON], [TalkWords.FULL])
        first.close()
        await asyncio.sleep(3.0)
        assert other.states == [TalkWords.FULL, TalkWords.ON]
        second.close()
        await listening.close()

    in_turns(scene)


def test_a_recogniser_that_is_behind_costs_lines_and_the_page_says_so(tmp_path: Path) -> None:
    async def scene() -> None:
        stuck = ScriptedWorker(stuck=True)
        listening = await ears(tmp_path, VOSK, [stuck])
        caller, operator, page = ScriptedCall(), ScriptedCall(), Page()
        listening.talks.follow({"caller": caller, "operator": operator}, "zh", page)
        for leg in (caller, operator):
            await leg.sound(0.3, voice=False)
            await leg.sound(1.0, voice=True)
        await asyncio.gather(*(leg.sound(18.0, voice=False) for leg in (caller, operator)))
        assert page.lines == []
        assert page.states == [TalkWords.ON, TalkWords.BEHIND]
        assert (listening.counters.talk_lines, listening.counters.talk_missed) == (0, 2)
        assert not stuck.ended  # a busy machine is no reason to load models anew
        await listening.close()

    in_turns(scene)


def test_last_words_still_come_and_words_that_are_to_be_forgotten_do_not(tmp_path: Path) -> None:
    async def scene() -> None:
        worker = ScriptedWorker(takes=0.4)
        listening = await ears(tmp_path, VOSK, [worker])
        for forget, expected in ((False, ["报修"]), (True, [])):
            caller, page = ScriptedCall(), Page()
            talk = listening.talks.follow({"caller": caller}, "zh", page)
            await caller.sound(0.3, voice=False)
            await caller.sound(1.0, voice=True)
            talk.close(forget=forget)
            talk.close()
            await asyncio.sleep(1.0)
            assert [text for _, _, text in page.lines] == expected
        assert worker.ops[-1] is Op.DROP
        again = Page()
        listening.talks.follow({"caller": ScriptedCall()}, "zh", again)
        assert again.states == [TalkWords.ON]  # nobody holds a place any more
        await listening.close()

    in_turns(scene)


@pytest.mark.parametrize(
    ("model", "settings", "language", "stands"),
    [
        (VOSK, {}, "zh", TalkWords.ON),
        (VOSK, {"talks": "off"}, "zh", TalkWords.OFF),
        (VOSK, {}, "en", TalkWords.ENGINE),
        (POCKETSPHINX, {"talks": "on"}, "zh", TalkWords.ENGINE),
        (WHISPER, {}, "zh", TalkWords.ENGINE),
        (WHISPER, {"talks": "on"}, "en", TalkWords.ON),
    ],
)
def test_only_an_engine_that_takes_free_speech_down_live_follows_talks(
    tmp_path: Path, model: Any, settings: dict[str, Any], language: str, stands: TalkWords
) -> None:
    async def scene() -> None:
        listening = await ears(tmp_path, model, [ScriptedWorker()], **settings)
        page = Page()
        talk = listening.talks.follow({"caller": ScriptedCall()}, language, page)
        assert page.states == [stands]
        talk.close()
        await listening.close()

    in_turns(scene)


def test_sound_nobody_fetches_is_dropped_and_counted_but_an_end_is_always_told() -> None:
    watch = UtteranceWatch(lambda: None)
    call = ScriptedCall()
    call.tap(watch.take)

    async def scene() -> None:
        await call.sound(0.3, voice=False)
        for _ in range(8):  # people breathe
            await call.sound(2.3, voice=True)
            await call.sound(0.2, voice=False)
        await call.sound(1.0, voice=False)

    in_turns(scene)
    found = watch.pieces()
    assert watch.dropped > 0
    assert len(found) <= utterances.MOST_PIECES + 2
    assert [piece.utterance for piece in found if piece.last] == [1, 2]  # cut at the longest
    assert watch.pieces() == []
