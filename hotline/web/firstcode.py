"""The code by which the first account is made from another machine: made by a start, void with an account."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

FILE = "first-run.code"
_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"


def make_code(run: Path) -> str:
    """Keep a new code in the folder ``run``, for its owner only, and return it."""
    code = "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(2))
    path = run / FILE
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(code)
    return code


def kept_code(run: Path) -> str:
    """Return the code of this start; empty: there is none, somebody has an account."""
    try:
        return (run / FILE).read_text().strip()
    except OSError:
        return ""


def forget_code(run: Path) -> None:
    """There is an account now."""
    (run / FILE).unlink(missing_ok=True)
