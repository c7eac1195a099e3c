"""When somebody wants something: a time, the days, how often – “明天早上六点半”, “weekdays at 6:50”.

What is not said stays empty, and whether an hour from 1 to 12 is of the morning is said with it:
nobody is woken, and no promise kept, on a guess (DOMAIN section 7).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from hotline.call.ports.wakeups import Repeat
from hotline.language.numerals import to_digits
from hotline.language.slots import days_en, days_zh
from hotline.language.slots.days import Days
from hotline.language.slots.figures import part_of_day, time_of_day

SLEEPERS_DAY = 4
"""Hour until which “tomorrow morning” is the one that comes: whoever says it has not slept yet."""
SMALL_HOURS = 5
"""Hour until which a night lasts that began the evening before."""

HALVES: Mapping[str, Mapping[str, str]] = {
    "zh": {
        **dict.fromkeys(("早上", "上午", "早晨", "清晨", "凌晨", "半夜"), "morning"),
        **dict.fromkeys(("下午", "晚上", "中午", "傍晚"), "afternoon"),
    },
    "en": {
        **dict.fromkeys(("morning", "in the morning", "a m", "am"), "morning"),
        **dict.fromkeys(("afternoon", "in the afternoon", "evening", "at night", "p m", "pm"), "afternoon"),
    },
}
"""Per language: what answers “in the morning or in the afternoon?”."""
_EN_PART = re.compile(r"\d ?[ap][., ]*m\b|morning|noon|evening|night")
_EN_NIGHT = re.compile(r"tonight|at night|evening")
_EN_ALONE = re.compile(r"(?<![\d:.])(\d{1,2})(?![\d:]|st|nd|rd|th)")
_ZH_TIME_WORD = re.compile(r"(?<=\d)时(?=\d|半|整|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What was said about a time; what was not said is empty."""

    at: time | None = None
    """Local time of day, to the minute."""
    certain: bool = True
    """False: the hour, 1 to 12, may be of the morning or of the afternoon."""
    day: date | None = None
    """The day, or with ``repeat`` the first one."""
    repeat: Repeat | None = None
    days: frozenset[int] = frozenset()
    """``Repeat.DAYS``: 1 (Monday) to 7."""
    until: date | None = None
    """Last day."""

    @property
    def tells_days(self) -> bool:
        """True when it says on which day or days."""
        return self.day is not None or self.repeat is not None

    def with_days_of(self, other: Moment) -> Moment:
        """Return this time on the days of ``other``."""
        return replace(self, day=other.day, repeat=other.repeat, days=other.days, until=other.until)

    def in_half(self, *, afternoon: bool) -> Moment:
        """Return this time in that half of the day: six is 06:00 or 18:00, twelve 00:00 or 12:00."""
        if self.at is None:
            return self
        hour = self.at.hour % 12 + (12 if afternoon else 0)
        return replace(self, at=self.at.replace(hour=hour), certain=True)


def moment(text: str, language: str, *, now: datetime) -> Moment | None:
    """Return what ``text`` says about a time, as of ``now`` (local time of the estate).

    ``None`` when it says nothing about one, when there is no such time or day (“二十五点”, “2月30号”),
    and for days that cannot be kept (“every other day”).
    """
    read = days_en.read if language == "en" else days_zh.read
    try:
        days, rest = read(text, now.date())
    except ValueError:
        return None
    found = _time(rest, language)
    if found is _NO_SUCH_TIME:
        return None
    spoken = _on_days(found, days, now)
    return spoken if spoken.at is not None or spoken.tells_days else None


def day_of(text: str, language: str, *, today: date) -> date | None:
    """Return the one day that is said: “下周五”, “十五号”, “tomorrow”; ``None`` for none or several."""
    read = days_en.read if language == "en" else days_zh.read
    try:
        days, _ = read(text, today)
    except ValueError:
        return None
    if days.repeat is not None:
        return None
    return days.day or days.until


def half_of_day(text: str, language: str) -> str | None:
    """Return ``morning`` or ``afternoon``, or ``None`` when the answer names neither, or both."""
    plain = to_digits(text, language)
    named = {half for words, half in HALVES[language].items() if words in plain}
    return named.pop() if len(named) == 1 else None


def next_day(at: time, now: datetime) -> date:
    """Return the day on which it is ``at`` next."""
    return now.date() if at > now.time() else now.date() + timedelta(days=1)


# --- the time ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Time:
    at: time | None = None
    certain: bool = True
    part: str = ""
    """Part of the day that was named: of it depends whose night the small hours are."""


_NO_SUCH_TIME = _Time(part="none")


def _time(rest: str, language: str) -> _Time:
    plain = to_digits(rest, language)
    if language == "en":
        return _english(plain)
    plain = _ZH_TIME_WORD.sub("点", plain)
    part = "dawn" if "凌晨" in plain else part_of_day(plain)
    at = time_of_day(plain, "zh")
    if at is None:
        return _NO_SUCH_TIME if "点" in plain else _Time(part=part)
    return _Time(at, bool(part) or _plain(at), part)


def _english(plain: str) -> _Time:
    at = time_of_day(plain, "en")
    if at is None:
        alone = _EN_ALONE.findall(plain)
        if len(alone) != 1:
            return _NO_SUCH_TIME if alone else _Time()
        at = time_of_day(f"{alone[0]} o'clock {' '.join(_EN_PART.findall(plain))}", "en")
        if at is None:
            return _NO_SUCH_TIME
    night = _EN_NIGHT.search(plain) is not None
    if night and (at.hour == 12 or 13 <= at.hour < 12 + SMALL_HOURS):
        at = at.replace(hour=at.hour - 12)  # “tonight at one”
    part = "evening" if night or "midnight" in plain else "named" if _EN_PART.search(plain) else ""
    return _Time(at, bool(part) or _plain(at), part)


def _plain(at: time) -> bool:
    """By the clock of twenty-four hours it can mean one time only."""
    return at.hour == 0 or at.hour > 12


# --- the day -------------------------------------------------------------------------------------


def _on_days(found: _Time, days: Days, now: datetime) -> Moment:
    first = _first(found, days, now)
    at, certain = found.at, found.certain
    if at is not None and not certain and first == now.date() and at <= now.time():
        at, certain = at.replace(hour=at.hour % 12 + 12), True  # six o'clock today, said at ten
    until = days.until
    if days.count:
        begin = first or (now.date() if at is None else next_day(at, now))
        until = begin + timedelta(days=days.count - 1)
    repeat = Repeat.DAILY if until is not None and days.repeat is None else days.repeat
    return Moment(at=at, certain=certain, day=first, repeat=repeat, days=days.days, until=until)


def _first(found: _Time, days: Days, now: datetime) -> date | None:
    day, today = days.day, now.date()
    if day is None or found.at is None:
        return day
    if days.weekday and day == today and found.at <= now.time():
        return day + timedelta(days=7)
    small = found.at.hour < SMALL_HOURS and found.certain
    if small and found.part in ("evening", "night") and (found.part == "evening" or found.at.hour == 0):
        return _after_evening(found.at, day, now)
    if small and day == today and found.at <= now.time():
        return day + timedelta(days=1)  # “tonight at three”, “今天凌晨三点” said the evening before
    awake = now.hour < SLEEPERS_DAY and days.tomorrow and SLEEPERS_DAY <= found.at.hour < 12
    return today if awake else day


def _after_evening(at: time, day: date, now: datetime) -> date:
    """“明天晚上十二点” is the end of tomorrow; said in the small hours, tonight has not ended yet."""
    if day == now.date() and now.hour < SMALL_HOURS and at > now.time():
        return day
    return day + timedelta(days=1)
