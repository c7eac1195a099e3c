"""``hotline menu`` as people type it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from ivr_kit import MENUS, ROOT, shipped_menu
from ruamel.yaml import YAML
from typer.testing import CliRunner, Result

from hotline.cli.menu import app
from hotline.ivr.draw import draw
from hotline.ivr.schema import menu_schema

WRONG = """\
- name: wrong
  call:
    - hears: greeting
    - presses: 1
    - hears: ask_ticket
    - hangs_up
"""


def run(*arguments: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(app, list(arguments), input=typed)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "config", tmp_path / "config")
    return tmp_path


def test_the_shipped_menu_holds(home: Path) -> None:
    done = run("check", "--home", str(home))
    assert done.exit_code == 0, done.output
    assert "main: " in done.output


def test_every_problem_is_printed_with_its_line_and_the_exit_code_is_2(home: Path) -> None:
    path = home / "config" / "menus" / "main.yaml"
    path.write_text(
        path.read_text("utf-8")
        .replace("3: fees\n", "3: fee\n")
        .replace("prompts: greeting\n", "prompts: greting\n"),
        "utf-8",
    )
    done = run("check", "--home", str(home))
    assert done.exit_code == 2
    assert 'steps.main.menu.keys.3: no step "fee", did you mean' in done.output
    assert 'steps.welcome.say.prompts: no prompt "greting" in zh' in done.output
    assert 'no prompt "greting" in en' in done.output
    line = int(done.output.split("main.yaml:")[1].split(":")[0])
    assert "greting" in path.read_text("utf-8").splitlines()[line - 1]


def test_mistakes_of_every_sort_are_told_together(home: Path) -> None:
    path = home / "config" / "menus" / "main.yaml"
    text = path.read_text("utf-8")
    for right, wrong in (
        ("longest: 1200\n", "longset: 1200\n"),
        ("timeout: 12\n", "timeout: twelve\n"),
        ("3: fees\n", "3: fee\n"),
        ("- press_manager\n", "- press_mangler\n"),
        ("window: general_manager, open", "window: general_manger, open"),
    ):
        assert right in text
        text = text.replace(right, wrong, 1)
    path.write_text(text, "utf-8")
    done = run("check", "--home", str(home))
    assert done.exit_code == 2
    for sentence in (
        "longset: unknown key",
        "timeout: ",
        'no step "fee"',
        'no prompt "press_mangler" in zh',
        'no window "general_manger"',
    ):
        assert sentence in done.output
    assert "no way leads" not in done.output


def test_a_scenario_that_goes_as_written_passes(home: Path) -> None:
    done = run("test", "--home", str(home), "--only", "a known resident reports a leak")
    assert done.exit_code == 0, done.output
    assert "1 of 1 scenarios went as written" in done.output


def test_a_scenario_that_differs_shows_where_and_what_was_heard(home: Path) -> None:
    path = home / "mine.yaml"
    path.write_text(WRONG, "utf-8")
    done = run("test", "--home", str(home), str(path))
    assert done.exit_code == 1
    assert "mine.yaml:5: wrong: expected to hear ask_ticket" in done.output
    assert "heard ask_place “请说出您的楼号、单元号和房号。”" in done.output


@pytest.mark.parametrize(
    ("expectation", "difference"),
    [
        ("  record: {outcome: ticket}", "expected ticket, but the record says abandoned"),
        ("  ticket: {kind: repair}", "1 expected, there are 0: none"),
        ("  record: {events: [RING]}", "expected RING; the record has"),
        ('  dialled: ["8001"]', "expected 8001; rung were nobody"),
    ],
)
def test_what_a_call_leaves_behind_is_compared(home: Path, expectation: str, difference: str) -> None:
    path = home / "mine.yaml"
    path.write_text(
        f"- name: wrong\n  call:\n    - hears: greeting\n    - hangs_up\n{expectation}\n", "utf-8"
    )
    done = run("test", "--home", str(home), str(path))
    assert done.exit_code == 1
    assert f"mine.yaml:5: wrong: {difference}" in done.output


@pytest.mark.parametrize(
    ("action", "problem"),
    [
        ("{hear: greeting}", "mine.yaml:3: 0.call.0.hear: unknown key"),
        ("{hears: greeting, presses: 1}", "an action is exactly one of hears"),
        ("jumps", "unknown key"),
    ],
)
def test_a_scenario_that_is_no_scenario_is_refused(home: Path, action: str, problem: str) -> None:
    path = home / "mine.yaml"
    path.write_text(f"- name: wrong\n  call:\n    - {action}\n", "utf-8")
    done = run("test", "--home", str(home), str(path))
    assert done.exit_code == 2
    assert problem in done.output


def test_a_menu_is_walked_in_the_terminal(home: Path) -> None:
    typed = "1\n三号楼二单元六零二\n厨房水管漏水\n1\n1\n\n"
    done = run("simulate", "--home", str(home), typed=typed)
    assert done.exit_code == 0, done.output
    assert "您的地址是三号楼二单元六零二" in done.output
    assert "[ticket 202611230001: ordinary repair 3-2-602]" in done.output
    assert "[the call is over: ticket]" in done.output


def test_the_end_of_the_typing_hangs_up(home: Path) -> None:
    done = run("simulate", "--home", str(home), typed="1\n")
    assert "[the call is over: incomplete]" in done.output


def test_a_person_may_answer_in_a_simulation(home: Path) -> None:
    roster = home / "config" / "roster.yaml"
    roster.write_text(
        'rosters:\n  emergency: [{name: 张师傅, number: "8001"}]\n  general_manager: []\n  operator: []\n',
        "utf-8",
    )
    done = run("simulate", "--home", str(home), "--person", "8001=accepts", typed="00\n\n\n\n\n")
    assert "值班人员已接通，请讲。" in done.output
    assert "[the call is over: emergency]" in done.output


@pytest.mark.parametrize("arguments", [("--at", "soon"), ("--person", "8001=sings"), ("nowhere",)])
def test_what_cannot_be_simulated_is_said(home: Path, arguments: tuple[str, ...]) -> None:
    assert run("simulate", "--home", str(home), *arguments).exit_code == 2


def test_every_step_and_every_way_is_drawn(home: Path) -> None:
    done = run("draw", "--home", str(home))
    assert done.exit_code == 0
    assert done.output == draw(shipped_menu())
    for name in shipped_menu().steps:
        assert f"  s_{name}" in done.output
    assert 's_main -- "4" --> s_manager' in done.output


def test_the_committed_schema_is_the_present_one() -> None:
    assert json.loads((ROOT / "docs" / "menu.schema.json").read_text("utf-8")) == menu_schema()


def test_the_schema_takes_the_shipped_menu_and_refuses_mistakes() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(menu_schema())
    menu = json.loads(json.dumps(YAML(typ="safe").load(MENUS / "main.yaml")))
    assert [error.message for error in validator.iter_errors(menu)] == []
    menu["steps"]["main"]["menu"]["colour"] = "red"
    assert not validator.is_valid(menu)


@pytest.fixture
def own_dispatch(home: Path) -> Path:
    """A data folder whose only flow is its own dispatch, without a scenario."""
    flows = home / "config" / "menus" / "outbound"
    kept = (flows / "dispatch.yaml").read_text("utf-8")
    shutil.rmtree(flows)
    flows.mkdir()
    (flows / "dispatch.yaml").write_text(
        kept.replace("  thanks:", "  thank_you:").replace("next: thanks", "next: thank_you"), "utf-8"
    )
    return home


def test_check_covers_own_flows_and_shipped_ones_file_by_file(own_dispatch: Path) -> None:
    done = run("check", "--home", str(own_dispatch))
    assert done.exit_code == 0, done.output
    checked = [line.split(":")[0] for line in done.output.splitlines() if line.endswith(": holds")]
    assert checked == ["main", *sorted(path.stem for path in (MENUS / "outbound").glob("*.yaml"))]
    assert "thank_you" in run("draw", "dispatch", "--home", str(own_dispatch)).output
    assert run("draw", "notice", "--home", str(own_dispatch)).exit_code == 0


@pytest.mark.parametrize(
    ("scenario", "told"),
    [
        ("an urgent ticket is told with place", "0 of 0 scenarios"),
        ("an ordinary ticket says its kind", "1 of 1 scenarios"),
    ],
    ids=["of a flow with an own file", "of a shipped flow"],
)
def test_shipped_scenarios_are_those_of_shipped_flows(own_dispatch: Path, scenario: str, told: str) -> None:
    assert told in run("test", "--home", str(own_dispatch), "--only", scenario).output
