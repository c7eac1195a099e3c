"""Values to prompt ids: what the hotline says back, concatenated from recorded words.

One module a language says how (``zh.py``, ``en.py``); here the values are read and checked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import TypeVar

from hotline.language.dates import day_ids, moment_ids, month_ids, schedule_ids
from hotline.language.en import English
from hotline.language.wording import ITEMS, KINDS, PAUSE, PAUSES, STATES, Ids, Wording, between
from hotline.language.zh import Mandarin

T = TypeVar("T")

LANGUAGES = ("zh", "en")

_SPEAKABLE = re.compile(r"[0-9A-Za-z]+")
_MOBILE = re.compile(r"1[3-9]\d{9}")
_LANDLINE = re.compile(r"0(?:10|2\d|[3-9]\d\d)(?=\d{7,8}$)")
_SERVICE = re.compile(r"[48]00\d{7}")


@cache
def wording(language: str) -> Wording:
    """Return the rules of ``language``; raises :class:`ValueError` for one that is not there."""
    if language == "zh":
        return Mandarin()
    if language == "en":
        return English()
    raise ValueError(f'no read-back for the language "{language}"; there are {", ".join(LANGUAGES)}')


def vocabulary(language: str) -> Mapping[str, str]:
    """Return every prompt id read-back can use, with its words. Pauses need no audio: ``PAUSES``."""
    return wording(language).texts


def read_back(language: str, kind: str, value: str, *, today: date | None = None) -> Ids:
    """Return the prompt ids that say ``value``.

    Kinds and values: ``place`` 3-2-602 · ``digits`` · ``phone`` · ``ticket`` · ``money`` 205.50
    (yuan) · ``time`` 15:15 · ``date`` 2026-11-21 · ``datetime`` 2026-11-21T15:15 (local time of the
    estate; with ``today`` a near day is named and a near year left out) · ``month`` 1..12 or 2026-11 ·
    ``weekday`` 1 (Monday)..7 · ``schedule`` 07:00 daily until 2026-12-05
    (:func:`hotline.language.dates.schedule_ids`) · ``number`` 0..99,999,999 · ``minutes`` · ``hours`` ·
    ``items`` property:205.50 water:33 (what a bill is made of) · ``state`` · ``kind`` (DOMAIN section 4).

    ``spelled`` 鲁A12345 says letters and digits and leaves the rest out.
    A place that is only a note (“garage”) cannot be said: empty. Raises :class:`ValueError` for
    an unknown kind and a value that is not of its kind.
    """
    words = wording(language)
    on_day = _AS_OF_TODAY.get(kind)
    if on_day is not None:
        return on_day(words, value.strip(), today)
    reader = _READERS.get(kind)
    if reader is None:
        raise ValueError(f'cannot read back a "{kind}"; kinds are {", ".join([*_READERS, *_AS_OF_TODAY])}')
    return reader(words, value.strip())


def spoken_text(language: str, ids: Sequence[str], texts: Mapping[str, str] | None = None) -> str:
    """Return what ``ids`` sound like, as a line to read: “三号楼二单元六零二”.

    ``texts`` adds other prompts (the menu's); an id nobody knows shows as ``<id>``.
    """
    words = wording(language)
    known = {**words.texts, **(texts or {})}
    return words.join([part if part in PAUSES else known.get(part, f"<{part}>") for part in ids])


def _place(words: Wording, value: str) -> Ids:
    """``3-2-602``; two parts are building and room, one is the room alone."""
    parts = value.split("-")
    if not 1 <= len(parts) <= 3 or not all(_SPEAKABLE.fullmatch(part) for part in parts):
        return ()
    if not any(char.isdigit() for char in value) and len(value) > 1:
        return ()
    building = parts[0] if len(parts) > 1 else ""
    unit = parts[1] if len(parts) == 3 else ""
    return words.place(building, unit, parts[-1])


def _digits(words: Wording, value: str) -> Ids:
    return words.spell(_only_digits(value))


def _spelled(words: Wording, value: str) -> Ids:
    """A number plate: the character of the province is not among the recorded words."""
    symbols = "".join(_SPEAKABLE.findall(value))
    if not symbols:
        raise ValueError("there are no letters or digits to spell")
    return words.spell(symbols)


def _phone(words: Wording, value: str) -> Ids:
    digits = _only_digits(value.removeprefix("+86") if value.startswith("+86") else value)
    return between(PAUSE, [words.spell(group) for group in phone_groups(digits)])


def phone_groups(digits: str) -> list[str]:
    """Split a number as people say it: 3-4-4 for mobiles, the area code apart, fours otherwise."""
    if _MOBILE.fullmatch(digits):
        return [digits[:3], digits[3:7], digits[7:]]
    area = _LANDLINE.match(digits)
    if area is not None:
        return [area[0], *phone_groups(digits[area.end() :])]
    if _SERVICE.fullmatch(digits):
        return [digits[:3], digits[3:6], digits[6:]]
    if len(digits) == 7:
        return [digits[:3], digits[3:]]
    if len(digits) <= 5:
        return [digits]
    return [digits[start : start + 4] for start in range(0, len(digits), 4)]


def _ticket(words: Wording, value: str) -> Ids:
    digits = _only_digits(value)
    groups = [digits[start : start + 4] for start in range(0, len(digits), 4)]
    return between(PAUSE, [words.spell(group) for group in groups])


def _money(words: Wording, value: str) -> Ids:
    try:
        fen = Decimal(value) * 100
    except InvalidOperation:
        fen = Decimal("NaN")
    if not fen.is_finite() or fen != fen.to_integral_value() or not 0 <= fen < 10_000_000_000:
        raise ValueError(f'"{value}" is not an amount in yuan such as 205.50')
    return words.money(*divmod(int(fen), 100))


def _time(words: Wording, value: str) -> Ids:
    return words.time(_parsed(time.fromisoformat, value.zfill(5), "a time such as 15:15"))


def _date(words: Wording, value: str, today: date | None) -> Ids:
    return day_ids(words, _moment(value).date(), today)


def _datetime(words: Wording, value: str, today: date | None) -> Ids:
    return moment_ids(words, _moment(value), today)


def _moment(value: str) -> datetime:
    return _parsed(datetime.fromisoformat, value, "a date such as 2026-11-21")


def _weekday(words: Wording, value: str) -> Ids:
    return (f"weekday_{_whole(value, 1, 7, 'a weekday (1 is Monday)')}",)


def _number(words: Wording, value: str) -> Ids:
    return words.number(_whole(value, 0, 99_999_999, "a number below a hundred million"))


def _minutes(words: Wording, value: str) -> Ids:
    return words.minutes(_whole(value, 0, 99_999_999, "a number of minutes"))


def _hours(words: Wording, value: str) -> Ids:
    return words.hours(_whole(value, 0, 99_999_999, "a number of hours"))


def _items(words: Wording, value: str) -> Ids:
    """What is not among :data:`~hotline.language.wording.ITEMS` is “other”."""
    said: list[Ids] = []
    for one in value.split():
        name, _, amount = one.partition(":")
        said.append((f"item_{name if name in ITEMS else 'other'}", *_money(words, amount)))
    return between(PAUSE, said)


def _state(words: Wording, value: str) -> Ids:
    return _named("state", STATES, value)


def _kind(words: Wording, value: str) -> Ids:
    return _named("kind", KINDS, value)


_READERS: Mapping[str, Callable[[Wording, str], Ids]] = {
    "place": _place,
    "digits": _digits,
    "spelled": _spelled,
    "phone": _phone,
    "ticket": _ticket,
    "money": _money,
    "time": _time,
    "weekday": _weekday,
    "number": _number,
    "minutes": _minutes,
    "hours": _hours,
    "items": _items,
    "state": _state,
    "kind": _kind,
}
_AS_OF_TODAY: Mapping[str, Callable[[Wording, str, date | None], Ids]] = {
    "date": _date,
    "datetime": _datetime,
    "month": month_ids,
    "schedule": schedule_ids,
}


def _named(what: str, names: Sequence[str], value: str) -> Ids:
    name = value.lower().replace(" ", "_").replace("-", "_")
    if name not in names:
        raise ValueError(f'"{value}" is not a ticket {what}; there are {", ".join(names)}')
    return (f"{what}_{name}",)


def _only_digits(value: str) -> str:
    digits = "".join(char for char in value if char in "0123456789")
    if not digits:
        raise ValueError("there are no digits to read back")
    return digits


def _whole(value: str, least: int, most: int, what: str) -> int:
    number = _parsed(int, value, what)
    if not least <= number <= most:
        raise ValueError(f'"{value}" is not {what}')
    return number


def _parsed(parse: Callable[[str], T], value: str, what: str) -> T:
    try:
        return parse(value)
    except ValueError as error:
        raise ValueError(f'"{value}" is not {what}') from error
