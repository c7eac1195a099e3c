"""Operators 话务员 and queues over HTTP: how they stand, who waited, presence changed; calls under way."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import JSONResponse
from pydantic import Field
from sqlalchemy.orm import Session
from starlette.requests import Request

from hotline.accounts.rights import Holder, Scope
from hotline.call.errors import EnvironmentFault, HotlineError, OperatorRefused
from hotline.notifications import alarms
from hotline.operators import config, repository
from hotline.operators.models import WaitRow
from hotline.web.api.bodies import Body, Instant, Word
from hotline.web.api.doing import KeyHeader, apart
from hotline.web.api.guard import guard_of, needs, needs_any
from hotline.web.api.paging import Pages
from hotline.web.api.parts import ApiParts, EstateFacts, aware, parts_of
from hotline.web.api.problems import ApiRefused
from hotline.web.api.shapes import Moment, Out, Page, instant, moment
from hotline.web.api.wakeups import EstateQuery
from hotline.web.masks import Masks

router = APIRouter(tags=["operators"])

Reader = Annotated[Holder, Depends(needs(Scope.LIVE))]
Worker = Annotated[Holder, Depends(needs_any((Scope.DESK, Scope.SUPERVISE)))]
Parts = Annotated[ApiParts, Depends(parts_of)]
Number = Annotated[str, Path(pattern=r"^\d{1,8}$", description="The operator's number.")]
_DESK = "operators"
"""Name of the desk's command in the calls process."""
_A_DAY = timedelta(days=1)
_LONGEST = timedelta(days=31)


class OperatorOut(Out):
    """An operator as they stand."""

    number: str
    estate: Annotated[str, Field(description="Empty: of all.")]
    name: str
    presence: Annotated[str, Field(examples=["ready"])]
    since: Moment | None
    reason: str
    line: str


class DeskOut(Out):
    """Operators, queues and who waits."""

    operators: list[OperatorOut]
    queues: list[dict[str, Any]]
    waits: list[dict[str, Any]]


class WaitOut(Out):
    """One caller in one queue; seconds."""

    number: Annotated[str, Field(description="Of the wait.")]
    entered_at: Moment
    estate: str
    queue: str
    position: int
    waited: float | None
    how: Annotated[str | None, Field(description="Null: waits still.")]
    short: bool
    operator: str
    offers: int
    talked: float | None
    leg: str


class LegOut(Out):
    """A call under way."""

    leg: str
    call: str
    estate: str
    direction: str
    caller: str
    dialled: str
    purpose: str
    stage: Annotated[str, Field(examples=["menu"])]
    step: str
    queue: str
    operator: str
    emergency: bool
    began: Moment
    answered: Moment | None
    since: Moment


class LiveOut(Out):
    """Calls under way; follow `/events?topics=calls` for what happens next."""

    connected: Annotated[bool, Field(description="False: the calls process cannot be followed just now.")]
    calls: list[LegOut]


class AlarmOut(Out):
    """Something people must know of."""

    kind: str
    estate: str
    subject: str
    state: str
    first_at: Moment
    last_at: Moment
    count: int
    detail: dict[str, Any]


class PresenceBody(Body):
    """What an operator does: signs in, is ready, pauses, signs out."""

    presence: Literal["sign_in", "ready", "pause", "sign_out"]
    line: Annotated[Word, Field(description="sign_in: where they are rung; left out: their own line.")] = ""
    reason: Annotated[Word, Field(description="pause: why, in a word.", examples=["lunch"])] = ""


class TakeBody(Body):
    """A caller who waits, to be put through to an operator out of turn."""

    leg: Annotated[
        str, Field(pattern=r"^[0-9A-Za-z-]{1,64}$", description="Of the caller, as in `waits` and `/live`.")
    ]


class PresenceOut(Out):
    """How an operator stands after it."""

    number: str
    presence: str
    reason: str


@router.get("/operators", response_model=DeskOut)
async def overview(request: Request, parts: Parts, holder: Reader, estate: EstateQuery = "") -> DeskOut:
    """Operators and queues as they are now."""
    found = parts.estate(estate, holder)
    masks = Masks(await guard_of(request).looked(holder, "operators.list"))
    now = await parts.calls.command(_DESK, {"action": "overview"})
    return DeskOut(
        operators=[
            _operator(one, found, masks) for one in now["operators"] if one["estate"] in ("", found.id)
        ],
        queues=now["queues"], waits=now["waits"],
    )  # fmt: skip


@router.get("/operators/{number}", response_model=OperatorOut)
async def show(
    request: Request, parts: Parts, holder: Reader, number: Number, estate: EstateQuery = ""
) -> OperatorOut:
    """An operator as they stand; without a running hotline 503."""
    desk = await overview(request, parts, holder, estate)
    found = [one for one in desk.operators if one.number == number]
    if not found:
        raise OperatorRefused(f"There is no operator {number} in operators.yaml.", code="operator-unknown")
    return found[0]


@router.put("/operators/{number}/presence", response_model=PresenceOut)
async def change(
    request: Request, parts: Parts, holder: Worker, number: Number, body: PresenceBody,
    estate: EstateQuery = "", key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Sign an operator in or out, let them be ready or pause: oneself by `desk`, others by `supervise`."""
    found = parts.estate(estate, holder)
    if holder.operator != number and not holder.may(Scope.SUPERVISE):
        raise ApiRefused(f"To change others' presence needs {Scope.SUPERVISE}.", code="scope-missing")
    words: dict[str, Any] = {"action": body.presence, "estate": found.id, "operator": number}
    words |= {name: value for name, value in (("line", body.line), ("reason", body.reason)) if value}
    return await _commanded(request, holder, f"operator.{body.presence}", number, words, key)


@router.post("/operators/{number}/take", response_model=PresenceOut)
async def take(
    request: Request, parts: Parts, holder: Worker, number: Number, body: TakeBody, estate: EstateQuery = "",
    key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Ring an operator for a particular caller who waits: oneself, for one's own queues, by `desk`; others,
    and for any queue, by `supervise`. Whoever has answered for the caller already keeps them (409)."""
    found = parts.estate(estate, holder)
    if holder.operator != number and not holder.may(Scope.SUPERVISE):
        raise ApiRefused(f"To have others take a caller needs {Scope.SUPERVISE}.", code="scope-missing")
    action = "take_any" if holder.may(Scope.SUPERVISE) else "take"
    words = {"action": action, "estate": found.id, "operator": number, "args": {"leg": body.leg}}
    return await _commanded(request, holder, "operator.take_call", number, words, key)


async def _commanded(
    request: Request, holder: Holder, what: str, number: str, words: dict[str, Any], key: str
) -> JSONResponse:
    """Have the calls process do it, once under a key."""

    async def work() -> PresenceOut:
        answer = await parts_of(request).calls.command(_DESK, words)
        return PresenceOut(number=number, presence=str(answer["presence"]), reason=str(answer["reason"]))

    return await apart(request, holder, what, work, key=key)


@router.get("/queues/waits", response_model=Page[WaitOut])
async def waits(
    parts: Parts, holder: Reader, paging: Pages, estate: EstateQuery = "",
    since: Annotated[Instant | None, Query(description="Default: a day ago.")] = None,
    until: Annotated[Instant | None, Query(description="At most 31 days after.")] = None,
    queue: Annotated[Word, Query()] = "",
) -> Page[WaitOut]:  # fmt: skip
    """Who waited how long for whom, in order of time."""
    found = parts.estate(estate, holder)
    begin, end = _span(parts, found, since, until)

    def read(session: Session) -> Page[WaitOut]:
        rows = repository.waits_between(session, begin, end, estate=found.id, queue=queue)
        return paging.slice(rows, lambda row: _wait(row, found))

    return await parts.db.read(read)


@router.get("/live", response_model=LiveOut)
async def live(request: Request, parts: Parts, holder: Reader, estate: EstateQuery = "") -> LiveOut:
    """Calls under way: ringing, in the menu, waiting, talking."""
    found = parts.estate(estate, holder)
    masks = Masks(await guard_of(request).looked(holder, "live"))
    legs = [leg for leg in parts.hub.calls.legs.values() if leg.estate in ("", found.id)]

    def at(seconds: float) -> str:
        return instant(datetime.fromtimestamp(seconds, UTC), found.zone)

    return LiveOut(
        connected=parts.hub.connected,
        calls=[
            LegOut(
                leg=leg.leg, call=leg.call, estate=leg.estate, direction=leg.direction,
                caller=masks.number("", leg.caller), dialled=masks.number("", leg.dialled),
                purpose=leg.purpose, stage=leg.stage.value, step=leg.step, queue=leg.queue,
                operator=leg.operator, emergency=leg.emergency, began=at(leg.began),
                answered=None if leg.answered is None else at(leg.answered), since=at(leg.since),
            )
            for leg in legs
        ],
    )  # fmt: skip


@router.get("/alarms", response_model=Page[AlarmOut], tags=["alarms"])
async def list_alarms(
    parts: Parts, holder: Reader, paging: Pages,
    over: Annotated[bool, Query(description="Also those that are over.")] = False,
) -> Page[AlarmOut]:  # fmt: skip
    """Alarms that stand."""

    def read(session: Session) -> Page[AlarmOut]:
        rows = alarms.recent(session, limit=1000) if over else alarms.standing(session)
        mine = [row for row in rows if holder.serves(row.estate)]
        return paging.slice(
            mine,
            lambda row: AlarmOut(
                kind=row.kind, estate=row.estate, subject=row.subject, state=row.state.value,
                first_at=instant(row.first_at, parts.zone(row.estate)),
                last_at=instant(row.last_at, parts.zone(row.estate)), count=row.count,
                detail=dict(row.detail),
            ),
        )  # fmt: skip

    return await parts.db.read(read)


@router.get("/queues", response_model=Page[dict[str, Any]])
async def queues(parts: Parts, holder: Reader, paging: Pages) -> Page[dict[str, Any]]:
    """Queues as they are now, with their rules; without a running hotline only the rules."""
    rules = await asyncio.to_thread(config.load, parts.home.config)
    now: dict[str, dict[str, Any]] = {}
    try:
        answer = await parts.calls.command(_DESK, {"action": "overview"})
        now = {one["queue"]: one for one in answer["queues"]}
    except EnvironmentFault:
        pass  # what the file says is known all the same
    found = [
        now.get(name, {"queue": name}) | {"strategy": queue.strategy.value, "then": queue.then}
        for name, queue in rules.queues.items()
    ]
    return paging.slice(found, lambda one: one)


def _span(
    parts: ApiParts, estate: EstateFacts, since: datetime | None, until: datetime | None
) -> tuple[datetime, datetime]:
    end = aware(until, estate.zone) or parts.clock.now()
    begin = aware(since, estate.zone) or end - _A_DAY
    if not timedelta(0) <= end - begin <= _LONGEST:
        raise HotlineError("A span of 0 to 31 days is meant.", code="span-too-long")
    return begin, end


def _operator(one: dict[str, Any], estate: EstateFacts, masks: Masks) -> OperatorOut:
    since, line = one["since"], str(one["line"])
    return OperatorOut(
        number=one["number"], estate=one["estate"], name=masks.name(str(one["name"])),
        presence=one["presence"], since=moment(datetime.fromisoformat(since), estate.zone) if since else None,
        reason=one["reason"], line=line if line.startswith("headset:") else masks.number("", line),
    )  # fmt: skip


def _wait(row: WaitRow, estate: EstateFacts) -> WaitOut:
    return WaitOut(
        number=row.id, entered_at=instant(row.entered_at, estate.zone), estate=row.estate, queue=row.queue,
        position=row.position, waited=row.waited, how=None if row.how is None else row.how.value,
        short=row.short, operator=row.operator, offers=row.offers, talked=row.talked, leg=row.leg,
    )  # fmt: skip
