"""Whose certificates count."""

from __future__ import annotations

import ssl
from pathlib import Path

import httpx


def trusted(ca_file: Path | None) -> ssl.SSLContext:
    """Return a client's context: the public authorities, those of this machine, and ``ca_file``'s.

    The public ones come with httpx (certifi): a small container has none of its own.
    """
    context = httpx.create_ssl_context()
    context.load_default_certs()
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    return context
