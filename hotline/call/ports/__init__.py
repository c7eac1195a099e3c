"""Ports: what the slices ask of each other and of the adapters, as Protocols.

Adapters (telephony, speech) and slices implement them; ``hotline.app`` wires them together.
All coroutines run on the process's one event loop and none blocks it.
"""

from hotline.call.ports.cases import (
    CaseDesk,
    Deed,
    StaffDesk,
    StaffMember,
    StaffRole,
    TicketAction,
    WorkingTime,
)
from hotline.call.ports.legs import (
    Call,
    Dialer,
    DialOrder,
    Direction,
    LegFacts,
    LegReport,
    MediaQuality,
    PcmSink,
    Telephony,
)
from hotline.call.ports.paper import (
    CallLog,
    Directory,
    Duty,
    DutyContact,
    IntakeDraft,
    KnownCaller,
    NewTicket,
    Place,
    Span,
    TicketDesk,
    TicketKind,
    TicketSummary,
    Urgency,
)
from hotline.call.ports.speech import Ears, Hearing, PromptBook, Question, QuestionKind

__all__ = [
    "Call",
    "CallLog",
    "CaseDesk",
    "Deed",
    "DialOrder",
    "Dialer",
    "Direction",
    "Directory",
    "Duty",
    "DutyContact",
    "Ears",
    "Hearing",
    "IntakeDraft",
    "KnownCaller",
    "LegFacts",
    "LegReport",
    "MediaQuality",
    "NewTicket",
    "PcmSink",
    "Place",
    "PromptBook",
    "Question",
    "QuestionKind",
    "Span",
    "StaffDesk",
    "StaffMember",
    "StaffRole",
    "Telephony",
    "TicketAction",
    "TicketDesk",
    "TicketKind",
    "TicketSummary",
    "Urgency",
    "WorkingTime",
]
