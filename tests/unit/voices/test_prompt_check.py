from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tone_voice import ToneVoice, tone
from typer.testing import CliRunner

from hotline.cli import prompts as command
from hotline.home import shipped
from hotline.language.readback import LANGUAGES, vocabulary
from hotline.speech.voices import checker
from hotline.speech.voices.builder import build
from hotline.speech.voices.checker import PromptFolders, check
from hotline.speech.voices.soundfile import write_sound


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PromptFolders:
    """Two built prompts; read-back needs only one word."""
    monkeypatch.setattr(checker, "vocabulary", lambda language: {"num_3": "三"})
    texts = tmp_path / "prompts" / "zh" / "texts"
    texts.mkdir(parents=True)
    (texts / "vocabulary.yaml").write_text("num_3: 三\n", encoding="utf-8")
    (texts / "menu.yaml").write_text("greeting: 您好，这里是物业。\n", encoding="utf-8")
    build(texts.parent, ToneVoice(), "tones")
    own = tmp_path / "home" / "prompts" / "zh"
    own.mkdir(parents=True)
    return PromptFolders("zh", texts.parent, own)


def said(folders: PromptFolders, *, warnings: bool = False) -> list[str]:
    return [str(problem) for problem in check(folders) if problem.warning == warnings]


def level_in(path: Path, amplitude: float, seconds: float = 1.8) -> None:
    write_sound(path, tone(seconds, 8000, amplitude=amplitude))


def test_what_was_just_built_is_in_order(folders: PromptFolders) -> None:
    assert check(folders) == []


def test_a_missing_file_is_named_with_the_command_that_makes_it(folders: PromptFolders) -> None:
    (folders.shipped / "greeting.wav").unlink()
    assert said(folders) == ["prompts/zh/greeting.wav: is missing; run: hotline prompts build"]


def test_a_changed_text_makes_its_audio_stale(folders: PromptFolders) -> None:
    (folders.shipped / "texts" / "menu.yaml").write_text("greeting: 您好，这里是酒店。\n", encoding="utf-8")
    assert "is stale: the text is now “您好，这里是酒店。”" in said(folders)[0]


def test_audio_that_was_replaced_after_building_is_found(folders: PromptFolders) -> None:
    level_in(folders.shipped / "greeting.wav", 0.14)
    assert "was changed after it was built" in said(folders)[0]


def test_a_prompt_that_was_never_built_is_not_in_the_manifest(folders: PromptFolders) -> None:
    (folders.shipped / "texts" / "menu.yaml").write_text(
        "greeting: 您好，这里是物业。\nbye: 再见，再见，再见。\n", encoding="utf-8"
    )
    level_in(folders.shipped / "bye.wav", 0.14)
    assert said(folders) == ["prompts/zh/bye.wav: is not in the manifest; run: hotline prompts build"]


def test_audio_without_a_text_is_an_orphan(folders: PromptFolders) -> None:
    level_in(folders.shipped / "old.wav", 0.14)
    assert said(folders, warnings=True) == ["prompts/zh/old.wav: warning: has no text any more; delete it"]


def test_a_word_of_read_back_that_has_no_prompt_is_found(
    folders: PromptFolders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checker, "vocabulary", lambda language: {"num_3": "叁", "num_4": "四"})
    problems = said(folders)
    assert len(problems) == 2
    assert "read-back says “叁” here" in problems[0]
    assert "add “num_4: 四”" in problems[1]


@pytest.mark.parametrize(
    ("amplitude", "complaint"),
    [(0.02, "too quiet"), (0.9, "too loud"), (0.0, "is silent"), (20.0, "is clipped")],
)
def test_an_own_recording_at_a_wrong_level_is_an_error(
    folders: PromptFolders, amplitude: float, complaint: str
) -> None:
    level_in(folders.own / "greeting.wav", amplitude)
    assert any(complaint in problem for problem in said(folders))


def test_an_own_recording_may_differ_in_level_a_little_more_than_a_built_one(folders: PromptFolders) -> None:
    level_in(folders.own / "greeting.wav", 10 ** (-25 / 20) * np.sqrt(2))
    assert check(folders) == []


def test_a_built_prompt_with_high_peaks_is_an_error(folders: PromptFolders) -> None:
    clicks = np.zeros(14_000, np.float32)
    clicks[::90] = 0.95
    write_sound(folders.shipped / "greeting.wav", clicks)
    assert any("has peaks of" in problem for problem in said(folders))


def test_an_own_recording_that_cannot_be_played_is_an_error(folders: PromptFolders) -> None:
    (folders.own / "greeting.wav").write_bytes(b"not sound")
    assert said(folders)[0].startswith("prompts/zh/greeting.wav: is not a WAV file; save it as")


def test_a_long_recording_and_one_that_replaces_nothing_are_warned_about(folders: PromptFolders) -> None:
    level_in(folders.own / "greeting.wav", 0.14, seconds=8.5)
    level_in(folders.own / "greting.wav", 0.14)
    warnings = said(folders, warnings=True)
    assert "takes 9.0 s" in warnings[0]
    assert "is the name right?" in warnings[1]
    assert said(folders) == []


def test_a_prompt_that_is_much_shorter_than_its_text_is_warned_about(folders: PromptFolders) -> None:
    write_sound(folders.shipped / "greeting.wav", tone(0.05, 8000, amplitude=0.14)[2000:2500])
    assert any("does not fit its text" in warning for warning in said(folders, warnings=True))


def test_own_texts_need_recordings(folders: PromptFolders) -> None:
    (folders.own / "texts").mkdir()
    (folders.own / "texts" / "own.yaml").write_text("pool: 游泳池今天关闭。\n", encoding="utf-8")
    assert "hotline prompts build --own" in said(folders)[0]
    (folders.own / "texts" / "own.yaml").write_text("Pool: 游泳池今天关闭。\n", encoding="utf-8")
    assert "own.yaml:1" in said(folders)[0]


@pytest.fixture
def run(folders: PromptFolders, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> object:
    """The command on the two prompts, with the tone voice in place of the model."""
    monkeypatch.setattr(command, "shipped", lambda name: tmp_path / name)
    monkeypatch.setattr("hotline.speech.voices.kokoro.KokoroVoice", lambda *_: ToneVoice())
    arguments = ["--home", str(tmp_path / "home"), "--language", "zh"]
    return lambda name, *more: CliRunner().invoke(command.app, [name, *arguments, *more])


def test_the_command_ends_with_1_on_errors_and_2_on_unreadable_texts(run, folders: PromptFolders) -> None:  # type: ignore[no-untyped-def]
    assert run("check").exit_code == 0
    (folders.shipped / "greeting.wav").unlink()
    assert run("check").exit_code == 1
    (folders.shipped / "texts" / "menu.yaml").write_text("greeting: [", encoding="utf-8")
    assert run("check").exit_code == 2


def test_the_commands_speak_json(run) -> None:  # type: ignore[no-untyped-def]
    assert run("check", "--json").stdout.strip() == "[]"
    assert '"recording": "shipped"' in run("list", "--json").stdout


def test_the_list_says_whose_recording_is_played(run, folders: PromptFolders) -> None:  # type: ignore[no-untyped-def]
    level_in(folders.own / "greeting.wav", 0.14)
    (folders.shipped / "num_3.wav").unlink()
    listed = run("list").stdout
    assert "own" in listed
    assert "missing" in listed


def test_the_build_command_renders_what_is_missing(run, folders: PromptFolders) -> None:  # type: ignore[no-untyped-def]
    (folders.shipped / "greeting.wav").unlink()
    result = run("build", "--voice", "tones", "--model", ".")
    assert "1 prompts built, 1 were up to date" in result.stdout
    assert run("check").exit_code == 0


def test_without_the_model_the_build_says_how_to_get_it(run, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(command.kokoro_folder, "search_path", lambda *_: (Path("nowhere"),))
    result = run("build")
    assert result.exit_code == 1
    assert "hotline models install kokoro-82m" in result.output


def test_an_unknown_language_is_refused(run) -> None:  # type: ignore[no-untyped-def]
    assert CliRunner().invoke(command.app, ["check", "--language", "fr"]).exit_code == 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_shipped_prompts_are_in_order(language: str, tmp_path: Path) -> None:
    folders = PromptFolders(language, shipped("prompts") / language, tmp_path)
    assert [str(problem) for problem in check(folders)] == []
    assert all((folders.shipped / f"{prompt}.wav").is_file() for prompt in vocabulary(language))
