"""By which account a call goes out, to which URI, and what it shows of us. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hotline.call.errors import DialFailed
from hotline.call.ports import DialOrder
from hotline.settings import Account
from hotline.telephony.addresses import parse_address

_SEPARATORS = re.compile(r"[\s().-]+")
_DIALLABLE = re.compile(r"^\+?[0-9A-Za-z_*#]+$")
_REPLACES = re.compile(r"[!-:<-~]+(;[\w-]+(=[!-:<-~]+)?)+", re.ASCII)
_URI = re.compile(r"^sips?:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Route:
    """How an order travels."""

    account: Account | None
    """``None``: the direct account, without any trunk."""
    uri: str
    caller: str
    """The number we present."""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def transport(self) -> str:
        """``udp``, ``tcp`` or ``tls``, as the URI says (RFC 3261 section 19.1.1)."""
        named = re.search(r";transport=(\w+)", self.uri, re.IGNORECASE)
        return named[1].lower() if named else "tls" if self.uri.lower().startswith("sips:") else "udp"


def route(order: DialOrder, accounts: Sequence[Account], *, own_host: str) -> Route:
    """Choose for ``order``: the named account, else the one whose number is presented, else the first
    outgoing one; a ``sip:`` URI needs none and goes directly unless an account is named.

    Raises:
        DialFailed: there is no such account, or the number cannot be dialled.
    """
    direct = bool(_URI.match(order.to))
    account = _account(order, accounts, needed=not direct)
    uri = order.to if direct else _number_uri(order.to, account)
    if any(char in uri for char in ' \r\n<>"') or (direct and parse_address(uri) is None):
        raise DialFailed(
            "The address to call is not a SIP address. Write sip:NAME@HOST.",
        )
    own = account.user if account is not None else "hotline"
    domain = account.domain if account is not None else own_host
    return Route(account, uri, order.caller_id or own, {**_identity(order, own, domain), **_replaces(order)})


def _account(order: DialOrder, accounts: Sequence[Account], *, needed: bool) -> Account | None:
    if order.account:
        named = next((a for a in accounts if a.name == order.account), None)
        if named is None:
            raise DialFailed(f'There is no account "{order.account}" under sip.accounts.')
        return named
    outgoing = [account for account in accounts if account.outgoing]
    presented = next((a for a in outgoing if order.caller_id and a.user == order.caller_id), None)
    if not needed:
        return presented
    if not outgoing:
        raise DialFailed(
            "A plain number cannot be called without an outgoing account. Add one under "
            "sip.accounts, or write the destination as sip:NAME@HOST."
        )
    return presented or outgoing[0]


def _number_uri(number: str, account: Account | None) -> str:
    digits = _SEPARATORS.sub("", number)
    if account is None or not _DIALLABLE.match(digits):
        raise DialFailed("The number to call has characters that cannot be dialled.")
    transport = "" if account.transport == "udp" else f";transport={account.transport}"
    # "#" would begin a fragment: RFC 3261 section 25.1 wants it escaped in a user part.
    return f"sip:{digits.replace('#', '%23')}@{account.domain}{transport}"


def _identity(order: DialOrder, own: str, domain: str) -> dict[str, str]:
    """Present another number than the account's as P-Asserted-Identity (RFC 3325).

    A From header of our own would be sent beside the library's, so From stays the account's.
    """
    if not order.caller_id or (order.caller_id == own and not order.caller_name):
        return {}
    name = re.sub(r'[\\"\r\n]', "", order.caller_name)
    number = re.sub(r"[^0-9A-Za-z+*_.-]", "", order.caller_id)
    return {"P-Asserted-Identity": f"{chr(34) + name + chr(34) + ' ' if name else ''}<sip:{number}@{domain}>"}


def _replaces(order: DialOrder) -> dict[str, str]:
    """Take a call's place (RFC 3891); without ``Require`` a telephone that cannot simply rings.

    The value came from a telephone's REFER: what is no Replaces is left out.
    """
    return {"Replaces": order.replaces} if _REPLACES.fullmatch(order.replaces) else {}
