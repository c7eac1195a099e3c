"""Signatures. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
from urllib.parse import quote_plus


def webhook_signature(secret: str, timestamp: str, body: bytes) -> str:
    """Return ``sha256=…``: HMAC-SHA256 over ``timestamp.body``, in hexadecimal."""
    signed = timestamp.encode() + b"." + body
    return "sha256=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def dingtalk_address(url: str, secret: str, milliseconds: int) -> str:
    """Return a DingTalk robot's address signed for this instant (加签).

    HMAC-SHA256 over ``milliseconds``, newline, secret; Base64; percent-encoded. The receiver takes it
    within an hour.
    """
    signed = hmac.new(secret.encode(), f"{milliseconds}\n{secret}".encode(), hashlib.sha256).digest()
    sign = quote_plus(base64.b64encode(signed))
    return f"{url}{'&' if '?' in url else '?'}timestamp={milliseconds}&sign={sign}"
