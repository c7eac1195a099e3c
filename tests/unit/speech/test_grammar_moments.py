"""The grammar of times: what it allows is understood, and PocketSphinx hears it in the shipped voice."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.call.ports import QuestionKind
from hotline.home import shipped
from hotline.language import slots
from hotline.speech.engines.pocketsphinx import PocketSphinx
from hotline.speech.grammar import moments
from hotline.speech.grammar.build import grammar_for
from hotline.speech.grammar.nodes import sentence, words_of
from hotline.speech.recogniser import Task
from hotline.speech.sound import read_wav

NOW = datetime(2026, 11, 23, 10, 0)  # noqa: DTZ001 -- local time of the estate
PAUSE = bytes(1600)


@given(st.data())
def test_every_time_of_the_grammar_is_a_time(data: st.DataObject) -> None:
    language = data.draw(st.sampled_from(["zh", "en"]))
    grammar = moments._time() if language == "zh" else moments.moment("en")
    words = sentence(grammar, lambda count: data.draw(st.integers(0, count - 1)))
    text = ("" if language == "zh" else " ").join(words)
    if "thirt" not in text:  # “the thirty-first” of a short month is no day
        assert slots.moment(text, language, now=NOW) is not None


@given(st.data())
def test_days_and_time_of_the_grammar_are_both_understood(data: st.DataObject) -> None:
    days, time = (
        "".join(sentence(part, lambda count: data.draw(st.integers(0, count - 1))))
        for part in (moments._days(), moments._time())
    )
    alone, whole = slots.moment(days, "zh", now=NOW), slots.moment(days + time, "zh", now=NOW)
    if alone is None:
        assert "月" in days or "连续" in days, "only dates like 30 February are none"
        return
    assert whole is not None
    assert whole.at is not None
    assert whole.repeat == alone.repeat


def test_times_are_listened_for_with_the_emergency_beside_them() -> None:
    task = Task(kind=QuestionKind.TIME, language="zh", emergency_phrases=("电梯困人",))
    grammar = grammar_for(task)
    assert grammar is not None
    words = {found.text for found in words_of(grammar)}
    assert {"明天", "工作日", "每天", "下午", "月底", "一刻", "电梯困人"} <= words
    english = grammar_for(Task(kind=QuestionKind.TIME, language="en"))
    assert english is not None
    assert {"tomorrow", "weekdays", "december", "half past"} <= {found.text for found in words_of(english)}


@pytest.fixture(scope="module")
def engine(pocketsphinx_model: Path) -> PocketSphinx:
    return PocketSphinx(pocketsphinx_model)


@pytest.mark.model
@pytest.mark.parametrize(
    ("clips", "said"),
    [
        ("tomorrow early hour_6 half", "明天早上六点半"),
        ("tomorrow early hour_6 minute_45", "明天早上六点四十五"),
        ("day_after_tomorrow hour_7 quarter", "后天七点一刻"),
        ("workdays hour_6 minute_50", "工作日六点五十"),
        ("weekday_6 afternoon hour_3 half", "星期六下午三点半"),
        ("month_12 day_1 early hour_6", "十二月一日早上六点"),
        ("every_day early hour_5 minute_45", "每天早上五点四十五"),
        ("weekday_1 to weekday_5 early hour_8", "星期一到星期五早上八点"),
    ],
)
def test_pocketsphinx_hears_times_put_together_from_the_shipped_words(
    engine: PocketSphinx, clips: str, said: str
) -> None:
    folder = shipped("prompts") / "zh"
    pcm = b"".join(read_wav(folder / f"{clip}.wav").pcm() for clip in clips.split())
    utterance = engine.begin(Task(kind=QuestionKind.TIME, language="zh", emergency_phrases=("电梯困人",)))
    utterance.feed(PAUSE * 2 + pcm + PAUSE * 2)
    heard = utterance.result()
    assert slots.moment(heard.text, "zh", now=NOW) == slots.moment(said, "zh", now=NOW), heard.text
    assert heard.score >= 0.5
