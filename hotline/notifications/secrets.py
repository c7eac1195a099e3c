"""Secrets and addresses that stand in files of their own, and what a channel cannot do without."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from hotline.notifications.config import (
    SHORTEST_SECRET,
    ChannelConfig,
    DingtalkChannel,
    EmailChannel,
    WebhookChannel,
    WecomChannel,
)
from hotline.yamlwords import sentence

_OTHERS = 0o044
"""Readable by the group or by everybody."""


@dataclass(slots=True)
class Resolved:
    """A channel with its secrets read in, and what is wrong with it: (field, sentence)."""

    channel: ChannelConfig
    files: list[Path] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)
    warnings: list[tuple[str, str]] = field(default_factory=list)


def resolve(channel: ChannelConfig, beside: Path) -> Resolved:
    """Read the files a channel names (relative ones lie ``beside`` the configuration) and check it."""
    found = Resolved(channel)
    changed: dict[str, Any] = {}
    for name in ("url", "secret", "password"):
        value = _inline_or_file(found, name, beside)
        if value is not None:
            changed[name] = value
    _check_authority(found, changed, beside)
    try:
        found.channel = type(channel).model_validate(
            {**channel.model_dump(), **_no_files(channel), **changed}
        )
    except ValidationError as error:  # only what came out of a file can be wrong here
        found.problems += [
            (f"{item['loc'][0]}_file", f"in the file: {sentence(item)}")
            for item in error.errors(include_url=False, include_input=False)
        ]
        return found
    if not found.problems:  # a file that cannot be read is told of already
        found.problems += _missing(found.channel)
    found.warnings += _doubtful(found.channel)
    return found


def _no_files(channel: ChannelConfig) -> dict[str, None]:
    return {name: None for name in type(channel).model_fields if name.endswith("_file") and name != "ca_file"}


def _inline_or_file(found: Resolved, name: str, beside: Path) -> str | None:
    """Return what the file holds; ``None`` when there is no such file setting."""
    path: Path | None = getattr(found.channel, f"{name}_file", None)
    if path is None:
        return None
    if getattr(found.channel, name):
        found.problems.append((f"{name}_file", f"give either {name} or {name}_file, not both"))
        return None
    path = beside / path.expanduser()
    found.files.append(path)
    try:
        value = path.read_text(encoding="utf-8").strip()
        open_to_others = bool(path.stat().st_mode & _OTHERS)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        found.problems.append((f"{name}_file", f"{path} cannot be read: {reason}"))
        return None
    if not value:
        found.problems.append((f"{name}_file", f"{path} is empty"))
    if open_to_others:
        found.warnings.append((f"{name}_file", f"{path} can be read by other users: chmod 600 it"))
    return value


def _check_authority(found: Resolved, changed: dict[str, Any], beside: Path) -> None:
    path = found.channel.ca_file
    if path is None:
        return
    path = changed["ca_file"] = beside / path.expanduser()
    found.files.append(path)
    try:
        ssl.create_default_context(cafile=path)
    except (OSError, ssl.SSLError) as error:
        found.problems.append(
            ("ca_file", f"{path} holds no certificates in PEM: {error.strerror or 'unreadable'}")
        )


def _missing(channel: ChannelConfig) -> Iterator[tuple[str, str]]:
    if isinstance(channel, EmailChannel):
        if channel.password and not channel.user:
            yield "password", "a password without `user`"
        if channel.user and not channel.password:
            yield "user", "a user without `password` or `password_file`"
        if not (channel.user + channel.password).isascii():
            yield "password", "user and password must be ASCII: mail servers understand nothing else here"
        return
    if not channel.url:
        where = "`url`" if isinstance(channel, WebhookChannel) else "`url` or `url_file`"
        yield "url", f"the address is missing: give {where}"
    if isinstance(channel, WebhookChannel) and not channel.secret:
        yield "secret", "a webhook is signed: give `secret` or `secret_file`"
    if isinstance(channel, WebhookChannel) and 0 < len(channel.secret) < SHORTEST_SECRET:
        yield "secret", f"shorter than {SHORTEST_SECRET} characters; `openssl rand -hex 32` makes a good one"
    if isinstance(channel, WecomChannel | DingtalkChannel) and channel.keyword and len(channel.keyword) > 100:
        yield "keyword", "longer than 100 characters"


def _doubtful(channel: ChannelConfig) -> Iterator[tuple[str, str]]:
    if isinstance(channel, EmailChannel):
        if channel.security == "plain" and not _is_here(channel.host):
            yield "security", "the mail (and a password) crosses the network readable: use starttls or ssl"
        return
    parts = urlsplit(channel.url)
    if parts.scheme == "http" and not _is_here(parts.hostname or ""):
        yield "url", "http crosses the network readable: use https where the receiver has it"


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
