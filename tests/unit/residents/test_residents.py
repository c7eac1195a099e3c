from __future__ import annotations

import io
from pathlib import Path

import pytest
from openpyxl import Workbook
from sqlalchemy import select

from hotline.call.errors import InvalidInput
from hotline.call.ports import KnownCaller, Place
from hotline.home import shipped
from hotline.language.numbers import normalise
from hotline.residents import names, repository
from hotline.residents.models import LiftRow, ResidentNumberRow, ResidentRow, RoomRow
from hotline.residents.service import Residents, import_list

ESTATES = {"default": "东湖花园", "west": "西苑"}
LIST = """\
楼栋,单元,房号,姓名,电话,类型,备注
3,2,602,张伟,13800001111,业主,
3,2,602,李娜,13800002222,家属,
三号楼,二单元,601,王芳,13800003333、0539-8123456,租户,夜班
5,,1203,刘洋,13800005555,业主,
5,,1204,刘洋,13800005555,业主,
3,1,0101,,,,空置
3,2,,2号梯,8302,电梯,
"""


@pytest.fixture
def load(db, tmp_path):
    def store(content=LIST, *, name="list.csv", encoding="utf-8", default="default", **options):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return import_list(db, path, estates=ESTATES, default=default, normalise=normalise, **options)

    return store


@pytest.fixture
def directory(db):
    return Residents(db, normalise=normalise)


async def count(db, *models):
    return [len(await db.read(lambda s, model=model: s.scalars(select(model)).all())) for model in models]


def problems(load, content, **given):
    with pytest.raises(InvalidInput) as caught:
        load(content, **given)
    return [(problem.line, problem.where, problem.message) for problem in caught.value.problems]


# --- who calls --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "name", "place", "callback"),
    [
        ("13800001111", "张伟", Place("3", "2", "602"), "13800001111"),
        ("+8613800002222", "李娜", Place("3", "2", "602"), "13800002222"),
        ("sip:013800003333@pbx", "王芳", Place("3", "2", "601"), "13800003333"),
        ("05398123456", "王芳", Place("3", "2", "601"), "05398123456"),
        ("8302", "2号梯", Place("3", "2", "", "2号梯"), "8302"),
    ],
    ids=["owner", "with country code", "as the wire has it", "second number", "lift"],
)
async def test_a_caller_is_known_by_number(load, directory, number, name, place, callback):
    load()
    expected = KnownCaller(name=name, place=place, callback_number=callback, lift=name == "2号梯")
    assert await directory.caller("default", number) == expected


@pytest.mark.parametrize("number", ["13800005555", "13900000000", "anonymous", ""])
async def test_strangers_withheld_numbers_and_numbers_of_several_rooms_are_asked(load, directory, number):
    load()
    assert await directory.caller("default", number) is None


async def test_people_of_one_room_with_one_telephone_share_the_place_but_not_a_name(load, directory):
    load("房号,姓名,电话\n3-2-602,张伟,13800001111\n3-2-602,李娜,13800001111\n")
    known = await directory.caller("default", "13800001111")
    assert (known.name, known.place) == ("", Place("3", "2", "602"))


async def test_a_number_is_known_in_its_own_estate_only(load, directory):
    load()
    assert await directory.caller("west", "13800001111") is None


# --- which rooms there are --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "exists"),
    [
        (Place("3", "2", "602"), True),
        (Place("3", "", "602"), True),
        (Place("三号楼", "二单元", "602室"), True),
        (Place("3", "1", "602"), False),
        (Place("9", "", "602"), False),
        (Place("3", "1", "101"), True),
        (Place("5", "", "1203"), True),
        (Place("5", "1", "1203"), False),
        (Place("3", "2", ""), True),
        (Place("3", "7", ""), False),
        (Place("", "", "602"), True),
    ],
)
async def test_a_room_exists_if_it_is_in_the_list(load, directory, place, exists):
    load()
    assert await directory.room_exists("default", place) is exists


async def test_an_estate_without_a_list_does_not_know(load, directory):
    load()
    assert await directory.room_exists("west", Place("3", "2", "602")) is None


async def test_places_for_grammars_are_in_natural_order_and_refreshed_on_demand(load, directory):
    load("楼栋,单元,房号\n10,1,101\n2,1,1001\n2,1,201\nA,,1\n")
    assert list(directory.places("default")) == []
    assert await directory.refresh_places(["default", "west"]) is True
    found = [(stair.building, stair.unit, stair.rooms) for stair in directory.places("default")]
    assert found == [("2", "1", ("201", "1001")), ("10", "1", ("101",)), ("A", "", ("1",))]
    assert await directory.refresh_places(["default", "west"]) is False
    assert list(directory.places("west")) == []


@pytest.mark.parametrize(
    ("part", "text", "plain"),
    [
        ("building", "三号楼", "3"), ("building", "03栋", "3"), ("building", "Building 12", "12"),
        ("building", "a座", "A"), ("building", "12#楼", "12"), ("building", "十二", "12"),
        ("building", "Ｂ１", "B1"), ("building", "", ""), ("building", "0", "0"),
        ("unit", "二单元", "2"), ("unit", "02", "2"), ("room", "602室", "602"), ("room", "六零二", "602"),
        ("room", "602.0", "602"), ("room", "0602", "0602"), ("room", "商铺12", "商铺12"),
        ("room", "12a", "12A"),
    ],
)  # fmt: skip
def test_names_of_places_have_one_plain_form(part, text, plain):
    assert getattr(names, part)(text) == plain


# --- import -----------------------------------------------------------------------------------


async def test_a_list_becomes_rooms_people_numbers_and_lifts(db, load):
    changes = load().changes
    assert (changes.rooms, changes.people, changes.lifts, changes.changed, changes.unchanged) == (
        5,
        5,
        1,
        0,
        0,
    )
    assert await count(db, RoomRow, ResidentRow, ResidentNumberRow, LiftRow) == [5, 5, 6, 1]
    people = await db.read(lambda session: repository.residents(session, "default", limit=None))
    assert [(person.name, person.kind, person.note) for person in people][2] == ("王芳", "tenant", "夜班")


async def test_importing_again_changes_nothing(db, load):
    load()
    before = await count(db, RoomRow, ResidentRow, ResidentNumberRow, LiftRow)
    changes = load().changes
    assert (changes.rooms, changes.people, changes.lifts, changes.changed, changes.unchanged) == (
        0,
        0,
        0,
        0,
        6,
    )
    assert await count(db, RoomRow, ResidentRow, ResidentNumberRow, LiftRow) == before


async def test_a_newer_list_updates_numbers_kinds_and_lifts(db, load, directory):
    load()
    newer = LIST.replace("13800001111,业主", "13800009999,租户").replace("0539-8123456", "0539-8123457")
    changes = load(newer.replace("2号梯", "东梯")).changes
    assert (changes.changed, changes.unchanged) == (3, 3)
    assert await directory.caller("default", "13800001111") is None
    assert (await directory.caller("default", "13800009999")).name == "张伟"
    assert (await directory.caller("default", "8302")).name == "东梯"


async def test_who_moved_out_stays_unless_the_list_is_the_whole_truth(db, load, directory):
    load(LIST)
    shorter = "\n".join(line for line in LIST.splitlines() if "李娜" not in line and "电梯" not in line)
    assert load(shorter).changes.removed == 0
    assert await directory.caller("default", "13800002222") is not None
    report = load(shorter, remove_missing=True)
    assert report.changes.removed == 1 + LIST.count("电梯")
    assert await directory.caller("default", "13800002222") is None
    assert (await directory.caller("default", "13800001111")).name == "张伟"


async def test_a_dry_run_tells_the_same_and_stores_nothing(db, load):
    assert load(dry_run=True).changes.people == 5
    assert await count(db, RoomRow, ResidentRow, LiftRow) == [0, 0, 0]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
async def test_a_csv_may_be_in_utf_8_or_gbk(load, directory, encoding):
    load(encoding=encoding)
    assert (await directory.caller("default", "13800001111")).name == "张伟"


@pytest.mark.parametrize("delimiter", [";", "\t"])
async def test_other_delimiters_are_noticed(load, directory, delimiter):
    load(LIST.replace(",", delimiter))
    assert (await directory.caller("default", "13800001111")).name == "张伟"


async def test_english_headings_several_phone_columns_and_empty_lines_are_fine(load, directory):
    load(
        "\nBuilding,Unit,Room,Name,Phone1,Phone2,Type\n\n3,2,602,Ann,13800001111,13800002222,Owner\n,,,,,,\n"
    )
    for number in ("13800001111", "13800002222"):
        assert (await directory.caller("default", number)).name == "Ann"


async def test_a_sheets_numbers_are_read_as_they_were_meant(load, directory):
    book, content = Workbook(), io.BytesIO()
    for cells in (
        ["楼栋", "单元", "房号", "姓名", "手机"],
        [3, 2, 602.0, "张伟", 13800001111],
        [],
        [3, 2, "603", "王", None],
    ):
        book.active.append(cells)
    book.save(content)
    load(content.getvalue(), name="list.xlsx")
    assert (await directory.caller("default", "13800001111")).place == Place("3", "2", "602")
    assert await directory.room_exists("default", Place("3", "2", "603")) is True


async def test_rows_name_their_estate_by_id_or_name(load, directory):
    load(
        "项目,房号,姓名,电话\n西苑,1-1-101,甲,13800001111\nwest,1-1-102,乙,13800002222\n,1-1-103,丙,13800003333\n"
    )
    assert (await directory.caller("west", "13800001111")).name == "甲"
    assert (await directory.caller("west", "13800002222")).name == "乙"
    assert (await directory.caller("default", "13800003333")).name == "丙"


async def test_every_mistake_is_told_with_its_line_and_nothing_is_stored(db, load):
    bad = (
        "楼栋,单元,房号,姓名,电话,类型,项目\n"
        "3,2,602,张伟,13800001111,业主,\n"
        "3,2,,李娜,13800002222,业主,\n"
        "3,2,604,王芳,1380000333,总统,\n"
        "3,2,605,赵强,13800004444,,火星\n"
        "3,2,,1号梯,,电梯,\n"
        "3,2,,2号梯,8302,电梯,\n"
        "5,,,1号梯,8302,电梯,\n"
        "3,2,606,刘洋,8302,,\n"
    )
    assert [(line, where) for line, where, _ in problems(load, bad)] == [
        (3, "room"), (4, "kind"), (4, "phone"), (5, "estate"), (6, "phone"), (7, "phone"), (8, "phone"),
    ]  # fmt: skip
    assert await count(db, RoomRow, ResidentRow, LiftRow) == [0, 0, 0]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "has no rows"),
        ("\n,,\n", "has no rows"),
        ("楼栋,姓名\n3,张伟\n", "no column for the room"),
        (b"\xff\xfe\x00\x01\x02\xff", "neither CSV"),
        (b"PK\x03\x04 no zip at all", "not a readable XLSX"),
        ('房号,姓名\n602,"张伟\n', "not valid CSV"),
    ],
    ids=["empty", "blank", "no room column", "binary", "broken sheet", "open quote"],
)
def test_a_file_that_is_no_list_is_refused_with_the_reason(load, content, message):
    ((_, _, told),) = problems(load, content)
    assert message in told


def test_a_file_that_is_not_there_is_named(db, tmp_path):
    with pytest.raises(InvalidInput, match="cannot be read"):
        import_list(db, tmp_path / "none.csv", estates=ESTATES, default="default", normalise=normalise)


def test_line_numbers_count_lines_of_the_file_even_after_a_cell_with_a_line_break(load):
    assert [line for line, _, _ in problems(load, '房号,姓名,备注\n602,张,"a\nb"\n,李,\n')] == [4]


def test_unknown_columns_are_left_out_with_a_warning(load):
    (warning,) = load("房号,姓名,面积\n3-2-602,张伟,89\n").warnings
    assert (warning.where, warning.warning) == ("面积", True)


def test_contradicting_rows_of_one_person_are_told(load):
    content = "房号,姓名,类型\n3-2-602,张伟,业主\n3-2-602,张伟,租户\n"
    assert [(line, where) for line, where, _ in problems(load, content)] == [(3, "kind")]


async def test_rows_of_one_person_are_put_together(load, directory):
    load("房号,姓名,电话\n3-2-602,张伟,13800001111\n3-2-602,张伟,13800002222\n")
    for number in ("13800001111", "13800002222"):
        assert (await directory.caller("default", number)).name == "张伟"


def test_the_sample_list_imports(db):
    sample: Path = shipped("config") / "samples" / "residents.csv"
    report = import_list(db, sample, estates=ESTATES, default="default", normalise=normalise)
    assert (report.changes.people, report.changes.lifts, report.warnings) == (6, 2, ())
