"""Speech models: the catalogue, the folder they lie in, and how they get there."""

from __future__ import annotations

from pathlib import Path

from hotline.settings import Speech
from hotline.speech.models.store import choose, installed, model_folders

__all__ = ["missing_sentences"]


def missing_sentences(settings: Speech, home_models: Path) -> list[str]:
    """Say what speech cannot do for want of models, one sentence each; empty when all is there."""
    models = installed(model_folders(settings, home_models))
    sentences = []
    if choose(settings.live, "zh", models) is None:
        sentences.append(
            "No speech model is installed: callers use keys and what they say is recorded. "
            "Get one with: hotline models install"
        )
    if choose(settings.batch, "zh", models) is None:
        sentences.append(
            "No model for transcripts is installed: recordings wait as pending until one is "
            "there. Get one with: hotline models install whisper-base"
        )
    return sentences
