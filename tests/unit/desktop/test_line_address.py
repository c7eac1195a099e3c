"""From the address people know to the WebSocket's."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotline.call.clock import SystemClock
from hotline.desktop.errors import HeadsetProblem
from hotline.desktop.line import Line, in_the_clear, websocket_address


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://127.0.0.1:8080", "ws://127.0.0.1:8080/headset/ws"),
        ("https://hotline.example/", "wss://hotline.example/headset/ws"),
        ("https://example/hotline/", "wss://example/hotline/headset/ws"),
        ("http://[::1]:80", "ws://[::1]:80/headset/ws"),
    ],
)
def test_the_websocket_lies_below_the_address(url: str, address: str) -> None:
    assert websocket_address(url) == address


@pytest.mark.parametrize("url", ["", "hotline:8080", "ftp://x", "http://", "http://x:abc", "http://x:99999"])
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(HeadsetProblem) as refused:
        websocket_address(url)
    assert refused.value.key == "wrong-address"


def test_a_file_without_certificates_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_text("no certificate")
    with pytest.raises(HeadsetProblem) as refused:
        Line("https://x", "t", SystemClock(), ca=file)
    assert refused.value.key == "bad-ca"


def test_only_this_computer_may_be_spoken_to_in_the_clear() -> None:
    assert in_the_clear("http://hotline.example")
    assert not in_the_clear("http://localhost:8080")
    assert not in_the_clear("https://hotline.example")
