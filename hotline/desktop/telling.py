"""Situations and news in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from hotline.desktop.card import Device
from hotline.desktop.situation import Notice, Situation
from hotline.desktop.sound import SoundNews
from hotline.desktop.wording import Wording

CARD_ORDER = (
    "place", "topic", "matter", "ticket", "times", "name", "caller", "callback", "operator", "queue",
    "waited", "language", "priority", "call_back", "why", "supervise", "mode",
)  # fmt: skip
"""What operators look at first comes first; what else the hotline sends follows."""


def notice_text(notice: Notice, situation: Situation, wording: Wording) -> str:
    """Return the sentence of a notice; the hotline's own are passed on where they have no wording here."""
    if notice.sentence:
        refusal = f"refused_{notice.key}"
        worded = wording.language != "en" and wording.knows(refusal)
        return wording.text(refusal) if worded else notice.sentence
    if notice.key == "state":
        return state_text(situation, wording)
    if notice.key == "ring":
        return f"{wording.text('ring')} {card_text(notice.facts['card'], wording)}".strip()
    return wording.text(notice.key, **notice.facts)


def _reason(reason: str, wording: Wording) -> str:
    """What the machine or the page wrote is worded; what somebody typed is shown as it is."""
    key = f"reason_{reason}"
    return wording.text(key) if wording.knows(key) else reason


def state_text(situation: Situation, wording: Wording, now: datetime | None = None) -> str:
    """Return the line of how things stand: presence, for how long, reason, who waits."""
    parts = [f"{wording.text('presence')} {wording.text(situation.presence or 'connecting')}"]
    if now is not None and situation.since is not None:
        parts[0] += f" {clock_text((now - situation.since).total_seconds())}"
    if situation.reason:
        parts.append(f"{wording.text('reason')} {_reason(situation.reason, wording)}")
    parts += marks(situation, wording)
    if situation.queues:
        lengths = " ".join(f"{queue} {length}" for queue, length in sorted(situation.queues.items()))
        parts.append(f"{wording.text('queue')} {lengths}")
    return " · ".join(parts)


def marks(situation: Situation, wording: Wording) -> list[str]:
    """Return what is special about the call of the moment."""
    found = []
    if situation.muted:
        found.append(wording.text("muted"))
    if situation.held:
        found.append(wording.text("held"))
    if situation.consulting:
        found.append(wording.text("consulting", who=situation.consulting))
    if situation.parked:
        found.append(wording.text("parked", who=situation.parked))
    return found


def card_rows(card: Mapping[str, str], wording: Wording) -> list[tuple[str, str]]:
    """Return label and value of what is known of a call; nothing is left out for being unknown here."""
    ordered = [key for key in CARD_ORDER if card.get(key)]
    ordered += [key for key in card if key not in CARD_ORDER and card[key]]
    return [(_label(key, wording), card[key]) for key in ordered]


def card_text(card: Mapping[str, str], wording: Wording) -> str:
    """Return a call's card in one line."""
    return " · ".join(f"{label} {value}" for label, value in card_rows(card, wording))


def sound_text(news: SoundNews, wording: Wording) -> str:
    """Return what became of a device, and what to do."""
    end = wording.text("sound_input" if news.end == "record" else "sound_output")
    return wording.text(f"sound_{news.state}", end=end, device=news.device, wanted=news.wanted)


def device_lines(devices: Iterable[Device], wording: Wording) -> list[str]:
    """Return the table of devices."""
    lines = []
    for device in devices:
        uses = [
            wording.text(label) + (f" ({wording.text('devices_default')})" if default else "")
            for label, channels, default in (
                ("devices_in", device.inputs, device.default_input),
                ("devices_out", device.outputs, device.default_output),
            )
            if channels
        ]
        lines.append(f"{device.number:>3}  {device.name}  – {', '.join(uses)}")
    return lines


def clock_text(seconds: float) -> str:
    """Return a span as clocks show it: ``4:07``, ``1:02:03``."""
    whole = max(0, int(seconds))
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def _label(key: str, wording: Wording) -> str:
    known = f"card_{key}"
    return wording.text(known) if wording.knows(known) else key
