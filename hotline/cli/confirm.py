"""``hotline confirm``: ask the owner by telephone whether somebody or something may pass."""

from __future__ import annotations

import asyncio
import getpass
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy.orm import Session

from hotline.app import callees
from hotline.app.bills import BilledRooms
from hotline.call.ports import DutyContact
from hotline.callrecords.models import RecordingRow
from hotline.cli import personal, tables
from hotline.cli.options import (
    DEFAULT_HOME,
    EXIT_FAILED,
    HomeOption,
    JsonOption,
    plain_errors,
    print_json,
    told,
)
from hotline.cli.personal import Shown, UnmaskedOption
from hotline.cli.placeoption import RoomArgument, place_of
from hotline.cli.recordings import Recordings
from hotline.cli.store import Store, opened
from hotline.cli.tables import EstateOption, LimitOption
from hotline.confirmations import service
from hotline.confirmations.errors import ConfirmationRefused
from hotline.confirmations.models import ConfirmationRow
from hotline.confirmations.service import Question
from hotline.confirmations.states import OPEN, Matter, Spot, Standing
from hotline.outbound import policies, repository
from hotline.outbound.models import AttemptRow

app = typer.Typer(
    help="Questions to owners: a visitor at the gate, goods leaving. No answer is a no.", no_args_is_help=True
)

POLL_SECONDS = 0.5
NumberArgument = Annotated[int, typer.Argument(metavar="NUMBER", help="The question's number.")]
_COLUMNS = ("number", "room", "matter", "standing", "asked_by", "asked_at", "answered_at")


@app.command()
def ask(
    room: RoomArgument,
    matter: Annotated[Matter, typer.Option("--matter", help="What it is about.")] = Matter.VISITOR,
    who: Annotated[str, typer.Option("--who", help="Name, kept with the question; see --clip.")] = "",
    what: Annotated[str, typer.Option("--what", help="What is taken out, or wanted; kept with it.")] = "",
    persons: Annotated[int | None, typer.Option("--persons", help="How many; is said.")] = None,
    plate: Annotated[str, typer.Option("--plate", help="Number plate; letters and digits are said.")] = "",
    at: Annotated[Spot | None, typer.Option("--at", help="Where they wait; is said.")] = None,
    clip: Annotated[
        Path | None, typer.Option("--clip", metavar="WAV", help="Recording of who it is; is played.")
    ] = None,
    number: Annotated[
        list[str] | None, typer.Option("--number", help="Ring this instead of the owner's; may be repeated.")
    ] = None,
    key: Annotated[str, typer.Option("--key", help="The same key again is the same question.")] = "",
    wait: Annotated[bool, typer.Option("--wait", help="Wait for the answer; exit 1 unless allowed.")] = False,
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ring the owner at once, all numbers in turn, and ask."""
    with plain_errors(), opened(home) as store:
        wanted = store.estate(estate) or store.settings.estates[0].id
        typed = place_of(room)
        place = BilledRooms(store.db).plain(typed.building, typed.unit, typed.room)
        rules = policies.load(store.home.config)
        priority = _policy(rules).priority
        sound = Recordings(store.home, {"zh": clip, "en": clip}, {})
        sound.check(said_otherwise=True)
        now = store.db.clock.now()
        with sound.made() as put, store.db.transaction() as session:
            people = [DutyContact("", one) for one in number or ()] or callees.owners(session, wanted, place)
            question = Question(
                estate=wanted, place=place, matter=matter, owners=people, asked_by=getpass.getuser(),
                who=who, what=what, persons=persons, plate=plate, spot=at, key=key,
                language=_language(store, wanted),
            )  # fmt: skip
            row = service.ask(session, question, rules.confirmations, priority=priority, now=now)
            if clip is not None and not row.clip:
                row.clip = put(f"confirm_{row.id}")
        if wait:
            row = asyncio.run(_answer(store, row.id))
        standing = service.standing_at(row, store.db.clock.now())
        _tell(store, row, as_json=as_json)
    if wait and standing is not Standing.ALLOWED:
        raise typer.Exit(EXIT_FAILED)


@app.command("list")
def list_questions(
    room: Annotated[str | None, typer.Option("--room", help="Only of this room.")] = None,
    limit: LimitOption = 50,
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    as_json: JsonOption = False,
) -> None:
    """List questions and answers, the latest first."""
    with plain_errors(), opened(home) as store:
        place = None if room is None else place_of(room)
        with store.db.reading() as session:
            rows = service.listed(session, estate=store.estate(estate), place=place, limit=limit)
        found = [_fields(store, row) for row in rows]
    if as_json:
        print_json(found)
    elif not found:
        print("Nobody has been asked yet. `hotline confirm ask ROOM` does it.")
    else:
        tables.print_table(_COLUMNS, [[row[column] for column in _COLUMNS] for row in found])


@app.command()
def show(
    number: NumberArgument,
    home: HomeOption = DEFAULT_HOME,
    unmasked: UnmaskedOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show a question, who was rung, the answer and the recording that proves it."""
    with plain_errors(), opened(home) as store:
        now = store.db.clock.now()
        with store.db.reading() as session:
            row = service.find(session, number)
            call = repository.find(session, service.KIND, str(row.id))
            attempts = repository.attempts(session, call.id) if call is not None else ()
            recording = _recording(session, row)
        shown = personal.shown(store.home, unmasked=unmasked, command="confirm show", rows=1, at=now)
        facts = _fields(store, row) | {
            "who": shown.name(row.who), "what": shown.text(row.what), "persons": row.persons,
            "plate": row.plate if unmasked or not row.plate else row.plate[:2] + "***",
            "at": row.spot, "answered_by": shown.name(row.answered_by),
            "answered_on": shown.number(row.answered_on) if row.answered_on else "",
            "leg": row.leg, "recording": recording, "note": shown.text(row.note),
        }  # fmt: skip
        rung = [_attempt(store, one, shown) for one in attempts]
    if as_json:
        print_json(facts | {"attempts": rung})
        return
    tables.print_facts(facts)
    print()
    tables.print_table(("at", "to", "outcome"), [list(one.values()) for one in rung])


@app.command()
def cancel(number: NumberArgument, home: HomeOption = DEFAULT_HOME, as_json: JsonOption = False) -> None:
    """Whoever waited has left: nobody is rung any more."""
    with plain_errors(), opened(home) as store, store.db.transaction() as session:
        service.cancel(session, number, by=getpass.getuser(), now=store.db.clock.now())
    told(f"Question {number} is cancelled.", {"number": number, "standing": "cancelled"}, as_json=as_json)


@app.command()
def decide(
    number: NumberArgument,
    allow: Annotated[bool, typer.Option("--allow/--refuse", help="What the owner said to the desk.")],
    note: Annotated[str, typer.Option("--note", help="In whose words, why.")] = "",
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Write down what the owner said to the desk; the recording of that call stays the proof."""
    with plain_errors(), opened(home) as store, store.db.transaction() as session:
        standing = Standing.ALLOWED if allow else Standing.REFUSED
        by, now = getpass.getuser(), store.db.clock.now()
        service.decide(session, number, standing, by=by, now=now, note=note)
    facts = {"number": number, "standing": standing.value}
    told(f"Question {number}: {standing.value}.", facts, as_json=as_json)


async def _answer(store: Store, number: int) -> ConfirmationRow:
    """Return the question once it is answered or its time is up; nobody answering takes no longer."""
    while True:
        row = await store.db.read(lambda session: service.find(session, number))
        if service.standing_at(row, store.db.clock.now()) not in OPEN:
            return row
        await store.db.clock.sleep(POLL_SECONDS)


def _policy(rules: policies.OutboundFile) -> Any:
    name = rules.confirmations.policy
    if name not in rules.policies:
        raise ConfirmationRefused(
            f'outbound.yaml has no policy "{name}": copy it from the shipped file (config/outbound.yaml).',
            code="no-policy",
        )
    return rules.policies[name]


def _tell(store: Store, row: ConfirmationRow, *, as_json: bool) -> None:
    facts = _fields(store, row)
    if as_json:
        print_json(facts)
        return
    words = {
        "asking": f"is put; `hotline confirm show {row.id}` tells the answer",
        "at_desk": "the owner speaks to the desk",
        "allowed": "ALLOWED", "refused": "REFUSED", "no_answer": "NO ANSWER: that is a no",
        "cancelled": "cancelled",
    }  # fmt: skip
    print(f"Question {row.id} ({row.place}): {words[facts['standing']]}.")


def _fields(store: Store, row: ConfirmationRow) -> dict[str, Any]:
    return {
        "number": row.id,
        "estate": row.estate,
        "room": str(row.place),
        "matter": row.matter.value,
        "standing": service.standing_at(row, store.db.clock.now()).value,
        "asked_by": row.asked_by,
        "asked_at": tables.local(row.asked_at, store.zone),
        "expires_at": tables.local(row.expires_at, store.zone),
        "answered_at": tables.local(row.answered_at, store.zone),
    }


def _attempt(store: Store, attempt: AttemptRow, shown: Shown) -> dict[str, str]:
    outcome = "under way" if attempt.outcome is None else attempt.outcome.value
    return {"at": tables.local(attempt.at, store.zone), "to": shown.number(attempt.to), "outcome": outcome}


def _recording(session: Session, row: ConfirmationRow) -> str:
    found = session.get(RecordingRow, row.leg) if row.leg else None
    return "" if found is None or found.purged_at is not None else str(found.path)


def _language(store: Store, estate: str) -> str:
    return next((each.language for each in store.settings.estates if each.id == estate), "zh")
