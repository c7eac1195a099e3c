"""Where the Kokoro model lies on this machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from hotline.call.errors import EnvironmentFault

NAME = "kokoro-82m"
_BESIDE_CHECKOUT = Path(__file__).parents[4] / "shared" / "models"


def search_path(home_models: Path, environment: Mapping[str, str]) -> tuple[Path, ...]:
    """Return the folders models are looked for in, in order."""
    named = environment.get("HOTLINE_MODELS", "")
    return (
        *((Path(named),) if named else ()),
        Path.home() / ".cache" / "hotline" / "models",
        home_models,
        _BESIDE_CHECKOUT,
    )


def find(folders: Sequence[Path]) -> Path:
    """Return the first ``kokoro-82m`` with a model in it.

    Raises :class:`~hotline.call.errors.EnvironmentFault` with the remedy when there is none.
    """
    for folder in folders:
        if any((folder / NAME).glob("*.onnx")):
            return folder / NAME
    raise EnvironmentFault(
        f"the voice model {NAME} is not installed; get it with: hotline models install {NAME} "
        f"(looked in {', '.join(str(folder) for folder in folders)})"
    )
