"""Words and keys of operators."""

from __future__ import annotations

import pytest

from hotline.desktop.commands import (
    Ask,
    Command,
    DeskAction,
    HangUpCall,
    NotUnderstood,
    PickUpCall,
    Press,
    Quit,
    Show,
    ToggleMute,
    UseDevice,
    from_key,
    from_line,
)
from hotline.desktop.situation import CallCard, Situation

CALL = CallCard("c", {})


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("ready", DeskAction("ready")),
        ("就绪", DeskAction("ready")),
        ("  pause  午饭 ", DeskAction("pause", {"reason": "午饭"})),
        ("pause", DeskAction("pause", {"reason": ""})),
        ("a", PickUpCall()),
        ("接听", PickUpCall()),
        ("hangup", HangUpCall()),
        ("MUTE", ToggleMute()),
        ("mute on", ToggleMute(True)),
        ("hold", DeskAction("hold")),
        ("5", Press("5")),
        ("key *", Press("*")),
        ("consult 工程部 值班", DeskAction("consult", {"to": "工程部 值班"})),
        ("blind 602", DeskAction("blind", {"to": "602"})),
        ("dial 010", DeskAction("dial", {"to": "010"})),
        ("x", DeskAction("complete")),
        ("cancel", DeskAction("cancel")),
        ("f", DeskAction("conference")),
        ("park", DeskAction("park")),
        ("unpark 3", DeskAction("unpark", {"slot": "3"})),
        ("s", DeskAction("send", {"step": "survey"})),
        ("send fees", DeskAction("send", {"step": "fees"})),
        ("w", DeskAction("wrap_up", {"done": True})),
        ("listen 7", DeskAction("listen", {"of": "7"})),
        ("leave", DeskAction("leave")),
        ("input usb", UseDevice("input", "usb")),
        ("output", UseDevice("output", "")),
        ("devices", Show("devices")),
        ("?", Show("help")),
        ("q", Quit()),
    ],
)
def test_lines_are_understood(line: str, command: Command) -> None:
    assert from_line(line, Situation()) == command


@pytest.mark.parametrize("line", ["frobnicate", "consult", "key 12", "key", "unpark"])
def test_what_is_not_understood_is_answered(line: str) -> None:
    assert isinstance(from_line(line, Situation()), NotUnderstood)


def test_an_empty_line_means_nothing() -> None:
    assert from_line("   ", Situation()) is None


def test_hold_and_park_know_their_way_back() -> None:
    assert from_line("o", Situation(held=True)) == DeskAction("resume")
    parked = Situation(parked="2")
    assert from_line("k", parked) == DeskAction("unpark", {"slot": "2"})
    parked.talking = CALL
    assert from_line("k", parked) == DeskAction("park"), "the next caller can be parked as well"


def test_enter_picks_up_only_what_rings() -> None:
    assert from_key("\n", Situation()) is None
    assert from_key("\r", Situation(ringing=CALL)) == PickUpCall()


@pytest.mark.parametrize(("key", "word"), [("p", "pause"), ("c", "consult"), ("b", "blind"), (":", "")])
def test_keys_that_need_more_ask_for_it(key: str, word: str) -> None:
    command = from_key(key, Situation())
    assert isinstance(command, Ask)
    assert command.word == word


@pytest.mark.parametrize("key", ["y", "é", "中", " ", "\t", "\x00"])
def test_other_keys_mean_nothing(key: str) -> None:
    assert from_key(key, Situation()) is None


def test_the_keypad_is_sent() -> None:
    assert [from_key(key, Situation()) for key in "0*#"] == [Press("0"), Press("*"), Press("#")]
