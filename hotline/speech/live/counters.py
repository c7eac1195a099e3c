"""What live recognition counts, for metrics and the status page."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class SpeechCounters:
    """Counted since the process began."""

    utterances: int = 0
    """Stretches of speech heard."""
    recognised: int = 0
    """… that came back with words."""
    without_slot: int = 0
    """… for which no recognition slot was free, or no engine was there."""
    late: int = 0
    """… whose words came too late to be used."""
    silences: int = 0
    """Questions that ended in silence."""
    talk_lines: int = 0
    """Utterances of talks with operators that were shown while they talked."""
    talk_missed: int = 0
    """… that were not recognised in time: see them in the transcript after the call."""
    workers_ended: int = 0
    """Worker processes that ended, for whatever reason."""
