"""Flows: what is said on calls the machine places, and what they report."""

from __future__ import annotations

from pathlib import Path

import pytest
from ivr_kit import rehearsal, texts
from ruamel.yaml import YAML

from hotline.call.errors import InvalidInput
from hotline.ivr.loader import check_menu, load_menu
from hotline.ivr.model import Menu
from hotline.ivr.rehearsal import RehearsalPrompts
from hotline.ivr.scenario import load_scripts

FLOW = """\
flow: ask
languages: [zh, en]
given: [ticket.number, place, words, callback]
start: tell
failure: bye
defaults: {failed: nobody}
steps:
  tell:
    say:
      prompts: [whisper_emergency, {read_back: place}, {words: words}, {read_back: ticket.number}]
      next: ask
  ask:
    menu:
      prompts: whisper_accept
      keys: {1: taken, 3: remarks}
  taken:
    report: {as: accepted, next: thanks, failed: fault}
  remarks:
    record: {into: remark, next: said}
  said:
    report: {as: remarked, words: remark, value: callback, next: thanks, failed: fault}
  nobody:
    report: {as: no_key, next: bye, failed: bye}
  thanks:
    hangup: {prompts: whisper_connecting}
  fault:
    hangup: {prompts: sorry_fault}
  bye:
    hangup: {prompts: goodbye}
"""

SCENARIO = """\
- name: flow
  flow: ask
  caller: "13700000003"
  given: {ticket.number: "202611230001", place: 3-2-602, words: {words: true}, callback: "13800001111"}
"""


def flow_of(tmp_path: Path, text: str = FLOW) -> Menu:
    folder = tmp_path / "outbound"
    folder.mkdir(exist_ok=True)
    path = folder / "ask.yaml"
    path.write_text(text, "utf-8")
    return load_menu(path, prompts=RehearsalPrompts(texts()))


def differences(tmp_path: Path, rest: str) -> list[str]:
    flow = flow_of(tmp_path)
    path = tmp_path / "scenario.yaml"
    path.write_text(SCENARIO + rest, "utf-8")
    (script,) = load_scripts([path])
    return list(map(str, rehearsal({"ask": flow}).run(script)))


def problems(path: Path, text: str) -> list[str]:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, "utf-8")
    return [problem.message for problem in check_menu(path)[1]]


def test_what_a_flow_is_given_is_said_and_its_outcome_is_reported_before_the_thanks(tmp_path: Path) -> None:
    rest = """\
  call:
    - hears: [whisper_emergency, {read_back: 3-2-602}, {words: true}, {read_back: "202611230001"}]
    - hears: whisper_accept
    - presses: "1"
    - hears: whisper_connecting
    - hung_up_on
  record: {outcome: accepted}
  reports: accepted
  ticket: none
"""
    assert differences(tmp_path, rest) == []


def test_words_and_a_value_go_with_the_outcome(tmp_path: Path) -> None:
    rest = """\
  call:
    - hears: whisper_accept
    - presses: "3"
    - hears: beep
    - says: 还是漏水
    - hears: whisper_connecting
    - hangs_up
  reports: {outcome: remarked, words: true, value: "13800001111"}
  ticket: none
"""
    assert differences(tmp_path, rest) == []


def test_nobody_is_thanked_when_the_outcome_could_not_be_written_down(tmp_path: Path) -> None:
    rest = """\
  reporting: fails
  call:
    - hears: whisper_accept
    - presses: "1"
    - hears: sorry_fault
    - does_not_hear: whisper_connecting
    - hangs_up
  reports: []
"""
    assert differences(tmp_path, rest) == []


def test_a_flow_without_an_answer_reports_that(tmp_path: Path) -> None:
    rest = """\
  call:
    - hears: [whisper_accept, whisper_accept, goodbye]
    - hung_up_on
  reports: no_key
"""
    assert differences(tmp_path, rest) == []


def test_the_language_is_given_too(tmp_path: Path) -> None:
    rest = """\
  call:
    - hears: {prompt: whisper_emergency, language: en}
    - hangs_up
  reports: []
"""
    text = (SCENARIO + rest).replace("given: {", "given: {language: en, ")
    path = tmp_path / "scenario.yaml"
    path.write_text(text, "utf-8")
    (script,) = load_scripts([path])
    assert rehearsal({"ask": flow_of(tmp_path)}).run(script) == []


def test_an_incoming_menu_has_nobody_to_report_to(tmp_path: Path) -> None:
    menu = FLOW.replace("flow: ask", "menu: ask\nemergency: {step: bye}").replace(
        "given: [ticket.number, place, words, callback]\n", ""
    )
    assert "nobody placed this call: only flows report" in problems(tmp_path / "ask.yaml", menu)


@pytest.mark.parametrize(
    ("text", "folder", "problem"),
    [
        (FLOW, ".", "flows live in the folder"),
        (FLOW.replace("flow: ask", "flow: other"), "outbound", 'name it "ask"'),
        (FLOW.replace("flow: ask", "menu: ask"), "outbound", '"emergency" is missing'),
        (FLOW.replace("flow: ask\n", ""), "outbound", "name it at the top"),
        (FLOW.replace("words: remark", "words: remrak"), "outbound", 'did you mean "remark"?'),
        (FLOW.replace(" callback]", " call]"), "outbound", 'nothing fills the slot "calback"'),
    ],
)
def test_mistakes_in_flows_are_found(tmp_path: Path, text: str, folder: str, problem: str) -> None:
    text = text.replace("value: callback", "value: calback") if "calback" in problem else text
    found = problems(tmp_path / folder / "ask.yaml", text)
    assert any(problem in one for one in found), found


def test_a_flow_that_does_not_hold_is_not_loaded(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput):
        flow_of(tmp_path, FLOW.replace("next: ask", "next: aks"))


def test_the_example_is_valid_yaml() -> None:
    assert YAML(typ="safe").load(FLOW)["flow"] == "ask"
