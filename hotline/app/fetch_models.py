"""``python -m hotline.app.fetch_models FOLDER``: the default speech models, while calls are taken."""

from __future__ import annotations

import sys
from pathlib import Path

from hotline.settings import Speech
from hotline.speech.models.install import default_ids, ensure
from hotline.speech.models.store import find, model_folders


def main() -> None:
    """Fetch what is missing and say what could not be got; a broken download is resumed next time."""
    folder = Path(sys.argv[1])
    folders = model_folders(Speech(), folder)
    missing = [model for model in default_ids() if find(model, folders) is None]
    for model in missing:
        for sentence in ensure([model], folder):
            sys.stdout.write(f"{sentence}\n")
        if (folder / model).is_dir():
            sys.stdout.write(f"The speech model {model} was installed and is taken up.\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
