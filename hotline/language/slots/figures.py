"""Numbers out of what somebody says: digits, telephone numbers, times of day."""

from __future__ import annotations

import re
from datetime import time

from hotline.language.numerals import to_digits

_PHONES = tuple(
    re.compile(rf"(?<!\d)(?:{form})(?!\d)")
    for form in (
        r"(?:86|0)?(1[3-9]\d{9})",
        r"(0(?:10|2\d|[3-9]\d\d)\d{7,8})",
        r"([48]00\d{7})",
        r"([2-8]\d{6,7})",
    )
)
"""Mobile, landline with its area code, service number, local number: the numbering plan of China."""
_COUNTRY = re.compile(r"(?<!\d)\+?(?:00)?86(?=1[3-9]\d{9}|0?[1-9]\d{8,})|\+")
_JOINTS = re.compile(r"(?<=\d)[\s,.\-/]+(?=\d)")

_PERIODS = (
    ("凌晨|半夜|深夜|夜里|后半夜", "night"),
    ("早上|早晨|清晨|上午|明早|今早|早", "morning"),
    ("中午", "noon"),
    ("下午|午后|傍晚", "afternoon"),
    ("晚上|今晚|明晚|夜晚|晚", "evening"),
)
_ZH_TIME = re.compile(
    r"(?P<to>差(?P<to_minutes>\d{1,2})分钟?|差1刻)?(?P<hour>\d{1,2})点(?:钟|整)?"
    r"(?:(?P<half>半)|(?P<quarters>[13])刻|差(?P<short>\d{1,2})分|差1刻(?P<short_quarter>)|过?(?P<minute>\d{1,2})分?)?"
)
_CLOCK = re.compile(r"(?<!\d)(?P<hour>\d{1,2}):(?P<minute>\d{2})(?!\d)")
_FOUR = re.compile(r"(?<!\d)(?P<hour>\d{1,2})(?P<minute>[0-5]\d)(?!\d)")
_EN_RELATIVE = re.compile(
    r"(?P<amount>half|(?:a )?quarter|\d{1,2}(?: minutes)?) (?P<side>past|after|to|before) (?P<hour>\d{1,2})\b"
)
_EN_HOUR = re.compile(r"(?<![\d:])(?P<hour>\d{1,2})(?= ?(?:o'?clock|[ap]\b|am|pm|in the|$))")
_EN_AFTERNOON = re.compile(r"\d ?p[., ]*m\b|afternoon|evening|tonight|at night")
_EN_MORNING = re.compile(r"\d ?a[., ]*m\b|morning")


def digits(text: str, language: str = "zh") -> str | None:
    """Return all digits said, in order (“幺三八，一二” → ``13812``); ``None`` when there are none."""
    found = "".join(char for char in to_digits(text, language) if char in "0123456789")
    return found or None


def phone(text: str, language: str = "zh") -> str | None:
    """Return the telephone number said, digits only and without +86; ``None`` when there is none.

    Groups may be said with pauses. Only numbers that can exist in China are taken: a number that
    lost or gained a digit in recognition is better asked again.
    """
    plain = to_digits(text, language)
    for candidate in (_JOINTS.sub("", plain), plain):
        bare = _COUNTRY.sub("", candidate)
        for form in _PHONES:
            found = form.search(bare)
            if found is not None:
                return found[1]
    return None


def time_of_day(text: str, language: str) -> time | None:
    """Return the time of day said: “下午三点一刻”, “差五分八点”, “half past seven”, “07:30”.

    Without a part of the day the hour is taken as said (7 is 07:00). ``None`` when there is no
    time in the text or no such time (“二十五点”).
    """
    plain = to_digits(text, language)
    return _english_time(plain) if language == "en" else _chinese_time(plain)


def _chinese_time(plain: str) -> time | None:
    found, part = _ZH_TIME.search(plain), part_of_day(plain)
    if found is None:
        bare = _CLOCK.search(plain) or _FOUR.search(plain)
        return None if bare is None else _at(_in_period(int(bare["hour"]), part), int(bare["minute"]))
    hour = _in_period(int(found["hour"]), part)
    minute = int(found["minute"] or 0)
    if found["half"]:
        minute = 30
    elif found["quarters"]:
        minute = 15 * int(found["quarters"])
    before = _minutes_before(found)
    return _at(hour, minute) if before is None else _before(hour, before)


def _minutes_before(found: re.Match[str]) -> int | None:
    """“差五分八点”, “八点差一刻”: minutes to take off the hour."""
    said = found["to_minutes"] or found["short"]
    if said:
        return int(said)
    return 15 if found["to"] or found["short_quarter"] is not None else None


def part_of_day(plain: str) -> str:
    """Return which part of the day Mandarin text names: ``night``, ``morning``, ``noon``,
    ``afternoon``, ``evening``; empty when it names none."""
    return next((name for words, name in _PERIODS if re.search(words, plain)), "")


def _in_period(hour: int, period: str) -> int:
    """Apply the part of the day: 下午三点 is 15, 晚上十二点 is 0, 凌晨十二点 is 0, 中午一点 is 13."""
    if period in ("night", "evening") and hour == 12:
        return 0
    if period == "morning" and hour == 12:
        return 12
    shifts = {"noon": range(1, 4), "afternoon": range(1, 12), "evening": range(5, 12), "night": range(9, 12)}
    return hour + 12 if hour in shifts.get(period, ()) else hour


def _english_time(plain: str) -> time | None:
    if re.search(r"\bmidnight\b", plain):
        return time(0)
    relative = _EN_RELATIVE.search(plain)
    if relative is not None:
        hour = _half_of_day(int(relative["hour"]), plain)
        amount = relative["amount"]
        minutes = 30 if "half" in amount else 15 if "quarter" in amount else int(amount.split()[0])
        return _at(hour, minutes) if relative["side"] in ("past", "after") else _before(hour, minutes)
    clock = _CLOCK.search(plain) or _FOUR.search(plain)
    if clock is not None:
        return _at(_half_of_day(int(clock["hour"]), plain), int(clock["minute"]))
    full = _EN_HOUR.search(plain)
    if full is not None:
        return _at(_half_of_day(int(full["hour"]), plain), 0)
    return time(12) if re.search(r"\bnoon\b", plain) else None


def _half_of_day(hour: int, plain: str) -> int:
    if _EN_AFTERNOON.search(plain) and hour < 12:
        return hour + 12
    if _EN_MORNING.search(plain) and hour == 12:
        return 0
    return hour


def _at(hour: int, minute: int) -> time | None:
    hour = 0 if hour == 24 else hour
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _before(hour: int, minutes: int) -> time | None:
    return _at((hour - 1) % 24, 60 - minutes) if 0 < minutes < 60 and hour <= 24 else None
