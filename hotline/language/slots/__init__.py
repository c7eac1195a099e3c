"""Slots: what a caller's words mean, as values. Pure functions from text."""

from hotline.language.slots.answers import choice, emergency, yes_no
from hotline.language.slots.figures import digits, phone, time_of_day
from hotline.language.slots.moments import Moment, day_of, half_of_day, moment
from hotline.language.slots.places import place

__all__ = [
    "Moment",
    "choice",
    "day_of",
    "digits",
    "emergency",
    "half_of_day",
    "moment",
    "phone",
    "place",
    "time_of_day",
    "yes_no",
]
