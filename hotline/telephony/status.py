"""What is to be seen of the user agent from outside: channels, accounts, counters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from hotline.telephony.channels import ChannelsInUse


class AccountState(StrEnum):
    """Where an account's registration stands."""

    UNREGISTERED = "unregistered"
    """By configuration (``register_every: 0``): dials and answers without."""
    REGISTERING = "registering"
    REGISTERED = "registered"
    FAILED = "failed"
    """Refused or unreachable; tried again at ``next_try_at``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountStatus:
    """One account."""

    name: str
    state: AccountState
    since: datetime
    last_error: str = ""
    failures: int = 0
    """In a row."""
    next_try_at: datetime | None = None


@dataclass(slots=True, kw_only=True)
class Counters:
    """Counted since the process began."""

    invites: int = 0
    """Calls offered to us (re-INVITEs left out)."""
    refused_full: int = 0
    """486 because no channel was left."""
    refused_media: int = 0
    """No common codec or no acceptable description (488 and the like)."""
    refused_draining: int = 0
    refused_not_allowed: int = 0
    """From a source off the allow-list, where packets could not be filtered."""
    refused_flood: int = 0
    """One too many from a source, before its packets were dropped."""
    dropped_not_allowed: int = 0
    """Packets dropped unseen while only the allow-list was in force."""
    dropped_flood: int = 0
    """Packets dropped unseen while some source was shut out for flooding."""
    transfers_refused: int = 0
    dialled: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TelephonyStatus:
    """One glance at the user agent."""

    listening: str
    """``HOST:PORT`` of SIP over UDP and TCP, as configured."""
    addresses: tuple[str, ...]
    """Where calls really arrive: for 0.0.0.0 every address of this machine but loopback."""
    channels: ChannelsInUse
    channel_limit: int
    accounts: tuple[AccountStatus, ...]
    counters: Counters
    shut_out: tuple[str, ...]
    """Addresses whose INVITEs are dropped at the moment."""
    draining: bool
