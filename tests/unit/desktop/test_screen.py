"""The screen: keys in, a picture out."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from hotline.call.clock import SystemClock
from hotline.desktop.commands import DeskAction, PickUpCall, Press
from hotline.desktop.screen import LINES_KEPT, Screen, keys_of, meter
from hotline.desktop.situation import CallCard, Link, Situation
from hotline.desktop.typed import Typed
from hotline.desktop.wording import Wording


def screen(situation: Situation, language: str = "zh") -> Screen:
    return Screen(situation, Wording(language), SystemClock(), io.StringIO(), Typed(), lambda: -30.0)


def picture(shown: Screen) -> str:
    out = io.StringIO()
    Console(file=out, width=100, no_color=True).print(shown.picture())
    return out.getvalue()


def type_keys(shown: Screen, text: str) -> list[object]:
    return [command for key in keys_of(text) if (command := shown.key(key)) is not None]


def test_a_ringing_call_is_shown_with_its_card_and_without_colour() -> None:
    situation = Situation(link=Link.UP, operator="8", name="李", presence="ringing")
    situation.ringing = CallCard("c", {"place": "3-2-602", "times": "2"})
    shown = picture(screen(situation))
    for words in ("8 李", "状态 振铃", "来电", "位置", "3-2-602", "来电次数", "a/回车 接听"):
        assert words in shown
    assert "\x1b" not in shown


def test_without_a_connection_the_screen_says_so() -> None:
    assert "正在连接" in picture(screen(Situation()))


def test_names_and_numbers_are_shown_as_they_are() -> None:
    situation = Situation(link=Link.UP, operator="8", presence="ready")
    shown = screen(situation)
    shown.tell("[bold]not markup[/bold]")
    assert "[bold]not markup[/bold]" in picture(shown)


def test_only_the_last_sentences_stay() -> None:
    shown = screen(Situation())
    for number in range(LINES_KEPT + 2):
        shown.tell(f"sentence {number}")
    assert "sentence 1" not in picture(shown)
    assert f"sentence {LINES_KEPT + 1}" in picture(shown)


def test_a_question_takes_a_line_with_corrections() -> None:
    shown = screen(Situation(link=Link.UP))
    assert type_keys(shown, "c60") == []
    assert "询问谁（号码、房间、部门）：60" in picture(shown)
    assert type_keys(shown, "3\x7f2\r") == [DeskAction("consult", {"to": "602"})]
    assert type_keys(shown, "5") == [Press("5")], "keys are keys again"


def test_escape_and_an_empty_answer_leave_a_question() -> None:
    shown = screen(Situation())
    assert type_keys(shown, "c602\x1b") == []
    assert type_keys(shown, "b\r") == []
    assert type_keys(shown, "p\r") == [DeskAction("pause", {"reason": ""})]


def test_whole_commands_can_be_typed() -> None:
    assert type_keys(screen(Situation()), ":whisper 7\r") == [DeskAction("whisper", {"of": "7"})]


def test_enter_picks_up() -> None:
    assert type_keys(screen(Situation(ringing=CallCard("c", {}))), "\r") == [PickUpCall()]


@pytest.mark.parametrize("sequence", ["\x1b[A", "\x1b[15~", "\x1bOP", "\x1b[1;5C"])
def test_arrow_and_function_keys_mean_nothing(sequence: str) -> None:
    assert list(keys_of(f"a{sequence}b")) == ["a", "b"]


def test_the_meter_is_as_wide_for_every_level() -> None:
    bars = [meter(level) for level in (-90.0, -30.0, 0.0, 6.0)]
    assert {len(bar) for bar in bars} == {20}
    assert [bar.count("█") for bar in bars] == [0, 10, 20, 20]
