from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.call.ports import Place, TicketKind
from hotline.language.numerals import to_chinese, to_digits
from hotline.language.readback import LANGUAGES, phone_groups, read_back, spoken_text, vocabulary
from hotline.language.slots import place
from hotline.language.wording import KINDS, PAUSES

TODAY = date(2026, 11, 21)

SAID = [
    ("place", "3-2-602", "三号楼二单元六零二", "building three, unit two, room six oh two"),
    ("place", "12-1-1502", "十二号楼一单元幺五零二", "building twelve, unit one, room one five oh two"),
    ("place", "3-602", "三号楼六零二", "building three, room six oh two"),
    ("place", "A-1203", "A座幺二零三", "building A, room one two oh three"),
    ("place", "8206", "八二零六", "room eight two oh six"),
    ("place", "3-2-602B", "三号楼二单元六零二B", "building three, unit two, room six oh two B"),
    ("place", "garage", "", ""),
    ("place", "lift 2", "", ""),
    ("place", "", "", ""),
    ("digits", "1072", "幺零七二", "one oh seven two"),
    (
        *("phone", "13812345678", "幺三八，幺二三四，五六七八"),
        "one three eight, one two three four, five six seven eight",
    ),
    (
        *("phone", "+8613812345678", "幺三八，幺二三四，五六七八"),
        "one three eight, one two three four, five six seven eight",
    ),
    (
        *("phone", "05391234567", "零五三九，幺二三，四五六七"),
        "oh five three nine, one two three, four five six seven",
    ),
    (
        "phone",
        "01062345678",
        "零幺零，六二三四，五六七八",
        "oh one oh, six two three four, five six seven eight",
    ),
    ("phone", "110", "幺幺零", "one one oh"),
    (
        *("ticket", "202611210007", "二零二六，幺幺二幺，零零零七"),
        "two oh two six, one one two one, oh oh oh seven",
    ),
    ("ticket", "7", "七", "seven"),
    ("money", "205.50", "两百零五元五角", "two hundred and five yuan fifty fen"),
    ("money", "12.05", "十二元零五分", "twelve yuan five fen"),
    ("money", "0.20", "两角", "twenty fen"),
    ("money", "0", "零元", "zero yuan"),
    ("money", "2", "两元", "two yuan"),
    ("money", "20.34", "二十元三角四分", "twenty yuan thirty-four fen"),
    ("money", "1000000", "一百万元", "one million yuan"),
    ("time", "15:15", "下午三点一刻", "three fifteen p.m."),
    ("time", "07:00", "早上七点", "seven a.m."),
    ("time", "7:05", "早上七点零五分", "seven oh five a.m."),
    ("time", "12:00", "中午十二点", "noon"),
    ("time", "00:30", "凌晨零点半", "twelve thirty a.m."),
    ("time", "18:45", "晚上六点四十五分", "six forty-five p.m."),
    ("time", "14:00", "下午两点", "two p.m."),
    ("date", "2026-11-21", "二零二六年十一月二十一日", "November twenty-first, twenty twenty-six"),
    ("date", "1999-01-02", "一九九九年一月二日", "January second, nineteen ninety-nine"),
    ("date", "2105-03-03", "二一零五年三月三日", "March third, twenty-one oh five"),
    ("month", "11", "十一月", "November"),
    ("month", "2026-02", "二月", "February"),
    ("weekday", "1", "星期一", "Monday"),
    ("weekday", "7", "星期日", "Sunday"),
    ("number", "0", "零", "zero"),
    ("number", "2", "二", "two"),
    ("number", "12", "十二", "twelve"),
    ("number", "20", "二十", "twenty"),
    ("number", "200", "两百", "two hundred"),
    ("number", "212", "两百一十二", "two hundred and twelve"),
    ("number", "1005", "一千零五", "one thousand and five"),
    ("number", "20000", "两万", "twenty thousand"),
    ("number", "10015", "一万零一十五", "ten thousand and fifteen"),
    (
        *("number", "12345678", "一千两百三十四万五千六百七十八"),
        "twelve million three hundred and forty-five thousand six hundred and seventy-eight",
    ),
    ("minutes", "12", "十二分钟", "twelve minutes"),
    ("minutes", "2", "两分钟", "two minutes"),
    ("minutes", "1", "一分钟", "one minute"),
    ("hours", "4", "四小时", "four hours"),
    ("hours", "2", "两小时", "two hours"),
    ("state", "registered", "已登记", "registered"),
    ("state", "on site", "维修人员已到场", "our staff are on site"),
    ("kind", "repair", "报修", "repair"),
]


@pytest.mark.parametrize(("kind", "value", "chinese", "english"), SAID)
def test_a_value_is_said_as_people_say_it(kind: str, value: str, chinese: str, english: str) -> None:
    assert spoken_text("zh", read_back("zh", kind, value)) == chinese
    assert spoken_text("en", read_back("en", kind, value)) == english


@pytest.mark.parametrize(
    ("value", "chinese", "english"),
    [
        ("2026-11-21T15:15", "今天下午三点一刻", "today at three fifteen p.m."),
        ("2026-11-22T09:00", "明天上午九点", "tomorrow at nine a.m."),
        ("2026-11-23T09:00", "后天上午九点", "November twenty-third at nine a.m."),
        ("2026-12-05T18:45", "十二月五日晚上六点四十五分", "December fifth at six forty-five p.m."),
        ("2028-01-01T00:00", "二零二八年一月一日凌晨零点", "January first, twenty twenty-eight at midnight"),
    ],
)
def test_a_near_day_has_a_name_and_a_near_date_no_year(value: str, chinese: str, english: str) -> None:
    assert spoken_text("zh", read_back("zh", "datetime", value, today=TODAY)) == chinese
    assert spoken_text("en", read_back("en", "datetime", value, today=TODAY)) == english


def test_without_knowing_the_day_a_date_is_said_in_full() -> None:
    assert spoken_text("zh", read_back("zh", "datetime", "2026-11-21T15:15")).startswith("二零二六年")


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        *(("money", "-1"), ("money", "1.234"), ("money", "ten"), ("money", "NaN"), ("money", "Infinity")),
        *(("time", "25:00"), ("time", ""), ("date", "2026-02-30"), ("month", "13"), ("weekday", "0")),
        *(("number", "-1"), ("number", "100000000"), ("minutes", "x"), ("state", "lost"), ("kind", "wish")),
        *(("phone", "anonymous"), ("digits", ""), ("colour", "red")),
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_value_that_is_not_of_its_kind_is_refused(language: str, kind: str, value: str) -> None:
    with pytest.raises(ValueError, match=r"not|no digits|cannot read back"):
        read_back(language, kind, value)


def test_an_unknown_language_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match='"fr"'):
        read_back("fr", "digits", "1")


def test_one_is_yao_in_numbers_said_digit_by_digit_and_yi_in_amounts() -> None:
    assert "digit_yao" in read_back("zh", "phone", "110")
    assert "digit_yao" not in read_back("zh", "number", "111")


def test_every_ticket_kind_can_be_said() -> None:
    assert set(KINDS) == {kind.value for kind in TicketKind}


@pytest.mark.parametrize(
    ("digits", "groups"),
    [
        ("13812345678", ["138", "1234", "5678"]),
        ("05391234567", ["0539", "123", "4567"]),
        ("02112345678", ["021", "1234", "5678"]),
        ("4008001234", ["400", "800", "1234"]),
        ("95588", ["95588"]),
        ("14155552671", ["141", "5555", "2671"]),
    ],
)
def test_a_telephone_number_is_grouped_as_it_is_said(digits: str, groups: list[str]) -> None:
    assert phone_groups(digits) == groups


@pytest.mark.parametrize(
    ("kind", "value", "mandarin", "english"),
    [
        (
            "schedule",
            "06:30 once 2026-11-22",
            "明天早上六点半，只叫一次",
            "tomorrow at six thirty a.m., once only",
        ),
        ("schedule", "07:00 daily", "每天早上七点", "every day at seven a.m."),
        (
            *("schedule", "07:00 daily until 2026-12-05", "每天早上七点，到十二月五日为止"),
            "every day at seven a.m., until December fifth",
        ),
        (
            *("schedule", "06:50 workdays from 2026-12-01", "工作日早上六点五十分，从十二月一日起"),
            "on workdays at six fifty a.m., from December first",
        ),
        ("schedule", "07:00 days 12345", "每星期一到星期五早上七点", "every Monday to Friday at seven a.m."),
        ("schedule", "19:00 days 6", "每星期六晚上七点", "every Saturday at seven p.m."),
        (
            *("schedule", "19:00 days 136", "每星期一星期三星期六晚上七点"),
            "every Monday, Wednesday and Saturday at seven p.m.",
        ),
        ("month", "2026-10", "十月", "October"),
        ("month", "2025-12", "二零二五年十二月", "December, twenty twenty-five"),
        (
            *("items", "property:20.50 water:33 lift:1", "物业费二十元五角，水费三十三元，其他费用一元"),
            "property fee twenty yuan fifty fen, water thirty-three yuan, other charges one yuan",
        ),
    ],
)
def test_bookings_and_bills_are_said_as_people_say_them(
    kind: str, value: str, mandarin: str, english: str
) -> None:
    assert spoken_text("zh", read_back("zh", kind, value, today=TODAY)) == mandarin
    assert spoken_text("en", read_back("en", kind, value, today=TODAY)) == english


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        *(("schedule", value) for value in ("", "7", "07:00", "07:00 once", "07:00 days 8", "25:00 daily")),
        *(("schedule", value) for value in ("07:00 once 2026-02-30", "07:00 daily until never")),
        *(("month", value) for value in ("13", "2026-00", "", "May")),
        *(("items", value) for value in ("water", "water:much")),
    ],
)
def test_what_is_no_booking_month_or_bill_is_refused(kind: str, value: str) -> None:
    with pytest.raises(ValueError, match="not"):
        read_back("zh", kind, value, today=TODAY)


def _known(language: str, ids: tuple[str, ...]) -> bool:
    return all(part in vocabulary(language) or part in PAUSES for part in ids)


VALUES = st.one_of(
    st.tuples(st.just("number"), st.integers(0, 99_999_999).map(str)),
    st.tuples(
        st.just("money"), st.integers(0, 9_999_999_999).map(lambda fen: f"{fen // 100}.{fen % 100:02}")
    ),
    st.tuples(st.just("time"), st.times().map(lambda at: f"{at:%H:%M}")),
    st.tuples(st.just("datetime"), st.datetimes().map(lambda at: f"{at:%Y-%m-%dT%H:%M}".zfill(16))),
    st.tuples(st.just("phone"), st.text("0123456789", min_size=1, max_size=14)),
    st.tuples(st.just("minutes"), st.integers(0, 9999).map(str)),
    st.tuples(st.just("hours"), st.integers(0, 9999).map(str)),
    st.tuples(st.just("place"), st.from_regex(r"[0-9A-Z]{1,4}(-[0-9A-Z]{1,3}){0,2}", fullmatch=True)),
)


@given(VALUES, st.sampled_from(LANGUAGES))
def test_whatever_is_read_back_is_in_the_vocabulary(value: tuple[str, str], language: str) -> None:
    assert _known(language, read_back(language, *value, today=TODAY))


@given(st.integers(0, 99_999_999))
def test_the_ids_of_a_number_say_the_number(value: int) -> None:
    assert spoken_text("zh", read_back("zh", "number", str(value))) == to_chinese(value)
    assert to_digits(to_chinese(value), "zh") == str(value)
    assert to_digits(spoken_text("en", read_back("en", "number", str(value))), "en") == str(value)


BUILDINGS = st.one_of(st.integers(1, 199).map(str), st.sampled_from("ABCDEFGHJKLMNPQRSTUVWXYZ"))
UNITS = st.one_of(st.just(""), st.integers(1, 20).map(str))
ROOMS = st.builds(
    lambda floor, door, letter: f"{floor}{door:02}{letter}",
    *(st.integers(1, 48), st.integers(1, 32), st.sampled_from(["", "", "A", "B"])),
)


@given(st.builds(Place, BUILDINGS, UNITS, ROOMS), st.sampled_from(LANGUAGES))
def test_every_room_read_back_is_understood_as_the_same_room(room: Place, language: str) -> None:
    said = spoken_text(language, read_back(language, "place", str(room)))
    assert place(said, language) == room


@given(st.builds(Place, BUILDINGS, UNITS, ROOMS))
def test_every_room_written_with_hyphens_is_understood(room: Place) -> None:
    assert place(str(room), "zh") == room
