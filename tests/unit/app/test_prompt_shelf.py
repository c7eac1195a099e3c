"""Recordings of prompts: checked, brought to the house's form, taken back; names lead nowhere else."""

from __future__ import annotations

import io
import wave
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from hotline.app.promptdesk import PromptShelf
from hotline.app.promptsound import PromptRefused
from hotline.call.errors import EnvironmentFault
from hotline.home import Home
from hotline.speech.voices.levels import active_level
from hotline.speech.voices.soundfile import read_sound


class _Now:
    def now(self) -> datetime:
        return datetime(2026, 11, 23, 2, tzinfo=UTC)

    def monotonic(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        raise AssertionError


@pytest.fixture
def shelf(tmp_path: Path) -> PromptShelf:
    return PromptShelf(Home(tmp_path), _Now())


def sound(seconds: float = 1.0, *, rate: int = 24_000, loud: float = 0.05) -> bytes:
    at = np.arange(int(seconds * rate)) / rate
    samples = (np.sin(2 * np.pi * 440 * at) * loud * 32767).astype("<i2")
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())
    return out.getvalue()


def line(shelf: PromptShelf, prompt: str):
    return next(one for one in shelf.lines("zh") if one.id == prompt)


def test_a_recording_is_at_the_telephones_rate_and_the_houses_level_and_wins(shelf, tmp_path):
    assert line(shelf, "greeting").source == "built"
    taken = shelf.record("zh", "greeting", sound(), by="wang")
    samples, rate = read_sound(tmp_path / "prompts" / "zh" / "greeting.wav")
    assert rate == 8000 and abs(active_level(samples) + 20) < 0.5
    assert taken.seconds == pytest.approx(1.0, abs=0.3)
    now = line(shelf, "greeting")
    assert (now.source, now.recorded) == ("own", "wang 2026-11-23 02:00")
    assert shelf.sound("zh", "greeting") == tmp_path / "prompts" / "zh" / "greeting.wav"
    shelf.back("zh", "greeting")
    assert line(shelf, "greeting").source == "built"
    with pytest.raises(PromptRefused, match="no own recording"):
        shelf.back("zh", "greeting")


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (b"\x1aE\xdf\xa3 webm", "prompt-unplayable"),
        (sound(rate=44_100), "prompt-unplayable"),
        (sound(61), "prompt-length"),
        (sound(loud=0.0), "prompt-silent"),
        (b"RIFF" + b"x" * 12_000_001, "prompt-too-large"),
    ],
)
def test_what_is_no_good_recording_is_refused_with_its_reason_and_leaves_the_old_one(shelf, given, code):
    before = shelf.sound("zh", "greeting")
    with pytest.raises(PromptRefused) as refused:
        shelf.record("zh", "greeting", given, by="wang")
    assert refused.value.code == code
    assert shelf.sound("zh", "greeting") == before


@pytest.mark.parametrize("name", ["../../x", "..", "a/b", "A", "a.wav", "", "a\0", "x" * 65])
@pytest.mark.parametrize("language", ["zh", "../zh"])
def test_names_lead_nowhere_else(shelf, tmp_path, language, name):
    for deed in (
        lambda: shelf.record(language, name, sound(), by="wang"),
        lambda: shelf.sound(language, name),
        lambda: shelf.back(language, name),
        lambda: shelf.write(language, name, "text"),
    ):
        with pytest.raises(PromptRefused):
            deed()
    assert not list(tmp_path.rglob("*.wav"))


def test_another_text_makes_the_sound_outdated_until_it_is_recorded_anew(shelf):
    shelf.write("zh", "greeting", "您好，这里是示范物业。")
    now = line(shelf, "greeting")
    assert now.text == "您好，这里是示范物业。" and now.outdated == "您好，这里是物业服务热线。"
    shelf.record("zh", "greeting", sound(3), by="wang")
    assert line(shelf, "greeting").outdated == ""
    shelf.write("zh", "greeting", "")
    assert line(shelf, "greeting").outdated == "您好，这里是示范物业。"


def test_a_new_prompt_begins_with_its_text_and_is_missing_until_it_has_a_sound(shelf):
    with pytest.raises(PromptRefused, match="give it a text first"):
        shelf.record("zh", "brand_new", sound(), by="wang")
    shelf.write("zh", "brand_new", '说明: "新" #1')
    now = line(shelf, "brand_new")
    assert (now.source, now.text, now.own_text) == ("missing", '说明: "新" #1', True)
    shelf.record("zh", "brand_new", sound(), by="wang")
    assert line(shelf, "brand_new").source == "own"


@pytest.mark.parametrize("text", ["", "  ", "\n"])
def test_a_new_prompt_has_a_text_and_no_blanks_take_the_place_of_one(shelf, tmp_path, text):
    with pytest.raises(PromptRefused) as refused:
        shelf.write("zh", "own_new", text)
    assert refused.value.code == "prompt-empty"
    assert not (tmp_path / "prompts" / "zh" / "texts").exists()


def test_an_own_prompt_goes_with_its_text_once_its_sound_is_gone(shelf):
    shelf.write("zh", "own_new", "泳池八点开放。")
    shelf.record("zh", "own_new", sound(), by="wang")
    with pytest.raises(PromptRefused, match="take its recording away first"):
        shelf.write("zh", "own_new", "")
    shelf.back("zh", "own_new")
    shelf.write("zh", "own_new", "")
    assert "own_new" not in {one.id for one in shelf.lines("zh")}


def test_words_of_read_back_keep_their_text(shelf):
    with pytest.raises(PromptRefused, match="read-back"):
        shelf.write("zh", "num_3", "山")


def test_without_the_voice_it_is_said_how_to_get_it(shelf, monkeypatch):
    monkeypatch.setattr("hotline.app.promptdesk.find_spec", lambda name: None)
    assert "requirements/voice-build.txt" in shelf.without_voice()
    with pytest.raises(EnvironmentFault) as refused:
        shelf.render("zh", "greeting")
    assert refused.value.code == "voice-missing"
