"""Lists of bills: both forms, all mistakes at once, and the same list again changes nothing."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal

import pytest
from fees_kit import ESTATE, HEADINGS, OTHER, ROOM, Office, Rooms
from openpyxl import Workbook
from sqlalchemy import func, select

from hotline.call.errors import InvalidInput
from hotline.call.ports import Place
from hotline.fees import repository
from hotline.fees.models import BillHistoryRow, BillItemRow, BillRow
from hotline.fees.rules import FeeRules
from hotline.fees.states import BillState

WIDE = HEADINGS + "3,2,602,2026-10,200,30.5,230.50\n三号楼,二单元,601,2026年10月,180.00,,180\n"
LONG = """\
房号,月份,费项,金额,合计
3-2-602,2026-10,物业费,200,230.5
3-2-602,2026-10,水费,30.50,
5-1203,2026-10,停车费,300,300
"""


def problems(office, content, **options):
    with pytest.raises(InvalidInput) as caught:
        office.load(content, **options)
    return [(one.line, one.where, one.message) for one in caught.value.problems]


def counted(report):
    changes = report.changes
    return changes.new, changes.changed, changes.unchanged, changes.paid, changes.left_alone


def stored(office):
    with office.db.reading() as session:
        return [session.scalar(select(func.count()).select_from(row)) for row in (BillRow, BillItemRow)]


async def test_a_wide_list_has_a_column_an_item(office):
    assert counted(office.load(WIDE)) == (2, 0, 0, 0, 0)
    (bill,) = await office.book.unpaid(ESTATE, ROOM)
    assert bill.number == "20261000001"
    assert [(item.kind, item.label, str(item.amount)) for item in bill.items] == [
        ("property", "物业费", "200.00"), ("water", "水费", "30.50"),
    ]  # fmt: skip
    assert (bill.place, bill.month, bill.total) == (ROOM, "2026-10", Decimal("230.50"))
    assert (bill.due_on, bill.notice_on) == (date(2026, 10, 15), None)
    assert (bill.late_fee, bill.late_fee_rule) == (Decimal("0.23"), "late_fee_once")


async def test_the_room_is_known_as_the_directory_writes_it_whatever_zeros_are_left_out(office):
    office.load(WIDE)
    for said in ("601", "0601"):
        (bill,) = await office.book.unpaid(ESTATE, Place("3", "2", said))
        assert bill.place == OTHER


async def test_a_long_list_has_a_row_an_item(office):
    assert counted(office.load(LONG)) == (2, 0, 0, 0, 0)
    (bill,) = await office.book.unpaid(ESTATE, ROOM)
    assert [(item.kind, str(item.amount)) for item in bill.items] == [
        ("property", "200.00"), ("water", "30.50"),
    ]  # fmt: skip


def test_both_forms_of_the_same_bills_are_the_same(office):
    office.load(WIDE)
    assert counted(office.load(LONG)) == (1, 0, 1, 0, 0)


async def test_a_list_of_totals_makes_bills_of_one_item(office):
    office.load("房号,月份,欠费金额\n3-2-602,2026-10,88.80\n")
    (bill,) = await office.book.unpaid(ESTATE, ROOM)
    assert [(item.kind, str(item.amount)) for item in bill.items] == [("other", "88.80")]


async def test_a_sheet_keeps_months_and_amounts_as_it_likes(office):
    book = Workbook()
    book.active.append(["2026年10月物业收费明细"])
    book.active.append(["楼栋", "单元", "房号", "月份", "物业费（元）", "水费", "缴费截止日"])
    book.active.append([3, 2, 602.0, date(2026, 10, 1), 0.1, 0.2, date(2026, 10, 20)])
    content = io.BytesIO()
    book.save(content)
    assert counted(office.load(content.getvalue(), name="bills.xlsx")) == (1, 0, 0, 0, 0)
    (bill,) = await office.book.unpaid(ESTATE, ROOM)
    assert (str(bill.total), bill.due_on) == ("0.30", date(2026, 10, 20))


def test_the_same_list_again_changes_nothing(office):
    office.load(WIDE)
    before = stored(office)
    assert counted(office.load(WIDE)) == (0, 0, 2, 0, 0)
    assert stored(office) == before == [2, 3]
    assert [event for event, _ in office.history("20261000001")] == ["issued"]


def test_a_changed_amount_of_an_unpaid_bill_is_taken_over_with_its_history(office):
    office.load(WIDE)
    changed = WIDE.replace("30.5,230.50", "20.5,220.50")
    assert counted(office.load(changed)) == (0, 1, 1, 0, 0)
    row = office.row("20261000001")
    assert (row.total_fen, [item.amount_fen for item in row.items]) == (22050, [20000, 2050])
    assert office.history("20261000001")[-1] == ("changed", "total 230.50 → 220.50")
    assert stored(office) == [2, 3]


def test_items_divided_otherwise_and_other_days_are_changes_too(office):
    office.load(WIDE)
    office.load(HEADINGS + "3,2,602,2026-10,200.50,30,230.50\n")
    office.load(
        HEADINGS.strip() + ",到期日,通知日期\n3,2,602,2026-10,200.50,30,230.50,2026-10-25,2026-10-05\n"
    )
    assert [detail for _, detail in office.history("20261000001")[1:]] == [
        "items divided otherwise", "due 2026-10-15 → 2026-10-25; notice none → 2026-10-05",
    ]  # fmt: skip
    office.load(HEADINGS + "3,2,602,2026-10,200.50,30,230.50\n")  # a list without days leaves them
    assert office.row("20261000001").due_on == date(2026, 10, 25)


def test_a_paid_bill_stays_as_it_was_with_a_warning(office):
    number = office.bill()
    office.do(office.book.mark_paid_in, number, who="tester")
    report = office.load(HEADINGS + "3,2,602,2026-10,120,,120\n")
    assert counted(report) == (0, 0, 0, 0, 1)
    (warning,) = report.warnings
    assert (warning.line, number in warning.message, "total 100.00 → 120.00" in warning.message) == (
        2,
        True,
        True,
    )
    assert office.row(number).total_fen == 10000


def test_a_withdrawn_bill_stays_so_until_a_corrected_one_comes(office):
    number = office.bill()
    office.do(office.book.withdraw_in, number, who="tester", why="wrong meter")
    report = office.load(HEADINGS + "3,2,602,2026-10,100,,100\n")
    assert "withdrawn" in report.warnings[0].message
    assert office.row(number).state is BillState.WITHDRAWN
    assert counted(office.load(HEADINGS + "3,2,602,2026-10,80,,80\n")) == (0, 1, 0, 0, 0)
    assert (office.row(number).state, office.row(number).total_fen) == (BillState.UNPAID, 8000)
    assert [event for event, _ in office.history(number)] == ["issued", "withdrawn", "issued_again"]


def test_a_list_may_tell_payments(office):
    number = office.bill()
    paid = (
        HEADINGS.strip()
        + ",付款日期\n3,2,602,2026-10,100,,100,2026-10-12\n3,2,601,2026-10,50,,50,2026-10-20\n"
    )
    assert counted(office.load(paid)) == (1, 0, 1, 2, 0)
    row = office.row(number)
    assert (row.state, row.paid_on, row.paid_how) == (BillState.PAID, date(2026, 10, 12), "list")
    assert [event for event, _ in office.history("20261000002")] == ["issued", "paid"]
    assert counted(office.load(paid)) == (0, 0, 2, 0, 0)


def test_a_payment_still_to_come_is_refused(office):
    row = "3,2,602,2026-10,100,,100,2026-11-24\n"
    assert problems(office, HEADINGS.strip() + ",付款日期\n" + row) == [
        (2, "paid_on", "2026-11-24 is still to come")
    ]
    assert stored(office) == [0, 0]


def test_every_mistake_is_told_with_its_line_and_nothing_is_stored(office):
    content = HEADINGS + (
        "3,2,602,2026-10,200,30.5,230.50\n"
        "3,2,602,2026-10,1,,1\n"
        "3,2,601,2026-13,1,,1\n"
        "9,1,101,2026-10,1,,1\n"
        "3,,101,2026-10,1,,1\n"
        "3,2,601,2026-10,12.345,x,1\n"
        "3,2,601,2026-09,100,20,121\n"
        "3,2,,2026-10,1,,1\n"
        "3,2,601,,1,,1\n"
        "5,,1203,2026-10,-5,,-5\n"
    )
    found = problems(office, content)
    assert [(line, where) for line, where, _ in found] == [
        (3, "room"), (4, "month"), (5, "room"), (6, "room"), (7, "物业费"), (7, "水费"), (8, "total"),
        (9, "room"), (10, "month"), (11, "total"),
    ]  # fmt: skip
    messages = [message for *_, message in found]
    assert messages[0] == "the same room and month as in line 2"
    assert "which unit (1, 2)" in messages[3]
    assert messages[6] == "the items come to 120.00, the total says 121.00"
    assert stored(office) == [0, 0]


def test_rows_of_one_bill_must_agree_in_the_long_form(office):
    content = LONG.replace("30.50,\n", "30.50,231\n").replace("停车费", "天梯费")
    assert problems(office, content) == [
        (3, "total", "231.00, but 230.50 in another row of the same bill"),
        (4, "item", 'no kind of fee is called "天梯费": name its kind under `items` of fees.yaml'),
    ]


@pytest.mark.parametrize(
    ("headings", "message"),
    [
        ("房号,月份,费项,金额,水费", "keep one form"),
        ("房号,月份,费项", "none for their amount"),
        ("房号,月份", "has no amounts"),
        ("房号,月份,物业费,天梯费", "is an amount nobody knows"),
        ("月份,物业费", "no column for the room"),
    ],
)
def test_headings_that_do_not_do_are_refused(office, headings, message):
    cells = ["3-2-602" if "房号" in headings else "x", "2026-10", "1", "1", "1"][: headings.count(",") + 1]
    found = problems(office, headings + "\n" + ",".join(cells) + "\n")
    assert any(message in text for *_, text in found)


async def test_an_item_of_your_own_is_named_in_the_configuration(db, clock, tmp_path):
    office = Office(db, clock, tmp_path, FeeRules.model_validate({"items": {"二次供水费": "water"}}))
    office.load("房号,月份,二次供水费\n3-2-602,2026-10,12\n")
    (bill,) = await office.book.unpaid(ESTATE, ROOM)
    assert (bill.items[0].kind, bill.late_fee_rule) == ("water", "")


def test_a_bill_of_nothing_is_left_out_with_a_warning(office):
    report = office.load(HEADINGS + "3,2,602,2026-10,0,,0\n")
    assert (counted(report), report.warnings[0].message) == ((0,) * 5, "nothing is owed: left out")


def test_without_a_room_list_any_room_may_have_a_bill(office):
    content = HEADINGS + "9,1,101,2026-10,1,,1\n"
    assert counted(office.load(content, directory=Rooms(has_list=False))) == (1, 0, 0, 0, 0)


def test_rows_without_a_month_get_the_one_asked_for(office):
    content = "房号,物业费\n3-2-602,100\n"
    assert "--month" in problems(office, content)[0][2]
    office.load(content, month="2026-09")
    with office.db.reading() as session:
        assert [row.month for row in repository.bills(session)] == ["2026-09"]


def test_a_dry_run_says_what_would_change_and_changes_nothing(office):
    assert counted(office.load(WIDE, dry_run=True)) == (2, 0, 0, 0, 0)
    assert stored(office) == [0, 0]
    assert office.bill() == "20261000001"  # nor was a number used


def test_estates_keep_their_bills_apart(office):
    content = "小区,房号,月份,物业费\n东湖花园,3-2-602,2026-10,100\n西苑,3-2-602,2026-10,200\n"
    assert counted(office.load(content)) == (2, 0, 0, 0, 0)
    with office.db.reading() as session:
        (west,) = repository.bills(session, estate="west")
    assert west.total_fen == 20000
    assert problems(office, content.replace("西苑", "南苑"))[0][:2] == (3, "estate")


async def test_a_bill_keeps_the_contract_under_which_it_was_issued(db, clock, tmp_path):
    percent = {"default": {"late_fee": {"percent": 1}}}
    Office(db, clock, tmp_path, FeeRules.model_validate(percent)).bill()
    office = Office(db, clock, tmp_path)
    (bill,) = await office.book.unpaid(ESTATE, ROOM)
    assert bill.late_fee == Decimal("1.00")


def test_history_goes_with_the_one_who_imported(office):
    number = office.bill()
    with office.db.reading() as session:
        (line,) = session.scalars(select(BillHistoryRow)).all()
    assert (line.bill, line.who, line.detail) == (number, "tester", "100.00 yuan, due 2026-10-15")


def test_thousands_of_bills_are_stored_in_one_go(office):
    rooms = Rooms(*(Place("1", "1", str(number)) for number in range(2000)))
    rows = "".join(f"1,1,{number},2026-10,100,20,120\n" for number in range(2000))
    assert counted(office.load(HEADINGS + rows, directory=rooms)) == (2000, 0, 0, 0, 0)
    assert counted(office.load(HEADINGS + rows, directory=rooms)) == (0, 0, 2000, 0, 0)
