"""People's YAML mistakes come back with file, line and place, all at once."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

from hotline import yamlsource
from hotline.call.errors import InvalidInput
from hotline.settings import Settings, load


def problems(text: str) -> list[str]:
    with pytest.raises(InvalidInput) as caught:
        yamlsource.validate(Settings, yamlsource.parse(text, "hotline.yaml"))
    return [str(problem) for problem in caught.value.problems]


def test_every_mistake_is_reported_at_once_in_the_order_of_the_file() -> None:
    text = """\
sip:
  listne: 0.0.0.0:5060
  rtp_ports: many
  accounts:
    - name: trunk
      user: "1"
estates: []
"""
    found = problems(text)
    assert found[0] == "hotline.yaml:2: sip.listne: unknown key"
    assert found[1].startswith("hotline.yaml:3: sip.rtp_ports: ")
    assert found[2] == 'hotline.yaml:5: sip.accounts.0.domain: "domain" is missing'
    assert found[3] == "hotline.yaml:7: estates: at least one estate is needed"
    assert len(found) == 4


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sip: [", "hotline.yaml:1"),
        ("a: 1\na: 2", "hotline.yaml:2"),
        ("\t- x", "hotline.yaml:1"),
    ],
)
def test_what_is_no_yaml_is_said_with_its_line(text: str, expected: str) -> None:
    assert problems(text)[0].startswith(expected)
    assert "is not valid YAML" in problems(text)[0]


def test_a_date_that_is_none_is_a_problem_with_its_line() -> None:
    class Days(BaseModel):
        off: list[date]

    assert yamlsource.validate(Days, yamlsource.parse("off: [2026-11-21]", "d")).off == [date(2026, 11, 21)]
    with pytest.raises(InvalidInput) as caught:
        yamlsource.validate(Days, yamlsource.parse("off:\n  - 2026-11-21\n  - 2027-02-30\n", "d"))
    assert str(caught.value).startswith("d:3: off.1: ")


def test_an_empty_file_means_all_defaults(tmp_path: Path) -> None:
    path = tmp_path / "hotline.yaml"
    path.write_text("", encoding="utf-8")
    assert load(path) == Settings()


def test_an_unreadable_file_is_a_problem_not_a_traceback(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be read"):
        load(tmp_path / "none.yaml")
    (tmp_path / "gbk.yaml").write_bytes("名: 物业".encode("gbk"))
    with pytest.raises(InvalidInput, match="cannot be read"):
        load(tmp_path / "gbk.yaml")


def test_the_shipped_settings_are_valid_and_equal_the_documented_defaults() -> None:
    shipped = load(Path("config/hotline.yaml"))
    assert shipped.sip == Settings().sip
    assert shipped.recording == Settings().recording


def test_reserved_channels_must_leave_room() -> None:
    found = problems("sip:\n  channels:\n    total: 5\n")
    assert found == ["hotline.yaml:2: sip.channels: total must be larger than the reserved channels together"]


@given(st.text(max_size=200))
def test_any_text_is_settings_or_a_list_of_problems(text: str) -> None:
    try:
        yamlsource.validate(Settings, yamlsource.parse(text, "f"))
    except InvalidInput as error:
        assert error.problems


@pytest.mark.parametrize(
    ("dialled", "estate"),
    [
        ("05397654321", "north"),
        ("+865397654321", "north"),
        ("7654321", "north"),
        ("8100", "north"),
        ("05391234567", "south"),
        ("13800001111", "south"),
        ("hotline", "south"),
        ("", "south"),
    ],
)
def test_the_dialled_number_selects_the_estate_in_whatever_form_it_comes(dialled: str, estate: str) -> None:
    text = """\
sip: {area_code: "0539"}
estates:
  - {id: south, name: 南苑, numbers: ["05391234567"]}
  - {id: north, name: 北苑, numbers: ["05397654321", "8100"]}
"""
    settings = yamlsource.validate(Settings, yamlsource.parse(text, "f"))
    assert settings.estate_for(dialled).id == estate


class Item(BaseModel):
    name: str
    seconds: int = Field(5, ge=1)


class Folder(BaseModel):
    model_config = ConfigDict(extra="forbid")
    title: str = "ours"
    items: tuple[Item, ...] = ()
    by_name: dict[str, Item] = {}


@pytest.mark.parametrize(
    ("text", "left", "lines"),
    [
        ("title: [1]\nitems: [{name: a}]\n", Folder(items=(Item(name="a"),)), [1]),
        ("items:\n- {name: a}\n- {name: b, seconds: 0}\n", Folder(), [3]),
        ("by_name: {a: {name: a}, b: {seconds: 3}}\n", Folder(by_name={"a": Item(name="a")}), [1]),
        ("by_name: {a: {name: a, seconds: 0}}\nsurprise: 1\n", Folder(by_name={"a": Item(name="a")}), [1, 2]),
        ("title: fine\n", Folder(title="fine"), []),
        ("- 1\n", None, [1]),
    ],
)
def test_what_holds_beside_a_mistake_can_still_be_looked_at(
    text: str, left: Folder | None, lines: list[int]
) -> None:
    found, problems = yamlsource.as_far_as_it_holds(Folder, yamlsource.parse(text, "f.yaml"))
    assert found == left
    assert [problem.line for problem in problems] == lines
