"""What the calls process says of itself: at the start to a person, later to whoever asks."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from hotline import __version__
from hotline.app.options import split_address
from hotline.app.parts import Parts
from hotline.app.placing import Placing
from hotline.headsets import installed
from hotline.settings import Web
from hotline.telephony.agent import SipTelephony
from hotline.telephony.media import MediaEngine
from hotline.web import serving
from hotline.web.firstcode import kept_code


def calls_status(
    parts: Parts, telephony: SipTelephony, media: MediaEngine, placing: Placing, *, since: datetime
) -> dict[str, Any]:
    """Return sections of plain values; the numbers become metrics. No personal data."""
    seen = telephony.status()
    return {
        "calls": {
            "listen": " ".join(dial_addresses(seen.addresses)),
            "channels_in_use": seen.channels.total,
            "channels_limit": seen.channel_limit,
            "draining": seen.draining,
            "since": since.isoformat(timespec="seconds"),
            "version": __version__,
        },
        "menus": dict.fromkeys(parts.menus.names, "ok")
        | {name: "\n".join(map(str, problems)) for name, problems in parts.menus.problems.items()},
        "trunks": {account.name: _account(account) for account in seen.accounts},
        "speech": _speech(parts),
        "recording": {
            "enabled": parts.settings.recording.enabled,
            "free_mb": shutil.disk_usage(parts.home.root).free // 1_000_000,
        },
        "duty": {name: "\n".join(map(str, book.look())) or "ok" for name, book in parts.duty.items()},
        "records": {"problem": parts.records.problem},
        "outbound": placing.status,
        "headsets": {"gateway": installed.missing() or "installed"},
        "counters": asdict(seen.counters) | {"shut_out": len(seen.shut_out)},
        "media": asdict(media.counters),
    }


def _speech(parts: Parts) -> dict[str, Any]:
    engines = {f"engine_{language}": parts.ears.engine(language) for language in ("zh", "en")}
    return engines | asdict(parts.ears.counters)


def _account(account: Any) -> dict[str, Any]:
    return {name: value for name, value in asdict(account).items() if name != "name" and value}


def calls_lines(parts: Parts, telephony: SipTelephony) -> list[str]:
    """What ``./start`` prints when calls are taken: where to dial."""
    addresses = dial_addresses(telephony.status().addresses)
    lines = [f"Dial {' or '.join(addresses)} from any softphone (no registration needed)."]
    lines += [
        f"Trunk {account.name}: {account.user}@{account.domain} over {account.transport}"
        for account in parts.settings.sip.accounts
    ]
    lines.append(f"Console: {serving.address(parts.settings.web)}")
    if code := kept_code(parts.home.run):
        lines.append(_first_run(parts.settings.web, code))
    return lines


def _first_run(web: Web, code: str) -> str:
    """Say where the first account is made, and by what code from elsewhere."""
    page = f"Nobody has an account yet. Open {serving.address(web, '/first-run')}"
    if web.behind_proxy:
        return f"{page} and enter the code {code}"
    if serving.local(serving.host_of(web)):
        return f"{page} in a browser on this machine; should it ask for a code: {code}"
    return f"{page} – from another machine with the code {code}"


def dial_addresses(bound: Iterable[str]) -> list[str]:
    """SIP addresses to dial, from the ``HOST:PORT`` that are really bound."""
    found = []
    for address in bound:
        host, port = split_address(address, "sip.listen")
        suffix = "" if port == 5060 else f":{port}"
        found.append(f"sip:hotline@{f'[{host}]' if ':' in host else host}{suffix}")
    return found
