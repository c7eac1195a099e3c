"""A prompt book that shows on the live feed what the caller is told, with how long it takes."""

from __future__ import annotations

import wave
from collections.abc import Sequence

from hotline.app.livefeed import LiveFeed
from hotline.call.audio import Clip, Playable
from hotline.speech.voices.book import PromptFolder


class TellingPrompts:
    """The estate's prompts for one call; what is asked for is about to be said."""

    def __init__(self, prompts: PromptFolder, feed: LiveFeed, leg: str) -> None:
        """Show what ``prompts`` gives out as said on ``leg``."""
        self._prompts = prompts
        self._feed = feed
        self._leg = leg

    def has(self, language: str, prompt: str) -> bool:
        """True when a recording exists."""
        return self._prompts.has(language, prompt)

    def clips(self, language: str, prompts: Sequence[str]) -> list[Playable]:
        """Resolve ids to clips, and tell."""
        clips = self._prompts.clips(language, prompts)
        if self._feed.readers:
            text = " ".join(self._prompts.text(language, prompt) or prompt for prompt in prompts)
            seconds = sum(_seconds(clip) for clip in clips)
            self._feed.publish("says", leg=self._leg, text=text, seconds=round(seconds, 2))
        return clips


def _seconds(clip: Playable) -> float:
    if not isinstance(clip, Clip):
        return clip.seconds or 0.0
    try:
        with wave.open(str(clip.path)) as sound:
            return float(sound.getnframes() / sound.getframerate())
    except (OSError, EOFError, wave.Error):
        return 0.0  # A-law and the like: only the demonstration would like to know
