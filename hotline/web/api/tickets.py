"""Tickets over HTTP: listed, filed, worked on by the table of states and actions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import JSONResponse
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from hotline.accounts import users
from hotline.accounts.rights import Holder, Scope
from hotline.call.ports import Deed, TicketAction, TicketKind
from hotline.tickets import repository
from hotline.tickets.models import TicketState
from hotline.tickets.postponing import ask_by_call
from hotline.tickets.repository import TicketFilter, UnknownTicket
from hotline.web import ticketsight
from hotline.web.api import ticketfiling, ticketviews
from hotline.web.api.bodies import Instant, Word
from hotline.web.api.description import MATCHED, TAGGED
from hotline.web.api.doing import KeyHeader, done
from hotline.web.api.etags import IfMatch, answered
from hotline.web.api.guard import guard_of, needs
from hotline.web.api.paging import Pages
from hotline.web.api.parts import ApiParts, aware, parts_of
from hotline.web.api.problems import ApiRefused
from hotline.web.api.shapes import Page
from hotline.web.api.ticketbodies import (
    ActionBody,
    NatureBody,
    NewTicketBody,
    OwnerBody,
    PromiseBody,
    TicketNoteBody,
)
from hotline.web.api.ticketviews import TicketOut, WholeTicketOut
from hotline.web.api.wakeups import EstateQuery
from hotline.web.masks import Masks

router = APIRouter(tags=["tickets"])

Reader = Annotated[Holder, Depends(needs(Scope.TICKETS_READ))]
Writer = Annotated[Holder, Depends(needs(Scope.TICKETS_WRITE))]
Supervisor = Annotated[Holder, Depends(needs(Scope.TICKETS_SUPERVISE))]
Parts = Annotated[ApiParts, Depends(parts_of)]
Number = Annotated[str, Path(pattern=r"^\d{12,16}$", description="The ticket's whole number.")]
_SHOWN: dict[str, Any] = {"response_model": WholeTicketOut, "responses": MATCHED}
Work = Callable[[Session, str], Any]
"""Does something to the ticket as the person named."""


@router.get("/tickets", response_model=Page[TicketOut])
async def search(
    request: Request, parts: Parts, holder: Reader, paging: Pages, estate: EstateQuery = "",
    since: Annotated[Instant | None, Query(description="Registered then or later.")] = None,
    until: Annotated[Instant | None, Query(description="Registered before.")] = None,
    kind: TicketKind | None = None, state: TicketState | None = None, topic: Annotated[Word, Query()] = "",
    assignee: Annotated[Word, Query()] = "", department: Annotated[Word, Query()] = "",
    open_only: Annotated[bool, Query(alias="open", description="Neither closed nor cancelled.")] = False,
    overdue: Annotated[bool, Query(description="A limit was missed and is still not met.")] = False,
    incomplete: Annotated[bool, Query(description="To be called back for the rest.")] = False,
) -> Page[TicketOut]:  # fmt: skip
    """Tickets, the newest first."""
    found = parts.estate(estate, holder)
    masks = Masks(await guard_of(request).looked(holder, "tickets.list"))
    after = paging.placed(datetime, str)
    wanted = TicketFilter(
        estate=found.id, since=aware(since, found.zone), until=aware(until, found.zone), kind=kind,
        state=state, topic=topic or None, assignee=assignee or None, department=department or None,
        open_only=open_only, overdue_at=parts.clock.now() if overdue else None, incomplete=incomplete,
        after=None if after is None else (after[0], after[1]), limit=paging.wanted,
    )  # fmt: skip

    def read(session: Session) -> Page[TicketOut]:
        sight = ticketsight.sight_in(session, holder, found.id).condition()
        rows = repository.tickets(session, replace(wanted, sight=sight))
        return paging.page(
            rows, lambda row: (row.opened_at, row.number),
            lambda row: ticketviews.ticket(row, found.zone, masks),
        )  # fmt: skip

    return await parts.db.read(read)


@router.post("/tickets", status_code=201, response_model=WholeTicketOut)
async def file(
    request: Request, parts: Parts, holder: Writer, body: NewTicketBody, estate: EstateQuery = "",
    key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """File a ticket. One of the same room and kind within 24 hours is pointed out first: `duplicate`."""
    found = parts.estate(estate, holder)
    masks = Masks(holder.may(Scope.PERSONAL_READ))

    def deed(session: Session) -> WholeTicketOut:
        new = ticketfiling.checked(session, parts, found, body)
        filed = parts.tickets.file(
            session, new, who=person(session, holder, body.who), fault=body.fault, department=body.department
        )
        return ticketviews.whole(session, repository.must_find(session, filed.number), found.zone, masks)

    return await done(request, holder, "ticket.file", deed, key=key, status=201, tagged=True)


@router.get("/tickets/{number}", response_model=WholeTicketOut, responses=TAGGED)
async def show(request: Request, parts: Parts, holder: Reader, number: Number) -> Response:
    """A ticket with its history, limits and parts."""
    masks = Masks(await guard_of(request).looked(holder, "tickets.show"))
    return answered(
        request, await parts.db.read(lambda session: whole(session, parts, holder, number, masks))
    )


@router.post("/tickets/{number}/actions/{action}", **_SHOWN)
async def act(
    request: Request, parts: Parts, holder: Writer, number: Number, action: TicketAction,
    body: ActionBody | None = None, if_match: IfMatch = "", key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Do something to a ticket; `allowed` of the ticket says what its state allows."""
    given = body or ActionBody()
    given.check(action)
    if given.supervisor:
        must_supervise(holder)

    def work(session: Session, who: str) -> None:
        row = repository.must_find(session, number)
        if ticketsight.decided_by_supervisor(action, row.state):
            must_supervise(holder)
        zone = parts.zone(row.estate)
        deed = Deed(
            action=action, who=who, why=given.why, assignee=given.to, department=given.department,
            until=aware(given.until, zone), caller_told=given.caller_told, supervisor=given.supervisor,
            satisfaction=given.satisfaction,
        )  # fmt: skip
        if given.by_call:
            ask_by_call(session, parts.tickets, number, deed, now=parts.clock.now())
        elif action is TicketAction.FOLLOW_UP:
            parts.tickets.follow_up_in(session, number, deed, solved=given.solved)
        else:
            parts.tickets.do_in(session, number, deed)

    what = f"ticket.{action.value}"
    return await changed(
        request, holder, number, what, work, who=given.who, if_match=if_match, key=key,
        anybodys=action in ticketsight.WORK,
    )  # fmt: skip


@router.post("/tickets/{number}/notes", status_code=201, **_SHOWN)
async def note(
    request: Request, parts: Parts, holder: Writer, number: Number, body: TicketNoteBody,
    if_match: IfMatch = "", key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Add a remark, or that the caller was told how the matter stands."""

    def work(session: Session, who: str) -> None:
        parts.tickets.note_in(session, number, body.event, detail=body.text, who=who)

    return await changed(
        request, holder, number, "ticket.note", work, who=body.who, if_match=if_match, key=key, status=201,
        anybodys=True,
    )  # fmt: skip


@router.post("/tickets/{number}/additions", status_code=201, **_SHOWN)
async def add(
    request: Request, parts: Parts, holder: Writer, number: Number, body: NewTicketBody,
    if_match: IfMatch = "", key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Add what another call brought to an open ticket."""

    def work(session: Session, who: str) -> None:
        new = ticketfiling.plain(parts, repository.must_find(session, number).estate, body)
        ticketfiling.check_numbers(parts, new, anyway=body.anyway)
        parts.tickets.add_to_in(session, number, new, who=who)

    return await changed(
        request, holder, number, "ticket.add", work, who=body.who, if_match=if_match, key=key, status=201
    )


@router.put("/tickets/{number}/promise", **_SHOWN)
async def promise(
    request: Request, parts: Parts, holder: Writer, number: Number, body: PromiseBody,
    if_match: IfMatch = "", key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Note by when the caller was promised to be served."""
    if body.supervisor:
        must_supervise(holder)

    def work(session: Session, who: str) -> None:
        until = aware(body.until, parts.zone(repository.must_find(session, number).estate))
        assert until is not None, "the body has one"
        parts.tickets.promise_in(session, number, until, who=who, why=body.why, supervisor=body.supervisor)

    return await changed(
        request, holder, number, "ticket.promise", work, who=body.who, if_match=if_match, key=key
    )


@router.put("/tickets/{number}/owner", **_SHOWN)
async def hand_over(
    request: Request, parts: Parts, holder: Supervisor, number: Number, body: OwnerBody,
    if_match: IfMatch = "", key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Give the case another owner (first-responder rule 首问责任制: supervisors only)."""

    def work(session: Session, who: str) -> None:
        parts.tickets.hand_over_in(session, number, body.owner, who=who, why=body.why, supervisor=True)

    return await changed(
        request, holder, number, "ticket.owner", work, who=body.who, if_match=if_match, key=key
    )


@router.put("/tickets/{number}/nature", **_SHOWN)
async def classify(
    request: Request, parts: Parts, holder: Writer, number: Number, body: NatureBody,
    if_match: IfMatch = "", key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Say what a matter is: nature of a complaint, who it is about, class of a fault."""

    def work(session: Session, who: str) -> None:
        parts.tickets.classify_in(
            session, number, who=who, nature=body.nature, fault=body.fault, accused=body.accused, why=body.why
        )

    return await changed(
        request, holder, number, "ticket.nature", work, who=body.who, if_match=if_match, key=key
    )


def whole(session: Session, parts: ApiParts, holder: Holder, number: str, masks: Masks) -> WholeTicketOut:
    """Return a ticket of the holder's estate; raises :class:`UnknownTicket`."""
    row = repository.must_find(session, number)
    if holder.estate not in ("", row.estate):
        raise UnknownTicket(f"There is no ticket {number}.")
    row = ticketsight.find(session, number, row.estate, ticketsight.sight_in(session, holder, row.estate))
    session.refresh(row)
    return ticketviews.whole(session, row, parts.zone(row.estate), masks)


async def changed(
    request: Request, holder: Holder, number: str, what: str, work: Work, *, who: str = "",
    if_match: str = "", key: str = "", status: int = 200, anybodys: bool = False,
) -> JSONResponse:  # fmt: skip
    """Change a ticket and answer with it whole.

    ``anybodys``: what is also left to those who see only their own tickets.
    """
    parts = parts_of(request)
    masks = Masks(holder.may(Scope.PERSONAL_READ))

    def current(session: Session) -> WholeTicketOut:
        return whole(session, parts, holder, number, masks)

    def deed(session: Session) -> WholeTicketOut:
        found = current(session)  # another estate's ticket is not there
        if not anybodys and not ticketsight.sight_in(session, holder, found.estate).everything:
            raise ApiRefused("Your role does not do that to tickets.", code="scope-missing")
        work(session, person(session, holder, who))
        session.flush()
        row = repository.must_find(session, number)  # who passed it on may see it once more
        session.refresh(row)
        return ticketviews.whole(session, row, parts.zone(row.estate), masks)

    return await done(request, holder, what, deed, key=key, status=status, if_match=if_match, current=current)


def person(session: Session, holder: Holder, given: str) -> str:
    """Return who does it: people are themselves, programs name somebody or stand for themselves."""
    if holder.person:
        return users.find(session, holder.name).name
    return given or holder.who


def must_supervise(holder: Holder) -> None:
    """Raise :class:`ApiRefused` for who may not decide what supervisors decide."""
    if not holder.may(Scope.TICKETS_SUPERVISE):
        raise ApiRefused(
            f"Only a supervisor decides that: it needs {Scope.TICKETS_SUPERVISE}.", code="scope-missing"
        )
