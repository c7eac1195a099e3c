"""``hotline operators``: operators 话务员 at work, queues, who waited how long, figures."""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Any

import typer

from hotline.app.livefeed import command
from hotline.call.errors import EnvironmentFault, InvalidInput, OperatorRefused
from hotline.cli import operatortables, personal, tables
from hotline.cli.operator_tokens import token
from hotline.cli.operatortables import print_rows
from hotline.cli.options import DEFAULT_HOME, HomeOption, JsonOption, open_home, plain_errors, print_json
from hotline.cli.personal import UnmaskedOption
from hotline.cli.store import Store, opened
from hotline.cli.tables import EstateOption, LimitOption, SinceOption, UntilOption, print_facts
from hotline.home import Home
from hotline.operators import config, repository

app = typer.Typer(
    help="Operators 话务员: presence, queues, waits, figures, tokens of headsets.", no_args_is_help=True
)
app.command()(token)

DESK = "operators"
"""Name of the desk's command in the calls process."""
NumberArgument = Annotated[str, typer.Argument(metavar="NUMBER", help="The operator's number.")]


@app.command("list")
def list_operators(
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    unmasked: UnmaskedOption = False,
    as_json: JsonOption = False,
) -> None:
    """List the operators and what they do; without a running hotline, as it was last written down."""
    with plain_errors(), opened(home) as store:
        wanted = store.estate(estate)
        found = [one for one in _everybody(store) if wanted is None or one["estate"] in ("", wanted)]
        shown = personal.shown(
            store.home, unmasked=unmasked, command="operators list", rows=len(found), at=store.db.clock.now()
        )
        rows = [operatortables.operator(one, store.zone, shown) for one in found]
    if as_json:
        print_json(rows)
    elif rows:
        print_rows(operatortables.OPERATORS, rows)
    else:
        print("There are no operators. Name them in operators.yaml; the file says how.")


@app.command()
def show(
    number: NumberArgument,
    since: SinceOption = "today",
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    unmasked: UnmaskedOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show an operator, and what they did when."""
    with plain_errors(), opened(home) as store:
        wanted, now = store.estate(estate), store.db.clock.now()
        found = [
            one
            for one in _everybody(store)
            if one["number"] == number and (wanted is None or one["estate"] in ("", wanted))
        ]
        if not found:
            raise OperatorRefused(
                f"There is no operator {number} in operators.yaml.", code="operator-unknown"
            )
        shown = personal.shown(store.home, unmasked=unmasked, command="operators show", rows=1, at=now)
        facts = operatortables.operator(found[0], store.zone, shown)
        begin = tables.instant(since, zone=store.zone, now=now) or now - timedelta(days=1)
        with store.db.reading() as session:
            rows = repository.history(session, estate=wanted, number=number, since=begin, until=now)
            states = [operatortables.state(row, store.zone) for row in rows]
    if as_json:
        print_json(facts | {"states": states})
        return
    print_facts(facts)
    print()
    print_rows(operatortables.STATES, states)


@app.command("sign-in")
def sign_in(
    number: NumberArgument,
    line: Annotated[str, typer.Option("--line", help="Where they are rung: sip:…, a number.")] = "",
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    as_json: JsonOption = False,
) -> None:
    """Begin to work; paused until ready."""
    _do(home, estate, number, "sign_in", as_json, line=line)


@app.command()
def ready(
    number: NumberArgument,
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take calls; also ends wrap-up and an automatic pause."""
    _do(home, estate, number, "ready", as_json)


@app.command()
def pause(
    number: NumberArgument,
    reason: Annotated[str, typer.Argument(help="Why, in a word: lunch, training …")] = "break",
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take no calls; in the middle of a call it begins after it."""
    _do(home, estate, number, "pause", as_json, reason=reason)


@app.command("sign-out")
def sign_out(
    number: NumberArgument,
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    as_json: JsonOption = False,
) -> None:
    """Go home; refused while a call is being talked on."""
    _do(home, estate, number, "sign_out", as_json)


@app.command()
def queues(home: HomeOption = DEFAULT_HOME, as_json: JsonOption = False) -> None:
    """List the queues as they are now: who waits, how many operators are there and ready."""
    with plain_errors():
        place, _settings = open_home(home)
        rules = config.load(place.config)
        found = _ask(place, "overview")
        rows = [
            one
            | {"strategy": rules.queues[one["queue"]].strategy.value, "then": rules.queues[one["queue"]].then}
            for one in found["queues"]
            if one["queue"] in rules.queues
        ]
    if as_json:
        print_json({"queues": rows, "waits": found["waits"]})
        return
    print_rows(operatortables.QUEUES, rows)
    if found["waits"]:
        print()
        print_rows(("queue", "position", "waited", "priority", "call_back", "ringing"), found["waits"])


@app.command()
def waits(
    since: SinceOption = "today",
    until: UntilOption = None,
    queue: Annotated[str, typer.Option("--queue", help="Only of this queue.")] = "",
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    limit: LimitOption = 200,
    as_json: JsonOption = False,
) -> None:
    """List who waited how long for whom, the latest last."""
    with plain_errors(), opened(home) as store:
        begin, end = _span(store, since, until)
        with store.db.reading() as session:
            rows = repository.waits_between(session, begin, end, estate=store.estate(estate), queue=queue)
            found = [operatortables.wait(row, store.zone) for row in rows[-limit:]]
    if as_json:
        print_json(found)
    elif found:
        print_rows(operatortables.WAITS, found)
    else:
        print("Nobody waited in that time.")


@app.command()
def figures(
    since: SinceOption = "today",
    until: UntilOption = None,
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show service level, abandonment, waiting and talk time, by queue and by operator; seconds."""
    with plain_errors(), opened(home) as store:
        begin, end = _span(store, since, until)
        wanted, rules = store.estate(estate), config.load(store.home.config)
        with store.db.reading() as session:
            counted = repository.counted(repository.waits_between(session, begin, end, estate=wanted))
            by_queue = operatortables.queue_figures(counted, rules)
            history = partial(repository.history, session, estate=wanted, since=begin, until=end)
            numbers = dict.fromkeys(
                one.number for one in rules.operators if wanted is None or one.estate in ("", wanted)
            )
            by_operator = [
                operatortables.operator_figures(
                    number, counted, history(number=number), since=begin, until=end
                )
                for number in numbers
            ]
    if as_json:
        print_json({"queues": by_queue, "operators": by_operator})
        return
    print_rows(operatortables.FIGURES, by_queue)
    if by_operator:
        print()
        print_rows(operatortables.SHIFTS, by_operator)


@app.command()
def check(home: HomeOption = DEFAULT_HOME, as_json: JsonOption = False) -> None:
    """Check operators.yaml; exit 2 when it does not hold."""
    with plain_errors():
        place, settings = open_home(home)
        problems = config.doubts(place.config, estates=frozenset(one.id for one in settings.estates))
        if any(not problem.warning for problem in problems):
            raise InvalidInput(tuple(problems))
        rules = config.load(place.config)
    for problem in problems:
        print(problem, file=sys.stderr)
    if as_json:
        print_json({"operators": len(rules.operators), "queues": sorted(rules.queues)})
    else:
        print(f"operators.yaml holds: {len(rules.operators)} operators, queues {', '.join(rules.queues)}.")


# --- helpers -----------------------------------------------------------------------------------------


def _ask(home: Home, action: str, **args: Any) -> dict[str, Any]:
    if not home.run.is_dir():
        raise EnvironmentFault("The hotline does not run: start it with ./start or `hotline run`.")
    return asyncio.run(command(home.run, DESK, {"action": action, **args}))


def _everybody(store: Store) -> list[dict[str, Any]]:
    """Ask the running hotline; without one, its papers."""
    try:
        found: list[dict[str, Any]] = _ask(store.home, "overview")["operators"]
    except EnvironmentFault:
        with store.db.reading() as session:
            standings = repository.standings(session)
        return operatortables.offline(config.load(store.home.config), standings)
    return found


def _do(root: Any, estate: str | None, number: str, action: str, as_json: bool, **args: str) -> None:
    with plain_errors():
        home, settings = open_home(root)
        where = estate or settings.estates[0].id
        found = _ask(home, action, estate=where, operator=number, **args)
    if as_json:
        print_json(found)
        return
    reason = f" ({found['reason']})" if found["reason"] else ""
    print(f"Operator {number}: {found['presence']}{reason}")


def _span(store: Store, since: str | None, until: str | None) -> tuple[datetime, datetime]:
    now = store.db.clock.now()
    begin = tables.instant(since, zone=store.zone, now=now) or now - timedelta(days=1)
    return begin, tables.instant(until, zone=store.zone, now=now) or now
