"""Webhooks over HTTP: made, changed, paused, tried out, removed; what was not delivered, sent again."""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import JSONResponse
from pydantic import Field
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from hotline.accounts.rights import Holder, Scope
from hotline.notifications import givenup, repository, webhooks
from hotline.notifications.givenup import Chosen
from hotline.notifications.models import DeliveryRow, DeliveryState
from hotline.notifications.port import GiveUp, TryAgain
from hotline.notifications.repository import DeliveryFilter
from hotline.notifications.trial import send_test
from hotline.notifications.webhookmodels import WebhookRow
from hotline.notifications.webhooks import NewWebhook
from hotline.web.api import etags
from hotline.web.api.bodies import Body, Language, Word
from hotline.web.api.description import MATCHED, TAGGED
from hotline.web.api.doing import Deed, KeyHeader, done
from hotline.web.api.etags import IfMatch, answered
from hotline.web.api.guard import needs
from hotline.web.api.paging import Pages
from hotline.web.api.parts import ApiParts, parts_of
from hotline.web.api.problems import ApiRefused
from hotline.web.api.shapes import Moment, Out, Page, instant, moment

router = APIRouter(tags=["webhooks"])

Reader = Annotated[Holder, Depends(needs(Scope.WEBHOOKS_READ))]
Writer = Annotated[Holder, Depends(needs(Scope.WEBHOOKS_WRITE))]
Parts = Annotated[ApiParts, Depends(parts_of)]
Number = Annotated[str, Path(pattern=r"^[0-9a-f]{8}$", description="The webhook's id.")]


class WebhookBody(Body):
    """A receiver. Messages are signed: see docs/notifications.md for its side."""

    name: Annotated[Word, Field(min_length=1, examples=["物业管理系统"])]
    url: Annotated[str, Field(min_length=8, max_length=500, examples=["https://erp.example.com/hotline"])]
    events: Annotated[
        list[Annotated[str, Field(max_length=64)]],
        Field(min_length=1, max_length=50, examples=[["ticket.*", "wakeup.alarm"]]),
    ]
    estate: Annotated[Word, Field(description="Events of this one only; empty: of all.")] = ""
    language: Language = "zh"
    personal: Annotated[
        bool, Field(description="May see numbers, names and words; needs `personal:read` to be set.")
    ] = False


class WebhookOut(Out):
    """A receiver: kept here, or a channel of notifications.yaml."""

    number: Annotated[str, Field(description="Its id; of the file's channels the name.")]
    name: str
    source: Annotated[str, Field(description="`table`, or `file`: changed there only.")]
    kind: Annotated[str, Field(examples=["webhook"])]
    url: str
    events: list[str]
    estate: str
    language: str
    personal: bool
    paused: bool
    created_at: Moment | None
    created_by: str
    version: int
    waiting: int
    delivered: int
    dead: int


class SecretOut(WebhookOut):
    """A webhook with the secret that was just made."""

    secret: Annotated[str, Field(description="Shown only in the first answer: a repeated request gets none.")]


class TestOut(Out):
    """What came of a test message."""

    number: str
    delivered: bool
    event_id: str
    reason: str


class DeliveryOut(Out):
    """One event for one receiver."""

    number: str
    channel: str
    estate: str
    event_id: str
    kind: str
    subject: str
    at: Moment
    urgent: bool
    state: DeliveryState
    attempts: int
    next_at: Moment | None
    finished_at: Moment | None
    last_error: str


class AgainBody(Body):
    """Which dead deliveries are meant: by number, or all of a channel."""

    numbers: Annotated[list[Annotated[int, Field(ge=1, le=2**53)]], Field(max_length=1000)] = Field(
        default_factory=list
    )
    channel: Word = ""


class AgainOut(Out):
    """Which are sent again."""

    again: list[str]


class DiscardedOut(Out):
    """Which were discarded."""

    discarded: list[str]


@router.get("/webhooks", response_model=Page[WebhookOut])
async def search(parts: Parts, holder: Reader, paging: Pages) -> Page[WebhookOut]:
    """Receivers kept here, then the channels of notifications.yaml."""
    plan = await asyncio.to_thread(parts.notifications.current)

    def read(session: Session) -> Page[WebhookOut]:
        counts = repository.counts(session)
        found = [view(row, parts, counts) for row in webhooks.listed(session, holder.estate or None)]
        if not holder.estate:
            found += [
                _of_file(name, config.type, config.language, config.personal, counts)
                for name, config in sorted(plan.channels.items())
            ]
        return paging.slice(found, lambda one: one)

    return await parts.db.read(read)


@router.get("/webhooks/{number}", response_model=WebhookOut, responses=TAGGED)
async def show(request: Request, parts: Parts, holder: Reader, number: Number) -> Response:
    """A webhook and how many deliveries stand where."""

    def read(session: Session) -> WebhookOut:
        row = webhooks.find(session, number, estate=holder.estate)
        return view(row, parts, repository.counts(session))

    return answered(request, await parts.db.read(read))


@router.post("/webhooks", status_code=201, response_model=SecretOut)
async def create(
    request: Request, parts: Parts, holder: Writer, body: WebhookBody, key: KeyHeader = ""
) -> JSONResponse:
    """Make a webhook; its secret is shown once."""
    new = _given(parts, holder, body)

    def deed(session: Session) -> SecretOut:
        issued = webhooks.create(session, new, parts.seal, by=holder.who, at=parts.clock.now())
        return SecretOut(**view(issued.row, parts, {}).model_dump(), secret=issued.secret)

    return await done(request, holder, "webhook.create", deed, key=key, status=201, once=("secret",))


@router.put("/webhooks/{number}", response_model=WebhookOut, responses=MATCHED)
async def change(
    request: Request, parts: Parts, holder: Writer, number: Number, body: WebhookBody,
    if_match: IfMatch = "", key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Change what a webhook gets and where; the secret stays."""
    new = _given(parts, holder, body)

    def deed(session: Session) -> None:
        row = webhooks.find(session, number, estate=holder.estate, lock=True)
        webhooks.change(session, row, new, at=parts.clock.now())

    return await _changed(request, holder, number, "webhook.change", deed, if_match, key)


@router.post("/webhooks/{number}/test", response_model=TestOut)
async def test(request: Request, parts: Parts, holder: Writer, number: Number) -> JSONResponse:
    """Send a test message now and say whether it arrived."""
    found = await try_out(parts, holder, number)
    return await done(request, holder, "webhook.test", lambda _session: found)


@router.post("/webhooks/{number}/{deed}", response_model=WebhookOut, responses=MATCHED)
async def hold(
    request: Request, parts: Parts, holder: Writer, number: Number, deed: Literal["pause", "resume"],
    if_match: IfMatch = "", key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Send it nothing for now, or go on with what has waited meanwhile."""

    def work(session: Session) -> None:
        row = webhooks.find(session, number, estate=holder.estate, lock=True)
        webhooks.pause(row, deed == "pause", at=parts.clock.now())

    return await _changed(request, holder, number, f"webhook.{deed}", work, if_match, key)


@router.put("/webhooks/{number}/secret", response_model=SecretOut, responses=MATCHED)
async def renew(
    request: Request, parts: Parts, holder: Writer, number: Number, if_match: IfMatch = "",
    key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Give it a new secret, shown once; the old one signs nothing any more."""

    def deed(session: Session) -> SecretOut:
        row = webhooks.find(session, number, estate=holder.estate, lock=True)
        secret = webhooks.renew_secret(row, parts.seal, at=parts.clock.now())
        return SecretOut(**view(row, parts, repository.counts(session)).model_dump(), secret=secret)

    def check(session: Session) -> None:
        row = webhooks.find(session, number, estate=holder.estate)
        etags.check(if_match, view(row, parts, repository.counts(session)))

    return await done(request, holder, "webhook.secret", deed, key=key, check=check, once=("secret",))


@router.delete("/webhooks/{number}", response_model=WebhookOut, responses=MATCHED)
async def remove(
    request: Request, parts: Parts, holder: Writer, number: Number, if_match: IfMatch = "",
    key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Send it nothing any more; what waits for it is given up."""

    def current(session: Session) -> WebhookOut:
        row = webhooks.find(session, number, estate=holder.estate)
        return view(row, parts, repository.counts(session))

    def deed(session: Session) -> WebhookOut:
        row = webhooks.find(session, number, estate=holder.estate, lock=True)
        webhooks.remove(session, row, at=parts.clock.now())
        session.flush()
        return view(row, parts, repository.counts(session))

    return await done(request, holder, "webhook.remove", deed, key=key, if_match=if_match, current=current)


@router.get("/deliveries", response_model=Page[DeliveryOut])
async def deliveries(
    parts: Parts, holder: Reader, paging: Pages, channel: Annotated[Word, Query()] = "",
    state: Annotated[DeliveryState | None, Query(description="`dead`: given up.")] = None,
) -> Page[DeliveryOut]:  # fmt: skip
    """Deliveries to every channel, the latest first."""
    before = paging.placed(int)
    wanted = DeliveryFilter(
        state=state, channel=channel or None, estate=holder.estate or None,
        before=before[0] if before else None, limit=paging.wanted,
    )  # fmt: skip

    def read(session: Session) -> Page[DeliveryOut]:
        rows = repository.deliveries(session, wanted)
        return paging.page(rows, lambda row: [row.id], lambda row: delivery(row, parts))

    return await parts.db.read(read)


@router.post("/deliveries/again", response_model=AgainOut)
async def again(
    request: Request, parts: Parts, holder: Writer, body: AgainBody, key: KeyHeader = ""
) -> JSONResponse:
    """Send dead deliveries again; they begin anew, with all attempts before them.

    Refused (`delivery-channel-gone`) when one is for a receiver that is there no more: discard it.
    """
    chosen, plan = _chosen(holder, body), await asyncio.to_thread(parts.notifications.current)

    def deed(session: Session) -> AgainOut:
        channels = givenup.in_service(session, plan.channels)
        found = givenup.again(session, chosen, channels, parts.clock.now())
        return AgainOut(again=[str(number) for number in found])

    return await done(request, holder, "delivery.again", deed, key=key, about=body.channel)


@router.post("/deliveries/discard", response_model=DiscardedOut)
async def discard(
    request: Request, parts: Parts, holder: Writer, body: AgainBody, key: KeyHeader = ""
) -> JSONResponse:
    """Forget dead deliveries for receivers that are there no more (`delivery-channel-there` otherwise)."""
    chosen, plan = _chosen(holder, body), await asyncio.to_thread(parts.notifications.current)

    def deed(session: Session) -> DiscardedOut:
        channels = givenup.in_service(session, plan.channels)
        found = givenup.discard(session, chosen, channels, parts.clock.now())
        return DiscardedOut(discarded=[str(number) for number in found])

    return await done(request, holder, "delivery.discard", deed, key=key, about=body.channel)


def _chosen(holder: Holder, body: AgainBody) -> Chosen:
    if not body.numbers and not body.channel:
        raise ApiRefused("Say which: numbers, or a channel.", code="retry-what")
    return Chosen(ids=body.numbers, channel=body.channel or None, estate=holder.estate or None)


async def try_out(parts: ApiParts, holder: Holder, number: str) -> TestOut:
    """Send a test message and say what came of it."""
    row = await parts.db.read(lambda session: webhooks.find(session, number, estate=holder.estate))
    config = await asyncio.to_thread(webhooks.config_of, row, parts.seal)
    plan = await asyncio.to_thread(parts.notifications.current)
    try:
        message = await send_test(config, parts.composer, plan, parts.clock)
    except (TryAgain, GiveUp) as failure:
        return TestOut(number=number, delivered=False, event_id="", reason=failure.sentence)
    return TestOut(number=number, delivered=True, event_id=message.event_id, reason="")


async def _changed(
    request: Request, holder: Holder, number: str, what: str, work: Deed, if_match: str, key: str
) -> JSONResponse:
    parts = parts_of(request)

    def current(session: Session) -> WebhookOut:
        row = webhooks.find(session, number, estate=holder.estate)
        return view(row, parts, repository.counts(session))

    def deed(session: Session) -> WebhookOut:
        work(session)
        session.flush()
        return current(session)

    return await done(request, holder, what, deed, key=key, if_match=if_match, current=current)


def _given(parts: ApiParts, holder: Holder, body: WebhookBody) -> NewWebhook:
    """Return what a request gives; a token of one estate gets that one's events only."""
    estate = parts.estate(body.estate, holder).id if body.estate else holder.estate
    if body.personal and not holder.may(Scope.PERSONAL_READ):
        raise ApiRefused(
            f"Who may not see numbers and names cannot have them sent: it needs {Scope.PERSONAL_READ}.",
            code="scope-missing",
        )
    return NewWebhook(
        name=body.name, url=body.url, events=body.events, estate=estate, language=body.language,
        personal=body.personal,
    )  # fmt: skip


def view(row: WebhookRow, parts: ApiParts, counts: dict[tuple[str, DeliveryState], int]) -> WebhookOut:
    """Return a webhook of the table; never its secret."""
    return WebhookOut(
        number=row.id, name=row.name, source="table", kind="webhook", url=row.url, events=list(row.events),
        estate=row.estate, language=row.language, personal=row.personal, paused=row.paused,
        created_at=instant(row.created_at, parts.zone(row.estate)), created_by=row.created_by,
        version=row.version, **_counted(row.channel, counts),
    )  # fmt: skip


def _of_file(
    name: str, kind: str, language: str, personal: bool, counts: dict[tuple[str, DeliveryState], int]
) -> WebhookOut:
    """Addresses of the file may hold a robot's key: they are not shown."""
    return WebhookOut(
        number=name, name=name, source="file", kind=kind, url="", events=[], estate="", language=language,
        personal=personal, paused=False, created_at=None, created_by="", version=0, **_counted(name, counts),
    )  # fmt: skip


def _counted(channel: str, counts: dict[tuple[str, DeliveryState], int]) -> dict[str, int]:
    return {state.value: counts.get((channel, state), 0) for state in DeliveryState}


def delivery(row: DeliveryRow, parts: ApiParts) -> DeliveryOut:
    """Return a delivery."""
    zone = parts.zone(row.estate)
    waits = row.state is DeliveryState.WAITING
    return DeliveryOut(
        number=str(row.id), channel=row.channel, estate=row.estate, event_id=row.event_id, kind=row.kind,
        subject=row.subject, at=instant(row.at, zone), urgent=row.urgent, state=row.state,
        attempts=row.attempts, next_at=instant(row.next_at, zone) if waits else None,
        finished_at=moment(row.finished_at, zone), last_error=row.last_error,
    )  # fmt: skip
