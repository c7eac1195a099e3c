"""What requests say, checked before anything is done; the field of every mistake is named."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationInfo
from pydantic import field_validator as checked

from hotline.call.ports.wakeups import Repeat, WakeTime
from hotline.confirmations.states import Matter, Spot


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("control characters are not taken")
    return text


Word = Annotated[str, StringConstraints(strip_whitespace=True, max_length=64), AfterValidator(_printable)]
RoomText = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=64),
    AfterValidator(_printable),
    Field(description="3-2-602, A-1203 or 808", examples=["808"]),
]
Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), AfterValidator(_printable)]
Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2199, 12, 31), examples=["2026-11-25"])]
Language = Literal["zh", "en"]


def _decent(at: datetime) -> datetime:
    if not 2000 <= at.year < 2200:  # beyond, other zones have no such year
        raise ValueError("a year from 2000 to 2199 is meant")
    return at


Instant = Annotated[
    datetime, AfterValidator(_decent),
    Field(
        description="ISO 8601; without an offset it is the estate's time.",
        examples=["2026-11-23T08:00:00+08:00"],
    ),
]  # fmt: skip


class Body(BaseModel):
    """A request's body: what is not known is a mistake, not left out."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class WhenBody(Body):
    """When somebody wants to be woken, in the estate's local time."""

    at: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", examples=["07:00"])]
    repeat: Repeat = Repeat.ONCE
    days: Annotated[
        list[Annotated[int, Field(ge=1, le=7)]], Field(max_length=7, description="1: Monday")
    ] = []
    first: Day | None = None
    until: Day | None = None

    @checked("days")
    @classmethod
    def _days(cls, days: list[int], info: ValidationInfo) -> list[int]:
        chosen = info.data.get("repeat") is Repeat.DAYS
        if chosen != bool(days):
            raise ValueError("needed with repeat: days" if chosen else "only with repeat: days")
        return days

    @checked("until")
    @classmethod
    def _until(cls, until: date | None, info: ValidationInfo) -> date | None:
        if until is not None and info.data.get("repeat") is Repeat.ONCE:
            raise ValueError("a wake-up that does not repeat has no last day")
        return until

    @property
    def when(self) -> WakeTime:
        """The time as the book takes it."""
        return WakeTime(
            at=time.fromisoformat(self.at), repeat=self.repeat, first=self.first,
            days=frozenset(self.days), until=self.until,
        )  # fmt: skip


class NewWakeupBody(WhenBody):
    """A wake-up to be booked."""

    room: RoomText
    to: Word = ""
    """Rung instead of the room's own telephone."""
    language: Language | None = None
    """Spoken first; left out: the guest's, else the estate's."""
    note: Note = ""


class CheckInBody(Body):
    """A guest who stays in a room."""

    room: RoomText
    name: Annotated[Word, Field(min_length=1)]
    arrival: Day | None = None
    """Today when left out."""
    departure: Day | None = None
    language: Language = "zh"


class MoveBody(Body):
    """A guest who gets another room."""

    room: RoomText
    to_room: RoomText


class CheckOutBody(Body):
    """A guest who leaves."""

    room: RoomText


class QuestionBody(Body):
    """Who or what waits for the owner's yes."""

    room: RoomText
    matter: Matter = Matter.VISITOR
    persons: Annotated[int, Field(ge=1, le=99)] | None = None
    plate: Word = ""
    at: Spot | None = None
    """Where they wait; is said."""
    who: Word = ""
    """Kept with the question, not spoken."""
    what: Note = ""
    language: Language | None = None


class DecisionBody(Body):
    """What the owner said to the desk."""

    allow: bool
    note: Note = ""


class PaidBody(Body):
    """Money that came."""

    paid_on: Day | None = None
    """Today when left out."""
    how: Word = ""
