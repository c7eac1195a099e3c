"""Live slots under real-time speech: how right the words are and how soon they come.

    python bench/speech_slots.py ../shared/speech-eval --models FOLDER [--speakers 2] [--each 10]

Frames of 20 ms go in at their own pace, as from a call. Latency is counted from the last voiced
frame (``after_speech_ms``) and from the frame on which the answer was ended (``after_end_ms``).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import statistics
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import structlog

from hotline.call.audio import FRAME_BYTES, FRAME_SECONDS
from hotline.call.clock import SystemClock
from hotline.call.events import CallEvent, Heard, HeardNothing
from hotline.call.ports import Question, QuestionKind
from hotline.settings import Speech
from hotline.speech import evaluate
from hotline.speech.evaluate import Case
from hotline.speech.live import LiveEars
from hotline.speech.voice import speech_spans

CONDITIONS = ("clean", "loss2")


class SoundCall:
    """As much of a call as listening needs."""

    def __init__(self) -> None:
        self.sinks: list[Callable[[bytes], None]] = []
        self.recorded_seconds = 0.0
        self.done = asyncio.Event()
        self.event: CallEvent | None = None

    def post(self, event: CallEvent) -> None:
        """Keep the event that ends the question."""
        if isinstance(event, Heard | HeardNothing):
            self.event = event
            self.done.set()

    def tap(self, sink: Callable[[bytes], None]) -> None:
        """Hand frames to ``sink``."""
        self.sinks.append(sink)

    def untap(self, sink: Callable[[bytes], None]) -> None:
        """No longer."""
        if sink in self.sinks:
            self.sinks.remove(sink)

    def frame(self, frame: bytes) -> None:
        """A frame arrives."""
        self.recorded_seconds += FRAME_SECONDS
        for sink in list(self.sinks):
            sink(frame)


def question(case: Case) -> Question:
    kinds = {"addr": QuestionKind.PLACE, "tel": QuestionKind.PHONE, "menu": QuestionKind.CHOICE}
    phrases = evaluate.MENU_PHRASES if case.category == "menu" else ()
    return Question(
        kind=kinds[case.category],
        language="zh",
        estate="eval",
        phrases=phrases,
        emergency_phrases=evaluate.EMERGENCY_PHRASES,
    )


async def speak(ears: LiveEars, case: Case) -> dict[str, object]:
    loop = asyncio.get_running_loop()
    call = SoundCall()
    hearing = ears.listen(call, question(case))  # type: ignore[arg-type]
    hearing.expect()
    pcm = case.pcm + bytes(FRAME_BYTES * 60)
    voiced_until = speech_spans(case.pcm, margin=0)[-1][1]
    begin = loop.time()
    for number in range(len(pcm) // FRAME_BYTES):
        if call.done.is_set():
            break
        await asyncio.sleep(begin + number * FRAME_SECONDS - loop.time())
        call.frame(pcm[number * FRAME_BYTES : (number + 1) * FRAME_BYTES])
    last_frame = loop.time()
    try:
        await asyncio.wait_for(call.done.wait(), 4)
    except TimeoutError:
        return {"id": case.id, "category": case.category, "right": False}
    now = loop.time()
    heard = call.event if isinstance(call.event, Heard) else None
    text, score = (heard.text, heard.score) if heard else ("", 0.0)
    return {
        "id": case.id,
        "category": case.category,
        "right": evaluate.is_right(case, text),
        "score": round(score, 2),
        "after_speech_ms": round(1000 * (now - begin - voiced_until * FRAME_SECONDS)),
        "after_end_ms": round(1000 * max(0.0, now - last_frame)),
    }


async def run(options: argparse.Namespace) -> dict[str, object]:
    ears = LiveEars(Speech(live=options.engines), options.models, evaluate.EvaluationEstate(), SystemClock())
    await ears.start()
    try:
        async with asyncio.timeout(60):
            while not ears.understands("zh"):  # noqa: ASYNC110 - a state, not an event
                await asyncio.sleep(0.1)
        conditions = {name: await condition(ears, options, name) for name in CONDITIONS}
        return {
            "bench": "speech_slots",
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": {"cpu": cpu(), "cores": os.cpu_count(), "python": platform.python_version()},
            "engine": ears.engine("zh"),
            "speakers_at_once": options.speakers,
            "conditions": conditions,
        }
    finally:
        await ears.close()


async def condition(ears: LiveEars, options: argparse.Namespace, name: str) -> dict[str, object]:
    cases = [
        case for case in evaluate.cases(options.folder, name) if case.category in ("addr", "tel", "menu")
    ]
    kept = [case for case in cases if int(case.id[-2:]) < options.each]
    waiting = list(reversed(kept))
    results: list[dict[str, object]] = []

    async def speaker() -> None:
        while waiting:
            results.append(await speak(ears, waiting.pop()))

    async with asyncio.TaskGroup() as tasks:
        for _ in range(options.speakers):
            tasks.create_task(speaker())
    return {
        category: summary([r for r in results if r["category"] == category])
        for category in ("addr", "menu", "tel")
    }


def summary(results: list[dict[str, object]]) -> dict[str, object]:
    def spread(key: str) -> dict[str, float]:
        values = sorted(float(str(r[key])) for r in results if key in r)
        return {"p50": statistics.median(values), "max": values[-1]} if values else {}

    return {
        "utterances": len(results),
        "right_percent": round(100 * sum(bool(r["right"]) for r in results) / max(1, len(results)), 1),
        "wrong": [r["id"] for r in results if not r["right"]],
        "after_end_ms": spread("after_end_ms"),
        "after_speech_ms": spread("after_speech_ms"),
    }


def cpu() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")),
        platform.machine(),
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--models", type=Path, default=Path("var/models"))
    parser.add_argument("--engines", nargs="+", default=["vosk", "pocketsphinx", "whisper"])
    parser.add_argument("--speakers", type=int, default=2)
    parser.add_argument("--each", type=int, default=10, help="utterances of a category")
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    print(json.dumps(asyncio.run(run(parser.parse_args())), ensure_ascii=False, indent=2))


if __name__ == "__main__":
    main()
