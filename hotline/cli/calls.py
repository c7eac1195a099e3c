"""``hotline calls``: what became of every call."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from hotline.app.clips import purge_clips
from hotline.call.errors import HotlineError
from hotline.call.ports import Direction
from hotline.callrecords import hidden, repository, retention
from hotline.callrecords.hidden import Hides
from hotline.callrecords.models import CallRow, LegRow
from hotline.callrecords.repository import CallFilter, WholeCall
from hotline.cli import personal, tables
from hotline.cli.options import DEFAULT_HOME, HomeOption, JsonOption, plain_errors, print_json
from hotline.cli.personal import Shown, UnmaskedOption
from hotline.cli.store import Store, opened
from hotline.cli.tables import (
    EstateOption,
    FormatOption,
    LimitOption,
    OutOption,
    SinceOption,
    UntilOption,
)

app = typer.Typer(help="Call records: list, look at, export, delete old recordings.", no_args_is_help=True)

CALL_FIELDS = (
    "uniqueid", "linkedid", "estate", "direction", "src", "src_name", "dst", "account", "start", "answer",
    "end", "duration", "billsec", "disposition", "ring_seconds", "rings", "hangup_by", "hangup_cause",
    "outcome",
)  # fmt: skip
LEG_FIELDS = ("sip_status", "codec", "loss", "jitter", "mos")


@app.command("list")
def list_calls(
    home: HomeOption = DEFAULT_HOME,
    since: SinceOption = None,
    until: UntilOption = None,
    estate: EstateOption = None,
    number: Annotated[str | None, typer.Option("--number", help="Caller's or dialled number.")] = None,
    limit: LimitOption = 50,
    unmasked: UnmaskedOption = False,
    as_json: JsonOption = False,
) -> None:
    """List calls, newest first."""
    with plain_errors(), opened(home) as store:
        wanted = _filter(store, since, until, estate, limit, number)
        with store.db.reading() as session:
            rows = repository.calls(session, wanted)
        shown = _shown(store, "calls list", len(rows), unmasked=unmasked)
        if as_json:
            print_json([call_fields(row, shown) for row in rows])
        elif not rows:
            print("No calls" + (" that fit." if since or until or estate or number else " yet."))
        else:
            headings = ("call", "start", "from", "to", "result", "rings", "talk", "outcome")
            tables.print_table(headings, [_line(row, shown, store) for row in rows])


@app.command()
def show(
    call: Annotated[str, typer.Argument(help="A call's id or its first digits.")],
    home: HomeOption = DEFAULT_HOME,
    unmasked: UnmaskedOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show one call with its legs, events, recordings and transcripts."""
    with plain_errors(), opened(home) as store:
        with store.db.reading() as session:
            whole = repository.whole_call(session, call.strip().lower())
        if whole is None:
            raise HotlineError(
                f'No single call begins with "{call}". `hotline calls list` shows the ids.',
                code="unknown-call",
            )
        shown = _shown(store, f"calls show {whole.call.linkedid}", 1, unmasked=unmasked)
        if as_json:
            print_json(_whole(whole, shown, store))
        else:
            _print_whole(whole, shown, store)


@app.command()
def export(
    out: OutOption = Path("-"),
    form: FormatOption = None,
    home: HomeOption = DEFAULT_HOME,
    since: SinceOption = None,
    until: UntilOption = None,
    estate: EstateOption = None,
    unmasked: UnmaskedOption = False,
) -> None:
    """Export call records, oldest first, as CSV, XLSX or JSON."""
    with plain_errors(), opened(home) as store:
        wanted = _filter(store, since, until, estate, None)
        with store.db.reading() as session:
            rows = list(repository.detail_records(session, wanted))
        shown = _shown(store, "calls export", len(rows), unmasked=unmasked)
        fields = [call_fields(call, shown) | leg_fields(leg) for call, leg in rows]
        count = tables.export(fields, CALL_FIELDS + LEG_FIELDS, out, form, zone=store.zone)
    if str(out) != "-":
        print(f"{count} calls written to {out}.")


@app.command()
def purge(
    home: HomeOption = DEFAULT_HOME,
    recordings_days: Annotated[
        int | None, typer.Option(min=0, help="Recordings older than this; default: retention.")
    ] = None,
    transcripts_days: Annotated[
        int | None, typer.Option(min=0, help="Transcripts older than this; default: retention.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be deleted.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Delete recordings and transcripts whose time is over; the records of the calls stay."""
    with plain_errors(), opened(home) as store:
        now, keep = store.db.clock.now(), store.settings.retention
        older = retention.OlderThan(
            recordings=_before(now, recordings_days, keep.recordings),
            transcripts=_before(now, transcripts_days, keep.transcripts),
            events=_before(now, None, keep.outbox),
        )
        folder = store.home.recordings
        report = retention.purge(store.db, recordings=folder, older_than=older, dry_run=True)
        clips = partial(purge_clips, store.db, prompts=store.home.prompts, before=older.recordings or now)
        clipped = clips(dry_run=True)
        told = _purged(report, clipped)
        if not dry_run:
            if report.recordings + report.transcripts + clipped and not yes:
                typer.confirm(f"Delete {told} for good?", abort=True, err=True)
            report, clipped = retention.purge(store.db, recordings=folder, older_than=older), clips()
            told = _purged(report, clipped)
    if as_json:
        counts = {"recordings": report.recordings, "transcripts": report.transcripts, "clips": clipped}
        print_json(counts | {"dry_run": dry_run})
    else:
        print(f"{told} {'would be' if dry_run else 'were'} deleted.")


def _before(now: datetime, given: int | None, kept: int) -> datetime | None:
    """Return the instant before which a kind goes; ``None`` where the settings keep it (0 days)."""
    if given is None and kept == 0:
        return None
    return now - timedelta(days=kept if given is None else given)


def _purged(report: retention.PurgeReport, clips: int) -> str:
    told = f"{report.recordings} recordings and {report.transcripts} transcripts"
    return f"{told}, {clips} recordings of notices and of who waited at the gate" if clips else told


def _filter(
    store: Store,
    since: str | None,
    until: str | None,
    estate: str | None,
    limit: int | None,
    number: str | None = None,
) -> CallFilter:
    now = store.db.clock.now()
    return CallFilter(
        estate=store.estate(estate),
        since=tables.instant(since, zone=store.zone, now=now),
        until=tables.instant(until, zone=store.zone, now=now),
        number=None if number is None else store.normalise(number) or number,
        limit=limit,
    )


def _shown(store: Store, command: str, rows: int, *, unmasked: bool) -> Shown:
    now = store.db.clock.now()
    return personal.shown(store.home, unmasked=unmasked, command=command, rows=rows, at=now)


def call_fields(row: CallRow | LegRow, shown: Shown) -> dict[str, Any]:
    """Return the fields of DESIGN section 6; instants in ISO 8601, UTC."""
    fields = {name: getattr(row, name) for name in CALL_FIELDS}
    for name in ("start", "answer", "end"):
        fields[name] = None if fields[name] is None else fields[name].isoformat()
    fields["src"] = shown.number(row.src, row.src_raw)
    fields["dst"] = _dst(row, shown)
    fields["src_name"] = shown.name(row.src_name)
    fields["direction"] = row.direction.value
    fields["hangup_by"] = None if row.hangup_by is None else row.hangup_by.value
    return fields


def _dst(row: CallRow | LegRow, shown: Shown) -> str:
    """The number dialled: the hotline's own on an incoming leg, somebody's on one we placed."""
    if row.direction is Direction.INBOUND:
        return row.dst or row.dst_raw
    return shown.number(row.dst, row.dst_raw)


def leg_fields(row: LegRow) -> dict[str, Any]:
    """Return what only a leg has: answer code and media quality."""
    return {name: getattr(row, name) for name in LEG_FIELDS}


def _line(row: CallRow, shown: Shown, store: Store) -> tuple[Any, ...]:
    return (
        row.linkedid[:8],
        tables.local(row.start, store.zone),
        shown.number(row.src, row.src_raw),
        shown.number(row.dst, row.dst_raw),
        row.disposition or "in progress",
        row.rings,
        tables.seconds(row.billsec),
        row.outcome,
    )


def _whole(whole: WholeCall, shown: Shown, store: Store) -> dict[str, Any]:
    texts = {row.uniqueid: row for row in whole.transcripts}
    return {
        **call_fields(whole.call, shown),
        "emergency": whole.call.emergency,
        "recording": whole.recording,
        "legs": [
            {**call_fields(leg, shown), **leg_fields(leg), "purpose": leg.purpose} for leg in whole.legs
        ],
        "events": [
            {
                "leg": event.uniqueid,
                "at": event.at.isoformat(),
                "kind": event.kind,
                "detail": _detail(event.kind, event.detail, shown),
            }
            for event in whole.events
        ],
        "recordings": [
            {
                "leg": row.uniqueid,
                "path": str(store.home.recordings / row.path),
                "seconds": row.seconds,
                "purged_at": None if row.purged_at is None else row.purged_at.isoformat(),
                "recording": "refused" if row.refused_at is not None else "made",
            }
            for row in whole.recordings
        ],
        "transcripts": [
            {
                "leg": leg,
                "state": row.state.value,
                "engine": row.engine,
                "language": row.language,
                "text": shown.words(row.text),
                "segments": row.segments if shown.unmasked else [],
                "failure": row.failure,
            }
            for leg, row in texts.items()
        ],
    }


def _detail(kind: str, detail: dict[str, str], shown: Shown) -> dict[str, str]:
    ways = {
        Hides.KEY: shown.key, Hides.WORDS: shown.words, Hides.NAME: shown.name, Hides.TEXT: shown.text
    }  # fmt: skip
    return hidden.shown(kind, detail, ways)


def _print_whole(whole: WholeCall, shown: Shown, store: Store) -> None:
    fields = call_fields(whole.call, shown)
    for name in ("start", "answer", "end"):
        fields[name] = tables.local(getattr(whole.call, name), store.zone)
    fields["disposition"] = fields["disposition"] or "in progress"
    tables.print_facts(fields)
    print()
    headings = ("leg", "direction", "to", "purpose", "result", "rings", "talk", "codec", "lost", "mos")
    lines = [
        (leg.uniqueid[:8], leg.direction.value, shown.number(leg.dst, leg.dst_raw), leg.purpose,
         leg.disposition, leg.rings, tables.seconds(leg.billsec), leg.codec, leg.loss, leg.mos)
        for leg in whole.legs
    ]  # fmt: skip
    tables.print_table(headings, lines)
    print()
    events = [
        (
            tables.local(event.at, store.zone),
            event.uniqueid[:8],
            event.kind,
            _words(event.kind, event.detail, shown),
        )
        for event in whole.events
    ]
    tables.print_table(("time", "leg", "event", ""), events)
    for row in whole.recordings:
        state = "refused by the caller" if row.refused_at else "deleted" if row.purged_at else ""
        state = state or str(store.home.recordings / row.path)
        print(f"\nrecording  {state}  {tables.seconds(row.seconds)}")
    for transcript in whole.transcripts:
        text = shown.words(transcript.text) or transcript.failure
        print(f"transcript  {transcript.state.value}  {text}")


def _words(kind: str, detail: dict[str, str], shown: Shown) -> str:
    return " ".join(f"{name}={value}" for name, value in _detail(kind, detail, shown).items())
