"""Deliveries that were given up: sent again by a person, or discarded when their channel is there no more."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.call.errors import HotlineError
from hotline.notifications import alarms, webhooks
from hotline.notifications.alarmkinds import AlarmKind
from hotline.notifications.models import DeliveryRow, DeliveryState

_NAMED = 5
"""Deliveries a refusal names one by one."""


class DeliveryRefused(HotlineError):
    """Deliveries that cannot be sent again, or are not to be discarded; nothing was changed."""

    code = "delivery-channel-gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Which of the deliveries that were given up; all of them unless told."""

    ids: Sequence[int] = ()
    channel: str | None = None
    estate: str | None = None


def in_service(session: Session, of_file: Collection[str]) -> frozenset[str]:
    """Return the channels there are: those of notifications.yaml and the webhooks of all estates."""
    return frozenset(of_file) | {row.channel for row in webhooks.listed(session)}


def again(
    session: Session, chosen: Chosen, channels: Collection[str], now: datetime, *, skip: bool = False
) -> list[int]:
    """Send them again and return their numbers; they begin anew, with all attempts before them.

    Raises :class:`DeliveryRefused` when one is for a channel that is not among ``channels``: it would
    wait for ever. With ``skip`` those are left as they are.
    """
    there, gone = _parted(session, chosen, channels)
    if gone and not skip:
        raise DeliveryRefused(
            f"There is nobody to send to: {_told(gone)}. Leave them out, or discard them; a channel of "
            "notifications.yaml that was taken out by mistake can be put back."
        )
    for row in there:
        row.state, row.attempts, row.next_at = DeliveryState.WAITING, 0, now
        row.finished_at = None
    return [row.id for row in there]


def discard(
    session: Session, chosen: Chosen, channels: Collection[str], now: datetime, *, skip: bool = False
) -> list[int]:
    """Forget deliveries for channels that are there no more, and their alarms; returns the numbers.

    Raises :class:`DeliveryRefused` (``delivery-channel-there``) when one can still be sent; with ``skip``
    those are left as they are.
    """
    there, gone = _parted(session, chosen, channels)
    if there and not skip:
        raise DeliveryRefused(
            f"These can still be sent: {_told(there)}. Send them again; only what is for a channel that is "
            "there no more is discarded.",
            code="delivery-channel-there",
        )
    for row in gone:
        session.delete(row)
    for channel in sorted({row.channel for row in gone}):
        alarms.clear(session, kind=AlarmKind.DELIVERY_FAILED, subject=channel, at=now)
    return [row.id for row in gone]


def stranded(session: Session, chosen: Chosen, channels: Collection[str]) -> list[int]:
    """Return the numbers of those that have nobody to go to."""
    return [row.id for row in _parted(session, chosen, channels)[1]]


def _parted(
    session: Session, chosen: Chosen, channels: Collection[str]
) -> tuple[list[DeliveryRow], list[DeliveryRow]]:
    """Return those whose channel is there, and the others."""
    rows = _rows(session, chosen)
    return [row for row in rows if row.channel in channels], [
        row for row in rows if row.channel not in channels
    ]


def _rows(session: Session, chosen: Chosen) -> Sequence[DeliveryRow]:
    query = select(DeliveryRow).where(DeliveryRow.state == DeliveryState.DEAD).with_for_update()
    if chosen.ids:
        query = query.where(DeliveryRow.id.in_(chosen.ids))
    if chosen.channel is not None:
        query = query.where(DeliveryRow.channel == chosen.channel)
    if chosen.estate is not None:
        query = query.where(DeliveryRow.estate == chosen.estate)
    return session.scalars(query.order_by(DeliveryRow.id)).all()


def _told(rows: Sequence[DeliveryRow]) -> str:
    named = ", ".join(f"{row.id} ({row.channel})" for row in rows[:_NAMED])
    return f"{named} and {len(rows) - _NAMED} more" if len(rows) > _NAMED else named
