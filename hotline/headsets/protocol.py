"""What a headset and the hotline say to each other: JSON text frames on the WebSocket ``/headset/ws``.

Browser and desktop headsets speak the same. The token goes along as ``?token=…`` or, for programs, as
``Authorization: Bearer …``. ``&device=…`` (at most 64 characters, chosen by the headset) is the same for a
headset that comes back: without it every connection is another headset, and takes over. The first message
from the server is :class:`Hello`; what follows says how things stand (:class:`Desk`, and :class:`Ring` or
:class:`Connected` when the line is ringing or up), so a headset that comes back after a break needs to
remember nothing.

Media: the headset makes one ``RTCPeerConnection`` with one sending and receiving audio line (Opus),
gathers its candidates and sends all of it as :class:`Offer`. :class:`Answer` follows, or :class:`Error`.
After a break of the media the headset makes a **new** peer connection and offers again; a call that is up
goes on with it. Whoever sees a message of a kind it does not know leaves it alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from hotline.call.errors import HotlineError

PATH = "/headset/ws"
LONGEST_MESSAGE = 65_536
"""Bytes of a text frame; an SDP with many interfaces has about 6,000."""
LONGEST_SDP = 32_768
PING_EVERY = 5.0
"""Seconds between a headset's pings; the server ends a connection that says nothing for three of them."""

CLOSED_TOKEN = 4401
"""Close code: the token lets nobody in; asking again with it is of no use."""
CLOSED_TAKEN_OVER = 4409
"""Close code: the operator has begun to work on another headset; do not connect again by yourself."""
CLOSED_MALFORMED = 4400
"""Close code: too many messages that could not be read."""


class BadMessage(HotlineError):
    """A text that is no message of this protocol; the sentence says what is wrong with it."""

    code = "headset-message"


class Message(BaseModel):
    """Base of all; ``t`` tells them apart. Unknown fields are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    def dump(self) -> str:
        """Return the text frame."""
        return self.model_dump_json()


class _Open(Message):
    """A message whose further fields are its content."""

    model_config = ConfigDict(frozen=True, extra="allow")

    @property
    def fields(self) -> Mapping[str, Any]:
        """Return the further fields."""
        return dict(self.model_extra or {})


# --- from the headset ----------------------------------------------------------------------------


class Offer(Message):
    """The description of a new peer connection, with all its candidates."""

    t: Literal["offer"] = "offer"
    sdp: str = Field(min_length=1, max_length=LONGEST_SDP)


class PickUp(Message):
    """Take the call that rings."""

    t: Literal["pick_up"] = "pick_up"


class HangUp(Message):
    """End the call, or decline the one that rings."""

    t: Literal["hang_up"] = "hang_up"


class Key(Message):
    """A key of the keypad, at its start."""

    t: Literal["key"] = "key"
    key: str = Field(pattern=r"^[0-9A-D*#]$")


class Mute(Message):
    """The microphone was switched off or on at the headset; told for the record only."""

    t: Literal["mute"] = "mute"
    on: bool


class Ping(Message):
    """The headset is there; :class:`Pong` with the same ``id`` follows."""

    t: Literal["ping"] = "ping"
    id: int = 0


Action = Literal[
    "ready", "pause", "sign_in", "sign_out", "wrap_up", "status", "overview",
    "hold", "resume", "consult", "complete", "cancel", "blind", "conference", "park", "unpark", "send",
    "dial", "listen", "whisper", "barge", "leave", "take",
]  # fmt: skip


class Do(_Open):
    """Have the desk do something; further fields are the action's arguments (``reason``, ``to``, ``step`` …).

    :class:`Done` or :class:`Refused` with the same ``id`` follows.
    """

    t: Literal["do"] = "do"
    id: int = 0
    action: Action


FromHeadset = Annotated[
    Offer | PickUp | HangUp | Key | Mute | Ping | Do,
    Field(discriminator="t"),
]
FROM_HEADSET: TypeAdapter[Offer | PickUp | HangUp | Key | Mute | Ping | Do] = TypeAdapter(FromHeadset)


# --- to the headset ------------------------------------------------------------------------------


class IceServer(BaseModel):
    """A STUN or TURN server to ask (as ``RTCIceServer`` of browsers)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    urls: tuple[str, ...]
    username: str = ""
    credential: str = ""


class Hello(Message):
    """Who the token belongs to; first of all."""

    t: Literal["hello"] = "hello"
    operator: str
    estate: str
    name: str = ""
    ice: tuple[IceServer, ...] = ()
    """For the peer connections of this headset; none: no server is asked."""


class Answer(Message):
    """The answer to the last :class:`Offer`."""

    t: Literal["answer"] = "answer"
    sdp: str


class Ring(Message):
    """A call rings, for ``seconds`` at most; ``card`` says who calls about what (personal data)."""

    t: Literal["ring"] = "ring"
    call: str
    card: Mapping[str, str] = Field(default_factory=dict)
    seconds: float


class StopRing(Message):
    """It rings no more: ``gave_up``, ``no_answer``, ``declined``, ``lost``."""

    t: Literal["stop_ring"] = "stop_ring"
    why: str = ""


class Connected(Message):
    """The call was taken: both can be heard."""

    t: Literal["connected"] = "connected"
    call: str
    card: Mapping[str, str] = Field(default_factory=dict)


class Over(Message):
    """The call has ended: ``normal``, ``network``, ``lost`` …"""

    t: Literal["over"] = "over"
    why: str = ""


class Desk(_Open):
    """How this operator stands: presence, since, reason, call, held, consulting, parked, queues …"""

    t: Literal["desk"] = "desk"


class Done(_Open):
    """A :class:`Do` was done; further fields are its result."""

    t: Literal["done"] = "done"
    id: int = 0


class Refused(Message):
    """A :class:`Do` was refused; nothing was changed."""

    t: Literal["refused"] = "refused"
    id: int = 0
    code: str
    sentence: str


class Error(Message):
    """Something is wrong; the sentence is for the person."""

    t: Literal["error"] = "error"
    code: str
    sentence: str


class Pong(Message):
    """The answer to :class:`Ping`."""

    t: Literal["pong"] = "pong"
    id: int = 0


ToHeadset = Annotated[
    Hello | Answer | Ring | StopRing | Connected | Over | Desk | Done | Refused | Error | Pong,
    Field(discriminator="t"),
]
TO_HEADSET: TypeAdapter[
    Hello | Answer | Ring | StopRing | Connected | Over | Desk | Done | Refused | Error | Pong
] = TypeAdapter(ToHeadset)

M = TypeVar("M", bound=Message)


def parse_from_headset(text: str | bytes) -> Offer | PickUp | HangUp | Key | Mute | Ping | Do:
    """Read what a headset sent; raises :class:`BadMessage`."""
    return _read(FROM_HEADSET, text)


def parse_to_headset(
    text: str | bytes,
) -> Hello | Answer | Ring | StopRing | Connected | Over | Desk | Done | Refused | Error | Pong:
    """Read what the hotline sent; raises :class:`BadMessage` – also for a kind of a later version."""
    return _read(TO_HEADSET, text)


def _read(kinds: TypeAdapter[M], text: str | bytes) -> M:
    if len(text) > LONGEST_MESSAGE:
        raise BadMessage(f"A message may have {LONGEST_MESSAGE} bytes.", code="headset-message-long")
    try:
        return kinds.validate_json(text)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "message"
        raise BadMessage(f"The message is not understood: {where}: {first['msg']}.") from error
