"""What cells of lists mean: telephones, amounts, days and times as people and programs write them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date, time
from decimal import Decimal

Normalise = Callable[[str], str]
"""Makes the one spelling of a number: E.164 where it can, else its digits."""

_SIP = re.compile(r"sips?:[^@\s]+@[^@\s]+", re.IGNORECASE)
_AMOUNT = re.compile(r"(?:rmb|cny|¥)? ?([+-]?)(\d{1,8}|\d{1,3}(?:,\d{3}){1,2})(?:\.(\d{1,2})0*)? ?(?:元整?)?")
_DAY = re.compile(
    r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})|(\d{4})年(\d{1,2})月(\d{1,2})[日号]?|(\d{4})(\d\d)(\d\d)"
)
_TIME = re.compile(r"(\d{1,2})[:时点](\d\d)(?:[:分](?:\d\d)?秒?)?")
_LANGUAGES = {
    "zh": ("zh", "中文", "普通话", "汉语", "chinese", "mandarin"),
    "en": ("en", "英文", "英语", "english"),
}


def plausible(number: str) -> bool:
    """Whether a normalised number can be called: E.164, an extension, or a local number.

    The last where no area code is configured. Catches cells cut short and columns that slipped.
    """
    if re.match(r"\+861[3-9]", number):
        return len(number) == 14  # a mobile number of the mainland has eleven digits
    if number.startswith("+"):
        return 8 <= len(number) <= 16
    if len(number) > 6 and number.startswith("1"):
        return False  # a mobile number cut short: no exchange has local numbers that begin with 1
    return 2 <= len(number) <= 8


def telephone(raw: str, normalise: Normalise) -> str:
    """Return what a telephone is known by – its number, or a SIP address; empty for what is none."""
    if _SIP.fullmatch(raw.strip()):
        return raw.strip()
    number = normalise(raw)
    return number if plausible(number) else ""


def language(text: str) -> str | None:
    """Return the language a person is spoken to in, ``zh`` or ``en``; ``None`` for a word for neither."""
    wanted = _plain(text).lower()
    return next((code for code, words in _LANGUAGES.items() if wanted in words), None)


def amount(text: str) -> Decimal | None:
    """Return an amount of money with two places; ``None`` for what is none.

    ``1234.5``, ``1,234.50``, ``￥1,234.50`` and ``1234.50元``. More than two places are no amount:
    rounding would be a decision about other people's money. Nor is a hundred million and more: a
    telephone number in the wrong column.
    """
    match = _AMOUNT.fullmatch(_plain(text).lower())
    if match is None:
        return None
    whole, cents = match[2].replace(",", ""), (match[3] or "").ljust(2, "0")
    return Decimal(f"{match[1]}{whole}.{cents}")


def day(text: str) -> date | None:
    """Return a day: ``2026-11-01``, ``2026/11/1``, ``2026.11.1``, ``20261101`` or ``2026年11月1日``.

    ``None`` for what is none or does not exist. A day of the form 01/11/2026 is none: nobody can tell
    whether it is in January.
    """
    match = _DAY.fullmatch(_plain(text))
    if match is None:
        return None
    year, month, number = (int(part) for part in (*match.group(1, 3, 4), *match.groups()[4:]) if part)
    try:
        return date(year, month, number)
    except ValueError:
        return None


def time_of_day(text: str) -> time | None:
    """Return a local time of the 24-hour clock: ``7:30``, ``07:30:00`` or ``7点30分``; without seconds.

    ``None`` for what is none.
    """
    match = _TIME.fullmatch(_plain(text))
    if match is None or int(match[1]) > 23 or int(match[2]) > 59:
        return None
    return time(int(match[1]), int(match[2]))


def moment(text: str) -> tuple[date, time | None] | None:
    """Return a local day and, where one is given, the time on it: ``2026-11-01 14:00``."""
    whole = day(text)
    if whole is not None:
        return whole, None
    first, _, rest = _plain(text).replace("T", " ").partition(" ")
    found, at = day(first), time_of_day(rest)
    return None if found is None or at is None else (found, at)


def _plain(text: str) -> str:
    """Full-width digits and signs as the usual ones. Spaces inside stay: ``2026-11-1 1`` is no day."""
    return unicodedata.normalize("NFKC", text).strip()
