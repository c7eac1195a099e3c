"""What the messages of one leg's dialog tell besides the library's events."""

from __future__ import annotations

from hotline.telephony.sdp import AudioDescription, parse_audio
from hotline.telephony.wire import WireMessage


class Observed:
    """The descriptions both sides sent, and whether the far end was heard at all."""

    def __init__(self) -> None:
        self._near: AudioDescription | None = None
        self._far: AudioDescription | None = None
        self._keys_by_info = False
        self.heard_back = False
        """The far end sent some response: it can be reached."""

    def note(self, message: WireMessage) -> bool:
        """Take note of a message; True when it may change where keys are to be looked for."""
        if message.received and message.status:
            self.heard_back = True
        if _is_key(message):
            self._keys_by_info = True
            return True
        audio = parse_audio(message.body) if message.body else None
        if audio is None:
            return False
        if not message.received:
            self._near = audio
            return False
        self._far = audio
        return True

    @property
    def keys_are_in_the_audio(self) -> bool:
        """The far end cannot send RFC 4733 events and has not used SIP INFO: its keys are tones.

        Telephones that send INFO often leave the tone in the audio too, and one key is one key.
        """
        return self._far is not None and not self._far.telephone_event and not self._keys_by_info

    @property
    def far_is_nowhere(self) -> bool:
        """The far end's description gives no address to send to: it has us on hold."""
        return self._far is not None and self._far.nowhere

    @property
    def codec(self) -> str:
        """The codec spoken: the far end's first that we named too; empty while unknown."""
        if self._far is None:
            return ""
        near = None if self._near is None else {name.lower() for name in self._near.codecs}
        return next((name for name in self._far.codecs if near is None or name.lower() in near), "")

    def key_source(self) -> str:
        """How the key that the library has just reported came: ``info`` or ``rtp``.

        A telephone sends all its keys in one way. Message and event take different threads and may overtake
        each other, so keys are not counted against messages.
        """
        by_info = self._keys_by_info or (self._far is not None and not self._far.telephone_event)
        return "info" if by_info else "rtp"


def _is_key(message: WireMessage) -> bool:
    """INFO with application/dtmf-relay or application/dtmf."""
    kind = message.headers.get("content-type", "").lower()
    return message.received and not message.status and message.method == "INFO" and "dtmf" in kind
