"""Live recognition in the call (DESIGN section 7)."""

from hotline.speech.live.counters import SpeechCounters
from hotline.speech.live.ears import LiveEars
from hotline.speech.live.hearing import LiveHearing

__all__ = ["LiveEars", "LiveHearing", "SpeechCounters"]
