"""Before a start: the folder, the configuration, and every problem at once."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from hotline.app.options import RunOptions
from hotline.app.prepare import Findings, prepare
from hotline.home import Home


def prepared(home: Path, *, starting: bool = True) -> Findings:
    return prepare(RunOptions(home=home), running=True, starting=starting)


def errors(found: Findings) -> list[str]:
    return [str(problem) for problem in found.problems if not problem.warning]


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Findings]:
    root = tmp_path_factory.mktemp("data") / "home"
    return root, prepared(root)


def test_a_new_data_folder_is_private_complete_and_without_a_mistake(fresh: tuple[Path, Findings]) -> None:
    root, found = fresh
    assert errors(found) == []
    assert found.faults == []
    assert stat.S_IMODE(root.stat().st_mode) == 0o700
    assert (root / "config" / "menus" / "main.yaml").is_file()
    assert (root / "hotline.db").is_file()
    assert any("main.yaml" in line and "steps" in line for line in found.lines)


def test_a_folder_whose_hours_are_older_than_the_shipped_rules_still_starts(tmp_path: Path) -> None:
    root = tmp_path / "home"
    prepared(root)
    config = root / "config"
    for newer in ("sla.yaml", "outbound.yaml", "notifications.yaml", "menus/outbound/postponement.yaml"):
        (config / newer).unlink()
    (config / "hours.yaml").write_text(
        "windows:\n  general_manager:\n    - {days: workdays, times: ['08:30-11:30']}\n", encoding="utf-8"
    )
    assert errors(prepared(root)) == []


def test_what_was_edited_is_never_overwritten(tmp_path: Path) -> None:
    prepared(tmp_path / "home")
    roster = tmp_path / "home" / "config" / "roster.yaml"
    roster.write_text("rosters:\n  emergency: []\n  general_manager: []\n  operator: []\n", encoding="utf-8")
    before = roster.read_text(encoding="utf-8")
    prepared(tmp_path / "home")
    assert roster.read_text(encoding="utf-8") == before


def test_a_check_leaves_database_and_settings_in_service_alone(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    prepared(home.root, starting=False)
    assert not (home.root / "hotline.db").exists()
    assert not home.in_service.exists()


def test_mistakes_of_all_files_come_together(tmp_path: Path) -> None:
    root = tmp_path / "home"
    prepared(root)
    config = root / "config"
    (config / "hotline.yaml").write_text("sip: {listne: x}\n", encoding="utf-8")
    (config / "hours.yaml").write_text("windows: 5\n", encoding="utf-8")
    menu = config / "menus" / "main.yaml"
    menu.write_text(
        menu.read_text(encoding="utf-8").replace("prompts: greeting\n", "prompts: greeeting\n"),
        encoding="utf-8",
    )
    found = "\n".join(errors(prepared(root)))
    assert "hotline.yaml:1: sip.listne: unknown key" in found
    assert "hours.yaml:1: windows" in found
    assert 'no prompt "greeeting"' in found


def test_a_prompt_without_sound_is_said_but_keeps_nothing_from_starting(tmp_path: Path) -> None:
    root = tmp_path / "home"
    prepared(root)
    menu = root / "config" / "menus" / "main.yaml"
    menu.write_text(
        menu.read_text(encoding="utf-8").replace("prompts: greeting\n", "prompts: own_greeting\n"),
        encoding="utf-8",
    )
    for language in ("zh", "en"):
        texts = root / "prompts" / language / "texts"
        texts.mkdir(parents=True)
        (texts / "own.yaml").write_text("own_greeting: 您好，这里是海天物业。\n", encoding="utf-8")
    found = prepared(root)
    assert errors(found) == []
    assert any("prompts of the menus are missing" in line for line in found.lines)


def test_a_folder_that_cannot_be_written_is_named_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    found = prepared(tmp_path / "file" / "home")
    assert "--home" in found.faults[0].sentence
    assert str(tmp_path / "file") in found.faults[0].sentence


@pytest.mark.parametrize(
    ("account", "warned"),
    [("", True), ("sip:\n  accounts:\n    - {name: t, user: '1', domain: d}\n", False)],
)
def test_people_nobody_can_dial_are_warned_of(tmp_path: Path, account: str, warned: bool) -> None:
    root = tmp_path / "home"
    prepared(root)
    (root / "config" / "hotline.yaml").write_text(account, encoding="utf-8")
    (root / "config" / "roster.yaml").write_text(
        "rosters:\n  emergency:\n    - {name: 王师傅, number: '13800009999'}\n"
        "  general_manager:\n    - {name: 总经理, number: 'sip:boss@10.0.0.9'}\n  operator: []\n",
        encoding="utf-8",
    )
    found = [str(problem) for problem in prepared(root).problems if "no account carries" in problem.message]
    assert len(found) == warned
    assert not warned or "rosters.emergency" in found[0]


def test_a_flow_that_does_not_hold_is_found_before_the_start(tmp_path: Path) -> None:
    root = tmp_path / "home"
    prepared(root)
    flow = root / "config" / "menus" / "outbound" / "dispatch.yaml"
    flow.write_text(flow.read_text("utf-8").replace("next: thanks", "next: thank"), "utf-8")
    assert [one for one in errors(prepared(root)) if "outbound/dispatch.yaml:" in one and '"thank"' in one]


@pytest.mark.parametrize("starting", [True, False], ids=["start", "check"])
def test_only_a_start_forgets_the_menus_an_earlier_one_had_in_service(tmp_path: Path, starting: bool) -> None:
    left = Home(tmp_path / "home").in_service / "menus" / "outbound" / "night.yaml"
    left.parent.mkdir(parents=True)
    left.write_text("flow: night\n", "utf-8")
    prepared(tmp_path / "home", starting=starting)
    assert left.exists() is not starting
