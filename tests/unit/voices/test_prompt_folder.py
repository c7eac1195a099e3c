from __future__ import annotations

import os
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from tone_voice import ToneVoice, tone

from hotline.call.audio import Clip, Silence
from hotline.speech.voices.book import PromptFolder
from hotline.speech.voices.builder import build
from hotline.speech.voices.soundfile import write_sound


@pytest.fixture
def book(tmp_path: Path) -> PromptFolder:
    """Shipped: greeting and three; own: nothing yet."""
    shipped = tmp_path / "shipped" / "zh"
    (shipped / "texts").mkdir(parents=True)
    (shipped / "texts" / "menu.yaml").write_text("greeting: 您好。\n", encoding="utf-8")
    for prompt in ("greeting", "num_3"):
        write_sound(shipped / f"{prompt}.wav", tone(0.1, 8000))
    (tmp_path / "own" / "zh").mkdir(parents=True)
    return PromptFolder(tmp_path / "own", tmp_path / "shipped")


def test_ids_become_clips_and_pauses_silence(book: PromptFolder, tmp_path: Path) -> None:
    shipped = tmp_path / "shipped" / "zh"
    assert book.clips("zh", ["greeting", "pause", "num_3"]) == [
        Clip(shipped / "greeting.wav"),
        Silence(0.25),
        Clip(shipped / "num_3.wav"),
    ]
    assert book.has("zh", "greeting")
    assert book.has("zh", "pause")
    assert not book.has("zh", "nothing")
    assert not book.has("en", "greeting")


def test_an_own_recording_wins_as_soon_as_it_is_there_and_until_it_is_gone(
    book: PromptFolder, tmp_path: Path
) -> None:
    own = tmp_path / "own" / "zh" / "greeting.wav"
    assert book.clips("zh", ["greeting"]) != [Clip(own)]
    write_sound(own, tone(0.2, 8000))
    assert book.clips("zh", ["greeting"]) == [Clip(own)]
    own.unlink()
    assert book.clips("zh", ["greeting"]) == [Clip(tmp_path / "shipped" / "zh" / "greeting.wav")]


def test_a_broken_own_recording_is_logged_once_and_the_shipped_one_is_played(
    book: PromptFolder, tmp_path: Path
) -> None:
    own = tmp_path / "own" / "zh" / "greeting.wav"
    own.write_bytes(b"ID3")
    with capture_logs() as logs:
        for _ in range(3):
            assert book.clips("zh", ["greeting"]) == [Clip(tmp_path / "shipped" / "zh" / "greeting.wav")]
    assert [entry["event"] for entry in logs] == ["prompt unplayable"]
    write_sound(own, tone(0.2, 8000))
    assert book.clips("zh", ["greeting"]) == [Clip(own)]


def test_a_repaired_file_of_the_same_size_is_noticed_by_its_time(book: PromptFolder, tmp_path: Path) -> None:
    own = tmp_path / "own" / "zh" / "greeting.wav"
    write_sound(own, tone(0.2, 8000))
    good = own.read_bytes()
    own.write_bytes(b"\0" * len(good))
    assert book.clips("zh", ["greeting"]) != [Clip(own)]
    own.write_bytes(good)
    os.utime(own, ns=(1, own.stat().st_mtime_ns + 1_000_000))
    assert book.clips("zh", ["greeting"]) == [Clip(own)]


def test_a_missing_prompt_is_left_out_counted_and_logged_once(book: PromptFolder) -> None:
    with capture_logs() as logs:
        for _ in range(3):
            assert len(book.clips("zh", ["greeting", "nothing", "num_3"])) == 2
    assert book.missing == {("zh", "nothing"): 3}
    assert [entry["prompt"] for entry in logs] == ["nothing"]


def test_the_text_of_a_prompt_is_the_administrators_where_there_is_one(
    book: PromptFolder, tmp_path: Path
) -> None:
    texts = tmp_path / "own" / "zh" / "texts"
    texts.mkdir()
    (texts / "own.yaml").write_text("greeting: 您好，欢迎。\npool: 游泳池。\n", encoding="utf-8")
    assert book.text("zh", "greeting") == "您好，欢迎。"
    assert book.text("zh", "pool") == "游泳池。"
    assert book.text("zh", "num_3") == "三"
    assert book.text("zh", "nothing") == "<nothing>"


def test_unreadable_own_texts_leave_the_shipped_ones(book: PromptFolder, tmp_path: Path) -> None:
    texts = tmp_path / "own" / "zh" / "texts"
    texts.mkdir()
    (texts / "own.yaml").write_text("greeting: [", encoding="utf-8")
    assert book.text("zh", "greeting") == "您好。"


def test_a_built_prompt_has_the_text_its_audio_says(book: PromptFolder, tmp_path: Path) -> None:
    shipped = tmp_path / "shipped" / "zh"
    build(shipped, ToneVoice(), "tones")
    (shipped / "texts" / "menu.yaml").write_text("greeting: 您好，新的。\nnew: 新的。\n", encoding="utf-8")
    assert book.text("zh", "greeting") == "您好。"
    assert book.text("zh", "new") == "新的。"
