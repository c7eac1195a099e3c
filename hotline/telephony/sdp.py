"""The few facts of a session description that the hotline acts on (RFC 8866, RFC 3264)."""

from __future__ import annotations

import re
from dataclasses import dataclass

_STATIC_PAYLOADS = {"0": "PCMU", "8": "PCMA", "9": "G722"}
"""RFC 3551 table 4: names that need no rtpmap line."""
_UNSPECIFIED = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared, not bound


@dataclass(frozen=True, slots=True)
class AudioDescription:
    """The first audio stream of one description."""

    codecs: tuple[str, ...]
    """Names in order of preference, telephone-event and comfort noise left out."""
    telephone_event: bool
    """RFC 4733 keys can be sent to whoever wrote this."""
    nowhere: bool = False
    """Its address is the unspecified one: hold in the way of RFC 2543, still understood by RFC 3264
    section 8.4 and sent by old exchanges."""


def parse_audio(body: str) -> AudioDescription | None:
    """Read the first ``m=audio`` section; ``None`` when there is none."""
    section = re.search(r"^m=audio .*?(?=^m=|\Z)", body, re.MULTILINE | re.DOTALL)
    if not section:
        return None
    lines = section[0].splitlines()
    names = dict(_STATIC_PAYLOADS)
    for line in lines:
        mapping = re.match(r"a=rtpmap:(\d+) ([^/\s]+)", line)
        if mapping:
            names[mapping[1]] = mapping[2]
    offered = [names[payload] for payload in lines[0].split()[3:] if payload in names]
    lowered = [name.lower() for name in offered]
    return AudioDescription(
        codecs=tuple(name for name in offered if name.lower() not in {"telephone-event", "cn"}),
        telephone_event="telephone-event" in lowered,
        nowhere=(_address(section[0]) or _address(body[: section.start()])) in _UNSPECIFIED,
    )


def _address(part: str) -> str:
    """The connection address of a section; a stream's own wins over the session's (RFC 8866 section 5.7)."""
    found = re.search(r"^c=IN IP[46] ([^\s/]+)", part, re.MULTILINE)
    return found[1] if found else ""
