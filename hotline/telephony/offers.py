"""What an INVITE says about who calls whom. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hotline.telephony.addresses import Address, parse_address
from hotline.telephony.wire import WireMessage

TEST_HEADER = "X-Hotline-Test"
"""Carries :attr:`~hotline.telephony.line.Line.test_mark` on a call of the hotline to itself."""
_KEPT = frozenset({"to", "p-asserted-identity", "remote-party-id", "diversion", "history-info"})


@dataclass(frozen=True, slots=True)
class Offer:
    """One incoming call as its INVITE describes it; numbers are raw."""

    caller: str
    caller_name: str
    dialled: str
    headers: Mapping[str, str]


def read_offer(headers: Mapping[str, str], *, uri: str, own_user: str, trusted: bool) -> Offer:
    """Read an INVITE's headers (lower-case names).

    ``trusted``: the source may assert identities (RFC 3325 section 9.1), so P-Asserted-Identity, or
    the older Remote-Party-ID, goes before From. ``own_user`` is the account's user part: where the
    Request-URI only names our own registration, the number dialled stands in To.
    """
    party = _asserted(headers) if trusted else None
    said = parse_address(headers.get("from", "")) or Address("", "")
    to = parse_address(headers.get("to", ""))
    target = parse_address(uri)
    dialled = target.user if target is not None else ""
    if dialled in ("", own_user) and to is not None and to.user:
        dialled = to.user
    return Offer(
        caller=party.user if party is not None else said.user,
        caller_name=(party.name if party is not None else "") or said.name,
        dialled=dialled or own_user,
        headers={_title(name): value for name, value in headers.items() if _worth_keeping(name)},
    )


def _asserted(headers: Mapping[str, str]) -> Address | None:
    for name in ("p-asserted-identity", "remote-party-id"):
        party = parse_address(headers.get(name, ""))
        if party is not None and party.user:
            return party
    return None


def _worth_keeping(name: str) -> bool:
    return name in _KEPT or name.startswith("x-")


def _title(name: str) -> str:
    return "-".join(part.capitalize() for part in name.split("-"))


def headers_of(message: WireMessage | None, exposed: Mapping[str, str]) -> dict[str, str]:
    """Return the INVITE's headers by lower-case name: from the wire, else those the library exposes."""
    if message is not None:
        return message.headers
    return {name.lower(): value for name, value in exposed.items()}
