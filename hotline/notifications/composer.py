"""From an event to the message a channel may see."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from hotline.call.ports import Urgency
from hotline.notifications.config import ChannelConfig
from hotline.notifications.facts import Fact, FactKind, Facts, visible
from hotline.notifications.loader import Plan
from hotline.notifications.port import Event, Message
from hotline.notifications.repository import Leading
from hotline.notifications.routes import Happening, channels_for

Know = Callable[[Session, Event], Facts]
"""Looks up what is known of an event's subject: the ticket of a ticket's event. Knows nothing of others."""
_ALARMING = ("alarm.raised", "alarm.reminder")
_FOR_PEOPLE = frozenset(("estate", "estate_name", "time", "kind", "subject"))
"""Facts that a message has as fields of its own."""
_OWN = frozenset(("event", "alarm", "since", "count"))
"""Details that templates name without ``detail.``."""
_KINDS = {
    **dict.fromkeys(("event", "alarm", "limit", "state", "outcome", "urgency"), FactKind.TERM),
    **dict.fromkeys(("reason", "category", "currency", "needs", "result"), FactKind.TERM),
    **dict.fromkeys(("since", "due", "until"), FactKind.INSTANT),
}


@dataclass(frozen=True, slots=True)
class EstateShown:
    """An estate as messages show it."""

    id: str
    name: str
    zone: ZoneInfo


def knows_nothing(_session: Session, _event: Event) -> Facts:
    """For messages that say no more than their event."""
    return {}


class Composer:
    """Decides where events go and words them."""

    def __init__(self, estates: Iterable[EstateShown], know: Know = knows_nothing) -> None:
        """The first of ``estates`` lends its time zone to what belongs to none."""
        self._estates = {estate.id: estate for estate in estates}
        self._machine = next(iter(self._estates.values())).zone
        self._know = know

    def leading(self, session: Session, event: Event, plan: Plan) -> Leading:
        """Return the channels an event goes to, and whether it goes before others."""
        urgency = event.detail.get("urgency", "")
        if not urgency:
            known = self._know(session, event).get("urgency")
            urgency = "" if known is None else known.value
        happening = Happening(
            kind=event.kind, estate=event.estate, urgency=urgency, alarm=event.detail.get("alarm", "")
        )
        urgent = urgency == Urgency.URGENT or event.kind in _ALARMING
        return Leading(channels_for(happening, plan.routes), urgent)

    def message(
        self, session: Session, event: Event, plan: Plan, config: ChannelConfig, *, urgent: bool
    ) -> Message:
        """Word an event for a channel: with what is known now, not what was when it happened."""
        return self.word(event, self._know(session, event), plan, config, urgent=urgent)

    def word(self, event: Event, known: Facts, plan: Plan, config: ChannelConfig, *, urgent: bool) -> Message:
        """Word an event with these facts, as far as the channel may see them."""
        estate = self._estates.get(event.estate)
        seen = visible(_of_event(event, estate) | dict(known), personal=config.personal)
        title, text = plan.wordings.render(
            event.kind,
            event.detail.get("alarm") or event.detail.get("event", ""),
            seen,
            language=config.language,
            zone=self._machine if estate is None else estate.zone,
        )
        return Message(
            event_id=event.id,
            kind=event.kind,
            estate=event.estate,
            subject=event.subject,
            at=event.at,
            title=title,
            text=text,
            urgent=urgent,
            facts=_for_programs(seen),
        )


def _of_event(event: Event, estate: EstateShown | None) -> dict[str, Fact]:
    facts = {
        "estate": Fact(event.estate),
        "estate_name": Fact("" if estate is None else estate.name),
        "time": Fact(event.at.isoformat(), FactKind.INSTANT),
        "kind": Fact(event.kind),
        "subject": Fact(event.subject),
    }
    for name, value in event.detail.items():
        own = name if name in _OWN else f"detail.{name}"
        facts[own] = Fact(str(value), _KINDS.get(name, FactKind.PLAIN))
    return facts


def _for_programs(seen: Mapping[str, Fact]) -> dict[str, str]:
    return {
        name.removeprefix("detail."): fact.value for name, fact in seen.items() if name not in _FOR_PEOPLE
    }
