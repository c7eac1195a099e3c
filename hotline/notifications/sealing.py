"""Secrets that must be had in clear again: sealed in the database, the key in a file beside it.

A message is signed with the webhook's secret (HMAC), so a hash will not do. Sealed with a key that lies in
``HOME/keys/webhooks.key`` (mode 0600, made at first use), a copy of the database alone tells nobody a secret;
whoever reads both can. Backups need the key file, too; without it the webhooks are given new secrets.
"""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from hotline.call.errors import EnvironmentFault

FILE = "webhooks.key"
_OTHERS = 0o077


class Seal:
    """Seals and opens with the key in a file."""

    def __init__(self, folder: Path) -> None:
        """``folder``: where the key file lies; nothing is read before it is needed."""
        self._path = folder / FILE
        self._fernet: Fernet | None = None

    def seal(self, secret: str) -> str:
        """Return a secret as it is kept; reads or makes the key file: not for an event loop."""
        return self._key().encrypt(secret.encode()).decode()

    def open(self, sealed: str) -> str:
        """Return a secret in clear.

        Raises :class:`~hotline.call.errors.EnvironmentFault`: the key file is not the one it was sealed
        with, is missing, or others may read it.
        """
        try:
            return self._key(make=False).decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            raise EnvironmentFault(
                f"{self._path} is not the key the webhooks' secrets were sealed with: put the right one "
                "back, or give each webhook a new secret.",
                code="webhook-key-wrong",
            ) from error

    def _key(self, *, make: bool = True) -> Fernet:
        if self._fernet is None:
            try:
                if make and not self._path.exists():
                    _write(self._path, Fernet.generate_key())
                self._fernet = Fernet(_read(self._path))
            except (OSError, ValueError) as error:
                reason = error.strerror if isinstance(error, OSError) else "it holds no key"
                raise EnvironmentFault(
                    f"{self._path} cannot be used: {reason}. It holds the key of the webhooks' secrets.",
                    code="webhook-key-unreadable",
                ) from error
        return self._fernet


def _write(path: Path, key: bytes) -> None:
    """Write it once, for the owner only; of two processes the first one's key counts."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return
    finally:
        draft.unlink(missing_ok=True)


def _read(path: Path) -> bytes:
    if path.stat().st_mode & _OTHERS:
        raise PermissionError(0, "other users may read it (chmod 600 it)")
    return path.read_bytes().strip()
