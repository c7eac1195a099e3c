"""What campaigns found out: lists, results, exports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.app import campaignchecks
from hotline.callrecords.models import TranscriptRow
from hotline.campaigns import repository
from hotline.campaigns.calls import subject_of
from hotline.campaigns.models import AnswerRow, CampaignRow, PersonRow
from hotline.campaigns.results import QuestionResult, Tally, summarise
from hotline.campaigns.states import CampaignKind, PersonState
from hotline.cli import personal, tables
from hotline.cli.options import DEFAULT_HOME, HomeOption, JsonOption, plain_errors, print_json
from hotline.cli.personal import Shown, UnmaskedOption
from hotline.cli.store import opened
from hotline.cli.tables import EstateOption, FormatOption, OutOption
from hotline.outbound.models import AttemptRow, OutboundCallRow

app = typer.Typer()

_LEFT = ("name", "number", "place", "state", "attempts")
COLUMNS = ("name", "number", "place", "language", "state", "attempts", "last_attempt")


@app.command("list")
def list_campaigns(
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    kind: Annotated[
        CampaignKind | None, typer.Option("--kind", help="Only surveys, reminders or notices.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """List campaigns, the newest first."""
    list_of(kind, home, estate, as_json)


def list_of(kind: CampaignKind | None, home: Path, estate: str | None, as_json: bool) -> None:
    """Print the campaigns of a kind."""
    with plain_errors(), opened(home) as store, store.db.reading() as session:
        rows = repository.campaigns(session, store.estate(estate), kind)
        found = [fields(row) | _counts(repository.tally(session, row.id)) for row in rows]
    group = (kind or CampaignKind.SURVEY).commands
    columns = ("name", "kind", "estate", "state", "people", "reached", "answered", "created_at")
    if as_json:
        print_json(found)
    elif not found:
        print(f"There is no campaign yet. `hotline {group} create NAME` makes one.")
    else:
        tables.print_table(columns, [[row[column] for column in columns] for row in found])


@app.command()
def show(
    name: str,
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    unmasked: UnmaskedOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show how far a campaign has come: reached, answered, average and distribution of each question.

    Of notices also who was not reached, or not yet; `export` has a line for everybody.
    """
    with plain_errors(), opened(home) as store:
        with store.db.reading() as session:
            row = repository.find(session, name, store.estate(estate))
            tally, said = repository.tally(session, row.id), repository.said(session, row.id)
            untold = _untold(session, row)
            attempts = _attempts(session, row) if untold else {}
        now = store.db.clock.now()
        command = f"{row.kind.commands} show"
        shown = personal.shown(store.home, unmasked=unmasked, command=command, rows=len(untold), at=now)
        left = [_person(person, shown, attempts) for person in untold]
        results = summarise(said, campaignchecks.questions_of(store, row))
    if as_json:
        found: dict[str, Any] = {"states": {state.value: count for state, count in tally.by_state.items()}}
        found |= {"results": dict(tally.by_result)}
        if row.kind is CampaignKind.NOTICE:
            found["not_reached"] = [{column: one[column] for column in _LEFT} for one in left]
        print_json(fields(row) | _counts(tally) | found | {"questions": [_result(one) for one in results]})
        return
    states = {f"  {state.value}": count for state, count in tally.by_state.items()}
    tables.print_facts(fields(row) | _counts(tally) | states)
    print()
    if row.kind is not CampaignKind.SURVEY:
        tables.print_table(("result", "people"), sorted(tally.by_result.items()))
        if left:
            print("\nnot reached so far")
            tables.print_table(_LEFT, [[one[column] for column in _LEFT] for one in left])
        return
    headings = ("question", "answers", "average", "distribution", "in own words")
    tables.print_table(headings, [_line(one) for one in results])


@app.command()
def export(
    name: str,
    out: OutOption = Path("-"),
    form: FormatOption = None,
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    unmasked: UnmaskedOption = False,
) -> None:
    """Export a line a person with their answers, as CSV, XLSX or JSON."""
    with plain_errors(), opened(home) as store:
        with store.db.reading() as session:
            row = repository.find(session, name, store.estate(estate))
            people = repository.people(session, row.id)
            answers = _by_person(repository.answers(session, row.id))
            spoken = _spoken(session, [a for given in answers.values() for a in given if a.recording])
            attempts = _attempts(session, row)
        now = store.db.clock.now()
        shown = personal.shown(
            store.home, unmasked=unmasked, command="campaigns export", rows=len(people), at=now
        )
        asked = campaignchecks.questions_of(store, row)
        others = {answer.question for given in answers.values() for answer in given} - set(asked)
        questions = (*asked, *sorted(others))
        rows = [
            _person(person, shown, attempts) | _answered(answers.get(person.id, ()), spoken, shown)
            for person in people
        ]
        more = (*questions, "recording") if row.kind is CampaignKind.SURVEY else ("result", "ticket")
        tables.export(rows, (*COLUMNS, *more), out, form, zone=store.zone)


def fields(row: CampaignRow) -> dict[str, Any]:
    """Return a campaign's facts for people and programs."""
    return {
        "name": row.name,
        "kind": row.kind.value,
        "estate": row.estate,
        "state": row.state.value,
        "flow": row.flow,
        "policy": row.policy,
        "created_by": row.created_by,
        "created_at": row.created_at.isoformat(timespec="seconds"),
        "begins_at": row.begins_at.isoformat() if row.begins_at else None,
        "ends_at": row.ends_at.isoformat() if row.ends_at else None,
        "ended_at": row.ended_at.isoformat(timespec="seconds") if row.ended_at else None,
    }


def _untold(session: Session, row: CampaignRow) -> list[PersonRow]:
    """Return who did not hear a notice; whoever did has said so by key."""
    if row.kind is not CampaignKind.NOTICE:
        return []
    return [one for one in repository.people(session, row.id) if one.state is not PersonState.FINISHED]


def _counts(tally: Tally) -> dict[str, Any]:
    return {"people": tally.people, "reached": tally.reached, "answered": tally.answered}


def _result(result: QuestionResult) -> dict[str, Any]:
    return {
        "question": result.question,
        "answers": result.answers,
        "average": result.average,
        "distribution": dict(result.distribution),
        "in_words": result.in_words,
    }


def _line(result: QuestionResult) -> tuple[Any, ...]:
    shares = "  ".join(f"{value}: {count}" for value, count in result.distribution.items())
    average = "" if result.average is None else f"{result.average:.2f}"
    return result.question, result.answers, average, shares, result.in_words or ""


def _by_person(answers: Iterable[AnswerRow]) -> dict[int, list[AnswerRow]]:
    found: dict[int, list[AnswerRow]] = {}
    for answer in answers:
        found.setdefault(answer.person, []).append(answer)
    return found


def _attempts(session: Session, campaign: CampaignRow) -> dict[str, tuple[int, str]]:
    """Number of attempts and the last one's time by subject."""
    query = (
        select(OutboundCallRow.subject, AttemptRow.at)
        .join(AttemptRow, AttemptRow.call == OutboundCallRow.id)
        .where(
            OutboundCallRow.kind == campaign.kind.value, OutboundCallRow.subject.startswith(f"{campaign.id}:")
        )
        .order_by(AttemptRow.at)
    )
    found: dict[str, tuple[int, str]] = {}
    for subject, at in session.execute(query):
        found[subject] = (found.get(subject, (0, ""))[0] + 1, at.isoformat(timespec="seconds"))
    return found


def _person(person: PersonRow, shown: Shown, attempts: Mapping[str, tuple[int, str]]) -> dict[str, Any]:
    count, last = attempts.get(subject_of(person.campaign, person.id), (0, ""))
    return {
        "name": shown.name(person.name),
        "number": shown.number(person.number, person.raw),
        "place": person.place,
        "language": person.language,
        "state": person.state.value,
        "attempts": count,
        "last_attempt": last,
        "result": person.result,
        "ticket": person.ticket,
    }


def _spoken(session: Session, answers: Iterable[AnswerRow]) -> dict[int, str]:
    """What was said in own words, as far as it has been written down, by answer."""
    found: dict[int, str] = {}
    for answer in answers:
        row = session.get(TranscriptRow, answer.recording)
        segments = row.segments if row is not None else []
        begin, end = answer.words_start or 0.0, answer.words_end or 0.0
        words = [
            segment["text"]
            for segment in segments
            if segment["side"] == "caller" and segment["start"] < end and segment["end"] > begin
        ]
        found[answer.id] = " ".join(words)
    return found


def _answered(answers: Iterable[AnswerRow], spoken: Mapping[int, str], shown: Shown) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for answer in answers:
        words = shown.words(spoken.get(answer.id, ""))
        found[answer.question] = answer.value or words or "(recorded)"
        if answer.recording:
            found["recording"] = f"{answer.recording} {answer.words_start:.1f}-{answer.words_end:.1f} s"
    return found
