"""What the checks find in menus that let staff in."""

from __future__ import annotations

from pathlib import Path

import pytest
from ivr_kit import texts

from hotline.ivr.loader import check_menu
from hotline.ivr.rehearsal import RehearsalPrompts

MENU = """\
menu: small
start: main
failure: bye
emergency: {step: bye}
defaults: {failed: bye}
steps:
  main:
    menu:
      prompts: main_menu
      keys: {1: bye, 2: staff}
  staff:
    identify:
      prompts: staff_number
      pin: staff_pin
      locked: bye
      failed: bye
      roles: {technician: accept}
  accept:
    act: {action: accept, next: bye, refused: bye, failed: bye}
  bye:
    hangup: {prompts: goodbye}
"""


def problems(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "small.yaml"
    path.write_text(text, encoding="utf-8")
    prompts = RehearsalPrompts({"zh": texts()["zh"]})
    return [
        str(one)
        for one in check_menu(path, prompts=prompts, windows=(), rosters=(), shown_as="small.yaml")[1]
    ]


def test_what_only_staff_may_do_holds_behind_identify(tmp_path: Path) -> None:
    assert problems(tmp_path, MENU) == []


@pytest.mark.parametrize(
    ("text", "by", "expected"),
    [
        ("1: bye", "1: accept", "small.yaml:19: steps.accept.act: reached without identify"),
        ("locked: bye", "locked: accept", "small.yaml:19: steps.accept.act: reached without identify"),
        (
            "act: {action: accept, next: bye, refused: bye, failed: bye}",
            "lookup: {what: manager_cases, found: bye, none: bye}",
            "",
        ),
        (
            "1: bye, 2: staff",
            "1: bye, 2: staff, 3: all}\n  all:\n    lookup: {what: manager_cases, found: bye, none: bye",
            "small.yaml:12: steps.all.lookup: reached without identify",
        ),
        (
            "      failed: bye\n      roles",
            "      roles",
            'small.yaml:12: steps.staff.identify: "failed" is needed',
        ),
        ("action: accept", "action: postpone", "small.yaml:19: steps.accept.act: postpone needs days"),
        ("action: accept", "action: steal", "small.yaml:19: steps.accept.act.action: must be "),
        ("{technician: accept}", "{king: accept}", "small.yaml:17: steps.staff.identify.roles"),
        (
            "1: bye, 2: staff",
            "1: bye, 2: staff}\n      unannounced: [1]\n      words: {zh: {报修: 9}",
            "no key",
        ),
    ],
)
def test_mistakes_about_staff_are_found(tmp_path: Path, text: str, by: str, expected: str) -> None:
    assert text in MENU
    found = problems(tmp_path, MENU.replace(text, by, 1))
    assert (expected == "" and found == []) or any(expected in one for one in found), found


def test_a_flow_that_is_not_there_is_found(tmp_path: Path) -> None:
    (tmp_path / "outbound").mkdir()
    step = (
        "1: t, 2: staff}\n  t:\n    transfer: {roster: boss, afterwards: {flow: ask}, next: bye, nobody: bye"
    )
    found = problems(tmp_path, MENU.replace("1: bye, 2: staff", step, 1))
    assert any('no flow "ask" in the folder "outbound"' in one for one in found), found


def test_a_key_no_prompt_names_is_no_choice_to_keep_in_mind(tmp_path: Path) -> None:
    keys = ", ".join(f"{key}: bye" for key in range(1, 7)) + ", 7: staff"
    text = MENU.replace("{1: bye, 2: staff}", f"{{{keys}}}", 1)
    assert any("7 choices" in one for one in problems(tmp_path, text))
    assert problems(tmp_path, text.replace(f"{{{keys}}}", f"{{{keys}}}\n      unannounced: [7]", 1)) == []
