"""Where people leave traces: every table, what of it is personal, and when its matter is over.

A new table is judged here or the test of this module fails: nothing personal is forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, select

from hotline.accounts.models import StaffRow
from hotline.callrecords.models import CallRow, LegRow
from hotline.campaigns.models import CampaignRow, PersonRow, StopRow
from hotline.campaigns.states import PersonState
from hotline.confirmations.models import ConfirmationRow
from hotline.confirmations.states import OPEN as ASKING
from hotline.dialplan.models import OutsideBookingRow, OutsideCallRow, SlipState
from hotline.messages.models import MessageRow
from hotline.messages.states import SETTLED
from hotline.operators.models import CallBackRow
from hotline.outbound.models import AttemptRow, OutboundCallRow
from hotline.residents.staymodels import StayRow
from hotline.tickets.models import TicketRow
from hotline.wakeup.models import BookingState, WakeupRow

_WORDS = {"words_recording": "", "words_start": None, "words_end": None}
_NAME_WORDS = {"name_recording": "", "name_start": None, "name_end": None}
_STILL_CALLED = (PersonState.LISTED, PersonState.PLANNED, PersonState.NOT_NOW, PersonState.BEGUN)


_CALL_OVER = AttemptRow.call.in_(select(OutboundCallRow.id).where(OutboundCallRow.ended_at.is_not(None)))


def _called_by(estate: str) -> ColumnElement[bool]:
    return AttemptRow.call.in_(select(OutboundCallRow.id).where(OutboundCallRow.estate == estate))


def _listed_by(estate: str) -> ColumnElement[bool]:
    return PersonRow.campaign.in_(select(CampaignRow.id).where(CampaignRow.estate == estate))


def _nobody(row: PersonRow) -> str:
    """A number no list can have, another for each person: lists name everybody once."""
    return f"x{row.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """One table whose rows are about people."""

    row: type[Any]
    zh: str
    en: str
    numbers: tuple[str, ...] = ()
    """Columns with a person's number, normalised or raw."""
    lists: tuple[str, ...] = ()
    """JSON lists of numbers."""
    names: tuple[str, ...] = ()
    place: bool = False
    """Has ``building``, ``unit`` and ``room``: with the name they say whose row it is."""
    blank: Mapping[str, Any] = field(default_factory=dict)
    """What is written over personal columns, or what makes it from the row; empty: nothing is."""
    own_side: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Columns that belong to a number: only the sides the person is on are blanked."""
    over: ColumnElement[bool] | None = None
    """The matter is over; ``None``: always."""
    stays: str = ""
    """Why rows whose matter is not over stay: a code of :mod:`hotline.privacy.reasons`."""
    kept: str = ""
    """The period of ``retention`` that counts."""
    ended: Any = None
    """The column the period counts from."""
    of_estate: Callable[[str], ColumnElement[bool]] | None = None
    """Whose rows they are, where the table has no ``estate`` of its own."""

    def belongs(self, estate: str) -> ColumnElement[bool]:
        """Return that a row is of an estate; raises :class:`AttributeError` for a trace that cannot say."""
        mine: ColumnElement[bool] = (
            self.row.estate == estate if self.of_estate is None else self.of_estate(estate)
        )
        return mine


_SIDES = {"src": ("src", "src_raw", "src_name"), "dst": ("dst", "dst_raw")}
_BOTH = dict.fromkeys(("src", "src_raw", "src_name", "dst", "dst_raw"), "")


def _cdr(row: Any, zh: str, en: str) -> Trace:
    return Trace(
        row=row, zh=zh, en=en, numbers=("src", "src_raw", "dst", "dst_raw"), blank=_BOTH, own_side=_SIDES,
        over=row.end.is_not(None), stays="call-in-progress", kept="call_numbers", ended=row.end,
    )  # fmt: skip


TRACES: tuple[Trace, ...] = (
    _cdr(CallRow, "通话", "Calls"),
    _cdr(LegRow, "通话各段", "Legs of calls"),
    Trace(
        row=TicketRow, zh="工单", en="Tickets", place=True, names=("caller_name",),
        numbers=("caller_number", "caller_number_raw", "callback_number", "callback_number_raw"),
        blank=dict.fromkeys(
            ("caller_number", "caller_number_raw", "callback_number", "callback_number_raw", "caller_name",
             "description"), "",
        ) | _WORDS | _NAME_WORDS,
        over=TicketRow.closed_at.is_not(None), stays="open-ticket", kept="ticket_people",
        ended=TicketRow.closed_at,
    ),
    Trace(
        row=MessageRow, zh="留言", en="Messages", numbers=("from_number", "to"), names=("from_name",),
        blank={"from_number": "", "from_name": "", "to": "", "text": "", "words": None, "note": ""},
        over=MessageRow.state.in_(SETTLED), stays="open-message", kept="messages",
        ended=MessageRow.settled_at,
    ),
    Trace(
        row=CallBackRow, zh="回拨", en="Calls back", numbers=("number",), blank={"number": "", "about": {}},
        over=CallBackRow.ended_at.is_not(None), stays="open-call", kept="call_backs",
        ended=CallBackRow.ended_at,
    ),
    Trace(
        row=OutboundCallRow, zh="外呼", en="Calls that were placed", numbers=("to",), names=("to_name",),
        blank={"to": "", "to_name": ""}, over=OutboundCallRow.ended_at.is_not(None), stays="open-call",
        kept="placed_calls", ended=OutboundCallRow.ended_at,
    ),
    Trace(
        row=AttemptRow, zh="外呼尝试", en="Attempts to call", numbers=("to",),
        blank={"to": "", "to_name": ""}, over=_CALL_OVER, stays="open-call", kept="placed_calls",
        ended=AttemptRow.ended_at, of_estate=_called_by,
    ),
    Trace(
        row=PersonRow, zh="名单外呼", en="Lists of people called", numbers=("number", "raw"), names=("name",),
        place=True, blank={"number": _nobody, "raw": "", "name": ""},
        over=PersonRow.state.not_in(_STILL_CALLED), stays="open-call", kept="placed_calls",
        ended=PersonRow.settled_at, of_estate=_listed_by,
    ),
    Trace(
        row=ConfirmationRow, zh="放行与访客确认", en="Questions to owners", lists=("numbers",),
        numbers=("answered_on",),
        blank={"who": "", "what": "", "plate": "", "numbers": [], "names": [], "answered_on": "",
               "answered_by": "", "note": ""},
        over=ConfirmationRow.standing.not_in(ASKING), stays="open-call", kept="placed_calls",
        ended=ConfirmationRow.asked_at,
    ),
    Trace(
        row=WakeupRow, zh="叫醒", en="Wake-ups", numbers=("to", "to_raw"),
        blank={"to": "", "to_raw": "", "note": ""}, over=WakeupRow.state != BookingState.BOOKED,
        stays="open-wakeup", kept="stays", ended=WakeupRow.ended_at,
    ),
    Trace(
        row=OutsideCallRow, zh="外线通话", en="Outside calls",
        numbers=("extension", "dialled", "sent", "number"),
        blank={"extension": "", "dialled": "", "sent": "", "number": ""},
        over=OutsideCallRow.state.not_in((SlipState.OPEN, SlipState.CHARGED)), stays="unbilled-charges",
        kept="placed_calls", ended=OutsideCallRow.ended_at,
    ),
    Trace(
        row=OutsideBookingRow, zh="外线预约", en="Booked outside calls",
        numbers=("extension", "rings", "dialled", "wanted"),
        blank={"extension": "", "rings": "", "dialled": "", "wanted": ""},
        over=OutsideBookingRow.ended_at.is_not(None), stays="open-call", kept="placed_calls",
        ended=OutsideBookingRow.ended_at,
    ),
    Trace(
        row=StayRow, zh="入住", en="Stays", names=("name",), blank={"name": ""},
        over=StayRow.left_at.is_not(None), stays="stays-here", kept="stays", ended=StayRow.left_at,
    ),
    Trace(row=StopRow, zh="请勿再拨", en="Not to be called", numbers=("number",), stays="do-not-call"),
    Trace(
        row=StaffRow, zh="员工", en="Staff", numbers=("telephone", "telephone_raw"), stays="staff",
    ),
)  # fmt: skip

BELOW = frozenset(
    {
        "call_events", "recordings", "transcripts", "intake_drafts", "ticket_history", "ticket_parts",
        "campaign_answers", "residents", "resident_numbers",
    }
)  # fmt: skip
"""Found by what they belong to (:mod:`hotline.app.personal.below`)."""

NOBODYS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("rooms", "lifts", "bills", "bill_items", "bill_history", "bill_counters"),
                        "of rooms; contracts and accounts are kept by law"),
        **dict.fromkeys(("promises", "promise_bills"), "of rooms; their words go with the recording"),
        **dict.fromkeys(("room_pins", "room_audit"), "hashes, and rooms"),
        **dict.fromkeys(("users", "user_sessions", "staff_audit", "api_tokens", "api_audit",
                         "operator_present", "operator_states", "duty_changes", "shifts",
                         "shift_log", "shift_handovers", "quality_samples", "quality_reviews",
                         "menu_versions", "menu_drafts"),
                        "of staff and programs at work"),
        "api_answers": "answers to programs, forgotten after days; an asked-for deletion goes through them",
        **dict.fromkeys(("ticket_limits", "ticket_firings", "ticket_counters", "wakeup_occurrences",
                         "wakeup_history", "wakeup_counter", "wakeup_watch", "stay_events", "queue_waits",
                         "campaigns", "outside_approvals", "outside_counters"),
                        "times, places and counters"),
        **dict.fromkeys(("outbox", "outbox_readers", "deliveries", "alarms", "webhooks"),
                        "identifiers alone"),
        **dict.fromkeys(("privacy_requests", "privacy_salts", "retention_runs"), "hashes and counts"),
    }
)  # fmt: skip
"""Tables that name nobody but staff at work, and why."""
