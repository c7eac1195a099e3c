"""How Mandarin callers say figures, places, times and answers, as grammar parts."""

from __future__ import annotations

from hotline.speech.grammar.nodes import Node, maybe, one_of, repeat, seq

DIGIT_WORDS: dict[str, tuple[str, ...]] = {
    "0": ("零",),
    "1": ("幺", "一"),
    "2": ("二",),
    "3": ("三",),
    "4": ("四",),
    "5": ("五",),
    "6": ("六",),
    "7": ("七",),
    "8": ("八",),
    "9": ("九",),
}  # fmt: skip
_PLAIN = "零一二三四五六七八九"


def digit(key: str) -> Node:
    """One digit as telephone users say it: 1 is 幺 or 一."""
    return one_of(*DIGIT_WORDS[key])


def any_digit() -> Node:
    """Any one digit."""
    return one_of(*(word for words in DIGIT_WORDS.values() for word in words))


def digits(text: str) -> Node:
    """A fixed row of digits, one by one."""
    return seq(*(digit(key) for key in text))


def any_digits(least: int, most: int) -> Node:
    """A row of ``least`` to ``most`` digits."""
    node: Node = seq(any_digit())
    for _ in range(most - least):
        node = seq(any_digit(), maybe(node))
    return seq(repeat(any_digit(), least - 1), node) if least > 1 else node


def cardinal(number: int) -> str:
    """Whole numbers below 10,000 as they are counted: 12 → 十二, 602 → 六百零二, 1204 → 一千二百零四."""
    if not 0 <= number < 10_000:
        raise ValueError(f"{number} is not below 10,000")
    if number < 10:
        return _PLAIN[number]
    if number < 20:
        return "十" + (_PLAIN[number - 10] if number > 10 else "")
    spoken = ""
    for unit, name in ((1000, "千"), (100, "百"), (10, "十")):
        figure, number = divmod(number, unit)
        if figure:
            spoken += _PLAIN[figure] + name
        elif spoken and number and not spoken.endswith("零"):
            spoken += "零"
    return spoken + (_PLAIN[number] if number else "")


def numbered(text: str) -> Node:
    """A building's or unit's number: counted (十二) or spelt (幺二); letters as they are."""
    if not text.isdigit():
        return seq(*(digit(sign) if sign.isdigit() else sign.upper() for sign in text))
    number = int(text)
    if number < 10:
        # The number of a building is 一, never 幺, unless it is spelt in a longer row.
        return seq(_PLAIN[number])
    if number > 99:
        return one_of(cardinal(number), digits(text)) if number < 10_000 else digits(text)
    return one_of(cardinal(number), digits(text), weights=(0.9, 0.1))
