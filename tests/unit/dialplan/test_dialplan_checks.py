from __future__ import annotations

from pathlib import Path

import pytest
from outside_kit import AROUND, CONFIG
from typer.testing import CliRunner

from hotline.call.errors import InvalidInput
from hotline.call.ports import Place
from hotline.cli.main import app
from hotline.dialplan.book import CASES, PLAN, TARIFFS, Around, PlanBook, load, run_cases, warnings
from hotline.dialplan.classes import Dialler, decide
from hotline.dialplan.plan import understand

MISTAKES = """\
numbers:
  - {name: a, category: city, numbers: ["8XX", "8[1-3]X"]}
  - {name: b, category: premium, numbers: ["[78]1."]}
  - {name: a, category: toll, numbers: ["x"]}
  - {name: c, category: premium, numbers: ["16."], always: true}
trunks:
  - {name: t, account: nobody}
  - {name: u, carries: [city]}
classes:
  guest: {may: [city, premium], longest: 0.5}
members:
  - {class: gast, rooms: all}
  - {class: guest, rooms: ["101-120"]}
  - {class: guest}
default_class: barred
inside: [pbx]
area_codes: {east: "0532"}
"""


def written(folder: Path, plan: str = "", tariffs: str = "") -> Path:
    for name, text in ((PLAN, plan), (TARIFFS, tariffs)):
        if text:
            (folder / name).write_text(text, encoding="utf-8")
    return folder


def problems(folder: Path, around: Around = AROUND) -> list[str]:
    with pytest.raises(InvalidInput) as caught:
        load(folder, around)
    return [str(problem).removeprefix(f"{folder}/") for problem in caught.value.problems]


def test_the_shipped_plan_holds_and_says_what_its_cases_say() -> None:
    found = load(CONFIG, AROUND)
    count, differing = run_cases(CONFIG, found, estate="default")
    assert count >= 18
    assert differing == []
    assert warnings(CONFIG, AROUND) == []


def test_mistakes_of_form_are_told_with_their_lines(tmp_path: Path) -> None:
    found = problems(written(tmp_path, MISTAKES))
    lines = {line.split(":")[1] for line in found if line.startswith(PLAN)}
    assert {"4", "10", "14"} <= lines
    assert any('no category "toll"' in line for line in found)


def test_what_contradicts_itself_is_told_all_at_once(tmp_path: Path) -> None:
    plan = MISTAKES.replace('category: toll, numbers: ["x"]', 'category: city, numbers: ["5X"]')
    plan = plan.replace(", longest: 0.5", "").replace("  - {class: guest}\n", "")
    found = "\n".join(problems(written(tmp_path, plan)))
    for line, sentence in (
        (2, '"8[1-3]X" is never reached: a before it takes all'),
        (3, '"[78]1." and "8XX" of a have numbers in common'),
        (4, 'there is a "a" above already'),
        (5, "premium numbers cannot always be dialled"),
        (7, 'no account "nobody"'),
        (8, "is never used"),
        (10, "premium numbers are never dialled"),
        (12, 'no class "gast"'),
        (13, '"101-120": all of them are named above already'),
        (14, 'no class "barred"'),
        (15, 'no account "pbx"'),
        (16, 'no estate "east"'),
    ):
        assert any(f"{PLAN}:{line}:" in one and sentence in one for one in found.splitlines()), (line, found)


def test_tariffs_with_gaps_and_doubles_are_told_with_their_lines(tmp_path: Path) -> None:
    tariffs = """\
tariffs:
  - name: town
    categories: [city]
    bands:
      - {from: "07:00", to: "21:00", first: {seconds: 60, price: 0.1}}
  - {name: other, categories: [city], bands: [{first: {seconds: 60, price: 0.2}}]}
surcharges: {gast: {percent: 5}}
"""
    found = "\n".join(problems(written(tmp_path, tariffs=tariffs)))
    assert f"{TARIFFS}:4: tariffs.0.bands: no band from 00:00 of a workday" in found
    assert f'{TARIFFS}:6: tariffs.1: city numbers have the tariff "town" already' in found
    assert f'{TARIFFS}:7: surcharges.gast: no class "gast"' in found
    assert f"{TARIFFS}:1: tariffs: no tariff without prefixes for long_distance calls" in found


def test_a_plan_that_does_not_hold_leaves_the_old_one_in_service(tmp_path: Path) -> None:
    shipped = (CONFIG / PLAN).read_text(encoding="utf-8")
    book = PlanBook(written(tmp_path, shipped), AROUND)
    before = book.in_service()
    written(tmp_path, MISTAKES)
    assert book.in_service() is before
    assert book.problems
    written(tmp_path, shipped.replace('prefixes: ["9"]', 'prefixes: ["0"]'))
    assert book.in_service().plan.prefixes == ("0",)
    assert book.problems == ()


def test_a_door_that_stands_open_is_a_warning(tmp_path: Path) -> None:
    shipped = (CONFIG / PLAN).read_text(encoding="utf-8").replace("inside: []", "inside: [direct]")
    folder = written(tmp_path, shipped)
    (warning,) = warnings(folder, Around(accounts=("trunk",), estates=("default",), open_door=True))
    assert "sip.admission.allow" in str(warning)
    assert warnings(folder, AROUND) == []


@pytest.mark.parametrize(
    ("raw", "keys"),
    [
        ("8123456", "8123456"),
        ("0539 812-3456", "8123456"),
        ("+86 539 8123456", "8123456"),
        ("0086 10 61234567", "01061234567"),
        ("+8613800001111", "13800001111"),
        ("+14155552671", "0014155552671"),
        ("9 13800001111", "13800001111"),
        ("95588", "95588"),
        ("9110", "110"),
    ],
)
def test_a_number_is_understood_however_it_is_dialled(raw: str, keys: str) -> None:
    plan = load(CONFIG, AROUND).plan
    assert understand(plan, raw, "default").keys == keys


@pytest.mark.parametrize(
    "number", ["168001688888", "0539 16800168", "9 118114", "+86 10 16812345", "008610168123"]
)
def test_no_way_of_dialling_reaches_a_premium_line(number: str) -> None:
    plan = load(CONFIG, AROUND).plan
    for dialler in (Dialler(extension="8012", room=Place(room="8012"), in_list=True), Dialler(operator="8")):
        assert decide(plan, dialler, number, "default").code == "outside-premium"


def test_the_command_line_checks_and_explains(tmp_path: Path) -> None:
    runner, home = CliRunner(), str(tmp_path)
    checked = runner.invoke(app, ["dialplan", "check", "--home", home])
    assert checked.exit_code == 0, checked.output
    assert "cases as expected" in checked.output
    asked = ["dialplan", "explain", "01061234567", "--from", "8012", "--room", "8012", "--home", home]
    explained = runner.invoke(app, asked)
    assert explained.exit_code == 0, explained.output
    assert "with approval" in explained.output
    assert "names no account" in explained.output, "a fresh folder has nothing to dial by"
    assert "long_distance" in explained.output
    folder = tmp_path / "config"
    folder.mkdir()
    (folder / CASES).write_text('cases:\n  - {number: "110", room: "1", allowed: no}\n', encoding="utf-8")
    differing = runner.invoke(app, ["dialplan", "check", "--home", home])
    assert differing.exit_code == 2
    assert f"{CASES}:2" in differing.stderr
