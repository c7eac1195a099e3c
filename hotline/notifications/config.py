"""``config/notifications.yaml`` as frozen models."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import SplitResult, urlsplit

import httpx
from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, field_validator, model_validator

from hotline.call.ports import Urgency
from hotline.notifications.routes import PATTERN
from hotline.notifications.templates import Language, Template

SHORTEST_SECRET = 16
"""Characters; anything shorter can be guessed from one signed message."""
LONGEST_TIMEOUT = 60.0
ChannelName = Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,40}$")]


class Section(BaseModel):
    """Base: frozen, nothing unknown; values never show up in errors, they may be secret."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


def _address(url: str) -> str:
    try:
        parts = urlsplit(url)
        host = httpx.URL(url).host and parts.hostname
    except (ValueError, httpx.InvalidURL):
        host = None
    if not host or parts.scheme not in ("http", "https") or any(map(str.isspace, parts.netloc)):
        raise ValueError("must be an address such as https://example.com/path")
    if parts.username or parts.password:
        raise ValueError("must not hold a user or password: sign with `secret` instead")
    if not _port_holds(parts):
        raise ValueError("the port of the address must be a number from 1 to 65535")
    return url


def _port_holds(parts: SplitResult) -> bool:
    try:
        return parts.port is None or parts.port > 0
    except ValueError:
        return False


class _Common(Section):
    language: Language = "zh"
    personal: bool = False
    """May see callers' numbers, names and words."""
    timeout: float = Field(10.0, ge=1, le=LONGEST_TIMEOUT)
    """Seconds for one attempt as a whole."""
    attempts: int = Field(15, ge=1, le=100)
    """Then it is given up; 15 last about two days."""
    parallel: int = Field(1, ge=1, le=8)
    """Messages under way at once; with 1 they stay in order as long as none fails."""


class _OverHttp(_Common):
    url: str = ""
    ca_file: Path | None = None
    """PEM of the authority that signed the receiver's certificate, when it is your own."""
    proxy: str = ""
    """``http://HOST:PORT``; the environment's proxies are not used."""

    @field_validator("url")
    @classmethod
    def _url(cls, url: str) -> str:
        return _address(url) if url else url


class WebhookChannel(_OverHttp):
    """A receiver of one's own: JSON, signed."""

    type: Literal["webhook"]
    secret: str = ""
    secret_file: Path | None = None
    parallel: int = Field(4, ge=1, le=8)


class _Robot(_OverHttp):
    url_file: Path | None = None
    """The address holds the robot's key: it may stand in a file of its own."""
    per_minute: int = Field(20, ge=1, le=1000)
    """What the maker allows; more wait."""
    keyword: str = ""
    """Added to messages that lack it, where the robot only takes messages with a keyword."""
    mention_all: bool = False
    mention: tuple[str, ...] = ()
    """Mobile numbers of people to mention."""


class WecomChannel(_Robot):
    """企业微信 group robot."""

    type: Literal["wecom"]


class DingtalkChannel(_Robot):
    """钉钉 group robot; with ``secret`` (加签) its address is signed."""

    type: Literal["dingtalk"]
    secret: str = ""
    secret_file: Path | None = None


class EmailChannel(_Common):
    """Mail over SMTP."""

    type: Literal["email"]
    host: str = Field(min_length=1)
    port: int | None = Field(None, ge=1, le=65535)
    security: Literal["starttls", "ssl", "plain"] = "starttls"
    user: str = ""
    password: str = ""
    password_file: Path | None = None
    sender: str = Field(min_length=3)
    to: tuple[str, ...] = Field(min_length=1)
    ca_file: Path | None = None

    @field_validator("sender", "to")
    @classmethod
    def _mailbox(cls, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
        for address in (value,) if isinstance(value, str) else value:
            name, at, domain = address.rpartition("@")
            if not (name and at and domain) or any(c.isspace() or c in "<>,;" for c in address):
                raise ValueError("every address is written plainly: duty@example.com")
        return value

    @property
    def effective_port(self) -> int:
        """The port given, or the usual one: 587 (RFC 6409), 465 (RFC 8314), 25."""
        return self.port or {"starttls": 587, "ssl": 465, "plain": 25}[self.security]


def _type_of(value: object) -> object:
    return value.get("type") if isinstance(value, dict) else getattr(value, "type", None)


ChannelConfig = Annotated[
    Annotated[WebhookChannel, Tag("webhook")]
    | Annotated[EmailChannel, Tag("email")]
    | Annotated[WecomChannel, Tag("wecom")]
    | Annotated[DingtalkChannel, Tag("dingtalk")],
    Discriminator(
        _type_of,
        custom_error_type="channel_type",
        custom_error_message="type must be webhook, email, wecom or dingtalk",
    ),
]


class RouteConfig(Section):
    """Events of these kinds go to these channels."""

    events: tuple[str, ...] = Field(min_length=1)
    to: tuple[str, ...] = Field(min_length=1)
    estates: tuple[str, ...] = ()
    urgency: tuple[Urgency, ...] = ()
    alarms: tuple[str, ...] = ()

    @field_validator("events")
    @classmethod
    def _patterns(cls, events: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in events:
            if not PATTERN.fullmatch(pattern):
                raise ValueError(f'"{pattern}" is no kind of event: write ticket.opened, ticket.* or "*"')
        return events


class AlarmsConfig(Section):
    """How people are told of alarms."""

    remind_every_hours: float = Field(4.0, ge=0.25, le=24 * 7)
    """While an alarm stands."""


class RetentionConfig(Section):
    """How long deliveries are kept."""

    delivered_days: int = Field(30, ge=1)
    dead_days: int = Field(90, ge=1)


class NotificationsFile(Section):
    """The whole file."""

    channels: dict[ChannelName, ChannelConfig] = {}
    routes: tuple[RouteConfig, ...] = ()
    alarms: AlarmsConfig = AlarmsConfig()
    keep: RetentionConfig = RetentionConfig()
    templates: dict[str, dict[Language, Template]] = {}

    @model_validator(mode="before")
    @classmethod
    def _empty_sections(cls, value: object) -> object:
        """A section whose lines are all comments is empty, not wrong."""
        if not isinstance(value, dict):
            return value
        return {name: part for name, part in value.items() if part is not None}
