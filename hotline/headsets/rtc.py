"""What WebRTC connections are made with, in the gateway and in the desktop headset."""

from __future__ import annotations

from collections.abc import Sequence

from aiortc import RTCConfiguration, RTCIceServer

from hotline.headsets.protocol import IceServer


def configuration(servers: Sequence[IceServer]) -> RTCConfiguration:
    """Return a configuration with these servers and no others.

    Without any no server is asked: a hotline in the same network needs none, and nobody else is to learn of
    calls. Of several :mod:`aiortc` uses the first STUN and the first TURN address.
    """
    return RTCConfiguration(
        iceServers=[
            RTCIceServer(
                urls=list(server.urls),
                username=server.username or None,
                credential=server.credential or None,
            )
            for server in servers
        ]
    )
