"""How a leg ended, in the words of call records. Pure.

A caller who gives up while it rings leaves ``CANCELLED`` with ``hangup_by=far`` (what reports count
as abandoned), a leg of ours that we stopped ringing ``CANCELLED`` with ``hangup_by=near``. Plain call
detail records call both ``NO ANSWER``; here that word is kept for legs that rang for their whole time,
so that nobody has to guess who lost patience. ``BUSY`` is a 486 in either direction, ``CONGESTION``
the one our own channel limit caused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from hotline.call.errors import DialBusy, DialDeclined, DialFailed, DialNoAnswer
from hotline.call.events import HangupBy
from hotline.call.ports import Direction, LegReport


@dataclass(frozen=True, slots=True)
class Ending:
    """What became of a leg."""

    disposition: str
    by: HangupBy
    cause: str
    sip_status: int | None = None


@dataclass(frozen=True, slots=True)
class Dismissal:
    """That we ended the leg ourselves, and how it shall be recorded."""

    cause: str = "normal"
    disposition: str = ""
    """Of a leg that was not answered; empty: by its direction."""
    sip_status: int | None = None


CONGESTED = Dismissal("congestion", "CONGESTION", 486)
REFUSED = Dismissal("busy", "BUSY", 486)
RING_TIMEOUT = Dismissal("no-answer", "NO ANSWER")
UNREACHABLE = Dismissal("unreachable", "FAILED")
GIVEN_UP = Dismissal("cancelled", "CANCELLED", 487)

LOST = "the SIP thread died"
"""The reason given for legs that end because the library is dead."""

_STATUS = re.compile(r"^(\d{3}) ")
_CAUSES = {
    "BUSY": "busy",
    "NO ANSWER": "no-answer",
    "DECLINED": "declined",
}
_DISPOSITIONS = {
    486: "BUSY",
    600: "BUSY",
    408: "NO ANSWER",
    480: "NO ANSWER",
    487: "NO ANSWER",
    403: "DECLINED",
    603: "DECLINED",
}


def disposition_of(status: int) -> str:
    """Return what an unsuccessful final response to our INVITE means (RFC 3261 section 21)."""
    return _DISPOSITIONS.get(status, "FAILED")


def how_it_ended(direction: Direction, *, answered: bool, near: Dismissal | None, reason: str) -> Ending:
    """Judge a leg's end.

    ``near`` is our own dismissal if we sent one first; ``reason`` the library's closing line:
    ``"486 Busy Here"`` for a final response, otherwise an error text.
    """
    if reason == LOST:
        return Ending("LOST", HangupBy.NETWORK, "lost")
    if near is not None:
        unanswered = near.disposition or ("NO ANSWER" if direction is Direction.INBOUND else "CANCELLED")
        return Ending("ANSWERED" if answered else unanswered, HangupBy.NEAR, near.cause, near.sip_status)
    found = _STATUS.match(reason)
    status = int(found[1]) if found else None
    broken = _network_cause(reason) if status is None else ""
    if answered:
        return Ending("ANSWERED", HangupBy.NETWORK if broken else HangupBy.FAR, broken or "normal", status)
    if direction is Direction.INBOUND:
        return Ending(
            "CANCELLED", HangupBy.NETWORK if broken else HangupBy.FAR, broken or "cancelled", status
        )
    if status is not None:
        disposition = disposition_of(status)
        return Ending(disposition, HangupBy.FAR, _CAUSES.get(disposition, "failed"), status)
    return Ending("FAILED", HangupBy.NETWORK, broken or "network")


def _network_cause(reason: str) -> str:
    text = reason.lower()
    if "rtp stream error" in text:
        return "rtp-timeout"
    # libre closes a session with ECONNRESET when the peer sent BYE or CANCEL, and with an empty
    # text when a BYE/CANCEL came with no more to say; everything else is transport or timer.
    if not text or "connection reset by peer" in text or "transfered" in text:
        return ""
    return "network"


def dial_error(report: LegReport) -> DialFailed:
    """Return the error that tells a dialler how its leg ended."""
    sentences: dict[str, tuple[type[DialFailed], str]] = {
        "BUSY": (DialBusy, "The line is busy."),
        "NO ANSWER": (DialNoAnswer, "Nobody answered."),
        "DECLINED": (DialDeclined, "The call was refused by the other side."),
    }
    unknown = (
        f"The call could not be connected ({report.hangup_cause}, SIP status "
        f"{report.sip_status or 'none'}). Check the number and the account's state."
    )
    kind, sentence = sentences.get(report.disposition, (DialFailed, unknown))
    return kind(sentence, sip_status=report.sip_status)
