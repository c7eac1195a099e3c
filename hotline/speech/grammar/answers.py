"""Grammars of the short answers: yes and no, digits, telephone numbers, times of day."""

from __future__ import annotations

from hotline.speech.grammar import zh
from hotline.speech.grammar.nodes import Node, maybe, one_of, repeat, seq, spaced

YES = {
    "zh": spaced(
        "是 是的 对 对的 对对 好 好的 可以 行 没错 没问题 正确 确认 嗯 嗯是的 嗯对"
    ),
    "en": ("yes", "yeah", "yep", "that's right", "correct", "right", "okay", "sure", "of course"),
}  # fmt: skip
NO = {
    "zh": spaced(
        "不是 不是的 不 不对 不行 不可以 不要 不用 不用了 不需要 不好 没有 没有了 没有了谢谢 错了"
    ),
    "en": ("no", "nope", "no thanks", "that's wrong", "wrong", "not correct"),
}  # fmt: skip

_PARTS = ("早上", "早晨", "上午", "中午", "下午", "傍晚", "晚上", "凌晨", "明天早上", "明早")
_EN_DIGITS = ("zero", "oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_EN_SMALL = spaced(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
)
_EN_TENS = {20: "twenty", 30: "thirty", 40: "forty", 50: "fifty"}
LONGEST_DIGITS = 18
"""Digits in a row: an identity card; ticket numbers have 12."""


def yes_no(language: str) -> Node:
    """Yes or no, and nothing else."""
    return one_of(*YES[language], *NO[language])


def digits(language: str) -> Node:
    """Any row of digits."""
    if language == "en":
        return _row(one_of(*_EN_DIGITS), 1, LONGEST_DIGITS)
    return zh.any_digits(1, LONGEST_DIGITS)


def phone(language: str) -> Node:
    """A mobile number (11 digits from 13 to 19), or a landline of 7 to 12 digits with area code."""
    if language == "en":
        one, other = seq("one"), one_of(*_EN_DIGITS)
        second = one_of("three", "four", "five", "six", "seven", "eight", "nine")
        return one_of(seq(one, second, repeat(other, 9)), _row(other, 7, 12), weights=(0.9, 0.1))
    any_digit = zh.any_digit()
    second = one_of(*"三四五六七八九")
    mobile = seq(zh.digit("1"), second, repeat(any_digit, 9))
    landline = seq(maybe(seq("零", zh.any_digits(2, 3)), 0.4), one_of(*"二三四五六七八"), zh.any_digits(6, 7))
    lead = maybe(one_of("我的电话是", "电话是", "号码是", "手机号是", "我的手机号是", "是"), 0.1)
    return seq(lead, one_of(mobile, landline, weights=(0.9, 0.1)))


def time_of_day(language: str) -> Node:
    """A time by the twelve- or twenty-four-hour clock, with or without a part of the day."""
    if language == "en":
        return _english_time()
    hour = one_of(*(zh.cardinal(number) for number in range(25)), "两")
    minute = one_of(
        *(zh.cardinal(number) for number in range(10, 60)), *(f"零{zh.cardinal(n)}" for n in range(1, 10))
    )
    after = one_of(
        "整",
        "钟",
        "半",
        "一刻",
        "三刻",
        seq(minute, maybe("分", 0.5)),
        weights=(0.1, 0.3, 0.2, 0.1, 0.1, 0.2),
    )
    return seq(maybe(one_of(*_PARTS), 0.5), hour, "点", maybe(after, 0.6))


def _english_time() -> Node:
    minutes = [f"oh {_EN_SMALL[n]}" for n in range(1, 10)] + [_EN_SMALL[n] for n in range(10, 20)]
    for name in _EN_TENS.values():
        minutes += [name, *(f"{name} {_EN_SMALL[n]}" for n in range(1, 10))]
    hour = one_of(*_EN_SMALL[1:13])
    after = maybe(one_of("in the morning", "in the afternoon", "in the evening", "a m", "p m"), 0.5)
    exact = seq(hour, maybe(one_of("o'clock", *minutes), 0.6))
    return seq(one_of(exact, seq(one_of("half past", "quarter past", "quarter to"), hour)), after)


def _row(digit: Node, least: int, most: int) -> Node:
    node = digit
    for _ in range(most - least):
        node = seq(digit, maybe(node))
    return seq(*(digit for _ in range(least - 1)), node)
