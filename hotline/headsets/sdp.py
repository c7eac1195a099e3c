"""What is changed in session descriptions (RFC 8866): Opus alone, no more of it than a telephone carries."""

from __future__ import annotations

import re

from hotline.call.errors import PeerError

BIT_RATE = 24_000
"""What Opus needs for narrow-band speech without audible loss, with room for its redundancy."""

_OPUS = re.compile(r"a=rtpmap:(\d+) opus/48000/2", re.IGNORECASE)
_OF_CODEC = re.compile(r"a=(?:rtpmap|fmtp|rtcp-fb):(\d+) ")
_AUDIO_LINE = re.compile(r"(m=audio \d+ \S+)(?: \d+)+")
_OPUS_FORMAT = (
    f"minptime=10;useinbandfec=1;stereo=0;sprop-stereo=0;maxplaybackrate=8000;maxaveragebitrate={BIT_RATE}"
)
"""What the far end's encoder is asked for (RFC 7587 section 6.1): no more than a telephone can carry."""


class OfferRefused(PeerError):
    """An offer that cannot be answered; the sentence says why."""

    code = "headset-offer"


def only_opus(sdp: str) -> str:
    """Return an offer without its other codecs; raises :class:`OfferRefused` when Opus is not among them."""
    found = _OPUS.search(sdp)
    if found is None:
        raise OfferRefused("The offer has no Opus sound (RFC 7587).", code="headset-no-opus")
    kept = found[1]
    lines = [line for line in sdp.splitlines() if not (codec := _OF_CODEC.match(line)) or codec[1] == kept]
    whole = "\r\n".join(lines) + "\r\n"
    return _AUDIO_LINE.sub(lambda line: f"{line[1]} {kept}", whole)


def narrowed(sdp: str) -> str:
    """Ask the far end's encoder for telephone sound: replace the format parameters of Opus."""
    found = _OPUS.search(sdp)
    if found is None:
        raise OfferRefused("The offer has no Opus sound (RFC 7587).", code="headset-no-opus")
    others = re.sub(rf"a=fmtp:{found[1]} [^\r\n]*\r?\n", "", sdp)
    return others.replace(found[0], f"{found[0]}\r\na=fmtp:{found[1]} {_OPUS_FORMAT}", 1)
