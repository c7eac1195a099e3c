"""Scenarios that ring a roster nobody is on: the difference they show names the roster."""

from __future__ import annotations

from pathlib import Path

import pytest
from ivr_kit import rehearsal

from hotline.ivr.scenario import load_scripts

EMERGENCY = """\
- name: an emergency
  rosters: {ROSTERS}
  call:
    - hears: greeting
    - presses: "**"
    - hears: PROMPT
    - hangs_up
"""


def differences(folder: Path, rosters: str, prompt: str = "emergency_connected") -> list[str]:
    path = folder / "one.yaml"
    path.write_text(EMERGENCY.replace("ROSTERS", rosters).replace("PROMPT", prompt), encoding="utf-8")
    (script,) = load_scripts([path])
    return [str(problem) for problem in rehearsal().run(script)]


@pytest.mark.parametrize(
    ("rosters", "reason"),
    [
        ("operator: ['8100']", 'which is not there: write it under "rosters" (there are: operator)'),
        ("", 'which is not there: write it under "rosters" (there are: none)'),
        ("emergency: []", "but nobody is on it here"),
    ],
    ids=["another roster", "no roster", "an empty one"],
)
def test_what_was_not_heard_for_want_of_people_names_step_and_roster(
    tmp_path: Path, rosters: str, reason: str
) -> None:
    (said,) = differences(tmp_path, rosters)
    assert "one.yaml:6: an emergency: expected to hear emergency_connected" in said
    assert said.splitlines()[-1].strip().startswith('the step "')
    assert said.endswith(f'rings the roster "emergency", {reason}')


def test_a_call_that_goes_as_written_without_people_shows_nothing(tmp_path: Path) -> None:
    assert differences(tmp_path, "", "emergency_public") == []


def test_a_difference_that_has_nothing_to_do_with_people_blames_no_roster(tmp_path: Path) -> None:
    (said,) = differences(tmp_path, "emergency: ['8001']", "staff_number")
    assert "roster" not in said
