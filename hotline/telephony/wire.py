"""SIP messages as they passed on the wire, taken from the library's message trace.

The library's events lack what the hotline must know: the address a request really came from,
the Request-URI, and the session descriptions. Its trace has them all, so the trace is switched on
and read here, in memory; nothing of it is ever logged (docs/decisions/0002).
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass

TRACE_LOGGER = "baresip.native.sip"

_HEAD = re.compile(r"^(?P<way>RX|TX) (?P<transport>\w+) (?P<source>\S+) -> (?P<target>\S+)\n", re.ASCII)
_COMPACT = {"i": "call-id", "f": "from", "t": "to", "v": "via", "m": "contact", "c": "content-type"}
"""Short header names (RFC 3261 section 7.3.3)."""


@dataclass(frozen=True, slots=True)
class WireMessage:
    """One SIP message with the addresses it travelled between."""

    received: bool
    transport: str
    """``udp``, ``tcp`` or ``tls``."""
    source: str
    """IP address of the sender, without port."""
    target: str
    method: str
    """Of a request; the CSeq's method of a response."""
    uri: str
    """Request-URI; empty for a response."""
    status: int
    """Of a response; 0 for a request."""
    headers: dict[str, str]
    """Lower-case name to first value."""
    body: str

    @property
    def call_id(self) -> str:
        """The dialog's Call-ID."""
        return self.headers.get("call-id", "")

    @property
    def opens_call(self) -> bool:
        """An INVITE outside a dialog (no To tag, RFC 3261 section 12.2)."""
        return self.method == "INVITE" and not self.status and ";tag=" not in self.headers.get("to", "")


def parse_trace(text: str) -> WireMessage | None:
    """Read one trace record; ``None`` for anything that is no SIP message (keep-alives, garbage)."""
    head = _HEAD.match(text)
    if not head:
        return None
    top, _, body = text[head.end() :].replace("\r\n", "\n").partition("\n\n")
    first, *rest = top.split("\n")
    headers = _headers(rest)
    words = first.split(" ", 2)
    if len(words) < 3:
        return None
    response = words[0].startswith("SIP/")
    if response and not words[1].isdigit():
        return None
    return WireMessage(
        received=head["way"] == "RX",
        transport=head["transport"].lower(),
        source=_address(head["source"]),
        target=_address(head["target"]),
        method=headers.get("cseq", "").rpartition(" ")[2] if response else words[0],
        uri="" if response else words[1],
        status=int(words[1]) if response else 0,
        headers=headers,
        body=body,
    )


def _headers(lines: list[str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if colon:
            key = name.strip().lower()
            headers.setdefault(_COMPACT.get(key, key), value.strip())
    return headers


def _address(endpoint: str) -> str:
    host = endpoint.rpartition(":")[0]
    return host.strip("[]")


class WireTap(logging.Filter):
    """Hands each traced message to ``sink`` on the library's log thread, and lets none into any log.

    A filter on the logger itself, because that goes before every handler, whoever put it there.
    """

    def __init__(self, sink: Callable[[WireMessage], None]) -> None:
        super().__init__()
        self._sink = sink
        self._level = logging.NOTSET

    def filter(self, record: logging.LogRecord) -> bool:
        """Parse and pass on one record; always False."""
        message = parse_trace(record.getMessage())
        if message is not None:
            self._sink(message)
        return False

    def open(self) -> None:
        """Take the trace logger over."""
        logger = logging.getLogger(TRACE_LOGGER)
        self._level = logger.level
        logger.setLevel(logging.DEBUG)
        logger.addFilter(self)

    def shut(self) -> None:
        """Give the trace logger back."""
        logger = logging.getLogger(TRACE_LOGGER)
        logger.removeFilter(self)
        logger.setLevel(self._level)
