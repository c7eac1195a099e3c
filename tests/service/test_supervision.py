"""The parent and its processes: started for real, killed for real."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import time
from functools import partial
from pathlib import Path

import httpx
import pytest
from service import Service, free_port, running

pytestmark = [pytest.mark.timeout(90), pytest.mark.alone]

started = partial(running, roles="", standby=True)
"""All processes, as people start them."""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP], ids=["dead", "stalled"])
async def test_a_calls_process_that_dies_or_stalls_is_replaced_within_two_seconds(
    tmp_path: Path, number: signal.Signals
) -> None:
    async with started(tmp_path) as service:
        position = await service.line("hotline ready")
        await _until(lambda: len(_warm_calls_processes(service)) == 2)
        await asyncio.wait_for(_answers_options(service.sip), 5)
        began = time.monotonic()
        os.kill(service.children("calls")[0], number)
        await service.line("hotline ready again", within=10, after=position)
        assert time.monotonic() - began < 2.0
        await asyncio.wait_for(_answers_options(service.sip), 5)
        assert await service.stop() == 0


async def test_sigterm_ends_everything_and_leaves_no_process(tmp_path: Path) -> None:
    async with started(tmp_path) as service:
        pids = [pid for role in ("calls", "work", "web") for pid in service.children(role)]
        assert len(pids) >= 3
        assert await service.stop() == 0
        assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]


async def test_a_killed_parent_takes_its_processes_along_and_the_next_start_works(tmp_path: Path) -> None:
    async with started(tmp_path) as service:
        pids = [pid for role in ("calls", "work", "web") for pid in service.children(role)]
        await service.stop(signal.SIGKILL)
        await _until(lambda: not [pid for pid in pids if Path(f"/proc/{pid}").exists()])
    async with started(tmp_path, sip=service.sip, http=service.http) as again:
        assert await again.stop() == 0


async def test_status_and_health_are_served(tmp_path: Path) -> None:
    async with (
        started(tmp_path) as service,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{service.http}") as web,
    ):
        await _until_ok(web, "/readyz")
        status = (await web.get("/api/status")).json()
        assert status["calls"]["channels_in_use"] == 0
        assert "hotline_calls_channels_limit 99.0" in (await web.get("/metrics")).text
        assert "热线状态" in (await web.get("/status")).text
        assert (await service.cli("status"))["calls"]["listen"].endswith(f":{service.sip}")


@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_STREAM], ids=["udp", "tcp"])
async def test_a_port_in_use_is_named_together_with_the_remedy(
    tmp_path: Path, kind: socket.SocketKind
) -> None:
    port = free_port()
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", port))
        if kind is socket.SOCK_STREAM:
            taken.listen()
        async with started(tmp_path, sip=port, ready=False) as service:
            assert await asyncio.wait_for(service.process.wait(), 20) == 1
    text = "\n".join(service.errors)
    assert f"127.0.0.1:{port}" in text
    assert "--sip HOST:PORT" in text
    assert "Traceback" not in text


async def test_every_mistake_of_the_configuration_is_said_and_nothing_is_started(tmp_path: Path) -> None:
    async with started(tmp_path) as service:
        await service.stop()
    (tmp_path / "config" / "hotline.yaml").write_text("sip:\n  listne: x\nspeech: 5\n", encoding="utf-8")
    menu = tmp_path / "config" / "menus" / "main.yaml"
    menu.write_text(menu.read_text(encoding="utf-8") + "\n  broken:\n    sya: [greeting]\n", encoding="utf-8")
    async with started(tmp_path, ready=False) as service:
        assert await asyncio.wait_for(service.process.wait(), 20) == 2
    text = "\n".join(service.errors)
    assert "hotline.yaml:2: sip.listne: unknown key" in text
    assert "hotline.yaml:3: speech" in text
    assert "main.yaml:" in text
    assert not service.lines or "hotline ready" not in service.lines


@pytest.mark.timeout(240)  # three calls processes one after the other
async def test_broken_edits_replace_nothing_in_service_not_even_when_the_calls_process_dies(
    tmp_path: Path,
) -> None:
    async with started(tmp_path) as service:
        position = await service.line("hotline ready")
        await _until(lambda: len(_warm_calls_processes(service)) == 2, within=60)
        config = tmp_path / "config"
        (config / "menus" / "main.yaml").write_text("menu: main\nsteps: {}\nnonsense: 1\n", encoding="utf-8")
        flow = config / "menus" / "outbound" / "dispatch.yaml"
        flow.write_text("flow: dispatch\nsteps: {}\nnonsense: 1\n", encoding="utf-8")
        (config / "menus" / "night.yaml").write_text("menu: night\nsteps: [", encoding="utf-8")
        (config / "roster.yaml").write_text("rosters: [", encoding="utf-8")
        (config / "hotline.yaml").write_text("sip: nonsense\n", encoding="utf-8")
        await _shows(service, "menus", "main.yaml:3")
        await _shows(service, "menus", "night.yaml:2")
        await _shows(service, "outbound", "outbound/dispatch.yaml:3")
        # the first is replaced by a standby made before the edits, the second by one made after them
        for standbys in (2, 3):
            await _until(lambda n=standbys: len(_warm_calls_processes(service)) >= n, within=60)
            os.kill(service.children("calls")[0], signal.SIGKILL)
            position = await service.line("hotline ready again", within=10, after=position)
            await _shows(service, "menus", "main.yaml:3")
            await _shows(service, "outbound", "outbound/dispatch.yaml:3")
        status = await service.cli("status")
        assert str(status).count("outbound/dispatch.yaml:3") == 1
        await asyncio.wait_for(_answers_options(service.sip), 5)


def _warm_calls_processes(service: Service) -> list[str]:
    return [line for line in service.errors if "warm" in line and "role=calls" in line]


async def _shows(service: Service, section: str, problem: str) -> None:
    deadline = time.monotonic() + 15
    while problem not in (shown := str((await service.cli("status"))[section])):
        assert time.monotonic() < deadline, shown
        await asyncio.sleep(0.2)


async def _answers_options(port: int) -> None:
    """Send OPTIONS (RFC 3261 section 11) until something comes back."""
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.setblocking(False)
        own = sock.getsockname()[1]
        request = (
            f"OPTIONS sip:hotline@127.0.0.1:{port} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP 127.0.0.1:{own};branch=z9hG4bK-probe-{own}\r\n"
            f"From: <sip:probe@127.0.0.1>;tag=1\r\nTo: <sip:hotline@127.0.0.1>\r\n"
            f"Call-ID: probe-{own}\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
        )
        while True:
            sock.sendto(request.encode(), ("127.0.0.1", port))
            try:
                reply = await asyncio.wait_for(loop.sock_recv(sock, 2000), 0.5)
            except (TimeoutError, ConnectionError):
                continue
            assert reply.startswith(b"SIP/2.0")
            return


async def _until(condition: object, within: float = 15.0) -> None:
    deadline = time.monotonic() + within
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, "did not come true in time"
        await asyncio.sleep(0.05)


async def _until_ok(web: httpx.AsyncClient, path: str) -> None:
    deadline = time.monotonic() + 10
    while (await web.get(path)).status_code != 200:
        assert time.monotonic() < deadline, path
        await asyncio.sleep(0.1)


async def test_a_second_hotline_on_the_same_data_folder_is_refused(tmp_path: Path) -> None:
    async with started(tmp_path) as first, started(tmp_path, ready=False) as second:
        assert await asyncio.wait_for(second.process.wait(), 30) == 1
        assert any("Another hotline already works on the data folder" in line for line in second.errors)
        assert any("--home" in line for line in second.errors)
        assert (await first.cli("status"))["calls"]
