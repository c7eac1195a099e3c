"""``hotline shift``: begin a shift, hand it over, take it over or refuse, read its log page."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Coroutine, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, TypeVar

import typer
from sqlalchemy.orm import Session

from hotline.app.desk import open_duty
from hotline.app.reach import Reach
from hotline.app.shiftfacts import OpenWork
from hotline.cli import personal, shifttables
from hotline.cli.options import DEFAULT_HOME, HomeOption, JsonOption, plain_errors, print_json
from hotline.cli.personal import Shown, UnmaskedOption
from hotline.cli.store import Store, opened
from hotline.cli.tables import EstateOption, LimitOption
from hotline.cli.wakeupdesk import wakeups_of
from hotline.duty.handover import Handovers, PeopleOf
from hotline.duty.models import ShiftRow
from hotline.operators.config import OperatorBook
from hotline.web.registerspan import SHIFT_LASTS

app = typer.Typer(help="Shifts and their handover 交接班.", no_args_is_help=True)

T = TypeVar("T")

PostOption = Annotated[str, typer.Option("--post", help="The post: hotline, front_desk, monitoring_room …")]
ByOption = Annotated[str, typer.Option("--by", metavar="NAME", help="Who signs.")]
RemarksOption = Annotated[str, typer.Option("--remarks", help="What the next one should know.")]
_POST = "hotline"


@dataclass(frozen=True, slots=True)
class _Desk:
    store: Store
    handovers: Handovers
    estate: str

    def run(self, doing: Coroutine[Any, Any, T]) -> T:
        return asyncio.run(doing)


def _desk(store: Store, estate: str | None, ahead: timedelta = SHIFT_LASTS) -> _Desk:
    facts = OpenWork(store.db, lambda: wakeups_of(store).schedule, ahead)
    handovers = Handovers(store.db, clock=store.db.clock, facts=facts, people_of=_people(store))
    return _Desk(store, handovers, store.estate(estate) or store.settings.estates[0].id)


def _people(store: Store) -> PeopleOf:
    """Return who may sign: people of the roster, of accounts and of operators.yaml."""
    reach = Reach(open_duty(store.home, store.settings))

    def names(session: Session, estate: str) -> Collection[str]:
        known = reach.names(session, estate)
        operators = OperatorBook(store.home.config).in_service().operators
        return {*known, *(one.name for one in operators if one.estate in ("", estate))} if known else ()

    return names


@app.command("open")
def open_shift(
    by: ByOption,
    post: PostOption = _POST,
    remarks: RemarksOption = "",
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    as_json: JsonOption = False,
) -> None:
    """Begin a shift at a post where nobody is."""
    with plain_errors(), opened(home) as store:
        desk = _desk(store, estate)
        shift = desk.run(desk.handovers.open(desk.estate, post, by, remarks=remarks))
    _told(shift, f"Shift {shift.id} at {shift.post} is open.", as_json)


@app.command()
def close(
    by: ByOption,
    post: PostOption = _POST,
    equipment: Annotated[str, typer.Option("--equipment", help="State of the equipment.")] = "",
    remarks: RemarksOption = "",
    hours: Annotated[
        int, typer.Option("--hours", min=1, max=72, help="How long the shift to come lasts: its wake-ups.")
    ] = SHIFT_LASTS // timedelta(hours=1),
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    as_json: JsonOption = False,
) -> None:
    """Sign as the outgoing person; you stay responsible until somebody accepts.

    Open cases and the wake-ups that are not over, or due in the shift to come, are handed over.
    """
    with plain_errors(), opened(home) as store:
        desk = _desk(store, estate, timedelta(hours=hours))
        closing = desk.handovers.close(desk.estate, post, by, equipment=equipment, remarks=remarks)
        shift = desk.run(closing)
        _, handovers, _ = desk.run(desk.handovers.page(shift.id))
        cases, wake_ups = (len(handovers[-1].snapshot[kind]) for kind in ("cases", "wake_ups"))
    sentence = (
        f"Shift {shift.id} at {shift.post} is handed over with {cases} open cases and {wake_ups} wake-ups; "
        "it waits for `hotline shift accept`."
    )
    _told(shift, sentence, as_json, cases=cases, wake_ups=wake_ups)


@app.command()
def accept(
    by: ByOption,
    post: PostOption = _POST,
    remarks: RemarksOption = "",
    ends: Annotated[
        bool, typer.Option("--post-closes", help="No shift follows here: the work goes to your own post.")
    ] = False,
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    as_json: JsonOption = False,
) -> None:
    """Sign as the incoming person: your shift begins."""
    with plain_errors(), opened(home) as store:
        desk = _desk(store, estate)
        accepting = desk.handovers.accept(desk.estate, post, by, remarks=remarks, goes_on=not ends)
        shift = desk.run(accepting)
    sentence = f"Shift {shift.id} at {shift.post} is " + (
        "ended." if ends else "open; the one before is ended."
    )
    _told(shift, sentence, as_json)


@app.command()
def refuse(
    by: ByOption,
    reason: Annotated[str, typer.Option("--reason", help="Why; the supervisor reads it.")],
    post: PostOption = _POST,
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    as_json: JsonOption = False,
) -> None:
    """Refuse to take over: the outgoing person stays responsible, the supervisor is told."""
    with plain_errors(), opened(home) as store:
        desk = _desk(store, estate)
        shift = desk.run(desk.handovers.refuse(desk.estate, post, by, reason=reason))
    _told(shift, f"Shift {shift.id} at {shift.post} is refused and goes on as before.", as_json)


@app.command()
def show(
    shift: Annotated[int | None, typer.Argument(help="Number of a shift; default: all that run.")] = None,
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    unmasked: UnmaskedOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show one shift with its handovers and log page, or the shifts that run now."""
    with plain_errors(), opened(home) as store:
        desk = _desk(store, estate)
        now = store.db.clock.now()
        shown = personal.shown(store.home, unmasked=unmasked, command="shift show", rows=1, at=now)
        if shift is None:
            _listed(desk.run(desk.handovers.running(desk.estate)), shown, store, as_json)
            return
        row, handovers, page = desk.run(desk.handovers.page(shift))
        if as_json:
            found = [shifttables.handover_fields(one, shown) for one in handovers]
            lines = [shifttables.log_fields(line, shown) for line in page]
            print_json(shifttables.shift_fields(row, shown) | {"handovers": found, "log": lines})
        else:
            shifttables.print_shift(row, handovers, page, shown, store.zone)


@app.command()
def log(
    shift: Annotated[int | None, typer.Argument(help="Its log page; default: list the shifts.")] = None,
    add: Annotated[
        str, typer.Option("--add", metavar="WORDS", help="Write a line into the running shift.")
    ] = "",
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="With --add: who writes.")] = "",
    post: Annotated[str | None, typer.Option("--post", help="Only this post.")] = None,
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    limit: LimitOption = 20,
    unmasked: UnmaskedOption = False,
    as_json: JsonOption = False,
) -> None:
    """List the latest shifts, read the log page of one, or write a line into the running one."""
    with plain_errors(), opened(home) as store:
        desk = _desk(store, estate)
        if add:
            running = desk.run(desk.handovers.note(desk.estate, post or _POST, by, add))
            _told(running, f"Written into shift {running.id} at {running.post}.", as_json)
            return
        now = store.db.clock.now()
        shown = personal.shown(store.home, unmasked=unmasked, command="shift log", rows=limit, at=now)
        if shift is None:
            recent = desk.handovers.recent(desk.estate, post=post, limit=limit)
            _listed(desk.run(recent), shown, store, as_json)
            return
        _, _, lines = desk.run(desk.handovers.page(shift))
        if as_json:
            print_json([shifttables.log_fields(line, shown) for line in lines])
        else:
            shifttables.print_log(lines, shown, store.zone)


def _listed(rows: Sequence[ShiftRow], shown: Shown, store: Store, as_json: bool) -> None:
    if as_json:
        print_json([shifttables.shift_fields(row, shown) for row in rows])
    else:
        shifttables.print_shifts(rows, shown, store.zone)


def _told(shift: ShiftRow, sentence: str, as_json: bool, **more: int) -> None:
    if as_json:
        print_json({"shift": shift.id, "post": shift.post, "state": shift.state.value} | more)
    else:
        print(sentence)
