"""Every mistake in a menu is reported with its file and line; all of them at once."""

from __future__ import annotations

import string
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ivr_kit import MENUS, duty_book, texts
from ruamel.yaml import YAML

from hotline.call.errors import InvalidInput
from hotline.ivr.loader import check_menu, load_menu
from hotline.ivr.model import Menu
from hotline.ivr.rehearsal import RehearsalPrompts
from hotline.ivr.steps import NAMES

HEAD = """\
menu: small
start: main
failure: bye
emergency: {step: bye}
defaults: {failed: bye}
steps:
"""
GOOD = (
    HEAD
    + """\
  main:
    menu:
      prompts: main_menu
      keys:
        1: bye
  bye:
    hangup: {prompts: goodbye}
"""
)

MISTAKES: list[dict[str, str]] = YAML(typ="safe").load(Path(__file__).with_name("menu_mistakes.yaml"))


def checked(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "small.yaml"
    path.write_text(text, encoding="utf-8")
    prompts = RehearsalPrompts({"zh": texts()["zh"], "en": {"main_menu": "Please choose."}})
    _, problems = check_menu(
        path, prompts=prompts, windows={"office"}, rosters={"emergency"}, shown_as="small.yaml"
    )
    return list(map(str, problems))


def test_a_good_menu_has_no_problems(tmp_path: Path) -> None:
    assert checked(tmp_path, GOOD) == []


@pytest.mark.parametrize("mistake", MISTAKES, ids=[one["expected"][:60] for one in MISTAKES])
def test_a_mistake_is_reported_where_it_is(tmp_path: Path, mistake: dict[str, str]) -> None:
    assert mistake["replace"] in GOOD
    found = checked(tmp_path, GOOD.replace(mistake["replace"], mistake["by"].rstrip("\n"), 1))
    assert any(problem.startswith(mistake["expected"]) for problem in found), found


def test_an_optional_roster_may_be_missing_but_is_mentioned(tmp_path: Path) -> None:
    step = "        1: t\n  t:\n    transfer: {roster: boss, optional: true, next: bye, nobody: bye}"
    assert checked(tmp_path, GOOD.replace("        1: bye", step)) == [
        'small.yaml:13: warning: steps.t.transfer.roster: no roster "boss" in roster.yaml'
    ]


VERIFYING = GOOD.replace("{step: bye}", "{step: bye, confirm: sure}", 1) + (
    "  sure:\n    verify: {prompts: confirm_emergency}\n"
)


def test_an_emergency_may_be_made_sure_of(tmp_path: Path) -> None:
    assert checked(tmp_path, VERIFYING) == []


@pytest.mark.parametrize(
    ("replace", "by", "expected"),
    [
        ("confirm: sure", "confirm: main", 'small.yaml:4: emergency.confirm: "main" must be a verify step'),
        (
            "1: bye",
            "1: sure",
            'small.yaml:11: steps.main.menu.keys.1: "sure" is a verify step: '
            "only emergency.confirm leads there",
        ),
        (
            "{prompts: confirm_emergency}",
            "{prompts: confirm_emergency, no_key: 1}",
            'small.yaml:15: steps.sure.verify.no_key: "1" would mean yes and no',
        ),
    ],
)
def test_what_makes_no_sense_of_making_sure_is_reported(
    tmp_path: Path, replace: str, by: str, expected: str
) -> None:
    found = checked(tmp_path, VERIFYING.replace(replace, by, 1))
    assert expected in found


def test_who_does_not_answer_is_taken_to_the_emergency_and_nowhere_else(tmp_path: Path) -> None:
    text = VERIFYING.replace("{prompts: confirm_emergency}", "{prompts: confirm_emergency, failed: bye}")
    assert any('no "failed" here' in problem for problem in checked(tmp_path, text))


def test_seven_choices_are_a_warning_and_help_and_language_do_not_count(tmp_path: Path) -> None:
    six = GOOD.replace(
        "        1: bye", "\n".join(f"        {key}: bye" for key in (1, 2, 3, 4, 5, 6, 8, 9, 0))
    )
    assert checked(tmp_path, six) == []
    path = tmp_path / "small.yaml"
    path.write_text(six.replace("        8: bye", "        8: bye\n        7: bye"), encoding="utf-8")
    menu, (problem,) = check_menu(path, shown_as="small.yaml")
    assert menu is not None
    assert problem.warning
    assert str(problem).startswith("small.yaml:10: warning: steps.main.menu.keys: 7 choices")
    assert load_menu(path) == menu


def test_all_mistakes_are_reported_at_once(tmp_path: Path) -> None:
    bad = GOOD.replace("        1: bye", "        1: bye\n        3: fee\n        5: progess").replace(
        "main_menu", "nope"
    )
    assert len(checked(tmp_path, bad)) == 3


def test_loading_raises_with_every_problem(tmp_path: Path) -> None:
    path = tmp_path / "small.yaml"
    path.write_text(
        GOOD.replace("1: bye", "1: fee").replace("start: main", "start: nowhere"), encoding="utf-8"
    )
    with pytest.raises(InvalidInput) as raised:
        load_menu(path)
    assert len(raised.value.problems) == 3  # both targets, and main cannot be reached any more


def test_the_shipped_menu_holds_against_the_shipped_prompts_windows_and_rosters() -> None:
    menu, problems = check_menu(
        MENUS / "main.yaml",
        prompts=RehearsalPrompts(texts()),
        windows=duty_book().windows,
        rosters=duty_book().rosters,
    )
    assert problems == ()
    assert menu is not None
    assert menu.languages == ("zh", "en")


def test_every_step_kind_of_the_design_that_has_a_slice_is_there() -> None:
    design = (
        "say menu collect record confirm verify listen hours lookup ticket transfer message set goto hangup"
        " report identify act add cases guard room_pin when outside wakeup queue presence"
        " enquire connect take_message consent"
    )
    assert set(NAMES) == set(design.split())


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 10**9),
    st.floats(allow_nan=False),
    st.text(string.printable + "报修", max_size=12),
    st.sampled_from(["main", "bye", "fee", "main_menu", "kind", "place", "00", "*"]),
)
KEYS = st.sampled_from(
    [
        "menu",
        "steps",
        "start",
        "failure",
        "emergency",
        "defaults",
        "keys",
        "prompts",
        "main",
        "next",
        "say",
        "words",
        "goto",
        "transfer",
        "set",
        "collect",
        "what",
        "into",
        "roster",
        "languages",
        "everywhere",
        "1",
        "step",
        "failed",
    ]
)
TREES = st.recursive(
    SCALARS,
    lambda below: st.one_of(st.lists(below, max_size=4), st.dictionaries(KEYS, below, max_size=5)),
    max_leaves=25,
)


def written(tree: Any, path: Path) -> Path:
    with path.open("w", encoding="utf-8") as file:
        YAML().dump(tree, file)
    return path


def load_or_refuse(path: Path) -> Menu | None:
    try:
        return load_menu(path, prompts=RehearsalPrompts(texts()), windows=set(), rosters=set())
    except InvalidInput as invalid:
        assert invalid.problems
        return None


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TREES)
def test_any_yaml_is_a_menu_or_refused_with_problems(tmp_path: Path, tree: Any) -> None:
    menu = load_or_refuse(written(tree, tmp_path / "small.yaml"))
    assert menu is None or menu.start in menu.steps


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_any_bytes_are_a_menu_or_refused_with_problems(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "small.yaml"
    path.write_bytes(data)
    assert load_or_refuse(path) is None


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_good_menu_with_one_thing_replaced_is_a_menu_or_refused_with_problems(
    tmp_path: Path, data: st.DataObject
) -> None:
    tree = YAML(typ="safe").load(GOOD)
    node = tree
    for _ in range(data.draw(st.integers(1, 5))):
        children = list(node) if isinstance(node, dict) else list(range(len(node)))
        if not children:
            break
        key = data.draw(st.sampled_from(children))
        if not isinstance(node[key], dict | list) or data.draw(st.booleans()):
            node[key] = data.draw(TREES)
            break
        node = node[key]
    menu = load_or_refuse(written(tree, tmp_path / "small.yaml"))
    assert menu is None or menu.start in menu.steps
