"""``hotline enquiries``: departments and public numbers, and what time it is elsewhere."""

from __future__ import annotations

from typing import Annotated

import typer

from hotline.app.desk import open_duty
from hotline.app.enquiries import open_enquiries
from hotline.call.clock import SystemClock
from hotline.call.errors import EnvironmentFault
from hotline.cli import tables
from hotline.cli.options import (
    DEFAULT_HOME,
    EXIT_FAILED,
    HomeOption,
    JsonOption,
    open_home,
    plain_errors,
    print_json,
)
from hotline.cli.tables import EstateOption
from hotline.enquiries import worldclock
from hotline.enquiries.service import Enquiries
from hotline.home import Home
from hotline.settings import Settings

app = typer.Typer(help="Directory enquiries and the world clock.", no_args_is_help=True)
_COLUMNS = ("id", "name", "english", "number", "code", "kind", "connect")


@app.command()
def find(
    wanted: Annotated[str, typer.Argument(help="A name or a part of it, pinyin or its initials, a code.")],
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find a number; exit 1 when there is none."""
    with plain_errors():
        place, settings = open_home(home)
        one = _estate(settings, estate)
        listings = _open(place, settings).search(one, wanted, at=SystemClock().now())
        found = [
            {
                "id": listing.id, "name": listing.names["zh"], "english": listing.names["en"],
                "number": listing.told or listing.number, "code": listing.code, "kind": listing.kind,
                "connect": listing.connect,
            }
            for listing in listings
        ]  # fmt: skip
    if as_json:
        print_json(found)
    elif found:
        tables.print_table(_COLUMNS, [[row[column] for column in _COLUMNS] for row in found])
    else:
        print(f'Nothing is called "{wanted}" in directory.yaml.')
    if not found:
        raise typer.Exit(EXIT_FAILED)


@app.command("list")
def list_entries(
    home: HomeOption = DEFAULT_HOME, estate: EstateOption = None, as_json: JsonOption = False
) -> None:
    """List everybody who can be asked for."""
    with plain_errors():
        place, settings = open_home(home)
        entries = _open(place, settings).entries(_estate(settings, estate))
    found = [
        {
            "id": name, "name": " ".join(entry.zh), "english": " ".join(entry.en), "number": entry.number,
            "code": entry.code or "", "kind": entry.kind, "connect": entry.connect,
        }
        for name, entry in entries.items()
    ]  # fmt: skip
    if as_json:
        print_json(found)
    else:
        tables.print_table(_COLUMNS, [[row[column] for column in _COLUMNS] for row in found])


@app.command()
def check(home: HomeOption = DEFAULT_HOME) -> None:
    """Check directory.yaml; tells every mistake with its line (exit 2)."""
    with plain_errors():
        place, settings = open_home(home)
        _open(place, settings)
    print("directory.yaml holds.")


@app.command()
def clock(
    where: Annotated[str, typer.Argument(help="A city or country, in Chinese or English.")],
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what time it is elsewhere and how many hours that is ahead."""
    with plain_errors():
        place, settings = open_home(home)
        found = _open(place, settings).time_in(_estate(settings, estate), where, at=SystemClock().now())
        if found is None:
            known = ", ".join(f"{city.zh[0]} {city.en[0]}" for city in worldclock.CITIES.values())
            raise EnvironmentFault(
                f'The time in "{where}" is not known; known are {known}, and their countries where they '
                "have one time.",
                code="unknown-city",
            )
    facts = {
        "city": found.names["en"], "name": found.names["zh"], "time": f"{found.at:%Y-%m-%d %H:%M}",
        "hours_ahead": found.ahead,
    }  # fmt: skip
    if as_json:
        print_json(facts)
        return
    direction = "ahead of" if found.ahead > 0 else "behind"
    difference = f"{abs(found.ahead):g} h {direction} us" if found.ahead else "the same time as here"
    print(f"{facts['name']} {facts['city']}: {facts['time']}, {difference}.")


def _estate(settings: Settings, wanted: str | None) -> str:
    known = [estate.id for estate in settings.estates]
    if wanted is not None and wanted not in known:
        raise EnvironmentFault(
            f'There is no estate "{wanted}" in hotline.yaml; there are: {", ".join(known)}.',
            code="unknown-estate",
        )
    return wanted or known[0]


def _open(home: Home, settings: Settings) -> Enquiries:
    return open_enquiries(home, settings, open_duty(home, settings))
