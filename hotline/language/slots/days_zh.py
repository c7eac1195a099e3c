"""Days as Mandarin says them: 明天, 周一到周五, 十二月一号, 每个工作日, 连续三天."""

from __future__ import annotations

import re
from datetime import date, timedelta

from hotline.call.ports.wakeups import Repeat
from hotline.language.numerals import to_digits
from hotline.language.slots import days as calendar
from hotline.language.slots.days import Days
from hotline.language.texts import clean

_DAY = "[一二三四五六日天1-7]"
_WEEK = "(?:周|星期|礼拜)"
_BARE = "(?:[一三四五六日天1-7](?![点:时])|二(?![点:十时]))"
"""“周五六点” is Friday at six, “周一二十点” Monday at eight in the evening."""
_OTHER = f"(?:{_WEEK}{_DAY}|{_BARE})"
_WEEKDAYS = re.compile(
    rf"(?P<each>每个?|逢)?(?P<which>下下个?|下个?|这个?|本)?{_WEEK}(?P<first>{_DAY})"
    rf"(?:(?:到|至|-)(?P<last>{_OTHER})|(?P<more>(?:[,和跟与]?{_OTHER})+))?"
)
_WORKDAYS = re.compile(r"(?:每个?|逢)?(?:工作日|上班日|上班的?时候)")
_WEEKEND = re.compile(r"(?P<each>每个?|逢)周末")
_DAILY = re.compile(r"每一?天|天天|每日|每(?=早|晚)|日日")
_ONCE = re.compile(r"(?<!每天)(?:只|就)?(?:要|叫)?1次")
_COUNT = re.compile(r"(?:连续|接下来|连着|一连)(?P<count>\d{1,3})天")
_LATER = re.compile(
    r"(?:过)?(?P<count>\d{1,3})(?P<unit>天|个?星期|周)(?:之后|以后|后|之内|以内|内)|过(?P<days>\d{1,2})天"
)
_DATE = re.compile(
    r"(?:(?P<year>20\d\d)年)?(?P<month>\d{1,2})月(?P<day>\d{1,2})(?:[号日]|(?!\d|[点:]))"
    r"|(?P<which>下个?月|这个?月|本月)(?P<day_then>\d{1,2})[号日]"
    r"|(?<!\d)(?P<alone>\d{1,2})[号日](?!楼|院|房|线|[a-z\d]*单元)"
)
_END = re.compile(r"(?P<which>下个?月|这个?月|本月)?月?(?:月底|底|末)(?=$|[^\d])")
_NAMED = (
    ("大后天", 3),
    ("后天", 2),
    ("明天", 1),
    ("明日", 1),
    ("明儿", 1),
    ("今天", 0),
    ("今日", 0),
    ("今儿", 0),
)
_JOINED = (
    ("明早", 1, "早上"),
    ("明晚", 1, "晚上"),
    ("今早", 0, "早上"),
    ("今晚", 0, "晚上"),
    ("今夜", 0, "半夜"),
)
_UNTIL = re.compile(r"(?:到|至|截至|截止)$")
_UNKEEPABLE = re.compile(r"隔一?[天日周]|每隔|单号|双号|除了|除外|不(?:用|要|叫)|别叫")
"""Days that no booking can have: better asked again than half understood."""
_WEEKS = {"下下": 2, "下": 1, "这": 0, "本": 0}
_NUMBERS = (
    dict(zip("一二三四五六日", range(1, 8), strict=True)) | {"天": 7} | {str(n): n for n in range(1, 8)}
)


def read(text: str, today: date) -> tuple[Days, str]:
    """Return the days said and the text without them.

    Raises :class:`ValueError` for a day that does not exist, and for days that cannot be kept.
    """
    plain = clean(text, "zh")
    if _UNKEEPABLE.search(plain):
        raise ValueError("these days cannot be kept")
    days = Days()
    plain = _weekdays(plain, days, today)  # before “周五六点” becomes “周56点”
    plain = to_digits(plain, "zh")
    plain = _repeats(plain, days)
    plain = _dates(plain, days, today)
    return days, _names(plain, days, today)


def _weekdays(plain: str, days: Days, today: date) -> str:
    def take(found: re.Match[str]) -> str:
        first = _NUMBERS[found["first"]]
        several = {first} | {_NUMBERS[char] for char in found["more"] or "" if char in _NUMBERS}
        if found["last"]:
            several = set(calendar.between(first, _NUMBERS[found["last"][-1]]))
        if found["each"] or len(several) > 1:
            days.repeat, days.days = Repeat.DAYS, frozenset(several)
        else:
            weeks = _WEEKS.get((found["which"] or "").rstrip("个"))
            last = _is_last(plain, found.start())
            days.weekday = days.weekday or (weeks is None and not last)
            days.take(calendar.weekday(today, first, weeks=weeks), last=last)
        return ","

    return _WEEKDAYS.sub(take, plain)


def _repeats(plain: str, days: Days) -> str:
    if _WEEKEND.search(plain):
        days.repeat, days.days = Repeat.DAYS, frozenset({6, 7})
    elif _WORKDAYS.search(plain):
        days.repeat = Repeat.WORKDAYS
    elif _DAILY.search(plain) and days.repeat is None:
        days.repeat = Repeat.DAILY
    elif _ONCE.search(plain) and days.repeat is None:
        days.repeat = Repeat.ONCE
    count = _COUNT.search(plain)
    if count is not None:
        days.repeat, days.count = days.repeat or Repeat.DAILY, int(count["count"])
        if not 0 < days.count <= calendar.FURTHEST:
            raise ValueError("not a number of days")
    for pattern in (_WEEKEND, _WORKDAYS, _DAILY, _ONCE, _COUNT):
        plain = pattern.sub(",", plain)
    return plain


def _dates(plain: str, days: Days, today: date) -> str:
    def take(found: re.Match[str]) -> str:
        days.take(_date(found, today), last=_is_last(plain, found.start()))
        return ","

    def take_later(found: re.Match[str]) -> str:
        week = (found["unit"] or "天") != "天"
        count = int(found["count"] or found["days"]) * (7 if week else 1)
        days.take(calendar.in_days(today, count), last=False)
        return ","

    def take_end(found: re.Match[str]) -> str:
        months = 1 if (found["which"] or "").startswith("下") else 0
        days.take(calendar.end_of_month(today, months=months), last=_is_last(plain, found.start()))
        return ","

    plain = _DATE.sub(take, plain)
    plain = _LATER.sub(take_later, plain)
    return _END.sub(take_end, plain)


def _date(found: re.Match[str], today: date) -> date:
    if found["month"]:
        year = int(found["year"]) if found["year"] else None
        return calendar.month_day(today, int(found["month"]), int(found["day"]), year)
    if found["which"]:
        months = 1 if found["which"].startswith("下") else 0
        return calendar.day_of_month(today, int(found["day_then"]), months=months)
    return calendar.day_of_month(today, int(found["alone"]))


def _names(plain: str, days: Days, today: date) -> str:
    for name, offset, part in (*((*named, "") for named in _NAMED), *_JOINED):
        at = plain.find(name)
        if at < 0:
            continue
        last = _is_last(plain, at)
        days.tomorrow = days.tomorrow or (offset == 1 and not last)
        days.take(today + timedelta(days=offset), last=last)
        plain = plain.replace(name, f",{part}", 1)
    return plain


def _is_last(plain: str, at: int) -> bool:
    """True when what stands at ``at`` is said as the end: “到周五”."""
    return _UNTIL.search(plain[:at]) is not None
