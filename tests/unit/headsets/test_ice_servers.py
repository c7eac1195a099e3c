"""STUN and TURN servers for headsets beyond a NAT: what the settings take, and a relay that is used."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import re
import shutil
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiortc import RTCPeerConnection, RTCSessionDescription
from headset_fakes import Switch, order, strength
from pydantic import ValidationError
from webrtc_fakes import PATIENCE, ProgramHeadset, ToneTrack

from hotline import settings
from hotline.call.clock import SystemClock
from hotline.call.errors import EnvironmentFault
from hotline.call.virtual_time import VirtualClock
from hotline.headsets import protocol
from hotline.headsets.gateway import Gateway
from hotline.headsets.ice import HOLDS, IceServers
from hotline.headsets.rtc import configuration

SECRET = "shared with the relay"


def server(**more: object) -> settings.IceServer:
    return settings.IceServer.model_validate({"urls": ["turn:relay.example.com:3478"]} | more)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"urls": []}, "at least 1 item"),
        ({"urls": ["relay.example.com"]}, "should match pattern"),
        ({"urls": ["turn:relay.example.com?transport=sctp"], "secret_file": "s"}, "should match pattern"),
        ({}, "needs secret_file, or username and password_file"),
        ({"password_file": "p"}, "needs secret_file, or username"),
        ({"password_file": "p", "secret_file": "s"}, "not both"),
        ({"password": "in the clear"}, "Extra inputs"),
    ],
)
def test_what_opens_no_server_is_refused(given: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        server(**given)


def test_stun_needs_nothing_and_ipv6_is_an_address() -> None:
    assert server(urls=["stun:[2001:db8::1]:3478", "stun:stun.example.com"]).password_file is None


async def test_a_shared_secret_makes_a_password_for_a_day_and_a_file_may_be_replaced(tmp_path: Path) -> None:
    file, clock = tmp_path / "secret", VirtualClock()
    file.write_text(f"{SECRET}\n", encoding="utf-8")
    servers = IceServers([server(secret_file=file, username="east")], clock)
    (made,) = servers.now()
    until, _, name = made.username.partition(":")
    assert (int(until) - round(clock.now().timestamp()), name) == (HOLDS, "east")
    digest = hmac.new(SECRET.encode(), made.username.encode(), hashlib.sha1).digest()
    assert base64.b64decode(made.credential) == digest
    file.write_text("another", encoding="utf-8")
    assert servers.now()[0].credential != made.credential


@pytest.mark.parametrize("found", [None, " \n", b"\xff\xfe"])
def test_a_file_that_says_nothing_is_named(tmp_path: Path, found: str | bytes | None) -> None:
    file = tmp_path / "password"
    if found is not None:
        file.write_bytes(found if isinstance(found, bytes) else found.encode())
    with pytest.raises(EnvironmentFault, match=re.escape(str(file))) as fault:
        IceServers([server(username="hotline", password_file=file)], VirtualClock()).now()
    assert fault.value.code == "ice-secret"


def test_without_servers_none_is_asked() -> None:
    assert configuration(()).iceServers == []


# --- through a relay -------------------------------------------------------------------------------


@pytest.fixture
async def relay(tmp_path: Path) -> AsyncIterator[settings.IceServer]:
    """A TURN server on loopback that shares a secret with the hotline."""
    if shutil.which("turnserver") is None:
        pytest.skip("coturn is not installed (apt-get install coturn)")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        "turnserver", "-n", "--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1", f"--listening-port={port}",
        "--use-auth-secret", f"--static-auth-secret={SECRET}", "--realm=hotline", "--allow-loopback-peers",
        "--no-tls", "--no-dtls", "--no-cli", "--no-rfc5780", "--min-port=47600", "--max-port=47639",
        f"--pidfile={tmp_path}/turn.pid", "--log-file=stdout", "--simple-log", f"--userdb={tmp_path}/turn.db",
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    secret = tmp_path / "secret"
    secret.write_text(SECRET, encoding="utf-8")
    yield server(urls=[f"turn:127.0.0.1:{port}?transport=udp"], secret_file=secret)
    process.terminate()
    await process.wait()


def relayed(sdp: str) -> str:
    """Leave only the ways through the relay: host addresses cannot be reached from beyond a NAT."""
    lines = [line for line in sdp.split("\r\n") if not line.startswith("a=candidate") or " typ relay" in line]
    assert any(" typ relay" in line for line in lines), "no relay was found"
    return "\r\n".join(lines)


class OutsideHeadset(ProgramHeadset):
    """A headset that reaches the hotline through the relay only."""

    servers: tuple[protocol.IceServer, ...] = ()

    async def offer(self) -> None:
        connection = self.connection = RTCPeerConnection(configuration(self.servers))
        connection.addTrack(ToneTrack(self._hertz))
        connection.on("track", lambda track: self._tasks.add(asyncio.create_task(self._listen(track))))
        await connection.setLocalDescription(await connection.createOffer())
        self.page.send(protocol.Offer(sdp=relayed(connection.localDescription.sdp)))
        answer = await self.told(protocol.Answer)
        await connection.setRemoteDescription(RTCSessionDescription(relayed(answer.sdp), "answer"))


async def test_a_headset_beyond_a_nat_talks_through_the_relay(
    tmp_path: Path, relay: settings.IceServer
) -> None:
    servers = IceServers([relay], SystemClock())
    gateway = Gateway(tmp_path, SystemClock(), addresses=["127.0.0.1"], ice=servers.now)
    running = asyncio.create_task(gateway.run())
    await gateway.serving.wait()
    headset = await OutsideHeadset.begin(tmp_path, offer=False)
    headset.servers = servers.now()
    try:
        async with Switch(tmp_path, grace=5.0) as switch, asyncio.timeout(4 * PATIENCE):
            await headset.offer()
            while not switch.line.present("8"):
                await asyncio.sleep(0.02)
            heard: list[bytes] = []
            dialling = asyncio.create_task(switch.line.dial(order()))
            await headset.told(protocol.Ring)
            headset.page.send(protocol.PickUp())
            call = await dialling
            call.tap(heard.append)
            while strength(b"".join(heard[-15:]), 440) < 0.9:
                await asyncio.sleep(0.1)
    finally:
        await headset.end()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
