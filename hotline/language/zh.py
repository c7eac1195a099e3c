"""Mandarin: the vocabulary of read-back and the rules that put it together."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from datetime import date, time

from hotline.language.numerals import to_chinese
from hotline.language.wording import PAUSE, SHORT_PAUSE, Ids, between, grouped

_DAY_NAMES = {-1: "yesterday", 0: "today", 1: "tomorrow", 2: "day_after_tomorrow"}
_YEARS = range(2024, 2036)
"""Said as one unit; other years digit by digit."""

_WORDS = {
    "digit_yao": "幺",
    "num_liang": "两",
    "wan": "万",
    **{"building": "号楼", "tower": "座", "unit": "单元", "room": "室"},
    **{"yuan": "元", "jiao": "角", "fen": "分"},
    "quarter": "一刻",
    "half": "半",
    "year": "年",
    **{"before_dawn": "凌晨", "early": "早上", "morning": "上午", "noon": "中午"},
    **{"afternoon": "下午", "evening": "晚上"},
    **{"yesterday": "昨天", "today": "今天", "tomorrow": "明天", "day_after_tomorrow": "后天"},
    **{"every_day": "每天", "workdays": "工作日", "every": "每", "only_once": "只叫一次"},
    **{"from": "从", "onwards": "起", "to": "到", "inclusive": "为止"},
    **{"item_property": "物业费", "item_water": "水费", "item_electricity": "电费", "item_gas": "燃气费"},
    **{
        "item_heating": "取暖费",
        "item_parking": "停车费",
        "item_waste": "垃圾处理费",
        "item_other": "其他费用",
    },
    **{"minutes": "分钟", "minutes_1": "一分钟", "minutes_2": "两分钟"},
    **{"hours": "小时", "hours_1": "一小时", "hours_2": "两小时"},
    **{"state_registered": "已登记", "state_assigned": "已派单", "state_accepted": "维修人员已签领"},
    **{"state_on_site": "维修人员已到场", "state_done": "已完成", "state_followed_up": "已回访"},
    **{"state_closed": "已结案", "state_postponed": "已延期", "state_cancelled": "已取消"},
    "state_reopened": "已重新打开",
    **{"kind_repair": "报修", "kind_complaint": "投诉", "kind_request": "服务请求"},
    **{"kind_enquiry": "咨询", "kind_suggestion": "建议", "kind_message": "留言"},
}


def _texts() -> dict[str, str]:
    hour = {number: to_chinese(number) for number in range(13)} | {2: "两"}
    return {
        **{f"num_{number}": to_chinese(number) for number in range(100)},
        **{f"hundred_{number}": to_chinese(number * 100) for number in range(1, 10)},
        **{f"thousand_{number}": to_chinese(number * 1000) for number in range(1, 10)},
        **{f"letter_{letter}": letter.upper() for letter in string.ascii_lowercase},
        **{f"hour_{number}": f"{hour[number]}点" for number in range(13)},
        **{
            f"minute_{number}": f"{'零' if number < 10 else ''}{to_chinese(number)}分"
            for number in range(1, 60)
        },
        **{f"month_{number}": f"{to_chinese(number)}月" for number in range(1, 13)},
        **{f"day_{number}": f"{to_chinese(number)}日" for number in range(1, 32)},
        **{f"year_{year}": "".join(to_chinese(int(digit)) for digit in str(year)) + "年" for year in _YEARS},
        **{f"weekday_{number}": f"星期{'一二三四五六日'[number - 1]}" for number in range(1, 8)},
        **_WORDS,
    }


class Mandarin:
    """See :class:`hotline.language.wording.Wording`."""

    def __init__(self) -> None:
        self._texts = _texts()

    @property
    def texts(self) -> Mapping[str, str]:
        """Every id with its words."""
        return self._texts

    def join(self, parts: Sequence[str]) -> str:
        """Words follow each other without a space; only the long pause shows, as a comma."""
        shown = {PAUSE: "，", SHORT_PAUSE: ""}
        return "".join(shown.get(part, part) for part in parts)

    def place(self, building: str, unit: str, room: str) -> Ids:
        """“三号楼二单元六零二”, “A座幺二零幺”: rooms digit by digit, the rest as numbers."""
        said: list[Ids] = []
        if building:
            said.append((*self._mixed(building), "building" if building[-1].isdigit() else "tower"))
        if unit:
            said.append((*self._mixed(unit), "unit"))
        if room:
            said.append(self.spell(room))
        return between(SHORT_PAUSE, said)

    def _mixed(self, part: str) -> Ids:
        if part.isdigit() and not part.startswith("0") and len(part) <= 3:
            return self.number(int(part))
        return self.spell(part)

    def spell(self, symbols: str) -> Ids:
        """Digits one by one, 1 as 幺 (it cannot be taken for 七 on the telephone)."""
        return tuple(
            f"letter_{char.lower()}" if char.isalpha() else "digit_yao" if char == "1" else f"num_{char}"
            for char in symbols
        )

    def number(self, value: int) -> Ids:
        """“两百零五”, “十二”, “两万”."""
        if value < 10_000:
            return self._section(value, leading=True)
        upper, lower = divmod(value, 10_000)
        head = (*self._amount(upper), "wan")
        if not lower:
            return head
        return (*head, *(("num_0",) if lower < 1000 else ()), *self._section(lower, leading=False))

    def _section(self, value: int, *, leading: bool) -> Ids:
        """Say 0..9999. After something higher (``leading=False``) 十二 becomes 一十二."""
        if leading and value < 100:
            return (f"num_{value}",)
        thousands, rest = divmod(value, 1000)
        hundreds, small = divmod(rest, 100)
        ids = [f"thousand_{thousands}"] if thousands else []
        if hundreds:
            ids.append(f"hundred_{hundreds}")
        elif thousands and small:
            ids.append("num_0")
        if small and small < 10 and hundreds:
            ids.append("num_0")
        if 10 <= small < 20:
            ids.append("num_1")
        if small:
            ids.append(f"num_{small}")
        return tuple(ids)

    def money(self, yuan: int, fen: int) -> Ids:
        """“两百零五元五角”, “十二元零五分”, “两角”."""
        jiao, fen = divmod(fen, 10)
        ids = [*self._amount(yuan), "yuan"] if yuan or not (jiao or fen) else []
        if jiao:
            ids += [*self._amount(jiao), "jiao"]
        elif fen and yuan:
            ids.append("num_0")
        if fen:
            ids += [*self._amount(fen), "fen"]
        return tuple(ids)

    def _amount(self, value: int) -> Ids:
        return ("num_liang",) if value == 2 else self.number(value)

    def time(self, at: time) -> Ids:
        """“下午三点一刻”, “早上七点”, “中午十二点半”."""
        hour = at.hour if at.hour <= 12 else at.hour - 12
        return (_period(at.hour), f"hour_{hour}", *_minute(at.minute))

    def date(self, day: date, *, year: bool) -> Ids:
        """“二零二六年十一月二十一日”."""
        return (*self.month(day.month, year=day.year if year else None), f"day_{day.day}")

    def month(self, month: int, *, year: int | None) -> Ids:
        """“十月”, “二零二五年十月”."""
        if year is None:
            said: Ids = ()
        elif year in _YEARS:
            said = (f"year_{year}",)
        else:
            said = (*(f"num_{digit}" for digit in str(year)), "year")
        return (*said, f"month_{month}")

    def once(self) -> Ids:
        """“只叫一次”."""
        return ("only_once",)

    def repeated(self, often: str, days: Sequence[int], time: Ids) -> Ids:
        """“每天早上七点”, “工作日早上七点”, “每星期一到星期五早上七点”."""
        if often != "days":
            return ("every_day" if often == "daily" else "workdays", *time)
        named = [
            (f"weekday_{first}", "to", f"weekday_{last}") if last > first else (f"weekday_{first}",)
            for first, last in grouped(days)
        ]
        return ("every", *between(SHORT_PAUSE, named), *time)

    def starting(self, day: Ids) -> Ids:
        """“从明天起”."""
        return ("from", *day, "onwards")

    def ending(self, day: Ids) -> Ids:
        """“到十二月五日为止”."""
        return ("to", *day, "inclusive")

    def day_name(self, offset: int) -> Ids:
        """昨天, 今天, 明天, 后天."""
        return (_DAY_NAMES[offset],) if offset in _DAY_NAMES else ()

    def at(self, day: Ids, time: Ids) -> Ids:
        """“明天上午九点”."""
        return (*day, *time)

    def minutes(self, count: int) -> Ids:
        """“十二分钟”, “两分钟”."""
        return (f"minutes_{count}",) if count in (1, 2) else (*self.number(count), "minutes")

    def hours(self, count: int) -> Ids:
        """“四小时”, “两小时”."""
        return (f"hours_{count}",) if count in (1, 2) else (*self.number(count), "hours")


def _period(hour: int) -> str:
    """Name the part of the day as a Chinese announcement does."""
    starts = ((18, "evening"), (13, "afternoon"), (12, "noon"), (9, "morning"), (5, "early"))
    return next((name for start, name in starts if hour >= start), "before_dawn")


def _minute(minute: int) -> Ids:
    named = {0: (), 15: ("quarter",), 30: ("half",)}
    return named.get(minute, (f"minute_{minute}",))
