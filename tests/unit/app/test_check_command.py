"""``hotline check`` as people run it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_check_answers_without_lines_of_a_log(tmp_path: Path) -> None:
    done = subprocess.run(
        (
            sys.executable, "-m", "hotline", "check", "--home", str(tmp_path / "home"),
            "--sip", f"127.0.0.1:{free_port()}", "--http", f"127.0.0.1:{free_port()}",
        ),
        capture_output=True, text=True, check=False,
        env={name: value for name, value in os.environ.items() if name != "HOTLINE_LOG"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Everything needed for a start is in order." in done.stdout
    assert "[info" not in done.stdout + done.stderr
