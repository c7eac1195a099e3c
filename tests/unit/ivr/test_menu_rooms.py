"""Wake-ups, bills and PINs of rooms: what the checks find, and what reaches the desks in a call."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from pathlib import Path

import pytest
from ivr_kit import ZONE, texts
from session_kit import Around, rehearse

from hotline.call.clock import Clock
from hotline.call.ports import BillSummary, NewWakeup, Place, Repeat, WakeTime, WakeupSummary
from hotline.ivr.keypad import Digits, Verdict, judge
from hotline.ivr.line import CONCEALED
from hotline.ivr.loader import check_menu
from hotline.ivr.rehearsal import RehearsalDirectory, RehearsalPrompts
from hotline.ivr.rehearsal_rooms import RehearsalDoor, RehearsalFees, RehearsalWakeups
from hotline.ivr.steps.answers import date_by_keys, time_by_keys, weekdays_by_keys
from hotline.ivr.steps.schedules import spoken

TODAY = date(2026, 11, 23)
MENU = """\
menu: small
start: main
failure: bye
emergency: {step: bye}
defaults: {failed: bye}
steps:
  main:
    lookup: {what: bills, found: bill, none: bye, stranger: pin}
  pin:
    room_pin: {prompts: fees_ask_room, pin: fees_ask_pin, locked: bye, closed: bye, failed: bye, next: main}
  bill:
    say: {prompts: [{read_back: bill.total}], next: ask}
  ask:
    when: {prompts: a, half: b, days: c, date: d, weekdays: e, next: book}
  book:
    wakeup: {do: book, next: list, refused: {default: bye}, stranger: bye, failed: bye}
  list:
    wakeup: {do: list, next: more, none: bye, stranger: bye, failed: bye}
  more:
    cases: {of: wakeups, move: next, found: bye, none: bye}
  bye:
    hangup: {prompts: goodbye}
"""


def problems(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "small.yaml"
    path.write_text(text, encoding="utf-8")
    prompts = RehearsalPrompts({"zh": {**texts()["zh"], **dict.fromkeys("abcde", "。")}})
    return [
        str(one)
        for one in check_menu(path, prompts=prompts, windows=(), rosters=(), shown_as="small.yaml")[1]
    ]


def test_a_menu_of_bills_and_wake_ups_holds(tmp_path: Path) -> None:
    assert problems(tmp_path, MENU) == []


@pytest.mark.parametrize(
    ("text", "by", "line", "expected"),
    [
        (", stranger: pin}", "}", 8, "amounts are said after identification only"),
        (", half: b", "", 14, "what was not said is asked for"),
        (
            "prompts: a, half: b, days: c, date: d, weekdays: e",
            "prompts: a, what: date",
            14,
            "into is needed",
        ),
        ("refused: {default: bye}", "refused: {past: bye}", 16, "refused needs a default"),
        ("refused: {default: bye}", "refused: {default: bye, late: bye}", 16, "late"),
        ("none: bye, stranger: bye, failed: bye}", "stranger: bye, failed: bye}", 18, "none is needed"),
        ("failed: bye, next: main", "next: main", 10, '"failed" is needed'),
        ("read_back: bill.total", "read_back: bill.totals", 12, 'did you mean "bill.total"'),
    ],
)
def test_what_is_missing_in_such_a_menu_is_named_with_its_line(
    tmp_path: Path, text: str, by: str, line: int, expected: str
) -> None:
    assert text in MENU
    found = problems(tmp_path, MENU.replace(text, by, 1))
    assert any(expected in one and one.startswith(f"small.yaml:{line}:") for one in found), found


# --- keys ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "at"),
    [
        *(("0630", "06:30"), ("630", "06:30"), ("7", "07:00"), ("18", "18:00"), ("2359", "23:59")),
        *(("2400", "00:00"), ("000", "00:00"), ("2460", None), ("25", None), ("0660", None), ("", None)),
        ("6*3", None),
    ],
)
def test_times_are_entered_with_and_without_leading_zeros(typed: str, at: str | None) -> None:
    assert time_by_keys(typed) == (at and time.fromisoformat(at))


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        *(("1201", "2026-12-01"), ("1123", "2026-11-23"), ("1122", "2027-11-22"), ("0229", "2028-02-29")),
        *(("15", "2026-12-15"), ("23", "2026-11-23"), ("5", "2026-12-05"), ("31", "2026-12-31")),
        *(("0230", None), ("1301", None), ("0", None), ("32", None), ("120", None), ("", None)),
    ],
)
def test_dates_are_entered_as_month_and_day_or_as_the_day_of_a_month(typed: str, day: str | None) -> None:
    assert date_by_keys(typed, TODAY) == (day and date.fromisoformat(day))


def test_days_of_the_week_are_digits_from_one_to_seven() -> None:
    assert weekdays_by_keys("1355") == {1, 3, 5}
    assert weekdays_by_keys("") is None
    assert weekdays_by_keys("128") is None


def test_an_entry_that_may_be_full_does_not_wait_for_its_terminator() -> None:
    pad = Digits(1, 4, full=True)
    assert [judge(pad, keys) for keys in ("0", "063", "0630", "7#")] == [
        Verdict.MORE,
        Verdict.MORE,
        Verdict.DONE,
        Verdict.DONE,
    ]
    assert judge(pad, "063", ended=True) is Verdict.DONE
    assert judge(pad, "#") is Verdict.WRONG


@pytest.mark.parametrize(
    ("when", "next_at", "expected"),
    [
        (WakeTime(at=time(7), first=TODAY), None, "07:00 once 2026-11-23"),
        (WakeTime(at=time(7)), datetime(2026, 11, 24, 7, tzinfo=ZONE), "07:00 once 2026-11-24"),
        (WakeTime(at=time(7)), None, ""),
        (
            WakeTime(at=time(7), repeat=Repeat.DAILY, first=date(2026, 12, 1)),
            None,
            "07:00 daily from 2026-12-01",
        ),
        (
            WakeTime(at=time(7), repeat=Repeat.DAILY, first=date(2026, 11, 1), until=date(2026, 12, 5)),
            datetime(2026, 11, 24, 7, tzinfo=ZONE),
            "07:00 daily until 2026-12-05",
        ),
        (WakeTime(at=time(6, 5), repeat=Repeat.DAYS, days=frozenset({5, 1})), None, "06:05 days 15"),
    ],
)
def test_a_booking_is_said_with_its_first_day_only_while_it_is_to_come(
    when: WakeTime, next_at: datetime | None, expected: str
) -> None:
    assert spoken(when, next_at) == expected


# --- calls -----------------------------------------------------------------------------------------


class SlowWakeups(RehearsalWakeups):
    """Books in three seconds: time enough to hang up."""

    async def book(self, new: NewWakeup) -> WakeupSummary:
        await self._clock.sleep(3)
        return await super().book(new)


class WatchedFees(RehearsalFees):
    """Remembers whose bills were asked for."""

    def __init__(self, clock: Clock, bills: Sequence[BillSummary]) -> None:
        super().__init__(clock, bills)
        self.asked: list[str] = []

    async def unpaid(self, estate: str, place: Place) -> Sequence[BillSummary]:
        self.asked.append(str(place))
        return await super().unpaid(estate, place)


def test_who_hangs_up_while_it_is_booked_is_woken_all_the_same() -> None:
    def make() -> Around:
        around = Around()
        around.options["wakeups"] = SlowWakeups(around.clock, ZONE)
        return around

    async def caller(around: Around) -> None:
        await around.hear("main_menu")
        around.call.far_presses("6")
        await around.hear("wake_ask_time")
        await around.clock.sleep(20)
        await around.ears.speak(around.call, "明天早上六点半", score=0.9)
        await around.hear("wake_confirm")
        around.call.far_presses("1")
        await around.clock.sleep(1)
        around.call.far_hangs_up()

    around = rehearse(make, caller)
    (booked,) = around.options["wakeups"].booked
    assert (booked.new.call, booked.new.requested_by, booked.new.to) == ("c" * 32, "guest", "")
    assert booked.new.when.at == time(6, 30)


def test_no_bill_is_even_asked_for_before_room_and_pin_belong_together() -> None:
    def make() -> Around:
        around = Around(directory=RehearsalDirectory({}, frozenset()))
        around.options["fees"] = WatchedFees(around.clock, ())
        around.options["door"] = RehearsalDoor(around.clock, {"3-2-602": "482913"})
        return around

    async def caller(around: Around) -> None:
        await around.hear("main_menu")
        around.call.far_presses("3")
        await around.hear("fees_ask_room")
        around.call.far_presses("3*2*602#")
        await around.hear("fees_ask_pin")
        around.call.far_presses("111111#")
        await around.hear("fees_wrong")
        assert around.options["fees"].asked == []
        await around.hear("fees_ask_room")
        await around.clock.sleep(12)
        around.call.far_presses("3*2*602#")
        await around.clock.sleep(8)
        around.call.far_presses("482913#")
        await around.hear("fees_unbilled")
        around.call.far_hangs_up()

    around = rehearse(make, caller)
    assert around.options["fees"].asked == ["3-2-602"]
    keys = [detail["key"] for kind, detail in around.log.events if kind == "DTMF" and "key" in detail]
    assert CONCEALED in keys
    assert set(keys) <= {CONCEALED, "3"}, "the menu's own key and nothing of room or PIN"


def test_a_booking_is_committed_for_the_room_of_the_telephone_in_the_language_spoken() -> None:
    def make() -> Around:
        around = Around(estate={"language": "en"})
        around.options["wakeups"] = RehearsalWakeups(around.clock, ZONE)
        return around

    async def caller(around: Around) -> None:
        await around.hear("main_menu")
        around.call.far_presses("6")
        await around.hear("wake_time_keys")
        around.call.far_presses("1930")
        await around.hear("wake_days_once")
        around.call.far_presses("1")
        await around.hear("wake_confirm")
        around.call.far_presses("1")
        await around.hear("wake_done")
        around.call.far_hangs_up()

    around = rehearse(make, caller)
    (booked,) = around.options["wakeups"].booked
    assert (booked.new.place, booked.new.language) == (Place("3", "2", "602"), "en")
    assert around.outcome == "wakeup"


PROMISE = """\
menu: small
start: ask
failure: bye
emergency: {step: bye}
everywhere: {0: bye}
defaults: {failed: bye}
steps:
  ask:
    when:
      what: date
      into: promise
      prompts: wake_ask_date
      wrong_date: wake_wrong_date
      furthest: 31
      too_far: wake_too_far
      next: told
  told:
    say: {prompts: [wake_for, {read_back: promise, as: date}], next: bye}
  bye:
    hangup: {prompts: goodbye}
"""


def promised(tmp_path: Path, *answers: str) -> list[str]:
    """Return the prompts after the first question; an answer of digits is pressed, another one said."""
    path = tmp_path / "small.yaml"
    path.write_text(PROMISE, encoding="utf-8")
    prompts = RehearsalPrompts({"zh": texts()["zh"]})
    menu, found = check_menu(path, prompts=prompts, windows=(), rosters=(), shown_as="small.yaml")
    assert menu is not None
    assert not found

    async def caller(around: Around) -> None:
        for answer in answers:
            await around.hear("wake_ask_date")
            await around.clock.sleep(8)
            if answer.strip("#").isdigit():
                around.call.far_presses(answer)
            else:
                await around.ears.speak(around.call, answer, score=0.9)
            await around.clock.sleep(2)
        await around.hear("goodbye")
        around.call.far_hangs_up()

    return rehearse(lambda: Around(menu=menu), caller).names()[1:]


@pytest.mark.parametrize(
    ("answers", "heard"),
    [
        (["明天"], ["wake_for", "tomorrow"]),
        (["下周五"], ["wake_for", "month_12", "day_4"]),
        (["十五号"], ["wake_for", "month_12", "day_15"]),
        (["1201"], ["wake_for", "month_12", "day_1"]),
        (["15#"], ["wake_for", "month_12", "day_15"]),
        (["0230", "1201"], ["wake_wrong_date", "wake_ask_date", "wake_for", "month_12", "day_1"]),
        (["0301", "1201"], ["wake_too_far", "wake_ask_date", "wake_for", "month_12", "day_1"]),
        (["每天", "明天"], ["wake_ask_date", "wake_for", "tomorrow"]),
        (["0#"], []),
    ],
)
def test_a_day_alone_is_taken_by_voice_and_keys_within_what_may_be_promised(
    tmp_path: Path, answers: list[str], heard: list[str]
) -> None:
    assert promised(tmp_path, *answers) == [*heard, "goodbye"]
