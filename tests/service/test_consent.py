"""A caller who refuses to be recorded, on a real line: nothing of the call is left as sound."""

from __future__ import annotations

from pathlib import Path

import pytest
from ownconfig import furnish_config
from service import running
from test_first_call import STRANGER, call, ended, the_call

pytestmark = pytest.mark.timeout(150)


async def test_a_refused_call_goes_on_without_a_recording(tmp_path: Path) -> None:
    config = furnish_config(tmp_path)
    text = (config / "hotline.yaml").read_text()
    (config / "hotline.yaml").write_text(text.replace("consent: notice", "consent: ask"))
    async with running(tmp_path) as service:
        turns = {
            "notice": {"keys": "9", "interrupts": True},
            "main": {"hangs_up": True, "interrupts": True},
        }
        await ended(await call(service, STRANGER, turns))
        record = await the_call(service)
    assert record["recording"] == "refused"
    assert [event["kind"] for event in record["events"]].count("RECORDING_REFUSED") == 1
    assert list((tmp_path / "recordings").rglob("*.wav")) == []
    assert record["transcripts"] == []
