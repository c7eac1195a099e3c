"""Webhooks kept by administrators: made, changed, paused, removed – and put among the file's channels."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog
from pydantic import ValidationError
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from hotline.call.errors import EnvironmentFault, HotlineError
from hotline.notifications import alarms
from hotline.notifications.alarmkinds import AlarmKind
from hotline.notifications.config import ChannelConfig, WebhookChannel
from hotline.notifications.eventkinds import doubt
from hotline.notifications.loader import Plan
from hotline.notifications.models import DeliveryRow, DeliveryState
from hotline.notifications.routes import PATTERN, Route
from hotline.notifications.sealing import Seal
from hotline.notifications.templates import Language
from hotline.notifications.webhookmodels import WebhookRow

log = structlog.get_logger(__name__)

LONGEST_NAME = 64
_SECRET_BYTES = 32
_UNCHECKED = "x" * _SECRET_BYTES


class WebhookRefused(HotlineError):
    """A webhook that cannot be as it is given, or is not there; nothing was changed."""

    code = "webhook-refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWebhook:
    """A receiver as somebody gives it."""

    name: str
    url: str
    events: Collection[str]
    estate: str = ""
    language: Language = "zh"
    personal: bool = False


@dataclass(frozen=True, slots=True)
class Issued:
    """A webhook with the secret that was just made; it is shown once."""

    row: WebhookRow
    secret: str


def create(session: Session, new: NewWebhook, seal: Seal, *, by: str, at: datetime) -> Issued:
    """Make a webhook; raises :class:`WebhookRefused` naming what cannot be."""
    _check(new)
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    row = WebhookRow(
        id=secrets.token_hex(4), name=new.name.strip(), estate=new.estate, url=new.url,
        events=sorted(set(new.events)), language=new.language, personal=new.personal,
        secret=seal.seal(secret), paused=False, created_at=at, created_by=by, changed_at=at,
        removed_at=None, version=1,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return Issued(row, secret)


def listed(session: Session, estate: str | None = None) -> Sequence[WebhookRow]:
    """Return the webhooks there are, by name; ``estate``: only those of it."""
    query = select(WebhookRow).where(WebhookRow.removed_at.is_(None))
    if estate is not None:
        query = query.where(WebhookRow.estate == estate)
    return session.scalars(query.order_by(WebhookRow.name, WebhookRow.id)).all()


def find(session: Session, given: str, *, estate: str = "", lock: bool = False) -> WebhookRow:
    """Return a webhook by its id; raises :class:`WebhookRefused` (``webhook-unknown``)."""
    row = session.get(WebhookRow, given, with_for_update=lock or None, populate_existing=lock)
    if row is None or row.removed_at is not None or estate not in ("", row.estate):
        raise WebhookRefused(f'There is no webhook "{given}".', code="webhook-unknown")
    return row


def change(session: Session, row: WebhookRow, new: NewWebhook, *, at: datetime) -> None:
    """Change what is known of it; the secret stays. Raises :class:`WebhookRefused`."""
    _check(new)
    row.name, row.url, row.events = new.name.strip(), new.url, sorted(set(new.events))
    row.estate, row.language, row.personal = new.estate, new.language, new.personal
    _touched(row, at)


def pause(row: WebhookRow, paused: bool, *, at: datetime) -> None:
    """Send nothing for now, or go on with what has waited."""
    if row.paused is not paused:
        row.paused = paused
        _touched(row, at)


def renew_secret(row: WebhookRow, seal: Seal, *, at: datetime) -> str:
    """Give it a new secret and return it; the old one signs nothing any more."""
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    row.secret = seal.seal(secret)
    _touched(row, at)
    return secret


def remove(session: Session, row: WebhookRow, *, at: datetime) -> int:
    """Send it nothing any more; returns how many deliveries that waited are given up.

    An alarm that they do not arrive is over: nothing will ever arrive there again.
    """
    row.removed_at = at
    _touched(row, at)
    alarms.clear(session, kind=AlarmKind.DELIVERY_FAILED, subject=row.channel, at=at)
    waiting = (
        update(DeliveryRow)
        .where(DeliveryRow.channel == row.channel, DeliveryRow.state == DeliveryState.WAITING)
        .values(
            state=DeliveryState.DEAD, last_error="the webhook was removed", finished_at=at, held_until=None
        )
    )
    return session.connection().execute(waiting).rowcount


def with_webhooks(plan: Plan, rows: Sequence[WebhookRow], seal: Seal) -> Plan:
    """Return the plan of the file with the webhooks of the table among its channels and routes.

    One whose secret cannot be opened is paused: what it is to get waits until the key is back.
    """
    channels: dict[str, ChannelConfig] = dict(plan.channels)
    routes, paused = list(plan.routes), set()
    for row in rows:
        try:
            channels[row.channel] = config_of(row, seal)
        except EnvironmentFault as fault:
            log.warning("a webhook cannot be signed and waits", webhook=row.id, reason=fault.code)
            channels[row.channel] = _config(row, _UNCHECKED)
            paused.add(row.channel)
        if row.paused:
            paused.add(row.channel)
        estates = frozenset({row.estate}) if row.estate else frozenset()
        routes.append(Route(events=tuple(row.events), to=(row.channel,), estates=estates))
    return replace(plan, channels=channels, routes=tuple(routes), paused=frozenset(paused))


def config_of(row: WebhookRow, seal: Seal) -> WebhookChannel:
    """Return a webhook as a channel; raises :class:`~hotline.call.errors.EnvironmentFault` without key."""
    return _config(row, seal.open(row.secret))


def _config(row: WebhookRow, secret: str) -> WebhookChannel:
    """Not checked once more: an address that is not taken any more would stop all other channels."""
    return WebhookChannel.model_construct(
        type="webhook", url=row.url, secret=secret, personal=row.personal,
        language="en" if row.language == "en" else "zh",
    )  # fmt: skip


def _touched(row: WebhookRow, at: datetime) -> None:
    row.changed_at, row.version = at, row.version + 1


def _check(new: NewWebhook) -> None:
    name = new.name.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise WebhookRefused(f"A webhook needs a name of at most {LONGEST_NAME} characters.")
    try:
        WebhookChannel(type="webhook", url=new.url, secret=_UNCHECKED)
    except ValidationError as error:
        raise WebhookRefused(
            "The address must be like https://example.com/path or https://example.com:8443/path (port 1 to "
            "65535), without a user or password.",
            code="webhook-address",
        ) from error
    if not new.url:
        raise WebhookRefused("A webhook needs an address.", code="webhook-address")
    if not new.events:
        raise WebhookRefused("Say which events it gets: ticket.*, or * for all.", code="webhook-events")
    for pattern in new.events:
        wrong = doubt(pattern) if PATTERN.fullmatch(pattern) else (f'"{pattern}" is no kind of event', True)
        if wrong is not None and wrong[1]:
            raise WebhookRefused(f"{wrong[0]}: write ticket.opened, ticket.* or *.", code="webhook-events")
