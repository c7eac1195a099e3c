"""When: days, parts of the day and times, as callers book a wake-up or promise a payment.

Mandarin puts the days before the time; the last day may follow. Every part may be missing: what was
not said is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable

from hotline.speech.grammar import answers, zh
from hotline.speech.grammar.nodes import Node, aside, maybe, one_of, seq, spaced

_LEAD_INS = spaced("请 我要 我想 我想要 麻烦 帮我 就 那就 嗯 在")
_ENDINGS = spaced("叫我 叫我一下 叫醒我 叫醒 起床 就行 谢谢 之前")
_NEAR = spaced("今天 明天 后天 大后天 明早 明晚 今晚")
_EVERY = spaced("每天 每天都 工作日 每个工作日 每个周末 每早 只要一次 就一次 一次")
_PARTS = (
    (spaced("早上 早晨"), range(4, 12)),
    (spaced("上午"), range(6, 13)),
    (spaced("中午"), (11, 12, 1)),
    (spaced("下午 傍晚"), (12, *range(1, 8))),
    (spaced("晚上 凌晨 半夜"), range(13)),
)
"""Parts of the day, and the hours said with them: “上午两点” is 下午两点 misheard."""
_WEEKDAYS = "一二三四五六"
_QUARTERS = ("一刻", "三刻")


def moment(language: str) -> Node:
    """Days, a time, or both."""
    if language == "en":
        return _english()
    # Said once each: a part that stands twice is two copies in the decoder's network.
    said = seq(maybe(_days(), 0.7), maybe(_time(), 0.85), maybe(_until(), 0.03))
    return seq(maybe(aside(one_of(*_LEAD_INS)), 0.1), said, maybe(aside(one_of(*_ENDINGS)), 0.15))


def _time() -> Node:
    parts = [seq(one_of(*names), _hours(hours)) for names, hours in _PARTS]
    hour = one_of(*parts, _hours(range(25)), weights=(6, 1, 2, 3, 2, 5))
    after = one_of("半", *_QUARTERS, "钟", "整", _minutes(), weights=(4, 1, 1, 2, 1, 4))
    return seq(hour, "点", maybe(after, 0.2))


def _hours(hours: Iterable[int]) -> Node:
    return one_of(*("两" if number == 2 else zh.cardinal(number) for number in hours))


def _minutes() -> Node:
    """Of the hour; those of every fifth minute are by far the most likely."""
    units = one_of("五", *"一二三四六七八九", weights=(30, *[1] * 8))
    after_ten = seq(one_of("十", "二十", "三十", "四十", "五十"), maybe(units, 0.12))
    return seq(one_of(after_ten, seq("零", units), weights=(0.8, 0.2)), maybe("分", 0.4))


def _days() -> Node:
    week = seq(one_of("周", "星期"), one_of(*_WEEKDAYS, "日", "天"))
    weekdays = seq(maybe(one_of("下", "这", "每"), 0.3), week, maybe(seq("到", week), 0.3))
    return one_of(one_of(*_NEAR), one_of(*_EVERY), weekdays, _date(), _later(), weights=(5, 2.5, 2, 1.5, 0.3))


def _date() -> Node:
    month = seq(one_of(*(zh.cardinal(number) for number in range(1, 13))), "月")
    day = seq(
        one_of(*(zh.cardinal(number) for number in range(1, 32))), one_of("号", "日", weights=(0.8, 0.2))
    )
    return one_of(seq(maybe(month, 0.6), day), "月底", weights=(0.96, 0.04))


def _later() -> Node:
    return one_of(
        seq(one_of(*"一两三四五六七"), "天后"), seq("连续", one_of(*"两三四五六七"), "天"), "一周后"
    )


def _until() -> Node:
    return seq("到", one_of(seq(one_of("周", "星期"), one_of(*_WEEKDAYS, "日")), _date(), "月底"))


_EN_WEEKDAYS = spaced("monday tuesday wednesday thursday friday saturday sunday")
_EN_MONTHS = spaced("january february march april may june july august september october november december")
_EN_ORDINALS = (
    *spaced("first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth"),
    *spaced("fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"),
    *(f"twenty {name}" for name in spaced("first second third fourth fifth sixth seventh eighth ninth")),
    *("thirtieth", "thirty first"),
)


def _english() -> Node:
    weekday = one_of(*_EN_WEEKDAYS)
    date = seq(one_of(*_EN_MONTHS), maybe("the", 0.2), one_of(*_EN_ORDINALS))
    day = one_of(
        one_of("tomorrow", "today", "tonight", "the day after tomorrow", "tomorrow morning"),
        one_of("every day", "every morning", "weekdays", "on weekdays", "on workdays", "every weekend"),
        seq(maybe(one_of("on", "next", "every", "this"), 0.5), weekday, maybe(seq("to", weekday), 0.3)),
        date,
        seq("the", one_of(*_EN_ORDINALS)),
        weights=(4, 2, 2, 1, 0.5),
    )
    time = seq(maybe("at", 0.5), answers.time_of_day("en"))
    either = one_of(seq(time, maybe(day, 0.5)), seq(day, maybe(time, 0.7)))
    return seq(maybe(aside(one_of("please", "wake me up", "i want", "call me")), 0.1), either)
