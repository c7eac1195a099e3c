from __future__ import annotations

import json
from pathlib import Path

import pytest
from tone_voice import ToneVoice

from hotline.call.errors import InvalidInput
from hotline.speech.voices.builder import build, stale
from hotline.speech.voices.levels import active_level
from hotline.speech.voices.manifest import read_manifest
from hotline.speech.voices.scripts import read_scripts
from hotline.speech.voices.soundfile import read_sound


def write_texts(folder: Path, text: str, name: str = "menu.yaml") -> None:
    (folder / "texts").mkdir(parents=True, exist_ok=True)
    (folder / "texts" / name).write_text(text, encoding="utf-8")


def test_every_text_becomes_a_levelled_8_khz_file_and_a_line_of_the_manifest(tmp_path: Path) -> None:
    write_texts(tmp_path, "greeting: 您好。\nyour_number: 您的号码是\n")
    voice = ToneVoice()
    assert build(tmp_path, voice, "tones") == 2
    manifest = read_manifest(tmp_path)
    assert manifest is not None
    assert sorted(manifest.prompts) == ["greeting", "your_number"]
    samples, rate = read_sound(tmp_path / "greeting.wav")
    assert rate == 8000
    assert active_level(samples) == pytest.approx(-20, abs=0.2)
    assert manifest.prompts["greeting"].seconds == pytest.approx(len(samples) / 8000, abs=0.001)


def test_a_text_without_a_full_stop_is_spoken_as_a_piece(tmp_path: Path) -> None:
    write_texts(tmp_path, 'a: 您好。\nb: 您的号码是\nc: "a.m."\nd: Please wait.\n')
    voice = ToneVoice()
    build(tmp_path, voice, "tones")
    assert voice.pieces == ["您的号码是", "a.m."]


def test_the_voice_is_given_the_spelling_that_helps_it(tmp_path: Path) -> None:
    write_texts(tmp_path, "yuan: {text: yuan, say: you-ann}\n")
    voice = ToneVoice()
    build(tmp_path, voice, "tones")
    assert voice.said == ["you-ann"]
    assert (read_manifest(tmp_path) or pytest.fail()).prompts["yuan"].text == "yuan"


def test_only_what_changed_is_built_again(tmp_path: Path) -> None:
    write_texts(tmp_path, "a: 一。\nb: 二。\nc: 三。\nd: 四。\n")
    build(tmp_path, ToneVoice(), "tones")
    assert build(tmp_path, ToneVoice(), "tones") == 0
    write_texts(tmp_path, "a: 一。\nb: 两。\nc: 三。\nd: 四。\n")
    (tmp_path / "c.wav").unlink()
    (tmp_path / "d.wav").write_bytes(b"something else")
    voice = ToneVoice()
    assert build(tmp_path, voice, "tones") == 3
    assert voice.said == ["两。", "三。", "四。"]


def test_another_voice_or_recipe_makes_everything_stale(tmp_path: Path) -> None:
    write_texts(tmp_path, "a: 一。\nb: 二。\n")
    build(tmp_path, ToneVoice(), "tones")
    recipe = (read_manifest(tmp_path) or pytest.fail()).recipe
    assert stale(tmp_path, "tones", recipe) == []
    assert len(stale(tmp_path, "other", recipe)) == 2
    assert build(tmp_path, ToneVoice(recipe="lower tones"), "tones") == 2


def test_audio_whose_text_is_gone_is_removed_but_not_a_file_nobody_built(tmp_path: Path) -> None:
    write_texts(tmp_path, "a: 一。\nb: 二。\n")
    build(tmp_path, ToneVoice(), "tones")
    (tmp_path / "mine.wav").write_bytes(b"RIFF")
    write_texts(tmp_path, "a: 一。\n")
    build(tmp_path, ToneVoice(), "tones")
    assert sorted(path.name for path in tmp_path.glob("*.wav")) == ["a.wav", "mine.wav"]


def test_an_interrupted_build_keeps_what_it_had(tmp_path: Path) -> None:
    write_texts(tmp_path, "a: 一。\nb: 坏。\nc: 三。\n")
    with pytest.raises(ValueError, match="坏"):
        build(tmp_path, ToneVoice(fails_at="坏。"), "tones")
    voice = ToneVoice()
    assert build(tmp_path, voice, "tones") == 2
    assert voice.said == ["坏。", "三。"]


def test_the_manifest_has_one_prompt_a_line_in_order(tmp_path: Path) -> None:
    write_texts(tmp_path, "b: 二。\na: 一。\n")
    build(tmp_path, ToneVoice(), "tones")
    lines = (tmp_path / "manifest.json").read_text(encoding="utf-8").splitlines()
    assert [line.split('"')[1] for line in lines if '"source"' in line] == ["a", "b"]
    assert json.loads("\n".join(lines))["voice"] == "tones"


def test_a_broken_manifest_is_named_with_its_remedy(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"prompts": {"a": {"wrong": 1}}}', encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"manifest\.json.*delete it"):
        read_manifest(tmp_path)


def test_all_mistakes_in_the_texts_come_at_once_with_their_lines(tmp_path: Path) -> None:
    write_texts(tmp_path, "Bad-Id: 一\nempty: ''\nnumber: 5\npause: 等\nb: {text: 二, voice: x}\n", "a.yaml")
    write_texts(tmp_path, "ok: 三\nc: {text: 二, say: [1]}\n", "b.yaml")
    write_texts(tmp_path, "ok: 四\n", "c.yaml")
    with pytest.raises(InvalidInput) as caught:
        read_scripts(tmp_path)
    lines = [(Path(problem.file).name, problem.line) for problem in caught.value.problems]
    assert lines == [
        ("a.yaml", 1),
        ("a.yaml", 2),
        ("a.yaml", 3),
        ("a.yaml", 4),
        ("a.yaml", 5),
        ("b.yaml", 2),
        ("c.yaml", 1),
    ]


def test_a_list_instead_of_a_map_is_refused(tmp_path: Path) -> None:
    write_texts(tmp_path, "- 一\n- 二\n")
    with pytest.raises(InvalidInput, match="id: text"):
        read_scripts(tmp_path)
