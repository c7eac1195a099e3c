"""Whether what headsets need is installed. Imports nothing of it: the parent process asks as well."""

from __future__ import annotations

from importlib.util import find_spec

ROLE = "headsets"
NEEDED = ("aiortc", "av", "ifaddr")


def missing() -> str:
    """Return what to do about missing packages, as a sentence; empty when all are there."""
    lacking = [name for name in NEEDED if find_spec(name) is None]
    if not lacking:
        return ""
    return (
        f"not installed ({', '.join(lacking)}): `pip install 'hotline-engine[webrtc]'` (./start does it), "
        "then start the hotline again; until then operators work with telephones"
    )


def roles() -> tuple[str, ...]:
    """Return the gateway's process role, or none where it cannot run."""
    return () if missing() else (ROLE,)
