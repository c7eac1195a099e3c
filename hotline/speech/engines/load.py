"""Loading an engine by name; the engine's own library is imported only then."""

from __future__ import annotations

from pathlib import Path

from hotline.call.errors import EnvironmentFault
from hotline.speech.recogniser import Recogniser


def load(engine: str, model: Path, languages: tuple[str, ...]) -> Recogniser:
    """Load ``model`` with its engine. Raises :class:`EnvironmentFault` naming what is wrong."""
    try:
        if engine == "pocketsphinx":
            from hotline.speech.engines.pocketsphinx import PocketSphinx

            return PocketSphinx(model)
        if engine == "vosk":
            from hotline.speech.engines.vosk import Vosk

            return Vosk(model, languages)
        if engine == "whisper":
            from hotline.speech.engines.whisper import Whisper

            return Whisper(model)
    except ImportError as error:
        raise EnvironmentFault(
            f"The {engine} engine is not installed ({error.name}). "
            f'Install it with: pip install "hotline-engine[{engine}]", or take {engine} out of speech.live.'
        ) from error
    except (OSError, RuntimeError, ValueError) as error:
        raise EnvironmentFault(
            f"The {engine} model in {model} cannot be loaded ({error}). "
            f"Check it with: hotline models verify {model.name}"
        ) from error
    raise EnvironmentFault(f'No engine is called "{engine}": vosk, pocketsphinx and whisper are known.')
