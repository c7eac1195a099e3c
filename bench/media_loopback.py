"""Two processes with baresip on 127.0.0.1, a media engine in each: what a caller really gets.

    .venv/bin/python bench/media_loopback.py --codec pcma

The answering process plays, is barged in on and bridges two calls; the calling one records what arrives.
Both read the same monotonic clock, so positions in the recordings can be compared. Prints JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from baresip import Account, Call, Config, Runtime, UserAgent

from hotline.call.audio import Clip, Silence, Tone, ToneName
from hotline.call.clock import SystemClock
from hotline.call.events import CallEvent, Digit, PromptEnded
from hotline.telephony.media import MediaEngine, MediaLeg
from hotline.telephony.media.clips import decode_clip
from hotline.telephony.media.wavfile import Tag, recording_header

SPECS = {"pcma": "pcma", "pcmu": "pcmu", "g722": "g722/16000/1", "opus": "opus/48000/2"}
KEYS = "13579*0#"
LOUD = 500
SETTLE = 0.6


class Party:
    """One process: user agent, engine, and the events of its calls with their time."""

    def __init__(self, port: int, codec: str, folder: Path) -> None:
        self.port, self.codec, self.folder = port, codec, folder
        self.engine = MediaEngine(clock=SystemClock(), encoding="pcm")
        self.runtime = Runtime()
        self.events: list[tuple[float, int, CallEvent]] = []

    async def start(self) -> UserAgent:
        """Bring the user agent up; no jitter buffer, as the hotline bridges."""
        await self.runtime.start(
            Config(
                net_interface="127.0.0.1",
                max_concurrent_calls=10,
                extra_config_text=(
                    f"sip_listen 127.0.0.1:{self.port}\n"
                    f"rtp_ports {self.port + 20}-{self.port + 60}\n"
                    "audio_jitter_buffer_type off\n"
                ),
            )
        )
        self.engine.start()
        return await UserAgent.create(
            self.runtime,
            Account(
                user="media",
                domain=f"127.0.0.1:{self.port}",
                password="",
                reg_interval=0,
                audio_codecs=(SPECS[self.codec],),
                extra_params=("video_codecs=", "catchall=yes"),
            ),
        )

    def attach(self, call: Call, number: int, **options: bool) -> tuple[MediaLeg, float]:
        """Attach a call and record it; returns when the recording began."""
        leg = self.engine.attach(call.audio, post=self._post(number), **options)
        leg.start_recording(self.folder / f"{number}.wav")
        return leg, time.monotonic()

    def _post(self, number: int) -> Callable[[CallEvent], None]:
        return lambda event: self.events.append((time.monotonic(), number, event))

    def ended(self, playback: int) -> float:
        """When a playback of call 0 ended."""
        return next(
            at
            for at, number, event in self.events
            if number == 0 and isinstance(event, PromptEnded) and event.playback == playback
        )

    async def stop(self) -> None:
        """Close recordings and the user agent."""
        self.engine.stop()
        await self.runtime.close()


def sound(path: Path, pcm: np.ndarray) -> Clip:
    """Write mono sound as the left side of a recording and return it as a clip."""
    both = np.stack((pcm, pcm), axis=1).astype(np.int16).tobytes()
    path.write_bytes(recording_header(Tag.PCM, len(both)) + both)
    return Clip(path)


def tones(*frequencies: float, seconds: float) -> np.ndarray:
    time_ = np.arange(round(seconds * 8000)) / 8000
    return sum(5000 * np.sin(2 * np.pi * frequency * time_) for frequency in frequencies)


def key_presses() -> np.ndarray:
    rows, columns = (697, 770, 852, 941), (1209, 1336, 1477)
    parts = []
    for key in KEYS:
        place = "123456789*0#".index(key)
        parts += [tones(rows[place // 3], columns[place % 3], seconds=0.08), np.zeros(640)]
    return np.concatenate(parts)


def loud(path: Path, channel: int, begun: float, after: float = 0.0) -> tuple[float, float]:
    """First and last loud moment of one side of a recording after a moment, on the monotonic clock."""
    pcm = np.frombuffer(decode_clip(Clip(path, channel=channel)), np.int16).astype(int)
    offset = max(int((after - begun) * 8000), 0)
    found = np.flatnonzero(np.abs(pcm[offset:]) > LOUD) + offset
    return begun + found[0] / 8000, begun + found[-1] / 8000


async def answering(party: Party) -> dict[str, object]:
    """Answer call 0: play, be barged in on, listen for keys; then bridge calls 1 and 2."""
    incoming: asyncio.Queue[Call] = asyncio.Queue()
    agent = await party.start()
    agent.on_incoming(incoming.put_nowait)
    print("ready", flush=True)
    call = await incoming.get()
    await call.answer()
    leg, begun = party.attach(call, 0, detect_digits=True)
    prompt = sound(party.folder / "prompt.wav", tones(500, seconds=1.5))
    await asyncio.sleep(SETTLE)
    played = time.monotonic()
    leg.play([prompt])
    await asyncio.sleep(1.5 + SETTLE)
    leg.play([Tone(ToneName.MUSIC)])
    await asyncio.sleep(SETTLE)
    barged = time.monotonic()
    leg.stop_playing()
    await asyncio.sleep(SETTLE)
    leg.play([Tone(ToneName.MUSIC)])
    await asyncio.sleep(SETTLE)
    leg.stop_playing()
    leg.play([Silence(0.2), prompt])
    await asyncio.sleep(2.2)
    legs = []
    for number in (1, 2):
        bridged = await incoming.get()
        await bridged.answer()
        legs.append(party.attach(bridged, number)[0])
    legs[0].bridge(legs[1])
    await asyncio.sleep(5)
    result: dict[str, object] = {
        "begun": begun,
        "played": played,
        "ended": party.ended(1),
        "barged": barged,
        "keys": "".join(e.key for _, number, e in party.events if number == 0 and isinstance(e, Digit)),
        "counters": {k: getattr(party.engine.counters, k) for k in party.engine.counters.__slots__},
    }
    await party.stop()
    result["sent"] = loud(party.folder / "0.wav", 1, begun, played)[0]
    return result


async def calling(party: Party, port: int) -> dict[str, float]:
    """Call three times and record what comes."""
    agent = await party.start()
    call = await agent.dial(f"sip:media@127.0.0.1:{port}")
    await call.wait_established()
    leg, begun = party.attach(call, 0)
    await asyncio.sleep(SETTLE)
    leg.play([sound(party.folder / "keys.wav", key_presses())])
    await asyncio.sleep(1.5 + 4 * SETTLE + 2.2)
    legs = []
    for number in (1, 2):
        other = await agent.dial(f"sip:media@127.0.0.1:{port}")
        await other.wait_established()
        legs.append(party.attach(other, number))
    await asyncio.sleep(1.0)
    delays = []
    for _ in range(8):
        said = time.monotonic()
        legs[0][0].play([Tone(ToneName.BEEP)])
        await asyncio.sleep(0.4)
        delays.append(said)
    await asyncio.sleep(0.3)
    await party.stop()
    one, two = legs[0][1], legs[1][1]
    through = [
        loud(party.folder / "2.wav", 0, two, said)[0] - loud(party.folder / "1.wav", 1, one, said)[0]
        for said in delays
    ]
    return {"begun": begun, "through_mean": float(np.mean(through)), "through_max": max(through)}


def report(answered: dict[str, object], called: dict[str, float], folder: Path, codec: str) -> None:
    times = {key: float(str(answered[key])) for key in ("played", "ended", "barged", "sent")}
    path, begun = folder / "calling" / "0.wav", called["begun"]
    first = loud(path, 0, begun, times["played"])[0]
    pcm = np.frombuffer(decode_clip(Clip(path)), np.int16).astype(int)
    prompt = pcm[int((first - begun) * 8000) : int((first - begun + 2.0) * 8000)]
    last = first + np.flatnonzero(np.abs(prompt) > LOUD)[-1] / 8000
    tail = pcm[: int((times["barged"] + 0.5 - begun) * 8000)]
    music = begun + np.flatnonzero(np.abs(tail) > LOUD)[-1] / 8000
    print(
        json.dumps(
            {
                "machine": f"{os.cpu_count()} cores, {platform.system()} {platform.release()}",
                "codec": codec,
                "play_to_arrival_ms": round((first - times["played"]) * 1000, 1),
                "sent_in_recording_to_arrival_ms": round((first - times["sent"]) * 1000, 1),
                "prompt_seconds_at_caller": round(last - first, 4),
                "prompt_ended_after_last_sample_arrived_ms": round((times["ended"] - last) * 1000, 1),
                "barge_in_to_silence_ms": round((music - times["barged"]) * 1000, 1),
                "bridge_one_way_ms": {
                    "mean": round(called["through_mean"] * 1000, 1),
                    "max": round(called["through_max"] * 1000, 1),
                },
                "keys_pressed": KEYS,
                "keys_found": answered["keys"],
                "engine": answered["counters"],
            },
            indent=2,
        )
    )


async def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--codec", choices=sorted(SPECS), default="pcma")
    options.add_argument("--answer", nargs=2, metavar=("PORT", "DIR"), help=argparse.SUPPRESS)
    arguments = options.parse_args()
    if arguments.answer:
        party = Party(int(arguments.answer[0]), arguments.codec, Path(arguments.answer[1]))
        print(json.dumps(await answering(party)), flush=True)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for side in ("answering", "calling"):
            (folder / side).mkdir()
        port = free_port()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, __file__, "--codec", arguments.codec),
            *("--answer", str(port), str(folder / "answering")),
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        while (await process.stdout.readline()).strip() != b"ready":
            assert process.returncode is None
        called = await calling(Party(port + 100, arguments.codec, folder / "calling"), port)
        while not (line := await process.stdout.readline()).startswith(b"{"):
            sys.stderr.write(line.decode())
            assert line, "the answering process ended"
        answered = json.loads(line)
        await process.wait()
        report(answered, called, folder, arguments.codec)


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1]) // 2 * 2 - 200


if __name__ == "__main__":
    asyncio.run(main())
