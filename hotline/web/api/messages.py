"""Messages over HTTP: for rooms and staff who are not there, told by a call until acknowledged."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import JSONResponse
from pydantic import Field
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from hotline.accounts.rights import Holder, Scope
from hotline.call.errors import MessageRefused
from hotline.call.ports import Place
from hotline.call.ports.messages import NewMessage
from hotline.messages import service
from hotline.messages.models import MessageRow
from hotline.messages.states import MessageState
from hotline.web.api.bodies import Body, Language, Note, Word
from hotline.web.api.description import MATCHED, TAGGED
from hotline.web.api.doing import Deed, KeyHeader, done
from hotline.web.api.etags import IfMatch, answered
from hotline.web.api.guard import guard_of, needs
from hotline.web.api.paging import Pages
from hotline.web.api.parts import ApiParts, parts_of
from hotline.web.api.shapes import Moment, Out, Page, instant, moment
from hotline.web.api.ticketbodies import Words
from hotline.web.api.wakeups import EstateQuery
from hotline.web.masks import Masks

router = APIRouter(tags=["messages"])

Reader = Annotated[Holder, Depends(needs(Scope.MESSAGES_READ))]
Writer = Annotated[Holder, Depends(needs(Scope.MESSAGES_WRITE))]
Parts = Annotated[ApiParts, Depends(parts_of)]
Number = Annotated[str, Path(pattern=r"^\d{1,9}$", description="The message's number.")]


class NewMessageBody(Body):
    """A message: for a room, for somebody of the staff, or for a department."""

    room: Annotated[Word, Field(examples=["808"])] = ""
    staff: Annotated[Word, Field(description="Staff number.")] = ""
    department: Annotated[Word, Field(description="Name, id or code of the directory.")] = ""
    text: Annotated[Words, Field(min_length=1, examples=["请回电"])]
    from_name: Word = ""
    from_number: Annotated[Word, Field(description="Where they can be called back; is read out.")] = ""
    urgent: Annotated[bool, Field(description="At any hour; of staff on duty: their supervisor.")] = False
    language: Language = "zh"


class SettledBody(Body):
    """How a message was handed over, or why it is taken back."""

    note: Note = ""


class MessageOut(Out):
    """A message."""

    number: str
    estate: str
    room: str
    staff: str
    department: str
    state: MessageState
    urgent: bool
    text: str
    from_name: str
    from_number: str
    language: str
    taken_by: str
    taken_at: Moment
    deliver_at: Moment
    settled_at: Moment | None
    settled_by: str
    recording: Annotated[str, Field(description="Leg with the caller's own words; empty: written down.")]
    call: str
    note: str


@router.get("/messages", response_model=Page[MessageOut])
async def search(
    request: Request, parts: Parts, holder: Reader, paging: Pages, estate: EstateQuery = "",
    state: MessageState | None = None, room: Annotated[Word, Query()] = "",
    staff: Annotated[Word, Query(description="Staff number.")] = "",
) -> Page[MessageOut]:  # fmt: skip
    """Messages, the latest first."""
    found = parts.estate(estate, holder)
    masks = Masks(await guard_of(request).looked(holder, "messages.list"))
    before = paging.placed(int)

    def read(session: Session) -> Page[MessageOut]:
        place = parts.room(session, found.id, room) if room else None
        rows = service.listed(
            session, estate=found.id, state=state, place=place, staff=staff,
            before=before[0] if before else None, limit=paging.wanted,
        )  # fmt: skip
        return paging.page(rows, lambda row: [row.id], lambda row: _view(row, parts, masks))

    return await parts.db.read(read)


@router.get("/messages/{number}", response_model=MessageOut, responses=TAGGED)
async def show(request: Request, parts: Parts, holder: Reader, number: Number) -> Response:
    """A message: what it says, who left it, who has it."""
    masks = Masks(await guard_of(request).looked(holder, "messages.show"))
    return answered(
        request,
        await parts.db.read(lambda session: _view(_find(session, holder, number), parts, masks)),
    )


@router.post("/messages", status_code=201, response_model=MessageOut)
async def take(
    request: Request, parts: Parts, holder: Writer, body: NewMessageBody, estate: EstateQuery = "",
    key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Take a message; staff on duty get it after their shift, an urgent one goes to their supervisor."""
    found = parts.estate(estate, holder)

    def deed(session: Session) -> MessageOut:
        new = NewMessage(
            estate=found.id, place=parts.room(session, found.id, body.room) if body.room else Place(),
            staff=body.staff, department=body.department, text=body.text, from_name=body.from_name,
            from_number=body.from_number, urgent=body.urgent, language=body.language,
            taken_by=holder.who, key="",
        )  # fmt: skip
        row = service.take(session, new, parts.house, now=parts.clock.now())
        return _view(row, parts, Masks(holder.may(Scope.PERSONAL_READ)))

    return await done(request, holder, "message.take", deed, key=key, status=201, tagged=True)


@router.post("/messages/{number}/delivered", response_model=MessageOut, responses=MATCHED)
async def delivered(
    request: Request, parts: Parts, holder: Writer, number: Number, body: SettledBody | None = None,
    if_match: IfMatch = "", key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """It was handed over: nobody is called about it any more."""
    note, now = body.note if body else "", parts.clock.now()

    def deed(session: Session) -> None:
        row = service.find(session, int(number), lock=True)
        service.acknowledged(session, row, by=holder.who, now=now, note=note)

    return await _changed(request, holder, number, "message.delivered", deed, if_match, key)


@router.post("/messages/{number}/retry", response_model=MessageOut, responses=MATCHED)
async def retry(
    request: Request, parts: Parts, holder: Writer, number: Number, if_match: IfMatch = "",
    key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Call again about a message that did not arrive."""

    def deed(session: Session) -> None:
        service.retry(session, int(number), by=holder.who, now=parts.clock.now())

    return await _changed(request, holder, number, "message.retry", deed, if_match, key)


@router.post("/messages/{number}/cancel", response_model=MessageOut, responses=MATCHED)
async def cancel(
    request: Request, parts: Parts, holder: Writer, number: Number, body: SettledBody | None = None,
    if_match: IfMatch = "", key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Take a message back before it arrives."""
    why, now = body.note if body else "", parts.clock.now()

    def deed(session: Session) -> None:
        service.cancel(session, int(number), by=holder.who, why=why, now=now)

    return await _changed(request, holder, number, "message.cancel", deed, if_match, key)


async def _changed(
    request: Request, holder: Holder, number: str, what: str, deed: Deed, if_match: str, key: str
) -> JSONResponse:
    parts = parts_of(request)
    masks = Masks(holder.may(Scope.PERSONAL_READ))

    def current(session: Session) -> MessageOut:
        return _view(_find(session, holder, number), parts, masks)

    def work(session: Session) -> MessageOut:
        _find(session, holder, number)  # another estate's message is not there
        deed(session)
        session.flush()
        return current(session)

    return await done(request, holder, what, work, key=key, if_match=if_match, current=current)


def _find(session: Session, holder: Holder, number: str) -> MessageRow:
    row = service.find(session, int(number))
    if holder.estate not in ("", row.estate):
        raise MessageRefused(f"There is no message {number}.", code="message-unknown")
    return row


def _view(row: MessageRow, parts: ApiParts, masks: Masks) -> MessageOut:
    zone = parts.zone(row.estate)
    settled_by_guest = row.state is MessageState.DELIVERED
    return MessageOut(
        number=str(row.id), estate=row.estate, room=str(row.place), staff=row.staff,
        department=row.department, state=row.state,
        urgent=row.urgent, text=masks.words(row.text), from_name=masks.name(row.from_name),
        from_number=masks.number("", row.from_number), language=row.language, taken_by=row.taken_by,
        taken_at=instant(row.taken_at, zone), deliver_at=instant(row.deliver_at, zone),
        settled_at=moment(row.settled_at, zone),
        settled_by=masks.name(row.settled_by) if settled_by_guest else row.settled_by,
        recording=row.words["recording"] if row.words else "", call=row.call, note=masks.text(row.note),
    )  # fmt: skip
