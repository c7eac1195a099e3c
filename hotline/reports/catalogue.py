"""All figures by section, and how each is found by its id. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from hotline.call.errors import HotlineError
from hotline.reports.callfigures import CALLS, OPERATORS, WAITING
from hotline.reports.casefigures import CHANGES, SLA, TICKETS
from hotline.reports.figures import Figure
from hotline.reports.servicefigures import REMINDERS, WAKEUPS


class NoFigure(HotlineError):
    """A figure was asked for that is none."""

    code = "figure-unknown"


@dataclass(frozen=True, slots=True)
class Section:
    """Figures that belong together."""

    id: str
    zh: str
    en: str
    figures: Sequence[Figure[Any]]


SECTIONS = (
    Section("calls", "通话", "Calls", CALLS),
    Section("waiting", "排队、通话与转接", "Waiting, talking, transfers", WAITING),
    Section("operators", "话务员", "Operators", OPERATORS),
    Section("tickets", "工单与满意度", "Tickets and satisfaction", (*TICKETS, *CHANGES)),
    Section("sla", "时限", "Time limits", SLA),
    Section("wakeups", "叫醒", "Wake-ups", WAKEUPS),
    Section("reminders", "催费", "Reminders", REMINDERS),
)
FIGURES: Mapping[str, Figure[Any]] = MappingProxyType(
    {figure.id: figure for section in SECTIONS for figure in section.figures}
)


def find(wanted: str) -> tuple[Figure[Any], str]:
    """Return the figure and the part (or nothing) that ``calls.by_hour:09`` means.

    Raises :class:`NoFigure`.
    """
    name, _, part = wanted.partition(":")
    figure = FIGURES.get(name)
    if figure is None or (part and figure.by is None):
        raise NoFigure(f'There is no figure "{wanted[:60]}": `hotline report figures` lists them.')
    return figure, part
