"""The engines with real models: PocketSphinx on a handful of utterances, Vosk with its small Korean model."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from hotline.call.audio import FRAME_BYTES
from hotline.call.clock import SystemClock
from hotline.call.errors import EnvironmentFault
from hotline.call.ports import QuestionKind
from hotline.settings import Speech
from hotline.speech import evaluate
from hotline.speech.engines.load import load
from hotline.speech.engines.pocketsphinx import DECODING_SECONDS, PocketSphinx
from hotline.speech.live import LiveEars
from hotline.speech.live.process import spawn
from hotline.speech.models.store import Installed
from hotline.speech.recogniser import NOTHING, Recogniser, Task

pytestmark = pytest.mark.model

ESTATE = tuple(evaluate.EvaluationEstate().places(""))


@pytest.fixture(scope="module")
def engine(pocketsphinx_model: Path) -> PocketSphinx:
    return PocketSphinx(pocketsphinx_model)


def cases(folder: Path, ids: str, condition: str = "clean") -> list[evaluate.Case]:
    return [case for case in evaluate.cases(folder, condition) if case.id in ids.split()]


@pytest.mark.parametrize("condition", ["clean", "loss2"])
def test_addresses_menu_words_and_emergencies_are_heard(
    engine: PocketSphinx, speech_eval: Path, condition: str
) -> None:
    chosen = cases(speech_eval, "addr01 addr04 addr06 menu00 menu02 menu07", condition)
    heard = {outcome.case.id: outcome for outcome in evaluate.run(engine, chosen)}
    assert len(heard) == 6
    wrong = [
        name for name, outcome in heard.items() if not evaluate.is_right(outcome.case, outcome.heard.text)
    ]
    assert wrong == []
    assert all(outcome.heard.score > 0.5 for outcome in heard.values())
    assert evaluate.summary(list(heard.values()))["keyword"] == 100.0


def test_speech_that_is_not_in_the_grammar_scores_low(engine: PocketSphinx, speech_eval: Path) -> None:
    for case in cases(speech_eval, "addr00 addr19 addr29"):
        utterance = engine.begin(Task(kind=QuestionKind.CHOICE, language="zh", phrases=evaluate.MENU_PHRASES))
        utterance.feed(evaluate.cut_out(case.pcm))
        assert utterance.result().score < 0.5


def test_a_room_the_estate_does_not_have_is_never_heard(engine: PocketSphinx, speech_eval: Path) -> None:
    few = tuple(block for block in ESTATE if block.building in ("3", "7"))
    (case,) = cases(speech_eval, "addr01")
    utterance = engine.begin(Task(kind=QuestionKind.PLACE, language="zh", places=few))
    utterance.feed(evaluate.cut_out(case.pcm))
    assert "一号楼" not in utterance.result().text


def test_silence_gives_no_words_worth_believing(engine: PocketSphinx) -> None:
    task = Task(kind=QuestionKind.CHOICE, language="zh", phrases=evaluate.MENU_PHRASES)
    utterance = engine.begin(task)
    utterance.feed(bytes(24000))
    assert utterance.result().score < 0.5
    assert engine.begin(task).result() == NOTHING


def test_hard_noise_ends_the_search_in_time(engine: PocketSphinx, speech_eval: Path) -> None:
    (case,) = cases(speech_eval, "addr00", "noise10")
    utterance = engine.begin(Task(kind=QuestionKind.PLACE, language="zh", places=ESTATE))
    utterance.feed(case.pcm * 3)
    began = time.perf_counter()
    utterance.result()
    assert time.perf_counter() - began < DECODING_SECONDS + 1.0


def test_asking_twice_after_more_sound_hears_more(engine: PocketSphinx, speech_eval: Path) -> None:
    (case,) = cases(speech_eval, "addr01")
    speech = evaluate.cut_out(case.pcm)
    utterance = engine.begin(Task(kind=QuestionKind.PLACE, language="zh", places=ESTATE))
    utterance.feed(speech[: len(speech) // 2 // FRAME_BYTES * FRAME_BYTES])
    first = utterance.result().text
    utterance.feed(speech[len(speech) // 2 // FRAME_BYTES * FRAME_BYTES :])
    assert len(utterance.result().text) > len(first)


def test_a_word_that_cannot_be_spoken_is_named(engine: PocketSphinx) -> None:
    with pytest.raises(EnvironmentFault, match="☂"):
        engine.begin(Task(kind=QuestionKind.CHOICE, language="zh", phrases=("☂",)))


def test_free_speech_without_anything_to_spot_is_left_to_the_transcript(engine: PocketSphinx) -> None:
    utterance = engine.begin(Task(kind=QuestionKind.FREE, language="zh"))
    utterance.feed(bytes(16000))
    assert utterance.result() == NOTHING


def test_a_recording_gets_what_pocketsphinx_is_sure_of(engine: PocketSphinx, speech_eval: Path) -> None:
    (case,) = cases(speech_eval, "addr01")
    heard = engine.transcribe(evaluate.cut_out(case.pcm), "zh", {})
    assert evaluate.is_right(case, heard.text)
    assert engine.transcribe(b"", "zh", {}) == NOTHING
    assert engine.transcribe(evaluate.cut_out(case.pcm), "en", {}) == NOTHING


def test_a_worker_process_answers_and_ends_with_its_input(
    pocketsphinx_model: Path, speech_eval: Path
) -> None:
    (case,) = cases(speech_eval, "menu01")
    heard = asyncio.run(_through_a_worker(pocketsphinx_model, evaluate.cut_out(case.pcm)))
    assert heard == "投诉"


async def _through_a_worker(model: Path, pcm: bytes) -> str:
    from hotline.speech.live import wire
    from hotline.speech.live.wire import Op

    worker = await spawn([(("zh",), Installed("pocketsphinx", ("zh",), model))])
    async with asyncio.timeout(30):
        ready = await worker.answer()
        assert ready is not None and ready.kind == "ready"
        task = Task(kind=QuestionKind.CHOICE, language="zh", phrases=evaluate.MENU_PHRASES)
        worker.send(wire.packed_json(Op.BEGIN, wire.question(task, "e1", 7)))
        worker.send(wire.packed(Op.SOUND, pcm))
        worker.send(wire.packed(Op.PAUSE))
        worker.send(wire.packed(Op.FINISH))
        pause, final = await worker.answer(), await worker.answer()
        assert pause is not None and final is not None
        assert (pause.kind, final.kind, final.utterance) == ("pause", "final", 7)
        assert pause.recognition == final.recognition
        await worker.end(now=False)
    assert not worker.alive
    return final.text


def test_a_model_that_cannot_be_loaded_is_said_by_the_worker(tmp_path: Path) -> None:
    async def scene() -> None:
        worker = await spawn([(("zh",), Installed("vosk", ("zh",), tmp_path))])
        async with asyncio.timeout(30):
            answer = await worker.answer()
            assert answer is not None
            assert answer.kind == "failed"
            assert str(tmp_path) in answer.sentence
            assert await worker.answer() is None
            await worker.end(now=True)

    asyncio.run(scene())


async def until(so: Callable[[], bool]) -> None:
    while not so():
        await asyncio.sleep(0.05)


def test_real_ears_survive_the_death_of_their_worker(
    pocketsphinx_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOTLINE_MODELS", str(pocketsphinx_model.parent))

    async def scene() -> None:
        settings = Speech(live=("pocketsphinx",), live_slots=1, emergency_slots=0)
        ears = LiveEars(settings, Path("/nonexistent"), evaluate.EvaluationEstate(), SystemClock())
        await ears.start()
        async with asyncio.timeout(30):
            await until(lambda: ears.understands("zh"))
            assert ears._slots is not None
            process = ears._slots._slots[0].process
            process._process.kill()  # type: ignore[union-attr]
            await until(lambda: not ears.understands("zh"))
            await until(lambda: ears.understands("zh"))
        assert ears.counters.workers_ended == 1
        await ears.close()

    asyncio.run(scene())


@pytest.fixture(scope="module")
def vosk(vosk_ko_model: Path) -> Recogniser:
    return load("vosk", vosk_ko_model, ("ko",))


def test_vosk_hears_nothing_in_silence(vosk: Recogniser) -> None:
    utterance = vosk.begin(Task(kind=QuestionKind.CHOICE, language="ko", phrases=("네", "아니요")))
    for _ in range(50):
        utterance.feed(bytes(FRAME_BYTES))
    assert utterance.result() == NOTHING
    assert vosk.transcribe(bytes(16000), "ko", {}) == NOTHING


def test_vosk_says_what_it_can_and_which_words_it_has(vosk: Recogniser) -> None:
    assert vosk.capabilities.engine == "vosk"
    assert vosk.capabilities.streaming
    assert vosk.capabilities.languages == {"ko"}
    assert vosk.knows("안녕")  # type: ignore[attr-defined]
    assert not vosk.knows("안녕하세용가리")  # type: ignore[attr-defined]


def test_vosk_listens_freely_for_a_free_question_and_recognises_again_after_more_sound(
    vosk: Recogniser, speech_eval: Path
) -> None:
    (case,) = cases(speech_eval, "addr01")
    utterance = vosk.begin(Task(kind=QuestionKind.FREE, language="ko"))
    utterance.feed(case.pcm)
    # Mandarin to a Korean model: some words come out, of no meaning, with a score between 0 and 1.
    first = utterance.result()
    assert first.text
    assert 0 < first.score <= 1
    utterance.feed(case.pcm)
    assert len(utterance.result().text) > len(first.text)


def test_vosk_held_to_a_grammar_says_only_its_words(vosk: Recogniser, speech_eval: Path) -> None:
    (case,) = cases(speech_eval, "addr01")
    utterance = vosk.begin(Task(kind=QuestionKind.CHOICE, language="ko", phrases=("네", "아니요")))
    utterance.feed(case.pcm)
    assert set(utterance.result().text.split()) <= {"네", "아니요"}


def test_an_unknown_engine_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFault, match="sphinx4"):
        load("sphinx4", tmp_path, ("zh",))


def test_the_evaluation_is_printed_as_json(
    pocketsphinx_model: Path, speech_eval: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from typer.testing import CliRunner

    from hotline.cli.speech import app

    few = tmp_path / "few"
    (few / "wav").mkdir(parents=True)
    refs = json.loads((speech_eval / "refs.json").read_text())
    kept = [ref for ref in refs if ref["id"] in ("menu00", "addr07")]
    (few / "refs.json").write_text(json.dumps(kept))
    for ref in kept:
        name = f"{ref['id']}.clean.wav"
        (few / "wav" / name).write_bytes((speech_eval / "wav" / name).read_bytes())
    monkeypatch.setenv("HOTLINE_MODELS", str(pocketsphinx_model.parent))
    given = ["eval", str(few), "--engine", "pocketsphinx", "--json", "--home", str(tmp_path)]
    result = CliRunner().invoke(app, given)
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told["engine"] == "pocketsphinx"
    assert told["conditions"]["clean"]["place"] == 100.0
    assert told["conditions"]["clean"]["menu"] == 100.0
