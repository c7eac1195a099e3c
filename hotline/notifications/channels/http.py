"""Posting over HTTP, and what an answer means."""

from __future__ import annotations

import email.utils
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import httpx

from hotline.call.clock import Clock
from hotline.notifications.channels.trust import trusted
from hotline.notifications.port import GiveUp, TryAgain

NEVER = frozenset((400, 401, 403, 404, 410, 413))
"""Answers that the same message will always get: it is malformed, unwanted, or nobody is there."""
_LONGEST_ANSWER = 65_536
"""Bytes read of an answer; robots answer with a few dozen."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the receiver said."""

    status: int
    body: bytes


class Poster:
    """Posts to one receiver, over connections kept open.

    Redirects are not followed: a signature and a group's key are for the configured address alone.
    """

    def __init__(self, clock: Clock, *, timeout: float, ca_file: Path | None = None, proxy: str = "") -> None:
        """``timeout``: seconds for connecting, and for each silence of the receiver."""
        self._clock = clock
        self._client = httpx.AsyncClient(
            timeout=timeout,
            verify=trusted(ca_file),
            proxy=proxy or None,
            trust_env=False,
            follow_redirects=False,
        )

    async def post(self, url: str, body: bytes, headers: Mapping[str, str] | None = None) -> Answer:
        """Post JSON; returns a 2xx answer.

        Raises :class:`TryAgain` or :class:`GiveUp`; their sentences carry neither the address nor
        what the receiver wrote: either may hold a key or repeat the message.
        """
        sent = {"Content-Type": "application/json; charset=utf-8", **(headers or {})}
        try:
            async with self._client.stream("POST", url, content=body, headers=sent) as response:
                answer = Answer(response.status_code, await _start_of(response))
                asked = response.headers.get("Retry-After", "")
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise GiveUp("the address of the channel cannot be used") from error
        except httpx.TimeoutException as error:
            raise TryAgain("the receiver did not answer in time") from error
        except httpx.ConnectError as error:
            raise TryAgain(_unreachable(error)) from error
        except httpx.HTTPError as error:
            raise TryAgain(f"the connection broke ({type(error).__name__})") from error
        except (OverflowError, ValueError, ExceptionGroup) as error:  # a port beyond 65535, no name at all
            if not _of_address(error):
                raise
            raise GiveUp("the address of the channel cannot be used") from error
        self._judge(answer.status, asked)
        return answer

    def _judge(self, status: int, asked: str) -> None:
        if 200 <= status < 300:
            return
        if status in NEVER:
            raise GiveUp(f"the receiver refused it for good (HTTP {status})")
        if 300 <= status < 400:
            raise TryAgain(f"the receiver sends elsewhere (HTTP {status}): configure the final address")
        raise TryAgain(f"the receiver answered HTTP {status}", after=_seconds(asked, self._clock.now()))

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()


async def _start_of(response: httpx.Response) -> bytes:
    body = b""
    async for part in response.aiter_bytes():
        body += part
        if len(body) > _LONGEST_ANSWER:
            break
    return body[:_LONGEST_ANSWER]


def _of_address(error: Exception) -> bool:
    """Whether it is the address that cannot be; whoever connects may put such errors into a group."""
    if isinstance(error, ExceptionGroup):
        return error.split((OverflowError, ValueError))[1] is None
    return True


def _unreachable(error: httpx.ConnectError) -> str:
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLCertVerificationError):
            return "the receiver's certificate is not trusted (ca_file names an authority of your own)"
        seen = seen.__cause__ or seen.__context__
    return "the receiver cannot be reached"


def _seconds(asked: str, now: datetime) -> float | None:
    """Return ``Retry-After`` as seconds: a number of them or a date (RFC 9110 section 10.2.3)."""
    if asked.strip().isdigit():
        return float(asked)
    try:
        until = email.utils.parsedate_to_datetime(asked)
    except ValueError:
        return None
    if until.tzinfo is None:
        return None
    return max(0.0, (until - now).total_seconds())
