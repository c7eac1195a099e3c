"""The present time in what is said: true whenever it is said, however often it is repeated."""

from __future__ import annotations

from pathlib import Path

from ivr_kit import rehearsal, texts

from hotline.ivr.loader import load_menu
from hotline.ivr.rehearsal import RehearsalPrompts
from hotline.ivr.scenario import load_scripts

FLOW = """\
flow: clock
languages: [zh, en]
start: tell
failure: bye
defaults: {failed: bye}
steps:
  tell:
    menu:
      prompts:
        - {read_back: call.now}
        - {read_back: call.now, language: other}
        - {read_back: call.now, as: date}
      timeout: 120
      keys: {1: bye}
  bye:
    hangup: {prompts: goodbye}
"""
SCENARIO = """\
- name: the clock goes on between two repetitions
  flow: clock
  caller: "13700000003"
  at: "2026-11-23 06:59"
  call:
    - hears: [{read_back: "06:59", language: zh}, {read_back: "06:59", language: en}]
    - hears: {read_back: "2026-11-23"}
    - hears: [{read_back: "07:01", language: zh}, {read_back: "07:01", language: en}, goodbye]
    - hung_up_on
"""


def test_the_present_time_is_taken_anew_whenever_it_is_said_in_either_language(tmp_path: Path) -> None:
    (tmp_path / "outbound").mkdir()
    flow, scenario = tmp_path / "outbound" / "clock.yaml", tmp_path / "scenario.yaml"
    flow.write_text(FLOW, "utf-8")
    scenario.write_text(SCENARIO, "utf-8")
    (script,) = load_scripts([scenario])
    menu = load_menu(flow, prompts=RehearsalPrompts(texts()))
    assert list(map(str, rehearsal({"clock": menu}).run(script))) == []
