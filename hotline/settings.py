"""``config/hotline.yaml`` as frozen models. Unknown keys are errors; every figure has its unit.

Defaults are the trade's (DOMAIN) or measured (DESIGN); the shipped file shows them as comments.
"""

from __future__ import annotations

import ipaddress
from functools import partial
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from hotline import yamlsource
from hotline.language.numbers import normalise

Seconds = Annotated[float, Field(ge=0)]
Number = Annotated[str, Field(min_length=1, max_length=64)]


class Section(BaseModel):
    """Base: frozen, nothing unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Account(Section):
    """A trunk or PBX account. ``register_every: 0`` dials and answers without registering."""

    name: str = Field(pattern=r"^[a-z0-9_-]+$")
    user: str
    domain: str
    """Host or host:port."""
    password: str = ""
    password_file: Path | None = None
    auth_user: str | None = None
    proxy: str | None = None
    display_name: str = ""
    transport: Literal["udp", "tcp", "tls"] = "udp"
    srtp: Literal["off", "offered", "required"] = "off"
    register_every: int = Field(600, ge=0)
    """Seconds; 0: no registration."""
    outgoing: bool = True
    """May carry calls we place; the first such account is the default."""


class Ringing(Section):
    """How long to ring and what counts as late (DOMAIN section 2)."""

    answer_after: Seconds = 1.0
    ring_cycle: float = Field(5.0, gt=0)
    apology_after_rings: int = Field(6, ge=1)


class Channels(Section):
    """Our own limit, below the library's 255 a process."""

    total: int = Field(150, ge=1, le=250)
    """Measured on two cores: held with clean sound at 150, answered keys within 0.2 s at 100."""
    reserved_outgoing: int = Field(4, ge=0)
    reserved_emergency: int = Field(2, ge=0)

    @model_validator(mode="after")
    def _leaves_room(self) -> Channels:
        if self.total <= self.reserved_outgoing + self.reserved_emergency:
            raise ValueError("total must be larger than the reserved channels together")
        return self


class Admission(Section):
    """Who may send INVITEs at all, and how many."""

    allow: tuple[str, ...] = ("0.0.0.0/0", "::/0")
    """Networks; the accounts' hosts are always allowed."""
    invites_per_minute: int = Field(60, ge=1)
    """Per source address; more are dropped and counted."""
    burst: int = Field(20, ge=1)

    @field_validator("allow")
    @classmethod
    def _networks(cls, allow: tuple[str, ...]) -> tuple[str, ...]:
        for network in allow:
            ipaddress.ip_network(network)
        return allow


class Sip(Section):
    """The SIP user agent."""

    listen: str = "0.0.0.0:5060"
    rtp_ports: str = Field("16384-17383", pattern=r"^\d+-\d+$")
    tls_certificate: Path | None = None
    """PEM with key; needed for incoming TLS."""
    tls_port: int | None = None
    codecs: tuple[Literal["pcma", "pcmu", "g722", "opus"], ...] = ("pcma", "pcmu", "g722", "opus")
    rtp_timeout: int = Field(30, ge=0)
    """Seconds without RTP before a call counts as dead; 0 switches it off."""
    country: str = Field("CN", min_length=2, max_length=2)
    """Region for number normalisation."""
    area_code: str = ""
    """Own area code, for short local numbers (``0539``)."""
    emergency_numbers: tuple[Number, ...] = ()
    """Caller or dialled numbers that get reserved channels and go straight to the emergency."""
    ringing: Ringing = Ringing()
    channels: Channels = Channels()
    admission: Admission = Admission()
    accounts: tuple[Account, ...] = ()

    @field_validator("rtp_ports")
    @classmethod
    def _ports_exist(cls, ports: str) -> str:
        low, high = (int(part) for part in ports.split("-"))
        if not 0 < low < high < 65536:
            raise ValueError(f'"{ports}" is no range of ports: from 1 to 65535, the lower one first')
        return ports

    @field_validator("accounts")
    @classmethod
    def _names_differ(cls, accounts: tuple[Account, ...]) -> tuple[Account, ...]:
        names = [account.name for account in accounts]
        if len(names) != len(set(names)):
            raise ValueError("account names must differ")
        return accounts


class Recording(Section):
    """Recording of calls (DOMAIN section 9: callers are told)."""

    enabled: bool = True
    announce: bool = True
    encoding: Literal["alaw", "pcm"] = "alaw"
    keep_days: int = Field(180, ge=1)
    free_space_mb: int = Field(500, ge=0)
    """Below this much free disk calls go on without recording, with an alarm."""


class Speech(Section):
    """Recognition in the call (live) and after it (batch)."""

    live: tuple[Literal["vosk", "pocketsphinx", "whisper"], ...] = ("vosk", "pocketsphinx", "whisper")
    """Engines by preference; the first whose model is present is used."""
    live_slots: int = Field(2, ge=0)
    emergency_slots: int = Field(1, ge=0)
    batch: tuple[Literal["whisper", "vosk", "pocketsphinx"], ...] = ("whisper", "vosk", "pocketsphinx")
    models: Path | None = None
    """Model folder; default ``HOME/models``."""
    accept_score: float = Field(0.5, ge=0, le=1)
    """Below this a recognised answer is asked again."""


class Estate(Section):
    """One property. The dialled number selects it; the first is the default."""

    id: str = Field(pattern=r"^[a-z0-9_-]+$")
    name: str
    numbers: tuple[Number, ...] = ()
    """Dialled numbers that belong to it."""
    menu: str = "main"
    language: Literal["zh", "en"] = "zh"
    timezone: str = "Asia/Shanghai"
    emergency_roster: str = "emergency"

    @field_validator("timezone")
    @classmethod
    def _zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f'no time zone "{name}"') from error
        return name


class Web(Section):
    """The web process."""

    listen: str = "127.0.0.1:8080"


class Settings(Section):
    """All of ``config/hotline.yaml``."""

    sip: Sip = Sip()
    recording: Recording = Recording()
    speech: Speech = Speech()
    web: Web = Web()
    estates: tuple[Estate, ...] = (Estate(id="default", name="物业"),)
    database: str = ""
    """SQLAlchemy URL; empty: SQLite in ``HOME/hotline.db``."""
    drain_seconds: Seconds = 60.0
    """SIGTERM: running calls may finish this long."""

    @field_validator("estates")
    @classmethod
    def _estates(cls, estates: tuple[Estate, ...]) -> tuple[Estate, ...]:
        if not estates:
            raise ValueError("at least one estate is needed")
        ids = [estate.id for estate in estates]
        if len(ids) != len(set(ids)):
            raise ValueError("estate ids must differ")
        return estates

    def estate_for(self, dialled: str) -> Estate:
        """Return the estate a dialled number belongs to, the first one when none claims it.

        Numbers are compared normalised: ``05391234567`` is also ``+865391234567``.
        """
        plain = partial(normalise, country=self.sip.country, area_code=self.sip.area_code)
        called = plain(dialled)
        for estate in self.estates:
            if dialled in estate.numbers or (called and called in map(plain, estate.numbers)):
                return estate
        return self.estates[0]


def load(path: Path, *, shown_as: str | None = None) -> Settings:
    """Read ``hotline.yaml``; raises :class:`~hotline.call.errors.InvalidInput` with every problem."""
    return yamlsource.validate(Settings, yamlsource.read(path, shown_as=shown_as))
