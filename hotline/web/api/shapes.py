"""What answers look like: models that are both the answer and its description."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Generic, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

T = TypeVar("T")

Moment = Annotated[
    str, Field(json_schema_extra={"format": "date-time"}, examples=["2026-11-23T07:00:00+08:00"])
]
"""An instant, ISO 8601 with the estate's own offset."""
DayText = Annotated[str, Field(json_schema_extra={"format": "date"}, examples=["2026-11-25"])]
Cents = Annotated[str, Field(pattern=r"^-?\d+\.\d{2}$", examples=["12.50"])]
"""Yuan with two places: a text, so that no reader rounds it."""


class Out(BaseModel):
    """An answer's body or a part of it."""

    model_config = ConfigDict(frozen=True, json_schema_serialization_defaults_required=True)


class Page(Out, Generic[T]):
    """Some of a list; ``next`` asks for what follows."""

    items: list[T]
    next: Annotated[
        str | None, Field(description="`?cursor=` of the next page; null: there is none.", examples=[None])
    ] = None


class FieldProblem(BaseModel):
    """One mistake of a request."""

    field: str
    message: str
    line: int | None = None


class Problem(BaseModel):
    """What was refused and why (RFC 9457)."""

    type: Annotated[str, Field(examples=["about:blank"])]
    title: Annotated[str, Field(examples=["Not found"])]
    status: Annotated[int, Field(examples=[404])]
    code: Annotated[str, Field(description="Stable; for programs.", examples=["ticket-unknown"])]
    detail: Annotated[str, Field(description="A sentence for people.")]
    errors: Annotated[list[FieldProblem], Field(description="Which fields are wrong.")] = []


def moment(at: datetime | None, zone: ZoneInfo) -> str | None:
    """``2026-11-23T07:00:00+08:00``."""
    return None if at is None else instant(at, zone)


def instant(at: datetime, zone: ZoneInfo) -> str:
    """As :func:`moment`, of an instant that is there; to the millisecond where it has one."""
    local = at.astimezone(zone)
    return local.isoformat(timespec="milliseconds" if local.microsecond >= 1000 else "seconds")


def day(on: date | None) -> str | None:
    """``2026-11-25``."""
    return None if on is None else on.isoformat()


def plain(body: Any) -> dict[str, Any]:
    """Return an answer's body as JSON has it."""
    if isinstance(body, BaseModel):
        return body.model_dump(mode="json")
    found: dict[str, Any] = body
    return found
