"""Telephone numbers in what people wrote or said are hidden; days, tickets and bills are no secret. Pure."""

from __future__ import annotations

import re

from hotline.language import numbers

_LONG_DIGITS = re.compile(r"\+?\d(?:[ -]?\d){6,}")
_SPOKEN_DIGITS = re.compile(r"[零〇一二三四五六七八九幺两]{7,}")
_DIGIT = re.compile(r"[\d零〇一二三四五六七八九幺两]")
_MONTH = r"(?:19|20)\d\d{0}(?:0[1-9]|1[0-2])"
_DAY = _MONTH + r"{0}(?:0[1-9]|[12]\d|3[01])"
_ROOM = r"\d{1,2}-\d{1,2}-\d{3,4}"
_NO_NUMBER = re.compile(
    rf"((?<![\d+-])(?:{_DAY.format('-')}|{_DAY.format('')}\d{{4}}|{_MONTH.format('')}\d{{5}}|{_ROOM})(?!-?\d))"
)
"""Dates, numbers of tickets (a day and four digits), of bills (a month and five digits) and rooms.

None of them is how a telephone number is written.
"""


def masked(text: str) -> str:
    """Return ``text`` with what may be a telephone number masked, written or spoken: ``138****1111``."""
    parts = _NO_NUMBER.split(text)  # every other one is a date, a ticket or a bill
    parts[::2] = [_SPOKEN_DIGITS.sub("*", _LONG_DIGITS.sub(_masked, part)) for part in parts[::2]]
    return "".join(parts)


def has_digits(text: str) -> bool:
    """Whether something in ``text`` could be a piece of a number that :func:`masked` hides."""
    return _DIGIT.search(text) is not None


def _masked(found: re.Match[str]) -> str:
    """Mask what may be a number; spaces in it would count as digits that stay."""
    return numbers.mask(found[0].replace(" ", "").replace("-", ""))
