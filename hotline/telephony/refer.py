"""What a REFER asks for: the Refer-To header (RFC 3515 section 2.1), also with Replaces (RFC 3891). Pure."""

from __future__ import annotations

import re
from urllib.parse import unquote

from hotline.call.events import TransferAsked
from hotline.telephony.addresses import parse_address

_FRAMED = re.compile(r"<([^>]*)>(.*)", re.DOTALL)
_METHOD = re.compile(r";\s*method=([^;?>\s]+)", re.IGNORECASE)
_REPLACES = re.compile(r"(?:^|&)Replaces=([^&]*)", re.IGNORECASE)


def parse_refer_to(value: str) -> TransferAsked | None:
    """Read a Refer-To value; ``None`` for what is no call to a ``sip:``, ``sips:`` or ``tel:`` address.

    A Replaces is unescaped (RFC 3261 section 19.1.1) and can be sent as a header as it is.
    """
    framed = _FRAMED.search(value)
    uri, parameters = (framed[1], framed[2]) if framed else (value.strip(), "")
    uri, _, headers = uri.partition("?")
    method = _METHOD.search(f"{uri};{parameters}")
    address = parse_address(uri)
    if address is None or (method is not None and method[1].upper() != "INVITE"):
        return None
    replaces = _REPLACES.search(headers)
    to = address.user if uri.lower().startswith("tel:") else uri.partition(";")[0].strip()
    return TransferAsked(to=to, replaces=unquote(replaces[1]) if replaces else "")
