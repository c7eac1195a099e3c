"""Reading and changing campaigns inside somebody's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import distinct, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from hotline.call.ports import Place
from hotline.call.ports.fees import room_subject
from hotline.campaigns.errors import CampaignRefused, UnknownCampaign
from hotline.campaigns.listing import Listed
from hotline.campaigns.models import AnswerRow, CampaignRow, PersonRow, StopRow
from hotline.campaigns.results import Said, Tally
from hotline.campaigns.states import TO_BE_CALLED, CampaignKind, CampaignState, PersonState
from hotline.db import outbox

_AT_ONCE = 500
"""Numbers asked for in one query: SQLite's limit of variables is far above, its parser's patience is not."""


@dataclass(frozen=True, slots=True)
class Added:
    """What putting people on a list did."""

    new: int
    known: int
    """On the list already: nothing was changed."""
    left_out: tuple[Listed, ...]
    """Not put on the list: they said that no campaign may call them."""


def create(
    session: Session,
    *,
    estate: str,
    name: str,
    flow: str,
    policy: str,
    created_by: str,
    now: datetime,
    kind: CampaignKind = CampaignKind.SURVEY,
    facts: dict[str, Any] | None = None,
    begins_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> CampaignRow:
    """Make a campaign without people; raises :class:`CampaignRefused` when the name is taken."""
    if not name.strip():
        raise CampaignRefused("A campaign needs a name.", code="campaign-nameless")
    if begins_at is not None and ends_at is not None and ends_at <= begins_at:
        raise CampaignRefused(
            "The campaign would end before it begins: give a later --ends.", code="campaign-backwards"
        )
    if ends_at is not None and ends_at <= now:
        raise CampaignRefused(
            "The campaign would be over before it could begin: give a later --ends.",
            code="campaign-end-passed",
        )
    same = select(CampaignRow.id).where(CampaignRow.estate == estate, CampaignRow.name == name)
    if session.scalars(same).first() is not None:
        raise CampaignRefused(
            f'There is a campaign "{name}" already. Choose another name.', code="campaign-name-taken"
        )
    row = CampaignRow(
        estate=estate, name=name, flow=flow, policy=policy, state=CampaignState.DRAFT, created_by=created_by,
        created_at=now, begins_at=begins_at, ends_at=ends_at, ended_at=None, kind=kind, facts=facts or {},
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def find(
    session: Session, name: str, estate: str | None = None, *, kind: CampaignKind | None = None
) -> CampaignRow:
    """Return a campaign by its name; raises :class:`UnknownCampaign`, also when several estates have it."""
    query = select(CampaignRow).where(CampaignRow.name == name).order_by(CampaignRow.id)
    if kind is not None:
        query = query.where(CampaignRow.kind == kind)
    if estate is not None:
        query = query.where(CampaignRow.estate == estate)
    rows = session.scalars(query).all()
    if not rows:
        group = (kind or CampaignKind.SURVEY).commands
        raise UnknownCampaign(f'There is no campaign "{name}". `hotline {group} list` shows them.')
    if len(rows) > 1:
        raise UnknownCampaign(f'Several estates have a campaign "{name}": name one with --estate.')
    return rows[0]


def get(session: Session, campaign: int, estate: str | None = None) -> CampaignRow:
    """Return a campaign by its id; raises :class:`UnknownCampaign`, also for another estate's."""
    row = session.get(CampaignRow, campaign)
    if row is None or (estate is not None and row.estate != estate):
        raise UnknownCampaign(f"There is no campaign {campaign}.")
    return row


def campaigns(
    session: Session, estate: str | None, kind: CampaignKind | None = None, *, limit: int | None = None,
    offset: int = 0,
) -> Sequence[CampaignRow]:  # fmt: skip
    """Return campaigns (of a kind), the newest first."""
    query = select(CampaignRow).order_by(CampaignRow.id.desc()).limit(limit).offset(offset)
    if kind is not None:
        query = query.where(CampaignRow.kind == kind)
    return session.scalars(query if estate is None else query.where(CampaignRow.estate == estate)).all()


def add_people(session: Session, campaign: CampaignRow, people: Sequence[Listed]) -> Added:
    """Put people on the list; who is on it already stays as they are, who said “stop” is left out.

    Raises :class:`CampaignRefused` for a campaign that is over, and for a reminder without a room.
    """
    if campaign.state is CampaignState.DONE:
        raise CampaignRefused(
            f'The campaign "{campaign.name}" is over. Create a new one for these people.',
            code="campaign-over",
        )
    if campaign.kind is CampaignKind.REMINDER:
        people = [_about_room(campaign, person) for person in people]
    numbers = [person.number for person in people]
    known = _known(session, campaign.id, numbers)
    stopped = set(stops_among(session, numbers))
    wanted = {(one.number, one.about): one for one in reversed(people) if one.number not in stopped}
    new = [one for key, one in reversed(wanted.items()) if key not in known]
    if new:
        session.execute(insert(PersonRow), [_row(campaign.id, person) for person in new])
    left_out = tuple(person for person in people if person.number in stopped)
    return Added(len(new), len(people) - len(new) - len(left_out), left_out)


def _about_room(campaign: CampaignRow, person: Listed) -> Listed:
    """A payment finds the calls about a room by it."""
    if person.about:
        return person
    if not person.room:
        raise CampaignRefused(
            f'A reminder is about a room: the list for "{campaign.name}" names somebody without one.',
            code="campaign-no-room",
        )
    place = Place(person.building, person.unit, person.room)
    return replace(person, about=room_subject(campaign.estate, place))


def _known(session: Session, campaign: int, numbers: Sequence[str]) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for part in _parts(numbers):
        query = select(PersonRow.number, PersonRow.about).where(
            PersonRow.campaign == campaign, PersonRow.number.in_(part)
        )
        found.update((row.number, row.about) for row in session.execute(query))
    return found


def _row(campaign: int, person: Listed) -> dict[str, object]:
    facts = asdict(person)
    unsaid = {"settled_at": None, "result": "", "ticket": ""}
    return facts | {"campaign": campaign, "state": PersonState.LISTED} | unsaid


def people(
    session: Session, campaign: int, *states: PersonState, most: int | None = None, offset: int = 0
) -> Sequence[PersonRow]:
    """Return the people of a campaign (in some of the ``states``) in the order of the list."""
    query = select(PersonRow).where(PersonRow.campaign == campaign).order_by(PersonRow.id)
    query = query.limit(most).offset(offset)
    return session.scalars(query.where(PersonRow.state.in_(states)) if states else query).all()


def before_on_list(session: Session, person: PersonRow) -> int:
    """Return how often a person stands further up on the same list, about something else."""
    if not person.about:
        return 0
    query = select(func.count()).where(
        PersonRow.campaign == person.campaign, PersonRow.number == person.number, PersonRow.id < person.id
    )
    return session.scalar(query) or 0


def settle(
    session: Session, person: PersonRow, state: PersonState, *, now: datetime, result: str = ""
) -> None:
    """Write that nobody calls this person (again), and close the campaign after the last one."""
    person.state, person.settled_at = state, now
    person.result = result or person.result
    finish_if_over(session, session.get_one(CampaignRow, person.campaign), now=now)


def finish_if_over(session: Session, campaign: CampaignRow, *, now: datetime) -> None:
    """Close a running campaign when nobody on its list is to be called any more."""
    session.flush()
    open_states = (PersonState.LISTED, *TO_BE_CALLED)
    left = select(PersonRow.id).where(PersonRow.campaign == campaign.id, PersonRow.state.in_(open_states))
    if campaign.state is CampaignState.RUNNING and session.scalars(left.limit(1)).first() is None:
        finish(session, campaign, now=now, why="everybody was called")


def settle_all(
    session: Session, campaign: int, before: PersonState, after: PersonState, *, now: datetime
) -> int:
    """Move everybody of one state to another at once; returns how many."""
    done = session.execute(
        update(PersonRow)
        .where(PersonRow.campaign == campaign, PersonRow.state == before)
        .values(state=after, settled_at=now)
        .execution_options(synchronize_session="fetch")
    )
    return int(getattr(done, "rowcount", 0))


def finish(session: Session, campaign: CampaignRow, *, now: datetime, why: str) -> None:
    """Close a campaign and tell whoever waits for its results."""
    campaign.state, campaign.ended_at = CampaignState.DONE, now
    outbox.add(
        session, estate=campaign.estate, kind="campaign.done", subject=str(campaign.id), at=now,
        detail={"name": campaign.name, "why": why},
    )  # fmt: skip


# --- answers -------------------------------------------------------------------------------------


def keep_answer(session: Session, new: AnswerRow) -> None:
    """Store an answer; given again it replaces the one before."""
    query = select(AnswerRow).where(AnswerRow.person == new.person, AnswerRow.question == new.question)
    row = session.scalars(query).first()
    if row is None:
        session.add(new)
        return
    row.value, row.recording, row.leg, row.at = new.value, new.recording, new.leg, new.at
    row.words_start, row.words_end = new.words_start, new.words_end


def answers(session: Session, campaign: int) -> Sequence[AnswerRow]:
    """Return every answer, oldest first."""
    query = select(AnswerRow).where(AnswerRow.campaign == campaign).order_by(AnswerRow.id)
    return session.scalars(query).all()


def said(session: Session, campaign: int) -> list[Said]:
    """Return every answer without who gave it."""
    query = select(AnswerRow.question, AnswerRow.value).where(AnswerRow.campaign == campaign)
    return [Said(question, value) for question, value in session.execute(query)]


def tally(session: Session, campaign: int) -> Tally:
    """Count the people of a campaign by what became of them."""
    counts = select(PersonRow.state, func.count()).where(PersonRow.campaign == campaign)
    by_state = {row[0]: row[1] for row in session.execute(counts.group_by(PersonRow.state))}
    answered = select(func.count(distinct(AnswerRow.person))).where(AnswerRow.campaign == campaign)
    results = select(PersonRow.result, func.count()).where(
        PersonRow.campaign == campaign, PersonRow.result != ""
    )
    by_result = {row[0]: row[1] for row in session.execute(results.group_by(PersonRow.result))}
    return Tally(sum(by_state.values()), by_state, session.scalar(answered) or 0, by_result)


# --- never again ---------------------------------------------------------------------------------


def stops_among(session: Session, numbers: Sequence[str]) -> Iterator[str]:
    """Yield those of the numbers that no campaign may call."""
    return _which(session, StopRow.number, numbers)


def stops(session: Session) -> Sequence[StopRow]:
    """Return everybody who is never called by campaigns, the latest first."""
    return session.scalars(select(StopRow).order_by(StopRow.at.desc(), StopRow.number)).all()


def add_stop(session: Session, *, number: str, estate: str, said_on: str, now: datetime) -> bool:
    """Write that no campaign calls the number again; False when that was known."""
    upsert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = upsert(StopRow).values(number=number, estate=estate, said_on=said_on, at=now)
    found = session.scalar(statement.on_conflict_do_nothing().returning(StopRow.number))
    return found is not None


def remove_stop(session: Session, number: str) -> bool:
    """Let campaigns call a number again; False when they were allowed to."""
    row = session.get(StopRow, number)
    if row is not None:
        session.delete(row)
    return row is not None


def elsewhere(session: Session, number: str, *, except_person: int = 0) -> Sequence[PersonRow]:
    """Return a number's places on the lists of campaigns that still mean to call it."""
    query = select(PersonRow).where(
        PersonRow.number == number,
        PersonRow.id != except_person,
        PersonRow.state.in_((PersonState.LISTED, *TO_BE_CALLED)),
    )
    return session.scalars(query).all()


def _which(session: Session, column: object, numbers: Sequence[str], *where: object) -> Iterator[str]:
    for part in _parts(numbers):
        query = select(column).where(column.in_(part), *where)  # type: ignore[call-overload, attr-defined]
        yield from session.scalars(query)


def _parts(numbers: Sequence[str]) -> Iterable[Sequence[str]]:
    return (numbers[at : at + _AT_ONCE] for at in range(0, len(numbers), _AT_ONCE))


# --- what came of it -----------------------------------------------------------------------------


def about(session: Session, subjects: Sequence[str]) -> dict[str, list[tuple[PersonRow, CampaignRow]]]:
    """Return who was called about each subject (a room that owes), in what campaign; the latest first."""
    found: dict[str, list[tuple[PersonRow, CampaignRow]]] = {}
    for part in _parts(subjects):
        query = (
            select(PersonRow, CampaignRow)
            .join(CampaignRow, CampaignRow.id == PersonRow.campaign)
            .where(PersonRow.about.in_(part))
            .order_by(PersonRow.id.desc())
        )
        for person, campaign in session.execute(query):
            found.setdefault(person.about, []).append((person, campaign))
    return found
