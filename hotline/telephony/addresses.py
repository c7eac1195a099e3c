"""SIP addresses as they stand in headers: name-addr and addr-spec (RFC 3261 section 20.10, 25.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

_NAME_ADDR = re.compile(r'^\s*(?:"((?:[^"\\]|\\.)*)"|([^<"]*?))\s*<([^>]*)>')
_URI = re.compile(r"^\s*(sips?|tel):(?:([^@;?]*)@)?([^;?>]*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Address:
    """One party. ``host`` may carry a port; ``user`` is unescaped and without a password."""

    user: str
    host: str
    name: str = ""


def parse_address(value: str) -> Address | None:
    """Read a From, To, P-Asserted-Identity or Diversion value, a bare URI or a Request-URI.

    Of several comma-separated values the first one counts. Returns ``None`` for what is no
    ``sip:``, ``sips:`` or ``tel:`` address.
    """
    name = ""
    uri = value
    framed = _NAME_ADDR.match(value)
    if framed:
        name = re.sub(r"\\(.)", r"\1", framed[1]) if framed[1] is not None else framed[2]
        uri = framed[3]
    found = _URI.match(uri)
    if not found:
        return None
    scheme, user, host = found[1].lower(), found[2], found[3].strip()
    if scheme == "tel":
        return Address(unquote(host), "", name.strip())
    return Address(unquote(user or "").partition(":")[0], host, name.strip())


def host_of(authority: str) -> str:
    """Return the host of ``host``, ``host:port``, ``[v6]:port`` or a ``sip:`` URI."""
    text = re.sub(r"^sips?:", "", authority.strip(), flags=re.IGNORECASE)
    text = re.split(r"[;?>]", text.rpartition("@")[2])[0]
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text if text.count(":") > 1 else text.partition(":")[0]
