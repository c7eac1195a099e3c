"""Which sound devices the operator uses: chosen by name or number, remembered for the next time."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import structlog

from hotline.desktop.card import Device
from hotline.desktop.errors import HeadsetProblem

log = structlog.get_logger(__name__)
_DIRECTIONS: Mapping[str, str] = {"input": "inputs", "output": "outputs", "ring": "outputs"}


@dataclass(frozen=True, slots=True)
class Choice:
    """Names of devices; empty: the default, for ``ring`` the output."""

    input: str = ""
    output: str = ""
    ring: str = ""


def config_file(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the file the choice is kept in: the user's configuration folder (XDG base directories)."""
    base = environment.get("XDG_CONFIG_HOME", "")
    folder = Path(base) if Path(base).is_absolute() else Path.home() / ".config"
    return folder / "hotline" / "headset.json"


def remembered(file: Path) -> Choice:
    """Return the last choice; the defaults when there is none or the file was spoilt."""
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
        return Choice(**{end: str(kept.get(end, "")) for end in _DIRECTIONS})
    except FileNotFoundError:
        return Choice()
    except (OSError, ValueError, AttributeError):
        log.warning("the remembered sound devices cannot be read and are chosen anew", file=str(file))
        return Choice()


def remember(choice: Choice, file: Path) -> None:
    """Keep the choice; a folder that cannot be written only means choosing again."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh = file.with_suffix(".new")
        fresh.write_text(json.dumps(asdict(choice), ensure_ascii=False), encoding="utf-8")
        fresh.replace(file)
    except OSError as error:
        log.warning("the sound devices cannot be remembered", error=error.strerror)


def choose(choice: Choice, end: str, wanted: str, devices: Sequence[Device]) -> Choice:
    """Return ``choice`` with ``end`` (input, output, ring) set to the device named or numbered ``wanted``.

    Part of a name is enough when only one has it. ``default`` or nothing means the default.

    Raises:
        HeadsetProblem: No device, or more than one, is called so.
    """
    fitting = [device for device in devices if getattr(device, _DIRECTIONS[end]) > 0]
    return replace(choice, **{end: find(wanted, fitting)})


def find(wanted: str, devices: Sequence[Device]) -> str:
    """Return the name of the one device meant; see :func:`choose`."""
    if not wanted:
        return ""
    exact = [device.name for device in devices if wanted in (device.name, str(device.number))]
    if exact:
        return exact[0]
    parts = [device.name for device in devices if wanted.lower() in device.name.lower()]
    if len(parts) == 1:
        return parts[0]
    names = ", ".join(dict.fromkeys(parts or [device.name for device in devices])) or "–"
    raise HeadsetProblem("ambiguous-device" if parts else "unknown-device", name=wanted, choices=names)
