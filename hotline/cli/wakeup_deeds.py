"""Booking and changing wake-ups: what people type about when."""

from __future__ import annotations

import asyncio
from datetime import date, time, timedelta
from typing import Annotated

import typer

from hotline import sheets
from hotline.call.errors import HotlineError
from hotline.call.ports.wakeups import NewWakeup, Repeat, WakeTime, WakeupSummary
from hotline.cli import tables, wakeuptables
from hotline.cli.options import DEFAULT_HOME, HomeOption, JsonOption, plain_errors, print_json
from hotline.cli.placeoption import RoomArgument, place_of
from hotline.cli.tables import EstateOption
from hotline.cli.ticket_desk import WhoOption, login
from hotline.cli.wakeupdesk import Desk, desk_opened
from hotline.outbound import policies
from hotline.outbound.policy import Outcome
from hotline.wakeup import course, wording

app = typer.Typer()

TimeArgument = Annotated[str, typer.Argument(metavar="TIME", help="By the 24-hour clock: 06:30.")]
OnOption = Annotated[
    str,
    typer.Option("--on", metavar="DAY", help="The (first) day: 2026-11-25, today, tomorrow."),
]
DailyOption = Annotated[bool, typer.Option("--daily", help="Every day.")]
WorkdaysOption = Annotated[
    bool,
    typer.Option("--workdays", help="On workdays of the calendar."),
]
DaysOption = Annotated[str, typer.Option("--days", metavar="DAYS", help="On these days: mon,tue.")]
UntilOption = Annotated[str, typer.Option("--until", metavar="DAY", help="The last day of a repeated one.")]
LANGUAGES = ("zh", "en")
_TOMORROW = {"today": 0, "今天": 0, "tomorrow": 1, "明天": 1, "后天": 2}


class BadWakeup(HotlineError):
    """A time or day on the command line that cannot be understood."""

    code = "bad-wakeup"


@app.command()
def book(
    room: RoomArgument,
    at: TimeArgument,
    on: OnOption = "",
    daily: DailyOption = False,
    workdays: WorkdaysOption = False,
    days: DaysOption = "",
    until: UntilOption = "",
    to: Annotated[str, typer.Option("--to", metavar="NUMBER", help="Ring this, not the room's own.")] = "",
    language: Annotated[
        str, typer.Option("--language", help="Spoken first: zh, en; else the guest's, else the estate's.")
    ] = "",
    note: Annotated[str, typer.Option("--note", help="Kept in the register.")] = "",
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    who: WhoOption = None,
    as_json: JsonOption = False,
) -> None:
    """Book a wake-up; without --on the next time it is TIME."""
    with plain_errors(), desk_opened(home, estate) as desk:
        when = when_of(desk, at, on=on, daily=daily, workdays=workdays, days=days, until=until)
        new = NewWakeup(
            estate=desk.estate, place=place_of(room), when=when, to=to,
            language=_language(language), requested_by=login(who), note=note,
        )  # fmt: skip
        found = asyncio.run(desk.book.book(new))
    told(found, desk.estate, "booked", as_json)


@app.command()
def change(
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="The wake-up's number.")],
    at: TimeArgument,
    on: OnOption = "",
    daily: DailyOption = False,
    workdays: WorkdaysOption = False,
    days: DaysOption = "",
    until: UntilOption = "",
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    who: WhoOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ring at another time or on other days: what is given replaces what was booked."""
    with plain_errors(), desk_opened(home, estate) as desk:
        when = when_of(desk, at, on=on, daily=daily, workdays=workdays, days=days, until=until)
        at_home = desk.estate_of(number)
        found = asyncio.run(desk.book.change(at_home, number, when, who=login(who)))
    told(found, at_home, "changed", as_json)


@app.command()
def preview(
    at: TimeArgument,
    on: OnOption = "",
    outcome: Annotated[
        Outcome, typer.Option("--outcome", help="How each attempt is supposed to end.")
    ] = Outcome.NO_ANSWER,
    limit: tables.LimitOption = 40,
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say when the guest and the floor staff would be rung; nothing is booked or dialled."""
    with plain_errors(), desk_opened(home, estate) as desk:
        zone = desk.zone_of(desk.estate)
        day = _day(desk, on) or desk.now.astimezone(zone).date()
        due = tables.instant(f"{day} {_time(at):%H:%M}", zone=zone, now=desk.now)
        assert due is not None, "there is a time"
        rules = desk.parts.rules.in_service()
        known = policies.load(desk.store.home.config)
        wanted = (known.policy(rules.ring.policy), known.policy(rules.knock.policy))
        rows = [
            {"at": tables.local(ring, zone), "rings": whom}
            for ring, whom in course.preview(due, rules, wanted, outcome, most=limit)
        ]
    if as_json:
        print_json(rows)
    else:
        wakeuptables.print_rows(("at", "rings"), rows)


def when_of(desk: Desk, at: str, *, on: str, daily: bool, workdays: bool, days: str, until: str) -> WakeTime:
    """Return when somebody wants to be woken; raises :class:`BadWakeup`."""
    if daily + workdays + bool(days) > 1:
        raise BadWakeup("Choose one of --daily, --workdays and --days.")
    repeat = Repeat.DAILY if daily else Repeat.WORKDAYS if workdays else Repeat.ONCE
    chosen: frozenset[int] = frozenset()
    if days:
        found = wording.days_of(days)
        if found is None:
            raise BadWakeup(f'"{days}" names no days of the week: write mon,wed,fri or 周一、周三.')
        repeat, chosen = Repeat.DAYS, found
    if until and repeat is Repeat.ONCE:
        raise BadWakeup("--until belongs to a repeated wake-up: add --daily, --workdays or --days.")
    return WakeTime(
        at=_time(at), repeat=repeat, first=_day(desk, on), days=chosen,
        until=_day(desk, until),
    )  # fmt: skip


def told(found: WakeupSummary, estate: str, done: str, as_json: bool) -> None:
    """Print how a booking stands."""
    if as_json:
        print_json(wakeuptables.summary(found, estate))
        return
    rest = "it rings no more" if found.next_at is None else f"rings next {found.next_at:%Y-%m-%d %H:%M}"
    print(f"Wake-up {found.number}, room {found.place}, {wording.described(found.when)}: {done}; {rest}.")


def _time(text: str) -> time:
    found = sheets.time_of_day(text)
    if found is None:
        raise BadWakeup(f'"{text}" is no time: write it by the 24-hour clock, like 06:30.')
    return found


def _day(desk: Desk, text: str) -> date | None:
    if not text:
        return None
    ahead = _TOMORROW.get(text.strip().lower())
    if ahead is not None:
        return desk.now.astimezone(desk.zone_of(desk.estate)).date() + timedelta(days=ahead)
    found = sheets.day(text)
    if found is None:
        raise BadWakeup(f'"{text}" is no day: write it like 2026-11-25, today or tomorrow.')
    return found


def _language(text: str) -> str:
    if text and text not in LANGUAGES:
        raise BadWakeup(f'"{text}" is not spoken here: zh or en.')
    return text
