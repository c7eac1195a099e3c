"""``hotline tickets assign|accept|…``: everything that is done to a ticket, one command each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from hotline.call.errors import TicketRefused
from hotline.call.ports import Deed, NewTicket, Place, TicketAction, TicketKind, Urgency
from hotline.cli.options import DEFAULT_HOME, HomeOption, JsonOption
from hotline.cli.tables import EstateOption
from hotline.cli.ticket_desk import (
    WHEN,
    Desk,
    NumberArgument,
    SupervisorOption,
    WhoOption,
    WhyOption,
    desk_opened,
    login,
    tell,
    work,
)
from hotline.cli.ticket_record import check_numbers, check_record, in_directory
from hotline.residents.service import Residents
from hotline.tickets.models import Nature
from hotline.tickets.postponing import ask_by_call

app = typer.Typer()

DepartmentOption = Annotated[str, typer.Option("--department", help="Whose matter it is: 工程部.")]
FaultOption = Annotated[str | None, typer.Option("--fault", help="Class of fault, as sla.yaml names it.")]


def _act(home: Path, number: str, estate: str | None, deed: Deed, *, as_json: bool) -> None:
    work(home, number, estate, lambda desk, full: desk.tickets.act(full, deed), as_json=as_json)


def _plain(action: TicketAction) -> Callable[..., None]:
    """Return the command for something that needs nothing but the ticket."""

    def run(
        number: NumberArgument,
        who: WhoOption = None,
        why: WhyOption = "",
        estate: EstateOption = None,
        home: HomeOption = DEFAULT_HOME,
        as_json: JsonOption = False,
    ) -> None:
        _act(home, number, estate, Deed(action=action, who=login(who), why=why), as_json=as_json)

    return run


for _name, _action, _help in (
    ("arrive", TicketAction.ARRIVE, "Report arrival 到场."),
    ("complete", TicketAction.COMPLETE, "Report completion 完成."),
    ("resume", TicketAction.RESUME, "Go on with a postponed ticket."),
    ("cancel", TicketAction.CANCEL, "Cancel a ticket."),
    ("reopen", TicketAction.REOPEN, "Reopen a ticket: its limits begin anew."),
):
    app.command(_name, help=_help)(_plain(_action))


@app.command()
def new(
    kind: Annotated[TicketKind, typer.Option("--kind", help="What it is.")],
    urgency: Annotated[Urgency, typer.Option("--urgency", help="How fast.")] = Urgency.ORDINARY,
    topic: Annotated[str, typer.Option("--topic", help="repairs, fees, general_manager …")] = "",
    building: Annotated[str, typer.Option("--building")] = "",
    unit: Annotated[str, typer.Option("--unit")] = "",
    room: Annotated[str, typer.Option("--room")] = "",
    place: Annotated[str, typer.Option("--place", help="A place without a room: 2号梯, 车库.")] = "",
    caller: Annotated[str, typer.Option("--caller", help="The caller's number.")] = "",
    callback: Annotated[str, typer.Option("--callback", help="Number to call back.")] = "",
    name: Annotated[str, typer.Option("--name", help="The caller's name.")] = "",
    text: Annotated[str, typer.Option("--text", help="What is wrong or wanted.")] = "",
    department: DepartmentOption = "",
    fault: FaultOption = None,
    add_to: Annotated[
        str, typer.Option("--add-to", metavar="NUMBER", help="Add this to a ticket that is there already.")
    ] = "",
    anyway: Annotated[
        bool,
        typer.Option(
            "--anyway",
            help="File it though there is one of this room and kind, or room or number look wrong.",
        ),
    ] = False,
    incomplete: Annotated[
        bool, typer.Option("--incomplete", help="Something is missing: the caller is to be called back.")
    ] = False,
    who: WhoOption = None,
    why: WhyOption = "",
    estate: EstateOption = None,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """File a ticket; whoever files it owns it until the caller is satisfied.

    A record holds a telephone, the place and what is wrong; otherwise it is --incomplete. The same room
    and kind within 24 hours is pointed out first: add to that one, or file it --anyway.
    """
    with desk_opened(home) as desk:
        filed = NewTicket(
            estate=desk.store.estate(estate) or desk.store.settings.estates[0].id,
            kind=kind, urgency=urgency, topic=topic, place=Place(building, unit, room, place),
            caller_number=caller, callback_number=callback or caller, caller_name=name, description=text,
            note=why, complete=not incomplete,
        )  # fmt: skip

        async def doing() -> str:
            if add_to:
                check_numbers(filed, desk.store.normalise, anyway=anyway)
                full = desk.number(add_to, estate)
                return (await desk.tickets.add_to(full, filed, who=login(who))).number
            checked = await _checked(desk, filed, anyway=anyway)
            opened = await desk.tickets.open_ticket(
                checked, who=login(who), fault=fault or "", department=department
            )
            return opened.number

        tell(desk, asyncio.run(doing()), as_json=as_json)


async def _checked(desk: Desk, filed: NewTicket, *, anyway: bool) -> NewTicket:
    """Return the ticket as it may be filed; raises ``TicketRefused`` with what keeps it from that."""
    check_record(filed, desk.store.normalise, anyway=anyway)
    residents = Residents(desk.store.db, normalise=desk.store.normalise)
    exists = await residents.room_exists(filed.estate, filed.place) if filed.place.room else None
    checked = in_directory(filed, exists, anyway=anyway)
    twin = None if anyway else await desk.tickets.duplicate(filed.estate, filed.place, filed.kind)
    if twin is not None:
        raise TicketRefused(
            f"Ticket {twin.number} of the same room and kind was filed within 24 hours "
            f"({twin.state}): add to it with --add-to {twin.number}, or file this one with --anyway.",
            code="duplicate",
        )
    return checked


@app.command()
def assign(
    number: NumberArgument,
    to: Annotated[str, typer.Argument(help="Who is to do it; may be left out with --department.")] = "",
    department: DepartmentOption = "",
    who: WhoOption = None,
    why: WhyOption = "",
    estate: EstateOption = None,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Assign a ticket 派单."""
    deed = Deed(action=TicketAction.ASSIGN, who=login(who), why=why, assignee=to, department=department)
    _act(home, number, estate, deed, as_json=as_json)


@app.command()
def accept(
    number: NumberArgument,
    supervisor: SupervisorOption = False,
    who: WhoOption = None,
    why: WhyOption = "",
    estate: EstateOption = None,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Accept a ticket 签领: it is yours then; what was assigned to another only with --supervisor."""
    deed = Deed(action=TicketAction.ACCEPT, who=login(who), why=why, supervisor=supervisor)
    _act(home, number, estate, deed, as_json=as_json)


@app.command("pass-on")
def pass_on(
    number: NumberArgument,
    to: Annotated[str, typer.Argument(help="The next person; without, back to whoever assigns.")] = "",
    who: WhoOption = None,
    why: WhyOption = "",
    estate: EstateOption = None,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Pass a ticket on: you cannot take it, or not go on with it."""
    deed = Deed(action=TicketAction.PASS_ON, who=login(who), why=why, assignee=to)
    _act(home, number, estate, deed, as_json=as_json)


@app.command("follow-up")
def follow_up(
    number: NumberArgument,
    satisfaction: Annotated[
        int | None, typer.Option("--satisfaction", help="1 (not at all) to 5; 1 and 2 reopen the ticket.")
    ] = None,
    solved: Annotated[bool, typer.Option("--solved/--not-solved", help="Not solved reopens it.")] = True,
    who: WhoOption = None,
    why: WhyOption = "",
    estate: EstateOption = None,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """File the answers of a follow-up call 回访."""
    deed = Deed(action=TicketAction.FOLLOW_UP, who=login(who), why=why, satisfaction=satisfaction)
    work(
        home, number, estate, lambda desk, full: desk.tickets.follow_up(full, deed, solved=solved),
        as_json=as_json,
    )  # fmt: skip


@app.command()
def close(
    number: NumberArgument,
    supervisor: SupervisorOption = False,
    who: WhoOption = None,
    why: WhyOption = "",
    estate: EstateOption = None,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Close a ticket that is done; one whose caller is not satisfied only with --supervisor."""
    deed = Deed(action=TicketAction.CLOSE, who=login(who), why=why, supervisor=supervisor)
    _act(home, number, estate, deed, as_json=as_json)


@app.command()
def postpone(
    number: NumberArgument,
    until: Annotated[str, typer.Option("--until", metavar="WHEN", help=f"The new promise: {WHEN}.")],
    caller_told: Annotated[
        bool, typer.Option("--caller-told", help="The caller knows of it; refused otherwise.")
    ] = False,
    call: Annotated[
        bool,
        typer.Option("--call", help="Have the caller told by telephone; postponed when they confirm."),
    ] = False,
    supervisor: SupervisorOption = False,
    who: WhoOption = None,
    why: WhyOption = "",
    estate: EstateOption = None,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Postpone what was promised: once, before its time, the caller told, within 7 days."""

    async def doing(desk: Desk, full: str) -> None:
        deed = Deed(
            action=TicketAction.POSTPONE, who=login(who), why=why, until=desk.time(until),
            caller_told=caller_told, supervisor=supervisor,
        )  # fmt: skip
        if call:
            now = desk.store.db.clock.now()
            await desk.store.db.write(lambda s: ask_by_call(s, desk.tickets, full, deed, now=now))
        else:
            await desk.tickets.act(full, deed)

    work(home, number, estate, doing, as_json=as_json)


@app.command()
def promise(
    number: NumberArgument,
    until: Annotated[str, typer.Option("--until", metavar="WHEN", help=f"What the caller was told: {WHEN}.")],
    supervisor: SupervisorOption = False,
    who: WhoOption = None,
    why: WhyOption = "",
    estate: EstateOption = None,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Note by when the caller was promised to be served."""

    async def doing(desk: Desk, full: str) -> None:
        at = desk.time(until)
        await desk.tickets.promise(full, at, who=login(who), why=why, supervisor=supervisor)

    work(home, number, estate, doing, as_json=as_json)


@app.command()
def note(
    number: NumberArgument,
    text: Annotated[str, typer.Argument(help="The remark.")],
    event: Annotated[
        str,
        typer.Option("--event", help="remark; responded or feedback: the caller was told; acknowledged."),
    ] = "remark",
    who: WhoOption = None,
    estate: EstateOption = None,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Add a remark, or that the caller was told how the matter stands."""
    work(
        home, number, estate, lambda desk, full: desk.tickets.note(full, event, text, who=login(who)),
        as_json=as_json,
    )  # fmt: skip


@app.command()
def attach(
    number: NumberArgument,
    file: Annotated[Path, typer.Argument(help="Photo or file, at most 20 MB.")],
    who: WhoOption = None,
    why: WhyOption = "",
    estate: EstateOption = None,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Attach a photo or file; programs and scripts are refused by what they are, not by their names."""

    async def doing(desk: Desk, full: str) -> None:
        await desk.tickets.attach(full, file, home=desk.store.home.root, who=login(who), text=why)

    work(home, number, estate, doing, as_json=as_json)


@app.command()
def owner(
    number: NumberArgument,
    to: Annotated[str, typer.Argument(help="The new owner.")],
    supervisor: SupervisorOption = False,
    who: WhoOption = None,
    why: WhyOption = "",
    estate: EstateOption = None,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Hand a case over to another owner (first-responder rule 首问责任制: supervisors only)."""

    async def doing(desk: Desk, full: str) -> None:
        await desk.tickets.hand_over(full, to, who=login(who), why=why, supervisor=supervisor)

    work(home, number, estate, doing, as_json=as_json)


@app.command()
def nature(
    number: NumberArgument,
    nature: Annotated[Nature | None, typer.Argument(help="Nature of a complaint.")] = None,
    accused: Annotated[
        str | None, typer.Option("--accused", help="Who is complained about; never handles it themselves.")
    ] = None,
    fault: FaultOption = None,
    who: WhoOption = None,
    why: WhyOption = "",
    estate: EstateOption = None,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Say what a matter is: nature of a complaint, person complained about, class of a fault."""

    async def doing(desk: Desk, full: str) -> None:
        await desk.tickets.classify(
            full, who=login(who), nature=nature, fault=fault, accused=accused, why=why
        )

    work(home, number, estate, doing, as_json=as_json)
