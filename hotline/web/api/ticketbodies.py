"""What requests about tickets say."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from hotline.call.ports import TicketAction, TicketKind, Urgency
from hotline.tickets.models import Nature
from hotline.web.api.bodies import Body, Instant, Language, Note, Word
from hotline.web.api.problems import ApiRefused


def _readable(text: str) -> str:
    if "\x00" in text:
        raise ValueError("NUL characters are not taken")
    return text


Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000), AfterValidator(_readable)]
"""What somebody wrote, in lines."""
Person = Annotated[
    Word, Field(description="Name of the person it is done for or by; a console session is its own person.")
]
_FIELDS: Mapping[TicketAction, frozenset[str]] = MappingProxyType(
    {
        TicketAction.ASSIGN: frozenset({"to", "department"}),
        TicketAction.ACCEPT: frozenset({"supervisor"}),
        TicketAction.PASS_ON: frozenset({"to"}),
        TicketAction.FOLLOW_UP: frozenset({"satisfaction", "solved"}),
        TicketAction.CLOSE: frozenset({"supervisor"}),
        TicketAction.POSTPONE: frozenset({"until", "caller_told", "by_call", "supervisor"}),
    }
)
"""Which actions take more than who and why."""


class NewTicketBody(Body):
    """A ticket to be filed."""

    kind: TicketKind
    urgency: Urgency = Urgency.ORDINARY
    topic: Annotated[Word, Field(examples=["repairs"])] = ""
    room: Annotated[Word, Field(description="3-2-602, A-1203 or 808.", examples=["3-2-602"])] = ""
    place: Annotated[Word, Field(description="A place without a room: 2号梯, 车库.")] = ""
    caller: Annotated[Word, Field(description="The caller's number.", examples=["13800001111"])] = ""
    callback: Annotated[Word, Field(description="To call back; left out: the caller's number.")] = ""
    name: Word = ""
    text: Annotated[Words, Field(description="What is wrong or wanted.", examples=["厨房水管漏水"])] = ""
    department: Word = ""
    fault: Annotated[Word, Field(description="Class of fault, as sla.yaml names it.")] = ""
    language: Language = "zh"
    complete: Annotated[bool, Field(description="False: the caller is to be called back for the rest.")] = (
        True
    )
    anyway: Annotated[
        bool,
        Field(description="File it though there is one of this room and kind, or room or number look wrong."),
    ] = False
    note: Note = ""
    who: Person = ""


class ActionBody(Body):
    """How something is done to a ticket; which fields count depends on the action."""

    why: Note = ""
    to: Annotated[Word, Field(description="assign, pass_on: who is to do it.")] = ""
    department: Annotated[Word, Field(description="assign: whose matter it is.")] = ""
    until: Annotated[Instant | None, Field(description="postpone: the new promise.")] = None
    caller_told: Annotated[bool, Field(description="postpone: the caller knows; refused otherwise.")] = False
    by_call: Annotated[
        bool, Field(description="postpone: have the caller told by telephone; done when they confirm.")
    ] = False
    satisfaction: Annotated[int | None, Field(ge=1, le=5, description="follow_up: 1 and 2 reopen it.")] = None
    solved: Annotated[bool, Field(description="follow_up: not solved reopens it.")] = True
    supervisor: Annotated[
        bool, Field(description="Go beyond the ordinary limits; needs `tickets:supervise`.")
    ] = False
    who: Person = ""

    def check(self, action: TicketAction) -> None:
        """Refuse fields that say nothing about this action; raises :class:`ApiRefused`."""
        given = self.model_fields_set - {"why", "who"} - _FIELDS.get(action, frozenset())
        if given:
            raise ApiRefused(
                f"{', '.join(sorted(given))}: this says nothing about {action.value}.",
                code="field-not-of-action",
            )


class TicketNoteBody(Body):
    """A remark."""

    text: Annotated[Words, Field(min_length=1)]
    event: Annotated[
        Literal["remark", "responded", "feedback", "acknowledged"],
        Field(description="responded, feedback: the caller was told; acknowledged: somebody has it."),
    ] = "remark"
    who: Person = ""


class PromiseBody(Body):
    """By when the caller was told they are served."""

    until: Instant
    why: Note = ""
    supervisor: bool = False
    who: Person = ""


class OwnerBody(Body):
    """Who has the case from now on."""

    owner: Annotated[Word, Field(min_length=1)]
    why: Note = ""
    who: Person = ""


class NatureBody(Body):
    """What a matter is; what is left out stays."""

    nature: Nature | None = None
    fault: Word | None = None
    accused: Annotated[Word | None, Field(description="Who is complained about.")] = None
    why: Note = ""
    who: Person = ""
