"""``config/hotline.yaml`` as frozen models. Unknown keys are errors; every figure has its unit.

Defaults are the trade's (DOMAIN) or measured (DESIGN); the shipped file shows them as comments.
"""

from __future__ import annotations

import ipaddress
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from hotline import yamlsource
from hotline.language.numbers import normalise

Seconds = Annotated[float, Field(ge=0)]
Number = Annotated[str, Field(min_length=1, max_length=64)]
_ICE_URL = r"^(stun|turns?):[A-Za-z0-9.\[\]:_-]+?(:[0-9]{1,5})?(\?transport=(udp|tcp))?$"
Days = Annotated[int, Field(ge=0, le=36500)]


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
    consent: Literal["notice", "ask", "off"] = "notice"
    """``notice``: callers are told; ``ask``: they are told, and a key goes on without recording;
    ``off``: nothing is said (only where everybody has agreed in writing)."""
    refusal_key: str = Field("9", pattern=r"^[0-9]$")
    """With ``ask``: the key that refuses. It counts only while the question is asked."""
    encoding: Literal["alaw", "pcm"] = "alaw"
    keep_days: int | None = Field(None, ge=1)
    """Older form of ``retention.recordings`` and ``retention.transcripts``, which win."""
    free_space_mb: int = Field(500, ge=0)
    """Below this much free disk calls go on without recording, with an alarm."""

    @model_validator(mode="before")
    @classmethod
    def _older_form(cls, given: Any) -> Any:
        """``announce: true`` was ``consent: notice``, ``false`` was ``off``."""
        if not isinstance(given, dict) or not isinstance(given.get("announce"), bool):
            return given
        kept = {name: value for name, value in given.items() if name != "announce"}
        return {"consent": "notice" if given["announce"] else "off"} | kept


class Retention(Section):
    """How long what is kept, in days; 0 keeps it. Done every night by the work process (DOMAIN section 9)."""

    hour: int = Field(3, ge=0, le=23)
    """Local hour of the first estate from which it is done, once a day."""
    recordings: Days = 180
    transcripts: Days = 180
    call_numbers: Days = 730
    """Numbers and names in call records are masked; the records stay for the reports."""
    messages: Days = 365
    """Messages that were delivered or given up."""
    call_backs: Days = 180
    ticket_people: Days = 1095
    """Names, numbers and words on tickets closed so long; what was done stays."""
    stays: Days = 730
    """Names of guests who left so long ago."""
    placed_calls: Days = 730
    """Numbers and names of machine-placed calls, campaigns and questions to owners that ended."""
    audit: Days = 1095
    api_answers: Days = 30
    sessions: Days = 30
    """Sessions of the console that ended."""
    outbox: Days = 30
    """Events every reader has passed, and deliveries that ended."""


class Speech(Section):
    """Recognition in the call (live) and after it (batch)."""

    live: tuple[Literal["vosk", "pocketsphinx", "whisper"], ...] = ("vosk", "pocketsphinx", "whisper")
    """Engines by preference; the first whose model is present is used."""
    live_slots: int = Field(2, ge=0)
    emergency_slots: int = Field(1, ge=0)
    talks: Literal["auto", "on", "off"] = "auto"
    """Whether what caller and operator say is shown on the operator's desk while they talk (docs/desk.md).
    ``auto``: with an engine that takes free speech down as it is spoken (Vosk); ``on``: with one that does so
    after each utterance, too (Whisper). Never of a call that is not recorded."""
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
    second_factor: Literal["administrators", "everybody", "nobody"] = "administrators"
    """Who must show a code of an authenticator app besides the password."""
    certificate: Path | None = None
    """PEM, the chain; may contain the key. Without one the hotline makes its own (docs/accounts.md)."""
    key: Path | None = None
    """PEM; empty: it stands in ``certificate``."""
    names: tuple[str, ...] = ()
    """Further host names and addresses by which people reach the console: for the own certificate."""
    behind_proxy: tuple[str, ...] = ()
    """Addresses of the proxies that serve HTTPS for the console: plain HTTP here, and what they say of the
    visitor (``X-Forwarded-For``, ``-Proto``) is believed from nobody else."""
    redirect_from: str = ""
    """HOST:PORT where plain HTTP is answered with the way to HTTPS; empty: nowhere."""

    @field_validator("behind_proxy")
    @classmethod
    def _proxies(cls, addresses: tuple[str, ...]) -> tuple[str, ...]:
        for address in addresses:
            ipaddress.ip_network(address)
        return addresses

    @model_validator(mode="after")
    def _key_has_certificate(self) -> Web:
        if self.key is not None and self.certificate is None:
            raise ValueError("key needs a certificate beside it")
        return self


class IceServer(Section):
    """A STUN or TURN server (RFC 8489, RFC 8656) for headsets beyond a NAT. Passwords stand in files."""

    urls: tuple[Annotated[str, Field(pattern=_ICE_URL)], ...] = Field(min_length=1)
    """``stun:HOST:PORT``, ``turn:HOST:PORT?transport=udp`` (or ``tcp``), ``turns:HOST:PORT``."""
    username: str = ""
    password_file: Path | None = None
    """Of a TURN server with fixed names and passwords."""
    secret_file: Path | None = None
    """Secret shared with the TURN server (coturn: ``static-auth-secret``): passwords for a day."""

    @model_validator(mode="after")
    def _can_be_opened(self) -> IceServer:
        if self.password_file is not None and self.secret_file is not None:
            raise ValueError("give password_file or secret_file, not both")
        opens = self.secret_file is not None or (self.password_file is not None and self.username)
        if not opens and any(url.startswith("turn") for url in self.urls):
            raise ValueError("a TURN server needs secret_file, or username and password_file")
        return self


class Headsets(Section):
    """Headsets in browsers and on desktops (WebRTC)."""

    addresses: tuple[str, ...] = ()
    """Own addresses their sound is exchanged on; empty: all of this machine."""
    most: int = Field(60, ge=1, le=200)
    """Headsets at once."""
    ice: tuple[IceServer, ...] = ()
    """Asked by headsets and by the hotline for ways through a NAT; none: sound goes directly only."""

    @field_validator("addresses")
    @classmethod
    def _addresses(cls, addresses: tuple[str, ...]) -> tuple[str, ...]:
        for address in addresses:
            ipaddress.ip_address(address)
        return addresses


class Settings(Section):
    """All of ``config/hotline.yaml``."""

    sip: Sip = Sip()
    recording: Recording = Recording()
    retention: Retention = Retention()
    speech: Speech = Speech()
    web: Web = Web()
    headsets: Headsets = Headsets()
    estates: tuple[Estate, ...] = (Estate(id="default", name="物业"),)
    database: str = ""
    """SQLAlchemy URL; empty: SQLite in ``HOME/hotline.db``."""
    drain_seconds: Seconds = 60.0
    """SIGTERM: running calls may finish this long."""

    @model_validator(mode="before")
    @classmethod
    def _older_form(cls, given: Any) -> Any:
        """``recording.keep_days`` counts where ``retention`` does not say otherwise."""
        recording = given.get("recording") if isinstance(given, dict) else None
        days = recording.get("keep_days") if isinstance(recording, dict) else None
        retention = given.get("retention") or {} if isinstance(given, dict) else {}
        if not isinstance(days, int) or days < 1 or not isinstance(retention, dict):
            return given
        return given | {"retention": {"recordings": days, "transcripts": days} | retention}

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
