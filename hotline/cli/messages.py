"""``hotline messages``: messages for rooms and staff who are not there."""

from __future__ import annotations

import getpass
from typing import Annotated, Any

import typer

from hotline.app.desk import open_duty
from hotline.app.enquiries import open_enquiries
from hotline.app.house import House
from hotline.call.ports import Place
from hotline.call.ports.messages import NewMessage
from hotline.cli import personal, tables
from hotline.cli.options import DEFAULT_HOME, HomeOption, JsonOption, plain_errors, print_json
from hotline.cli.personal import Shown, UnmaskedOption
from hotline.cli.placeoption import place_of
from hotline.cli.store import Store, opened
from hotline.cli.tables import EstateOption, LimitOption, local
from hotline.messages import service
from hotline.messages.models import MessageRow
from hotline.messages.states import MessageState

app = typer.Typer(
    help="Messages for rooms and staff: told by a call until acknowledged.", no_args_is_help=True
)
NumberArgument = Annotated[int, typer.Argument(metavar="NUMBER", help="The message's number.")]
_COLUMNS = ("number", "for", "state", "urgent", "taken_by", "taken_at", "deliver_at", "settled_by")


@app.command()
def take(
    text: Annotated[str, typer.Argument(help="What is to be told; the call says that it is written down.")],
    room: Annotated[str | None, typer.Option("--room", help="The room it is for, 3-2-602.")] = None,
    staff: Annotated[str, typer.Option("--staff", metavar="NUMBER", help="Or the staff number.")] = "",
    who: Annotated[str, typer.Option("--from", help="Who left it.")] = "",
    number: Annotated[str, typer.Option("--number", help="Where they can be called back; is read out.")] = "",
    department: Annotated[
        str, typer.Option("--department", metavar="NAME", help="Or a department of the directory.")
    ] = "",
    urgent: Annotated[bool, typer.Option("--urgent", help="At any hour; staff on duty: supervisor.")] = False,
    key: Annotated[str, typer.Option("--key", help="The same key again is the same message.")] = "",
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a message; staff on duty get it after their shift, an urgent one goes to their supervisor."""
    with plain_errors(), opened(home) as store:
        new = NewMessage(
            estate=store.estate(estate) or store.settings.estates[0].id,
            place=place_of(room) if room is not None else Place(),
            staff=staff, department=department, text=text, from_name=who, from_number=number, urgent=urgent,
            taken_by=getpass.getuser(), key=key,
        )  # fmt: skip
        duty = open_duty(store.home, store.settings)
        house = House(duty, open_enquiries(store.home, store.settings, duty))
        with store.db.transaction() as session:
            row = service.take(session, new, house, now=store.db.clock.now())
        facts = _fields(store, row)
    if as_json:
        print_json(facts)
    else:
        print(f"Message {facts['number']} is told from {facts['deliver_at']} on{_within(urgent)}.")


def _within(urgent: bool) -> str:
    return "" if urgent else ", within the hours of the policy taken_message (outbound.yaml)"


@app.command("list")
def list_messages(
    state: Annotated[MessageState | None, typer.Option("--state", help="Only these.")] = None,
    room: Annotated[str | None, typer.Option("--room", help="Only for this room.")] = None,
    staff: Annotated[str, typer.Option("--staff", metavar="NUMBER", help="Only for this person.")] = "",
    limit: LimitOption = 50,
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    as_json: JsonOption = False,
) -> None:
    """List messages, the latest first."""
    with plain_errors(), opened(home) as store:
        place = None if room is None else place_of(room)
        with store.db.reading() as session:
            rows = service.listed(
                session, estate=store.estate(estate), state=state, place=place, staff=staff, limit=limit
            )
        found = [_fields(store, row) for row in rows]
    if as_json:
        print_json(found)
    elif not found:
        print("There are no such messages.")
    else:
        tables.print_table(_COLUMNS, [[row[column] for column in _COLUMNS] for row in found])


@app.command()
def show(
    number: NumberArgument,
    home: HomeOption = DEFAULT_HOME,
    unmasked: UnmaskedOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show a message: what it says, who left it, who has it."""
    with plain_errors(), opened(home) as store:
        with store.db.reading() as session:
            row = service.find(session, number)
        now = store.db.clock.now()
        shown = personal.shown(store.home, unmasked=unmasked, command="messages show", rows=1, at=now)
        facts = _fields(store, row) | _personal(row, shown)
    if as_json:
        print_json(facts)
    else:
        tables.print_facts(facts)


@app.command()
def delivered(
    number: NumberArgument,
    note: Annotated[str, typer.Option("--note", help="How: a slip under the door …")] = "",
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """It was handed over: nobody is called about it any more."""
    with plain_errors(), opened(home) as store, store.db.transaction() as session:
        row = service.find(session, number, lock=True)
        service.acknowledged(session, row, by=getpass.getuser(), now=store.db.clock.now(), note=note)
    print(f"Message {number} is delivered.")


@app.command()
def retry(number: NumberArgument, home: HomeOption = DEFAULT_HOME) -> None:
    """Call again about a message that did not arrive."""
    with plain_errors(), opened(home) as store, store.db.transaction() as session:
        service.retry(session, number, by=getpass.getuser(), now=store.db.clock.now())
    print(f"Message {number} is told again.")


@app.command()
def cancel(
    number: NumberArgument,
    why: Annotated[str, typer.Option("--why", help="Why it is taken back.")] = "",
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Take a message back before it arrives."""
    with plain_errors(), opened(home) as store, store.db.transaction() as session:
        service.cancel(session, number, by=getpass.getuser(), why=why, now=store.db.clock.now())
    print(f"Message {number} is taken back.")


def _fields(store: Store, row: MessageRow) -> dict[str, Any]:
    return {
        "number": row.id,
        "estate": row.estate,
        "for": f"staff {row.staff}" if row.staff else str(row.place) or row.department,
        "state": row.state.value,
        "urgent": row.urgent,
        "taken_by": row.taken_by,
        "taken_at": local(row.taken_at, store.zone),
        "deliver_at": local(row.deliver_at, store.zone),
        "settled_by": row.settled_by,
        "settled_at": local(row.settled_at, store.zone),
    }


def _personal(row: MessageRow, shown: Shown) -> dict[str, Any]:
    return {
        "settled_by": shown.name(row.settled_by) if row.state is MessageState.DELIVERED else row.settled_by,
        "text": shown.words(row.text),
        "from": shown.name(row.from_name),
        "from_number": shown.number("", row.from_number),
        "recording": row.words["recording"] if row.words else "",
        "call": row.call,
        "leg": row.leg,
        "note": shown.text(row.note),
    }
