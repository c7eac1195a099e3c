"""Recordings over HTTP: heard piece by piece, drawn, on the record, and only by who may."""

from __future__ import annotations

import struct
import wave
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from hotline.accounts.models import ApiAuditRow
from hotline.call.ports import Direction
from hotline.callrecords import retention
from hotline.callrecords.models import CallRow, LegRow, RecordingRow

LEG = "0af1" * 8


@pytest.fixture
def recorded(web, tmp_path: Path) -> Path:
    """A call of two seconds: the caller loud in the first, the hotline in the second."""
    path = tmp_path / "recordings" / "2026" / "11" / "23" / f"{LEG}.wav"
    path.parent.mkdir(parents=True)
    tone = (np.sin(np.arange(8000) * 0.3) * 16384).astype("<i2")
    quiet = np.zeros(8000, "<i2")
    both = np.stack([np.concatenate([tone, quiet]), np.concatenate([quiet, tone])], axis=1)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(both.tobytes())
    common = {
        "linkedid": LEG, "estate": "default", "process": "p", "direction": Direction.INBOUND,
        "src": "+8613800001111", "src_raw": "13800001111", "src_name": "", "dst": "", "dst_raw": "8000",
        "account": "lan",
        "start": web.clock.now(), "answer": web.clock.now(), "end": web.clock.now() + timedelta(seconds=2),
        "disposition": "ANSWERED", "hangup_cause": "", "outcome": "", "uniqueid": LEG,
    }  # fmt: skip
    with web.db.transaction() as session:
        session.add(CallRow(**common, emergency=False))
        session.flush()
        session.add(LegRow(**common, purpose="", codec="PCMA"))
        session.flush()
        session.add(
            RecordingRow(
                uniqueid=LEG, estate="default", path=path.relative_to(tmp_path / "recordings"),
                started_at=web.clock.now(), seconds=2.0, purged_at=None,
            )
        )  # fmt: skip
    return path


async def test_a_player_gets_the_part_it_asks_for_and_one_line_stands_on_the_audit(web, recorded):
    token = web.token("recordings:listen")
    whole = await web.ask("GET", f"/recordings/{LEG}", token)
    part = await web.ask("GET", f"/recordings/{LEG}", token, headers={"Range": "bytes=0-3"})
    beyond = await web.ask("GET", f"/recordings/{LEG}", token, headers={"Range": "bytes=99999999-"})
    assert (whole.status_code, whole.content) == (200, recorded.read_bytes())
    assert whole.headers["content-type"] == "audio/wav"
    assert (part.status_code, part.content) == (206, b"RIFF")
    assert part.headers["content-range"] == f"bytes 0-3/{len(whole.content)}"
    assert beyond.status_code == 416
    heard = [row for row in web.rows(ApiAuditRow) if row.event == "recording.listened"]
    assert [(row.by, row.detail) for row in heard] == [("api:pms", LEG)]
    web.clock.move(minutes=6)
    await web.ask("GET", f"/recordings/{LEG}", token)
    assert sum(row.event == "recording.listened" for row in web.rows(ApiAuditRow)) == 2


async def test_the_drawing_shows_who_spoke_when_and_is_kept_beside_the_recording(web, recorded):
    token = web.token("recordings:listen")
    shape = (await web.ask("GET", f"/recordings/{LEG}/peaks", token)).json()
    caller, hotline = shape["channels"]
    assert (shape["seconds"], shape["buckets"], len(caller["min"])) == (2.0, 1200, 1200)
    assert (caller["side"], hotline["side"]) == ("caller", "hotline")
    assert max(caller["max"][:600]) == pytest.approx(0.5, abs=0.01)
    assert max(caller["max"][601:]) == 0
    assert min(hotline["min"][601:]) == pytest.approx(-0.5, abs=0.01)
    kept = recorded.with_suffix(".peaks.json")
    assert kept.is_file()
    assert (await web.ask("GET", f"/recordings/{LEG}/peaks", token)).json() == shape
    coarse = (await web.ask("GET", f"/recordings/{LEG}/peaks?buckets=10", token)).json()
    assert [value > 0.4 for value in coarse["channels"][0]["max"]] == [True] * 5 + [False] * 5
    older = retention.OlderThan(recordings=web.clock.now() + timedelta(days=1))
    retention.purge(web.db, recordings=recorded.parents[3], older_than=older)
    assert not kept.exists()
    gone = await web.ask("GET", f"/recordings/{LEG}", token)
    assert (gone.status_code, gone.json()["code"]) == (410, "recording-gone")


async def test_who_may_not_hear_it_is_told_why(web, recorded):
    nobody = await web.ask("GET", f"/recordings/{LEG}")
    other_right = await web.ask("GET", f"/recordings/{LEG}", web.token("calls:read"))
    other_estate = await web.ask(
        "GET", f"/recordings/{LEG}", web.token("recordings:listen", name="west", estate="west")
    )
    told = [(one.status_code, one.json()["code"]) for one in (nobody, other_right, other_estate)]
    assert told == [(401, "token-missing"), (403, "scope-missing"), (404, "recording-unknown")]


async def test_a_recording_still_being_written_or_broken_is_refused_with_a_sentence(web, recorded):
    token = web.token("recordings:listen")
    with web.db.transaction() as session:
        session.get_one(LegRow, LEG).end = None
    running = await web.ask("GET", f"/recordings/{LEG}", token)
    assert (running.status_code, running.json()["code"]) == (409, "recording-running")
    with web.db.transaction() as session:
        session.get_one(LegRow, LEG).end = web.clock.now()
    recorded.write_bytes(b"RIFF" + struct.pack("<I", 4) + b"JUNK")
    broken = await web.ask("GET", f"/recordings/{LEG}/peaks", token)
    assert (broken.status_code, broken.json()["code"]) == (410, "recording-unreadable")


@pytest.mark.parametrize(("encoding", "loud", "quiet"), [(6, 0x2A, 0xD5), (7, 0x00, 0xFF)])
async def test_recordings_in_the_telephones_own_codes_are_drawn(web, recorded, encoding, loud, quiet):
    sound = bytes([loud, quiet]) * 4000 + bytes([quiet, quiet]) * 4000
    head = struct.pack("<HHIIHHH", encoding, 2, 8000, 16000, 2, 8, 0)
    chunks = b"fmt " + struct.pack("<I", len(head)) + head + b"data" + struct.pack("<I", len(sound)) + sound
    recorded.write_bytes(b"RIFF" + struct.pack("<I", len(chunks) + 4) + b"WAVE" + chunks)
    token = web.token("recordings:listen")
    shape = (await web.ask("GET", f"/recordings/{LEG}/peaks?buckets=10", token)).json()
    caller, hotline = shape["channels"]
    assert shape["seconds"] == 1.0
    assert min(caller["min"][:5]) == pytest.approx(-0.98, abs=0.02)
    assert max(map(abs, caller["max"][5:] + hotline["min"])) < 0.01
