"""Directory enquiries: what is found under which words, and what the file may not say."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from hotline.call.errors import InvalidInput
from hotline.enquiries import search
from hotline.enquiries.entries import load
from hotline.enquiries.service import Enquiries
from hotline.home import shipped

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
TEXT = """
entries:
  reception: {zh: [客户服务中心, 客服], en: [Customer service], number: "8000", code: 21, connect: true,
    hours: office}
  garage: {zh: [车库, 停车场], en: [Garage], number: "sip:garage@10.0.0.9", code: 22, connect: true,
    spoken: "8022"}
  water: {zh: 自来水公司, number: "0539-8310000", kind: utility}
  hospital: {zh: 人民医院, en: Hospital, number: "05398221000", kind: public, estates: [hotel]}
  clinic: {zh: 中医院, number: "8099", estates: [hotel]}
"""


@pytest.fixture
def config(tmp_path):
    (tmp_path / "directory.yaml").write_text(TEXT, encoding="utf-8")
    return tmp_path


@pytest.fixture
def desk(config):
    open_hours = {"office": True}
    made = Enquiries(
        config,
        zones={"default": ZoneInfo("Asia/Shanghai"), "hotel": ZoneInfo("Asia/Shanghai")},
        is_open=lambda _estate, window, _at: open_hours[window],
        windows=lambda: open_hours,
    )
    made.test_hours = open_hours
    return made


def found(desk, wanted, estate="default"):
    return [one.id for one in desk.search(estate, wanted, at=AT)]


@pytest.mark.parametrize(
    "wanted", ["客服", "客户服务中心", "kf", "kefu", "Customer service", "21", "8000", "客户服务", "可服"]
)
def test_an_entry_is_found_by_name_part_sound_pinyin_code_and_number(desk, wanted):
    assert found(desk, wanted)[0] == "reception"


def test_what_is_not_clear_gives_several_and_what_is_not_there_none(desk):
    assert set(found(desk, "医院", "hotel")) == {"hospital", "clinic"}
    assert found(desk, "人民医院", "hotel") == ["hospital"]
    assert found(desk, "人民医院") == []
    assert found(desk, "火星") == []
    assert found(desk, "  ") == []


def test_nobody_is_connected_outside_the_hours_but_everybody_is_told_the_number(desk):
    assert desk.listing("default", "reception", at=AT).connect
    desk.test_hours["office"] = False
    closed = desk.listing("default", "reception", at=AT)
    assert (closed.connect, closed.told) == (False, "8000")
    del desk.test_hours["office"]
    assert desk.listing("default", "reception", at=AT).connect
    assert desk.listing("default", "gone", at=AT) is None


def test_a_sip_address_is_dialled_and_its_extension_read_out(desk):
    garage = desk.listing("default", "garage", at=AT)
    assert (garage.number, garage.told) == ("sip:garage@10.0.0.9", "8022")


def test_phrases_and_codes_are_those_of_the_estate(desk):
    assert desk.phrases("default", "zh")["停车场"] == "garage"
    assert "人民医院" not in desk.phrases("default", "zh")
    assert desk.phrases("hotel", "en")["Hospital"] == "hospital"
    assert desk.codes("default") == {"21": "reception", "22": "garage"}


def test_every_mistake_is_told_with_its_line(config):
    (config / "directory.yaml").write_text(
        """entries:
  one: {zh: 前台, number: "8000", code: 21, hours: lunch}
  two: {zh: [前台], number: "8001", code: 211, estates: [moon]}
  three: {zh: 车库, number: "8002", code: 21}
""",
        encoding="utf-8",
    )
    with pytest.raises(InvalidInput) as refused:
        load(config, estates={"default"}, windows={"office"})
    told = [str(problem) for problem in refused.value.problems]
    assert any(':2: entries.one.hours: no window "lunch"' in one for one in told)
    assert any(':3: entries.two.estates: no estate "moon"' in one for one in told)
    assert any(':3: entries.two.zh: "前台" is also a name of one' in one for one in told)
    assert any(":3: entries.two.code: 211 begins like 21" in one for one in told)
    assert any(
        ":4: entries.three.code: 21 begins like 21" in one or "entries.one.code" in one for one in told
    )


def test_an_address_that_can_neither_be_told_nor_connected_is_refused(config):
    (config / "directory.yaml").write_text(
        "entries:\n  a: {zh: 车库, number: 'sip:g@10.0.0.9'}\n", encoding="utf-8"
    )
    with pytest.raises(InvalidInput, match="cannot be read out"):
        load(config)


def test_the_shipped_directory_holds():
    assert load(shipped("config"), estates=set(), windows=set()).of("default")["police"].told == "110"


def test_a_changed_file_is_taken_up_and_a_bad_one_is_not(desk, config):
    (config / "directory.yaml").write_text(TEXT + "  pool: {zh: 游泳池, number: '8044'}\n", encoding="utf-8")
    assert found(desk, "游泳池") == ["pool"]
    (config / "directory.yaml").write_text("entries: {pool: {}}\n", encoding="utf-8")
    assert found(desk, "游泳池") == ["pool"]
    assert desk.problems


def test_a_bad_file_is_told_before_anybody_asks_for_a_number(desk, config):
    (config / "directory.yaml").write_text("entries: {pool: {}}\n", encoding="utf-8")
    desk.look()
    assert desk.problems


def test_names_that_sound_alike_are_told_apart_by_the_better_one():
    entries = load(shipped("config")).of("default")
    assert search.find(entries, "消防队") == ["fire"]
    assert search.find(entries, "交警") == ["traffic"]
