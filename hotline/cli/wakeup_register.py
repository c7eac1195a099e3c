"""``hotline wakeups register``: 叫醒登记表 of a day, a shift or any span, as table, sheet or page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from hotline import sheets
from hotline.call.errors import EnvironmentFault
from hotline.cli import personal, tables, wakeuptables
from hotline.cli.options import DEFAULT_HOME, HomeOption, JsonOption, plain_errors, print_json
from hotline.cli.personal import UnmaskedOption
from hotline.cli.tables import EstateOption, FormatOption, SinceOption, UntilOption
from hotline.cli.wakeup_deeds import BadWakeup
from hotline.cli.wakeupdesk import Desk, desk_opened
from hotline.wakeup import entries
from hotline.wakeup.entries import Entry
from hotline.web import registerspan
from hotline.web.masks import Masks
from hotline.web.registerpage import Sheet, render

app = typer.Typer()

_ONE_DAY = timedelta(days=1)


@app.command("register")
def register_(
    day: Annotated[
        str, typer.Option("--date", metavar="DAY", help="2026-11-25, today, tomorrow; default: today.")
    ] = "",
    shift: Annotated[
        str,
        typer.Option("--shift", metavar="SHIFT", help="A shift by its number; now: the one that runs."),
    ] = "",
    since: SinceOption = None,
    until: UntilOption = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FILE", help="Write a sheet instead; - is standard output."),
    ] = None,
    form: FormatOption = None,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write a page to be printed (A4).")
    ] = None,
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    unmasked: UnmaskedOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show the register: every wake-up of a day, a shift or a span, with what came of it."""
    with plain_errors(), desk_opened(home, estate) as desk:
        zone = desk.zone_of(desk.estate)
        with desk.store.db.reading() as session:
            begin, end = _span(desk, session, day, shift, since, until)
            found = entries.between(session, desk.parts.schedule, desk.estate, begin, end, now=desk.now)
        shown = personal.shown(
            desk.store.home, unmasked=unmasked, command="wakeups register", rows=len(found), at=desk.now
        )
        rows = [wakeuptables.entry(one, zone, shown) for one in found]
        if html is not None:
            _write_page(desk, html, found, (begin, end), unmasked=unmasked)
        if out is not None:
            tables.export(rows, wakeuptables.REGISTER_COLUMNS, out, form, zone=zone)
        if out is not None or html is not None:
            return
    if as_json:
        span = {"from": begin.astimezone(zone).isoformat(), "to": end.astimezone(zone).isoformat()}
        print_json(span | {"totals": entries.totals(found), "lines": rows})
    elif not rows:
        print("No wake-ups in this time.")
    else:
        wakeuptables.print_rows(wakeuptables.REGISTER_TABLE, rows)
        print(", ".join(f"{count} {name}" for name, count in entries.totals(found).items() if count))


def _span(
    desk: Desk, session: Session, day: str, shift: str, since: str | None, until: str | None
) -> tuple[datetime, datetime]:
    if bool(day) + bool(shift) + bool(since or until) > 1:
        raise BadWakeup("Choose one of --date, --shift and --since/--until.")
    zone = desk.zone_of(desk.estate)
    if shift:
        return registerspan.of_shift(session, desk.estate, shift, now=desk.now)
    if since or until:
        begin = tables.instant(since, zone=zone, now=desk.now)
        end = tables.instant(until, zone=zone, now=desk.now)
        begin = begin or (end or desk.now) - _ONE_DAY
        return begin, end or max(begin, desk.now) + _ONE_DAY
    today = desk.now.astimezone(zone).date()
    chosen = {
        "": today,
        "today": today,
        "今天": today,
        "tomorrow": today + _ONE_DAY,
        "明天": today + _ONE_DAY,
    }
    wanted = chosen.get(day.strip().lower()) or sheets.day(day)
    if wanted is None:
        raise BadWakeup(f'"{day}" is no day: write it like 2026-11-25, today or tomorrow.')
    return registerspan.of_day(wanted, zone)


def _write_page(
    desk: Desk, path: Path, found: Sequence[Entry], span: tuple[datetime, datetime], *, unmasked: bool
) -> None:
    name = next(one.name for one in desk.store.settings.estates if one.id == desk.estate)
    page = render(
        Sheet(
            estate=name,
            begin=span[0],
            end=span[1],
            made_at=desk.now,
            zone=desk.zone_of(desk.estate),
            entries=found,
            masks=Masks(unmasked),
        )
    )
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        sentence = f"{path} cannot be written: {error.strerror}. Choose another file with --html."
        raise EnvironmentFault(sentence, code="export-file") from error
