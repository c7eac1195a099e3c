"""Lists of people: read whole or refused whole, sampled the same way every time, summed up."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from openpyxl import Workbook

from hotline.call.errors import InvalidInput
from hotline.campaigns.listing import Listed, read_list
from hotline.campaigns.results import Said, summarise
from hotline.campaigns.sampling import sample
from hotline.language.numbers import normalise

read = partial(read_list, normalise=normalise, language="zh")


def write(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "list.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_chinese_headings_are_understood(tmp_path, encoding):
    path = write(
        tmp_path,
        "姓名,电话,楼栋,单元,房号,language\n张三,138 0000 1111,3,2,602,\nJohn,13800002222,1,1,101,en\n",
        encoding,
    )
    first, second = read(path).people
    assert first == Listed(
        number="+8613800001111", raw="138 0000 1111", name="张三", building="3", unit="2", room="602"
    )
    assert (second.language, second.raw) == ("en", "13800002222")


def test_a_sheet_with_numbers_as_numbers_is_read(tmp_path):
    book = Workbook()
    book.active.append(["姓名", "手机", "房号"])
    book.active.append(["张三", 13800001111, 602.0])
    book.save(tmp_path / "list.xlsx")
    (person,) = read(tmp_path / "list.xlsx").people
    assert (person.number, person.room) == ("+8613800001111", "602")


def test_every_mistake_is_told_with_its_line(tmp_path):
    path = write(tmp_path, "姓名,电话,language\n甲,,\n乙,1380000,\n丙,13800001111,fr\n丁,13800002222,zh\n")
    with pytest.raises(InvalidInput) as raised:
        read(path)
    said = [(problem.line, problem.where) for problem in raised.value.problems]
    assert said == [(2, "phone"), (3, "phone"), (4, "language")]


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "no rows"), ("姓名,房号\n甲,1\n", "no column for the telephone"), ("姓名,电话\n", "nobody below")],
)
def test_a_list_without_people_or_telephones_is_refused(tmp_path, text, words):
    with pytest.raises(InvalidInput, match=words):
        read(write(tmp_path, text))


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InvalidInput, match="cannot be read"):
        read(tmp_path / "none.csv")
    (tmp_path / "bad.xlsx").write_bytes(b"PK nonsense")
    with pytest.raises(InvalidInput, match="XLSX"):
        read(tmp_path / "bad.xlsx")


def test_a_telephone_listed_twice_is_called_once_with_a_warning(tmp_path):
    found = read(write(tmp_path, "姓名,电话,会员\n甲,13800001111,x\n乙,+86 138-0000-1111,y\n"))
    assert [person.name for person in found.people] == ["甲"]
    assert [(warning.line, warning.where) for warning in found.warnings] == [(1, "会员"), (3, "phone")]


def test_a_sip_address_can_be_called(tmp_path):
    (person,) = read(write(tmp_path, "电话\nsip:wang@127.0.0.1:5070\n")).people
    assert person.raw == "sip:wang@127.0.0.1:5070"


PEOPLE = [Listed(number=f"+86138{number:08}", raw="") for number in range(1000)]


def test_a_sample_is_the_same_however_often_it_is_drawn_and_grows_with_its_share():
    tenth = sample(PEOPLE, "上半年", 0.1)
    assert len(tenth) == 100
    assert tenth == sample(list(reversed(PEOPLE)), "上半年", 0.1)[::-1]
    assert set(tenth) < set(sample(PEOPLE, "上半年", 0.3))
    assert sample(PEOPLE, "上半年", 1.0) == tuple(PEOPLE)


def test_another_campaign_asks_other_people():
    one, other = set(sample(PEOPLE, "上半年", 0.1)), set(sample(PEOPLE, "下半年", 0.1))
    assert len(one & other) < 30


def test_results_have_average_and_distribution_in_the_order_of_the_questionnaire():
    said = [Said("manner", "5"), Said("overall", "4"), Said("overall", "2"), Said("overall", "4")]
    said += [Said("remark", ""), Said("extra", "yes")]
    results = summarise(said, ("overall", "manner", "remark", "silent"))
    assert [result.question for result in results] == ["overall", "manner", "remark", "silent", "extra"]
    overall, _, remark, silent, extra = results
    assert (overall.average, dict(overall.distribution), overall.answers) == (3.33, {"2": 1, "4": 2}, 3)
    assert (remark.average, remark.in_words, remark.answers) == (None, 1, 1)
    assert (silent.answers, silent.average) == (0, None)
    assert (extra.average, dict(extra.distribution)) == (None, {"yes": 1})
