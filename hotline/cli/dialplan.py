"""``hotline dialplan``: check the dial plan, and say what it makes of a number."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from hotline.app.outside import RoomTelephones, around, normaliser
from hotline.call.errors import EnvironmentFault, InvalidInput
from hotline.call.ports import Place
from hotline.cli import tables
from hotline.cli.options import (
    DEFAULT_HOME,
    EXIT_INVALID,
    HomeOption,
    JsonOption,
    open_home,
    plain_errors,
    print_json,
)
from hotline.cli.placeoption import place_of
from hotline.cli.store import opened
from hotline.dialplan import book
from hotline.dialplan.cases import rated
from hotline.dialplan.classes import Dialler, carried, decide

app = typer.Typer(help="What may be dialled from where (dialplan.yaml, tariffs.yaml).", no_args_is_help=True)


@app.command()
def check(home: HomeOption = DEFAULT_HOME) -> None:
    """Check dialplan.yaml and tariffs.yaml and run dialplan.tests.yaml; exit 2 with every problem."""
    with plain_errors():
        folder, settings = open_home(home)
        refers_to = around(settings)
        found = book.load(folder.config, refers_to)
        for warning in book.warnings(folder.config, refers_to):
            print(warning, file=sys.stderr)
        count, differing = book.run_cases(folder.config, found, estate=settings.estates[0].id)
        if differing:
            raise InvalidInput(tuple(differing))
    plan = found.plan
    print(
        f"In order: {len(plan.rules)} number kinds, {len(plan.classes)} classes, {len(plan.trunks)} lines, "
        f"{len(found.tariffs.tariffs)} tariffs; {count} cases as expected."
    )


@app.command()
def explain(
    number: Annotated[str, typer.Argument(help="As it is dialled: 01061234567, 9120, +86 138 …")],
    extension: Annotated[str, typer.Option("--from", metavar="EXTENSION", help="The telephone.")] = "",
    room: Annotated[str, typer.Option("--room", help="Its room, when --from is not in the room list.")] = "",
    operator: Annotated[str, typer.Option("--operator", help="Number of the operator who dials.")] = "",
    home: HomeOption = DEFAULT_HOME,
    estate: tables.EstateOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say which rule, class, line and tariff a number has from a telephone, and why it may not be dialled."""
    with plain_errors():
        folder, settings = open_home(home)
        of = estate or settings.estates[0].id
        found = book.load(folder.config, around(settings))
        normalised = normaliser(settings, found.plan.own_area)(of, extension)
        place = place_of(room) if room else _room_of(folder.root, of, normalised)
        dialler = Dialler(
            extension=normalised, room=place or Place(), in_list=place is not None, operator=operator
        )
        decision = decide(found.plan, dialler, number, of)
        now = carried(decision, has_carrier=bool(around(settings).outgoing))
        tariff = rated(found.plan, found.tariffs, decision, of)
    facts = {
        "allowed": "no" if decision.code else "with approval" if decision.needs_approval else "yes",
        "code": decision.code,
        "why": decision.sentence,
        "but": "" if decision.code else now.sentence,
        "number": decision.keys,
        "rule": decision.rule.name if decision.rule else "",
        "category": decision.category.value if decision.rule else "",
        "class": decision.service_class.name,
        "room": str(place or ""),
        "trunk": decision.trunk.name if decision.trunk else "",
        "account": (decision.trunk.account or around(settings).outgoing) if decision.trunk else "",
        "sends": decision.sends if decision.trunk and not decision.code else "",
        "longest_minutes": "" if decision.longest is None else f"{decision.longest / 60:g}",
        "tariff": tariff.name if tariff else "",
    }
    print_json(facts) if as_json else tables.print_facts(facts)
    if decision.code == "outside-unreadable":
        raise typer.Exit(EXIT_INVALID)


def _room_of(root: Path, estate: str, number: str) -> Place | None:
    """Ask the room list, where there is a database already."""
    try:
        with opened(root) as store, store.db.reading() as session:
            found = RoomTelephones().calling(session, estate, number) if number else None
            return None if found is None else found.room
    except EnvironmentFault:
        return None
