"""Campaigns over HTTP, beyond their own slice: notices, lists from directory and bills, the outlook."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path
from fastapi.responses import JSONResponse
from pydantic import Field
from sqlalchemy.orm import Session
from starlette.requests import Request

from hotline import sheets
from hotline.accounts.rights import Holder, Scope
from hotline.call.errors import HotlineError
from hotline.campaigns import repository
from hotline.campaigns.notices import TOPICS, Notice
from hotline.campaigns.repository import Added
from hotline.web.api import campaigns
from hotline.web.api.bodies import Body, Instant, Word
from hotline.web.api.campaigns import AddedOut, StopBody, WholeCampaignOut
from hotline.web.api.doing import KeyHeader, apart, done
from hotline.web.api.guard import needs
from hotline.web.api.parts import ApiParts, aware, parts_of
from hotline.web.api.shapes import Moment, Out, instant
from hotline.web.api.wakeups import EstateQuery

router = APIRouter(tags=["campaigns"])

Reader = Annotated[Holder, Depends(needs(Scope.CAMPAIGNS_READ))]
Writer = Annotated[Holder, Depends(needs(Scope.CAMPAIGNS_WRITE))]
Parts = Annotated[ApiParts, Depends(parts_of)]
Number = Annotated[str, Path(pattern=r"^\d{1,9}$", description="The campaign's number.")]


class NewNoticeBody(Body):
    """A notice in words that are recorded; times are those of the matter itself, not of the calls."""

    name: Annotated[Word, Field(min_length=1, examples=["12月5日停水"])]
    about: Annotated[str, Field(description=", ".join(TOPICS), examples=["water"], max_length=32)]
    begins_at: Instant | None = None
    ends_at: Instant | None = None
    urgent: Annotated[bool, Field(description="At any hour, not in decent ones only.")] = False
    policy: Annotated[Word, Field(description="A policy of outbound.yaml; else by `urgent`.")] = ""
    flow: Annotated[Word, Field(min_length=1)] = "announcement"


class NeighboursBody(Body):
    """Whom a notice is for."""

    building: Word = ""
    unit: Annotated[Word, Field(description="Of that building.")] = ""
    everybody: Annotated[bool, Field(description="Everybody of the estate.")] = False


class SampleBody(Body):
    """Which residents are asked: the same people however often it is asked."""

    share: Annotated[float, Field(gt=0, le=1, description="0.1 for a tenth.")] = 1.0
    kind: Literal["owner", "tenant", "family", "resident", "business"] | None = None


class UnpaidBody(Body):
    """Which rooms are reminded."""

    month: Annotated[str, Field(pattern=r"^(\d{4}-(0[1-9]|1[0-2]))?$", examples=["2026-10"])] = ""
    not_due: Annotated[bool, Field(description="Also bills that are not due yet.")] = False


class OwingOut(AddedOut):
    """What putting on a list whoever owes something did."""

    unreachable: Annotated[list[str], Field(description="Rooms nobody of which has a telephone.")]
    not_reminded: Annotated[dict[str, int], Field(description="How many rooms are left out, by reason.")]


class OutlookOut(Out):
    """What starting a campaign would do."""

    number: str
    people: int
    left_out: int
    times: Annotated[list[Moment], Field(description="When somebody who does not answer would be rung.")]
    questions: list[str]


@router.post("/campaign-notices", status_code=201, response_model=WholeCampaignOut)
async def create_notice(
    request: Request, parts: Parts, holder: Writer, body: NewNoticeBody, estate: EstateQuery = "",
    key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Make a notice; nobody is called until it has people and is started. Recordings: in the console."""
    found = parts.estate(estate, holder)
    notice = Notice(
        topic=body.about, begins=aware(body.begins_at, found.zone), ends=aware(body.ends_at, found.zone)
    )
    policy = body.policy or ("announcement_urgent" if body.urgent else "announcement")

    def make() -> str:
        row = parts.campaigning.create_notice(
            estate=found.id, name=body.name, notice=notice, by=holder.who, policy=policy, flow=body.flow
        )
        return str(row.id)

    async def work() -> WholeCampaignOut:
        number = await asyncio.to_thread(make)
        return await parts.db.read(lambda session: campaigns.whole(session, parts, holder, number))

    return await apart(request, holder, "campaign.create", work, key=key, status=201)


@router.get("/campaigns/{number}/outlook")
async def outlook(parts: Parts, holder: Reader, number: Number) -> OutlookOut:
    """What starting would do; everything that stands against it is refused with its sentence."""
    row = await parts.db.read(lambda session: campaigns.find(session, holder, number))
    found = await asyncio.to_thread(parts.campaigning.check, row.id)
    zone = parts.zone(row.estate)
    return OutlookOut(
        number=number, people=found.people, left_out=found.left_out, questions=list(found.questions),
        times=[instant(at, zone) for at in found.times],
    )  # fmt: skip


@router.post("/campaigns/{number}/neighbours", response_model=AddedOut)
async def neighbours(
    request: Request, parts: Parts, holder: Writer, number: Number, body: NeighboursBody, key: KeyHeader = ""
) -> JSONResponse:
    """Put everybody of a building, a unit or the estate on the list; each telephone is called once."""

    def fill() -> AddedOut:
        return _added(
            number,
            parts.campaigning.neighbours(
                int(number), building=body.building, unit=body.unit, everybody=body.everybody
            ),
        )

    return await _filled(request, holder, number, fill, key)


@router.post("/campaigns/{number}/residents", response_model=AddedOut)
async def residents(
    request: Request, parts: Parts, holder: Writer, number: Number, body: SampleBody, key: KeyHeader = ""
) -> JSONResponse:
    """Put a share of the estate's residents on the list."""

    def fill() -> AddedOut:
        _, _, added = parts.campaigning.residents(
            int(number), share=body.share, kind=body.kind, dry_run=False
        )
        return _added(number, added)

    return await _filled(request, holder, number, fill, key)


@router.post("/campaigns/{number}/unpaid", response_model=OwingOut)
async def unpaid(
    request: Request, parts: Parts, holder: Writer, number: Number, body: UnpaidBody, key: KeyHeader = ""
) -> JSONResponse:
    """Put one person on the list for every room that owes something: its owner, else who lives there."""

    def fill() -> OwingOut:
        owing = parts.campaigning.unpaid(int(number), parts.fees, month=body.month, overdue=not body.not_due)
        return OwingOut(
            **_added(number, owing.added).model_dump(),
            unreachable=[str(place) for place in owing.unreachable], not_reminded=dict(owing.left_out),
        )  # fmt: skip

    return await _filled(request, holder, number, fill, key)


@router.post("/campaign-stops/removals", response_model=AddedOut)
async def call_again(
    request: Request, parts: Parts, holder: Writer, body: StopBody, key: KeyHeader = ""
) -> JSONResponse:
    """Somebody wants to be called again by campaigns: `new` is 1 when they were on the list of stops."""
    known_as = sheets.telephone(body.number, parts.normalise)
    if not known_as:
        raise HotlineError("This is no telephone number.", code="no-number")

    def deed(session: Session) -> AddedOut:
        mine = any(row.number == known_as and holder.serves(row.estate) for row in repository.stops(session))
        gone = mine and repository.remove_stop(session, known_as)
        return AddedOut(number="", new=int(gone), known=int(not gone), left_out=0)

    return await done(request, holder, "campaign.again", deed, key=key)


async def _filled(
    request: Request, holder: Holder, number: str, fill: Callable[[], Any], key: str
) -> JSONResponse:
    """Fill a list of this token's estate; whoever is on it already stays as they are."""
    parts = parts_of(request)
    await parts.db.read(lambda session: campaigns.find(session, holder, number))

    async def work() -> Any:
        return await asyncio.to_thread(fill)

    return await apart(request, holder, "campaign.people", work, key=key, about=number)


def _added(number: str, added: Added) -> AddedOut:
    return AddedOut(number=number, new=added.new, known=added.known, left_out=len(added.left_out))
