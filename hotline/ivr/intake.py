"""What a call has given so far: slots, and the ticket they make. Values, no behaviour of time."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from hotline.call.ports import KnownCaller, NewTicket, Place, Span, TicketKind, TicketSummary, Urgency

Value = str | Place | Span | datetime
SPOKEN_AS = {
    "place": "place",
    "caller.place": "place",
    "ticket.place": "place",
    "callback": "phone",
    "caller.number": "phone",
    "number": "digits",
    "ticket.number": "ticket",
    "ticket.state": "state",
    "ticket.kind": "kind",
    "ticket.opened": "datetime",
    "ticket.due": "datetime",
    "ticket.next": "datetime",
    "ticket.assignee": "digits",
    "staff.number": "digits",
    "cases.count": "number",
    "cases.position": "number",
    "window.opens": "datetime",
    "call.now": "time",
    "call.refusal_key": "digits",
    **{"when.time": "time", "when.morning": "time", "when.afternoon": "time"},
    **{"when.date": "date", "when.once": "date", "when.until": "date", "when.schedule": "schedule"},
    **{"wakeup.number": "digits", "wakeup.place": "place", "wakeup.schedule": "schedule"},
    **{"wakeup.next": "datetime", "wakeups.count": "number", "wakeups.position": "number"},
    **{"bill.number": "ticket", "bill.place": "place", "bill.month": "month", "bill.items": "items"},
    **{"bill.total": "money", "bill.late": "money", "bill.sum": "money", "bill.due": "date"},
    **{
        "bill.rule": "prompt",
        "bill.notice": "date",
        "bills.count": "number",
        "bills.position": "number",
        "bills.sum": "money",
        "bills.late": "money",
    },
    **{"enquiry.name": "prompt", "enquiry.number": "digits"},
    **{"clock.name": "prompt", "clock.time": "time", "clock.date": "date"},
    **{"message.at": "datetime", "message.from": "phone", "message.number": "digits"},
    **{"outside.number": "digits", "outside.minutes": "minutes", "outside.cost": "money"},
    **{"outside.booking": "digits", "outside.ahead": "number"},
    **{"operator.number": "digits", "operator.presence": "presence", "operator.line": "phone"},
    **{"desk.matter": "matter", "desk.calls": "number", "desk.slot": "digits", "call_back": "phone"},
    **{"queue.ahead": "people", "queue.minutes": "minutes"},
}
"""How a slot is spoken when the menu does not say."""
NOW = "call.now"
"""The present, taken from the clock whenever it is said: a wake-up repeated for a minute stays true."""
PLACE_SPOKEN, PLACE_NOTED = "place.spoken", "place.noted"
"""The place has a building or room that can be said; it is known by a note alone (a lift's name)."""
WAITED = "call.waited"
"""People were rung while the caller waited: what is said next begins with thanks (DOMAIN section 2)."""
ADDS_TO = "adds_to"
"""Slot with the number of the ticket to which what is said belongs: no new one is filed."""
ABOUT_BILL = "about_bill"
"""Slot with the number of the bill that what is said is about: it is noted on the ticket."""
CALL_BACK = "call_back"
"""Slot with the number a caller who leaves the queue is called back at; not the ticket's."""
OPERATOR, MATTER, CALLS = "operator.number", "desk.matter", "desk.calls"
"""Around a served call: who serves, what it is about (a topic), how often this number has called."""
CALLED_BACK = "desk.called_back"
"""The caller is being called back in their place."""
PARKED_AT = "desk.slot"
"""Where a caller is parked."""
RECORDED, REFUSAL_KEY = "call.recorded", "call.refusal_key"
"""The call is recorded and the caller is told; the key by which they refuse it, where that is asked."""
REFUSAL = "refusal"
"""Code of the rule that did not allow what was asked for last."""
NOT_OFFERED = "not-offered"
"""Code of what is asked for where this hotline has no such service; the menu has another way."""
GUEST = "guest"
"""Who books and changes a wake-up by telephone."""
FACTS = frozenset(
    {
        "call.late",
        WAITED,
        RECORDED,
        "caller.known",
        "caller.name",
        "caller.room_telephone",
        "outside.approved",
        "ticket.assigned",
        "ticket.complete",
        "ticket.late",
        "ticket.urgent",
        "ticket.topic",
        "ticket.words",
        "cases.more",
        "staff.name",
        "staff.role",
        "staff.supervisor",
        "wakeup.repeats",
        "wakeups.more",
        "bills.more",
        "queue.first",
        "desk.name",
        "enquiry.entry",
        "enquiry.connect",
        CALLED_BACK,
        REFUSAL,
    }
    | {name for name in SPOKEN_AS if "." in name}
    | {PLACE_SPOKEN, PLACE_NOTED}
)
"""Slots that nobody writes: they are known, or come with a result."""
INTAKE_SLOTS = frozenset(
    {"kind", "topic", "urgency", "place", "callback", "words", "name_words", "description"}
)
"""Slots that become fields of the ticket."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFacts:
    """What is known when the call is answered. ``number`` is empty when it cannot be called back."""

    leg: str
    estate: str
    language: str
    number: str = ""
    known: KnownCaller | None = None
    late: bool = False
    """It rang past the configured ring: the first words are an apology."""
    announce: bool = True
    """The caller is told about the recording."""
    refusal_key: str = ""
    """Pressed when asked, it ends the recording; empty: nobody is asked."""
    recording: bool = True
    """There is a recording, so the caller's own words can be kept."""
    emergency: bool = False
    """Lift telephone or emergency number."""
    understood: frozenset[str] = frozenset()
    """Languages a recogniser is in service for."""
    accept_score: float = 0.5
    timezone: str = "Asia/Shanghai"


@dataclass(frozen=True, slots=True)
class Slots:
    """Named values of one call; changed by replacement."""

    values: dict[str, Value] = field(default_factory=dict)
    given: frozenset[str] = frozenset()
    """Slots that came from the caller in this call, not from the directory."""

    def get(self, name: str) -> Value | None:
        """Return a slot's value, ``None`` when it is empty."""
        if name in (PLACE_SPOKEN, PLACE_NOTED):
            place = self.place()
            spoken = bool(place.building or place.room)
            there = spoken if name == PLACE_SPOKEN else bool(place.note) and not spoken
            return "yes" if there else None
        return self.values.get(name) or None

    def text(self, name: str) -> str:
        """Return a slot's value as text, empty when there is none."""
        value = self.get(name)
        return "" if value is None else str(value)

    def place(self) -> Place:
        """Return the place, empty when unknown."""
        value = self.get("place")
        return value if isinstance(value, Place) else Place()

    def span(self, name: str) -> Span | None:
        """Return the caller's own words of that slot."""
        value = self.get(name)
        return value if isinstance(value, Span) else None

    def filled(self, name: str, value: Value, *, by_caller: bool = True) -> Slots:
        """Return these slots with one more."""
        given = self.given | {name} if by_caller else self.given
        return Slots({**self.values, name: value}, given)

    def cleared(self, names: frozenset[str]) -> Slots:
        """Return these slots without ``names``."""
        return Slots({k: v for k, v in self.values.items() if k not in names}, self.given - names)

    def has_place(self) -> bool:
        """True when the place is complete enough to send somebody: a room, or a note."""
        place = self.place()
        return bool(place.room or place.note)


def known_values(facts: CallFacts) -> dict[str, Value]:
    """Return the slots that are filled before anything was said."""
    values: dict[str, Value] = {}
    if facts.late:
        values["call.late"] = "yes"
    if facts.announce and facts.recording:
        values[RECORDED] = "yes"
        if facts.refusal_key:
            values[REFUSAL_KEY] = facts.refusal_key
    if facts.number:
        values["caller.number"] = facts.number
    if facts.known is not None:
        values["caller.known"] = "yes"
        values["caller.name"] = facts.known.name
        if facts.known.room_telephone:
            values["caller.room_telephone"] = "yes"
        if str(facts.known.place):
            values["caller.place"] = facts.known.place
    return values


def of_ticket(slots: Slots, ticket: TicketSummary, who: str = "") -> Slots:
    """Return ``slots`` with everything that can be said of ``ticket``, and nothing of another one.

    ``who``: staff number of the person it is assigned to.
    """
    facts: dict[str, Value | None] = {
        "ticket.number": ticket.number,
        "ticket.state": ticket.state,
        "ticket.kind": ticket.kind.value,
        "ticket.topic": ticket.topic,
        "ticket.place": ticket.place if str(ticket.place) else None,
        "ticket.opened": ticket.opened_at,
        "ticket.due": ticket.due_at,
        "ticket.next": ticket.next_at,
        "ticket.late": "yes" if ticket.late else None,
        "ticket.words": ticket.words,
        "ticket.assigned": "yes" if ticket.assignee else None,
        "ticket.assignee": who,
        "ticket.urgent": "yes" if ticket.urgency is Urgency.URGENT else None,
        "ticket.complete": "yes" if ticket.complete else None,
    }
    others = {name: value for name, value in slots.values.items() if name not in facts}
    return Slots({**others, **{name: value for name, value in facts.items() if value}}, slots.given)


def ticket_of(
    facts: CallFacts, slots: Slots, *, language: str, words: str = "words", note: str = ""
) -> NewTicket:
    """Return the ticket the slots make; kind ``message`` while nothing was chosen.

    ``words``: the slot that has the caller's own words.
    """
    return NewTicket(
        estate=facts.estate,
        kind=TicketKind(slots.text("kind") or TicketKind.MESSAGE),
        topic=slots.text("topic"),
        urgency=Urgency(slots.text("urgency") or Urgency.ORDINARY),
        place=slots.place(),
        caller_number=facts.number,
        callback_number=slots.text("callback") or facts.number,
        caller_name=facts.known.name if facts.known else "",
        description=slots.text("description"),
        words=slots.span(words),
        name_words=slots.span("name_words"),
        call=facts.leg,
        language=language,
        note=note,
    )


def noting(slots: Slots, *notes: str) -> str:
    """Return the notes of a ticket as one, with the bill it is about."""
    bill = slots.text(ABOUT_BILL)
    return "; ".join(one for one in (*notes, f"about bill {bill}" if bill else "") if one)


def unfinished(ticket: NewTicket, note: str) -> NewTicket:
    """Return ``ticket`` marked incomplete: to be called back for the rest."""
    return replace(ticket, complete=False, note=note)


def worth_a_call_back(facts: CallFacts, slots: Slots) -> bool:
    """True when something was said: a slot or words, or a kind by somebody reachable or in danger."""
    if slots.get(ADDS_TO) is not None:
        # the ticket is there already: only something new is worth a line on it
        return bool(slots.given & {"words", "description"})
    said = slots.given & (INTAKE_SLOTS - {"kind", "topic", "urgency"})
    chosen = "kind" in slots.given and (facts.number or slots.text("urgency") == Urgency.URGENT)
    return bool(said or chosen)
