"""English: the vocabulary of read-back and the rules that put it together."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from datetime import date, time

from hotline.language.wording import PAUSE, SHORT_PAUSE, Ids, between, grouped

_ONES = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"),
    *("twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_ORDINAL = {
    **{"one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth"},
    **{"nine": "ninth", "twelve": "twelfth", "twenty": "twentieth", "thirty": "thirtieth"},
}
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December"),
)
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SCALES = ((1_000_000, "million"), (1000, "thousand"), (100, "hundred"))
_DAY_NAMES = {-1: "yesterday", 0: "today", 1: "tomorrow"}

_WORDS = {
    "digit_oh": "oh",
    **{"hundred": "hundred", "thousand": "thousand", "million": "million", "and": "and"},
    **{"building": "building", "unit": "unit", "room": "room"},
    **{"yuan": "yuan", "fen": "fen"},
    **{"am": "a.m.", "pm": "p.m.", "midnight": "midnight", "noon": "noon", "at": "at"},
    **{"yesterday": "yesterday", "today": "today", "tomorrow": "tomorrow"},
    **{"every_day": "every day", "workdays": "on workdays", "every": "every", "only_once": "once only"},
    **{"from": "from", "to": "to", "until": "until"},
    **{"item_property": "property fee", "item_water": "water", "item_electricity": "electricity"},
    **{
        "item_gas": "gas",
        "item_heating": "heating",
        "item_parking": "parking",
        "item_waste": "waste disposal",
    },
    "item_other": "other charges",
    **{"minutes": "minutes", "minutes_1": "one minute", "hours": "hours", "hours_1": "one hour"},
    **{"state_registered": "registered", "state_assigned": "assigned", "state_accepted": "accepted"},
    **{"state_on_site": "our staff are on site", "state_done": "done", "state_followed_up": "followed up"},
    **{"state_closed": "closed", "state_postponed": "postponed", "state_cancelled": "cancelled"},
    "state_reopened": "reopened",
    **{"kind_repair": "repair", "kind_complaint": "complaint", "kind_request": "service request"},
    **{"kind_enquiry": "enquiry", "kind_suggestion": "suggestion", "kind_message": "message"},
}


def _number(value: int) -> str:
    if value < 20:
        return _ONES[value]
    tens, ones = divmod(value, 10)
    return _TENS[tens] + (f"-{_ONES[ones]}" if ones else "")


def _ordinal(value: int) -> str:
    head, dash, last = _number(value).rpartition("-")
    return head + dash + _ORDINAL.get(last, f"{last}th")


def _texts() -> dict[str, str]:
    return {
        **{f"num_{number}": _number(number) for number in range(100)},
        **{f"letter_{letter}": letter.upper() for letter in string.ascii_lowercase},
        **{f"month_{number}": month for number, month in enumerate(_MONTHS, start=1)},
        **{f"day_{number}": _ordinal(number) for number in range(1, 32)},
        **{f"weekday_{number}": name for number, name in enumerate(_WEEKDAYS, start=1)},
        **_WORDS,
    }


class English:
    """See :class:`hotline.language.wording.Wording`."""

    def __init__(self) -> None:
        self._texts = _texts()

    @property
    def texts(self) -> Mapping[str, str]:
        """Every id with its words."""
        return self._texts

    def join(self, parts: Sequence[str]) -> str:
        """Words with a space between them, pauses as commas; a short pause does not show."""
        line = " ".join("," if part == PAUSE else part for part in parts if part != SHORT_PAUSE)
        return line.replace(" ,", ",")

    def place(self, building: str, unit: str, room: str) -> Ids:
        """“building three, unit two, room six oh two”: rooms digit by digit, the rest as numbers."""
        said: list[Ids] = []
        if building:
            said.append(("building", *self._mixed(building)))
        if unit:
            said.append(("unit", *self._mixed(unit)))
        if room:
            said.append(("room", *self.spell(room)))
        return between(PAUSE, said)

    def _mixed(self, part: str) -> Ids:
        if part.isdigit() and not part.startswith("0") and len(part) <= 2:
            return self.number(int(part))
        return self.spell(part)

    def spell(self, symbols: str) -> Ids:
        """Digits one by one, 0 as “oh”."""
        return tuple(
            f"letter_{char.lower()}" if char.isalpha() else "digit_oh" if char == "0" else f"num_{char}"
            for char in symbols
        )

    def number(self, value: int) -> Ids:
        """“two hundred and five”, “twelve thousand”."""
        if value < 100:
            return (f"num_{value}",)
        size, name = next(scale for scale in _SCALES if value >= scale[0])
        count, rest = divmod(value, size)
        head = (*self.number(count), name)
        if not rest:
            return head
        return (*head, *(("and",) if rest < 100 else ()), *self.number(rest))

    def money(self, yuan: int, fen: int) -> Ids:
        """“two hundred and five yuan fifty fen”."""
        whole = (*self.number(yuan), "yuan") if yuan or not fen else ()
        return (*whole, *((*self.number(fen), "fen") if fen else ()))

    def time(self, at: time) -> Ids:
        """“three fifteen p.m.”, “seven oh five a.m.”, “noon”."""
        if at.minute == 0 and at.hour in (0, 12):
            return ("noon" if at.hour else "midnight",)
        minute: Ids = ()
        if at.minute:
            minute = (*(("digit_oh",) if at.minute < 10 else ()), f"num_{at.minute}")
        return (f"num_{at.hour % 12 or 12}", *minute, "am" if at.hour < 12 else "pm")

    def date(self, day: date, *, year: bool) -> Ids:
        """“November twenty-first, twenty twenty-six”."""
        said = (f"month_{day.month}", f"day_{day.day}")
        return (*said, PAUSE, *self._year(day.year)) if year else said

    def month(self, month: int, *, year: int | None) -> Ids:
        """“October”, “October, twenty twenty-five”."""
        return (f"month_{month}", *((PAUSE, *self._year(year)) if year is not None else ()))

    def once(self) -> Ids:
        """“once only”."""
        return ("only_once",)

    def repeated(self, often: str, days: Sequence[int], time: Ids) -> Ids:
        """“every day at seven a.m.”, “on workdays at …”, “every Monday and Friday at …”."""
        if often != "days":
            return self.at(("every_day" if often == "daily" else "workdays",), time)
        named = [
            (f"weekday_{first}", "to", f"weekday_{last}") if last > first else (f"weekday_{first}",)
            for first, last in grouped(days)
        ]
        *before, last_one = named
        joined = between(PAUSE, before)
        return self.at(("every", *joined, *(("and",) if joined else ()), *last_one), time)

    def starting(self, day: Ids) -> Ids:
        """“from tomorrow”."""
        return ("from", *day)

    def ending(self, day: Ids) -> Ids:
        """“until December fifth”."""
        return ("until", *day)

    def _year(self, year: int) -> Ids:
        century, rest = divmod(year, 100)
        if (century % 10 == 0 and rest < 10) or not 10 <= century < 100:
            return self.number(year)
        if not rest:
            return (f"num_{century}", "hundred")
        return (f"num_{century}", *(("digit_oh",) if rest < 10 else ()), f"num_{rest}")

    def day_name(self, offset: int) -> Ids:
        """“yesterday”, “today”, “tomorrow”."""
        return (_DAY_NAMES[offset],) if offset in _DAY_NAMES else ()

    def at(self, day: Ids, time: Ids) -> Ids:
        """“tomorrow at nine a.m.”."""
        return (*day, "at", *time)

    def minutes(self, count: int) -> Ids:
        """“twelve minutes”, “one minute”."""
        return ("minutes_1",) if count == 1 else (*self.number(count), "minutes")

    def hours(self, count: int) -> Ids:
        """“four hours”, “one hour”."""
        return ("hours_1",) if count == 1 else (*self.number(count), "hours")
