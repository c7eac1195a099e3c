"""What people do to a ticket on its page or card: asked again, refused in their language, never over others.

Every change is one transaction with its audit line. It is refused when somebody has done something to the
ticket that was not on the screen yet; what was typed stays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from hotline.accounts.rights import Scope
from hotline.call.errors import HotlineError, TicketRefused
from hotline.call.ports import Deed, TicketAction
from hotline.tickets import life, meanwhile, repository
from hotline.tickets.models import TicketHistoryRow
from hotline.tickets.postponing import ask_by_call
from hotline.web import ticketsight
from hotline.web.console.calls.words import word
from hotline.web.console.shell import View
from hotline.web.console.tickets import words

Change = Callable[[Session], object]


class BadMoment(HotlineError):
    """A time that is none."""

    code = "bad-moment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An action with what was typed for it."""

    action: TicketAction
    why: str = ""
    person: str = ""
    department: str = ""
    until: datetime | None = None
    told: bool = False
    by_call: bool = False
    """Postpone: the hotline rings the caller and postpones when they confirm."""
    satisfaction: int | None = None
    solved: bool = True


async def act(view: View, number: str, seen: int, asked: Asked) -> bool:
    """Do an action; whether it was done (why not was told)."""
    supervisor = view.may(Scope.TICKETS_SUPERVISE)
    deed = Deed(
        action=asked.action, who=view.signed.name, why=asked.why.strip(), assignee=asked.person.strip(),
        department=asked.department.strip(), until=asked.until, caller_told=asked.told,
        supervisor=supervisor, satisfaction=asked.satisfaction,
    )  # fmt: skip

    def change(session: Session) -> None:
        tickets = view.parts.tickets
        _allowed(view, session, number, asked.action)
        if asked.by_call:
            ask_by_call(session, tickets, number, deed, now=view.parts.clock.now())
        elif asked.action is TicketAction.FOLLOW_UP:
            tickets.follow_up_in(session, number, deed, solved=asked.solved)
        else:
            tickets.do_in(session, number, deed)

    return await changed(view, number, seen, f"ticket.{asked.action.value}", change)


async def changed(
    view: View, number: str, seen: int, what: str, change: Change, *, needs: Scope = Scope.TICKETS_WRITE
) -> bool:
    """Change a ticket unless somebody has since ``seen``; whether it was changed."""

    def deed(session: Session) -> bool:
        sight = ticketsight.sight_of(session, view.holder, view.estate.id, view.signed.name)
        ticketsight.find(session, number, view.estate.id, sight)
        _refuse_changed(view, session, number, seen)
        change(session)
        return True

    return bool(await view.act(what, deed, needs=needs, about=number))


def moment(text: str, zone: ZoneInfo) -> datetime:
    """Return a local time as a browser's field has it (``2026-11-25T14:30``); raises :class:`BadMoment`."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise BadMoment("Give day and time, like 2026-11-25 14:30.") from error
    if not 2000 <= found.year < 2200:
        raise BadMoment("Give day and time, like 2026-11-25 14:30.")
    return found if found.tzinfo is not None else found.replace(tzinfo=zone)


def told(lines: Sequence[TicketHistoryRow], zone: ZoneInfo, *, chinese: bool) -> str:
    """Return who did what meanwhile: the latest three."""
    return ("；" if chinese else "; ").join(
        f"{one.at.astimezone(zone):%H:%M} {one.who} {word(words.EVENTS, one.event, chinese=chinese)}"
        for one in lines[-3:]
    )


def _allowed(view: View, session: Session, number: str, action: TicketAction) -> None:
    """Refuse what the role may not do in this state; what nobody may is refused by the table."""
    row = repository.must_find(session, number)
    sight = ticketsight.sight_of(session, view.holder, view.estate.id, view.signed.name)
    if action in life.allowed(row.state) and not ticketsight.may(view.holder, action, row.state, sight):
        raise HotlineError("Your role may not do that to a ticket in this state.", code="scope-missing")


def _refuse_changed(view: View, session: Session, number: str, seen: int) -> None:
    repository.must_lock(session, number)
    lines = meanwhile.since(session, number, seen)
    if lines:
        what = told(lines, view.estate.zone, chinese=view.chinese)
        raise TicketRefused(
            view.t(
                f"您打开此页之后，工单已有变化：{what}。请先刷新查看再操作；您填写的内容仍在。",
                f"The ticket has changed since you opened it: {what}. "
                "Look again first; what you typed stays.",
            ),
            code=meanwhile.CODE,
        )
