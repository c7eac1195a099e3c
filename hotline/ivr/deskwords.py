"""The words around a served call: the menu has them, the operators' desk asks for them by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from hotline.call.audio import Playable
from hotline.call.clock import Clock
from hotline.call.ports import Phrase, PromptBook, ServeOrder
from hotline.ivr.intake import CALLED_BACK, CALLS, MATTER, OPERATOR, PARKED_AT, Slots, Value
from hotline.ivr.resolve import Resolver
from hotline.ivr.voice import Voice

if TYPE_CHECKING:
    from hotline.ivr.model import Menu
    from hotline.ivr.steps.base import Items

TO_COLLEAGUES = frozenset(
    {
        Phrase.WHISPER,
        Phrase.QUESTION,
        Phrase.CALLER_GONE,
        Phrase.CONSULT,
        Phrase.CONSULT_QUESTION,
        Phrase.CONSULT_REFUSED,
        Phrase.CONSULT_SILENT,
        Phrase.PARKED,
        Phrase.OPERATOR_WAITS,
    }
)
"""Said to operators and to people they ask: in the estate's language, whatever the caller speaks."""
FACTS = {
    "operator": OPERATOR,
    "name": "desk.name",
    "matter": MATTER,
    "calls": CALLS,
    "call_back": CALLED_BACK,
    "slot": PARKED_AT,
}
"""Facts of :class:`~hotline.call.ports.Phrase` → slots of the menu. Others are known here, and better."""
SECOND = 2
"""The call from which on it is worth saying how often somebody has called."""


class Conversation(Protocol):
    """What resolves items at the moment they are said."""

    def resolver(self, language: str = "", facts: Mapping[str, str] | None = None) -> Resolver:
        """Return it, in ``language`` (empty: the caller's), with ``facts`` as slots besides its own."""
        ...


class DeskWords:
    """Sounds the phrases of one call (port ``Words``)."""

    def __init__(
        self,
        voice: Voice,
        phrases: Mapping[Phrase, Items],
        conversation: Conversation,
        *,
        house_language: str,
    ) -> None:
        """``house_language``: what operators and people they consult are told in."""
        self._voice = voice
        self._phrases = phrases
        self._conversation = conversation
        self._house_language = house_language
        self.calls = 0
        """How often this number has called lately, this call included; 0: not known."""

    def sounds(self, phrase: Phrase, facts: Mapping[str, str] | None = None) -> Sequence[Playable]:
        """Return what is played; empty when the menu says nothing there."""
        items = self._phrases.get(phrase, ())
        language = self._house_language if phrase in TO_COLLEAGUES else ""
        return self._voice.sounds(
            self._conversation.resolver(language, self._slots(facts or {})).spoken(items)
        )

    def _slots(self, facts: Mapping[str, str]) -> dict[str, str]:
        given = {"calls": str(self.calls), **facts}
        if not (given["calls"].isdigit() and int(given["calls"]) >= SECOND):
            del given["calls"]
        return {FACTS[name]: value for name, value in given.items() if name in FACTS and value}


class OrderConversation:
    """A caller who is called back: all that is left of the conversation is their order."""

    def __init__(self, order: ServeOrder, menu: Menu, timezone: str) -> None:
        """Speak the order's language, or the menu's first one."""
        values: dict[str, Value] = {"topic": order.topic, "ticket.number": order.ticket, MATTER: order.topic}
        if str(order.place):
            values["place"] = order.place
        self._slots = Slots({name: value for name, value in values.items() if value})
        self._language = menu_language(menu, order.language)
        self._timezone = timezone

    def resolver(self, language: str = "", facts: Mapping[str, str] | None = None) -> Resolver:
        """Return what resolves items with what the order says."""
        slots = Slots({**self._slots.values, **(facts or {})})
        return Resolver(slots, language or self._language, self._language, self._timezone)


def words_of_order(
    order: ServeOrder, menu: Menu, *, prompts: PromptBook, clock: Clock, language: str, timezone: str
) -> DeskWords:
    """Return the words for calling somebody back: those of the menu's ``desk``.

    ``language`` and ``timezone`` are the estate's.
    """
    return DeskWords(
        Voice(None, prompts, clock, timezone),
        dict(menu.desk.phrases()),
        OrderConversation(order, menu, timezone),
        house_language=menu_language(menu, language),
    )


def menu_language(menu: Menu, language: str) -> str:
    """Return ``language`` if the menu speaks it, otherwise the menu's first."""
    return language if language in menu.languages else menu.languages[0]
