"""Days as English says them: tomorrow, Monday to Friday, December first, every workday, for three days."""

from __future__ import annotations

import re
from datetime import date, timedelta

from hotline.call.ports.wakeups import Repeat
from hotline.language.numerals import to_digits
from hotline.language.slots import days as calendar
from hotline.language.slots.days import Days
from hotline.language.texts import clean

_WEEKDAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTH_NAMES = (
    *("january", "february", "march", "april", "may", "june", "july", "august", "september"),
    *("october", "november", "december"),
)
_ONES = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
_TEENS = (
    *("tenth", "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth"),
    *("seventeenth", "eighteenth", "nineteenth"),
)
_ORDINALS = {
    **{name: number for number, name in enumerate(_ONES + _TEENS, start=1)},
    **{"twentieth": 20, "thirtieth": 30, "thirty-first": 31},
    **{f"twenty-{name}": 20 + number for number, name in enumerate(_ONES, start=1)},
}
_UNDER_TWENTY = "|".join((*_ONES, *_TEENS))
_ORDINAL = re.compile(
    rf"\b(?:(?P<tens>twenty|thirty)[- ](?P<ones>{'|'.join(_ONES)})"
    rf"|(?P<one>{_UNDER_TWENTY}|twentieth|thirtieth))\b"
)
_NAME = "|".join(_WEEKDAY_NAMES)
_MONTH = "|".join(_MONTH_NAMES)
_RANGE = re.compile(rf"\b(?P<first>{_NAME})s? ?(?:to|through|thru|until|till|-) ?(?P<last>{_NAME})s?\b")
_SEVERAL = re.compile(
    rf"\b(?P<each>every |each |on )?(?P<names>(?:{_NAME})s?(?:(?:, and |, | and )(?:{_NAME})s?)+)\b"
)
_EACH = re.compile(rf"\b(?:(?:every|each) (?P<name>{_NAME})s?|(?:on )?(?P<plural>{_NAME})s)\b")
_ONE = re.compile(rf"\b(?:on )?(?P<which>next |this |coming )?(?P<name>{_NAME})\b")
_WORKDAYS = re.compile(r"\b(?:on |every |each )?(?:work(?:ing)? ?days?|weekdays?|business days?)\b")
_WEEKEND = re.compile(r"\b(?:(?:on |every |each )weekends?|weekends)\b")
_DAILY = re.compile(r"\b(?:every day|everyday|each day|daily|every (?=morning|evening|night|afternoon))")
_ONCE = re.compile(r"\b(?:just |only )?once(?: only)?\b")
_COUNT = re.compile(r"\bfor (?:the next )?(?P<count>\d{1,3}) days\b|\b(?:the )?next (?P<next>\d{1,3}) days\b")
_LATER = re.compile(r"\b(?:in|within) (?:a |(?P<count>\d{1,3}) )(?P<unit>days?|weeks?)(?: time)?\b")
_DATE = re.compile(
    rf"\b(?:on )?(?:(?P<month>{_MONTH}) (?:the )?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?![:\d])"
    rf"|(?:the )?(?P<day_of>\d{{1,2}})(?:st|nd|rd|th) (?:of )?(?P<month_of>{_MONTH})"
    r"|(?:the )?(?P<alone>\d{1,2})(?:st|nd|rd|th))(?:,? (?P<year>20\d\d))?\b"
)
_END = re.compile(r"\b(?:at )?the end of (?P<which>the|this|next) month\b")
_NAMED = (
    ("the day after tomorrow", 2, ""),
    ("day after tomorrow", 2, ""),
    ("tomorrow", 1, ""),
    ("tonight", 0, "tonight"),
    ("today", 0, ""),
    ("this morning", 0, "morning"),
    ("this afternoon", 0, "afternoon"),
    ("this evening", 0, "evening"),
)
_UNTIL = re.compile(r"(?:until|till|through|thru|up to|to|including)(?: the)? $")
_UNKEEPABLE = re.compile(r"\bevery (?:other|second) |\bexcept|\bbut not|\bdon't|\bnot on")


def read(text: str, today: date) -> tuple[Days, str]:
    """Return the days said and the text without them.

    Raises :class:`ValueError` for a day that does not exist, and for days that cannot be kept.
    """
    plain = clean(text, "en")
    if _UNKEEPABLE.search(plain):
        raise ValueError("these days cannot be kept")
    days = Days()
    plain = to_digits(_ORDINAL.sub(_figure, plain), "en")
    plain = _weekdays(_repeats(plain, days), days, today)
    plain = _dates(plain, days, today)
    return days, _names(plain, days, today)


def _figure(found: re.Match[str]) -> str:
    name = f"{found['tens']}-{found['ones']}" if found["tens"] else found["one"]
    if name not in _ORDINALS:
        raise ValueError(f"there is no {name}")
    return f"{_ORDINALS[name]}th"


def _repeats(plain: str, days: Days) -> str:
    if _WEEKEND.search(plain):
        days.repeat, days.days = Repeat.DAYS, frozenset({6, 7})
    elif _WORKDAYS.search(plain):
        days.repeat = Repeat.WORKDAYS
    elif _DAILY.search(plain):
        days.repeat = Repeat.DAILY
    elif _ONCE.search(plain):
        days.repeat = Repeat.ONCE
    count = _COUNT.search(plain)
    if count is not None:
        days.repeat, days.count = days.repeat or Repeat.DAILY, int(count["count"] or count["next"])
        if not 0 < days.count <= calendar.FURTHEST:
            raise ValueError("not a number of days")
    for pattern in (_WEEKEND, _WORKDAYS, _DAILY, _ONCE, _COUNT):
        plain = pattern.sub(" ", plain)
    return plain


def _weekdays(plain: str, days: Days, today: date) -> str:
    def take_range(found: re.Match[str]) -> str:
        days.repeat, days.days = (
            Repeat.DAYS,
            calendar.between(_number(found["first"]), _number(found["last"])),
        )
        return " "

    def take_several(found: re.Match[str]) -> str:
        named = (name for name in re.split(r", and |, | and ", found["names"]))
        days.repeat, days.days = Repeat.DAYS, frozenset(_number(name.removesuffix("s")) for name in named)
        return " "

    def take_each(found: re.Match[str]) -> str:
        number = _number(found["name"] or found["plural"])
        days.repeat, days.days = Repeat.DAYS, days.days | {number}
        return " "

    def take_one(found: re.Match[str]) -> str:
        last = _UNTIL.search(plain[: found.start()]) is not None
        weeks = 1 if found["which"] == "next " else None
        days.weekday = days.weekday or (weeks is None and not last)
        days.take(calendar.weekday(today, _number(found["name"]), weeks=weeks), last=last)
        return " "

    plain = _RANGE.sub(take_range, plain)
    plain = _SEVERAL.sub(take_several, plain)
    plain = _EACH.sub(take_each, plain)
    return _ONE.sub(take_one, plain)


def _dates(plain: str, days: Days, today: date) -> str:
    def take(found: re.Match[str]) -> str:
        days.take(_date(found, today), last=_UNTIL.search(plain[: found.start()]) is not None)
        return " "

    def take_later(found: re.Match[str]) -> str:
        week = found["unit"].startswith("week")
        days.take(calendar.in_days(today, int(found["count"] or 1) * (7 if week else 1)), last=False)
        return " "

    def take_end(found: re.Match[str]) -> str:
        months = 1 if found["which"] == "next" else 0
        last = _UNTIL.search(plain[: found.start()]) is not None
        days.take(calendar.end_of_month(today, months=months), last=last)
        return " "

    return _END.sub(take_end, _LATER.sub(take_later, _DATE.sub(take, plain)))


def _date(found: re.Match[str], today: date) -> date:
    if found["alone"]:
        return calendar.day_of_month(today, int(found["alone"]))
    month = _MONTH_NAMES.index(found["month"] or found["month_of"]) + 1
    year = int(found["year"]) if found["year"] else None
    return calendar.month_day(today, month, int(found["day"] or found["day_of"]), year)


def _names(plain: str, days: Days, today: date) -> str:
    for name, offset, part in _NAMED:
        at = plain.find(name)
        if at < 0:
            continue
        last = _UNTIL.search(plain[:at]) is not None
        days.tomorrow = days.tomorrow or (offset == 1 and not last)
        days.take(today + timedelta(days=offset), last=last)
        plain = plain.replace(name, f" {part} ", 1)
    return re.sub(r" +", " ", plain).strip(", ")


def _number(name: str) -> int:
    return _WEEKDAY_NAMES.index(name) + 1
