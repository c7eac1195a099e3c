"""Answers to values: what keys and words mean for a slot."""

from __future__ import annotations

from dataclasses import replace

from hotline.call.ports import Place
from hotline.ivr.intake import Value
from hotline.language import slots as understanding


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
