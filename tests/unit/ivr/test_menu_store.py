"""The menus in service: a good one is taken up, a bad one never is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hotline.call.errors import EnvironmentFault, InvalidInput
from hotline.call.virtual_time import VirtualClock
from hotline.ivr.loader import load_menu
from hotline.ivr.store import MenuStore

TEXT = """\
menu: main
start: bye
failure: bye
emergency: {step: bye}
defaults: {failed: bye}
steps:
  bye:
    hangup: {grace: 1}
"""


def store(folder: Path, *, last_good: Path | None = None) -> MenuStore:
    return MenuStore(folder, load=load_menu, clock=VirtualClock(), last_good=last_good)


def put(folder: Path, text: str, *, at: int = 1) -> None:
    path = folder / "main.yaml"
    path.write_text(text, "utf-8")
    os.utime(path, ns=(at * 10**9, at * 10**9))


def grace(menus: MenuStore) -> float:
    step = menus.in_service("main").steps["bye"]
    assert step.step == "hangup"
    return step.grace


def test_a_changed_menu_is_taken_up_and_running_calls_keep_theirs(tmp_path: Path) -> None:
    put(tmp_path, TEXT)
    menus = store(tmp_path)
    running = menus.in_service("main")
    put(tmp_path, TEXT.replace("grace: 1", "grace: 2"), at=2)
    menus.look()
    assert grace(menus) == 2
    assert running is not menus.in_service("main")
    assert running.steps["bye"].grace == 1  # type: ignore[union-attr]


def test_a_menu_that_does_not_hold_stays_out_and_its_problems_are_visible_until_it_does(
    tmp_path: Path,
) -> None:
    put(tmp_path, TEXT)
    menus = store(tmp_path)
    put(tmp_path, TEXT.replace("start: bye", "start: by"), at=2)
    menus.look()
    assert grace(menus) == 1
    assert [problem.where for problem in menus.problems["main"]] == ["start"]
    put(tmp_path, TEXT.replace("grace: 1", "grace: 3"), at=3)
    menus.look()
    assert menus.problems == {}
    assert grace(menus) == 3


def test_a_file_that_is_gone_stays_in_service_and_is_reported(tmp_path: Path) -> None:
    put(tmp_path, TEXT)
    menus = store(tmp_path)
    (tmp_path / "main.yaml").unlink()
    menus.look()
    menus.look()
    assert grace(menus) == 1
    assert "gone" in menus.problems["main"][0].message
    put(tmp_path, TEXT, at=9)
    menus.look()
    assert menus.problems == {}


def test_a_touched_file_is_not_loaded_again(tmp_path: Path) -> None:
    put(tmp_path, TEXT)
    menus = store(tmp_path)
    before = menus.in_service("main")
    put(tmp_path, TEXT, at=2)
    menus.look()
    assert menus.in_service("main") is before


def test_nothing_starts_on_a_bad_menu(tmp_path: Path) -> None:
    put(tmp_path, TEXT.replace("start: bye", "start: by"))
    with pytest.raises(InvalidInput):
        store(tmp_path)


def test_a_menu_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    put(tmp_path, TEXT)
    with pytest.raises(EnvironmentFault, match=r'no menu "night".*there are: main'):
        store(tmp_path).in_service("night")


def test_a_replacement_process_starts_on_what_was_in_service(tmp_path: Path) -> None:
    folder, kept = tmp_path / "menus", tmp_path / "kept"
    folder.mkdir()
    put(folder, TEXT)
    store(folder, last_good=kept)
    put(folder, TEXT.replace("start: bye", "start: by"), at=2)
    menus = store(folder, last_good=kept)
    assert grace(menus) == 1
    assert "main" in menus.problems


def test_a_file_that_was_never_in_service_does_not_keep_a_replacement_from_starting(tmp_path: Path) -> None:
    folder, kept = tmp_path / "menus", tmp_path / "kept"
    folder.mkdir()
    put(folder, TEXT)
    store(folder, last_good=kept)
    (folder / "night.yaml").write_text("menu: night\n", "utf-8")
    menus = store(folder, last_good=kept)
    assert menus.names == ("main",)
    assert list(menus.problems) == ["night"]


def test_a_replacement_without_anything_that_holds_does_not_start(tmp_path: Path) -> None:
    folder, kept = tmp_path / "menus", tmp_path / "kept"
    folder.mkdir()
    kept.mkdir()
    put(folder, TEXT.replace("start: bye", "start: by"))
    put(kept, "menu: [")
    with pytest.raises(InvalidInput, match='no step "by"'):
        store(folder, last_good=kept)


def test_a_file_that_is_gone_stays_in_service_in_a_replacement(tmp_path: Path) -> None:
    folder, kept = tmp_path / "menus", tmp_path / "kept"
    folder.mkdir()
    put(folder, TEXT)
    store(folder, last_good=kept)
    (folder / "main.yaml").unlink()
    menus = store(folder, last_good=kept)
    assert grace(menus) == 1
    assert "gone" in menus.problems["main"][0].message
    put(folder, TEXT.replace("grace: 1", "grace: 2"), at=2)
    menus.look()
    assert (grace(menus), menus.problems) == (2, {})


def test_a_standby_takes_over_what_was_in_service_last_not_what_it_once_read(tmp_path: Path) -> None:
    folder, kept = tmp_path / "menus", tmp_path / "kept"
    folder.mkdir()
    put(folder, TEXT)
    running, standby = store(folder, last_good=kept), store(folder, last_good=kept)
    put(folder, TEXT.replace("grace: 1", "grace: 2"), at=2)
    running.look()
    put(folder, TEXT.replace("start: bye", "start: by"), at=3)
    running.look()
    standby.catch_up()
    assert grace(standby) == 2
    assert [problem.where for problem in standby.problems["main"]] == ["start"]
