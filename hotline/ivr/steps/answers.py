"""Answers to values: what keys and words mean for a slot."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time

from hotline.call.ports import Place
from hotline.ivr.intake import Value
from hotline.language import slots as understanding
from hotline.language.slots.days import day_of_month, month_day


def place_by_keys(what: str, typed: str, so_far: Place) -> Place | None:
    """Return the place after an entry; ``None`` when it is not one.

    ``3*2*602`` is building, unit, room; ``3*602`` a building without units. Step by step the
    building begins anew and the unit may stay empty.
    """
    if what == "building":
        return Place(building=typed) if typed else None
    if what == "unit":
        return replace(so_far, unit=typed, room="")
    if what == "room":
        return replace(so_far, room=typed, note="") if typed else None
    parts = typed.split("*")
    if not all(parts):
        return None
    if len(parts) == 3:
        return Place(*parts)
    return Place(parts[0], "", parts[1]) if len(parts) == 2 else None


def spoken_value(what: str, text: str, language: str) -> Value | None:
    """Return what was said as the value asked for; a place needs its room."""
    if not text:
        return None
    if what == "place":
        place = understanding.place(text, language)
        return place if place is not None and place.room else None
    if what == "phone":
        return understanding.phone(text, language)
    return understanding.digits(text, language)


def time_by_keys(typed: str) -> time | None:
    """Return the time entered: ``0630``, ``630`` and ``7`` (the hour alone); ``None`` for no such time."""
    if not typed.isdigit():
        return None
    hour, minute = (int(typed), 0) if len(typed) <= 2 else (int(typed[:-2]), int(typed[-2:]))
    hour = 0 if (hour, minute) == (24, 0) else hour
    return time(hour, minute) if hour < 24 and minute < 60 else None


def date_by_keys(typed: str, today: date) -> date | None:
    """Return the next day entered as ``1201``, or ``15`` for a day of the month; ``None`` for none."""
    if not typed.isdigit() or len(typed) not in (1, 2, 4):
        return None
    try:
        if len(typed) == 4:
            return month_day(today, int(typed[:2]), int(typed[2:]))
        return day_of_month(today, int(typed))
    except ValueError:
        return None


def weekdays_by_keys(typed: str) -> frozenset[int] | None:
    """Return the days of the week entered, 1 is Monday: ``135``; ``None`` when a digit is none."""
    return frozenset(map(int, typed)) if typed and set(typed) <= set("1234567") else None
