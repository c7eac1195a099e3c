"""What happens on a call, as frozen values in the past tense.

A call posts these to the one task that owns it (:meth:`hotline.call.ports.Call.next_event`).
Keys and words are personal data: they are in events and records, never in logs.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class HangupBy(StrEnum):
    """Which side ended a leg."""

    FAR = "far"
    """The other party sent BYE or CANCEL."""
    NEAR = "near"
    """We ended it."""
    NETWORK = "network"
    """RTP stopped, the transport broke or the calls process died."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEvent:
    """Base of everything a call reports."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered(CallEvent):
    """The leg is established: 200 and ACK have passed, in either direction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Digit(CallEvent):
    """The far end pressed a key (0-9 A-D * #); reported at the key's *start*."""

    key: str
    source: str = "rtp"
    """``rtp`` (RFC 4733), ``info`` (SIP INFO) or ``inband`` (tones in the audio)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptEnded(CallEvent):
    """A playback is over: its last sample was sent (``completed``) or it was stopped."""

    playback: int
    completed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechStarted(CallEvent):
    """Voice activity began: a barge-in, if the step allows it."""

    hearing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard(CallEvent):
    """The caller stopped speaking; what was understood, if anything.

    ``text`` is empty when no engine listened or no words came out; there was voice all the same.
    ``score`` runs from 0 (guess) to 1 (sure). ``started``/``ended`` are seconds on the call's
    recording (:attr:`hotline.call.ports.Call.recorded_seconds`).
    """

    hearing: int
    text: str
    score: float
    started: float
    ended: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardNothing(CallEvent):
    """The time to begin speaking ran out in silence."""

    hearing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Held(CallEvent):
    """The far end put us on hold (re-INVITE with sendonly/inactive, RFC 3264 section 8.4)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed(CallEvent):
    """The far end took us off hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeEnded(CallEvent):
    """A leg this one heard (:meth:`hotline.call.ports.Call.hear`, ``bridge``) is gone; the rest goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interrupted(CallEvent):
    """Nothing comes from the far end any more though the leg is up: a network cut, a closed browser.

    Only on legs placed with :attr:`hotline.call.ports.DialOrder.notice_silence`.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored(CallEvent):
    """Sound comes again after :class:`Interrupted`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferAsked(CallEvent):
    """The far end wants the other party connected elsewhere (REFER, RFC 3515).

    Only on legs placed with :attr:`hotline.call.ports.DialOrder.may_transfer`; others are refused below.
    """

    to: str
    """URI or number of the Refer-To header, without parameters."""
    replaces: str = ""
    """Its Replaces (RFC 3891): an attended transfer; the call the telephone already has with the target."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HungUp(CallEvent):
    """The leg is over. Always the last event of a call, exactly once."""

    by: HangupBy
    cause: str
    """Q.850-like word: ``normal``, ``cancelled``, ``rtp-timeout``, ``network``, ``lost`` …"""
