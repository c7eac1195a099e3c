"""Which flows go with a folder of menus: its own ones, and the shipped ones it has no file for."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotline.ivr.loader import FLOWS, check_menu, flow_files, shipped_flows

MENU = """\
menu: small
start: ask
failure: bye
emergency: {step: bye}
defaults: {failed: bye}
steps:
  ask:
    menu:
      prompts: main_menu
      keys: {1: through, 2: bye}
  through:
    transfer:
      roster: operator
      whisper: [whisper_call]
      afterwards: {flow: FLOW, key: "#"}
      next: bye
      nobody: bye
  bye:
    hangup: {prompts: goodbye}
"""
FLOW = """\
flow: NAME
start: bye
failure: bye
defaults: {failed: bye}
steps:
  bye:
    hangup: {prompts: goodbye}
"""


@pytest.fixture
def menus(tmp_path: Path) -> Path:
    """A folder whose only flow is a dispatch of its own."""
    own = tmp_path / "menus" / FLOWS
    own.mkdir(parents=True)
    (own / "dispatch.yaml").write_text(FLOW.replace("NAME", "dispatch"), "utf-8")
    return tmp_path / "menus"


def unknown_flows(menus: Path, flow: str) -> list[str]:
    path = menus / "small.yaml"
    path.write_text(MENU.replace("FLOW", flow), "utf-8")
    _, problems = check_menu(path, shown_as="small.yaml")
    return [problem.message for problem in problems if "flow" in problem.message]


def test_a_flow_of_the_folder_counts_before_the_shipped_one_of_its_name_and_the_others_are_there_too(
    menus: Path,
) -> None:
    found = flow_files(menus)
    assert found.keys() == {path.stem for path in shipped_flows().glob("*.yaml")}
    assert found["dispatch"] == menus / FLOWS / "dispatch.yaml"
    assert found["notice"] == shipped_flows() / "notice.yaml"


@pytest.mark.parametrize("flow", ["dispatch", "instruction"], ids=["own", "shipped"])
def test_a_menu_may_name_flows_of_the_folder_and_shipped_ones(menus: Path, flow: str) -> None:
    assert unknown_flows(menus, flow) == []


@pytest.mark.parametrize("folder", [True, False], ids=["with own flows", "without"])
def test_a_flow_that_nobody_has_is_a_mistake(menus: Path, folder: bool) -> None:
    if not folder:
        (menus / FLOWS / "dispatch.yaml").unlink()
        (menus / FLOWS).rmdir()
    assert unknown_flows(menus, "advice") == [f'no flow "advice" in the folder "{FLOWS}"']


def test_an_unknown_flow_is_told_beside_a_value_the_model_refuses(menus: Path) -> None:
    path = menus / "small.yaml"
    path.write_text(MENU.replace("FLOW", "advice") + "longest: very\n", "utf-8")
    _, problems = check_menu(path)
    assert [problem.where for problem in problems] == ["steps.through.transfer.afterwards.flow", "longest"]
