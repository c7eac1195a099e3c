"""``enquire``: whom a caller wants, or where they want to know the time, by name or by code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import model_validator

from hotline.call.ports import QuestionKind
from hotline.call.ports.enquiries import Listing, TimeThere
from hotline.ivr import events
from hotline.ivr.ask import Keys, Said
from hotline.ivr.commands import AskEntry, AskTimeIn, ConnectEntry, ListEntries
from hotline.ivr.steps.attempts import Got, Inquiry, Missed, ask_until_understood, failed_of, timeout_of
from hotline.ivr.steps.base import InputStep, Seconds, Step, Turn
from hotline.ivr.steps.refs import StepRef
from hotline.language import slots as understanding

if TYPE_CHECKING:
    from hotline.ivr.talk import Talk

ENTRY = "enquiry.entry"
"""Slot with the id of the entry found last."""


class Enquire(InputStep):
    """Ask for a name or a code of ``config/directory.yaml``, or for a city (DOMAIN section 6).

    ``enquiry.name`` (a prompt) and ``enquiry.number`` can be said then; ``enquiry.connect`` is set when the
    caller may be connected. Of a city: ``clock.name``, ``clock.time`` and ``clock.date``.
    """

    step: Literal["enquire"] = "enquire"
    what: Literal["directory", "clock"] = "directory"
    next: StepRef
    closed: StepRef
    """Where to go when nothing is listed, or nothing can be understood and there are no codes."""

    def run(self, talk: Talk) -> Turn[str | None]:
        """Ask, find, let it be said."""
        listed = yield from talk.request(
            ListEntries(request=talk.number(), what=self.what, language=talk.language)
        )
        if not (isinstance(listed, events.Found) and isinstance(listed.value, events.Entries)):
            return self.closed
        entries = listed.value
        if not entries.codes and not (entries.phrases and talk.understands):
            return self.closed
        chosen = yield from self._ask(talk, entries)
        if chosen is None:
            return failed_of(talk, self)
        if chosen in talk.menu.everywhere.values():
            return chosen
        return (yield from self._found(talk, chosen))

    def _ask(self, talk: Talk, entries: events.Entries) -> Turn[str | None]:
        question = None
        if entries.phrases and talk.understands:
            timeout = timeout_of(talk, self)
            question = talk.question(QuestionKind.CHOICE, timeout=timeout, phrases=entries.phrases)
        own = frozenset(entries.codes)

        def understand(answer: Keys | Said) -> Turn[Got[str] | Missed]:
            yield from ()
            if isinstance(answer, Keys):
                entry = entries.codes.get(answer.typed)
            elif answer.score < talk.facts.accept_score:
                entry = None
            else:
                entry = understanding.choice(answer.text, entries.phrases, talk.language)
            return Missed() if entry is None else Got(entry)

        inquiry = Inquiry(pad=talk.choices(own), own=own, question=question)
        return (yield from ask_until_understood(talk, self, inquiry, understand))

    def _found(self, talk: Talk, chosen: str) -> Turn[str | None]:
        if self.what == "clock":
            result = yield from talk.request(AskTimeIn(request=talk.number(), city=chosen))
        else:
            result = yield from talk.request(AskEntry(request=talk.number(), entry=chosen))
        match result:
            case events.Found(value=Listing() as listing):
                facts = {
                    ENTRY: listing.id,
                    "enquiry.name": listing.prompt,
                    "enquiry.number": listing.told,
                    "enquiry.connect": "yes" if listing.connect else "",
                }
            case events.Found(value=TimeThere() as there):
                facts = {
                    "clock.name": there.prompt,
                    "clock.time": f"{there.at:%H:%M}",
                    "clock.date": f"{there.at:%Y-%m-%d}",
                }
            case _:
                return self.closed
        for name, value in facts.items():
            talk.fill(name, value, by_caller=False)
        return self.next


class Connect(Step):
    """Connect the caller with the entry that ``enquire`` found; who is listed just answers."""

    step: Literal["connect"] = "connect"
    ring: Seconds = 30.0
    next: StepRef
    """When they have talked and the caller is still there."""
    nobody: StepRef

    @model_validator(mode="after")
    def _rings_in_bounds(self) -> Connect:
        if not 5 <= self.ring <= 120:
            raise ValueError("ring is given in seconds, from 5 to 120")
        return self

    def run(self, talk: Talk) -> Turn[str | None]:
        """Ring and connect; the caller hears the ring-back."""
        before, talk.bridged = talk.outcome, True
        talk.outcome = "transferred"
        command = ConnectEntry(
            request=talk.number(), entry=talk.slots.text(ENTRY), ring=self.ring, patience=float("inf")
        )
        result = yield from talk.request(command)
        talk.bridged = False
        talk.ahead.clear()
        if isinstance(result, events.Found):
            return self.next
        talk.outcome = before
        return self.nobody
