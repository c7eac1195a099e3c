from __future__ import annotations

import pytest

from hotline.speech import alarm
from hotline.speech.confidence import Stretch

PHRASES = ("着火", "触电", "煤气味", "家里停电", "电梯里出不来")
QUIET_LINE = 40.0
NOISY_LINE = 14.0


def heard(*words: tuple[str, int, float]) -> tuple[list[Stretch], list[Stretch]]:
    """Words of so many frames and so much worse a frame than free sounds; one free sound a word."""
    said, sounds, at = [], [], 0
    for text, frames, below in words:
        said.append(Stretch(text, at, at + frames - 1, frames * (-100.0 + below)))
        sounds.append(Stretch("a", at, at + frames - 1, frames * -100.0))
        at += frames
    return said, sounds


def score(*words: tuple[str, int, float], line: float = QUIET_LINE) -> float:
    return alarm.score(*heard(*words), PHRASES, line)


def test_a_long_phrase_that_fits_was_said() -> None:
    assert score(("电梯里出不来", 130, -8.0)) > 0.7
    assert score(("我", 20, -8.0), ("电梯里出不来", 130, -8.0), ("了", 20, -8.0)) > 0.7


def test_a_phrase_laid_over_other_speech_was_not() -> None:
    assert score(("电梯里出不来", 130, -20.0)) < 0.5


def test_a_phrase_counts_little_where_the_rest_of_the_sentence_does_not_fit() -> None:
    assert score(("电梯里出不来", 130, -10.0), ("快来人", 100, -30.0)) < 0.5


@pytest.mark.parametrize(("phrase", "frames"), [("触电", 50), ("煤气味", 70)])
def test_the_shorter_a_phrase_the_better_it_must_fit(phrase: str, frames: int) -> None:
    assert score((phrase, frames, -8.0)) > 0.5
    assert score((phrase, frames, -13.0)) < 0.5 < score(("电梯里出不来", 130, -13.0))


def test_a_squeezed_phrase_is_not_believed() -> None:
    assert score(("触电", 20, 0.0)) == 0.0


def test_in_noise_two_syllables_are_nothing_and_more_must_fit_better() -> None:
    assert score(("触电", 50, 0.0), line=NOISY_LINE) == 0.0
    assert score(("电梯里出不来", 130, -8.0), line=NOISY_LINE) > 0.5
    assert score(("电梯里出不来", 130, -13.0), line=NOISY_LINE) < 0.5


def test_a_phrase_may_be_made_of_several_words() -> None:
    assert score(("家里", 40, -5.0), ("停电了", 60, -5.0)) > 0.5
    assert score(("家里", 40, -5.0), ("停电了", 60, -25.0)) < 0.5


def test_the_surest_of_several_phrases_counts() -> None:
    assert score(("触电", 50, -12.0), ("电梯里出不来", 130, -2.0)) == score(
        ("喂", 50, -12.0), ("电梯里出不来", 130, -2.0)
    )


def test_without_a_phrase_nothing_rings() -> None:
    assert score(("漏水了", 60, 5.0)) == 0.0
    assert score(("<sil>", 60, 5.0)) == 0.0
    assert alarm.score([], [], PHRASES, QUIET_LINE) == 0.0


def test_what_is_denied_or_only_like_an_emergency_is_none() -> None:
    assert alarm.named("家里着火了", PHRASES)
    assert not alarm.named("煤气灶打不着火", PHRASES)
    assert not alarm.named("没有着火", PHRASES)
    assert not alarm.named("", PHRASES)
