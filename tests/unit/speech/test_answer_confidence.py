from __future__ import annotations

import math

import pytest

from hotline.speech import confidence
from hotline.speech.confidence import Stretch


def test_words_that_fit_as_well_as_free_sounds_are_sure() -> None:
    words, sounds = (
        [Stretch("报修", 0, 9, -1000.0)],
        [Stretch("b", 0, 4, -500.0), Stretch("ao", 5, 9, -500.0)],
    )
    assert confidence.difference(words, sounds) == pytest.approx(0.0)
    assert confidence.score(0.0) > 0.95


def test_words_forced_onto_other_speech_are_not() -> None:
    words, sounds = [Stretch("报修", 0, 9, -1500.0)], [Stretch("x", 0, 9, -1000.0)]
    assert confidence.difference(words, sounds) == pytest.approx(-50.0)
    assert confidence.score(-50.0) < 0.01


def test_a_sound_counts_by_the_frames_it_shares_with_the_words() -> None:
    words, sounds = [Stretch("一", 5, 9, -500.0)], [Stretch("i", 0, 9, -2000.0)]
    assert confidence.difference(words, sounds) == pytest.approx((-500 + 1000) / 5)


def test_sounds_taken_for_silence_count_against_the_words_among_them() -> None:
    word = Stretch("是的", 0, 9, -100.0)
    sounds = [Stretch("a", 0, 39, -400.0)]
    alone = confidence.difference([word], sounds)
    among = confidence.difference([word, Stretch("<sil>", 10, 39, -600.0)], sounds)
    quiet = confidence.difference([word, Stretch("<sil>", 10, 39, -600.0)], [Stretch("SIL", 0, 39, -400.0)])
    assert alone == quiet == pytest.approx(0.0)
    assert among == pytest.approx(-confidence.UNEXPLAINED * (0.75 - confidence.UNEXPLAINED_AT_EASE))


def test_words_said_aside_do_not_count() -> None:
    words = [Stretch("三", 0, 9, -100.0), Stretch("漏水", 10, 19, -9000.0)]
    assert confidence.difference(words, [Stretch("a", 0, 19, -200.0)], {"漏水"}) == pytest.approx(0.0)
    assert confidence.difference(words[1:], [], {"漏水"}) is None


def test_no_words_are_no_answer() -> None:
    assert confidence.difference([], [Stretch("i", 0, 9, -1.0)]) is None
    assert confidence.score(None) == 0.0


def test_the_middle_is_one_half_and_more_is_surer() -> None:
    assert confidence.score(confidence.MIDDLE) == pytest.approx(0.5)
    assert confidence.score(-5) > 0.9 > 0.1 > confidence.score(-27)


def test_linear_scores_are_turned_back_and_zero_is_only_very_bad() -> None:
    assert confidence.log_score(math.exp(-3)) == pytest.approx(-3 / math.log(1.0001))
    assert confidence.log_score(0.0) < -1e6
