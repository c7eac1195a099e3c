"""Menus and flows in service: what a process that replaces a dead one finds."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from hotline.app.desk import open_duty
from hotline.app.menus import Names, open_flows, open_menus
from hotline.call.errors import InvalidInput
from hotline.call.virtual_time import VirtualClock
from hotline.home import Home, shipped
from hotline.ivr.loader import FLOWS
from hotline.ivr.model import Menu
from hotline.ivr.store import MenuStore
from hotline.settings import Settings
from hotline.speech.voices.book import PromptFolder

BROKEN = "flow: dispatch\nsteps: {}\nnonsense: 1\n"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    shutil.copytree(shipped("config"), tmp_path / "config")
    return Home(tmp_path)


def flow_file(home: Home, name: str = "dispatch") -> Path:
    return home.config / "menus" / FLOWS / f"{name}.yaml"


def opened(home: Home, *, last_good: bool = True) -> tuple[MenuStore, MenuStore]:
    """Open menus and flows as a calls process does."""
    duty, prompts, clock = (
        open_duty(home, Settings()),
        PromptFolder(home.prompts, shipped("prompts")),
        VirtualClock(),
    )
    kept = home.in_service / "menus" if last_good else None
    names = Names(duty, lambda: frozenset({"main"}))
    return (
        open_menus(home, prompts, names, clock, last_good=kept),
        open_flows(home, prompts, names, clock, last_good=kept),
    )


def patience(menu: Menu) -> float:
    return menu.longest


def edited(path: Path, right: str, wrong: str) -> None:
    text = path.read_text("utf-8")
    assert right in text
    path.write_text(text.replace(right, wrong), "utf-8")


def test_a_replacement_starts_on_the_flow_and_the_menu_that_were_in_service(home: Home) -> None:
    edited(flow_file(home), "longest: 60 ", "longest: 71 ")
    edited(home.config / "menus" / "main.yaml", "longest: 1200\n", "longest: 1171\n")
    opened(home)
    flow_file(home).write_text(BROKEN, "utf-8")
    (home.config / "menus" / "main.yaml").write_text("menu: main\nsteps: [", "utf-8")
    menus, flows = opened(home)
    assert patience(flows.in_service("dispatch")) == 71
    assert patience(menus.in_service("main")) == 1171
    assert (set(menus.problems), set(flows.problems)) == ({"main"}, {"dispatch"})
    assert menus.names == ("main",)


def test_nothing_starts_for_the_first_time_on_a_broken_flow(home: Home) -> None:
    flow_file(home).write_text(BROKEN, "utf-8")
    with pytest.raises(InvalidInput, match="nonsense"):
        opened(home)


def test_a_flow_without_a_file_of_its_own_is_the_shipped_one(home: Home) -> None:
    edited(flow_file(home), "longest: 60 ", "longest: 71 ")
    flow_file(home, "notice").unlink()
    _, flows = opened(home, last_good=False)
    assert flows.in_service("notice").flow == "notice"
    flow_file(home).unlink()
    flows.look()
    assert patience(flows.in_service("dispatch")) == 60
    assert flows.problems == {}


def test_a_menu_that_names_a_flow_of_the_folders_own_falls_back_together_with_it(home: Home) -> None:
    own, main = flow_file(home, "my_instruction"), home.config / "menus" / "main.yaml"
    shutil.copy(flow_file(home, "instruction"), own)
    edited(own, "flow: instruction", "flow: my_instruction")
    edited(main, "afterwards: {flow: instruction,", "afterwards: {flow: my_instruction,")
    opened(home)
    own.unlink()
    main.write_text("menu: main\nsteps: [", "utf-8")
    menus, flows = opened(home)
    assert menus.in_service("main").name == "main"
    assert flows.in_service("my_instruction").flow == "my_instruction"
    assert "gone" in flows.problems["my_instruction"][0].message
