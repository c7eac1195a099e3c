from __future__ import annotations

import json
from datetime import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.call.ports import Place
from hotline.language.readback import LANGUAGES, read_back, spoken_text
from hotline.language.slots import digits, phone, place, time_of_day

EVALUATION = Path(__file__).parents[4] / "shared" / "speech-eval" / "refs.json"

PLACES = [
    ("三号楼二单元六零二", Place("3", "2", "602")),
    ("三号楼二单元六百零二室", Place("3", "2", "602")),
    ("三号楼二单元六〇二", Place("3", "2", "602")),
    ("3栋2单元602", Place("3", "2", "602")),
    ("三幢二单元的六零二", Place("3", "2", "602")),
    ("三杠二杠六零二", Place("3", "2", "602")),
    ("3-2-602", Place("3", "2", "602")),
    ("3，2，602", Place("3", "2", "602")),
    ("3＃楼2单元602", Place("3", "2", "602")),
    ("三 号楼 二 单元 六 零 二", Place("3", "2", "602")),
    ("三號樓二單元六零二", Place("3", "2", "602")),
    ("第三栋第二单元的六零二房间", Place("3", "2", "602")),
    ("三楼二单元六零二", Place("3", "2", "602")),
    ("三号二单元六零二", Place("3", "2", "602")),
    ("三号楼，二单元，六零二。", Place("3", "2", "602")),
    ("我住九号楼二单元七零四楼上漏水漏到我家了", Place("9", "2", "704")),
    ("十二号楼一单元幺五零二电梯坏了", Place("12", "1", "1502")),
    ("十号楼三单元八零四天花板渗水", Place("10", "3", "804")),
    ("三号楼二单元六零二两个灯坏了", Place("3", "2", "602")),
    ("三号楼二单元六零二一直没水", Place("3", "2", "602")),
    ("三号楼二单元六零二A", Place("3", "2", "602A")),
    ("七洞二单源八零三", Place("7", "2", "803")),
    ("三好楼二丹元六零二", Place("3", "2", "602")),
    ("三号楼六零二", Place("3", "", "602")),
    ("三号楼八", Place("3", "", "8")),
    ("3号602室", Place("3", "", "602")),
    ("三杠六零二", Place("3", "", "602")),
    ("A座幺二零三", Place("A", "", "1203")),
    ("b座十二层一二零三室", Place("B", "", "1203")),
    ("12栋B单元301", Place("12", "B", "301")),
    ("1栋101，有3个灯坏了", Place("1", "", "101")),
    ("二单元六零二", Place("", "2", "602")),
    ("八二零六房间", Place("", "", "8206")),
    ("我住六零二", Place("", "", "602")),
    ("六零二", Place("", "", "602")),
    ("三号楼二单元门锁坏了", Place("3", "2", "")),
    ("三号楼电梯坏了", Place("3", "", "")),
    ("三号楼二楼漏水", Place("3", "", "")),
    ("三楼漏水", None),
    ("一单元电梯坏了", None),
    ("我家墙上裂了一道大缝你们来看看", None),
    ("我交了五百块钱", None),
    ("请问你们周末上班吗", None),
    ("", None),
]


@pytest.mark.parametrize(("said", "meant"), PLACES)
def test_a_place_is_found_in_every_way_people_say_it(said: str, meant: Place | None) -> None:
    assert place(said, "zh") == meant


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("building three, unit two, room six oh two", Place("3", "2", "602")),
        ("building three unit two six oh two", Place("3", "2", "602")),
        ("Building 3 unit 2 602", Place("3", "2", "602")),
        ("building twelve unit one one five oh two", Place("12", "1", "1502")),
        ("tower A, room twelve oh four", Place("A", "", "1204")),
        ("block B, apartment 1203", Place("B", "", "1203")),
        ("three dash two dash six oh two", Place("3", "2", "602")),
        ("3-602", Place("3", "", "602")),
        ("unit 2 room 301", Place("", "2", "301")),
        ("I am in room eighty-two oh six", Place("", "", "8206")),
        ("six hundred and two", Place("", "", "602")),
        ("building five", Place("5", "", "")),
        ("my kitchen is leaking", None),
    ],
)
def test_an_english_place_is_found(said: str, meant: Place | None) -> None:
    assert place(said, "en") == meant


@pytest.mark.skipif(not EVALUATION.exists(), reason=f"no evaluation texts at {EVALUATION}")
def test_every_place_and_number_of_the_evaluation_texts_is_found() -> None:
    wrong = []
    for entry in json.loads(EVALUATION.read_text(encoding="utf-8")):
        if entry["cat"] == "addr" and place(entry["text"], "zh") != Place(*entry["slots"]):
            wrong.append(entry["text"])
        if entry["cat"] == "tel" and {phone(entry["text"]), phone(entry["say"])} != {entry["slots"][0]}:
            wrong.append(entry["text"])
        if entry["cat"] in ("name", "menu") and place(entry["text"], "zh") is not None:
            wrong.append(entry["text"])
    assert wrong == []


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("幺三八幺二三四五六七八", "13812345678"),
        ("幺三八，幺二三四，五六七八", "13812345678"),
        ("我的电话是一三八一二三四五六七八", "13812345678"),
        ("腰三八幺二三四五六七八", "13812345678"),
        ("138 1234 5678", "13812345678"),
        ("+86 138 1234 5678", "13812345678"),
        ("8613812345678", "13812345678"),
        ("零五三九，三幺二三四五六", "05393123456"),
        ("010-62345678", "01062345678"),
        ("四零零八零零幺二三四", "4008001234"),
        ("六二三四五六七八", "62345678"),
        ("幺三八幺二三四五六七", None),
        ("幺三八幺二三四五六七八九", None),
        ("没有电话", None),
    ],
)
def test_a_telephone_number_is_taken_only_when_it_can_exist(said: str, number: str | None) -> None:
    assert phone(said) == number


def test_an_english_telephone_number_may_double_digits() -> None:
    assert phone("one three eight double one two three four five six seven", "en") == "13811234567"
    assert phone("one three eight one two three four five six seven eight", "en") == "13812345678"


@pytest.mark.parametrize(
    ("said", "language", "keys"),
    [
        ("幺二三", "zh", "123"),
        ("二零二六，幺幺二幺", "zh", "20261121"),
        ("１２３", "zh", "123"),
        ("one two oh", "en", "120"),
        ("没有", "zh", None),
        ("等一下", "zh", None),
    ],
)
def test_digits_are_taken_in_the_order_said(said: str, language: str, keys: str | None) -> None:
    assert digits(said, language) == keys


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("下午三点一刻", time(15, 15)),
        ("早上七点", time(7)),
        ("七点半", time(7, 30)),
        ("七点钟", time(7)),
        ("两点二十", time(2, 20)),
        ("差五分八点", time(7, 55)),
        ("差一刻八点", time(7, 45)),
        ("八点差一刻", time(7, 45)),
        ("下午三点三刻", time(15, 45)),
        ("晚上十二点", time(0)),
        ("晚上八点零五分", time(20, 5)),
        ("中午十二点", time(12)),
        ("中午一点", time(13)),
        ("凌晨两点", time(2)),
        ("明天早上六点四十五", time(6, 45)),
        ("十五点十五分", time(15, 15)),
        ("15:15", time(15, 15)),
        ("七三零", time(7, 30)),
        ("零点", time(0)),
        ("二十五点", None),
        ("七点七十分", None),
        ("明天", None),
    ],
)
def test_a_time_of_day_is_understood(said: str, meant: time | None) -> None:
    assert time_of_day(said, "zh") == meant


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("half past seven", time(7, 30)),
        ("a quarter to eight", time(7, 45)),
        ("ten to six in the evening", time(17, 50)),
        ("seven thirty a.m.", time(7, 30)),
        ("three fifteen pm", time(15, 15)),
        ("seven oh five", time(7, 5)),
        ("seven o'clock", time(7)),
        ("7 pm", time(19)),
        ("five in the afternoon", time(17)),
        ("noon", time(12)),
        ("midnight", time(0)),
        ("twelve thirty a.m.", time(0, 30)),
        ("tomorrow", None),
    ],
)
def test_an_english_time_of_day_is_understood(said: str, meant: time | None) -> None:
    assert time_of_day(said, "en") == meant


@given(st.times().map(lambda at: time(at.hour, at.minute)), st.sampled_from(LANGUAGES))
def test_every_time_read_back_is_understood_as_the_same_time(at: time, language: str) -> None:
    said = spoken_text(language, read_back(language, "time", f"{at:%H:%M}"))
    assert time_of_day(said, language) == at


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.sampled_from(LANGUAGES))
def test_every_mobile_number_read_back_is_understood_as_the_same_number(number: str, language: str) -> None:
    assert phone(spoken_text(language, read_back(language, "phone", number)), language) == number


@given(st.text(max_size=40), st.sampled_from(LANGUAGES))
def test_no_text_breaks_the_slots(text: str, language: str) -> None:
    found = place(text, language)
    assert found is None or str(found)
    assert (digits(text, language) or "0").isdigit()
    assert phone(text, language) is None or len(phone(text, language) or "") >= 7
    time_of_day(text, language)
