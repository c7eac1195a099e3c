"""Figures from the captures: answering, gaps, keys."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from calling.walk import FRAME, KEY_TYPE, Press
from calling.wiretap import PAYLOAD, Flow, SipPacket
from hotline.call.audio import Clip
from hotline.home import shipped
from hotline.telephony.media.clips import decode_clip
from hotline.telephony.media.companding import alaw_encode

AUDIBLE = 200
"""Of 32,767: what is quieter is the recording's room, not its first syllable."""
ANSWERED_WITHIN = 3.0
"""Seconds after a key in which its prompt must begin."""


@dataclass(slots=True)
class Dialog:
    """Moments of one call, in seconds of the capture."""

    caller_port: int = 0
    hotline_port: int = 0
    invite: float = 0.0
    ringing: float | None = None
    answered: float | None = None
    bye: float | None = None
    bye_answered: float | None = None
    refused: int | None = None
    ended_by_hotline: bool = False
    retransmitted: int = 0


def dialogs(messages: Sequence[SipPacket], hotline_sip: int) -> list[Dialog]:
    """Put the messages of a capture together into calls, in the order of their INVITEs."""
    found: dict[str, Dialog] = {}
    for message in messages:
        call_id = re.search(r"^(?:Call-ID|i):\s*(\S+)", message.text, re.M | re.I)
        if call_id is not None:
            _note(found.setdefault(call_id[1], Dialog()), message, ours=message.source == hotline_sip)
    return [dialog for dialog in found.values() if dialog.invite]


def _note(dialog: Dialog, message: SipPacket, *, ours: bool) -> None:
    first = message.text.partition("\r\n")[0]
    cseq = re.search(r"^CSeq:\s*\d+\s+(\w+)", message.text, re.M | re.I)
    method = cseq[1] if cseq else ""
    if first.startswith("INVITE"):
        dialog.retransmitted += bool(dialog.invite)
        dialog.invite = dialog.invite or message.at
        dialog.caller_port = _media_port(message.text) or dialog.caller_port
    elif first.startswith("BYE"):
        dialog.bye = dialog.bye or message.at
        dialog.ended_by_hotline = ours
    elif first.startswith("SIP/2.0") and method == "BYE":
        dialog.bye_answered = dialog.bye_answered or message.at
    elif first.startswith("SIP/2.0") and method == "INVITE":
        _note_answer(dialog, message, int(first.split()[1]))


def _note_answer(dialog: Dialog, message: SipPacket, status: int) -> None:
    if status == 180:
        dialog.ringing = dialog.ringing or message.at
    elif status == 200:
        dialog.answered = dialog.answered or message.at
        dialog.hotline_port = _media_port(message.text) or dialog.hotline_port
    elif status >= 300:
        dialog.refused = status


def _media_port(text: str) -> int | None:
    found = re.search(r"^m=audio (\d+) ", text, re.M)
    return int(found[1]) if found else None


def spread(values: Sequence[float], unit: float = 1000.0, digits: int = 1) -> dict[str, float]:
    """Return count, median, p99 and maximum; ``unit`` 1000 turns seconds into milliseconds."""
    if not len(values):
        return {"count": 0}
    scaled = np.asarray(values) * unit
    return {
        "count": len(scaled),
        "p50": round(float(np.percentile(scaled, 50)), digits),
        "p99": round(float(np.percentile(scaled, 99)), digits),
        "max": round(float(scaled.max()), digits),
    }


@dataclass(slots=True)
class Gaps:
    """Regularity of sent packets."""

    gaps: list[np.ndarray] = field(default_factory=list)
    lost: int = 0
    """Sequence numbers that were never sent."""

    def add(self, flow: Flow, begin: float, end: float) -> None:
        """Take in one call's packets between two moments."""
        times = np.asarray(flow.times)
        inside = (times >= begin) & (times <= end)
        self.gaps.append(np.diff(times[inside]))
        steps = np.diff(np.asarray(flow.sequence)[inside]) & 0xFFFF
        self.lost += int((steps[steps < 1000] - 1).clip(min=0).sum())

    def figures(self) -> dict[str, object]:
        """All calls together, and the worst call by itself, in milliseconds."""
        calls = [gaps for gaps in self.gaps if len(gaps)]
        if not calls:
            return {"count": 0}
        together = np.concatenate(calls) * 1000
        return {
            **spread(together, unit=1.0),
            "mean": round(float(together.mean()), 2),
            "p999": round(float(np.percentile(together, 99.9)), 1),
            "over_60_ms": int((together > 60).sum()),
            "worst_call_p99": round(max(float(np.percentile(gaps, 99)) for gaps in calls) * 1000, 1),
            "never_sent": self.lost,
        }


class PromptMarks:
    """How each prompt begins on the wire: the A-law bytes of its first audible frame."""

    def __init__(self, presses: Sequence[Press]) -> None:
        """Read the prompts that answer ``presses``; raises :class:`OSError` for one that is missing."""
        wanted = {(press.language, press.prompt) for press in presses}
        self._marks = {key: _mark(shipped("prompts") / key[0] / f"{key[1]}.wav") for key in wanted}

    def of(self, language: str, prompt: str) -> tuple[bytes, int]:
        """Return the first bytes of the first audible frame, and how many frames come before it."""
        return self._marks[language, prompt]


def _mark(path: Path) -> tuple[bytes, int]:
    pcm = np.frombuffer(decode_clip(Clip(path)), np.int16)
    frames = pcm[: len(pcm) // FRAME * FRAME].reshape(-1, FRAME)
    number = int(np.argmax((np.abs(frames[:, :PAYLOAD].astype(int)) > AUDIBLE).any(axis=1)))
    return alaw_encode(frames[number, :PAYLOAD]).tobytes(), number


@dataclass(slots=True)
class KeyTimes:
    """From a key's first packet to the next prompt's, for each prompt."""

    first: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    """Seconds to the first packet of the prompt, its quiet begin included."""
    audible: list[float] = field(default_factory=list)
    """Seconds to its first audible packet."""
    unanswered: int = 0

    def figures(self) -> dict[str, object]:
        """Milliseconds."""
        together = [value for values in self.first.values() for value in values]
        return {
            "to_first_packet": spread(together),
            "to_first_audible_packet": spread(self.audible),
            "unanswered": self.unanswered,
            "by_prompt": {prompt: spread(values) for prompt, values in sorted(self.first.items())},
        }


def _same(sound: bytes, mark: bytes) -> bool:
    """A-law encoders differ in where they round: a few bytes of a frame may be one step off."""
    if len(sound) != len(mark):
        return False
    return sum(one == other for one, other in zip(sound, mark, strict=True)) >= 0.85 * len(mark)


def key_starts(flow: Flow) -> list[float]:
    """Return when each key's first packet was sent; packets of one key share their RTP timestamp."""
    seen: set[int] = set()
    starts = []
    for at, kind, stamp in zip(flow.times, flow.kinds, flow.stamps, strict=True):
        if kind == KEY_TYPE and stamp not in seen:
            seen.add(stamp)
            starts.append(at)
    return starts


def add_keys(
    into: KeyTimes, caller: Flow, hotline: Flow, presses: list[Press], marks: PromptMarks,
    window: tuple[float, float],
) -> None:  # fmt: skip
    """Measure one call's keys that lie in ``window``."""
    starts = key_starts(caller)
    times = np.asarray(hotline.times)
    position = 0
    for press in presses:
        position += len(press.keys)
        if position > len(starts):
            break
        pressed = starts[position - 1]
        if not window[0] <= pressed <= window[1] - ANSWERED_WITHIN:
            continue
        mark, before = marks.of(press.language, press.prompt)
        first, last = np.searchsorted(times, (pressed, pressed + ANSWERED_WITHIN))
        found = next((number for number in range(first, last) if _same(hotline.sounds[number], mark)), None)
        if found is None:
            into.unanswered += 1
            continue
        into.audible.append(times[found] - pressed)
        into.first[press.prompt].append(times[max(found - before, 0)] - pressed)
