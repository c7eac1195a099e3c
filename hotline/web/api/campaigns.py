"""Campaigns over HTTP: surveys, reminders and notices – how far they are, paused, stopped."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path
from fastapi.responses import JSONResponse
from pydantic import Field
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from hotline import sheets
from hotline.accounts.rights import Holder, Scope
from hotline.call.errors import HotlineError
from hotline.call.ports import Place
from hotline.campaigns import repository, service
from hotline.campaigns.calls import never_again
from hotline.campaigns.listing import Listed
from hotline.campaigns.models import CampaignRow, PersonRow, StopRow
from hotline.campaigns.results import summarise
from hotline.campaigns.states import CampaignKind, CampaignState, PersonState
from hotline.web.api.bodies import Body, Instant, Language, Word
from hotline.web.api.description import MATCHED, TAGGED
from hotline.web.api.doing import KeyHeader, apart, done
from hotline.web.api.etags import IfMatch, answered
from hotline.web.api.guard import guard_of, needs
from hotline.web.api.paging import Pages
from hotline.web.api.parts import ApiParts, aware, parts_of, place_of
from hotline.web.api.problems import ApiRefused
from hotline.web.api.shapes import Moment, Out, Page, instant, moment
from hotline.web.api.wakeups import EstateQuery
from hotline.web.masks import Masks

router = APIRouter(tags=["campaigns"])

Reader = Annotated[Holder, Depends(needs(Scope.CAMPAIGNS_READ))]
Writer = Annotated[Holder, Depends(needs(Scope.CAMPAIGNS_WRITE))]
Parts = Annotated[ApiParts, Depends(parts_of)]
Number = Annotated[str, Path(pattern=r"^\d{1,9}$", description="The campaign's number.")]


class CampaignOut(Out):
    """A round of calls over a list of people."""

    number: str
    name: str
    kind: CampaignKind
    estate: str
    state: CampaignState
    flow: str
    policy: str
    created_by: str
    created_at: Moment
    begins_at: Moment | None
    ends_at: Moment | None
    ended_at: Moment | None
    people: int
    reached: int
    answered: int


class ResultOut(Out):
    """What all people together answered to one question."""

    question: str
    answers: int
    average: float | None
    distribution: dict[str, int]
    in_words: int


class WholeCampaignOut(CampaignOut):
    """A campaign with what it found out."""

    states: dict[str, int]
    results: dict[str, int]
    questions: list[ResultOut]


class PersonOut(Out):
    """Somebody on the list."""

    number: Annotated[str, Field(description="Of the line.")]
    name: str
    telephone: str
    room: str
    language: str
    about: str
    state: PersonState
    result: str
    ticket: str
    settled_at: Moment | None


class StopOut(Out):
    """A number that no campaign calls."""

    number: str
    said_on: str
    at: Moment


class NewCampaignBody(Body):
    """A survey or reminder; notices with recordings are made in the console."""

    name: Annotated[Word, Field(min_length=1, examples=["下半年满意度调查"])]
    kind: Literal[CampaignKind.SURVEY, CampaignKind.REMINDER] = CampaignKind.SURVEY
    flow: Annotated[Word, Field(min_length=1, description="What is said: `/campaign-flows`.")] = "survey"
    policy: Annotated[Word, Field(min_length=1, description="A policy of outbound.yaml.")] = "survey"
    begins_at: Instant | None = None
    ends_at: Instant | None = None


class ListedBody(Body):
    """Somebody to call."""

    number: Annotated[Word, Field(min_length=3, examples=["13800001111"])]
    name: Word = ""
    room: Annotated[Word, Field(description="Reminders are about a room.")] = ""
    language: Language = "zh"


class PeopleBody(Body):
    """People for the list: all of them, or nobody when one cannot be called."""

    people: Annotated[list[ListedBody], Field(min_length=1, max_length=1000)]


class AddedOut(Out):
    """What putting people on the list did."""

    number: str
    new: int
    known: int
    left_out: Annotated[int, Field(description="They said that no campaign may call them.")]


class StartedOut(Out):
    """How many calls are planned."""

    number: str
    planned: int


class StopBody(Body):
    """A number whose person does not want to be called."""

    number: Annotated[Word, Field(min_length=3, examples=["13800001111"])]


@router.get("/campaigns", response_model=Page[CampaignOut])
async def search(
    parts: Parts, holder: Reader, paging: Pages, estate: EstateQuery = "", kind: CampaignKind | None = None
) -> Page[CampaignOut]:
    """Campaigns, the newest first."""
    found = parts.estate(estate, holder)
    masks = Masks(holder.may(Scope.PERSONAL_READ))

    def read(session: Session) -> Page[CampaignOut]:
        rows = repository.campaigns(session, found.id, kind)
        return paging.slice(rows, lambda row: CampaignOut(**_facts(session, row, parts, masks)))

    return await parts.db.read(read)


@router.get("/campaign-flows", response_model=Page[str])
async def flows(
    parts: Parts, holder: Reader, paging: Pages, kind: CampaignKind = CampaignKind.SURVEY
) -> Page[str]:
    """What campaigns of a kind can say."""
    return paging.slice(list(await asyncio.to_thread(parts.campaigning.flows, kind)), lambda name: name)


@router.post("/campaigns", status_code=201, response_model=WholeCampaignOut)
async def create(
    request: Request, parts: Parts, holder: Writer, body: NewCampaignBody, estate: EstateQuery = "",
    key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Make a campaign; nobody is called until it has people and is started."""
    found = parts.estate(estate, holder)
    known = await asyncio.to_thread(parts.campaigning.flows, body.kind)
    if body.flow not in known:
        there = ", ".join(known) or "none"
        raise ApiRefused(f'No flow "{body.flow}" for that (there are: {there}).', code="flow-unknown")
    if body.policy not in (ways := await asyncio.to_thread(parts.campaigning.policies)):
        raise ApiRefused(f'No policy "{body.policy}" ({", ".join(ways)}).', code="policy-unknown")

    def work(session: Session) -> WholeCampaignOut:
        row = repository.create(
            session, estate=found.id, name=body.name, flow=body.flow, policy=body.policy,
            created_by=holder.who, now=parts.clock.now(), kind=body.kind,
            begins_at=aware(body.begins_at, found.zone), ends_at=aware(body.ends_at, found.zone),
        )  # fmt: skip
        return whole(session, parts, holder, str(row.id))

    return await done(request, holder, "campaign.create", work, key=key, status=201, tagged=True)


@router.post("/campaigns/{number}/people", status_code=201, response_model=AddedOut)
async def add_people(
    request: Request, parts: Parts, holder: Writer, number: Number, body: PeopleBody, key: KeyHeader = ""
) -> JSONResponse:
    """Put people on a campaign's list; whoever must not be called is left out."""
    listed = [_listed(one, place, parts) for place, one in enumerate(body.people)]

    def work(session: Session) -> AddedOut:
        added = repository.add_people(session, find(session, holder, number), listed)
        return AddedOut(number=number, new=added.new, known=added.known, left_out=len(added.left_out))

    return await done(request, holder, "campaign.people", work, key=key, status=201)


@router.post("/campaigns/{number}/start", response_model=StartedOut)
async def start(
    request: Request, parts: Parts, holder: Writer, number: Number, key: KeyHeader = ""
) -> JSONResponse:
    """Plan a call for everybody on the list; again: for those listed since."""
    await parts.db.read(lambda session: find(session, holder, number))

    async def work() -> StartedOut:
        planned = await asyncio.to_thread(parts.campaigning.start, int(number), by=holder.who)
        return StartedOut(number=number, planned=planned)

    return await apart(request, holder, "campaign.start", work, key=key, about=number)


@router.get("/campaigns/{number}", response_model=WholeCampaignOut, responses=TAGGED)
async def show(request: Request, parts: Parts, holder: Reader, number: Number) -> Response:
    """How far a campaign has come: reached, answered, average and distribution of each question."""
    return answered(request, await parts.db.read(lambda session: whole(session, parts, holder, number)))


@router.get("/campaigns/{number}/people", response_model=Page[PersonOut])
async def people(
    request: Request, parts: Parts, holder: Reader, paging: Pages, number: Number,
    state: PersonState | None = None,
) -> Page[PersonOut]:  # fmt: skip
    """Who is on the list and what came of the call."""
    masks = Masks(await guard_of(request).looked(holder, "campaigns.people"))

    def read(session: Session) -> Page[PersonOut]:
        row = find(session, holder, number)
        rows = repository.people(session, row.id, *((state,) if state else ()))
        return paging.slice(rows, lambda one: _person(one, parts, row.estate, masks))

    return await parts.db.read(read)


@router.post("/campaigns/{number}/{deed}", response_model=WholeCampaignOut, responses=MATCHED)
async def change(
    request: Request, parts: Parts, holder: Writer, number: Number,
    deed: Literal["pause", "resume", "stop"], if_match: IfMatch = "", key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Call nobody for now, let it go on, or end it for good; a conversation goes on to its end."""

    def current(session: Session) -> WholeCampaignOut:
        return whole(session, parts, holder, number)

    def work(session: Session) -> WholeCampaignOut:
        row, now = find(session, holder, number), parts.clock.now()
        match deed:
            case "pause":
                service.pause(session, row)
            case "resume":
                service.resume(session, row, now=now)
            case "stop":
                service.stop(session, row, now=now)
        session.flush()
        return current(session)

    return await done(request, holder, f"campaign.{deed}", work, key=key, if_match=if_match, current=current)


@router.get("/campaign-stops", response_model=Page[StopOut])
async def stops(request: Request, parts: Parts, holder: Reader, paging: Pages) -> Page[StopOut]:
    """Numbers whose people said that no campaign may call them."""
    masks = Masks(await guard_of(request).looked(holder, "campaigns.stops"))

    def read(session: Session) -> Page[StopOut]:
        rows = [row for row in repository.stops(session) if holder.serves(row.estate)]
        return paging.slice(rows, lambda row: _stop(row, parts, masks))

    return await parts.db.read(read)


@router.post("/campaign-stops", status_code=201, response_model=StopOut)
async def never(
    request: Request, parts: Parts, holder: Writer, body: StopBody, estate: EstateQuery = "",
    key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Never call this number again."""
    found, now = parts.estate(estate, holder), parts.clock.now()
    known_as = sheets.telephone(body.number, parts.normalise)
    if not known_as:
        raise HotlineError("This is no telephone number.", code="no-number")

    def work(session: Session) -> StopOut:
        never_again(session, known_as, found.id, holder.who, now)
        row = session.get_one(StopRow, known_as)
        return _stop(row, parts, Masks(holder.may(Scope.PERSONAL_READ)))

    about = Masks().number(known_as)  # auditors read it, who may not see numbers
    return await done(request, holder, "campaign.never", work, key=key, status=201, about=about)


def find(session: Session, holder: Holder, number: str) -> CampaignRow:
    """Return a campaign of a holder's estates; raises ``campaign-unknown``."""
    row = session.get(CampaignRow, int(number))
    if row is None or holder.estate not in ("", row.estate):
        raise HotlineError(f"There is no campaign {number}.", code="campaign-unknown")
    return row


def _listed(one: ListedBody, place: int, parts: ApiParts) -> Listed:
    number = sheets.telephone(one.number, parts.normalise)
    if not number:
        raise ApiRefused(f"people.{place}: {one.number} is no telephone number.", code="no-number")
    room = place_of(one.room) if one.room else Place()
    return Listed(
        number=number, raw=one.number, name=one.name, building=room.building, unit=room.unit,
        room=room.room, language=one.language,
    )  # fmt: skip


def _facts(session: Session, row: CampaignRow, parts: ApiParts, masks: Masks) -> dict[str, Any]:
    zone, tally = parts.zone(row.estate), repository.tally(session, row.id)
    return {
        "number": str(row.id), "name": masks.text(row.name), "kind": row.kind, "estate": row.estate,
        "state": row.state, "flow": row.flow, "policy": row.policy, "created_by": row.created_by,
        "created_at": instant(row.created_at, zone), "begins_at": moment(row.begins_at, zone),
        "ends_at": moment(row.ends_at, zone), "ended_at": moment(row.ended_at, zone),
        "people": tally.people, "reached": tally.reached, "answered": tally.answered,
    }  # fmt: skip


def whole(session: Session, parts: ApiParts, holder: Holder, number: str) -> WholeCampaignOut:
    """Return a campaign with what it found out."""
    row = find(session, holder, number)
    tally = repository.tally(session, row.id)
    return WholeCampaignOut(
        **_facts(session, row, parts, Masks(holder.may(Scope.PERSONAL_READ))),
        states={state.value: count for state, count in tally.by_state.items()},
        results=dict(tally.by_result),
        questions=[
            ResultOut(
                question=one.question, answers=one.answers, average=one.average,
                distribution=dict(one.distribution), in_words=one.in_words,
            )
            for one in summarise(repository.said(session, row.id))
        ],
    )  # fmt: skip


def _person(row: PersonRow, parts: ApiParts, estate: str, masks: Masks) -> PersonOut:
    return PersonOut(
        number=str(row.id), name=masks.name(row.name), telephone=masks.number(row.number, row.raw),
        room=row.place, language=row.language, about=row.about, state=row.state, result=row.result,
        ticket=row.ticket, settled_at=moment(row.settled_at, parts.zone(estate)),
    )  # fmt: skip


def _stop(row: StopRow, parts: ApiParts, masks: Masks) -> StopOut:
    return StopOut(
        number=masks.number(row.number), said_on=row.said_on, at=instant(row.at, parts.zone(row.estate))
    )
