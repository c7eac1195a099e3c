"""Times as callers say them, understood as of Monday, 23 November 2026, 10:00, unless said otherwise."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.call.ports.wakeups import Repeat
from hotline.language.slots import day_of, half_of_day, moment
from hotline.language.slots.moments import next_day

NOW = datetime(2026, 11, 23, 10, 0)  # noqa: DTZ001 -- local time of the estate
DAILY, WORKDAYS, DAYS = Repeat.DAILY, Repeat.WORKDAYS, Repeat.DAYS


def understood(text: str, language: str = "zh", now: datetime = NOW) -> tuple[object, ...]:
    """Time, how often or on which weekdays, day, last day; a “?” where the half of the day is open."""
    found = moment(text, language, now=now)
    if found is None:
        return ()
    at = f"{found.at:%H:%M}{'' if found.certain else '?'}" if found.at is not None else ""
    often = sorted(found.days) if found.repeat is DAYS else found.repeat
    day = found.day and found.day.strftime("%m-%d")
    return at, often, day, found.until and found.until.strftime("%m-%d")


@pytest.mark.parametrize(
    ("said", "at", "often", "day", "until"),
    [
        ("明天早上六点半", "06:30", None, "11-24", None),
        ("我想明天早上六点半叫醒", "06:30", None, "11-24", None),
        ("麻烦明早六点叫我一下", "06:00", None, "11-24", None),
        ("明早五点四十五", "05:45", None, "11-24", None),
        ("明天下午一点一刻", "13:15", None, "11-24", None),
        ("明晚八点", "20:00", None, "11-24", None),
        ("今天下午三点", "15:00", None, "11-23", None),
        ("今晚十点", "22:00", None, "11-23", None),
        ("今天六点", "18:00", None, "11-23", None),
        ("今天早上六点", "06:00", None, "11-23", None),
        ("后天七点一刻", "07:15?", None, "11-25", None),
        ("大后天上午九点", "09:00", None, "11-26", None),
        ("六点", "06:00?", None, None, None),
        ("六点半叫我", "06:30?", None, None, None),
        ("七点零五分", "07:05?", None, None, None),
        ("早上六时三十分", "06:30", None, None, None),
        ("差五分七点", "06:55?", None, None, None),
        ("十二点", "12:00?", None, None, None),
        ("中午十二点半", "12:30", None, None, None),
        ("十八点三十", "18:30", None, None, None),
        ("零点", "00:00", None, None, None),
        ("06:30", "06:30?", None, None, None),
        ("0630", "06:30?", None, None, None),
        ("每天七点", "07:00?", DAILY, None, None),
        ("每天早上七点", "07:00", DAILY, None, None),
        ("每早七点", "07:00", DAILY, None, None),
        ("天天早上六点四十", "06:40", DAILY, None, None),
        ("工作日六点五十", "06:50?", WORKDAYS, None, None),
        ("每个工作日早上六点五十", "06:50", WORKDAYS, None, None),
        ("周一到周五早上七点", "07:00", [1, 2, 3, 4, 5], None, None),
        ("星期一至星期五七点半", "07:30?", [1, 2, 3, 4, 5], None, None),
        ("周一到五早上七点", "07:00", [1, 2, 3, 4, 5], None, None),
        ("周六到周一早上九点", "09:00", [1, 6, 7], None, None),
        ("周一到周五十点", "10:00?", [1, 2, 3, 4, 5], None, None),
        ("周一到五十点", "10:00?", [1, 2, 3, 4, 5], None, None),
        ("周一二十点", "20:00", None, "11-23", None),
        ("周二和周四十一点", "11:00?", [2, 4], None, None),
        ("每周六早上九点", "09:00", [6], None, None),
        ("每个周末早上九点", "09:00", [6, 7], None, None),
        ("周一三五早上七点", "07:00", [1, 3, 5], None, None),
        ("周二、周四晚上八点", "20:00", [2, 4], None, None),
        ("礼拜二和礼拜四早上八点", "08:00", [2, 4], None, None),
        ("星期六下午两点", "14:00", None, "11-28", None),
        ("周五六点", "06:00?", None, "11-27", None),
        ("周六六点半", "06:30?", None, "11-28", None),
        ("周日十点", "10:00?", None, "11-29", None),
        ("周一早上十一点", "11:00", None, "11-23", None),
        ("周一早上九点", "09:00", None, "11-30", None),
        ("周1 7点", "07:00?", None, "11-30", None),
        ("下周一早上八点", "08:00", None, "11-30", None),
        ("下下周三早上八点", "08:00", None, "12-09", None),
        ("这周五早上七点", "07:00", None, "11-27", None),
        ("十二月一号早上六点", "06:00", None, "12-01", None),
        ("12月1日6点半", "06:30?", None, "12-01", None),
        ("一月三号早上八点", "08:00", None, "01-03", None),
        ("二十五号早上六点", "06:00", None, "11-25", None),
        ("五号早上六点", "06:00", None, "12-05", None),
        ("下个月五号上午十点", "10:00", None, "12-05", None),
        ("三天后早上八点", "08:00", None, "11-26", None),
        ("每天早上七点到十二月五号", "07:00", DAILY, None, "12-05"),
        ("每天早上七点，一直到下周五", "07:00", DAILY, None, "12-04"),
        ("从明天开始每天早上七点到周五", "07:00", DAILY, "11-24", "11-27"),
        ("工作日早上七点到月底", "07:00", WORKDAYS, None, "11-30"),
        ("连续三天早上七点", "07:00", DAILY, None, "11-26"),
        ("从明天起连续五天早上六点", "06:00", DAILY, "11-24", "11-28"),
        ("明天", "", None, "11-24", None),
        ("每天", "", DAILY, None, None),
        ("工作日", "", WORKDAYS, None, None),
        ("明天早上七點半", "07:30", None, "11-24", None),
    ],
)
def test_mandarin_times_are_understood(
    said: str, at: str, often: object, day: str | None, until: str | None
) -> None:
    assert understood(said) == (at, often, day, until)


@pytest.mark.parametrize(
    ("said", "at", "often", "day", "until"),
    [
        ("half past six tomorrow morning", "06:30", None, "11-24", None),
        ("tomorrow morning at half past six, please", "06:30", None, "11-24", None),
        ("wake me up at six tomorrow", "06:00?", None, "11-24", None),
        ("tomorrow at seven please", "07:00?", None, "11-24", None),
        ("six thirty", "06:30?", None, None, None),
        ("6:30 p.m.", "18:30", None, None, None),
        ("six oh five a m", "06:05", None, None, None),
        ("quarter to eight", "07:45?", None, None, None),
        ("seven", "07:00?", None, None, None),
        ("18:30", "18:30", None, None, None),
        ("noon", "12:00", None, None, None),
        ("midnight", "00:00", None, None, None),
        ("tonight at eleven", "23:00", None, "11-23", None),
        ("tonight at one", "01:00", None, "11-24", None),
        ("midnight tonight", "00:00", None, "11-24", None),
        ("twelve at night tomorrow", "00:00", None, "11-25", None),
        ("this afternoon at three", "15:00", None, "11-23", None),
        ("every day at seven", "07:00?", DAILY, None, None),
        ("at seven every day", "07:00?", DAILY, None, None),
        ("every morning at seven", "07:00", DAILY, None, None),
        ("daily at 6 a.m.", "06:00", DAILY, None, None),
        ("weekdays at 6:50 a.m.", "06:50", WORKDAYS, None, None),
        ("on working days at ten to seven", "06:50?", WORKDAYS, None, None),
        ("monday to friday at six thirty a m", "06:30", [1, 2, 3, 4, 5], None, None),
        ("Monday through Friday, seven in the morning", "07:00", [1, 2, 3, 4, 5], None, None),
        ("every saturday at two in the afternoon", "14:00", [6], None, None),
        ("mondays and thursdays at 7", "07:00?", [1, 4], None, None),
        ("on monday, wednesday and friday at 7 am", "07:00", [1, 3, 5], None, None),
        ("every weekend at nine in the morning", "09:00", [6, 7], None, None),
        ("seven o'clock on friday", "07:00?", None, "11-27", None),
        ("next friday at 6 am", "06:00", None, "12-04", None),
        ("the day after tomorrow at quarter past seven", "07:15?", None, "11-25", None),
        ("december first at six a.m.", "06:00", None, "12-01", None),
        ("the twenty-fifth of November, 6 am", "06:00", None, "11-25", None),
        ("on the 5th at six in the morning", "06:00", None, "12-05", None),
        ("in three days at eight in the morning", "08:00", None, "11-26", None),
        ("every day at seven a.m. until december fifth", "07:00", DAILY, None, "12-05"),
        ("every day at seven a.m. until friday", "07:00", DAILY, None, "11-27"),
        ("for three days at seven in the morning", "07:00", DAILY, None, "11-26"),
        ("tomorrow", "", None, "11-24", None),
        ("every day", "", DAILY, None, None),
    ],
)
def test_english_times_are_understood(
    said: str, at: str, often: object, day: str | None, until: str | None
) -> None:
    assert understood(said, "en") == (at, often, day, until)


@pytest.mark.parametrize(
    ("said", "language"),
    [
        *(
            (said, "zh")
            for said in ("二十五点", "六点七十分", "二月三十号早上六点", "十三月一号", "你好", "")
        ),
        *(
            (said, "zh")
            for said in ("每隔一天早上七点", "隔天六点", "除了周末每天七点", "不要七点", "三号楼", "五百天后")
        ),
        *(
            (said, "en")
            for said in ("twenty five o'clock", "every other day at 7", "february 30th at 6", "hello")
        ),
        *((said, "en") for said in ("every day except sunday at 7", "the thirty-second")),
    ],
)
def test_what_is_no_time_or_cannot_be_kept_is_asked_again(said: str, language: str) -> None:
    assert understood(said, language) == ()


@pytest.mark.parametrize(
    ("now", "said", "at", "day"),
    [
        ("23:50", "明天凌晨两点", "02:00", "11-24"),
        ("23:50", "今天凌晨两点", "02:00", "11-24"),
        ("23:50", "今晚两点", "02:00", "11-24"),
        ("23:50", "今天夜里两点半", "02:30", "11-24"),
        ("23:50", "明天早上六点", "06:00", "11-24"),
        ("23:50", "今晚十二点", "00:00", "11-24"),
        ("23:50", "明天晚上十二点", "00:00", "11-25"),
        ("00:20", "今晚两点", "02:00", "11-23"),
        ("00:20", "今天凌晨三点", "03:00", "11-23"),
        ("00:20", "明天早上六点", "06:00", "11-23"),
        ("03:59", "明早七点", "07:00", "11-23"),
        ("04:00", "明早七点", "07:00", "11-24"),
        ("00:20", "明天下午三点", "15:00", "11-24"),
        ("00:20", "今天早上七点", "07:00", "11-23"),
    ],
)
def test_around_midnight_the_night_belongs_to_who_has_not_slept_yet(
    now: str, said: str, at: str, day: str
) -> None:
    then = datetime.combine(NOW.date(), time.fromisoformat(now))
    assert understood(said, now=then) == (at, None, day, None)


@pytest.mark.parametrize(
    ("said", "language", "day"),
    [
        ("下周五", "zh", "2026-12-04"),
        ("十五号", "zh", "2026-12-15"),
        ("这个月三十号之前", "zh", "2026-11-30"),
        ("明天", "zh", "2026-11-24"),
        ("月底", "zh", "2026-11-30"),
        ("一周内", "zh", "2026-11-30"),
        ("三天之内交", "zh", "2026-11-26"),
        ("二月二十九号", "zh", "2028-02-29"),
        ("2027年1月5日", "zh", "2027-01-05"),
        ("到周五", "zh", "2026-11-27"),
        ("next monday", "en", "2026-11-30"),
        ("within a week", "en", "2026-11-30"),
        ("by the end of the month", "en", "2026-11-30"),
        ("the fifteenth", "en", "2026-12-15"),
        ("每天", "zh", None),
        ("不知道", "zh", None),
        ("二月三十号", "zh", None),
        ("every friday", "en", None),
    ],
)
def test_a_single_day_is_understood(said: str, language: str, day: str | None) -> None:
    found = day_of(said, language, today=NOW.date())
    assert (found and found.isoformat()) == day


@pytest.mark.parametrize(
    ("said", "language", "half"),
    [
        ("早上", "zh", "morning"),
        ("凌晨的", "zh", "morning"),
        ("是下午", "zh", "afternoon"),
        ("晚上六点", "zh", "afternoon"),
        ("早上还是晚上", "zh", None),
        ("六点", "zh", None),
        ("in the morning", "en", "morning"),
        ("p m", "en", "afternoon"),
        ("seven", "en", None),
    ],
)
def test_the_half_of_the_day_is_understood(said: str, language: str, half: str | None) -> None:
    assert half_of_day(said, language) == half


@pytest.mark.parametrize(
    ("said", "afternoon", "at"),
    [
        ("六点半", False, "06:30"),
        ("六点半", True, "18:30"),
        ("十二点", False, "00:00"),
        ("十二点", True, "12:00"),
    ],
)
def test_an_open_hour_is_settled_by_the_half_of_the_day(said: str, afternoon: bool, at: str) -> None:
    found = moment(said, "zh", now=NOW)
    assert found is not None
    assert not found.certain
    settled = found.in_half(afternoon=afternoon)
    assert (settled.at, settled.certain) == (time.fromisoformat(at), True)


def test_the_next_day_at_a_time_is_today_while_it_has_not_been() -> None:
    assert next_day(time(10, 1), NOW) == date(2026, 11, 23)
    assert next_day(time(10, 0), NOW) == date(2026, 11, 24)


@given(
    text=st.text(alphabet="一二三四五六七八九十点半每周天明后早上下午号月到0123456789:， 今晚", max_size=16),
    now=st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2029, 1, 1)),  # noqa: DTZ001
)
def test_whatever_is_said_leads_to_no_day_before_this_week(text: str, now: datetime) -> None:
    found = moment(text, "zh", now=now)
    if found is not None and found.day is not None:
        assert (now.date() - found.day).days < 7
